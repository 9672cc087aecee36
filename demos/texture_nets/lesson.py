"""A texture of the visitor's own, and the network that learns it."""

from pathlib import Path
from typing import Any

from PIL import Image

from convgen import images, texture_nets
from convgen.texture_nets import Learner
from demos import common
from demos.common.keeping import size_of
from demos.common.learning import Learning
from demos.common.outputs import data_address
from demos.texture_nets import form, texts
from demos.widgets.chart import panel

COLOURS = {"texture loss": "#0d9488", "mean of the network's samples": "#ef4444"}


class Lesson(Learning):
    """See `Learning`.

    Attributes:
        nearest: start from the bundled network that is nearest.
        exemplar: what it learns, RGB, or None if nobody knows.
        seed: of the weights and of the live samples.
    """

    LOSS = "texture"

    def __init__(self, exemplar: Image.Image | None, title: str, *, seed: int = 0, nearest: bool = False):
        super().__init__(title)
        self.exemplar, self.seed, self.nearest = exemplar, seed, nearest

    def first_learner(self) -> Learner:
        exemplar, start = images.to_tensor(self.exemplar).to(common.DEVICE), None
        if self.nearest and form.all_have_objectives():
            start = texture_nets.nearest_texture(exemplar, common.descriptor())
        return Learner(exemplar, common.descriptor(), seed=self.seed, start=start)

    def charts(self) -> list[dict[str, Any]]:
        return loss_chart(self.curve)

    def live(self) -> str | None:
        """The latest sample."""
        return None if self.progress is None else data_address(images.to_picture(self.progress.image), quality=88)

    def save(self, path: Path) -> None:
        texture_nets.save_net(self.net, path)

    def forget(self) -> None:
        super().forget()
        self.exemplar = None

    def size(self) -> int:
        return super().size() + size_of(self.exemplar)


def loss_chart(curve: list[tuple[int, float]], level: float | None = None) -> list[dict[str, Any]]:
    """The texture loss by step, and what a network reaches in one pass."""
    loss, of_samples = COLOURS
    series = {loss: curve}
    if level is not None:
        series[of_samples] = [(curve[at][0], level) for at in (0, -1)]
    return [panel(texts.LOSS, series, COLOURS, log=True)] if curve else []
