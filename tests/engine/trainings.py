"""Trainings for the tests of the engine: a job of random examples, and both ways to do it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from hypothesis import strategies as st

from clearprop.engine.assembly import generic
from clearprop.formulas.activations import ACTIVATIONS
from clearprop.formulas.losses import LOSSES
from clearprop.formulas.optimizers import OPTIMIZERS
from clearprop.formulas.schedules import SCHEDULES
from clearprop.network.initializers import initialize
from clearprop.network.learning import Learning
from clearprop.network.network import Network
from clearprop.network.parameters import Parameters
from clearprop.training.batches import Batches
from clearprop.training.compiled import CompiledEngine
from clearprop.training.engine import Engine, TrainingState
from clearprop.training.job import Job
from clearprop.training.settings import TrainingSettings


def job_of(
    network: Network,
    learning: Learning,
    *,
    examples: int = 11,
    size: int = 4,
    epochs: int = 4,
    dtype: str = "float64",
    weights: np.ndarray | None = None,
    watch: bool = True,
    **options: Any,
) -> Job:
    generator = np.random.default_rng(7)
    x = generator.normal(size=(examples, network.layers[0])).astype(dtype)
    classes = generator.integers(0, network.layers[-1], examples)
    y = np.eye(network.layers[-1])[classes].astype(dtype)
    if network.layers[-1] == 1 and learning.loss != "cross_entropy":
        y = generator.integers(0, 2, (examples, 1)).astype(dtype)
    given = None if weights is None else weights.astype(dtype)
    settings = TrainingSettings(
        learning, epochs, hidden=network.layers[1:-1], batch_size=size, dtype=dtype,
        validation_size=0.1, **{"seed": 3, **options},
    )  # fmt: skip
    batches = Batches(x, y, size, settings.seed, given, settings.shuffle)
    kind = "classes" if learning.loss in ("cross_entropy", "binary_cross_entropy") else "numbers"
    watched = (x[: examples // 2 + 1], y[: examples // 2 + 1]) if watch else None
    return Job(network, settings, batches, watched, kind)


def compiled(job: Job, arithmetic: str = "strict") -> CompiledEngine:
    source = generic(job.settings.dtype, arithmetic)
    return CompiledEngine(job, "generic", source, arithmetic)


def start_of(job: Job) -> Parameters:
    """Parameters with biases that are not all 0."""
    drawn = initialize(job.network)
    shift = np.random.default_rng(5).normal(size=len(drawn.vector)) / 10
    return drawn.with_vector((drawn.vector + shift).astype(job.settings.dtype))


def state_of(engine: Engine) -> TrainingState:
    return engine.first_state(start_of(engine.job))


def outputs_for(loss: str) -> str:
    """An output activation that the loss takes."""
    return next(name for name, rule in ACTIVATIONS.items() if rule.range in LOSSES[loss].ranges)


def with_batches(job: Job, **changes: Any) -> Job:
    return replace(job, batches=replace(job.batches, **changes))


@st.composite
def jobs(draw: st.DrawFn, optimizers: Sequence[str] = tuple(OPTIMIZERS)) -> Job:
    """Draw a small training with any rules and options."""
    sizes = draw(st.lists(st.integers(1, 9), min_size=2, max_size=5))
    depth = len(sizes) - 1
    loss = draw(st.sampled_from(list(LOSSES)))
    hidden = [draw(st.sampled_from(list(ACTIVATIONS))) for _ in range(depth - 1)]
    network = Network(
        sizes, [*hidden, outputs_for(loss)], [draw(st.booleans()) for _ in range(depth)]
    )
    frozen = draw(st.sampled_from([(), ("weights",), ("W1[0,0]",)]))
    constants = {
        "rate": draw(st.floats(1e-3, 0.5)),
        "weight_decay": draw(st.sampled_from([0.0, 0.02])),
    }
    learning = Learning(
        loss,
        draw(st.sampled_from(optimizers)),
        draw(st.sampled_from(["mean", "sum"])),
        constants,
        frozen,
    )
    examples = draw(st.integers(1, 12))
    weights = np.arange(1.0, examples + 1) if draw(st.booleans()) else None
    return job_of(
        network, learning, examples=examples, size=draw(st.integers(1, 14)), epochs=3,
        weights=weights, watch=draw(st.booleans()),
        clip_norm=draw(st.sampled_from([None, 0.3])),
        dropout=0.25 if depth > 1 and draw(st.booleans()) else 0.0,
        schedule=draw(st.sampled_from([name for name in SCHEDULES if name != "adaptive"])),
        shuffle=draw(st.booleans()),
        penalty=0.0 if constants["weight_decay"] else draw(st.sampled_from([0.0, 0.3])),
        warmup=draw(st.integers(0, 2)),
    )  # fmt: skip
