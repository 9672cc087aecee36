"""What is kept for visitors has an end in bytes, and belongs to one of them."""

import gc
from types import SimpleNamespace

import odd_files as odd
import pytest
import torch
from PIL import Image

from demos import common
from demos.common import inputs, keeping, sessions
from demos.common.keeping import Budget, Held, size_of


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
