"""The line of those who wait for the device: one has it, the others know how many are before them."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import gradio as gr

from demos.common.outputs import duration
from demos.common.sessions import visitor

MOST_WAITING = 40
MOST_OF_ONE = 2
"""Runs of one visitor that may wait at a time."""
EXPECTED_S = 10.0
"""Seconds for which a place of the page waits for the run that was announced."""
FULL = f"{MOST_WAITING} runs are waiting already: try again in a few minutes."
ENOUGH = f"{MOST_OF_ONE} of your runs are waiting already: start another one when the first of them has begun."


class Ticket:
    """A place in the line; it is given back by `Line.leave`.

    Attributes:
        visitor: key of a session, or None outside of the app.
        place: which part of the page shows the run.
        job: what runs, once it runs, see `demos.common.job.Job`.
        ends_at: `time.monotonic()` at which the run ends, as far as anybody knows.
        replaced: the visitor has started another run in its place: nothing of this one is shown any more.
        dropped: the visitor has stopped it while it waited.
    """

    def __init__(self, visitor: str | None, place: str):
        self.visitor, self.place = visitor, place
        self.job: Any = None
        self.ends_at: float | None = None
        self.replaced = self.dropped = False

    @property
    def stopped(self) -> bool:
        """Whether what runs was asked to end after its step."""
        return self.job is not None and self.job.stop.is_set()


class Line:
    """First come, first served; the first one has the device."""

    def __init__(self) -> None:
        self._tickets: list[Ticket] = []
        self._expected: dict[tuple[str | None, str], float] = {}
        self._changed = threading.Condition()

    def enter(self, visitor: str | None, place: str) -> Ticket:
        """Stand in line.

        Raises:
            gr.Error: too many wait, altogether or of this visitor.
        """
        with self._changed:
            self._expected.pop((visitor, place), None)
            waiting = self._tickets[1:]
            if len(waiting) >= MOST_WAITING:
                raise gr.Error(FULL, print_exception=False)
            if visitor is not None and sum(ticket.visitor == visitor for ticket in waiting) >= MOST_OF_ONE:
                raise gr.Error(ENOUGH, print_exception=False)
            ticket = Ticket(visitor, place)
            self._tickets.append(ticket)
            return ticket

    def leave(self, ticket: Ticket) -> None:
        """Called at the end, also by who only waited; a second time it does nothing."""
        with self._changed:
            if ticket in self._tickets:
                self._tickets.remove(ticket)
            self._changed.notify_all()

    def before(self, ticket: Ticket) -> int:
        """How many are before it, the one that has the device included."""
        with self._changed:
            return self._tickets.index(ticket)

    def wait(self, ticket: Ticket, before: int, timeout_s: float) -> None:
        """Until there are fewer before it, or it is not waited for any more, or so many seconds are over."""
        with self._changed:
            self._changed.wait_for(
                lambda: self._tickets.index(ticket) != before or ticket.dropped or ticket.replaced, timeout_s
            )

    def sentence(self, ticket: Ticket) -> str:
        """What a visitor reads who waits; a time only where one can be known."""
        with self._changed:
            before, first = self._tickets.index(ticket), self._tickets[0]
            if before == 1 and ticket.visitor is not None and first.visitor == ticket.visitor and first.replaced:
                return "Waiting: your run before this one is finishing its step."
            if before == 1 and first.ends_at is not None:
                return f"Waiting: 1 before you, about {duration(first.ends_at - time.monotonic())}"
            return f"Waiting: {before} before you"

    @contextmanager
    def turn(self, patience_s: float, sentence: str) -> Iterator[None]:
        """The device for what has no page to wait on.

        Raises:
            gr.Error: it cannot be had within so many seconds.
        """
        ticket, gives_up = self.enter(visitor(), ""), time.monotonic() + patience_s
        try:
            while before := self.before(ticket):
                if (left := gives_up - time.monotonic()) <= 0:
                    raise gr.Error(sentence, print_exception=False)
                self.wait(ticket, before, left)
            yield
        finally:
            self.leave(ticket)

    # ---- what a page says of its own runs

    def replace(self, visitor: str | None, place: str) -> None:
        """What waits or runs in a place ends, and is not shown any more."""
        with self._changed:
            for ticket in self._of(visitor, place):
                ticket.replaced = True
                if ticket.job is not None:
                    ticket.job.stop.set()
            self._changed.notify_all()

    def announce(self, visitor: str | None, place: str) -> None:
        """Another run of the visitor is about to stand in line for a place."""
        with self._changed:
            now = time.monotonic()
            self._expected = {key: until for key, until in self._expected.items() if until > now}
            self._expected[visitor, place] = now + EXPECTED_S

    def drop(self, visitor: str | None, place: str) -> bool:
        """The visitor stops a run that waits; whether there was one."""
        with self._changed:
            waiting = [ticket for ticket in self._of(visitor, place) if ticket is not self._tickets[0]]
            for ticket in waiting:
                ticket.dropped = True
            self._changed.notify_all()
            return bool(waiting)

    def busy(self, visitor: str | None, place: str) -> bool:
        """Whether a run waits or goes on in a place, or has been announced there."""
        with self._changed:
            expected = self._expected.get((visitor, place), 0.0) > time.monotonic()
            return expected or any(not (one.replaced or one.stopped) for one in self._of(visitor, place))

    def free(self) -> bool:
        """Whether the device can be had at once."""
        with self._changed:
            return not self._tickets

    def running(self) -> Ticket | None:
        """Who has the device."""
        with self._changed:
            return self._tickets[0] if self._tickets else None

    def _of(self, visitor: str | None, place: str) -> list[Ticket]:
        return [ticket for ticket in self._tickets if (ticket.visitor, ticket.place) == (visitor, place)]


LINE = Line()
