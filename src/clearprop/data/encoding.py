"""The encoding of a table: columns -> arrays a network takes, and its outputs back again.

Fitted on the training rows only, then the same for every row, known or new:

    number, truth value, date    (value - mean) / scale, scale = standard deviation (1 if that is 0)
    text, category               one-hot: one input per category, named "column=category"
    number target                as a number column; `decode_numbers` gives the original units
    target of several numbers    as they are, one output each
    class target                 one-hot, or a single 0/1 output for two classes (`one_output`)

A category never seen in training is all zeros in its column's inputs; `unseen` counts such cells.
A missing value is an error, or imputed: the mean of a number column, the most frequent category.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import polars as pl

from clearprop.data.cells import Readings
from clearprop.data.codings import (
    CategoryColumn,
    ClassTarget,
    NumberColumn,
    NumbersTarget,
    column_from,
    column_json,
    fitted_column,
    fitted_numbers,
    input_names,
    set_one_hot,
    target_from,
    width,
)
from clearprop.data.columns import (
    check_present,
    check_target_present,
    first_row,
    listed,
    numbers,
    texts,
)
from clearprop.data.memory import check_room
from clearprop.data.records import Record
from clearprop.data.table import Table
from clearprop.data.targets import sorted_labels
from clearprop.errors import DataError, SettingError, ShapeError, counted

Array = npt.NDArray[np.float64]
Rows = npt.NDArray[np.int64]
FORMAT = 1


@dataclass(frozen=True)
class Encoding:
    """How the columns of a table become numbers, and the numbers values again."""

    columns: tuple[NumberColumn | CategoryColumn, ...]
    target: NumberColumn | ClassTarget | NumbersTarget
    impute: bool = False

    def __repr__(self) -> str:
        given = counted(len(self.columns), "column")
        made = f"{counted(self.n_inputs, 'input')}, {counted(self.n_outputs, 'output')}"
        return f"<Encoding of {given} and {self.target.name}: {made}>"

    @classmethod
    def fit(
        cls,
        table: Table,
        rows: Collection[int] | Rows | None = None,
        *,
        impute: bool = False,
        one_output: bool = True,
    ) -> "Encoding":
        """Return the encoding learnt from the training rows (None: all rows).

        With `one_output` two classes share a single output; more classes are one-hot anyway.

        Raises
        ------
        DataError: no rows, a missing value (unless `impute`), a text column of nearly as many
        different values as rows, numbers too large to scale, or a single class.
        """
        frame = table.frame if rows is None else table.frame[np.asarray(rows, dtype=np.int64)]
        if frame.is_empty():
            raise DataError("an encoding needs at least one training row")
        known = table.readings
        columns = [fitted_column(frame[name], impute, known.get(name)) for name in table.columns]
        reading = known.get(table.target, "text")
        if table.kind == "numbers":
            return cls(tuple(columns), fitted_numbers(frame[table.target], reading), impute)
        labels = sorted_labels(frame[table.target])
        if len(labels) < 2:
            raise DataError(
                f"the training rows hold only the label '{labels[0]}' of the target"
                f" '{table.target}'; at least two classes are needed"
            )
        target = ClassTarget(table.target, labels, one_output and len(labels) == 2, reading)
        return cls(tuple(columns), target, impute)

    @property
    def input_names(self) -> tuple[str, ...]:
        """One name per input: the column, or "column=category"."""
        return tuple(name for column in self.columns for name in input_names(column))

    @property
    def readings(self) -> Readings:
        """How the cells of each column are read, as they were in training."""
        coded = (*self.columns, self.target)
        return {c.name: "text" if isinstance(c, CategoryColumn) else c.reading for c in coded}

    @property
    def labels(self) -> tuple[str, ...]:
        """The class labels, in the order of the outputs; empty for numbers."""
        return self.target.labels if isinstance(self.target, ClassTarget) else ()

    @property
    def unscaled(self) -> "Encoding":
        """The same encoding with numbers as they are in the table."""
        columns = (c.unscaled if isinstance(c, NumberColumn) else c for c in self.columns)
        target = self.target
        target = target.unscaled if isinstance(target, NumberColumn) else target
        return replace(self, columns=tuple(columns), target=target)

    @property
    def n_inputs(self) -> int:
        """Number of inputs of a network for this table."""
        return sum(width(column) for column in self.columns)

    @property
    def n_outputs(self) -> int:
        """Number of outputs of a network for this table."""
        if isinstance(self.target, NumbersTarget):
            return self.target.count
        one = isinstance(self.target, NumberColumn) or self.target.one_output
        return 1 if one else len(self.labels)

    def inputs(self, frame: pl.DataFrame) -> Array:
        """Return the inputs, shape (rows, n_inputs); columns go by name, others are ignored.

        Raises
        ------
        DataError: a missing column, a text where a number belongs, or a missing value (unless the
        encoding imputes); the row named is that of `frame`.
        """
        check_room(8 * frame.height * self.n_inputs, "the array of all inputs")
        inputs = np.zeros((frame.height, self.n_inputs))
        start = 0
        for column in self.columns:
            stop = start + width(column)
            values = self._values(frame, column)
            if isinstance(column, NumberColumn):
                inputs[:, start] = column.standardised(values)
            else:
                set_one_hot(inputs[:, start:stop], values, column.categories)
            start = stop
        return _read_only(inputs)

    def targets(self, frame: pl.DataFrame) -> Array:
        """Return the targets, shape (rows, n_outputs).

        Raises
        ------
        DataError: no target column, a missing value, or a label that was not in training.
        """
        column = self._column(frame, self.target.name, "target column")
        if isinstance(self.target, NumbersTarget):
            return _read_only(np.array(column.to_numpy(), dtype=np.float64))
        if isinstance(self.target, NumberColumn):
            # A table's own target is numbers already; elsewhere it is read as in training.
            reading = self.target.reading if column.dtype == pl.String else None
            values = numbers(column, is_target=True, reading=reading)
            check_target_present(values)
            return _read_only(self.target.standardised(values).reshape(-1, 1))
        values = texts(column)
        check_target_present(values)
        self._check_labels(values)
        one_hot = np.zeros((frame.height, len(self.labels)))
        set_one_hot(one_hot, values, self.labels)
        return _read_only(one_hot[:, 1:] if self.target.one_output else one_hot)

    def unseen(self, frame: pl.DataFrame) -> Mapping[str, int]:
        """Return, per column that has any, the number of cells of a category not in training."""
        counts = {
            column.name: int((~self._values(frame, column).is_in(list(column.categories))).sum())
            for column in self.columns
            if isinstance(column, CategoryColumn)
        }
        return {name: count for name, count in counts.items() if count}

    def decode_numbers(self, outputs: npt.ArrayLike) -> Array:
        """Return outputs of shape (rows, 1) or (rows,) in the target's units, shape (rows,).

        Of a target of several numbers they are what the outputs are, shape (rows, n_outputs).
        """
        if isinstance(self.target, NumbersTarget):
            return _read_only(self._outputs(outputs).copy())
        if not isinstance(self.target, NumberColumn):
            raise SettingError(f"the target '{self.target.name}' is classes, not numbers")
        return _read_only(self._outputs(outputs)[:, 0] * self.target.scale + self.target.mean)

    def decode_labels(self, outputs: npt.ArrayLike) -> npt.NDArray[np.str_]:
        """Return the label of the largest output per row (of one output: the second from 0.5)."""
        if not isinstance(self.target, ClassTarget):
            raise SettingError(f"the target '{self.target.name}' is numbers, not classes")
        values = self._outputs(outputs)
        one = self.target.one_output
        codes = (values[:, 0] >= 0.5).astype(np.int64) if one else values.argmax(axis=1)
        labels: npt.NDArray[np.str_] = np.asarray(self.labels)[codes]
        return labels

    def to_json(self) -> dict[str, object]:
        """Return the encoding as plain values for JSON; `from_json` reads them back exactly."""
        return {
            "format": FORMAT,
            "impute": self.impute,
            "columns": [column_json(column) for column in self.columns],
            "target": column_json(self.target),
        }

    @classmethod
    def from_json(cls, values: object) -> "Encoding":
        """Return the encoding that `to_json` gave; DataError when something in it is damaged."""
        record = Record(values, "the encoding")
        if record.number("format") != FORMAT:
            raise record.damaged("format", f"{FORMAT}")
        columns = tuple(column_from(column) for column in record.records("columns"))
        if not columns:
            raise record.damaged("columns", "a list with at least one column")
        target = target_from(record.record("target"))
        return cls(columns, target, record.truth("impute"))

    def _values(self, frame: pl.DataFrame, column: NumberColumn | CategoryColumn) -> pl.Series:
        """Return a column's numbers or texts without gaps."""
        cells = self._column(frame, column.name, "column")
        if isinstance(column, NumberColumn):
            values = numbers(cells, reading=column.reading)
        else:
            values = texts(cells)
        if not self.impute:
            check_present(values, "train with --impute")
            return values
        return values.fill_null(column.mean if isinstance(column, NumberColumn) else column.fill)

    def _column(self, frame: pl.DataFrame, name: str, what: str) -> pl.Series:
        if name not in frame.columns:
            raise DataError(
                f"the data lack the {what} '{name}' that was there in training;"
                f" the columns given are: {listed(frame.columns)}"
            )
        return frame[name]

    def _check_labels(self, values: pl.Series) -> None:
        new = ~values.is_in(list(self.labels))
        if new.any():
            row = first_row(new)
            raise DataError(
                f"row {row}, target column '{values.name}' holds the label '{values[row]}', which"
                f" was not in training; the labels are: {', '.join(self.labels)}"
            )

    def _outputs(self, outputs: npt.ArrayLike) -> Array:
        values = np.asarray(outputs, dtype=np.float64)
        values = values.reshape(-1, 1) if values.ndim == 1 and self.n_outputs == 1 else values
        if values.ndim != 2 or values.shape[1] != self.n_outputs:
            raise ShapeError(
                f"outputs have shape {values.shape}, but the encoding has {self.n_outputs}"
                f" outputs: shape (rows, {self.n_outputs}) is needed"
            )
        return values


def _read_only(array: Array) -> Array:
    array.flags.writeable = False
    return array
