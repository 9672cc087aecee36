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


def pytest_collection_modifyitems(items):
    """The browser's tests take longest and stay in one process: they begin first, beside all others."""
    items.sort(key=lambda item: item.path.name != "test_browser.py")


@pytest.fixture(scope="session")
def odd_files(tmp_path_factory: pytest.TempPathFactory) -> list[OddFile]:
    """Every odd picture file, see tests/odd_files.py."""
    return write(tmp_path_factory.mktemp("odd"))


@pytest.fixture(scope="session")
def app_process():
    """The app, as visitors reach it, started once."""
    app = RunningApp()
    yield app
    app.close()


@pytest.fixture(scope="module")
def running(app_process):
    """The app; a module leaves nothing behind that could meet another one."""
    yield app_process
    app_process.wait_until_free()
    assert app_process.facts()["runs"] == 0


@pytest.fixture(scope="module")
def client(running):
    from gradio_client import Client  # here, so that tests of the model layer do not wait for it

    client = Client(running.url, verbose=False)
    yield client
    client.close()


@pytest.fixture
def made(monkeypatch):
    """Avatars that are made by code, instead of the bundled ones, which may not be here."""
    from made_people import made_avatar, made_networks

    from convgen.avatars.catalogue import AVATARS
    from demos.avatars import form, jobs, own

    avatars = {name: made_avatar(seed) for seed, name in enumerate(AVATARS)}
    networks = made_networks()
    monkeypatch.setattr(form, "here", lambda: list(AVATARS))
    monkeypatch.setattr(form, "networks", lambda: networks)
    monkeypatch.setattr(form, "_ours", avatars.__getitem__)
    monkeypatch.setattr(own, "average", lambda: made_avatar(0))
    jobs.stack_of.cache_clear()
    monkeypatch.setattr(form, "PLACES", type(form.PLACES)(most=4))


@pytest.fixture
def seen(monkeypatch):
    """Who is in the next pictures: a list of lists of people, the last of which stays."""
    from made_people import somebody

    from convgen import pose_finder
    from demos.avatars import own
    from demos.common import people

    told = [[somebody()]]

    def find(picture, *, most=6, least_presence=pose_finder.LEAST_PRESENCE):
        found = told.pop(0) if len(told) > 1 else told[0]
        return [person for person in found if person.presence >= least_presence][:most]

    monkeypatch.setattr(people, "find_people", find)
    monkeypatch.setattr(people, "find_pose", lambda picture: next(iter(find(picture)), None))
    monkeypatch.setattr(own, "find_pose", people.find_pose)
    monkeypatch.setattr(people, "track", lambda picture, previous: None)
    return told
