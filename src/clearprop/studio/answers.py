"""Which function answers what: the table behind every connection, socket or notebook.

An ask is `{"id": 7, "ask": "step.show", …}`, its answer `{"id": 7, …}` or, where something given
does not fit, `{"id": 7, "error": "one sentence"}`.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping

from clearprop.errors import ClearpropError, SettingError
from clearprop.studio import check_answers, sheet_answers, step_answers, train_answers, uploads
from clearprop.studio.asking import Answer, Given
from clearprop.studio.sessions import Session
from clearprop.studio.wording import in_the_studio


def hello(session: Session, given: Given) -> Answer:
    """Return what the studio was opened with, and whether the session has a training already."""
    return {"opening": session.opening.json(), "training": session.painter is not None}


logger = logging.getLogger("clearprop")
FAULT = "this is a fault of clearprop: what went wrong is written where the studio was started"

ANSWERS: Mapping[str, Callable[[Session, Given], Answer]] = {
    "hello": hello,
    "step.show": step_answers.show,
    "step.edit": step_answers.edit,
    "step.export": step_answers.export,
    "train.choices": train_answers.choices,
    "train.choose": train_answers.choose,
    "train.settings": train_answers.settings,
    "train.play": train_answers.play,
    "train.pause": train_answers.pause,
    "train.reset": train_answers.reset,
    "train.show": train_answers.show,
    "train.stands": train_answers.stands,
    "train.curve": train_answers.curve,
    "train.find": train_answers.find,
    "train.explain": train_answers.explain,
    "train.upload": uploads.upload,
    "check.mark": check_answers.mark,
    "check.right": check_answers.right,
    "check.example": check_answers.example,
    "check.choices": sheet_answers.choices,
    "check.worksheet": sheet_answers.worksheet,
    "check.answers": sheet_answers.answers,
    "check.reveal": sheet_answers.reveal,
}


def asked(text: str) -> dict[str, object] | None:
    """Return the message that a page sent, None where it is none."""
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):  # RecursionError: brackets in brackets without end
        return None
    return checked(message)


def checked(message: object) -> dict[str, object] | None:
    """Return what a page sent with an id that can go back, None where it is no message."""
    if not isinstance(message, dict):
        return None
    number = message.get("id")
    return {**message, "id": number if isinstance(number, int) else None}


def answer_text(session: Session, message: Given) -> str:
    """Return the answer to an ask as JSON; what nobody expected is logged, and told as a fault."""
    try:
        return json.dumps(answer(session, message), allow_nan=False)
    except Exception:
        logger.exception("the studio's answer to '%s' failed", message.get("ask"))
        return json.dumps({"id": message.get("id"), "error": FAULT})


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
