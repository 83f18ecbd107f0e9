"""What every format shows as a table: rows of cells, the heads first.

`symbol` is how the format writes a symbol.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from clearprop.formulas.notation import Mark
from clearprop.render.numbers import number_text
from clearprop.tracing.history import HistoryRow, round_stride
from clearprop.tracing.trace import Trace

HISTORY_ROWS = 20  # shown of a history, first and last among them
HISTORY_COLUMNS = 8  # weights and biases shown beside the loss

Cells = tuple[str, ...]
Write = Callable[[Mark], str]


def change_rows(trace: Trace, digits: int, symbol: Write) -> list[Cells]:
    """Return every weight and bias before and after the step."""
    rows: list[Cells] = [("", "before", "after")]
    for change in trace.changes:
        numbers = (number_text(line.written, digits)[0] for line in (change.before, change.after))
        rows.append((symbol(change.symbol), *numbers))
    return rows


def overview_rows(trace: Trace, digits: int, symbol: Write) -> list[Cells]:
    """Return shape, norm and extremes of each quantity of a network too large to read."""
    rows: list[Cells] = [("quantity", "shape", "norm", "smallest", "largest")]
    for row in trace.overview:
        extremes = (
            f"{symbol(mark)} = {number_text(value, digits)[0]}"
            for mark, value in (row.smallest, row.largest)
        )
        shape = " × ".join(map(str, row.shape))
        rows.append((row.title, shape, number_text(row.norm, digits)[0], *extremes))
    return rows


def history_rows(trace: Trace, digits: int, symbol: Write) -> list[Cells]:
    """Return loss and weights over the steps, thinned."""
    assert trace.history is not None
    rows = trace.history.rows
    stride = round_stride(rows[-1].step, HISTORY_ROWS)
    shown = [row for row in rows if row.step % stride == 0 or row is rows[-1]]
    names = [symbol(change.symbol) for change in trace.changes][:HISTORY_COLUMNS]
    return [("steps", "L", *names), *(history_row(row, len(names), digits) for row in shown)]


def history_row(row: HistoryRow, count: int, digits: int) -> Cells:
    """Return a row of the history as cells."""
    numbers = (row.loss, *row.parameters[:count])
    return (str(row.step), *(number_text(number, digits)[0] for number in numbers))


def by_hand_rows(trace: Trace, symbol: Write) -> list[Cells]:
    """Return what was written by hand beside the exact values."""
    rows: list[Cells] = [("", "by hand", "exact", "difference")]
    for section in trace.steps:
        for line in section.lines:
            written, error = number_text(line.written, 4)[0], float(line.written) - line.value
            rows.append((symbol(line.symbol), written, f"{line.value:.7g}", f"{error:+.1e}"))
    return rows


def verdict(trace: Trace, digits: int) -> str:
    """Return in a sentence what the step did to the loss, as both are written."""
    was, now = trace.written_losses
    before, after = (number_text(loss, digits)[0] for loss in (was, now))
    if before == after and digits < 17 and now != was:
        return verdict(trace, digits + 1)  # so many that the two can be told apart
    if not math.isfinite(now):
        return f"The loss went from {before} to {after}: a smaller rate or smaller weights help."
    if now < was:
        return f"The loss fell from {before} to {after}."
    if now == was:
        return f"The loss stayed at {before}."
    return f"The loss rose from {before} to {after}: {why_it_rose(trace)}."


def why_it_rose(trace: Trace) -> str:
    """Return why the loss is larger after the step.

    A shorter step the same way helps only where it goes downhill: what is carried on from earlier
    steps, and weight decay, may lead elsewhere.
    """
    step = trace.step
    if trace.by_hand is not None and trace.new_loss <= trace.loss:
        return "by the rounding alone"
    moved = step.updated.vector - step.lesson.parameters.vector
    downhill = float(step.backward.gradient.vector @ moved) < 0
    return "the step was too long" if downhill else "the step did not lead downhill"
