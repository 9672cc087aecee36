"""The slow methods, which change the pixels step by step: the run, the parts of a page that show it, their events."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import gradio as gr
from gradio.components import Component

from convgen.progress import Progress
from demos.common.exchange import Outlet
from demos.common.job import Optimising, stop_optimising
from demos.common.layout import download_button
from demos.common.running import Runs
from demos.widgets.chart import Chart
from demos.widgets.status import Status, status_and_stop

SKIP = gr.skip()


def only_status(pictures: int = 1) -> Callable[[Any], tuple]:
    """Status -> what a run with so many pictures yields where nothing else changes, e.g. while it waits."""
    return lambda status: (*[SKIP] * pictures, status, SKIP, SKIP, SKIP)


def optimised(
    job: Optimising,
    steps: Iterator[Progress],
    figures: Callable[[Progress], str],
    *,
    limit_s: float,
    before: tuple,
    pictures: Callable[[Progress], tuple],
    curves: Callable[[], list[dict[str, Any]]],
    starting: str = "Starting",
) -> Iterator[tuple]:
    """The run; for `steps`, `figures`, `limit_s` and `starting` see `Job.watch`.

    Args:
        before: the pictures that are shown before the first step.
        pictures: those of a step.
        curves: value of the chart.
    Yields:
        the pictures, status, curve, file (at the end), and the visitor's Job.
    """
    moments = job.watch(steps, figures, limit_s=limit_s, starting=starting)
    with closing(moments):
        for moment in moments:
            if moment.progress is None:
                yield *before, moment.line, [], None, job
            elif not moment.shown:
                yield gr.skip()
            else:
                end = (job.file(), job) if moment.last else (None, SKIP)
                yield *pictures(moment.progress), moment.line, curves(), *end


@dataclass(frozen=True)
class Optimisation:
    """What a page shows of such a run, beside its pictures.

    Attributes:
        row: of what can be done with the result.
    """

    start: gr.Button
    status: Status
    stop: gr.Button
    curve: Chart
    row: gr.Row
    file: gr.DownloadButton
    job: gr.State

    def outlet(self) -> Outlet:
        """The result, for other tabs."""
        return Outlet(self.row, self.job, Optimising.finished)


def optimisation(start: gr.Button, job: gr.State, ready: str, *, name: str) -> Optimisation:
    """Lay it out below the pictures, as #NAME-status, #NAME-stop, #NAME-curve and #NAME-file."""
    status, stop = status_and_stop(ready, name=name)
    curve = Chart([], elem_id=f"{name}-curve")
    with gr.Row() as row:
        file = download_button(f"{name}-file")
    return Optimisation(start, status, stop, curve, row, file, job)


def optimisation_events(
    p: Optimisation, run: Callable[..., Any], inputs: Sequence[Component], pictures: Sequence[Component], *, place: str,
    view: str, api_name: str,
) -> None:  # fmt: skip
    """Start and Stop of a run of `optimised`.

    Args:
        place: see `on_device`.
        view: JavaScript that brings the result into view.
    """
    runs = Runs(
        place,
        status=p.status,
        begin=(lambda: gr.update(interactive=False), None, [p.file]),
        settle=(lambda file: gr.update(interactive=file is not None), [p.file], [p.file]),
        view=view,
    )
    runs.on_click(p.start, run, inputs, [*pictures, p.status, p.curve, p.file, p.job], api_name=api_name)
    runs.on_stop(p.stop, stop_optimising, [p.job], [p.status, p.file])
