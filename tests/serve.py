"""The app in a process of its own, for tests: prints its address, then answers each line on stdin with facts as JSON.

In the tests' own process Gradio would leave sockets and event loops open, which count as errors there.
"""

import gc
import json
import os
import subprocess
import sys
import time
import types
from collections.abc import Collection
from pathlib import Path

ROOT = Path(__file__).parents[1]
SIDE = 128
"""Longest side of a picture that is restored, unless it is said."""


class RunningApp:
    """The app as a visitor finds it, at `url`; `facts()` looks inside."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, __file__], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.url = self._process.stdout.readline().strip()
        assert self.url.startswith("http"), "the app did not start"

    def facts(self, kind: str = "facts") -> dict:
        """free: whether the device can be had (all that the kind "free" says); runs: generators of the tab that are
        alive; grad: whether gradients are on; bytes: resident memory, or None where it cannot be read; sessions: those
        that have states."""
        self._process.stdin.write(f"{kind}\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def wait_until_free(self, seconds: float = 30) -> None:
        until = time.monotonic() + seconds
        while not self.facts("free")["free"]:
            assert time.monotonic() < until, "the device was not given back"
            time.sleep(0.02)

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(20)
        self._process.stdin.close()
        self._process.stdout.close()


def _facts(kind: str, sessions: Collection[str]) -> dict:
    import torch

    from demos.common.line import LINE

    free = LINE.free()
    if kind == "free":
        return {"free": free}
    gc.collect()
    names = {"watch", "advance", "stylize_video", "change_frames", "optimise_style", "learn_texture"}
    names |= {"learn_style", "watched"}
    names |= {"optimise_texture", "optimise_edit", "changed_film", "play", "drive_avatar", "refine", "make_avatar"}
    generators = [o for o in gc.get_objects() if type(o) is types.GeneratorType and o.gi_frame is not None]
    alive = [generator for generator in generators if generator.__name__ in names]
    statm = Path("/proc/self/statm")
    resident = int(statm.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") if statm.exists() else None
    return {
        "free": free,
        "runs": len(alive),
        "grad": torch.is_grad_enabled(),
        "bytes": resident,
        "sessions": [*sessions],
    }


def _serve() -> None:
    sys.path.insert(0, str(ROOT))
    import torch

    import app
    from convgen.runtime import keep_freed_memory
    from demos.common import listeners
    from demos.deep_image_prior import cases

    cases.working_side = lambda task, source: SIDE
    keep_freed_memory()
    torch.set_num_threads(1)
    listeners.SILENT_S = 2.0  # tests wait for it
    app.reach_localhost_directly()
    options = app.launch_options() | {"server_name": "127.0.0.1", "prevent_thread_lock": True, "quiet": True}
    blocks = app.build_app()
    served, address, _ = blocks.launch(**options)
    print(address, flush=True)
    for line in sys.stdin:
        print(json.dumps(_facts(line.strip(), served.state_holder.session_data)), flush=True)


if __name__ == "__main__":
    _serve()
