"""What a call adds to the resident memory of its process."""

import ctypes
import gc
import os
import threading
from collections.abc import Callable
from pathlib import Path


def growth_mb(work: Callable[[], object]) -> float:
    """Megabytes at the peak of a call, above those before it."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    before, seen, done = _resident_mb(), [], threading.Event()

    def watch() -> None:
        while not done.wait(0.002):
            seen.append(_resident_mb())

    watcher = threading.Thread(target=watch)
    watcher.start()
    work()
    done.set()
    watcher.join()
    return max(seen) - before


def _resident_mb() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
