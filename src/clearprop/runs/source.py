"""Where a run's data came from, how to load them again, and how to know them again.

Comes in: what the user named. Goes out: a `DataSource`, as written into `run.json`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

from clearprop.data.cells import NO_READINGS, Readings
from clearprop.data.kinds import Kind
from clearprop.data.table import Table, load
from clearprop.errors import DataError


@dataclass(frozen=True)
class DataSource:
    """How to load the data of a run.

    name          short, for people: "digits", "houses.csv"
    builtin, path the built-in set, or the file (absolute); both None for data in memory
    rows          how many there were
    fingerprint   SHA-256 of the encoded rows, and of their sample weights
    sample_weight the column of the weights; "sample_weight" where they were an array
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
                "the run was trained on data in memory, which it cannot load again; give the data"
            )
        if data is None and self.path is not None and not Path(self.path).exists():
            raise DataError(
                f"the data of the run are gone: there is no file {self.path};"
                " put it back, or give the data"
            )
        missing = "impute" if self.impute else "error"
        return load(
            where, self.target, self.kind, drop=self.drop, missing=missing, readings=readings,  # type: ignore[arg-type]
            sample_weight=self.sample_weight if sample_weight is None else sample_weight,
        )  # fmt: skip

    def json(self) -> dict[str, Any]:
        """Return the source as plain values for JSON; `source_from` reads them back."""
        return {**self.__dict__, "drop": list(self.drop)}


def source_from(values: Mapping[str, Any]) -> DataSource:
    """Return the source that `json` gave."""
    return DataSource(**{**values, "drop": tuple(values["drop"])})


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
