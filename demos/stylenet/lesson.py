"""A painting of the visitor's own, and the network that learns it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image
from torch import Tensor

from convgen import images, stylenet
from convgen.stylenet import StyleLearner
from demos import common
from demos.common.keeping import size_of
from demos.common.learning import Learning
from demos.common.outputs import data_address
from demos.common.photos import photo_path
from demos.stylenet import texts
from demos.stylenet.examples import PHOTOS
from demos.widgets.chart import panel

SHOWN_SIDE = 448
COLOURS = {"texture": "#d97706"}


@dataclass(frozen=True)
class Style:
    """What is learned.

    Attributes:
        painting: (1, 3, H, W) in [0, 1], of the size that sets that of the strokes.
        content_weight: alpha of section 2.3.3.2.
        seed: of the crops and of the noise.
    """

    painting: Tensor
    content_weight: float
    seed: int


class Lesson(Learning):
    """See `Learning`.

    Attributes:
        painting: what it learns, or None if nobody knows.
        style: the same as it is learned; None of a network from a file.
        photo: what is shown, RGB.
    """

    LOSS = "texture"

    def __init__(self, painting: Image.Image | None, style: Style | None, photo: Image.Image | None):
        super().__init__(texts.YOUR_STYLE)
        self.painting = None if painting is None else images.fit_within(painting, longest_side=SHOWN_SIDE)
        self.style = style
        shown = images.open_picture(photo_path(next(iter(PHOTOS)), PHOTOS)) if photo is None else photo
        self.photo = images.on_white(images.fit_within(shown, longest_side=SHOWN_SIDE)).convert("RGB")

    def first_learner(self) -> StyleLearner:
        style, descriptor = self.style, common.descriptor()
        objective = stylenet.StyleObjective(
            descriptor, style.painting.to(common.DEVICE), content_weight=style.content_weight
        )
        start = stylenet.nearest_style(objective)
        return StyleLearner(objective, start=start, seed=style.seed)

    def charts(self) -> list[dict[str, Any]]:
        return [panel(texts.LOSS, {"texture": self.curve}, COLOURS, log=True)] if self.curve else []

    def live(self) -> str | None:
        """The photo in the style so far."""
        if self.net is None:
            return None
        photo = images.to_tensor(self.photo).to(common.DEVICE)
        return data_address(images.to_picture(stylenet.stylize(self.net, photo).cpu()), quality=88)

    def save(self, path: Path) -> None:
        stylenet.save_net(self.net, path)

    def forget(self) -> None:
        super().forget()
        self.painting = self.style = None

    def size(self) -> int:
        return super().size() + size_of(self.painting, self.photo)
