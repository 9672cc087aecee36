"""The events of long runs: what starts one, what the page shows meanwhile, Stop, and what follows."""

from collections.abc import Callable, Sequence
from functools import partial, wraps
from typing import Any

import gradio as gr
from gradio.components import Component

from demos.common.device import DEVICE_QUEUE, QUIET
from demos.common.job import is_over, starts
from demos.common.look import one_click

Step = tuple[Callable[..., Any], Any, Any]
"""A function, its inputs and its outputs."""
SKIP = gr.skip()


class Runs:
    """A place of the page where one long run of a visitor goes on at a time: a newer one replaces the older.

    Args:
        place: its name, as that of the functions that run there, see `on_device`.
        status: where progress is shown.
        begin: what changes on the page before a run.
        settle: what changes once nothing of the visitor's runs there any more.
        view: JavaScript that brings the result into view.
    """

    def __init__(
        self, place: str, *, status: Component, begin: Step | None = None, settle: Step | None = None, view: str = ""
    ):
        self.place, self.status, self.begin, self.settle, self.view = place, status, begin, settle, view
        self._started: list[Any] = []

    def on_click(self, button: gr.Button, run: Callable[..., Any], inputs: Any, outputs: Any, **options: Any) -> Any:
        """`after` a click on a button that has an `elem_id`."""
        button.click(None, None, None, js=one_click(f"#{button.elem_id}"), **QUIET)
        return self.after(button.click, run, inputs, outputs, **options)

    def after(self, event: Any, run: Callable[..., Any], inputs: Any, outputs: Any, **options: Any) -> Any:
        """Have an event (`examples.click`, `done.then`) start a run; the event of the run.

        Args:
            options: further arguments of the run's event, e.g. `api_name`.
        """
        function, given, changed = self.begin or (lambda: None, None, None)

        @wraps(function)
        def announced(*values: Any) -> Any:
            starts(self.place)
            return function(*values)

        begun = event(announced, given, changed, **QUIET)
        if self.view:
            begun.then(None, None, None, js=self.view, **QUIET)
        watched = {"show_progress": "minimal", "show_progress_on": [self.status], "trigger_mode": "multiple"}
        started = begun.then(run, inputs, outputs, **DEVICE_QUEUE | watched | options)
        self._settled(started.then)
        self._started.append(started)
        return started

    def on_stop(self, button: gr.Button, stop: Callable[..., Any], inputs: Sequence[Component], outputs: Any) -> None:
        """Called last: a button that ends whatever runs in the place.

        Args:
            stop: as `stop_run` or `stop_optimising`.
        """
        stopped = button.click(partial(stop, place=self.place), inputs, outputs, **QUIET)
        if self.settle:
            self._settled(stopped.then, cancels=self._started)
        else:
            stopped.then(None, None, None, cancels=self._started, **QUIET)

    def _settled(self, event: Any, **options: Any) -> None:
        if not self.settle:
            return
        function, given, changed = self.settle
        nothing = SKIP if len(changed) == 1 else [SKIP] * len(changed)
        if isinstance(changed, set):
            nothing = {next(iter(changed)): SKIP}

        @wraps(function)
        def settled(*values: Any) -> Any:
            """What follows a run happens once, not beside a newer one."""
            return function(*values) if is_over(self.place) else nothing

        event(settled, given, changed, **QUIET | options)
