"""The app, or another web server, in a process of its own for a benchmark."""

import os
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from benchmarks.report import ROOT


@contextmanager
def server(command: list[str], **variables: str) -> Iterator[tuple[subprocess.Popen, str]]:
    """Start a web server on a free port and wait for its first HTTP 200; its process and address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}/"
    environment = {**os.environ, "GRADIO_SERVER_PORT": str(port), "GRADIO_SERVER_NAME": "127.0.0.1"} | variables
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(6000):
            with suppress(OSError), urllib.request.urlopen(address, timeout=5) as answer:
                if answer.status == 200:
                    break
            time.sleep(0.02)
        yield process, address
    finally:
        process.terminate()
        process.wait()
