"""Time travel: any step of a run, bit for bit, or an error that says why not."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import clearprop.api as cp
from clearprop.errors import ClearpropError, DataError, Disagreement, RunError, SettingError
from clearprop.formulas.optimizers import OPTIMIZERS
from clearprop.runs.checkpoints import state_hash, steps_in, thinned
from clearprop.runs.run import Run
from clearprop.training.engine import TrainingState
from clearprop.training.threads import threads

PAIRS = 1_000  # of a step and a weight, for each training


def sentence(error: type[ClearpropError], call: Any) -> str:
    with pytest.raises(error) as raised:
        call()
    return str(raised.value)


def every_state(run: Run) -> Iterator[TrainingState]:
    """The states of a training in which each step is a call of its own, and each is stored."""
    plan = run.replay.plan
    state = run.at(0).state
    with threads(1):
        while True:
            yield state
            if state.step == run.outcome.steps:
                return
            state = plan.engine.advance(state, state.step + 1).state


ENGINES = {
    "reference": {"engine": "reference"},
    "reference, strict": {"engine": "reference", "arithmetic": "strict"},
    "straight-line in plain Python": {"hidden": [2]},
    "straight-line": {"hidden": [2], "engine": "straight-line"},
    "generic": {"engine": "generic", "arithmetic": "fast"},
    "generic, strict": {"engine": "generic", "arithmetic": "strict"},
}


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("batch_size", [1000, 3])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_replay_equals_a_training_that_stored_every_step(
    dtype: str, batch_size: int, engine: str, optimizer: str, close: None, tmp_path: Path
) -> None:
    if dtype == "float32" and ("strict" in engine or "Python" in engine):
        pytest.skip("strict arithmetic is that of float64")
    run = cp.train(
        DATA, epochs=240 if batch_size == 1000 else 30, batch_size=batch_size, dtype=dtype,
        optimizer=optimizer, **{"hidden": [7], **ENGINES[engine]}, out=tmp_path / "run",
    )  # fmt: skip
    assert run.outcome.engine.startswith(engine)
    stored = np.array([state.parameters.vector for state in every_state(run)])
    replayed = cp.open_run(tmp_path / "run").with_table(run.table)
    assert len(steps_in(tmp_path / "run" / "checkpoints")) == 6
    generator = np.random.default_rng(1)
    steps = generator.integers(0, len(stored), PAIRS)
    weights = generator.integers(0, stored.shape[1], PAIRS)
    then = {step: replayed.at(step).parameters.vector for step in sorted(set(steps.tolist()))}
    found = np.array([then[step][weight] for step, weight in zip(steps.tolist(), weights, strict=True)])
    assert found.dtype == dtype
    assert np.array_equal(found, stored[steps, weights])
