"""The page of what learns before the visitor's eyes: what comes out, its buttons, and their events."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr
from gradio.components import Component

from demos.common.device import QUIET
from demos.common.layout import download_button
from demos.common.learning import Learning, stop_learning
from demos.common.quick import QUICK_QUEUE
from demos.common.running import Runs
from demos.common.upload import Upload
from demos.widgets.chart import Chart
from demos.widgets.live import Live
from demos.widgets.status import Status, status_and_stop


@dataclass(frozen=True)
class LessonSide:
    """What comes out of a lesson, and what can be done with it.

    Attributes:
        taught: state: the visitor's `Learning`.
    """

    taught: gr.State
    live: Live
    status: Status
    stop: gr.Button
    use: gr.Button
    go_on: gr.Button
    file: gr.DownloadButton
    curve: Chart

    def outputs(self) -> list[Component]:
        """What a run yields, see `Learning.last_frame`."""
        return [self.live, self.status, self.curve, self.file, self.taught]


def lesson_side(live: Live, taught: gr.State, ready: str, *, name: str, use: str) -> LessonSide:
    """Lay out what stands below the live picture.

    Args:
        ready: what is said before the first lesson.
        name: beginning of every `elem_id`.
        use: what the button says that uses the network.
    """
    status, stop = status_and_stop(ready, name=f"{name}-lesson")
    with gr.Row():
        used = gr.Button(use, variant="primary", interactive=False, size="md", min_width=110, elem_id=f"{name}-use")
        go_on = gr.Button("Continue", interactive=False, size="md", min_width=110, elem_id=f"{name}-go-on")
        file = download_button(f"{name}-net", "Download the network", width=170)
    return LessonSide(taught, live, status, stop, used, go_on, file, Chart([], elem_id=f"{name}-curve"))


def can_do(lesson: Learning | None) -> list:
    """Which of `use`, `go_on` and `file` can be pressed."""
    ready = lesson is not None and lesson.net is not None
    return [gr.update(interactive=one) for one in (ready, ready and lesson.learner is not None, ready)]


def lesson_events(
    side: LessonSide, *, place: str, view: str, settle: Callable[[Learning | None], list], tiles: Component,
    learn: tuple[gr.Button, Callable[..., Any], Sequence[Component]],
    go_on: tuple[Callable[..., Any], Component], load: tuple[Upload, Callable[..., Any]],
) -> None:  # fmt: skip
    """Learn, Continue, Stop, and a network from a file.

    Args:
        place, view: as of `Runs`.
        settle: the lesson -> `can_do`, and how `tiles` change, which offer what was learned.
        learn: the button, what runs, and its inputs; the endpoint has its name.
        go_on: what runs then, and the seconds.
        load: the button, and what opens its file; the endpoint has its name.
    """
    buttons = [side.use, side.go_on, side.file]
    after = [*buttons, tiles]

    def begin() -> list:
        return [gr.update(interactive=False)] * len(buttons)

    runs = Runs(
        place, status=side.status, begin=(begin, None, buttons), settle=(settle, [side.taught], after), view=view
    )
    (button, learns, inputs), (learns_on, seconds), (upload, loads) = learn, go_on, load
    runs.on_click(button, learns, inputs, side.outputs(), api_name=learns.__name__)
    runs.on_click(side.go_on, learns_on, [side.taught, seconds], side.outputs(), api_visibility="private")
    runs.on_stop(side.stop, stop_learning, [side.taught], side.outputs())
    loaded = upload.upload(
        loads, [upload], side.outputs(), show_progress="hidden", api_name=loads.__name__, **QUICK_QUEUE
    )
    loaded.then(settle, [side.taught], after, **QUIET).then(None, None, None, js=view, **QUIET)
