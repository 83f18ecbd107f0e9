"""The compiled loops for any network, held to the NumPy reference."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

import clearprop as cp
from clearprop.data import memory
from clearprop.errors import DataError
from clearprop.formulas.activations import ACTIVATIONS
from clearprop.formulas.losses import LOSSES
from clearprop.formulas.optimizers import OPTIMIZERS
from clearprop.network.learning import Learning
from clearprop.network.network import Network
from clearprop.runs import making
from clearprop.training import compiled as compiled_module
from clearprop.training.engine import Advance, Engine
from clearprop.training.job import Job
from clearprop.training.reference import ReferenceEngine
from engine.trainings import compiled, job_of, jobs, outputs_for, start_of, state_of, with_batches

WEIGHTS = np.array([0.5, 2, 0, 1, 1, 3, 0.1, 1, 1, 0, 2])
OPTIONS: dict[str, dict[str, Any]] = {
    "none": {},
    "step": {"schedule": "step", "decay_factor": 0.5, "decay_every": 2},
    "exponential": {"schedule": "exponential"},
    "cosine": {"schedule": "cosine"},
    "warm-up": {"warmup": 2},
    "clipping": {"clip_norm": 0.1},
    "dropout": {"dropout": 0.3},
    "weights": {"weights": WEIGHTS},
    "early stopping": {"early_stopping": True, "patience": 1},
    "all": {
        "schedule": "cosine", "warmup": 1, "clip_norm": 0.2, "dropout": 0.2, "weights": WEIGHTS,
        "early_stopping": True,
    },
}  # fmt: skip
# activations of the hidden layer × losses with an output layer that they take
RULES = [
    *((name, "tanh", "half_squared_error") for name in ACTIVATIONS),
    *(("tanh", outputs_for(loss), loss) for loss in LOSSES),
    ("tanh", "softmax", "squared_error"),
    ("tanh", "sigmoid", "binary_cross_entropy"),
    ("relu", "softmax", "cross_entropy"),
]


def whole(engine: Engine, steps: int | None = None) -> Advance:
    return engine.advance(state_of(engine), engine.job.steps if steps is None else steps)


def assert_same_bits(one: Advance, other: Advance) -> None:
    assert one.broke == other.broke
    assert one.state.step == other.state.step
    assert one.state.loss_sum == other.state.loss_sum
    assert np.array_equal(one.state.parameters.vector, other.state.parameters.vector)
    for name, vector in one.state.optimizer.vectors.items():
        assert np.array_equal(vector, other.state.optimizer.vectors[name])
    assert one.state.optimizer.shared == other.state.optimizer.shared
    for name in ("loss", "held_out", "score"):
        mine, theirs = getattr(one.epochs, name), getattr(other.epochs, name)
        assert np.array_equal(mine, theirs, equal_nan=True), name
    if one.state.stopping is not None:
        assert other.state.stopping is not None
        assert one.state.stopping.best_loss == other.state.stopping.best_loss
        assert one.state.stopping.best_step == other.state.stopping.best_step
        assert one.state.stopping.waited == other.state.stopping.waited


def learning_of(loss: str, optimizer: str = "momentum", **more: Any) -> Learning:
    return Learning(loss, optimizer, constants={"rate": 0.05, "weight_decay": 0.01}, **more)


# --- strict: the very bits -----------------------------------------------------------------------


@pytest.mark.parametrize(("hidden", "outputs", "loss"), RULES)
def test_every_activation_and_loss_gives_the_bits_of_the_reference(
    hidden: str, outputs: str, loss: str
) -> None:
    job = job_of(Network([3, 5, 2], [hidden, outputs]), learning_of(loss))
    assert_same_bits(whole(compiled(job)), whole(ReferenceEngine(job, "strict")))


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("option", OPTIONS)
def test_every_optimizer_and_option_gives_the_bits_of_the_reference(
    option: str, optimizer: str, reduction: str
) -> None:
    learning = learning_of("cross_entropy", optimizer, reduction=reduction)
    job = job_of(Network([3, 5, 4, 2], ["tanh", "sigmoid", "softmax"]), learning, **OPTIONS[option])
    assert_same_bits(whole(compiled(job)), whole(ReferenceEngine(job, "strict")))


@settings(max_examples=60, deadline=None)
@given(jobs())
def test_random_trainings_give_the_bits_of_the_reference(job: Job) -> None:
    assert_same_bits(whole(compiled(job)), whole(ReferenceEngine(job, "strict")))


def test_ten_thousand_steps_give_the_bits_of_the_reference() -> None:
    learning = learning_of("binary_cross_entropy", "adam")
    job = job_of(Network([2, 4, 1], ["tanh", "sigmoid"]), learning, examples=4, epochs=10_000)
    assert_same_bits(whole(compiled(job)), whole(ReferenceEngine(job, "strict")))


# --- fast: to tolerance --------------------------------------------------------------------------


@pytest.mark.parametrize(("dtype", "bound"), [("float64", 1e-12), ("float32", 5e-5)])
@pytest.mark.parametrize(("hidden", "outputs", "loss"), RULES)
def test_fast_arithmetic_keeps_to_the_reference(
    hidden: str, outputs: str, loss: str, dtype: str, bound: float
) -> None:
    job = job_of(Network([3, 5, 2], [hidden, outputs]), learning_of(loss), dtype=dtype)
    mine, theirs = whole(compiled(job, "fast")), whole(ReferenceEngine(job, "fast"))
    vector = theirs.state.parameters.vector
    assert mine.state.parameters.vector.dtype == dtype
    assert np.abs(mine.state.parameters.vector - vector).max() <= bound * np.abs(vector).max()
    assert np.allclose(mine.epochs.loss, theirs.epochs.loss, rtol=bound * 10)
    assert np.allclose(mine.epochs.held_out, theirs.epochs.held_out, rtol=bound * 10)


@pytest.mark.parametrize("size", [1, 64, 80])
@pytest.mark.parametrize("layers", [(40, 50, 10), (200, 1, 20), (90, 60, 10)])
def test_products_of_the_blas_library_keep_to_the_reference(
    size: int, layers: tuple[int, ...]
) -> None:
    job = job_of(Network(layers, ["tanh", "softmax"]), learning_of("cross_entropy"),
                 examples=80, size=size, epochs=1)  # fmt: skip
    mine, theirs = whole(compiled(job, "fast")), whole(ReferenceEngine(job, "fast"))
    difference = mine.state.parameters.vector - theirs.state.parameters.vector
    assert np.abs(difference).max() < 1e-11


def test_fast_arithmetic_gives_the_same_bits_again() -> None:
    job = job_of(Network([30, 40, 3], ["tanh", "softmax"]), learning_of("cross_entropy", "adam"),
                 examples=100, size=32)  # fmt: skip
    assert_same_bits(whole(compiled(job, "fast")), whole(compiled(job, "fast")))


# --- nothing depends on how the work is parted ---------------------------------------------------


@pytest.mark.parametrize("arithmetic", ["strict", "fast"])
def test_the_result_does_not_depend_on_how_the_steps_are_parted_into_calls(arithmetic: str) -> None:
    job = job_of(Network([3, 5, 2], ["tanh", "softmax"]), learning_of("cross_entropy", "adam"),
                 schedule="cosine", dropout=0.2, early_stopping=True)  # fmt: skip
    engine = compiled(job, arithmetic)
    together, parted, losses = whole(engine), state_of(engine), list[float]()
    for until in (1, 2, 5, 6, 11, job.steps):
        advance = engine.advance(parted, until)
        parted = advance.state
        losses += advance.epochs.loss.tolist()
    assert np.array_equal(parted.parameters.vector, together.state.parameters.vector)
    assert losses == together.epochs.loss.tolist()


def test_the_result_does_not_depend_on_how_many_rows_are_looked_at_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    job = job_of(Network([3, 5, 2], ["tanh", "softmax"]), learning_of("cross_entropy"), size=2)
    usual = whole(compiled(job))
    monkeypatch.setattr(compiled_module, "LOOK_ROWS", 3)
    assert_same_bits(usual, whole(compiled(job)))


# --- every option counts -------------------------------------------------------------------------

BASE: dict[str, Any] = {
    "schedule": "step", "decay_factor": 0.5, "decay_every": 2, "warmup": 1, "clip_norm": 0.1,
    "dropout": 0.3, "weights": WEIGHTS, "size": 4,
}  # fmt: skip
CHANGES: dict[str, dict[str, Any]] = {
    "schedule": {"schedule": "cosine", "decay_factor": None, "decay_every": None},
    "decay factor": {"decay_factor": 0.4},
    "decay every": {"decay_every": 1},
    "warm-up": {"warmup": 2},
    "clip norm": {"clip_norm": 0.09},
    "dropout": {"dropout": 0.31, "seed": 0},
    "sample weights": {"weights": WEIGHTS[::-1].copy()},
    "batch size": {"size": 3},
}
LEARNINGS: dict[str, tuple[str, dict[str, float]]] = {
    "rate": ("adam", {"rate": 0.06}),
    "weight decay": ("adam", {"weight_decay": 0.02}),
    "beta1": ("adam", {"beta1": 0.8}),
    "beta2": ("adam", {"beta2": 0.9}),
    "epsilon": ("adam", {"epsilon": 1e-3}),
    "rho": ("rmsprop", {"rho": 0.9}),
    "momentum": ("momentum", {"momentum": 0.5}),
    "decoupled decay": ("adamw", {"weight_decay": 0.02}),
}


@pytest.mark.parametrize("change", CHANGES)
def test_another_value_of_any_option_trains_another_network(change: str) -> None:
    network, learning = Network([3, 5, 2], ["tanh", "softmax"]), learning_of("cross_entropy")
    one = whole(compiled(job_of(network, learning, **BASE)))
    other = whole(compiled(job_of(network, learning, **{**BASE, **CHANGES[change]})))
    assert not np.array_equal(one.state.parameters.vector, other.state.parameters.vector)


@pytest.mark.parametrize("name", LEARNINGS)
def test_another_value_of_any_constant_trains_another_network(name: str) -> None:
    optimizer, change = LEARNINGS[name]
    network, constants = Network([3, 5, 2], ["tanh", "softmax"]), {"rate": 0.05}
    one, other = (
        whole(compiled(job_of(network, Learning("cross_entropy", optimizer, constants=c))))
        for c in (constants, constants | change)
    )
    assert not np.array_equal(one.state.parameters.vector, other.state.parameters.vector)


@pytest.mark.parametrize(
    ("activation", "loss", "constant"),
    [("leaky_relu", "huber", "leaky_relu_slope"), ("elu", "huber", "elu_alpha"),
     ("tanh", "huber", "huber_delta")],
)  # fmt: skip
def test_another_value_of_a_rules_constant_trains_another_network(
    activation: str, loss: str, constant: str
) -> None:
    found = []
    for value in (0.3, 0.4):
        of_shape = {constant: value} if constant != "huber_delta" else {}
        network = Network([3, 5, 2], [activation, "identity"], constants=of_shape)
        own = {} if of_shape else {constant: value}
        learning = Learning(loss, constants={"rate": 0.1, **own})
        found.append(whole(compiled(job_of(network, learning))).state.parameters.vector)
    assert not np.array_equal(*found)


def test_frozen_parameters_keep_their_bits() -> None:
    learning = learning_of("cross_entropy", "adam", frozen=("biases", "W1[0,1]"))
    job = job_of(Network([3, 5, 2], ["tanh", "softmax"]), learning)
    before, after = start_of(job), whole(compiled(job)).state.parameters
    assert after.weights[0][0, 1] == before.weights[0][0, 1]
    assert np.array_equal(after.biases[0], before.biases[0])
    assert (after.weights[0] != before.weights[0]).sum() == before.weights[0].size - 1


# --- the edges -----------------------------------------------------------------------------------


@pytest.mark.parametrize("rate", [1e3, 1e100, 1e300])
def test_the_step_that_breaks_is_the_references_and_is_not_kept(rate: float) -> None:
    learning = Learning("squared_error", "momentum", constants={"rate": rate})
    job = job_of(Network([3, 5, 2], ["relu", "identity"]), learning, epochs=400)
    mine, theirs = whole(compiled(job)), whole(ReferenceEngine(job, "strict"))
    assert mine.broke
    assert_same_bits(mine, theirs)


def test_a_parameter_that_breaks_without_the_loss_is_noticed() -> None:
    learning = Learning("half_squared_error", "gradient_descent", constants={"rate": 1e308})
    job = job_of(Network([2, 3, 1], ["sigmoid", "sigmoid"]), learning, examples=4, epochs=50)
    job = with_batches(job, x=job.batches.x * 1e3, y=job.batches.y * 1e3)
    mine, theirs = whole(compiled(job)), whole(ReferenceEngine(job, "strict"))
    assert_same_bits(mine, theirs)


def test_denormal_numbers_keep_their_bits() -> None:
    learning = Learning("squared_error", constants={"rate": 0.1})
    job = job_of(Network([3, 4, 2], ["identity", "identity"], biases=False), learning)
    job = with_batches(job, x=job.batches.x * 1e-310)
    assert_same_bits(whole(compiled(job)), whole(ReferenceEngine(job, "strict")))


@pytest.mark.parametrize(("layers", "examples", "size"), [((1, 1, 1), 1, 1), ((2, 1), 3, 100),
                                                          ((1, 1), 5, 2)])  # fmt: skip
def test_one_unit_one_example_and_batches_larger_than_the_data(
    layers: tuple[int, ...], examples: int, size: int
) -> None:
    network = Network(layers, "sigmoid")
    job = job_of(network, learning_of("squared_error"), examples=examples, size=size)
    assert_same_bits(whole(compiled(job)), whole(ReferenceEngine(job, "strict")))


def test_a_layer_of_ten_thousand_units() -> None:
    job = job_of(Network([3, 10_000, 2], ["relu", "softmax"]), learning_of("cross_entropy"))
    mine, theirs = whole(compiled(job, "fast"), 5), whole(ReferenceEngine(job, "fast"), 5)
    assert np.allclose(mine.state.parameters.vector, theirs.state.parameters.vector, atol=1e-12)


@pytest.mark.parametrize("form", ["not contiguous", "read-only", "float16", "int64"])
def test_examples_of_any_layout_and_type_are_taken(form: str) -> None:
    network, learning = Network([3, 5, 2], ["tanh", "identity"]), learning_of("squared_error")
    job = job_of(network, learning)
    x = np.round(job.batches.x * 4)
    plain = whole(compiled(with_batches(job, x=x)))
    changed = {
        "not contiguous": np.asfortranarray(x)[:, ::1],
        "read-only": x.copy(),
        "float16": x.astype(np.float16),
        "int64": x.astype(np.int64),
    }[form]
    changed.flags.writeable = form != "read-only"
    assert_same_bits(plain, whole(compiled(with_batches(job, x=changed))))


def test_what_goes_in_is_left_as_it_is() -> None:
    job = job_of(Network([3, 5, 2], ["tanh", "softmax"]), learning_of("cross_entropy", "adam"))
    engine = compiled(job)
    state = state_of(engine)
    vector, moments = state.parameters.vector.copy(), state.optimizer.vectors["m"].copy()
    engine.advance(state, 7)
    assert np.array_equal(state.parameters.vector, vector)
    assert np.array_equal(state.optimizer.vectors["m"], moments)


def test_memory_that_would_not_suffice_is_said_before_any_work(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(memory, "available_bytes", lambda: 1000)
    job = job_of(Network([3, 50, 2], ["tanh", "softmax"]), learning_of("cross_entropy"))
    with pytest.raises(DataError) as refused:
        whole(compiled(job))
    assert str(refused.value) == (
        "training this network with batches of this size needs about 27.2 kB of memory, but only"
        " 1.0 kB are free; take fewer units or smaller batches, or a machine with more memory"
    )


@pytest.mark.parametrize("engine", ["auto", "reference", "generic"])
def test_memory_that_would_not_suffice_is_said_before_a_weight_is_drawn(
    monkeypatch: pytest.MonkeyPatch, engine: str
) -> None:
    monkeypatch.setattr(memory, "available_bytes", lambda: 2_000_000)
    monkeypatch.setattr(making, "start", None)
    options = {"hidden": [300, 300], "epochs": 1}
    for call in (lambda: cp.train("xor", engine=engine, **options),
                 lambda: cp.sweep("xor", seeds=2, **options)):  # fmt: skip
        with pytest.raises(DataError) as refused:
            call()
        assert str(refused.value) == (
            "training this network with batches of this size needs about 5.9 MB of memory, but only"
            " 2.0 MB are free; take fewer units or smaller batches, or a machine with more memory"
        )


def test_early_stopping_ends_where_the_reference_ends() -> None:
    learning = Learning("cross_entropy", "adam", constants={"rate": 0.5})
    job = job_of(Network([3, 8, 2], ["tanh", "softmax"]), learning, epochs=300,
                 early_stopping=True, patience=4)  # fmt: skip
    job = replace(job, watched=(job.batches.x[:3], 1 - job.batches.y[:3]))
    mine, theirs = whole(compiled(job)), whole(ReferenceEngine(job, "strict"))
    assert mine.state.is_over
    assert mine.state.step < job.steps
    assert_same_bits(mine, theirs)
    assert mine.state.stopping is not None
    assert theirs.state.stopping is not None
    assert mine.state.stopping.best is not None
    assert theirs.state.stopping.best is not None
    best = theirs.state.stopping.best.vector
    assert np.array_equal(mine.state.stopping.best.vector, best)
