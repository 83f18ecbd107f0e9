"""Which function answers what: the table behind every connection, socket or notebook.

An ask is `{"id": 7, "ask": "step.show", …}`, its answer `{"id": 7, …}` or, where something given
does not fit, `{"id": 7, "error": "one sentence"}`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from clearprop.errors import ClearpropError, SettingError
from clearprop.studio import train_answers
from clearprop.studio.asking import Answer, Given
from clearprop.studio.sessions import Session
from clearprop.studio.wording import in_the_studio


def hello(session: Session, given: Given) -> Answer:
    """Return what the studio was opened with, and whether the session has a training already."""
    return {"opening": session.opening.json(), "training": session.painter is not None}


ANSWERS: Mapping[str, Callable[[Session, Given], Answer]] = {
    "hello": hello,
    **train_answers.ANSWERS,
}


def answer(session: Session, message: Given) -> Answer:
    """Return the answer to an ask."""
    name = str(message.get("ask"))
    try:
        if name not in ANSWERS:
            raise SettingError(f"the studio has no answer to '{name}'; reload its page")
        found = ANSWERS[name](session, message)
    except ClearpropError as error:
        found = {"error": in_the_studio(str(error))}
    return {"id": message.get("id"), **found}
