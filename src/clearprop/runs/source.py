"""Where a run's data came from, how to load them again, and how to know them again.

Comes in: what the user named. Goes out: a `DataSource`, as written into `run.json`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import Any

from clearprop.data.cells import NO_READINGS, Readings
from clearprop.data.changes import changed
from clearprop.data.kinds import Kind
from clearprop.data.table import Table, load
from clearprop.errors import ClearpropError, DataError
from clearprop.runs.branch import labels_from, labels_json, rows_from


@dataclass(frozen=True)
class DataSource:
    """How to load the data of a run.

    name          short, for people: "digits", "houses.csv"
    builtin, path the built-in set, or the file (absolute); both None for data in memory
    rows          how many there were
    fingerprint   SHA-256 of the encoded rows, and of their sample weights
    sample_weight the column of the weights; "sample_weight" where they were an array
    left_out, relabelled   of a fork: rows that add nothing, and rows with other labels
    """

    name: str
    target: str
    kind: Kind
    rows: int
    fingerprint: str
    builtin: str | None = None
    path: str | None = None
    drop: tuple[str, ...] = ()
    impute: bool = False
    sample_weight: str | None = None
    left_out: tuple[int, ...] = ()
    relabelled: Mapping[int, str] = field(default_factory=dict)

    def load(
        self, readings: Readings = NO_READINGS, data: object = None, sample_weight: object = None
    ) -> Table:
        """Return the table, loaded again or from the `data` given, read as `readings` say.

        Raises
        ------
        DataError: it was in memory only, the file is gone or no longer readable.
        """
        where = self.builtin or self.path if data is None else data
        if where is None:
            raise DataError(
                "the run was trained on data in memory, which it cannot load again; in Python,"
                " cp.open_run(RUN).with_data(data) gives them back"
            )
        if data is None and self.path is not None and not Path(self.path).exists():
            raise DataError(
                f"the data of the run are gone: there is no file {self.path};"
                " put it back, or in Python give the data: cp.open_run(RUN).with_data(data)"
            )
        missing = "impute" if self.impute else "error"
        try:
            table = load(
                where, self.target, self.kind, drop=self.drop, missing=missing, readings=readings,  # type: ignore[arg-type]
                sample_weight=self.sample_weight if sample_weight is None else sample_weight,
            )  # fmt: skip
        except ClearpropError as error:
            if data is not None:
                raise
            raise DataError(
                f"the data of the run have changed, and cannot be read as they were: {error};"
                " restore them"
            ) from None
        return self.changed(table)

    def changed(self, table: Table) -> Table:
        """Return the table as it is trained on: a fork may leave rows out, or relabel them.

        Raises
        ------
        DataError: it has fewer rows than that of the run.
        """
        if max((*self.left_out, *self.relabelled), default=0) >= table.rows:
            raise DataError(
                f"the data of the run have changed: they had {self.rows:,} rows, and now"
                f" {table.rows:,}; restore them"
            )
        return changed(table, self.left_out, self.relabelled)

    def json(self) -> dict[str, Any]:
        """Return the source as plain values for JSON; `source_from` reads them back."""
        values = {**self.__dict__, "drop": list(self.drop)}
        changes = {
            "left_out": list(values.pop("left_out")),
            "relabelled": labels_json(values.pop("relabelled")),
        }
        return values | {name: value for name, value in changes.items() if value}


def source_from(values: Mapping[str, Any]) -> DataSource:
    """Return the source that `json` gave."""
    changes = {
        "left_out": rows_from(values.get("left_out", [])),
        "relabelled": labels_from(values.get("relabelled", {})),
    }
    return DataSource(**{**values, "drop": tuple(values["drop"]), **changes})


def source_of(
    data: object, table: Table, fingerprint: str, drop: tuple[str, ...], impute: bool
) -> DataSource:
    """Return the source of a table that was loaded from `data`."""
    from clearprop.data.builtin import builtin_names

    builtin = data if isinstance(data, str) and data in builtin_names() else None
    is_file = builtin is None and isinstance(data, str | PathLike)
    return DataSource(
        name=table.name,
        target=table.target,
        kind=table.kind,
        rows=table.rows,
        fingerprint=fingerprint,
        builtin=builtin,
        path=str(Path(data).resolve()) if is_file else None,  # type: ignore[arg-type]
        drop=drop,
        impute=impute,
        sample_weight=None if table.weights is None else table.weights.name,
    )
