"""The ledger of a weight: like a bank statement, opening + entries = closing.

Comes in: a run, what the ledger is of, and a span of steps. Goes out: `Ledger`, whose entries are a
frame: one for each training example that was visited (or for each class), then weight decay, what
momentum carried in, and rounding: what the run's own arithmetic and this account of it differ by.

Of a unit or a layer, what an example adds is a vector. An entry's amount is its part along the
change of them all, and these add up; by its `norm` the entry is ranked, and norms do not add up.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import polars as pl

from clearprop.errors import Disagreement, SettingError, UnknownName
from clearprop.ledgers.account import BEFORE, DECAY, Account, Standing
from clearprop.ledgers.additions import Additions, Vectors
from clearprop.ledgers.bookkeeping import account_of
from clearprop.ledgers.carrying import Rule
from clearprop.ledgers.selection import Selection, selection_of
from clearprop.ledgers.turns import decays, frozen_of
from clearprop.network.parameters import Array
from clearprop.runs.replay import check_step
from clearprop.runs.run import Run
from clearprop.shown import Shown

EXAMPLE, CLASS = "example", "class"
WEIGHT_DECAY, CARRIED_IN, ROUNDING = "weight decay", "carried in", "rounding"
GROUPINGS = ("example", "class")
OPTIONS = ("weight", "unit", "layer", "since", "until", "by", "progress")
LARGEST_ROUNDING = 1e-6  # of opening and entries, in float64: more is no rounding
SCHEMA: dict[str, Any] = {
    "entry": pl.String, "row": pl.Int64, "label": pl.String, "visits": pl.Int64,
    "amount": pl.Float64, "carried": pl.Float64, "norm": pl.Float64,
}  # fmt: skip


@dataclass(frozen=True)
class Ledger(Shown):
    """The statement of a weight, a unit or a layer over the updates `since` + 1 … `until`.

    `frame` has one row per entry, the largest first:

        entry     "example" (or "class"), "weight decay", "carried in" or "rounding"
        row       of the data as given, from 0; label: its target; visits: steps that took it
        amount    what it added; opening + all amounts = closing
        carried   its part of what the optimizer carries on at the end; adds up to `carried_out`
        norm      of a unit or layer: the length of what it added; else that of the amount

    `carried_in` and `carried_out` are what momentum (or Adam's m) was before and after; None for
    a rule that carries no gradients. `remarks` say in sentences how the entries are to be read.
    Of what is `frozen` all entries are 0, and the one remark says so.
    """

    run: str
    name: str
    single: bool
    since: int
    until: int
    opening: float
    closing: float
    frame: pl.DataFrame
    carried_in: float | None
    carried_out: float | None
    remarks: tuple[str, ...]
    place: str | None = None
    traceable: bool = True  # whether `clearprop trace` shows a step of the run
    frozen: bool = False

    @property
    def change(self) -> float:
        """What all entries add up to."""
        return self.closing - self.opening

    @property
    def sources(self) -> pl.DataFrame:
        """The entries of examples (or classes), the largest first."""
        return self.frame.filter(pl.col("entry").is_in([EXAMPLE, CLASS]))

    @property
    def others(self) -> pl.DataFrame:
        """The entries of weight decay, of what was carried in, and of rounding."""
        return self.frame.filter(~pl.col("entry").is_in([EXAMPLE, CLASS]))

    def amount(self, entry: str) -> float:
        """Return the sum of the entries of a kind, such as "weight decay"."""
        return math.fsum(self.frame.filter(pl.col("entry") == entry)["amount"].to_list())

    def __repr__(self) -> str:
        span = f"steps {self.since:,} to {self.until:,}"
        return f"Ledger({self.name}, {span}: {self.opening:.6g} -> {self.closing:.6g})"

    def __rich__(self) -> Any:
        from clearprop.render.ledger_text import ledger_page

        return ledger_page(self)


@dataclass(frozen=True)
class Entries:
    """Entries of one kind before they are rows of the frame: a vector each."""

    entry: str
    added: Additions
    carried: Additions
    rows: Sequence[int | None]
    labels: Sequence[str | None]
    visits: Sequence[int | None]

    def frame(self, along: Array) -> pl.DataFrame:
        """Return them as rows, the largest first; amounts are the parts in a direction."""
        numbers = {
            "amount": self.added.along(along),
            "carried": self.carried.along(along),
            "norm": self.added.norms(),
        }
        columns = {
            "entry": [self.entry] * len(self.rows), "row": list(self.rows),
            "label": list(self.labels), "visits": list(self.visits),
            **{name: array.tolist() for name, array in numbers.items()},
        }  # fmt: skip
        frame = pl.DataFrame(columns, schema=SCHEMA)
        return frame.sort("norm", descending=True, maintain_order=True)


def ledger_of(
    run: Run,
    weight: str | None = None,
    *,
    unit: str | None = None,
    layer: int | None = None,
    since: int | None = None,
    until: int | None = None,
    by: str = "example",
    progress: Callable[[int], object] = lambda done: None,
    **unknown: object,
) -> Ledger:
    """Return the statement of a weight or bias, of a unit or of a layer.

    It is of the updates `since` + 1 … `until`; left out, from the run's start to its parameters.

    Raises
    ------
    UnknownName: nothing is called so, a quantity or an option; the nearest name is offered.
    SettingError: steps beyond the run, an empty span, classes where there are none.
    RunError, DataError, Disagreement: as `Run.at`.
    """
    check_options(unknown, OPTIONS)
    since = run.first_step if since is None else since
    until = run.outcome.step if until is None else until
    check_asked(run.outcome.steps, since, until, by)
    if by == CLASS and run.source.kind != "classes":
        raise SettingError(
            f"a ledger by class needs classes, and '{run.source.target}' is a number"
        )
    selection = selection_of(run.network, weight, unit, layer)
    groups = classes_of(run) if by == CLASS else None
    account = account_of(run, selection, since, until, progress, groups)
    return Ledger(
        run=run.name,
        name=selection.name,
        single=selection.single,
        since=since,
        until=until,
        place=str(run.path) if run.path else None,
        **statement(run, account, selection, by),
    )


def check_options(unknown: Iterable[str], known: Iterable[str]) -> None:
    """Raise UnknownName where an option was given that is not known."""
    for name in unknown:
        raise UnknownName.of("option", name, known)


def check_asked(steps: int, since: int, until: int, by: str) -> None:
    """Raise SettingError unless a span lies in a run of some steps and has one of them.

    UnknownName: there is no such grouping.
    """
    for step in (since, until):
        check_step(step, steps)
    if since >= until:
        raise SettingError(
            f"the span from step {since:,} to step {until:,} holds no update; it has to begin"
            " before it ends"
        )
    if not isinstance(by, str):
        raise SettingError(f"by must be {' or '.join(GROUPINGS)}, not {by!r}")
    if by not in GROUPINGS:
        raise UnknownName.of("grouping", by, GROUPINGS)


# --- from an account to the entries --------------------------------------------------------------


def statement(run: Run, account: Account, selection: Selection, by: str) -> dict[str, Any]:
    """Return the numbers of a statement: opening, entries, closing."""
    rule = Rule.of(run.network, run.learning)
    sources = of_classes(run, account) if by == CLASS else of_examples(run, account)
    entries = (sources, *of_others(run, account, rule))
    carries, check = rule.carried is not None, partial(check_agreement, run, selection)
    numbers = balanced(account.standing, entries, carries, check)
    held = int(frozen_of(run, selection).sum())
    if held == len(selection.places):
        stands = (f"{selection.name} is frozen: nothing changes it.",)
        return {**numbers, "remarks": stands, "frozen": True}
    return {**numbers, "remarks": (*remarks(run, rule, selection), *partly_frozen(selection, held))}


def balanced(
    standing: Standing, entries: Sequence[Entries], carries: bool,
    check: Callable[[float, Sequence[float]], object],
) -> dict[str, Any]:  # fmt: skip
    """Return opening, entries with what rounding adds, and closing; what was carried in and out.

    `check` is told the rounding, and the opening and amounts that it is to be held against.
    """
    along = standing.direction
    frames = [each.frame(along) for each in entries]
    opening, closing = (float(vector @ along) for vector in (standing.opening, standing.closing))
    amounts = [amount for frame in frames for amount in frame["amount"].to_list()]
    rounding = math.fsum([closing, -opening, *(-amount for amount in amounts)])
    check(rounding, [opening, *amounts])
    missing = standing.moved - sum(each.added.total() for each in entries)
    left = standing.carried_out - sum(each.carried.total() for each in entries)
    last = one(ROUNDING, missing, left).frame(along).with_columns(amount=pl.lit(rounding))
    return {
        "opening": opening,
        "closing": closing,
        "frame": pl.concat([*frames, last]),
        "carried_in": float(standing.carried_in @ along) if carries else None,
        "carried_out": float(standing.carried_out @ along) if carries else None,
    }


def check_agreement(
    run: Run, selection: Selection, rounding: float, amounts: Sequence[float]
) -> None:
    """Raise Disagreement where more than rounding is missing from a statement in float64."""
    size = math.fsum(map(abs, amounts))
    if run.settings.dtype == "float64" and not abs(rounding) <= LARGEST_ROUNDING * size:
        raise Disagreement(
            f"the entries of {selection.name} lack {rounding:.3g} of its change in {run.name};"
            " this is a fault of clearprop: please report it with the run"
        )


def of_examples(run: Run, account: Account) -> Entries:
    """Return the entry of each visited example."""
    rows = run.split.train[account.rows].tolist()
    return Entries(
        EXAMPLE, account.added, account.carried, rows, labels_of(run, rows),
        account.visits.tolist(),
    )  # fmt: skip


def classes_of(run: Run) -> Array:
    """Return the number of the class of each row of the training part."""
    number = {label: place for place, label in enumerate(run.encoding.labels)}
    return np.array([number[label] for label in labels_of(run, run.split.train.tolist())])


def of_classes(run: Run, account: Account) -> Entries:
    """Return the entry of each class that was visited."""
    groups = classes_of(run)[account.rows]
    found = np.unique(groups)
    visits = [int(account.visits[groups == group].sum()) for group in found]
    labels = [run.encoding.labels[group] for group in found]
    return Entries(CLASS, account.added, account.carried, [None] * len(found), labels, visits)


def grouped(examples: Entries, classes: Iterable[str]) -> Entries:
    """Return the entry of each class that has examples: the sum of their vectors, written out."""
    labels = np.array(examples.labels, dtype=object)
    found = [label for label in classes if (labels == label).any()]
    groups = [labels == label for label in found]
    visits = np.array(examples.visits)

    def sums(vectors: Additions) -> Vectors:
        assert isinstance(vectors, Vectors)
        return Vectors(np.array([vectors.array[group].sum(axis=0) for group in groups]))

    return Entries(
        CLASS,
        sums(examples.added),
        sums(examples.carried),
        [None] * len(found),
        found,
        [int(visits[group].sum()) for group in groups],
    )


def of_others(run: Run, account: Account, rule: Rule) -> Iterator[Entries]:
    """Yield weight decay and what was carried in, where the run has them."""
    if decays(run):
        yield one(WEIGHT_DECAY, account.others_added[DECAY], account.others_carried[DECAY])
    if rule.carried is not None:
        yield one(CARRIED_IN, account.others_added[BEFORE], account.others_carried[BEFORE])


def one(entry: str, added: Array, carried: Array) -> Entries:
    """Return an entry that is of no example."""
    each = Vectors(added[np.newaxis]), Vectors(carried[np.newaxis])
    return Entries(entry, *each, [None], [None], [None])


def partly_frozen(selection: Selection, held: int) -> Iterator[str]:
    """Yield in a sentence how many of the parameters are frozen, where some are."""
    if held:
        those, them = ("is", "it") if held == 1 else ("are", "them")
        which = f"Of all {len(selection.places):,} numbers {held:,}"
        yield f"{which} {those} frozen: nothing changes {them}."


def labels_of(run: Run, rows: Sequence[int]) -> list[str]:
    """Return the targets of some rows as they are written."""
    table = run.data()
    return [str(value) for value in table.frame[table.target][list(rows)].to_list()]


def remarks(run: Run, rule: Rule, selection: Selection) -> Iterator[str]:
    """Yield in sentences how the entries came about."""
    name = rule.optimizer.name
    if rule.has_denominators:
        yield f"Linear given each step's own denominators, which {name} draws from all examples."
    else:
        yield f"Exactly linear: {name.replace('_', ' ')} adds up what the examples ask for."
    if run.settings.clip_norm is not None:
        norm = f"{run.settings.clip_norm:g}"
        yield f"Clipped at the norm {norm}: each share is multiplied by its step's factor."
    if run.source.sample_weight is not None:
        yield "Each share holds the example's sample weight."
    if run.source.left_out:
        yield "Rows that the fork leaves out add nothing."
    if not selection.single:
        yield (
            "Amounts are the parts of what was added along the change of all"
            f" {len(selection.places):,} numbers, and add up; norms, by which entries are ranked,"
            " do not."
        )
    if run.settings.dtype != "float64":
        yield f"Rounding is that of the run's {run.settings.dtype}; the account is in float64."
