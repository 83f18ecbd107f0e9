"""Where a fork branched off, and what was changed there; as written into its `run.json`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import NoneType
from typing import Any


@dataclass(frozen=True)
class Changes:
    """What a fork does otherwise than its run.

    drop_examples   rows of the data, from 0, that add nothing from there on
    relabel         rows that are learnt with another label (or number), as it stands in the data
    set             weights and biases that get another value at the step, by name
    rate            another learning rate from there on, with which the schedule goes on; or None
    """

    drop_examples: tuple[int, ...] = ()
    relabel: Mapping[int, str] = field(default_factory=dict)
    set: Mapping[str, float] = field(default_factory=dict)
    rate: float | None = None

    @property
    def words(self) -> str:
        """What is changed, in words.

        >>> Changes((7,), {5: "2"}, {"W1[3,7]": 0.0}).words
        "without row 7, row 5 labelled '2', W1[3,7] set to 0"
        """
        return ", ".join(self.phrases()) or "nothing changed"

    def phrases(self) -> Iterator[str]:
        """Yield each change in words."""
        if self.drop_examples:
            rows = ", ".join(map(str, self.drop_examples))
            yield f"without {'row' if len(self.drop_examples) == 1 else 'rows'} {rows}"
        for row, label in self.relabel.items():
            yield f"row {row} labelled '{label}'"
        for name, value in self.set.items():
            yield f"{name} set to {value:g}"
        if self.rate is not None:
            yield f"rate {self.rate:g}"


@dataclass(frozen=True)
class Branch:
    """The run that a fork left, at which step, and with what changes.

    name, path    of the run; None for the path of one in memory
    fingerprint   that of the run's data, before the changes
    step          S: the number of updates that both have in common
    state         SHA-256 of the run's state after them, before the changes
    """

    name: str
    path: str | None
    fingerprint: str
    step: int
    state: str
    changes: Changes

    @property
    def words(self) -> str:
        """Where it branched off and what is changed, in words."""
        return f"{self.origin}, step {self.step:,}: {self.changes.words}"

    @property
    def origin(self) -> str:
        """The run that it left, as people find it."""
        return self.path or f"a run on {self.name} in memory"


BRANCH: Mapping[str, Any] = {
    **dict.fromkeys(("name", "fingerprint", "state"), str),
    "path": (str, NoneType),
    "step": int,
    "drop_examples": list,
    "relabel": dict,
    "set": dict,
    "rate": (int, float, NoneType),
}


def branch_json(branch: Branch) -> dict[str, Any]:
    """Return a branch as plain values for JSON; `branch_from` reads them back."""
    values = {name: getattr(branch, name) for name in BRANCH if hasattr(branch, name)}
    changes = branch.changes
    return values | {
        "drop_examples": list(changes.drop_examples),
        "relabel": labels_json(changes.relabel),
        "set": dict(changes.set),
        "rate": changes.rate,
    }


def branch_from(values: Mapping[str, Any]) -> Branch:
    """Return the branch that `branch_json` gave; its entries have the types of `BRANCH`.

    Raises
    ------
    ValueError: a row, a label or a value is none.
    """
    if not all(isinstance(value, int | float) for value in values["set"].values()):
        raise ValueError(f"set of fork is {values['set']!r}")
    changes = Changes(
        rows_from(values["drop_examples"]),
        labels_from(values["relabel"]),
        {name: float(value) for name, value in values["set"].items()},
        values["rate"],
    )
    about = {name: values[name] for name in ("name", "path", "fingerprint", "step", "state")}
    return Branch(changes=changes, **about)


# --- rows and their labels -----------------------------------------------------------------------


def labels_json(labels: Mapping[int, str]) -> dict[str, str]:
    """Return rows and their labels for JSON, whose keys are texts."""
    return {str(row): label for row, label in labels.items()}


def labels_from(values: Mapping[str, Any]) -> dict[int, str]:
    """Return the rows and labels that `labels_json` gave, or raise ValueError."""
    if not all(isinstance(label, str) for label in values.values()):
        raise ValueError(f"labels are texts, not {list(values.values())!r}")
    return dict(zip(rows_from([int(row) for row in values]), values.values(), strict=True))


def rows_from(values: list[Any]) -> tuple[int, ...]:
    """Return rows of the data, or raise ValueError."""
    if not all(isinstance(row, int) and not isinstance(row, bool) and row >= 0 for row in values):
        raise ValueError(f"rows are whole numbers from 0, not {values!r}")
    return tuple(values)
