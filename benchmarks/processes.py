"""CPU seconds of a call, and the modules of `benchmarks.arms`, which are measured in processes of their own."""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

from benchmarks.report import ROOT


def cpu_seconds(work: Callable[[], object], *, runs: int = 5) -> float:
    """The median CPU seconds of a call, after one that is not counted."""
    work()
    times = []
    for _ in range(runs):
        started = time.process_time()
        work()
        times.append(time.process_time() - started)
    return statistics.median(times)


def arm(name: str, *arguments: object) -> dict[str, float]:
    """What a module of `benchmarks.arms` measures on one thread, in a process of its own."""
    command = [sys.executable, "-m", f"benchmarks.arms.{name}", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env={**os.environ, "OMP_NUM_THREADS": "1"})
    if done.returncode:
        raise RuntimeError(done.stderr)
    return json.loads(done.stdout.strip().splitlines()[-1])
