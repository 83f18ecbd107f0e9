"""Asks and answers, as they go between a browser and the studio."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clearprop.errors import SettingError

Given = Mapping[str, Any]
Answer = dict[str, Any]


def wanted(given: Given, name: str, *kinds: type) -> Any:
    """Return an entry of an ask; SettingError where it is missing or of another kind."""
    value = given.get(name)
    if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
        raise SettingError(f"the studio's page sent no {name} that fits; reload it")
    return value
