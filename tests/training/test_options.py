"""The options of a training in the reference engine: against PyTorch, and each with its effect."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import clearprop.api as cp
from clearprop.backprop.draws import dropout_mask
from clearprop.network.initializers import initialize
from clearprop.network.learning import Learning
from clearprop.network.network import Network
from clearprop.network.parameters import Parameters
from clearprop.training.batches import Batches
from clearprop.training.engine import Advance
from clearprop.training.job import Job
from clearprop.training.reference import ReferenceEngine
from clearprop.training.settings import TrainingSettings

NETWORK = Network([3, 5, 4, 2], ["tanh", "sigmoid", "softmax"])
EXAMPLES, SIZE, PER_EPOCH, EPOCHS = 11, 4, 3, 6
WEIGHTS = np.array([0.5, 2, 0, 1, 1, 3, 0.1, 1, 1, 0, 2])
OPTIONS: dict[str, dict[str, Any]] = {
    "step": {"schedule": "step", "decay_factor": 0.5, "decay_every": 2},
    "exponential": {"schedule": "exponential"},
    "cosine": {"schedule": "cosine"},
    "warm-up": {"warmup": 2},
    "clipping": {"clip_norm": 0.1},
    "dropout": {"dropout": 0.3},
    "weights": {"weights": WEIGHTS},
    "another factor": {"schedule": "step", "decay_factor": 0.25, "decay_every": 2},
    "another fall": {"schedule": "step", "decay_factor": 0.5, "decay_every": 1},
    "another decay": {"schedule": "exponential", "decay_factor": 0.6},
    "longer warm-up": {"warmup": 3},
    "shorter gradients": {"clip_norm": 0.05},
    "more dropout": {"dropout": 0.6},
    "other weights": {"weights": WEIGHTS[::-1].copy()},
    "all": {
        "schedule": "cosine", "warmup": 1, "clip_norm": 0.2, "dropout": 0.2, "weights": WEIGHTS,
    },
}  # fmt: skip


def engine(
    optimizer: str = "adam",
    dtype: str = "float64",
    arithmetic: str = "strict",
    reduction: str = "mean",
    weights: np.ndarray | None = None,
    **options: Any,
) -> ReferenceEngine:
    generator = np.random.default_rng(1)
    x = generator.normal(size=(EXAMPLES, 3)).astype(dtype)
    y = np.eye(2)[generator.integers(0, 2, EXAMPLES)].astype(dtype)
    given = None if weights is None else weights.astype(dtype)
    constants = {"rate": 0.05, "weight_decay": 0.01}
    learning = Learning("cross_entropy", optimizer, reduction, constants)
    chosen = TrainingSettings(
        learning, EPOCHS, hidden=(5, 4), batch_size=SIZE, seed=3, dtype=dtype, **options
    )
    return ReferenceEngine(Job(NETWORK, chosen, Batches(x, y, SIZE, 3, given)), arithmetic)


def start(dtype: str = "float64") -> Parameters:
    drawn = initialize(NETWORK)
    return drawn.with_vector(drawn.vector.astype(dtype))


def trained(found: ReferenceEngine, *untils: int) -> Advance:
    dtype = found.job.settings.dtype
    advance = None
    state = found.first_state(start(dtype))
    for until in untils or (EPOCHS * PER_EPOCH,):
        advance = found.advance(state, until)
        state = advance.state
    assert advance is not None
    return advance


# --- against PyTorch -----------------------------------------------------------------------------


def steps_of_torch(found: ReferenceEngine) -> tuple[np.ndarray, list[float]]:
    """Train by PyTorch's own functions; the masks of dropout are multiplied in by hand."""
    torch = pytest.importorskip("torch")
    job, chosen, learning = found.job, found.job.settings, found.job.learning
    first = start()
    pairs = zip(first.weights, first.biases, strict=True)
    tensors = [torch.tensor(array.copy(), requires_grad=True) for pair in pairs for array in pair]
    groups = [
        {"params": tensors[0::2], "weight_decay": 0.01},
        {"params": tensors[1::2], "weight_decay": 0.0},
    ]
    optimizer = {
        "gradient_descent": torch.optim.SGD,
        "rmsprop": torch.optim.RMSprop,
        "adam": torch.optim.Adam,
        "adamw": torch.optim.AdamW,
    }[learning.optimizer](groups, lr=0.05)
    share = {
        "cosine": lambda step: 0.5 * (1 + np.cos(np.pi * step / (EPOCHS * PER_EPOCH))),
        "step": lambda step: chosen.decay_factor ** (step // PER_EPOCH // chosen.decay_every),
        "exponential": lambda step: chosen.decay_factor ** (step // PER_EPOCH),
        "constant": lambda step: 1.0,
    }[chosen.schedule]
    warm = chosen.warmup * PER_EPOCH
    rates = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: share(step) * (min(1, (step + 1) / warm) if warm else 1)
    )
    losses = []
    for step in range(EPOCHS * PER_EPOCH):
        rows = job.batches.rows(step)
        a = torch.tensor(job.batches.x[rows])
        for layer, g in ((1, torch.tanh), (2, torch.sigmoid)):
            a = g(torch.nn.functional.linear(a, tensors[2 * layer - 2], tensors[2 * layer - 1]))
            shape = (len(rows), NETWORK.layers[layer])
            a = a * torch.tensor(dropout_mask(3, step, layer, shape, chosen.dropout))
        z = torch.nn.functional.linear(a, tensors[4], tensors[5])
        y = torch.tensor(job.batches.y[rows])
        each = torch.nn.functional.cross_entropy(z, y, reduction="none")
        given = job.batches.weights
        c = torch.ones(len(rows)).double() if given is None else torch.tensor(given[rows])
        loss = (c * each).sum()
        if learning.reduction == "mean":
            loss = loss / c.sum()
        optimizer.zero_grad()
        loss.backward()
        if chosen.clip_norm is not None:
            norm = torch.cat([t.grad.reshape(-1) for t in tensors]).norm()
            for t in tensors:
                t.grad *= min(1.0, chosen.clip_norm / norm.item())
        optimizer.step()
        rates.step()
        losses.append(loss.item())
    return torch.cat([t.detach().reshape(-1) for t in tensors]).numpy(), losses


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("optimizer", ["gradient_descent", "rmsprop", "adam", "adamw"])
@pytest.mark.parametrize("name", [*list(OPTIONS)[:7], "all"])
def test_training_with_an_option_is_pytorchs(name: str, optimizer: str, reduction: str) -> None:
    found = engine(optimizer, reduction=reduction, **OPTIONS[name])
    expected, losses = steps_of_torch(found)
    advance = trained(found)
    vector = advance.state.parameters.vector
    np.testing.assert_allclose(vector, expected, rtol=0, atol=1e-8 * np.abs(expected).max())
    sizes = np.array([4, 4, 3] if reduction == "mean" else [1, 1, 1])
    by_epoch = (np.array(losses).reshape(EPOCHS, 3) * sizes).sum(axis=1) / EXAMPLES
    np.testing.assert_allclose(advance.epochs.loss, by_epoch, rtol=1e-8)


# --- effects -------------------------------------------------------------------------------------


@pytest.mark.parametrize("arithmetic", ["strict", "fast"])
def test_every_option_changes_what_is_learnt(arithmetic: str) -> None:
    found = {"none": trained(engine(arithmetic=arithmetic)).state.parameters.vector.tobytes()}
    for name, options in OPTIONS.items():
        vector = trained(engine(arithmetic=arithmetic, **options)).state.parameters.vector
        assert np.isfinite(vector).all()
        found[name] = vector.tobytes()
    assert len(set(found.values())) == len(found)


@pytest.mark.parametrize("optimizer", ["gradient_descent", "momentum", "nesterov", "adam", "adamw"])
def test_options_that_change_nothing_leave_the_bits(optimizer: str) -> None:
    plain = trained(engine(optimizer)).state.parameters.vector
    for options in (
        {"weights": np.ones(EXAMPLES)},
        {"clip_norm": 1e9},
        {"schedule": "exponential", "decay_factor": 1},
        {"schedule": "step", "decay_every": EPOCHS},
        {"dropout": 1e-300},
    ):
        vector = trained(engine(optimizer, **options)).state.parameters.vector
        assert np.array_equal(vector, plain), options


@given(
    st.sampled_from(list(OPTIONS)),
    st.lists(st.integers(1, EPOCHS * PER_EPOCH - 1), max_size=4, unique=True).map(sorted),
)
@settings(max_examples=15, deadline=None)
def test_options_do_not_depend_on_how_the_steps_are_parted_into_calls(
    name: str, untils: list[int]
) -> None:
    found = engine("momentum", **OPTIONS[name])
    whole, parted = trained(found), trained(found, *untils, EPOCHS * PER_EPOCH)
    assert np.array_equal(whole.state.parameters.vector, parted.state.parameters.vector)


@pytest.mark.parametrize("name", OPTIONS)
@pytest.mark.parametrize("arithmetic", ["strict", "fast"])
def test_options_stay_in_the_dtype_of_the_parameters(name: str, arithmetic: str) -> None:
    single = trained(engine("adam", "float32", arithmetic, **OPTIONS[name])).state
    assert single.parameters.vector.dtype == np.float32
    assert {vector.dtype for vector in single.optimizer.vectors.values()} == {np.dtype("float32")}
    double = trained(engine("adam", "float64", arithmetic, **OPTIONS[name])).state
    np.testing.assert_allclose(single.parameters.vector, double.parameters.vector, atol=1e-3)


def test_strict_and_fast_agree_with_every_option() -> None:
    for name, options in OPTIONS.items():
        strict, fast = (
            trained(engine(arithmetic=arithmetic, **options)).state.parameters.vector
            for arithmetic in ("strict", "fast")
        )
        np.testing.assert_allclose(fast, strict, rtol=0, atol=1e-9, err_msg=name)


def test_frozen_parameters_stay_under_every_option() -> None:
    found = engine(**OPTIONS["all"])
    learning = replace(found.job.learning, frozen=("biases",))
    job = replace(found.job, settings=replace(found.job.settings, learning=learning))
    parameters = trained(ReferenceEngine(job, "strict")).state.parameters
    assert all((b == 0).all() for b in parameters.biases if b is not None)


# --- through the door ----------------------------------------------------------------------------


def test_every_option_of_train_changes_the_run() -> None:
    generator = np.random.default_rng(0)
    x = generator.normal(size=(60, 3))
    y = np.where(x[:, 0] + 0.3 * generator.normal(size=60) > 0, "a", "b")
    options: list[dict[str, Any]] = [
        {},
        {"schedule": "step", "decay_every": 2},
        {"schedule": "exponential"},
        {"schedule": "cosine"},
        {"warmup": 2},
        {"clip_norm": 0.01},
        {"dropout": 0.5},
        {"sample_weight": generator.uniform(size=60)},
        {"reduction": "sum"},
        {"initializer": "lecun_normal"},
        {"frozen": ["biases"]},
    ]
    found = {
        cp.train((x, y), hidden=[4], epochs=5, **given).parameters.vector.tobytes()
        for given in options
    }
    assert len(found) == len(options)


def test_held_out_figures_are_without_dropout_and_weights() -> None:
    generator = np.random.default_rng(0)
    x = generator.normal(size=(60, 3))
    weights = generator.uniform(size=60)
    run = cp.train((x, x[:, 0]), epochs=3, dropout=0.5, sample_weight=weights)
    last = run.history["held_out_loss"][-1]
    assert last == run.scores["test"]["loss"] == run.evaluate().loss


def test_the_same_seed_has_the_same_masks() -> None:
    first, again, other = (
        cp.train("xor", hidden=[8], epochs=30, dropout=0.5, seed=seed).parameters.vector
        for seed in (1, 1, 2)
    )
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
