"""One update of one weight, every number of it.

Comes in: a run, the name of a weight or bias, and a step S. Goes out: `Explanation`: the value
after S updates, its gradient in update S + 1 as a sum over the examples of the batch that this
update took, the lines of the update rule with their numbers, and the new value, which is the run's
own at S + 1. Everything is computed in the run's own arithmetic; where the engine's last bits are
others than those of the lines, the difference stands there as rounding.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl

from clearprop.backprop.backpropagation import (
    BackwardPass,
    ForwardPass,
    backward_pass,
    forward_pass,
    loss_divisor,
)
from clearprop.backprop.clipping import clipping_factor
from clearprop.errors import Disagreement, SettingError, counted
from clearprop.formulas.notation import Mark
from clearprop.formulas.optimizers import optimizer
from clearprop.ledgers.ledger import labels_of
from clearprop.ledgers.selection import find_parameter, of_parameter
from clearprop.ledgers.update_lines import update_lines
from clearprop.network.lesson import frozen_mask
from clearprop.network.names import Names
from clearprop.network.parameters import Array
from clearprop.network.quantities import Activation, Bias, Parameter, Weight, delta
from clearprop.runs.moment import Moment
from clearprop.runs.replay import check_step
from clearprop.runs.run import Outcome, Run
from clearprop.shown import Shown
from clearprop.tracing.lines import Line
from clearprop.training.dropout import step_masks
from clearprop.training.reference import ReferenceEngine
from clearprop.training.threads import threads


@dataclass(frozen=True)
class Explanation(Shown):
    """How update `at` + 1 of a run changed a weight or bias.

    `value` and `new_value` are the run's own, after `at` and `at` + 1 updates. `shares` has one row
    for each example of the batch, the largest share first:

        row, label      of the data as given, and its target
        weight          its sample weight, 1 where the run has none
        delta, source   δ of the unit, and what came in over this weight (1 for a bias)
        share           their product: what the example adds to the gradient

    `shares`, `other` and `gradient_rounding` add up to `gradient`; the last of `lines` and
    `rounding` to `new_value`. `other` is what no example is known to have made, 0 in clearprop's
    own runs, whose steps are `traceable`.
    """

    run: str
    name: str
    symbols: tuple[Mark, Mark, Mark | None]  # of the parameter, of its unit's δ, of its source
    at: int
    value: float
    new_value: float
    gradient: float
    shares: pl.DataFrame
    lines: tuple[Line, ...]
    rule: str
    remarks: tuple[str, ...]
    place: str | None = None
    other: float = 0.0
    traceable: bool = True

    @property
    def learnt(self) -> pl.DataFrame:
        """The shares of the examples that the update learnt from: their weight is not 0."""
        return self.shares.filter(pl.col("weight") != 0)

    @property
    def gradient_rounding(self) -> float:
        """What the gradient that was used differs by from the sum of the shares."""
        shares = self.shares["share"].to_list()
        return math.fsum([self.gradient, -self.other, *(-share for share in shares)])

    @property
    def computed(self) -> float:
        """The new value as the last line computes it."""
        return self.lines[-1].value

    @property
    def rounding(self) -> float:
        """What the run's own new value differs by from that of the last line."""
        return self.new_value - self.computed

    @property
    def update(self) -> float:
        """What the update added to the value."""
        return self.new_value - self.value

    def __getitem__(self, name: str) -> Line:
        """Return the line of a name, such as "eta", "m_W1[3,7]_new" or "W1[3,7]_new"."""
        return next(line for line in self.lines if line.id == name)

    def __repr__(self) -> str:
        return (
            f"Explanation({self.name} in update {self.at + 1:,}:"
            f" {self.value:.6g} -> {self.new_value:.6g})"
        )

    def __rich__(self) -> Any:
        from clearprop.render.explanation_text import explanation_page

        return explanation_page(self)


def no_update(outcome: Outcome) -> str:
    """Return why no update follows the end of a run, and which one can be explained."""
    last, broke = outcome.steps, outcome.status == "diverged"
    if not last and not broke:
        return "the run ends at its start: it has no update to explain"
    why = f"the run ends with step {last:,}, and no update follows it"
    if broke:
        shown = f"clearprop trace --at {last} shows it"
        why = f"{outcome.note}; that update is not in the run, and {shown}"
    before = f"the last one that can be explained is that from step {last - 1:,}"
    return f"{why}; {before}" if last else why


def explained(run: Run, name: str, at: int) -> Explanation:
    """Return how update `at` + 1 changed the weight or bias of a name.

    Raises
    ------
    UnknownName: nothing is called so; the nearest name is offered.
    SettingError: it is no weight or bias, or the run has no such update.
    RunError, DataError: as `Run.at`.
    Disagreement: in strict arithmetic, the lines do not come to the run's own new value.
    """
    parameter, last = find_parameter(run.network, name), run.outcome.steps
    check_step(at, last)
    if at == last:
        raise SettingError(no_update(run.outcome))
    step = UpdateStep(run.at(at), parameter)
    after = run.at(at + 1)
    new_value = float(after.parameters.vector[step.place])
    lines = tuple(update_lines(step.moment, parameter, step.place, step.gradient, step.factor))
    check_strict(run, lines[-1], new_value)
    return Explanation(
        run=run.name,
        name=Names(run.network).id(parameter),
        symbols=step.symbols,
        at=at,
        value=float(step.moment.parameters.vector[step.place]),
        new_value=new_value,
        gradient=step.gradient,
        shares=step.shares,
        lines=lines,
        rule=f"{run.learning.optimizer}: {optimizer(run.learning.optimizer).source}",
        remarks=tuple(step.remarks),
        place=str(run.path) if run.path else None,
    )


def check_strict(run: Run, line: Line, new_value: float) -> None:
    """Raise Disagreement where strict arithmetic did not come to the run's own bits."""
    if run.replay.plan.shape.arithmetic == "strict" and line.value != new_value:
        raise Disagreement(
            f"{line.id} is {new_value!r} in the run, but its lines give {line.value!r};"
            " this is a fault of clearprop: please report it with the run"
        )


@dataclass(frozen=True)
class UpdateStep:
    """The update that follows a moment, as one parameter sees it."""

    moment: Moment
    parameter: Parameter

    @property
    def run(self) -> Run:
        """The run."""
        return self.moment.run

    @property
    def place(self) -> int:
        """Where the parameter lies in the flat vector."""
        return int(of_parameter(self.run.network, self.parameter).places[0])

    @property
    def products(self) -> Any:
        """The arithmetic of the run."""
        job, arithmetic = self.moment.job, self.run.replay.plan.shape.arithmetic
        return ReferenceEngine(job, arithmetic).products

    @cached_property
    def rows(self) -> Array:
        """The rows of the training part that the update takes."""
        return self.moment.job.batches.rows(self.moment.step)

    @cached_property
    def passes(self) -> tuple[ForwardPass, BackwardPass]:
        """Forward and backward pass of the batch, in the run's own arithmetic."""
        job, parameters, rows = self.moment.job, self.moment.parameters, self.rows
        masks = step_masks(job.network, job.settings, self.moment.step, len(rows))
        with threads(job.settings.threads):
            forward = forward_pass(parameters, job.batches.x[rows], self.products, masks)
            weights = job.batches.weights_of(rows)
            y = job.batches.y[rows]
            back = backward_pass(parameters, job.learning, forward, y, self.products, weights)
        return forward, back

    @property
    def gradient(self) -> float:
        """The parameter's gradient, before clipping and weight decay."""
        return float(self.passes[1].gradient.vector[self.place])

    @property
    def factor(self) -> float | None:
        """What clipping multiplies the gradient by; None for a run without."""
        job = self.moment.job
        if job.clip_norm is None:
            return None
        frozen = frozen_mask(job.network, job.learning.frozen) if job.learning.frozen else None
        return clipping_factor(self.passes[1].gradient, job.clip_norm, frozen, self.products)

    @property
    def delta(self) -> Array:
        """δ of the parameter's unit, shape (m,)."""
        found: Array = self.passes[1].delta[self.parameter.layer - 1][:, self.parameter.unit]
        return found

    @property
    def source(self) -> Array:
        """What came in over the weight, shape (m,): 1 for a bias."""
        if isinstance(self.parameter, Bias):
            return np.ones_like(self.delta)
        sent: Array = self.passes[0].sent[self.parameter.layer - 1][:, self.parameter.source]
        return sent

    @property
    def shares(self) -> pl.DataFrame:
        """What each example adds to the gradient, the largest first."""
        rows, weights = self.moment.rows.tolist(), self.moment.job.batches.weights_of(self.rows)
        frame = pl.DataFrame(
            {
                "row": rows,
                "label": labels_of(self.run, rows),
                "weight": np.ones(len(rows)) if weights is None else weights.astype(np.float64),
                "delta": self.delta.astype(np.float64),
                "source": self.source.astype(np.float64),
                "share": (self.delta * self.source).astype(np.float64),
            }
        )
        order = np.argsort(-np.abs(frame["share"].to_numpy()), kind="stable")
        found: pl.DataFrame = frame[order.tolist()]
        return found

    @property
    def symbols(self) -> tuple[Mark, Mark, Mark | None]:
        """The symbols of the parameter, of its unit's delta, and of what came in."""
        names, parameter = Names(self.run.network), self.parameter
        source = None
        if isinstance(parameter, Weight):
            source = names.symbol(Activation(parameter.layer - 1, parameter.source, 0))
        of_unit = names.symbol(delta(parameter.layer, parameter.unit, 0))
        return names.symbol(parameter), of_unit, source

    @property
    def remarks(self) -> Iterator[str]:
        """Yield in sentences what the run's options did to the shares."""
        run, forward, learnt = self.run, self.passes[0], self.moment.learnt
        examples = counted(int(learnt.sum()), "example")
        if run.learning.reduction == "mean":
            yield f"The loss is the mean over {self.averaged(examples)}: each δ holds its part."
        if run.source.sample_weight is not None:
            yield "Each δ holds the example's sample weight."
        if run.source.left_out:
            yield "Rows that the fork leaves out have the weight 0, and are not listed."
        elif not learnt.all():
            yield "Examples of the weight 0 add nothing, and are not listed."
        layer, parameter = self.parameter.layer, self.parameter
        masks = forward.masks
        if layer in masks:
            out = int((masks[layer][learnt, parameter.unit] == 0).sum())
            yield f"Dropout left the unit out of {out} of {examples}: their δ is 0."
        if isinstance(parameter, Weight) and layer - 1 in masks:
            out = int((masks[layer - 1][learnt, parameter.source] == 0).sum())
            yield f"Dropout left the source out of {out} of {examples}: nothing came in from it."

    def averaged(self, examples: str) -> str:
        """Return in words what the loss is the mean over: by weights, unless all are 0 or 1."""
        weights = self.moment.job.batches.weights_of(self.rows)
        if weights is None or np.isin(weights, (0, 1)).all():
            return examples
        divisor = float(loss_divisor(self.run.learning, len(self.rows), weights))
        return f"{examples} by their weights, the sum divided by {divisor:g}"
