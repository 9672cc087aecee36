"""What tests share: threads, a folder of Gradio's own, the odd files."""

import os
import tempfile

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")  # read when gradio is imported
os.environ.setdefault("GRADIO_TEMP_DIR", tempfile.mkdtemp(prefix="convgen-tests-"))

import pytest
import torch
from odd_files import OddFile, write
from serve import RunningApp

torch.set_num_threads(1)  # two would wait for each other on a busy machine


@pytest.fixture(scope="session")
def odd_files(tmp_path_factory: pytest.TempPathFactory) -> list[OddFile]:
    """Every odd picture file, see tests/odd_files.py."""
    return write(tmp_path_factory.mktemp("odd"))


@pytest.fixture(scope="module")
def running():
    """The app, as visitors reach it; a module's own, so that what one leaves behind does not meet another."""
    app = RunningApp()
    yield app
    app.close()


@pytest.fixture(scope="module")
def client(running):
    from gradio_client import Client  # here, so that tests of the model layer do not wait for it

    client = Client(running.url, verbose=False)
    yield client
    client.close()
