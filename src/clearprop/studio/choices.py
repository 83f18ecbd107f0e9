"""What is chosen in the Train view -> a plan, and the board that it is looked at on.

Comes in: the choices as the browser sends them, and the tables that were uploaded. Goes out:
`Setup`. What is left out is chosen as `clearprop train` chooses it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import polars as pl

from clearprop.data.builtin import BUILT_IN, builtin, builtin_frame
from clearprop.data.table import Table, load
from clearprop.errors import DataError, SettingError, UnknownName
from clearprop.runs.making import Plan, planned
from clearprop.studio.features import AS_THEY_ARE, featured
from clearprop.studio.pictures import DRAWN, Board, number_columns
from clearprop.training.choices import Wishes

EPOCHS = 1_000_000  # it ends when it is paused
MOST_DRAWN = 5_000
TEXTS = ("activation", "loss", "optimizer", "initializer")
NUMBERS = ("rate", "momentum", "weight_decay", "test_size")
WHOLE = ("batch_size", "seed")


@dataclass(frozen=True)
class Setup:
    """A plan, and the board it is looked at on; None where the data have no two number columns."""

    plan: Plan
    board: Board | None


def setup(given: Mapping[str, Any], tables: Mapping[str, Table]) -> Setup:
    """Return the plan that was chosen.

    Raises
    ------
    ClearpropError: something chosen does not fit, in one sentence.
    """
    table = table_of(given, tables)
    plane, features = plane_of(table), features_of(given)
    frame, whole = table.frame, len(table.columns) == 2
    if plane and whole:
        frame = featured(frame, plane, features)
    else:
        features = AS_THEY_ARE
    wishes = replace(wishes_of(given), test_size=test_size(given, table))
    plan = ready_soon(planned(frame, wishes, target=table.target, kind=table.kind))
    source = replace(plan.source, name=table.name)
    shown = replace(plan.table, name=table.name, frame=with_plane(frame, table.frame))
    plan = replace(plan, source=source, table=shown)
    return Setup(plan, board_of(plan, given, plane, features, whole))


def ready_soon(plan: Plan) -> Plan:
    """Return a plan whose engine is compiled once, not for each network that is tried.

    The equations of a tiny network take half a minute to compile; the generic loops come to the
    same bits.
    """
    if plan.shape.name != "straight-line":
        return plan
    settings = replace(plan.settings, engine="generic", arithmetic=plan.shape.arithmetic)
    return replace(plan, settings=settings)


def with_plane(frame: pl.DataFrame, original: pl.DataFrame) -> pl.DataFrame:
    """Return a frame with the columns that its features were made of beside them."""
    missing = [name for name in original.columns if name not in frame.columns]
    return frame.with_columns(original[missing]) if missing else frame


def board_of(
    plan: Plan,
    given: Mapping[str, Any],
    plane: tuple[str, str] | None,
    features: tuple[str, ...] = AS_THEY_ARE,
    whole: bool = False,
) -> Board | None:
    """Return the board: over the two columns that were chosen, or the first two."""
    if plane is None:
        return None
    axes = [name for name in listed(given, "axes") or () if name in numeric_names(plan, plane)]
    others = len(set(axes)) == 2 and features == AS_THEY_ARE
    return Board(plan, (axes[0], axes[1]) if others else plane, features, whole)


def features_of(given: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the features that were chosen, which may be none; without a choice the columns."""
    found = listed(given, "features")
    return AS_THEY_ARE if found is None else tuple(map(str, found))


def numeric_names(plan: Plan, plane: tuple[str, str]) -> list[str]:
    """Return the columns that a board can be over."""
    return [*dict.fromkeys((*plane, *number_columns(plan)))]


def plane_of(table: Table) -> tuple[str, str] | None:
    """Return the first two columns of numbers that are not all the same, if need be the first two.

    None where there are no two columns of numbers.
    """
    names = numeric(table)
    varied = [*islice((name for name in names if table.frame[name].n_unique() > 1), 2)]
    found = varied if len(varied) == 2 else names[:2]
    return (found[0], found[1]) if len(found) == 2 else None


def numeric(table: Table) -> list[str]:
    """Return the columns of numbers."""
    return [name for name in table.columns if table.frame[name].dtype.is_numeric()]


# --- data ----------------------------------------------------------------------------------------


def table_of(given: Mapping[str, Any], tables: Mapping[str, Table]) -> Table:
    """Return the table that was chosen: built in, uploaded, or drawn."""
    name = str(given.get("data") or "spirals")
    if name in tables:
        return with_target(tables[name], given)
    if name == DRAWN:
        return drawn(listed(given, "points") or [])
    if name not in BUILT_IN:
        raise UnknownName.of("data set", name, [*BUILT_IN, *tables, DRAWN])
    entry = builtin(name)
    made: dict[str, Any] = {}
    if entry.generated is not None:
        made["seed"] = whole("the data's seed", given.get("data_seed") or 0)
        if given.get("rows"):
            made["rows"] = whole("rows", given["rows"])
        if given.get("noise") is not None:
            made["noise"] = number("noise", given["noise"])
    frame = builtin_frame(name, **made)
    return replace(load(frame, entry.target, entry.kind), name=name, holds_out=entry.holds_out)


def with_target(table: Table, given: Mapping[str, Any]) -> Table:
    """Return an uploaded table with the target that was chosen for it."""
    target = given.get("target") or table.target
    kind = given.get("kind")
    if target == table.target and kind is None:
        return table
    return replace(load(table.frame, str(target), kind), name=table.name)


def drawn(points: Sequence[Any]) -> Table:
    """Return the table of points that were drawn, each [x1, x2, label].

    Raises
    ------
    DataError: fewer than two points of each of two classes, or too many.
    """
    if len(points) > MOST_DRAWN:
        raise DataError(f"{len(points):,} points are drawn, and at most {MOST_DRAWN:,} fit")
    try:
        rows = [(float(x1), float(x2), str(label)) for x1, x2, label in points]
    except (TypeError, ValueError):
        raise DataError("a drawn point is two numbers and a label") from None
    if not all(math.isfinite(value) for x1, x2, _ in rows for value in (x1, x2)):
        raise DataError("a drawn point is two numbers and a label")
    labels = [label for _, _, label in rows]
    if len(set(labels)) < 2 or min(map(labels.count, set(labels))) < 2:
        raise DataError("draw at least two points of each of two colours")
    frame = pl.DataFrame(rows, schema=["x1", "x2", "y"], orient="row")
    return replace(load(frame, "y", "classes"), name=DRAWN, holds_out=False)


# --- settings ------------------------------------------------------------------------------------


def wishes_of(given: Mapping[str, Any]) -> Wishes:
    """Return what was chosen; what was not is left open."""
    found: dict[str, Any] = {"epochs": EPOCHS}
    for name in TEXTS:
        if given.get(name):
            found[name] = str(given[name])
    for name in NUMBERS:
        if (value := given.get(name)) is not None:
            found[name] = number(name, value)
    for name in WHOLE:
        if (value := given.get(name)) is not None:
            found[name] = whole(name, value)
    if (hidden := listed(given, "hidden")) is not None:
        found["hidden"] = [whole("hidden units", units) for units in hidden]
    if found.get("optimizer") not in (None, "momentum", "nesterov"):
        found.pop("momentum", None)
    return Wishes(**found)


def number(name: str, value: object) -> float:
    """Return a number that was chosen; SettingError for what is none."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise SettingError(f"{name.replace('_', ' ')} must be a number, not {value!r}")
    return value


def whole(name: str, value: object) -> int:
    """Return a whole number that was chosen; SettingError for what is none."""
    if number(name, value) != int(number(name, value)):
        raise SettingError(f"{name.replace('_', ' ')} must be a whole number, not {value!r}")
    return int(number(name, value))


def listed(given: Mapping[str, Any], name: str) -> list[Any] | None:
    """Return a list that was chosen, None where it was not; SettingError for what is none."""
    value = given.get(name)
    if value is not None and not isinstance(value, list | tuple):
        raise SettingError(f"{name} must be a list, not {value!r}")
    return None if value is None else list(value)


def test_size(given: Mapping[str, Any], table: Table) -> float:
    """Return the share of rows that is held out: as chosen, else as fits the data."""
    value = given.get("test_size")
    if value is not None:
        return float(number("test_size", value))
    return 0.25 if table.holds_out else 0.0
