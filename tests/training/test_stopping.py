"""What ends a training: each thing to stop on, to the same bits in every engine."""

from typing import Any

import numpy as np
import pytest

from clearprop.errors import SettingError, UnknownName
from clearprop.network.learning import Learning
from clearprop.network.network import Network
from clearprop.training.engine import Engine, TrainingState, rate_of
from clearprop.training.job import Job
from clearprop.training.loop import calls
from clearprop.training.reference import ReferenceEngine
from clearprop.training.settings import TrainingSettings
from clearprop.training.stopping import Stopping
from engine.trainings import compiled, job_of, state_of

STOPS: dict[str, dict[str, Any]] = {
    "validation loss": {},
    "validation loss, with a tolerance": {"tolerance": 0.01},
    "validation score": {"stop_on": "validation score", "tolerance": 0.0},
    "training loss": {"stop_on": "training loss", "tolerance": 0.02},
    "adaptive": {"stop_on": "training loss", "tolerance": 0.02, "schedule": "adaptive"},
}
TASKS = {"classes": (["tanh", "softmax"], "cross_entropy"),
         "numbers": (["tanh", "identity"], "half_squared_error")}  # fmt: skip


def job(task: str = "classes", **options: Any) -> Job:
    activations, loss = TASKS[task]
    learning = Learning(loss, "momentum", constants={"rate": 0.3})
    given = {"early_stopping": True, "patience": 2, **options}
    return job_of(Network([3, 4, 3], activations), learning, epochs=60, **given)


def ended(engine: Engine) -> tuple[TrainingState, list[float]]:
    """Return the last state of a training, and the rate of each call."""
    state, rates = state_of(engine), []
    for advance, _ in calls(engine, state, engine.job.steps):
        rates.append(rate_of(engine.job, state))
        state = advance.state
    return state, rates


@pytest.mark.parametrize("penalty", [0.0, 0.4])
@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("stop", STOPS)
def test_compiled_and_reference_stop_at_the_same_step_with_the_same_bits(
    stop: str, task: str, penalty: float
) -> None:
    found = job(task, penalty=penalty, shuffle=False, **STOPS[stop])
    mine, _ = ended(compiled(found, "strict"))
    theirs, _ = ended(ReferenceEngine(found, "strict"))
    assert mine.step == theirs.step < found.steps
    assert mine.parameters.vector.tobytes() == theirs.parameters.vector.tobytes()
    assert mine.stopping is not None
    assert theirs.stopping is not None
    for name in ("best_loss", "best_step", "waited", "cuts"):
        assert getattr(mine.stopping, name) == getattr(theirs.stopping, name), name


def test_an_adaptive_rate_is_cut_until_it_is_small_before_the_training_ends() -> None:
    found = job(**STOPS["adaptive"])
    state, rates = ended(compiled(found))
    assert state.stopping is not None
    assert state.stopping.cuts == state.stopping.most_cuts == 8  # 0.3 · 0.2⁸ < 1e-6 < 0.3 · 0.2⁷
    seen = sorted(set(rates), reverse=True)
    np.testing.assert_allclose(seen, 0.3 * 0.2 ** np.arange(len(seen)), rtol=1e-12)
    assert len(seen) > 3


def test_a_tolerance_of_nothing_lets_a_loss_stay_and_none_does_not() -> None:
    losses = (3.0, 2.0, 2.0, 2.0)
    waited = {}
    for tolerance in (None, 0.0, 0.5):
        stopping = Stopping(patience=9, tolerance=tolerance)
        for loss in losses:
            stopping = stopping.after(loss, None, 0)
        waited[tolerance] = stopping.waited
    assert waited == {None: 2, 0.0: 0, 0.5: 2}


def test_the_order_of_the_data_is_kept_where_nothing_shuffles() -> None:
    batches = job(shuffle=False).batches
    assert [batches.rows(step).tolist() for step in range(3, 6)] == [
        [0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10],
    ]  # fmt: skip
    assert batches.order(1).tolist() != job().batches.order(1).tolist()


def test_a_penalty_is_a_weight_decay_of_its_share_for_each_example() -> None:
    network, rates = Network([3, 4, 3], TASKS["classes"][0]), {"rate": 0.3}
    shared = job_of(network, Learning(*TASKS["classes"][1:], "momentum", constants=rates),
                    examples=12, penalty=0.8)  # fmt: skip
    plain = job_of(network, Learning("cross_entropy", "momentum",
                   constants={**rates, "weight_decay": 0.2}), examples=12)  # fmt: skip
    one, other = (compiled(each).advance(state_of(compiled(each)), each.steps)
                  for each in (shared, plain))  # fmt: skip
    assert one.state.parameters.vector.tobytes() == other.state.parameters.vector.tobytes()
    assert (one.epochs.loss > other.epochs.loss).all()


def test_the_kernels_know_where_weight_decay_stands_among_the_constants() -> None:
    from clearprop.engine.kernels.names import WEIGHT_DECAY
    from clearprop.engine.rules import CONSTANT_PLACES

    assert CONSTANT_PLACES["weight_decay"] == WEIGHT_DECAY


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (
            {"stop_on": "the weather"},
            (
                "unknown thing to stop on 'the weather'. Known: validation loss, validation score,"
                " training loss"
            ),
        ),
        ({"tolerance": -1}, "tolerance must be a number of at least 0, not -1"),
        ({"penalty": float("nan")}, "penalty must be a number of at least 0, not nan"),
        (
            {"penalty": 1, "learning": Learning(constants={"weight_decay": 0.1})},
            "a penalty is a weight decay that a batch's examples share; give one of the two",
        ),
        (
            {"schedule": "adaptive"},
            (
                "an adaptive rate is cut where early stopping would end the training; add early"
                " stopping, or take another schedule"
            ),
        ),
        (
            {"schedule": "inverse", "decay_power": -1},
            "decay power must be a number of at least 0, not -1",
        ),
    ],
)
def test_settings_out_of_their_range_are_refused(options: dict[str, Any], sentence: str) -> None:
    with pytest.raises((SettingError, UnknownName)) as error:
        TrainingSettings(**{"learning": Learning(), "epochs": 1, **options})
    assert str(error.value) == sentence


def test_settings_are_written_as_they_always_were_where_nothing_is_new() -> None:
    plain = TrainingSettings(Learning(), epochs=1)
    assert not {"shuffle", "penalty", "stop_on", "tolerance", "decay_power"} & plain.json().keys()
    other = TrainingSettings(Learning(), epochs=1, shuffle=False, penalty=0.5)
    assert {"shuffle": False, "penalty": 0.5}.items() <= other.json().items()
