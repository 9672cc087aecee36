"""CPU seconds of a call, and code that is measured in a process of its own."""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

from benchmarks.report import ROOT

MEMORY = """
import ctypes, gc, json, os, threading, torch
torch.set_num_threads(1)
resident = lambda: int(open("/proc/self/statm").read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
def growth(work):
    gc.collect(), ctypes.CDLL(None).malloc_trim(0)
    before, seen, done = resident(), [], threading.Event()
    def watch():
        while not done.wait(0.002): seen.append(resident())
    watcher = threading.Thread(target=watch)
    watcher.start(), work(), done.set(), watcher.join()
    return max(seen) - before
"""
"""The start of code for `arm`: growth(work) is what a call adds to the resident memory at its peak, in MB."""


def cpu_seconds(work: Callable[[], object], *, runs: int = 5) -> float:
    """The median CPU seconds of a call, after one that is not counted."""
    work()
    times = []
    for _ in range(runs):
        started = time.process_time()
        work()
        times.append(time.process_time() - started)
    return statistics.median(times)


def arm(code: str) -> dict[str, float]:
    """Run Python code on one thread in a process of its own; the code prints one JSON object."""
    code = f"from convgen.runtime import keep_freed_memory\nkeep_freed_memory()\n{code}"
    settings = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, env=settings)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return json.loads(done.stdout.strip().splitlines()[-1])
