"""A sweep's plan: data, wishes, seeds and grids -> settings for every network, checked beforehand.

A `Cell` is one point of the grid; each seed trains one network of every cell.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product
from typing import Any

from clearprop.data.kinds import Kind
from clearprop.data.table import Table, load
from clearprop.errors import SettingError
from clearprop.network.lesson import frozen_mask
from clearprop.network.network import Network
from clearprop.sweeps.goals import Goal, goal_for
from clearprop.training.choices import Wishes, network_for, settings_for
from clearprop.training.examples import Examples, examples_of
from clearprop.training.memory import check_memory
from clearprop.training.settings import SEEDS, TrainingSettings, check_whole
from clearprop.training.threads import cores

MOST_NETWORKS = 10_000_000
GRID = {"width": "widths", "rate": "rates", "momentum": "momenta"}  # column: option


@dataclass(frozen=True)
class Cell:
    """One point of the grid: its settings, with the sweep's first seed, and its columns' values."""

    settings: TrainingSettings
    wishes: Wishes
    values: Mapping[str, float]
    network: Network


@dataclass(frozen=True)
class SweepPlan:
    """A sweep that is ready to begin.

    `examples` are those of the first seed; they are all seeds' where no rows are held out.
    """

    data: object
    table: Table
    reading: Mapping[str, Any]
    seeds: range
    cells: tuple[Cell, ...]
    goal: Goal
    threads: int
    examples: Examples

    @property
    def networks(self) -> int:
        """How many networks are trained."""
        return len(self.seeds) * len(self.cells)

    @property
    def settings(self) -> TrainingSettings:
        """The settings of the first cell."""
        return self.cells[0].settings

    @property
    def arithmetic(self) -> str:
        """Strict where that was asked for, else fast."""
        return "strict" if self.settings.arithmetic == "strict" else "fast"

    @property
    def holds_out(self) -> bool:
        """Whether each seed holds out rows of its own."""
        return self.examples.split.test.size > 0

    @cached_property
    def shapes(self) -> dict[tuple[int, ...], list[int]]:
        """The cells of each network shape, by their numbers."""
        found: dict[tuple[int, ...], list[int]] = {}
        for number, cell in enumerate(self.cells):
            found.setdefault(cell.network.layers, []).append(number)
        return found


def planned_sweep(
    data: object,
    wishes: Wishes,
    *,
    network: object = None,
    seeds: object = 10_000,
    widths: Sequence[int] | None = None,
    rates: Sequence[float] | None = None,
    momenta: Sequence[float] | None = None,
    goal: float | None = None,
    threads: int | None = None,
    target: str | None = None,
    kind: Kind | None = None,
    drop: Collection[str] = (),
    impute: bool = False,
    sample_weight: object = None,
) -> SweepPlan:
    """Return the plan of a sweep; `network` is a `Network` or layer sizes, to be trained on `data`.

    Raises
    ------
    DataError, SettingError, UnknownName: one sentence each.
    """
    table = load(
        data, target, kind, drop=drop, missing="impute" if impute else "error",
        sample_weight=sample_weight,
    )  # fmt: skip
    asked = range_of(seeds)
    grid = grid_of(wishes, network, widths, rates, momenta)
    wanted = like_network(wishes, network, grid)
    wanted = replace(wanted, seed=asked[0])
    examples = examples_of(table, settings_for(table, at_point(wanted, grid[0])), impute=impute)
    cells = [cell(table, wanted, values, examples) for values in grid]
    threads = cores() if threads is None else threads
    check_whole("threads", threads, least=1)
    plan = SweepPlan(
        data=data,
        table=table,
        reading={"target": target, "kind": kind, "drop": tuple(drop), "impute": impute,
                 "sample_weight": sample_weight},
        seeds=asked,
        cells=tuple(cells),
        goal=goal_for(table.kind, table.target, goal),
        threads=threads,
        examples=examples,
    )  # fmt: skip
    check_network(network, plan.cells[0].network)
    if plan.networks > MOST_NETWORKS:
        raise SettingError(
            f"this sweep has {plan.networks:,} networks; at most {MOST_NETWORKS:,} are allowed"
        )
    return plan


def cell(table: Table, wishes: Wishes, values: Mapping[str, Any], examples: Examples) -> Cell:
    """Return a point of the grid; whatever does not fit raises here."""
    asked = at_point(wishes, values)
    settings = settings_for(table, asked)
    network = network_for(examples.encoding, table.kind, settings)
    frozen_mask(network, settings.learning.frozen)
    settings.learning.short_form(network)
    check_memory(network, settings, len(examples.split.train))
    return Cell(settings, asked, values, network)


def at_point(wishes: Wishes, values: Mapping[str, Any]) -> Wishes:
    """Return the wishes with the values of a point of the grid."""
    given: dict[str, Any] = {name: values[name] for name in ("rate", "momentum") if name in values}
    if "width" in values:
        given["hidden"] = (values["width"],)
    return replace(wishes, **given)


# --- what was asked for --------------------------------------------------------------------------


def range_of(seeds: object) -> range:
    """Return the seeds: as many from 0 on, or a range, or its text `100:200`.

    >>> range_of(3), range_of("100:200")
    (range(0, 3), range(100, 200))
    """
    found = seeds
    if isinstance(seeds, str):
        parts = seeds.split(":")
        if len(parts) <= 2 and all(part.strip().isdecimal() for part in parts):
            found = range(*map(int, parts))
    elif isinstance(seeds, int) and not isinstance(seeds, bool):
        found = range(seeds)
    if isinstance(found, range) and found.step == 1 and 0 <= found.start < found.stop <= SEEDS:
        return found
    raise SettingError(
        "seeds must be a count of at least 1, or a range such as 100:200, which ends before 200,"
        f" not {seeds!r}"
    )


def grid_of(
    wishes: Wishes,
    network: object,
    widths: Sequence[int] | None,
    rates: Sequence[float] | None,
    momenta: Sequence[float] | None,
) -> list[dict[str, Any]]:
    """Return the values of each point of the grid, the last column changing fastest."""
    axes = {"width": widths, "rate": rates, "momentum": momenta}
    given = {
        name: checked(GRID[name], values) for name, values in axes.items() if values is not None
    }
    singles = {"width": wishes.hidden or network, "rate": wishes.rate, "momentum": wishes.momentum}
    for name in given:
        if singles[name] is not None:
            one = "hidden" if name == "width" else name
            raise SettingError(f"{GRID[name]} were given, and {one} too; leave out one of them")
    return [dict(zip(given, values, strict=True)) for values in product(*given.values())]


def checked(option: str, values: object) -> tuple[Any, ...]:
    """Return a grid's values, each of which stands there once; their ranges are checked later."""
    if isinstance(values, str) or not isinstance(values, Sequence) or not values:
        raise SettingError(f"{option} must be a list with at least one number, not {values!r}")
    for value in values:
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise SettingError(f"{option} must be a list of numbers, and {value!r} is none")
        if values.count(value) > 1:
            raise SettingError(f"{option} has {value!r} twice; give each value once")
    return tuple(values)


def like_network(wishes: Wishes, network: object, grid: Sequence[Mapping[str, Any]]) -> Wishes:
    """Return the wishes with the hidden layers of a network or of layer sizes, if one was given."""
    if network is None:
        return wishes
    if wishes.hidden is not None:
        raise SettingError("a network was given, and hidden too; leave out one of them")
    if not isinstance(network, Network):
        sizes = Network(network).layers  # type: ignore[arg-type]  # raises for what are no sizes
        return replace(wishes, hidden=sizes[1:-1])
    if wishes.activation is not None:
        raise SettingError("a network was given, and activation too; leave out one of them")
    if len(set(network.activations[:-1])) > 1:
        raise SettingError(
            "the hidden layers of a sweep have one activation, and those of the network given have"
            f" {', '.join(network.activations[:-1])}"
        )
    activation = network.activations[0] if network.depth > 1 else None
    return replace(wishes, hidden=network.layers[1:-1], activation=activation)


def check_network(given: object, found: Network) -> None:
    """Raise SettingError where a network that was given is not the one that the data needs."""
    if given is None:
        return
    sizes = given.layers if isinstance(given, Network) else tuple(given)  # type: ignore[arg-type]
    if sizes != found.layers:
        raise SettingError(
            f"the network given is {dashed(sizes)}, but this data needs {found.layers[0]} inputs"
            f" and {found.layers[-1]} outputs: {dashed(found.layers)}"
        )
    if isinstance(given, Network) and given != found:
        raise SettingError(
            "a sweep's networks have biases in all layers, outputs of"
            f" {found.activations[-1]}, and no names or constants of their own;"
            " the network given differs in one of these"
        )


def dashed(sizes: Sequence[int]) -> str:
    """Return layer sizes as people write them: 2-2-1."""
    return "-".join(map(str, sizes))
