"""Where two runs part: the first number that differs, what they were told otherwise, how they end.

Comes in: two runs whose networks have the same shape. Goes out: `Differences`. The numbers of a
step are the parameters after it, what the optimizer carries, and the sum of losses of its epoch.

The states where either has a checkpoint are compared first, by halves: where states are the same,
those before were, too. Between the last that are equal and the first that differ both runs are
replayed, by halves again, so that no step is computed often.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from clearprop.errors import SettingError
from clearprop.network.names import Names
from clearprop.network.parameters import Array
from clearprop.network.quantities import Bias, Parameter, Weight
from clearprop.runs.checkpoints import state_hash
from clearprop.runs.manifest import learning_json, network_json
from clearprop.shown import Shown
from clearprop.training.engine import TrainingState

if TYPE_CHECKING:
    from clearprop.runs.run import Run

FIGURES = ("loss", "held_out_loss", "score")
NOT_TOLD = {"engine", "arithmetic", "threads"}  # how it is computed, which the engine's name says


@dataclass(frozen=True)
class Difference:
    """The first number that differs: of which step, its name, and its two values.

    `step` is S, the number of updates before it; `count` is how many numbers differ then.
    """

    step: int
    name: str
    value: float
    other: float
    count: int


@dataclass(frozen=True)
class Differences(Shown):
    """Two runs side by side: `clearprop diff RUN OTHER`.

    first      the first number that differs, None where none does
    compared   the steps that were compared: from the first to the last that both have
    settings   what they were told otherwise: name -> the two values
    losses     a frame, one row per epoch that either has: epoch, loss, other_loss, …
    scores     part -> name of the figure -> the two values
    """

    run: Run
    other: Run
    first: Difference | None
    compared: tuple[int, int]
    settings: Mapping[str, tuple[Any, Any]]
    losses: pl.DataFrame
    scores: Mapping[str, Mapping[str, tuple[float | None, float | None]]]

    def __repr__(self) -> str:
        first = f"first after step {self.first.step:,}" if self.first else "none in their steps"
        return f"<Differences of {self.run.name} and {self.other.name}: {first}>"

    @cached_property
    def same_losses(self) -> bool:
        """Whether the histories have the same numbers."""
        pairs = ((self.losses[name], self.losses[f"other_{name}"]) for name in FIGURES)
        return all(a.eq_missing(b).all() for a, b in pairs)

    @property
    def equal(self) -> bool:
        """Whether all numbers of both runs are the same: parameters, optimizer, history, end."""
        steps = self.run.outcome.steps, self.other.outcome.steps
        return self.first is None and self.same_losses and steps[0] == steps[1]

    def __rich__(self) -> Any:
        """Return what rich prints; the page is looked up when it is wanted."""
        from importlib import import_module

        return import_module("clearprop.render.differences_text").differences_page(self)


def diff(run: Run, other: Run) -> Differences:
    """Return two runs side by side, with the first number that differs.

    Raises
    ------
    SettingError: their networks have different shapes, or they have no step in common.
    DataError, RunError, Disagreement: as `Run.at`, where steps have to be replayed.
    """
    check_comparable(run, other)
    start = max(run.first_step, other.first_step)
    end = min(run.outcome.steps, other.outcome.steps)
    return Differences(
        run, other, first_difference(run, other, start, end), (start, end),
        settings_apart(run, other), losses_of(run, other), scores_of(run, other),
    )  # fmt: skip


def check_comparable(run: Run, other: Run) -> None:
    """Raise SettingError unless the numbers of two runs have the same names, and steps in common.

    Activations may differ: the parameters are the same in number and place.
    """
    shapes = [(one.network.layers, one.network.biases) for one in (run, other)]
    if shapes[0] != shapes[1]:
        sizes = ["-".join(map(str, one.network.layers)) for one in (run, other)]
        what = " and ".join(sizes)
        if sizes[0] == sizes[1]:
            what = f"both {sizes[0]}, with different biases"
        raise SettingError(
            f"{run.name} and {other.name} cannot be compared number by number: their networks have"
            f" different shapes ({what})"
        )
    start = max(run.first_step, other.first_step)
    for one in (run, other):
        if one.outcome.steps < start:
            raise SettingError(
                f"{run.name} and {other.name} have no step in common: {one.name} ends at step"
                f" {one.outcome.steps}, and the fork begins at step {start}"
            )


# --- the first number that differs ---------------------------------------------------------------


def first_difference(run: Run, other: Run, start: int, end: int) -> Difference | None:
    """Return the first difference of the steps `start` … `end`; None where there is none."""

    def apart(step: int) -> Difference | None:
        return difference(run.replay.state(step), other.replay.state(step))

    if (found := apart(start)) is not None:
        return found
    if (parted := apart(end)) is None:
        return first_loss(run, other)
    equal = start
    marks = sorted({step for step in steps_known(run, other) if start < step < end})
    while marks:
        middle = len(marks) // 2
        found = apart(marks[middle])
        if found is None:
            equal, marks = marks[middle], marks[middle + 1 :]
        else:
            parted, marks = found, marks[:middle]
    return narrowed(run, other, equal, parted)


def first_loss(run: Run, other: Run) -> Difference | None:
    """Return the first epoch's loss that differs, where the states at the end are the same."""
    both = run.history.join(other.history, on="epoch", suffix="_other")
    apart = both.filter(~pl.col("loss").eq_missing(pl.col("loss_other")))
    for epoch, step, loss, theirs in apart.select(
        "epoch", "step", "loss", "loss_other"
    ).iter_rows():
        return Difference(step, f"loss of epoch {epoch}", loss, theirs, 1)
    return None


def steps_known(run: Run, other: Run) -> Iterator[int]:
    """Yield the steps of which one of the runs has a checkpoint."""
    for one in (run, other):
        if one.checkpoints is not None:
            yield from one.checkpoints.steps


def narrowed(run: Run, other: Run, equal: int, parted: Difference) -> Difference:
    """Return the first difference between a step where the states are equal and one where not."""
    states = run.replay.state(equal), other.replay.state(equal)
    while parted.step - states[0].step > 1:
        middle = (states[0].step + parted.step) // 2
        reached = tuple(
            one.replay.advanced(state, middle)
            for one, state in zip((run, other), states, strict=True)
        )
        found = difference(reached[0], reached[1])
        if found is None:
            states = reached[0], reached[1]
        else:
            parted = found
    return parted


def difference(state: TrainingState, other: TrainingState) -> Difference | None:
    """Return the first number that differs in two states of the same step, in reading order."""
    first: Difference | None = None
    count = 0
    for names, values, others in numbers_of(state, other):
        differs = ~((values == others) | (np.isnan(values) & np.isnan(others)))
        if first is None and differs.any():
            place = int(np.argmax(differs))
            name = names(place)
            first = Difference(state.step, name, float(values[place]), float(others[place]), 0)
        count += int(differs.sum())
    return None if first is None else replace(first, count=count)


def numbers_of(state: TrainingState, other: TrainingState) -> Iterator[tuple[Any, Array, Array]]:
    """Yield the numbers of two states in pairs, with what gives their names by place.

    Where the optimizers carry other things, only what both carry.
    """
    network = state.parameters.network

    def named(prefix: str = "") -> Any:
        return lambda place: prefix + Names(network).id(parameter_at(state, place))

    yield named(), state.parameters.vector, other.parameters.vector
    for name, vector in state.optimizer.vectors.items():
        if name in other.optimizer.vectors:
            yield named(f"{name}_"), vector, other.optimizer.vectors[name]
    for name, value in state.optimizer.shared.items():
        if name in other.optimizer.shared:
            yield always(name), np.array([value]), np.array([other.optimizer.shared[name]])
    sums = np.array([state.loss_sum]), np.array([other.loss_sum])
    yield always("sum of losses"), *sums


def always(name: str) -> Any:
    """Return what gives the same name for any place."""
    return lambda place: name


def parameter_at(state: TrainingState, place: int) -> Parameter:
    """Return the weight or bias that lies at a place of the flat vector."""
    parameters = state.parameters
    layer = next(
        layer for layer, (_, biases) in enumerate(parameters.slices, start=1) if place < biases.stop
    )
    weights, biases = parameters.slices[layer - 1]
    if place >= biases.start:
        return Bias(layer, place - biases.start)
    return Weight(layer, *divmod(place - weights.start, parameters.network.layers[layer - 1]))


# --- what they were told, and how they went ------------------------------------------------------


def settings_apart(run: Run, other: Run) -> dict[str, tuple[Any, Any]]:
    """Return what was told to two runs otherwise, by name."""
    one, two = told(run) | branched(run, other), told(other) | branched(other, run)
    names = [*one, *(name for name in two if name not in one)]
    return {n: (one.get(n), two.get(n)) for n in names if one.get(n) != two.get(n)}


def told(run: Run) -> dict[str, Any]:
    """Return all that was decided before a run's first step, flat."""
    settings = {name: v for name, v in run.settings.json().items() if name not in NOT_TOLD}
    learning = learning_json(run.learning)
    constants = learning.pop("constants")
    source = run.source.json()
    data = {"data": source["path"] or source["name"], "target": source["target"],
            "rows left out": source.get("left_out"), "relabelled": source.get("relabelled"),
            "data as trained on": source["fingerprint"][:12]}  # fmt: skip
    activations = {"activations": network_json(run.network)["activations"]}
    return {**data, **activations, **learning, **constants, **settings,
            "engine": run.outcome.engine}  # fmt: skip


def branched(run: Run, other: Run) -> dict[str, Any]:
    """Return what was set where a run branched off, and what it left unless that is the other.

    Nothing where the other goes on from this one: it has all of that, too.
    """
    if run.branch is None or has_left(other, run):
        return {}
    values = run.branch.changes.set
    found: dict[str, Any] = {f"{name} at step {run.first_step}": values[name] for name in values}
    if not has_left(run, other):
        found["fork of"] = f"{run.branch.name}, step {run.branch.step:,}"
    return found


def has_left(run: Run, other: Run) -> bool:
    """Whether a run is a fork of another: of its folder, or in memory of a state that it had."""
    branch = run.branch
    if branch is None:
        return False
    if branch.path is not None:
        return other.path is not None and branch.path == str(other.path.absolute())
    if not other.first_step <= branch.step <= other.outcome.steps:
        return False
    return branch.state == state_hash(other.replay.state(branch.step))


def losses_of(run: Run, other: Run) -> pl.DataFrame:
    """Return the histories of two runs side by side, one row per epoch that either has."""
    names = {name: f"other_{name}" for name in FIGURES}
    mine = run.history.select("epoch", *FIGURES)
    theirs = other.history.select("epoch", *FIGURES).rename(names)
    both = mine.join(theirs, on="epoch", how="full", coalesce=True).sort("epoch")
    return both.select("epoch", *(c for pair in names.items() for c in pair))


def scores_of(run: Run, other: Run) -> dict[str, dict[str, tuple[float | None, float | None]]]:
    """Return the figures of each part that either run has scores of, in pairs."""
    return {
        part: {
            name: (run.scores.get(part, {}).get(name), other.scores.get(part, {}).get(name))
            for name in {**run.scores.get(part, {}), **other.scores.get(part, {})}
        }
        for part in {**run.scores, **other.scores}
    }
