"""The drawing of a network in text: columns of units joined by the weights that lead from them.

Each row that leaves a unit names its weights in the order of the units they reach; the biases of a
layer, where there are any, leave a row of their own, from 1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from clearprop.errors import counted
from clearprop.formulas.notation import Mark
from clearprop.tracing.diagram import Diagram

Write = Callable[[Mark], str]

# (left, right, up, down) -> the character that joins lines from these sides
JOINTS = {
    (True, True, False, False): "─",
    (True, False, False, True): "┐",
    (True, False, True, False): "┘",
    (True, False, True, True): "┤",
    (False, True, False, True): "┌",
    (False, True, True, False): "└",
    (False, True, True, True): "├",
    (True, True, False, True): "┬",
    (True, True, True, False): "┴",
    (True, True, True, True): "┼",
    (False, False, True, True): "│",
}


@dataclass
class Canvas:
    """Characters by row and column; rows count from the middle of the drawing."""

    cells: dict[tuple[int, int], str] = field(default_factory=dict)

    def write(self, row: int, column: int, text: str) -> None:
        """Put text on a row, starting at a column."""
        for offset, character in enumerate(text):
            self.cells[row, column + offset] = character

    def lines(self) -> Iterator[str]:
        """Yield the rows from top to bottom."""
        rows = [row for row, _ in self.cells]
        width = 1 + max(column for _, column in self.cells)
        for row in range(min(rows), max(rows) + 1):
            line = "".join(self.cells.get((row, column), " ") for column in range(width))
            yield "  " + line.rstrip()


def drawing(diagram: Diagram, write: Write) -> Iterator[str]:
    """Yield the lines of the drawing; a large network is drawn layer by layer."""
    if not diagram.columns:
        yield from layers(diagram)
        return
    canvas = Canvas()
    column = 0
    for layer, units in enumerate(diagram.columns):
        names = [write(unit) for unit in units]
        rows = list(rows_of(len(names)))
        for row, name in zip(rows, names, strict=True):
            canvas.write(row, column, name)
        labels, targets = [""] * len(names), [0]
        if layer < len(diagram.weights):
            labels = [",".join(map(write, marks)) for marks in diagram.weights[layer]]
            targets = list(rows_of(len(diagram.columns[layer + 1])))
            if (biases := diagram.biases[layer]) is not None:
                rows.append(rows[-1] + 2)
                canvas.write(rows[-1], column, "1")
                names.append("1")
                labels.append(",".join(map(write, biases)))
        column = join(canvas, column, names, labels, rows, targets)
    canvas.write(0, column, "Loss")
    yield from canvas.lines()


def rows_of(count: int) -> range:
    """Return the rows of a column of units: every second one, around the middle."""
    return range(1 - count, count, 2)


def join(
    canvas: Canvas,
    column: int,
    names: Sequence[str],
    labels: Sequence[str],
    sources: Sequence[int],
    targets: Sequence[int],
) -> int:
    """Draw lines from the units of a column to those of the next; return where these start."""
    start = column + max(map(len, names))
    bus = start + max(map(len, labels)) + (5 if any(labels) else 3)
    for row, name, label in zip(sources, names, labels, strict=True):
        canvas.write(row, column + len(name), f" ──{label}".ljust(bus - column - len(name), "─"))
    both = [*sources, *targets]
    top, bottom = min(both), max(both)
    for row in range(top, bottom + 1):
        sides = (row in sources, row in targets, row > top, row < bottom)
        canvas.write(row, bus, JOINTS[sides])
    for row in targets:
        canvas.write(row, bus + 1, "─► ")
    return bus + 4


def layers(diagram: Diagram) -> Iterator[str]:
    """Yield a large network as one line: sizes and activations."""
    words = [counted(diagram.sizes[0], "input")]
    for size, activation in zip(diagram.sizes[1:-1], diagram.activations[:-1], strict=True):
        words.append(f"{size} {activation}")
    words.append(counted(diagram.sizes[-1], f"{diagram.activations[-1]} output"))
    yield "  " + " ──► ".join([*words, "Loss"])
