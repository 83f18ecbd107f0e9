"""Looking a rule up in its table, by name; an unknown name lists the known ones."""

from collections.abc import Mapping
from typing import TypeVar

from clearprop.errors import UnknownName

Entry = TypeVar("Entry")


def look_up(kind: str, table: Mapping[str, Entry], name: object) -> Entry:
    """Return a table's entry.

    >>> look_up("letter", {"a": 1}, "b")
    Traceback (most recent call last):
    clearprop.errors.UnknownName: unknown letter 'b'. Known: a
    """
    if not isinstance(name, str) or name not in table:
        raise UnknownName.of(kind, name if isinstance(name, str) else repr(name), table)
    return table[name]
