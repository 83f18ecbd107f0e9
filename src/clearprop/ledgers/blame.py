"""Blame: the weight that misled a network about a row, and the training examples that made it so.

Comes in: a run on classes, and a row that it takes for another class. Goes out: `Blame`.

The network says one class where another is right because the net input of the one is larger. What
lies between the two is a sum with one term for each weight into either:

    z_said - z_right = Σ_u W[said,u] a_u - Σ_u W[right,u] a_u + b_said - b_right

(with a single output, z or -z). The weight of the largest term is most to blame; what training
added to it, example by example, is its ledger.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl

from clearprop.backprop.backpropagation import ForwardPass, forward_pass, losses
from clearprop.data.codings import NumberColumn
from clearprop.errors import SettingError, counted
from clearprop.ledgers.ledger import Ledger, ledger_of
from clearprop.network.names import Names
from clearprop.network.parameters import Array, Parameters
from clearprop.network.quantities import Activation, Bias, NetInput, Weight
from clearprop.runs.run import Run, check_row

SMALLEST_IMAGE = 4  # pixels to a side, below which a square number of inputs is no image
NAMED = 8  # mistaken rows that an error names


@dataclass(frozen=True)
class Blame:
    """Why a run takes a row for another class, down to the training examples.

    row, part        of the data as given, and what it was used for; right, said: the two classes
    share            ŷ of the class that is said (of a single output, its probability)
    terms            a frame, the most misleading first: name, weight, source (None for a bias),
                     input, term, and pushes: 1 where a larger weight misleads more, else -1. Terms
                     add up to `margin`, z_said - z_right
    weight, pushes   the weight most to blame, and which way it misleads
    ledger           of that weight, from the start to the run's parameters
    mistaken         how many rows of those that the run is judged by are taken for another class
    labels           the names of z_said and z_right; None for the latter where there is one output
    """

    run: Run
    row: int
    part: str
    right: str
    said: str
    share: float
    terms: pl.DataFrame
    weight: str
    pushes: int
    ledger: Ledger
    mistaken: int
    labels: tuple[str, str | None]

    @property
    def margin(self) -> float:
        """By how much the wrong class is ahead."""
        return math.fsum(self.terms["term"].to_list())

    @property
    def makers(self) -> pl.DataFrame:
        """The ledger's entries of examples, those first that pushed the weight the wrong way most.

        `pushed` is what an example added, counted in that way.
        """
        entries = self.ledger.sources.with_columns(pushed=self.pushes * pl.col("amount"))
        return entries.sort("pushed", descending=True, maintain_order=True)

    def image(self, row: int) -> Array | None:
        """Return a row's inputs as a square image, 0 to 1; None where they are none."""
        return image_of(self.run, row)

    def __repr__(self) -> str:
        return f"Blame(row {self.row}: {self.right}, taken for {self.said}; {self.weight})"

    def __rich__(self) -> Any:
        from clearprop.render.blame_text import blame_page

        return blame_page(self)


def blame_of(
    run: Run, row: int | None = None, progress: Callable[[int], object] = lambda done: None
) -> Blame:
    """Return what misled a run about a row; without a row, about its worst mistake.

    That is the mistaken row of the largest loss among those that the run is judged by.

    Raises
    ------
    SettingError: the run predicts numbers; no such row; the row is not mistaken, or none is.
    RunError, DataError, Disagreement: as `Run.at`.
    """
    if not run.encoding.labels:
        raise SettingError(
            f"'{run.source.target}' is a number; only a class can be taken for another"
        )
    mistakes = Mistakes(run)
    row = mistakes.worst() if row is None else mistakes.checked(row)
    decision = Decision(run, row, mistakes.said[row], mistakes.right[row])
    most = decision.terms.filter(pl.col("source").is_not_null()).row(0, named=True)
    return Blame(
        run=run,
        row=row,
        part=run.part_in_words(row),
        right=mistakes.right[row],
        said=mistakes.said[row],
        share=decision.share,
        terms=decision.terms,
        weight=most["name"],
        pushes=most["pushes"],
        ledger=ledger_of(run, most["name"], progress=progress),
        mistaken=len(mistakes.rows),
        labels=decision.labels,
    )


class Mistakes:
    """The rows that a run takes for another class."""

    def __init__(self, run: Run) -> None:
        self.run = run
        table, _, y = run.encoded_data
        self.outputs = run.outputs(table.frame)
        self.right: list[str] = run.encoding.decode_labels(y).tolist()
        self.said: list[str] = run.encoding.decode_labels(self.outputs).tolist()

    @cached_property
    def rows(self) -> list[int]:
        """The mistaken rows of the part that the run is judged by."""
        rows: list[int] = getattr(self.run.split, self.run.headline[0]).tolist()
        return [row for row in rows if self.said[row] != self.right[row]]

    def worst(self) -> int:
        """Return the mistaken row of the largest loss."""
        if not self.rows:
            part = {"test": "held-out", "train": "training"}.get(self.run.headline[0], "validation")
            raise SettingError(
                f"{self.run.name} takes none of its {part} rows for another class: nothing is to"
                " blame"
            )
        _, x, y = self.run.encoded_data
        forward = forward_pass(exact(self.run.parameters), x[self.rows])
        each = losses(self.run.network, self.run.learning, forward, y[self.rows])
        return self.rows[int(np.argmax(each))]

    def checked(self, row: int) -> int:
        """Return a row, or raise SettingError unless it is a mistaken one."""
        check_row(row, self.run.source.rows)
        if self.said[row] == self.right[row]:
            others = ", ".join(map(str, self.rows[:NAMED])) + (", …" * (len(self.rows) > NAMED))
            raise SettingError(
                f"row {row} is '{self.right[row]}', and {self.run.name} says so: nothing is to"
                f" blame; {counted(len(self.rows), 'mistaken row')}"
                f"{': ' + others if others else ''}"
            )
        return row


@dataclass(frozen=True)
class Decision:
    """The last layer's choice between what a run says of a row, and what is right."""

    run: Run
    row: int
    said: str
    right: str

    @cached_property
    def pass_of_row(self) -> ForwardPass:
        """The forward pass of the row, in float64."""
        return forward_pass(exact(self.run.parameters), self.run.encoded_data[1][[self.row]])

    @property
    def sides(self) -> list[tuple[int, int]]:
        """The output units whose net inputs are compared, and the sign of each."""
        labels = self.run.encoding.labels
        if self.run.network.layers[-1] == 1:
            return [(0, 1 if self.said == labels[1] else -1)]
        return [(labels.index(self.said), 1), (labels.index(self.right), -1)]

    @property
    def labels(self) -> tuple[str, str | None]:
        """The names of the net inputs, that of the class that is said first."""
        names, depth = Names(self.run.network), self.run.network.depth
        first, *second = (names.id(NetInput(depth, unit, 0)) for unit, _ in self.sides)
        if not second:
            return (first if self.sides[0][1] > 0 else f"-{first}"), None
        return first, second[0]

    @property
    def share(self) -> float:
        """ŷ of the class that is said."""
        (unit, sign), outputs = self.sides[0], self.pass_of_row.a[-1][0]
        return float(outputs[unit] if sign > 0 else 1 - outputs[unit])

    @cached_property
    def terms(self) -> pl.DataFrame:
        """What adds up to the distance of the two net inputs, the largest term first."""
        frame = pl.DataFrame(list(self.each_term()), infer_schema_length=None)
        return frame.sort("term", descending=True, maintain_order=True)

    def each_term(self) -> Iterator[Mapping[str, object]]:
        """Yield the term of each weight and bias of the units compared."""
        run, names, depth = self.run, Names(self.run.network), self.run.network.depth
        weights, biases = run.parameters.weights[-1], run.parameters.biases[-1]
        sent = self.pass_of_row.a[-2][0]
        for unit, sign in self.sides:
            for source, a in enumerate(sent.tolist()):
                weight = float(weights[unit, source])
                yield {
                    "name": names.id(Weight(depth, unit, source)),
                    "weight": weight,
                    "source": names.id(Activation(depth - 1, source, 0)),
                    "input": a,
                    "term": sign * weight * a,
                    "pushes": sign if a >= 0 else -sign,
                }
            if biases is not None:
                bias = float(biases[unit])
                name = names.id(Bias(depth, unit))
                yield {"name": name, "weight": bias, "source": None, "input": 1.0,
                       "term": sign * bias, "pushes": sign}  # fmt: skip


def exact(parameters: Parameters) -> Parameters:
    """Return parameters in float64."""
    return parameters.with_vector(parameters.vector.astype(np.float64))


def image_of(run: Run, row: int) -> Array | None:
    """Return a row's inputs as a square image, from 0 (the least value of all rows) to 1.

    None where some input is no number, or where they fill no square.
    """
    columns, side = run.encoding.columns, math.isqrt(len(run.encoding.columns))
    numbers = all(isinstance(column, NumberColumn) for column in columns)
    if not numbers or side * side != len(columns) or side < SMALLEST_IMAGE:
        return None
    frame = run.data().frame.select(pl.col(column.name).cast(pl.Float64) for column in columns)
    values = frame.to_numpy()
    least, most = float(np.nanmin(values)), float(np.nanmax(values))
    image: Array = (values[row].reshape(side, side) - least) / ((most - least) or 1.0)
    return image
