"""What a sentence about a mistake repeats of what came in: little of it, however much there was."""

import reprlib
from collections.abc import Iterable
from typing import Any

MOST = 60
"""Characters that are repeated of a value."""
MOST_LISTED = 200
"""Characters of a list of choices."""

_short = reprlib.Repr()
_short.maxlevel, _short.maxstring, _short.maxother = 2, MOST, MOST


def brief(value: Any) -> str:
    """A value as a sentence repeats it: its `repr`, at most `MOST` characters of it."""
    try:
        text = _short.repr(value)
    except ValueError:  # Python writes no whole number of more than 4,300 digits
        text = f"a very long {type(value).__name__}"
    return cut(text)


def cut(text: str) -> str:
    """A name or a title as a sentence repeats it, in one line, at most `MOST` characters of it."""
    text = " ".join(text.split())
    return text if len(text) <= MOST else f"{text[: MOST - 3]}..."


def one_of(choices: Iterable[Any]) -> str:
    """Choices as a sentence lists them: the first ones, and how many more there are."""
    names = [cut(str(choice)) for choice in choices]
    length, shown = 0, 0
    for name in names:
        length += len(name) + 2
        if length > MOST_LISTED:
            break
        shown += 1
    rest = len(names) - shown
    return ", ".join(names[:shown]) + (f" and {rest} more" if rest else "")
