"""What visitors' states keep of pictures and networks: so many bytes for all of them, and the oldest go first."""

import threading
import weakref
from collections import OrderedDict, deque
from typing import Any, Generic, Protocol, TypeVar

import torch
from PIL import Image

MOST_BYTES = 100_000_000
GONE = "This is not kept here any more, as many others were here since: make it again."

Value = TypeVar("Value")


class Keeper(Protocol):
    """Something in a visitor's state that takes much memory, and can be without it."""

    def in_use(self) -> bool:
        """Whether it cannot be without it just now."""

    def forget(self) -> None:
        """Give the memory back; who asks for it later gets the sentence `GONE`."""


class Budget:
    """The bytes that all keepers may have together, but for those in use. It holds none of them alive."""

    def __init__(self, most_bytes: int = MOST_BYTES):
        self.most_bytes = most_bytes
        self._bytes: OrderedDict[weakref.ref, int] = OrderedDict()
        self._lock = threading.RLock()  # a keeper may go while another one comes

    def keeps(self, keeper: Keeper, size: int) -> None:
        """A keeper has so many bytes now, and is the newest; the oldest others forget theirs if it is too much."""
        with self._lock:
            reference = weakref.ref(keeper, self._gone)
            self._bytes.pop(reference, None)
            self._bytes[reference] = size
            too_much = self.total() - self.most_bytes
            for oldest, old_size in list(self._bytes.items())[:-1]:
                if too_much <= 0:
                    break
                found = oldest()
                if found is None or not found.in_use():
                    self._bytes.pop(oldest, None)
                    too_much -= old_size
                    if found is not None:
                        found.forget()

    def total(self) -> int:
        """The bytes of all of them."""
        with self._lock:
            return sum(self._bytes.values())

    def _gone(self, reference: weakref.ref) -> None:
        with self._lock:
            self._bytes.pop(reference, None)


BUDGET = Budget()


class Latest:
    """So many runs of anybody that can be gone on with; older ones give the memory of their networks back.

    It holds none of them alive.
    """

    def __init__(self, most: int):
        self._most, self._runs = most, deque[weakref.ref]()
        self._lock = threading.Lock()

    def add(self, run: Any) -> None:
        """A run that goes on: it is the latest now, and those that are too many are closed (`close()`)."""
        with self._lock:
            self._runs = deque(known for known in self._runs if known() not in (None, run))
            self._runs.append(weakref.ref(run))
            too_many = [self._runs.popleft() for _ in range(len(self._runs) - self._most)]
        for known in too_many:
            if (old := known()) is not None:
                old.close()


class Held(Generic[Value]):
    """A value in a visitor's state, as long as there is room for it."""

    def __init__(self, value: Value, size: int):
        self._value: Value | None = value
        BUDGET.keeps(self, size)

    @property
    def value(self) -> Value:
        """The value itself.

        Raises:
            ValueError: it is not kept any more; one sentence.
        """
        if self._value is None:
            raise ValueError(GONE)
        return self._value

    def in_use(self) -> bool:
        return False

    def forget(self) -> None:
        self._value = None


def size_of(*values: Any) -> int:
    """Bytes of tensors, pictures, networks, texts, and of what is in lists and tables of them."""
    return sum(_size(value) for value in values)


def _size(value: Any) -> int:
    if isinstance(value, torch.Tensor):
        return value.nbytes
    if isinstance(value, Image.Image):
        return value.width * value.height * len(value.getbands())
    if isinstance(value, torch.nn.Module):
        return size_of(*value.parameters(), *value.buffers())
    if isinstance(value, (bytes, str)):
        return len(value)
    if isinstance(value, dict):
        return size_of(*value.values())
    return size_of(*value) if isinstance(value, (list, tuple)) else 8
