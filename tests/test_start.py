"""What ends the app with one sentence before it is served, and which folder it takes for the files of visitors."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from demos import start

ROOT = Path(__file__).parents[1]
FOLDER_OF_GRADIO = """
import os
from demos import start
start.prepare()
from gradio import route_utils, utils
print(utils.get_upload_folder())
print(route_utils.DEFAULT_TEMP_DIR)
"""
CHOSEN = "import os; from demos import start; start.prepare(); print(os.environ.get('GRADIO_TEMP_DIR'))"


def started(*command, **settings):
    """Run Python in an environment with these settings, and no other of Gradio's."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GRADIO_")}
    environment |= {"GRADIO_ANALYTICS_ENABLED": "False"} | settings
    return subprocess.run(
        [sys.executable, *command], env=environment, cwd=ROOT, capture_output=True, text=True, timeout=120
    )


def foreign(folder: Path) -> Path:
    """A folder of somebody else, or one that cannot be written to."""
    folder.mkdir()
    if os.getuid() == 0:
        os.chown(folder, 12345, 12345)
    else:
        folder.chmod(0o500)
    return folder


def test_an_occupied_port_is_refused_in_one_sentence():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        number = taken.getsockname()[1]
        done = started("app.py", GRADIO_SERVER_PORT=str(number))
        assert done.returncode == 1 and done.stdout == ""
        assert done.stderr == (
            f"Nothing can be served on port {number} (Address already in use): set GRADIO_SERVER_PORT to another.\n"
        )


@pytest.mark.parametrize("number", ["abc", "0", "70000", "-1", "8" * 5000, "7860.5"])
def test_what_is_no_port_is_refused_in_one_sentence(number):
    done = started("-c", "from demos import start; start.prepare()", GRADIO_SERVER_PORT=number)
    assert done.returncode == 1 and len(done.stderr) < 140
    assert done.stderr.startswith("GRADIO_SERVER_PORT must be a whole number from 1 to 65535, got '")


@pytest.mark.parametrize("text", ["abc", "-1", "0", "1.5", "9" * 5000])
def test_what_is_no_number_of_megabytes_is_refused_in_one_sentence(monkeypatch, text):
    monkeypatch.setenv("CONVGEN_FILES_MB", text)
    with pytest.raises(ValueError, match="CONVGEN_FILES_MB must be a whole number of megabytes from 1 on") as caught:
        start.files_mb()
    assert len(str(caught.value)) < 140
    monkeypatch.setenv("CONVGEN_FILES_MB", "")
    assert start.files_mb() == 2000


def test_a_free_port_is_taken_and_none_leaves_the_choice(monkeypatch):
    monkeypatch.setenv("GRADIO_SERVER_PORT", "")
    assert start.port() is None
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number = free.getsockname()[1]
    monkeypatch.setenv("GRADIO_SERVER_PORT", str(number))
    start.refuse_occupied_port()
    assert start.port() == number


def test_a_foreign_temporary_folder_is_left_for_one_of_our_own(tmp_path):
    foreign(tmp_path / "gradio")
    done = started("-c", FOLDER_OF_GRADIO, TMPDIR=str(tmp_path))
    assert done.returncode == 0, done.stderr
    used = {Path(line) for line in done.stdout.split()}
    assert len(used) == 1
    folder = used.pop()
    assert folder.parent == tmp_path and folder.name != "gradio" and folder.stat().st_uid == os.getuid()


def test_a_file_in_the_place_of_the_folder_is_left_alone(tmp_path):
    (tmp_path / "gradio").write_text("mine")
    done = started("-c", CHOSEN, TMPDIR=str(tmp_path))
    assert done.returncode == 0 and Path(done.stdout.strip()).is_dir()
    assert (tmp_path / "gradio").read_text() == "mine"


def test_the_usual_folder_stays_where_it_is_ours(tmp_path):
    assert started("-c", CHOSEN, TMPDIR=str(tmp_path)).stdout == "None\n"
    assert list((tmp_path / "gradio").iterdir()) == []
    asked = tmp_path / "a" / "b"
    assert started("-c", CHOSEN, GRADIO_TEMP_DIR=str(asked)).stdout == f"{asked}\n" and asked.is_dir()


def test_a_folder_that_was_asked_for_and_cannot_be_written_to_ends_the_app_with_a_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file", tmp_path / "file" / "inside", Path("/proc/none")):
        done = started("app.py", GRADIO_TEMP_DIR=str(folder))
        assert done.returncode == 1 and done.stderr.count("\n") == 1 and "Traceback" not in done.stderr, folder
        assert done.stderr.startswith("GRADIO_TEMP_DIR must be a folder that "), folder


@pytest.fixture
def other_app(monkeypatch, tmp_path):
    """Stands for app.py: the file that `serve` finds."""
    monkeypatch.delitem(sys.modules, "app", raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path / "app.py"


def test_the_command_of_an_installed_package_runs_the_app(other_app, capsys):
    other_app.write_text("print(__name__)")
    start.serve()
    assert capsys.readouterr().out == "__main__\n"


def test_the_command_says_in_one_sentence_that_the_app_is_not_installed(other_app):
    other_app.write_text("raise ModuleNotFoundError('no module', name='gradio')")
    with pytest.raises(SystemExit, match=r"^The app needs gradio: pip install 'convgen\[app\]'\.$"):
        start.serve()
