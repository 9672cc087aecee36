"""What tests share: threads, a folder of Gradio's own, the odd files."""

import os
import tempfile

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")  # read when gradio is imported
os.environ.setdefault("GRADIO_TEMP_DIR", tempfile.mkdtemp(prefix="convgen-tests-"))

import pytest
import torch
from odd_files import OddFile, write

torch.set_num_threads(1)  # two would wait for each other on a busy machine


@pytest.fixture(scope="session")
def odd_files(tmp_path_factory: pytest.TempPathFactory) -> list[OddFile]:
    """Every odd picture file, see tests/odd_files.py."""
    return write(tmp_path_factory.mktemp("odd"))
