"""Worksheet -> the answer sheet: CSV with a name and a value for each blank, empty or filled in."""

from __future__ import annotations

import csv
import io

from clearprop.render.numbers import decimal_text
from clearprop.worksheets.worksheet import Worksheet


def worksheet_csv(sheet: Worksheet, answers: bool = False) -> str:
    """Return the answer sheet of an exercise, its names in ASCII."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("name", "value"))
    for blank in sheet.blanks:
        writer.writerow((blank.id, decimal_text(blank.answer) if answers else ""))
    return text.getvalue()
