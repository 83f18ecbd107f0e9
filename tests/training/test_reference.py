"""The NumPy engine against steps taken one by one, and against its own splitting into calls."""

import numpy as np
import pytest

from clearprop.backprop.backpropagation import backward_pass, first_state, forward_pass, update
from clearprop.network.initializers import initialize
from clearprop.network.learning import Learning
from clearprop.network.network import Network
from clearprop.training.batches import Batches
from clearprop.training.job import Job
from clearprop.training.reference import ReferenceEngine
from clearprop.training.settings import TrainingSettings

NETWORK = Network([3, 4, 2], ["tanh", "softmax"])
OPTIMIZERS = ("gradient_descent", "momentum", "nesterov", "rmsprop", "adam", "adamw")


def batches(dtype: str = "float64") -> Batches:
    generator = np.random.default_rng(1)
    y = np.eye(2)[generator.integers(0, 2, 11)]
    return Batches(generator.normal(size=(11, 3)).astype(dtype), y.astype(dtype), 4, seed=3)


def engine(optimizer: str = "adam", dtype: str = "float64", **options: object) -> ReferenceEngine:
    learning = Learning("cross_entropy", optimizer, constants={"rate": 0.05}, **options)  # type: ignore[arg-type]
    settings = TrainingSettings(learning, epochs=10, hidden=(4,), batch_size=4, dtype=dtype)
    return ReferenceEngine(Job(NETWORK, settings, batches(dtype)))


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_steps_are_the_passes_of_backprop_one_after_another(optimizer: str) -> None:
    trained = engine(optimizer)
    parameters = initialize(NETWORK)
    state = first_state(parameters, trained.job.learning)
    for step in range(7):
        x, y = trained.job.batches.batch(step)
        back = backward_pass(parameters, trained.job.learning, forward_pass(parameters, x), y)
        parameters, state = update(parameters, back.gradient, trained.job.learning, state)
    found = trained.advance(trained.first_state(initialize(NETWORK)), 7)
    assert found.state.step == 7
    assert np.array_equal(found.state.parameters.vector, parameters.vector)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_the_result_does_not_depend_on_how_the_steps_are_parted_into_calls(optimizer: str) -> None:
    trained = engine(optimizer)
    start = trained.first_state(initialize(NETWORK))
    whole = trained.advance(start, 9)
    parted, losses = start, []
    for until in (1, 2, 5, 9):
        advance = trained.advance(parted, until)
        parted = advance.state
        losses += advance.epochs.loss.tolist()
    assert np.array_equal(whole.state.parameters.vector, parted.parameters.vector)
    assert len(losses) == 3
    assert whole.epochs.loss.tolist() == losses


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_training_stays_in_the_dtype_of_the_parameters(dtype: str) -> None:
    start = initialize(NETWORK)
    start = start.with_vector(start.vector.astype(dtype))
    for optimizer in OPTIMIZERS:
        trained = engine(optimizer, dtype)
        state = trained.advance(trained.first_state(start), 5).state
        assert state.parameters.vector.dtype == dtype
        assert {vector.dtype for vector in state.optimizer.vectors.values()} <= {np.dtype(dtype)}


def test_frozen_parameters_keep_their_bits() -> None:
    trained = engine(frozen=("biases", "W1[0,1]"))
    start = initialize(NETWORK)
    after = trained.advance(trained.first_state(start), 6).state.parameters
    assert after.weights[0][0, 1] == start.weights[0][0, 1]
    assert not any(after.biases[0])  # type: ignore[arg-type]
    assert (after.weights[0] != start.weights[0]).sum() == start.weights[0].size - 1


def test_a_step_that_breaks_is_not_kept() -> None:
    trained = engine("gradient_descent")
    start = initialize(NETWORK)
    huge = trained.first_state(start.with_vector(np.where(start.vector == 0, 0, 1e308)))
    advance = trained.advance(huge, 5)
    assert advance.broke
    assert advance.state is huge
    assert len(advance.epochs) == 0
