"""Values read back from JSON, each checked when it is taken out."""

import math
from collections.abc import Iterator

from clearprop.errors import DataError


class Record:
    """A JSON object whose entries have known types; any other entry is a DataError.

    >>> Record({"mean": 0.5}, "the encoding").number("mean")
    0.5
    """

    def __init__(self, values: object, where: str) -> None:
        """Take `values` out of `where`, words for people such as "the encoding"."""
        if not isinstance(values, dict):
            raise DataError(f"{where} is damaged: it is {_short(values)}, not an object")
        self.values, self.where = values, where

    def number(self, name: str) -> float:
        """Return a finite number."""
        value = self._value(name)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.damaged(name, "a number")
        if not math.isfinite(value):
            raise self.damaged(name, "a finite number")
        return float(value)

    def text(self, name: str) -> str:
        """Return a text."""
        value = self._value(name)
        if not isinstance(value, str):
            raise self.damaged(name, "a text")
        return value

    def truth(self, name: str) -> bool:
        """Return true or false."""
        value = self._value(name)
        if not isinstance(value, bool):
            raise self.damaged(name, "true or false")
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """Return a list of different texts, at least one."""
        value = self._value(name)
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self.damaged(name, "a list of texts")
        if not value or len(set(value)) < len(value):
            raise self.damaged(name, "a list of different texts")
        return tuple(value)

    def record(self, name: str) -> "Record":
        """Return the object of that name."""
        return Record(self._value(name), f"{self.where}, {name}")

    def records(self, name: str) -> "Iterator[Record]":
        """Return the objects of a list."""
        value = self._value(name)
        if not isinstance(value, list):
            raise self.damaged(name, "a list")
        return (Record(item, f"{self.where}, {name}[{place}]") for place, item in enumerate(value))

    def damaged(self, name: str, expected: str) -> DataError:
        """Return the error for an entry that is not what was expected."""
        given = _short(self.values.get(name))
        return DataError(f"{self.where} is damaged: '{name}' is {given}, but must be {expected}")

    def _value(self, name: str) -> object:
        if name not in self.values:
            raise DataError(f"{self.where} is damaged: it has no '{name}'")
        return self.values[name]


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:59]}…"
