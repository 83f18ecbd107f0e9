"""What an exercise is of: a network and how it learns, its numbers yet to be drawn.

Comes in: a lesson, or layer sizes, and what is to differ. Goes out: a lesson; where it is made from
layers its numbers are only there to be replaced.
"""

from __future__ import annotations

from collections.abc import Sequence

from clearprop.network.lesson import Lesson, lesson_from_tables, lesson_tables

RATE = 0.5  # large enough for the updated weights to differ in the first digits


def pattern(
    base: Lesson | Sequence[int],
    *,
    activation: str | Sequence[str] | None = None,
    loss: str | None = None,
    rate: float | None = None,
    biases: bool | None = None,
) -> Lesson:
    """Return a lesson, or one of these layers, with what is given put in.

    Raises
    ------
    ClearpropError: something given does not fit the network or the loss.
    """
    if isinstance(base, Lesson):
        tables = lesson_tables(base)
    else:
        sizes = list(base)
        one_hot = [[1.0] + [0.0] * (width(sizes, -1) - 1)]  # what every loss takes
        tables = {
            "network": {"layers": sizes},
            "parameters": {},
            "example": {"x": [[0.0] * width(sizes, 0)], "y": one_hot},
            "learning": {"rate": RATE},
        }
    if activation is not None:
        several = not isinstance(activation, str)
        tables["network"]["activations"] = list(activation) if several else activation
    if biases is not None:
        tables["network"]["biases"] = biases
        tables["parameters"].pop("biases", None)
    learning = {"loss": loss, "rate": rate}
    tables["learning"] |= {name: value for name, value in learning.items() if value is not None}
    return lesson_from_tables(tables)


def width(sizes: Sequence[object], place: int) -> int:
    """Return the size of a layer, 0 where there is no such number: the network then refuses it."""
    size = sizes[place] if sizes else 0
    return size if isinstance(size, int) and 0 < size < 10_000 else 0
