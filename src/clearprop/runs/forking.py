"""What if: a run, one of its steps, and changes -> the plan of a training that branches off there.

Comes in: a run, S, `Changes`. Goes out: a `Plan` whose start is the state after S updates, bit for
bit, with the changes made; its history so far is the run's. Without changes it ends with the bits
of the run; from step 0 it is a fresh training with the changes in it.

An example that is dropped has the sample weight 0 from there on. So it keeps its place in the order
of an epoch and adds nothing, and the mean over a batch divides by the weights that remain. That is
the same in every engine that knows sample weights; the straight-line ones do not, and the strict
arithmetic of another takes their place, to the same bits.
"""

import logging
import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from clearprop.data.encoding import Encoding
from clearprop.errors import Disagreement, SettingError, UnknownName
from clearprop.network.names import Names
from clearprop.network.network import Network
from clearprop.network.parameters import Array, Parameters, place_of
from clearprop.network.quantities import Bias, Parameter, Weight
from clearprop.runs.branch import Branch, Changes
from clearprop.runs.checkpoints import Checkpoint, Checkpoints, state_hash
from clearprop.runs.ending import now
from clearprop.runs.history import figures_of
from clearprop.runs.making import Before, Plan
from clearprop.runs.naming import find_quantity
from clearprop.runs.run import Run, check_row
from clearprop.training.engine import TrainingState
from clearprop.training.examples import Examples
from clearprop.training.settings import TrainingSettings
from clearprop.training.shapes import shape_of

logger = logging.getLogger("clearprop")


def fork_plan(run: Run, step: int, changes: Changes) -> Plan:
    """Return the plan of a fork that leaves a run after `step` updates.

    Raises
    ------
    SettingError, UnknownName: no such step, row, label, weight or rate, one sentence each.
    DataError: the data cannot be loaded again, or have changed; or no row would be left.
    Disagreement: this version of clearprop would take another engine.
    """
    state = run.at(step).state
    changed = with_values(state, changes.set)
    plan = replace(with_data_of(run, changes), settings=with_rate(run.settings, changes.rate))
    plan = with_engine(plan, run)
    per_epoch = plan.job.batches.per_epoch
    before = Before(
        Checkpoint(changed),
        figures_of(run.history[: step // per_epoch]),
        now(),
        Checkpoints(plan.network, plan.settings),
    )
    path = None if run.path is None else str(run.path.absolute())
    branch = Branch(
        run.name, path, run.source.fingerprint, step, state_hash(state), in_full(changes, run)
    )
    return replace(plan, before=before, branch=branch)


# --- the data ------------------------------------------------------------------------------------


def with_data_of(run: Run, changes: Changes) -> Plan:
    """Return the plan of a run with rows of its data left out or relabelled."""
    check_rows(run, changes)
    relabelled = label_texts(run, changes.relabel)
    check_changed(run, relabelled)
    source = replace(
        run.source,
        left_out=tuple(sorted({*run.source.left_out, *changes.drop_examples})),
        relabelled={**run.source.relabelled, **relabelled},
    )
    table = source.changed(run.data())
    weights = None if table.weights is None else table.weights.to_numpy()
    if weights is not None and not weights[run.split.train].any():
        raise SettingError("all rows that are trained on are left out: nothing is left to learn")
    encoding = run.encoding
    x, y = encoding.inputs(table.frame), encoding.targets(table.frame)
    examples = Examples(x, y, run.split, encoding, weights)
    source = replace(source, fingerprint=examples.fingerprint)
    return Plan(table, examples, run.settings, run.parameters, source, run.init)


def check_apart(run: Path, out: Path) -> None:
    """Raise SettingError where a fork would take the place of the run that it leaves."""
    if out.resolve() == run.resolve():
        raise SettingError(
            f"a fork cannot take the place of {run}, which it leaves; give it another --out"
        )


def check_rows(run: Run, changes: Changes) -> None:
    """Raise SettingError unless the rows are of the training part, each with one change."""
    for what, rows in (("dropped", changes.drop_examples), ("relabelled", changes.relabel)):
        for row in rows:
            check_row(row, run.source.rows)
            if row not in run.split.train:
                raise SettingError(
                    f"row {row} is not trained on ({run.part_in_words(row)}), so it cannot be"
                    f" {what}; the training part has rows such as"
                    f" {', '.join(map(str, run.split.train[:3]))}"
                )
    if both := set(changes.drop_examples) & set(changes.relabel):
        raise SettingError(f"row {min(both)} cannot be both dropped and relabelled")


def check_changed(run: Run, relabel: Mapping[int, str]) -> None:
    """Raise SettingError where a row would get the label that it has."""
    table = run.data()
    for row, label in relabel.items():
        if str(table.frame[table.target][row]) == label:
            raise SettingError(f"row {row} is labelled '{label}' already")


def label_texts(run: Run, relabel: Mapping[int, object]) -> dict[int, str]:
    """Return the labels (or numbers) that rows get, as the data have them.

    Raises
    ------
    UnknownName, SettingError: the data have no such label; it is no finite number.
    """
    return {row: label_text(run.encoding, label) for row, label in relabel.items()}


def label_text(encoding: Encoding, label: object) -> str:
    """Return a label as the data have it."""
    text = str(label).strip()
    if encoding.labels:
        if text not in encoding.labels:
            raise UnknownName.of("label", text, encoding.labels)
        return text
    number = number_from(text)
    if number is None:
        raise SettingError(
            f"'{encoding.target.name}' holds numbers, so a row is relabelled with one, not '{text}'"
        )
    return repr(number)


def in_full(changes: Changes, run: Run) -> Changes:
    """Return changes as they are recorded: rows in order, labels and names as they are spelled."""
    names = Names(run.network)
    return Changes(
        drop_examples=tuple(sorted({int(row) for row in changes.drop_examples})),
        relabel=label_texts(run, changes.relabel),
        set={
            names.id(parameter_of(run.network, name)): float(value)
            for name, value in changes.set.items()
        },
        rate=None if changes.rate is None else float(changes.rate),
    )


# --- the state -----------------------------------------------------------------------------------


def with_values(state: TrainingState, values: Mapping[str, float]) -> TrainingState:
    """Return a state in which some weights and biases have other values."""
    if not values:
        return state
    parameters, vector = state.parameters, state.parameters.vector.copy()
    names: dict[int, str] = {}
    for name, value in values.items():
        place = place_of(parameters.network, parameter_of(parameters.network, name))
        if place in names:
            raise SettingError(f"{names[place]} and {name} are the same number; set it once")
        names[place] = name
        vector[place] = checked_value(name, value, vector)
    vector.flags.writeable = False
    return replace(state, parameters=Parameters(parameters.network, vector))


def parameter_of(network: Network, name: str) -> Parameter:
    """Return the weight or bias of a name, or raise UnknownName or SettingError."""
    found = find_quantity(network, name)
    if not isinstance(found, Weight | Bias):
        raise SettingError(f"only weights and biases can be set, and '{name}' is neither")
    return found


def checked_value(name: str, value: object, vector: Array) -> float:
    """Return a weight's new value, or raise SettingError where it is no number of its type."""
    number = number_from(value)
    with np.errstate(over="ignore"):
        if number is None or not np.isfinite(vector.dtype.type(number)):
            raise SettingError(
                f"{name} must be set to a finite number of {vector.dtype}, not {value!r}"
            )
    return number


def number_from(value: object) -> float | None:
    """Return a finite number, or the text of one; else None."""
    if isinstance(value, bool):
        return None
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


# --- the settings --------------------------------------------------------------------------------


def with_rate(settings: TrainingSettings, rate: float | None) -> TrainingSettings:
    """Return the settings with another rate, which the schedule and warm-up go on with."""
    if rate is None:
        return settings
    constants = {**settings.learning.constants, "rate": rate}
    return replace(settings, learning=replace(settings.learning, constants=constants))


def with_engine(plan: Plan, run: Run) -> Plan:
    """Return the plan with the run's engine; with one that can, where that knows no weights.

    Raises
    ------
    Disagreement: this version of clearprop would take another.
    """
    before = run.replay.plan.engine.name
    if before != run.outcome.engine:
        raise Disagreement(
            f"{run.name} was computed by the engine '{run.outcome.engine}', and this version of"
            f" clearprop would take '{before}': a fork would not go on to the same bits"
        )
    shape = run.replay.plan.shape
    if plan.job.batches.weights is None or not shape.name.startswith("straight-line"):
        return plan
    settings = replace(plan.settings, engine="auto", arithmetic=shape.arithmetic)
    found = replace(plan, settings=settings)
    bits = ", to the same bits" if shape.arithmetic == "strict" else ""
    logger.warning(
        "The straight-line engine knows nothing of rows left out; %s trains the fork%s",
        "'" + ", ".join((shape_of(found.job).name, shape.arithmetic)) + "'", bits,
    )  # fmt: skip
    return found


def changes_of(
    drop_examples: Any = (),
    set: Any = None,
    rate: Any = None,
    relabel: Any = None,
) -> Changes:
    """Return the changes that somebody asks for; `fork_plan` checks them."""
    for name, given, like in (("set", set, "{'W1[3,7]': 0}"), ("relabel", relabel, "{5: '2'}")):
        if given is not None and not isinstance(given, Mapping):
            raise SettingError(f"{name} takes a dictionary such as {like}, not {given!r}")
    rows = drop_examples if np.iterable(drop_examples) else (drop_examples,)
    return Changes(
        tuple(plain(row) for row in rows),
        {plain(row): label for row, label in (relabel or {}).items()},
        {str(name): value for name, value in (set or {}).items()},
        plain(rate),
    )


def plain(value: Any) -> Any:
    """Return a number of NumPy as one of Python."""
    return value.item() if isinstance(value, np.generic) else value
