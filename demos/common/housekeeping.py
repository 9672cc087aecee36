"""What the running app looks after: runs that nobody listens to, and the bytes of the files that it wrote."""

import asyncio
import contextlib
import os
import re
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from gradio.utils import get_upload_folder

from demos.common.gradio_private import end_unheard, forget_calls
from demos.common.listeners import HEARD
from demos.common.sessions import CALLS

LOOK_EVERY_S, COUNT_EVERY_S = 1.0, 10.0
YOUNG_S = 60.0
"""Files that are younger may be on their way to a visitor."""
OURS = re.compile(r"[0-9a-f]{32,}")
"""Names of the folders that Gradio and we make in it."""


@contextlib.asynccontextmanager
async def housekeeping(app: Any, *, most_bytes: int) -> AsyncIterator[None]:
    """The `lifespan` of the app.

    Args:
        most_bytes: of the folder of what visitors sent and got; the oldest files go first.
    """
    tasks = [asyncio.create_task(_listen(app)), asyncio.create_task(_count(most_bytes))]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()


async def _listen(app: Any) -> None:
    while True:
        await asyncio.sleep(LOOK_EVERY_S)
        end_unheard(app.get_blocks()._queue, HEARD)
        forget_calls(app, CALLS)


async def _count(most_bytes: int) -> None:
    while True:
        await asyncio.sleep(COUNT_EVERY_S)
        await asyncio.to_thread(bound_folder, Path(get_upload_folder()), most_bytes)


def bound_folder(folder: Path, most_bytes: int, *, young_s: float = YOUNG_S) -> int:
    """Delete the oldest files that visitors sent or got until the rest has nine tenths of so many bytes.

    Files of others in the same folder are left alone.

    Returns:
        Bytes of what is there now.
    """
    found = []
    for part in _folders(folder):
        with contextlib.suppress(OSError), os.scandir(part) as files:
            for file in files:
                with contextlib.suppress(OSError):
                    facts = file.stat(follow_symlinks=False)
                    found.append((facts.st_mtime, facts.st_size, Path(file.path)))
    total = sum(size for _, size, _ in found)
    if total <= most_bytes:
        return total
    for age, size, path in sorted(found):
        if total <= 0.9 * most_bytes or age > time.time() - young_s:
            break
        with contextlib.suppress(OSError):
            path.unlink()
            total -= size
            path.parent.rmdir()  # if nothing else is in it
    return total


def _folders(folder: Path) -> list[str]:
    with contextlib.suppress(OSError), os.scandir(folder) as parts:
        return [part.path for part in parts if OURS.fullmatch(part.name) and part.is_dir(follow_symlinks=False)]
    return []
