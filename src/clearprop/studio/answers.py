"""Which function answers what: the table behind every connection, socket or notebook.

An ask is `{"id": 7, "ask": "step.show", …}`, its answer `{"id": 7, …}` or, where something given
does not fit, `{"id": 7, "error": "one sentence"}`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from clearprop.errors import ClearpropError, SettingError
from clearprop.studio import stepping
from clearprop.studio.sessions import Session

Given = Mapping[str, Any]
Answer = dict[str, Any]


def hello(session: Session, given: Given) -> Answer:
    """Return what the studio was opened with, and whether the session has a training already."""
    return {"opening": session.opening.json(), "training": session.trainer is not None}


ANSWERS: Mapping[str, Callable[[Session, Given], Answer]] = {
    "hello": hello,
    "step.show": stepping.show,
    "step.edit": stepping.edit,
    "step.export": stepping.export,
}


def answer(session: Session, message: Given) -> Answer:
    """Return the answer to an ask."""
    name = str(message.get("ask"))
    try:
        if name not in ANSWERS:
            raise SettingError(f"the studio has no answer to '{name}'; reload its page")
        found = ANSWERS[name](session, message)
    except ClearpropError as error:
        found = {"error": str(error)}
    return {"id": message.get("id"), **found}


def wanted(given: Given, name: str, *kinds: type) -> Any:
    """Return an entry of an ask; SettingError where it is missing or of another kind."""
    value = given.get(name)
    if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
        raise SettingError(f"the studio's page sent no {name} that fits; reload it")
    return value
