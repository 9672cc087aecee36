"""What is kept for visitors has an end in bytes, and belongs to one of them."""

import gc
import os
import time
from types import SimpleNamespace

import gradio as gr
import odd_files as odd
import pytest
import torch
from gradio.data_classes import FileData, ImageData, ListFiles
from PIL import Image

from demos import common
from demos.common import inputs, keeping, sessions
from demos.common.exchange import opened
from demos.common.film import Film
from demos.common.housekeeping import bound_folder
from demos.common.keeping import Budget, Held, Latest, size_of
from demos.common.upload import Upload, Uploads


@pytest.fixture(autouse=True)
def budget(monkeypatch):
    """One of 100 bytes."""
    small = Budget(100)
    monkeypatch.setattr(keeping, "BUDGET", small)
    return small


class Busy:
    """A keeper."""

    def __init__(self, busy=False):
        self.busy, self.forgot = busy, False

    def in_use(self):
        return self.busy

    def forget(self):
        self.forgot = True


def test_the_oldest_goes_first_and_who_comes_back_reads_a_sentence(budget):
    first, second, third = (Held(name, 40) for name in ("first", "second", "third"))
    assert second.value == "second" and third.value == "third" and budget.total() == 80
    with pytest.raises(ValueError, match="not kept here any more"):
        first.value  # noqa: B018


def test_what_grows_is_the_newest_and_what_is_in_use_stays(budget):
    running, old, new = Busy(True), Busy(), Busy()
    budget.keeps(running, 50)
    budget.keeps(old, 30)
    budget.keeps(new, 10)
    budget.keeps(old, 45)  # now the newest
    assert new.forgot and not running.forgot and not old.forgot and budget.total() == 95
    budget.keeps(huge := Busy(), 1000)
    assert old.forgot and not running.forgot and not huge.forgot
    running.busy = False
    budget.keeps(Busy(), 1)
    assert running.forgot and huge.forgot


def test_nothing_is_kept_alive_for_the_sake_of_counting(budget):
    held = Held("a", 60)
    del held
    gc.collect()
    assert budget.total() == 0


def test_the_latest_runs_can_be_gone_on_with():
    class Run:
        closed = False

        def close(self):
            self.closed = True

    latest, runs = Latest(2), [Run() for _ in range(4)]
    for run in (*runs[:2], runs[0], runs[2]):
        latest.add(run)
    assert [run.closed for run in runs] == [False, True, False, False]
    del runs[0]
    gc.collect()
    latest.add(runs[-1])
    assert [run.closed for run in runs] == [True, False, False]


def test_bytes_of_what_visitors_keep():
    net = torch.nn.Linear(3, 2)
    picture = Image.new("RGBA", (5, 4))
    assert size_of(torch.zeros(3), net, picture, b"1234", {"a": [picture, "xy"]}) == 12 + 32 + 80 + 4 + 82


def blob(size, kind="background", index=0, session="one", key="a", blobs=None):
    blobs.put(session, key, kind, index, b"x" * size)


def test_pixels_sent_ahead_belong_to_their_session_and_have_an_end():
    blobs = inputs.Blobs(100)
    blob(40, session="one", blobs=blobs)
    blob(40, session="two", blobs=blobs)
    blob(10, "layer", 2, session="two", blobs=blobs)
    assert blobs.total() == 90 and blobs.take("three", "a") is None
    blob(40, session="three", blobs=blobs)
    assert blobs.take("one", "a") is None and blobs.total() == 90
    sent = blobs.take("two", "a")
    assert sent.background == b"x" * 40 and sent.layers == [None, None, b"x" * 10] and sent.composite is None
    assert blobs.take("two", "a") is None
    blob(101, session="one", blobs=blobs)
    assert blobs.total() == 0
    for number in range(1000):
        blob(0, key=str(number), blobs=blobs)
    assert blobs.take("one", "0") is None and blobs.take("one", "999") is not None


def test_an_editor_finds_what_its_own_session_sent():
    editor = common.mask_editor("Paint")
    content = odd.encoded(odd.scene(), "PNG")
    data = {"type": "background", "index": None, "id": "a", "session_hash": "mine"}
    editor.accept_blobs(SimpleNamespace(data=data, files=[("file", content)]))
    token = sessions.SESSION.set("another")
    assert editor.preprocess(inputs.MaskData(id="a")) is None
    sessions.SESSION.set("mine")
    assert editor.preprocess(inputs.MaskData(id="a")).picture.size == (odd.WIDTH, odd.HEIGHT)
    sessions.SESSION.reset(token)


# ---- files


def test_the_folder_of_files_has_an_end_and_the_oldest_go_first(tmp_path):
    def file(name, age, size=100, folder="a" * 32):
        path = tmp_path / folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"x" * size)
        os.utime(path, (time.time() - age, time.time() - age))
        return path

    old, used, new = file("old.png", 9000, folder="b" * 64), file("used.png", 500), file("new.png", 1)
    others = [file("somebody.txt", 99_999, folder="notes"), tmp_path / "file.txt"]
    others[1].write_bytes(b"y" * 1000)
    assert bound_folder(tmp_path, 300) == 300 and old.is_file()
    assert bound_folder(tmp_path, 250) == 200
    assert not old.parent.exists() and used.is_file() and new.is_file()
    assert bound_folder(tmp_path, 10) == 100 and new.is_file() and not used.exists()  # it is on its way to somebody
    assert all(other.is_file() for other in others)
    assert bound_folder(tmp_path / "missing", 1) == 0


def test_who_comes_back_to_a_file_that_is_gone_reads_a_sentence():
    picture = common.Picture()
    path = f"{picture.GRADIO_CACHE}/{'a' * 64}/photo.png"
    for call in (
        lambda: picture.preprocess(ImageData(path=path)),
        lambda: Film().preprocess(FileData(path=path)),
        lambda: Upload("File").preprocess(FileData(path=path)),
        lambda: Uploads("Files").preprocess(ListFiles(root=[FileData(path=path)])),
    ):
        with pytest.raises(gr.Error, match="not kept here any more: upload it again"):
            call()
    with pytest.raises(gr.Error, match="not kept here any more"):
        opened(path)
