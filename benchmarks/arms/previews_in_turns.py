"""The app, whose runs of Deep Image Prior hide and show previews in turns: LOG SECONDS.

A turn lasts so many CPU seconds of steps. At its end a line is appended to the file LOG: CPU seconds of the process,
those of the steps, and the number of steps and of previews, all since the start.
"""

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import app
from convgen import deep_image_prior as dip
from convgen.progress import Progress
from demos.deep_image_prior import jobs, work


class Turns:
    """What is counted, and whether previews are shown now."""

    def __init__(self, log: Path, seconds: float):
        self.log, self.seconds, self.live = log, seconds, False
        self.spent, self.steps, self.shown = 0.0, 0, 0

    def note(self, what: str) -> None:
        with self.log.open("a") as file:
            file.write(f"{what} {time.process_time()} {self.spent} {self.steps} {self.shown}\n")


def main(log: str, seconds: str) -> None:
    turns = Turns(Path(log), float(seconds))

    class Counted(dip.Restorer):
        def run(self, total: int | None = None, *, every: int = 1) -> Iterator[Progress]:
            steps, turns.live = super().run(total, every=every), False
            turns.note("start")
            ends = turns.spent + turns.seconds
            while True:
                while turns.spent < ends:
                    started = time.thread_time()
                    progress = next(steps, None)
                    turns.spent += time.thread_time() - started
                    if progress is None:
                        return
                    turns.steps += 1
                    yield progress
                turns.note("block")
                turns.live, ends = not turns.live, turns.spent + turns.seconds

    class InTurns(jobs.Pace):
        def ready(self) -> bool:
            due = turns.live and super().ready()
            turns.shown += due
            return due

    work.RESTORER, jobs.PACE = Counted, InTurns
    app.main()


if __name__ == "__main__":
    main(*sys.argv[1:])
