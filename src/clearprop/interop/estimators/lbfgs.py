"""L-BFGS: SciPy takes the steps, the compiled engine gives loss and gradient.

(Liu & Nocedal 1989; Byrd, Lu, Nocedal & Zhu 1995.) The engine's own step is the pass: an update by
momentum with the rate 1 and nothing carried in carries -g, to the bit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from clearprop.interop.estimators.fitting import Fitted, Fitting
from clearprop.network.learning import Learning
from clearprop.network.parameters import Array, Parameters
from clearprop.runs.checkpoints import Checkpoint
from clearprop.runs.ending import Ended, now
from clearprop.training.engine import Engine, EpochFigures, TrainingState
from clearprop.training.loop import Progress
from clearprop.training.settings import TrainingSettings
from clearprop.training.shapes import engine_of
from clearprop.training.threads import threads

CARRIED = "step"  # what momentum carries


@dataclass(frozen=True)
class Found:
    """Where the search ended: parameters, loss, iterations, each one's loss, why it stopped."""

    parameters: Parameters
    loss: float
    iterations: int
    losses: tuple[float, ...]
    converged: bool
    message: str


def pass_settings(settings: TrainingSettings, rows: int) -> TrainingSettings:
    """Return the settings of a step over all rows that leaves the gradient behind."""
    learning = Learning(settings.learning.loss, "momentum", "mean", {"rate": 1.0, "momentum": 0.0})
    return replace(settings, learning=learning, epochs=1, batch_size=rows)


def loss_and_gradient(engine: Engine, state: TrainingState) -> tuple[float, Array]:
    """Return the loss with its penalty, and the gradient as a flat vector, in float64."""
    advance = engine.advance(state, 1)
    if advance.broke:
        return np.inf, np.zeros(len(state.parameters.vector))
    gradient = -advance.state.optimizer.vectors[CARRIED].astype(np.float64)
    return float(advance.epochs.loss[0]), gradient


def searched(
    fitting: Fitting,
    max_iter: int,
    max_fun: int,
    tol: float,
    watch: Callable[[int, float], object],
) -> Found:
    """Return what SciPy's L-BFGS finds from the fitting's start; `watch` is told each iteration."""
    from scipy.optimize import minimize

    settings = pass_settings(fitting.settings, len(fitting.split.train))
    engine, start = engine_of(replace(fitting, settings=settings).job), fitting.start.parameters
    dtype, losses = start.vector.dtype, list[float]()
    nothing_carried = engine.first_state(start).optimizer

    def at(vector: Array) -> tuple[float, Array]:
        parameters = start.with_vector(vector.astype(dtype))
        return loss_and_gradient(engine, TrainingState(parameters, nothing_carried))

    def each(intermediate_result: Any) -> None:
        losses.append(float(intermediate_result.fun))
        watch(len(losses), losses[-1])

    with threads(1, compiled=True):
        result = minimize(
            at, start.vector.astype(np.float64), method="L-BFGS-B", jac=True, callback=each,
            options={"maxfun": max_fun, "maxiter": max_iter, "gtol": tol},
        )  # fmt: skip
    return Found(
        start.with_vector(result.x.astype(dtype)), float(result.fun), min(result.nit, max_iter),
        tuple(losses), result.status == 0, str(result.message),
    )  # fmt: skip


def fitted_by(found: Found, fitting: Fitting) -> Fitted:
    """Return what a run is made of that begins, and ends, where the search ended."""
    start = replace(fitting.start, parameters=found.parameters)
    ended = Ended(
        Progress(epoch=0, epochs=fitting.settings.epochs, step=0, steps=0, state=start),
        (EpochFigures(),), Checkpoint(start), now(), asked=False,
    )  # fmt: skip
    return Fitted(replace(fitting, start=start), ended, f"lbfgs, {found.iterations} iterations")
