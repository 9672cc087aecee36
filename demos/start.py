"""What has to be right before the page can be served: its port, and a folder for the files of visitors.

It imports nothing of gradio, which reads both when it is imported.
"""

import getpass
import os
import runpy
import socket
import sys
import tempfile
from pathlib import Path

FILES_MB, USUAL_FILES_MB = "CONVGEN_FILES_MB", 2000
PORT, ADDRESS, FOLDER = "GRADIO_SERVER_PORT", "GRADIO_SERVER_NAME", "GRADIO_TEMP_DIR"


def prepare() -> None:
    """Check what is asked for, and choose a folder; end with one sentence and status 1 where that fails."""
    try:
        files_mb()
        refuse_occupied_port()
        choose_folder()
    except ValueError as error:
        sys.exit(str(error))


def serve() -> None:
    """The command `convgen` of an installed package: what `python app.py` does in a clone."""
    try:
        runpy.run_module("app", run_name="__main__")
    except ModuleNotFoundError as error:
        if error.name != "gradio":
            raise
        sys.exit(f"The app needs {error.name}: pip install 'convgen[app]'.")


def port() -> int | None:
    """The port that is asked for; None leaves the choice to Gradio.

    Raises:
        ValueError: it is no port.
    """
    text = os.environ.get(PORT, "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 5 and 1 <= int(text) <= 65535):
        raise ValueError(f"{PORT} must be a whole number from 1 to 65535, got {text[:40]!r}.")
    return int(text)


def files_mb() -> int:
    """Megabytes that the folder of visitors' files may have.

    Raises:
        ValueError: what is asked for is no such number.
    """
    text = os.environ.get(FILES_MB) or str(USUAL_FILES_MB)
    if not (text.isascii() and text.isdigit() and 1 <= len(text) <= 9 and int(text)):
        raise ValueError(f"{FILES_MB} must be a whole number of megabytes from 1 on, got {text[:40]!r}.")
    return int(text)


def refuse_occupied_port() -> None:
    """Raise ValueError if nothing can be served on the port that is asked for."""
    number = port()
    if number is None:
        os.environ.pop(PORT, None)  # an empty one is none
        return
    host = os.environ.get(ADDRESS) or "127.0.0.1"
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(host, number, type=socket.SOCK_STREAM)[0]
    except OSError as error:
        raise ValueError(f"{ADDRESS} must be an address of this machine, got {host[:40]!r}.") from error
    with socket.socket(family, kind, protocol) as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the server itself does
        try:
            one.bind(place)
        except OSError as error:
            reason = error.strerror or "it cannot be opened"
            raise ValueError(f"Nothing can be served on port {number} ({reason}): set {PORT} to another.") from error


def choose_folder() -> None:
    """Set GRADIO_TEMP_DIR to a folder of our own, unless the usual one is that already, or another is asked for.

    Raises:
        ValueError: the one that is asked for cannot be written to, or there is no place for any.
    """
    asked = os.environ.get(FOLDER)
    try:
        folder = Path(asked or Path(tempfile.gettempdir()) / "gradio")
        if _may_write(folder) and (asked or _is_ours(folder)):
            return
        if not asked:
            os.environ[FOLDER] = tempfile.mkdtemp(prefix="gradio-")
            return
    except OSError as error:
        raise ValueError(f"There is no folder for the files of visitors: set {FOLDER} to one.") from error
    raise ValueError(f"{FOLDER} must be a folder that {_somebody()} may write to, got {asked[:80]!r}.")


def _may_write(folder: Path) -> bool:
    """Whether files can be written to a folder; it is made if it is not there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder):
            return True
    except OSError:
        return False


def _is_ours(folder: Path) -> bool:
    """Whether a folder belongs to us: in another's, files could be exchanged."""
    return not hasattr(os, "getuid") or folder.stat().st_uid == os.getuid()


def _somebody() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user without a name
        return "the user of this process"
