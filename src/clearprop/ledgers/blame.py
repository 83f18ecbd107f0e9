"""Blame: the weight that misled a network about a row, and what training made of that weight.

Comes in: a run on classes, and a row that it takes for another class. Goes out: `Blame`.

The network says one class where another is right because the net input of the one is larger. What
lies between the two is a sum over the units of the layer below, and the biases:

    z_said - z_right = Σ_u (W[said,u] - W[right,u]) a_u + b_said - b_right

(with a single output, z or -z). Of the unit with the largest term, the weight that says more of it
is most to blame; what each training example added to that weight is its ledger. A bias says the
same of every row, and so misleads about none.
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
from clearprop.ledgers.ledger import Ledger, check_options, ledger_of
from clearprop.network.names import Names
from clearprop.network.parameters import Array
from clearprop.network.quantities import Activation, NetInput, Weight
from clearprop.runs.run import Run, check_row
from clearprop.shown import Shown

SMALLEST_IMAGE = 4  # pixels to a side, below which a square number of inputs is no image
NAMED = 8  # mistaken rows that an error names
PARTS = {"train": "training", "validation": "validation", "test": "held-out"}
SCHEMA: dict[str, Any] = {
    "source": pl.String, "input": pl.Float64, "to_said": pl.Float64, "to_right": pl.Float64,
    "term": pl.Float64,
}  # fmt: skip


@dataclass(frozen=True)
class Blame(Shown):
    """Why a run takes a row for another class, down to the training examples.

    row, part        of the data as given, and what it was used for; right, said: the two classes
    share            ŷ of the class that is said (of a single output, its probability)
    outputs          the names of z_said and z_right; None for the latter where there is one output
    terms            a frame, the most misleading first: source (a unit below; None for the biases),
                     input (what it sent), to_said and to_right (its weights), term; the terms add
                     up to `margin`, z_said - z_right
    weight, pushes   the weight most to blame; 1 where a larger one misleads more, else -1
    ledger           of that weight, from the run's start to its parameters
    mistaken         the rows of `judged_by`, the part that the run is judged by, that are taken for
                     another class; `judged` is how many it has
    """

    run: Run
    row: int
    part: str
    right: str
    said: str
    share: float
    outputs: tuple[str, str | None]
    terms: pl.DataFrame
    weight: str
    pushes: int
    ledger: Ledger
    mistaken: tuple[int, ...]
    judged: int
    judged_by: str

    @property
    def margin(self) -> float:
        """By how much the wrong class is ahead."""
        return math.fsum(self.terms["term"].to_list())

    @property
    def learnt(self) -> float:
        """How far training moved the weight the way that misleads; below 0, the other way."""
        return self.pushes * self.ledger.change

    @property
    def makers(self) -> pl.DataFrame:
        """The ledger's entries of examples, those first that pushed the weight the wrong way most.

        `pushed` is what an example added, counted in that way.
        """
        entries = self.ledger.sources.with_columns(pushed=self.pushes * pl.col("amount"))
        return entries.sort("pushed", descending=True, maintain_order=True)

    @cached_property
    def images(self) -> Array | None:
        """All rows as square images, from 0 to 1; None where they are none."""
        return images_of(self.run)

    def __repr__(self) -> str:
        return f"Blame(row {self.row}: {self.right}, taken for {self.said}; {self.weight})"

    def __rich__(self) -> Any:
        from clearprop.render.blame_text import blame_page

        return blame_page(self)


def blame_of(
    run: Run,
    example: int | None = None,
    progress: Callable[[int], object] = lambda done: None,
    **unknown: object,
) -> Blame:
    """Return what misled a run about a row; without a row, about its worst mistake.

    That is the mistaken row of the largest loss among those that the run is judged by. `progress`
    is told the number of steps that the ledger has replayed.

    Raises
    ------
    SettingError: the run predicts numbers; no such row; the row is not mistaken, or none is.
    UnknownName: an option that it does not have.
    RunError, DataError, Disagreement: as `Run.at`.
    """
    check_options(unknown, ("example", "progress"))
    if not run.encoding.labels:
        raise SettingError(
            f"'{run.source.target}' is a number; only a class can be taken for another"
        )
    mistakes = Mistakes(run)
    row = mistakes.worst() if example is None else mistakes.checked(example)
    decision = Decision(run, row, mistakes.said[row], mistakes.right[row])
    weight, pushes = decision.most_to_blame
    name = Names(run.network).id(weight)
    return Blame(
        run=run,
        row=row,
        part=run.part_in_words(row),
        right=decision.right,
        said=decision.said,
        share=decision.share,
        outputs=decision.outputs,
        terms=decision.terms,
        weight=name,
        pushes=pushes,
        ledger=ledger_of(run, name, progress=progress),
        mistaken=tuple(mistakes.of_part(mistakes.part)),
        judged=len(getattr(run.split, mistakes.part)),
        judged_by=PARTS[mistakes.part],
    )


class Mistakes:
    """The rows that a run takes for another class."""

    def __init__(self, run: Run) -> None:
        self.run, self.part = run, run.headline[0]
        table, _, y = run.encoded_data
        self.right: list[str] = run.encoding.decode_labels(y).tolist()
        self.said: list[str] = run.encoding.decode_labels(run.outputs(table.frame)).tolist()

    def of_part(self, part: str) -> list[int]:
        """Return the mistaken rows of a part of the data."""
        rows: list[int] = getattr(self.run.split, part).tolist()
        return [row for row in rows if self.said[row] != self.right[row]]

    def worst(self) -> int:
        """Return the mistaken row of the largest loss, of the part that the run is judged by."""
        rows = self.of_part(self.part)
        if not rows:
            others = {part: self.of_part(part) for part in PARTS if part != self.part}
            ways = [f"{in_words(rows, PARTS[part])}" for part, rows in others.items() if rows]
            raise SettingError(
                f"{self.run.name} takes none of its {PARTS[self.part]} rows for another class:"
                f" nothing is to blame{'; --example takes ' + ' or '.join(ways) if ways else ''}"
            )
        _, x, y = self.run.encoded_data
        forward = forward_pass(self.run.parameters.exact, x[rows])
        each = losses(self.run.network, self.run.learning, forward, y[rows])
        return rows[int(np.argmax(each))]

    def checked(self, row: int) -> int:
        """Return a row, or raise SettingError unless it is a mistaken one."""
        check_row(row, self.run.source.rows)
        if self.said[row] == self.right[row]:
            others = self.of_part(self.part)
            raise SettingError(
                f"row {row} is '{self.right[row]}', and {self.run.name} says so: nothing is to"
                f" blame; it is mistaken about {in_words(others, PARTS[self.part])}"
            )
        return int(row)


def in_words(rows: list[int], part: str) -> str:
    """Return some rows of a part in words.

    >>> in_words([3, 5], "held-out"), in_words([], "held-out")
    ('2 held-out rows: 3, 5', 'no held-out row')
    """
    if not rows:
        return f"no {part} row"
    more = ", …" if len(rows) > NAMED else ""
    return f"{counted(len(rows), f'{part} row')}: {', '.join(map(str, rows[:NAMED]))}{more}"


@dataclass(frozen=True)
class Decision:
    """The last layer's choice between what a run says of a row, and what is right."""

    run: Run
    row: int
    said: str
    right: str

    @cached_property
    def forward(self) -> ForwardPass:
        """The forward pass of the row, in float64."""
        return forward_pass(self.run.parameters.exact, self.run.encoded_data[1][[self.row]])

    @property
    def sides(self) -> list[tuple[int, int]]:
        """The output units whose net inputs are compared, that of what is said first; their signs.

        A single output is large for the second class.
        """
        labels = self.run.encoding.labels
        if self.run.network.layers[-1] == 1:
            return [(0, 1 if self.said == labels[1] else -1)]
        return [(labels.index(self.said), 1), (labels.index(self.right), -1)]

    @property
    def outputs(self) -> tuple[str, str | None]:
        """The names of the net inputs."""
        names, depth = Names(self.run.network), self.run.network.depth
        first, *second = (names.id(NetInput(depth, unit, 0)) for unit, _ in self.sides)
        if not second:
            return (first if self.sides[0][1] > 0 else f"-{first}"), None
        return first, second[0]

    @property
    def share(self) -> float:
        """ŷ of the class that is said."""
        (unit, sign), outputs = self.sides[0], self.forward.a[-1][0]
        return float(outputs[unit] if sign > 0 else 1 - outputs[unit])

    @cached_property
    def terms(self) -> pl.DataFrame:
        """What adds up to the distance of the two net inputs, the largest term first."""
        frame = pl.DataFrame(list(self.each_term()), schema=SCHEMA)
        return frame.sort("term", descending=True, maintain_order=True)

    def each_term(self) -> Iterator[Mapping[str, object]]:
        """Yield the term of each unit below, and of the biases."""
        parameters, depth = self.run.parameters.exact, self.run.network.depth
        names = Names(self.run.network)
        for unit, sent in enumerate(self.forward.a[-2][0].tolist()):
            name = names.id(Activation(depth - 1, unit, 0))
            yield self.term(name, sent, parameters.weights[-1][:, unit])
        if (biases := parameters.biases[-1]) is not None:
            yield self.term(None, 1.0, biases)

    def term(self, source: str | None, sent: float, column: Array) -> Mapping[str, object]:
        """Return a term: what was sent, times the weights into the two outputs."""
        values = [float(column[unit]) for unit, _ in self.sides]
        signed = (sign * value for (_, sign), value in zip(self.sides, values, strict=True))
        return {
            "source": source, "input": sent, "to_said": values[0],
            "to_right": values[1] if len(values) > 1 else None, "term": math.fsum(signed) * sent,
        }  # fmt: skip

    @property
    def most_to_blame(self) -> tuple[Weight, int]:
        """The weight that says most of the largest term, and which way of it misleads."""
        network, sent = self.run.network, self.forward.a[-2][0]
        names = Names(network)
        first = self.terms.drop_nulls("source")["source"][0]
        source = next(
            unit for unit in range(network.layers[-2])
            if names.id(Activation(network.depth - 1, unit, 0)) == first
        )  # fmt: skip
        weights = self.run.parameters.exact.weights[-1]
        unit, sign = max(
            self.sides, key=lambda side: side[1] * weights[side[0], source] * sent[source]
        )
        return Weight(network.depth, unit, source), sign if sent[source] >= 0 else -sign


def images_of(run: Run) -> Array | None:
    """Return all rows' inputs as square images, from 0 (the least value of all rows) to 1.

    None where some input is no number, or where they fill no square.
    """
    columns, side = run.encoding.columns, math.isqrt(len(run.encoding.columns))
    numbers = all(isinstance(column, NumberColumn) for column in columns)
    if not numbers or side * side != len(columns) or side < SMALLEST_IMAGE:
        return None
    frame = run.data().frame.select(pl.col(column.name).cast(pl.Float64) for column in columns)
    values = frame.to_numpy().reshape(-1, side, side)
    least, most = float(np.nanmin(values)), float(np.nanmax(values))
    images: Array = (values - least) / ((most - least) or 1.0)
    return images
