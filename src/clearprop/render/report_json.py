"""Report -> JSON, a stable form that other programs read: one object for each equality.

Numbers read back to the same float64; what is not finite is a string, as in the JSON of a trace.
"""

from __future__ import annotations

import json
from typing import Any

from clearprop import __version__
from clearprop.checking.mistakes import sentence
from clearprop.checking.report import MEANINGS, Judgement, Report
from clearprop.network.lesson import lesson_tables
from clearprop.render.marked import verdict
from clearprop.render.numbers import json_number


def report_dict(report: Report) -> dict[str, Any]:
    """Return a marked solution as plain dictionaries and lists."""
    first = report.first_wrong
    mistakes = {m: sentence(m) for judgement in report.judgements for m in judgement.mistakes}
    return {
        "clearprop": __version__,
        "lines": [judgement_json(judgement) for judgement in report.judgements],
        "counts": {mark: report.count(mark) for mark in MEANINGS},
        "first_wrong": None if first is None else first.line,
        "verdict": verdict(report),
        "sentences": mistakes,
        "names": dict(report.names),
        "from_text": report.from_text,
        "missing": report.missing,
        "lesson": None if report.lesson is None else lesson_tables(report.lesson),
    }


def judgement_json(judgement: Judgement) -> dict[str, Any]:
    """Return one equality and its mark."""
    return {
        "line": judgement.line,
        "text": judgement.text,
        "mark": judgement.mark,
        "printed": None if judgement.printed is None else json_number(judgement.printed),
        "exact": None if judgement.exact is None else json_number(judgement.exact),
        "mistakes": list(judgement.mistakes),
        "quantity": judgement.quantity,
        "note": judgement.note,
    }


def report_json(report: Report) -> str:
    """Return a marked solution as JSON."""
    return json.dumps(report_dict(report), ensure_ascii=False, allow_nan=False) + "\n"
