"""Jobs of about a second: one at a time, beside the one long job that has the device."""

import threading
from collections.abc import Callable
from typing import Any, TypeVar

from demos.common.device import one_at_a_time

QUICK_QUEUE = {"concurrency_id": "quick", "concurrency_limit": 1}
"""Arguments of every event whose function is decorated with `quickly`."""
AT_ONCE = {"trigger_mode": "always_last", "show_progress": "hidden", "api_visibility": "private", **QUICK_QUEUE}
"""Arguments of events that follow a slider: the newest value waits for the one before it."""
PATIENCE_S = 60.0

Function = TypeVar("Function", bound=Callable[..., Any])
_quick_lock = threading.Lock()


def quickly(function: Function) -> Function:
    """Decorator of a tab's function that answers at once, also while somebody's long run has the device.

    Such functions wait for each other, so at most one long and one quick job share the device; errors are plain
    sentences as with `on_device`.
    """
    return one_at_a_time(function, _quick_lock, PATIENCE_S)
