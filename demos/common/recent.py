"""What was worked out lately and may be asked for again; it forgets the oldest."""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

from PIL import Image

Value = TypeVar("Value")


class Recent(Generic[Value]):
    """At most so many values, each under a key that nobody can guess without having what it was made of."""

    def __init__(self, most: int):
        self._most, self._values, self._lock = most, OrderedDict[str, Value](), threading.Lock()

    def get(self, key: str | None) -> Value | None:
        """The value of a key, or None if it is not known any more."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
            return self._values.get(key)

    def made(self, key: str, make: Callable[[], Value]) -> Value:
        """The value of a key, made now if it is not known."""
        found = self.get(key)
        if found is None:
            found = make()
            with self._lock:
                self._values[key] = found
                while len(self._values) > self._most:
                    self._values.popitem(last=False)
        return found


def key_of(picture: Image.Image) -> str:
    """The same for equal pictures only."""
    digest = hashlib.sha256(f"{picture.mode} {picture.size}".encode())
    digest.update(picture.tobytes())
    return digest.hexdigest()
