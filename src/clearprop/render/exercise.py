"""An exercise as every format shows it: the task, the rules, the rows of blanks.

Comes in: a `Worksheet`. Goes out: words and rows of cells, the heads first.
"""

from __future__ import annotations

from clearprop.render.numbers import decimal_text, number_text
from clearprop.render.tables import Cells, Write
from clearprop.worksheets.working import DIGITS
from clearprop.worksheets.worksheet import Question, Worksheet

TASK = (
    f"Work one training step by hand. Round every value to {DIGITS} significant digits when you "
    "write it down, and go on with what you wrote."
)
KEY = f"Answers: by hand with {DIGITS} significant digits, and exactly."
EXACT_DIGITS = 6
BLANK = "________"


def heading(sheet: Worksheet, answers: bool) -> str:
    """Return the title of an exercise, or of its key."""
    return f"{sheet.title}: answers" if answers else sheet.title


def task(answers: bool) -> str:
    """Return the sentence under the title."""
    return KEY if answers else TASK


def rules(sheet: Worksheet) -> list[tuple[str, str]]:
    """Return what the step goes by, in words."""
    return [(what, rule) for what, rule in sheet.trace.rules if what != "example"]


def rows(question: Question, symbol: Write, answers: bool) -> list[Cells]:
    """Return a step's quantities with their names on the answer sheet: blank, or answered."""
    if not answers:
        heads: Cells = ("", "name", "value")
        return [heads, *((symbol(blank.symbol), blank.id, BLANK) for blank in question.blanks)]
    found: list[Cells] = [("", "name", "value by hand", "value exactly")]
    for blank in question.blanks:
        exact = number_text(blank.exact, EXACT_DIGITS)[0]
        found.append((symbol(blank.symbol), blank.id, decimal_text(blank.answer), exact))
    return found
