"""One update of one parameter of a watched loop, every number of it.

Comes in: a replay, a name and a step S. Goes out: the same `Explanation` that clearprop's own runs
have: the value after S steps, the gradient as a sum over the examples of the batches that went into
update S + 1, the lines of the optimizer, and PyTorch's own new value. A sum or a line that
PyTorch's numbers do not bear out, but for rounding, is an error.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import polars as pl

from clearprop.errors import Disagreement, SettingError
from clearprop.formulas.notation import Symbol
from clearprop.interop.watching.gradients import LinearPass
from clearprop.interop.watching.lines import update_lines
from clearprop.interop.watching.names import Chosen, Parameters
from clearprop.interop.watching.reading import Recording
from clearprop.interop.watching.replay import Gradient, Replay, Update, group_options
from clearprop.interop.watching.rules import rule_of
from clearprop.ledgers.explanation import Explanation
from clearprop.network.parameters import Array
from clearprop.runs.replay import check_step

SCHEMA: dict[str, Any] = {
    "row": pl.Int64, "label": pl.String, "weight": pl.Float64, "delta": pl.Float64,
    "source": pl.Float64, "share": pl.Float64,
}  # fmt: skip


def explained(replay: Replay, name: str, at: int, place: str | None) -> Explanation:
    """Return how update `at` + 1 changed the parameter of a name.

    Raises
    ------
    UnknownName: nothing is called so.
    SettingError: the loop has no such update, it left the parameter alone, or its optimizer is
        recorded but not decomposed.
    RunError: the recording is damaged.
    Disagreement: the replay, or an explanation, does not come to PyTorch's numbers.
    """
    recording = replay.recording
    chosen = Parameters(recording.watched).find(name)
    check_update(recording, at)
    [update] = replay.updates(at, at + 1, [chosen.name])
    gradient = update.gradients.get(chosen.name)
    group = next(each.group for each in recording.watched.parameters if each.name == chosen.name)
    if gradient is None or group < 0:
        raise SettingError(
            f"update {at + 1:,} left {chosen.id} alone: no gradient of it reached the optimizer"
        )
    rule = rule_of(
        recording.watched.optimizer, group_options(recording, chosen.name, update.record)
    )
    shares = shares_of(recording, update, chosen)
    value, other, factor = gradient_of(chosen, gradient, shares)
    used = entry(gradient.used, chosen)
    return Explanation(
        run=recording.name,
        name=chosen.id,
        symbols=symbols(chosen),
        at=at,
        value=entry(update.before[chosen.name], chosen),
        new_value=entry(update.after[chosen.name], chosen),
        gradient=value,
        shares=shares,
        lines=tuple(update_lines(update, chosen, rule, value, factor, used)),
        rule=rule.source,
        remarks=tuple(remarks(chosen, update, gradient, shares)),
        place=place,
        other=other,
        traceable=False,
    )


def check_update(recording: Recording, at: int) -> None:
    """Raise SettingError unless an update follows a step."""
    last = recording.steps
    check_step(at, last)
    if at == last:
        raise SettingError(
            f"the recording ends with step {last:,}, and no update follows it"
            + (f"; the last one that can be explained is that from step {last - 1:,}" * (last > 0))
        )


def entry(array: Array, chosen: Chosen) -> float:
    """Return the chosen entry of a parameter's array."""
    return float(array.ravel()[int(chosen.places[chosen.name][0])])


def symbols(chosen: Chosen) -> tuple[Symbol, Symbol, Symbol | None]:
    """Return the symbols of the parameter, of its unit's delta, and of what came in."""
    linear = chosen.linear
    if linear is None:
        return chosen.symbol, Symbol("delta"), None
    delta = Symbol("delta", layer=linear.number, index=(chosen.units.start,))
    source = None if chosen.biased else linear.source(chosen.sources.start)
    return chosen.symbol, delta, source


# --- the gradient --------------------------------------------------------------------------------


def shares_of(recording: Recording, update: Update, chosen: Chosen) -> pl.DataFrame:
    """Return what each example adds to the gradient, the largest first."""
    own = None if chosen.linear is None else chosen.linear.layer.weight
    parts = [
        part_of(recording, each, chosen)
        for each in update.passes
        if each.layer.weight == own and chosen.name not in each.idle
    ]
    frame = pl.concat(parts) if parts else pl.DataFrame(schema=SCHEMA)
    order = np.argsort(-np.abs(frame["share"].to_numpy()), kind="stable")
    found: pl.DataFrame = frame[order.tolist()] if len(frame) else frame
    return found


def part_of(recording: Recording, each: LinearPass, chosen: Chosen) -> pl.DataFrame:
    """Return the shares of one pass."""
    delta = each.delta.reshape(-1, each.delta.shape[-1])[:, chosen.units].ravel()
    source = np.ones(len(delta))
    if not chosen.biased:
        source = each.entered.reshape(-1, each.entered.shape[-1])[:, chosen.sources].ravel()
    delta, source = delta.astype(np.float64), source.astype(np.float64)
    rows, labels = rows_and_labels(recording, each)
    columns = {
        "row": rows, "label": labels, "weight": np.ones(len(delta)), "delta": delta,
        "source": source, "share": delta * source,
    }  # fmt: skip
    return pl.DataFrame(columns, schema=SCHEMA)


def rows_and_labels(recording: Recording, each: LinearPass) -> tuple[list[int | None], list[str]]:
    """Return row and label of each line of a pass: of a sequence, one for each of its places."""
    rows, places = each.batch.rows, each.places
    if rows is None or places is None:
        return [None] * each.lines, [""] * each.lines
    labels = recording.labels(each.batch, list(range(len(rows))))
    return np.repeat(rows, places).tolist(), [label for label in labels for _ in range(places)]


def gradient_of(
    chosen: Chosen, gradient: Gradient, shares: pl.DataFrame
) -> tuple[float, float, float]:
    """Return the gradient, what of it no example is known to have made, and the factor after it.

    Raises
    ------
    Disagreement: the shares do not add up to PyTorch's gradient.
    """
    parts = shares["share"].to_list()
    summed, used = math.fsum(parts), entry(gradient.used, chosen)
    if gradient.made is None or gradient.factor is None:
        return used, used - summed, 1.0
    made = entry(gradient.made, chosen)
    eps = float(np.finfo(gradient.used.dtype).eps)
    size = math.fsum(map(abs, parts))
    if not abs(made - summed) <= (len(parts) + 8) * eps * size + 1e-37 and math.isfinite(made):
        raise Disagreement(
            f"PyTorch's gradient of {chosen.id} is {made!r}, but the shares of its examples add up"
            f" to {summed!r}: it is not explained"
        )
    return made, 0.0, gradient.factor


def remarks(
    chosen: Chosen, update: Update, gradient: Gradient, shares: pl.DataFrame
) -> Iterator[str]:
    """Yield in sentences how the shares are to be read."""
    if chosen.linear is None:
        yield (
            f"The gradient of {chosen.name} is recorded as a whole, not by example: by example are"
            " those of Linear layers, which share no weights and are trained from the beginning."
        )
    else:
        yield f"{chosen.id} is an entry of {chosen.name}."
        yield "Rows are numbered as the loop first showed them."
    turns = {each.turn for each in update.record.passes if chosen.name not in each.idle}
    if len(turns) > 1:
        yield f"The gradients of {len(turns):,} backward passes were added up."
    if chosen.linear is not None and gradient.factor is None:
        yield (
            "The loop changed the gradient between the backward pass and the step, or the loss has"
            " a part that no example goes through: what that adds is told as not by example."
        )
    if update.replaced is not None:
        yield "A state was loaded into the optimizer since the update before."
    if chosen.name in update.jumped and update.record.late:
        yield "Something else than the optimizer changed it between the backward pass and the step."
    elif chosen.name in update.jumped:
        yield "Something else than the optimizer had changed it since the update before."
