"""Films that are changed frame by frame while the visitor watches: the run, and what the page does about it."""

import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from typing import Any

import gradio as gr
from gradio.components import Component
from torch import Tensor

from convgen import images, video
from demos.common.device import DEVICE
from demos.common.job import Job, stop_run
from demos.common.look import with_props
from demos.common.outputs import data_address, new_file, status_line
from demos.common.running import Runs
from demos.widgets.live import Live
from demos.widgets.status import Status

ON_CPU = DEVICE.type == "cpu"
FILM_SECONDS = 30 if ON_CPU else 120
FILM_LIMIT_S = 600.0
"""Seconds after which a run ends with what it has; nobody has the device for much longer."""
PREVIEW_EVERY_S = 0.5
SKIP = gr.skip()


def while_waiting(sentence: str) -> tuple:
    """What `on_device` yields for such a run while it waits."""
    return SKIP, sentence, SKIP, SKIP


FILM_READY = (
    f"Up to {FILM_SECONDS} seconds, pictures of at most 9 megapixels. Sound is kept. Stop at any time and keep "
    "what was made."
)
ADD_A_FILM = "Add a video first: upload one, or record one."


def shown(image: Tensor) -> str:
    """A frame as the page shows it."""
    return data_address(images.to_picture(image))


def changed_film(
    film: str | None,
    change: Callable[[Tensor], Tensor],
    *,
    stem: str,
    size: int,
    show: Callable[[Tensor], str] = shown,
    note: Callable[[], str] = str,
    every_s: float = PREVIEW_EVERY_S,
    comment: str = "",
) -> Iterator[tuple]:
    """A film with every frame changed, its sound kept.

    Args:
        change: see `video.change_frames`.
        stem: of the name of its file.
        size: longest side at which frames come to `change`.
        show: a changed frame -> a `data:` address.
        note: what is said at the end; it may raise ValueError instead.
        every_s: the least time between two frames that are shown.
        comment: what is written into its file.
    Yields:
        the latest frame, a `data:` address; status; the path of the video (at the end); and the visitor's Job.
    Raises:
        ValueError: there is no film, or it is one that `video.probe` refuses.
    """
    if film is None:
        raise ValueError(ADD_A_FILM)
    facts = video.probe(film, max_seconds=FILM_SECONDS)
    job, target, kept, begun = Job(), new_file(stem, ".mp4"), False, time.monotonic()
    frames = video.change_frames(film, target, change, longest_side=size, max_seconds=FILM_SECONDS, comment=comment)
    starting = f"Starting: {facts.seconds:.1f} seconds of video"
    moments = job.watch(frames, limit_s=FILM_LIMIT_S, every=every_s, unit="frame", starting=starting)
    try:
        with closing(moments):
            for moment in moments:
                if moment.last:
                    last, spent = moment.progress, time.monotonic() - begun
                    line = moment.line + ": this is what was made so far"
                    if not moment.why:
                        line = status_line(last.step, last.step, begun, unit="frame")
                    height, width = last.image.shape[-2:]
                    sound = ", with its sound" if facts.sound else ""
                    line += f" · {width} x {height} pixels, {last.step / max(spent, 1e-3):.1f} frames a second{sound}"
                    line += f" · {more}" if (more := note()) else ""
                    kept = True  # from here on the file is Gradio's, which deletes it in time
                    yield show(last.image), line, str(target), job
                elif moment.progress is None:
                    yield None, moment.line, None, job
                elif moment.shown:
                    yield show(moment.progress.image), moment.line, SKIP, SKIP
                else:
                    yield gr.skip()
    finally:
        if not kept:
            shutil.rmtree(target.parent)


def film_events(
    run: Callable[..., Any],
    inputs: Sequence[Component],
    *,
    start: gr.Button,
    live: Live,
    status: Status,
    result: gr.Video,
    stop: gr.Button,
    job: gr.State,
    place: str,
    view: str,
    **options: Any,
) -> None:
    """Start and Stop of a run of `changed_film`: its frames are shown while it runs, the video at its end.

    Args:
        start: a button with an `elem_id`.
        place: see `on_device`.
        view: JavaScript that brings the result into view.
        options: further arguments of the event, e.g. `api_name`.
    """

    def begin() -> tuple:
        return with_props(live, visible=True, value=None), gr.update(visible=False, value=None)

    def settle(film: str | None) -> tuple:
        return with_props(live, visible=film is None), gr.update(visible=film is not None)

    runs = Runs(
        place, status=status, begin=(begin, None, [live, result]), settle=(settle, [result], [live, result]), view=view
    )
    runs.on_click(start, run, inputs, [live, status, result, job], **options)
    runs.on_stop(stop, stop_run, [job], [status])
