"""Lanes are held to the strict reference, bit for bit: as plain Python, and compiled."""

from dataclasses import replace

import numpy as np
import pytest

from clearprop.backprop.products import STRICT_PRODUCTS
from clearprop.engine import lanes
from clearprop.engine.lanes import LaneProgram
from clearprop.formulas.activations import ACTIVATIONS
from clearprop.formulas.optimizers import OPTIMIZERS
from clearprop.network.initializers import INITIALIZERS, initialize
from clearprop.network.learning import Learning
from clearprop.network.network import Network
from clearprop.sweeps.in_lanes import LanePiece, LaneWork, fits
from clearprop.sweeps.outcomes import no_outcomes
from clearprop.sweeps.planning import planned_sweep
from clearprop.sweeps.starts import starts
from clearprop.training.batches import Batches
from clearprop.training.choices import Wishes
from clearprop.training.job import Job
from clearprop.training.reference import ReferenceEngine
from clearprop.training.scoring import passes
from sweeps.plain_lanes import in_plain_python

X = np.array([[0.0, 0.5], [1.0, -1.0], [0.3, 2.0], [-1.2, 0.1], [0.9, 0.9]])
TWO = ["a", "b", "a", "b", "b"]
THREE = ["a", "b", "c", "a", "c"]
NUMBERS = [0.5, 1.25, -0.75, 2.5, 0.1]
EPOCHS = 6


def sweep_plan(y=TWO, seeds="7:10", strict=True, goal=None, grid=None, **wishes):
    given = {"hidden": (2,), "epochs": EPOCHS, "test_size": 0.0, "rate": 0.3, **wishes}
    if grid and "rates" in grid:
        del given["rate"]
    asked = Wishes(**given, arithmetic="strict" if strict else "auto")
    kind = "numbers" if y is NUMBERS else "classes"
    goal = 0.5 if y is NUMBERS and goal is None else goal
    return planned_sweep((X, y), asked, seeds=seeds, kind=kind, goal=goal, threads=1, **grid or {})


def trained_in_lanes(plan):
    """Return the parameters of all networks, shape (cells x seeds, P), and their outcomes."""
    outcomes = no_outcomes(plan.networks)
    work = LaneWork(plan, tuple(range(len(plan.cells))), outcomes)
    assert fits(plan, 0)
    vectors = []
    for piece in work.pieces():
        piece(lambda: False, lambda amount: None)
        again: LanePiece = piece.__self__
        blocks, shared = again.blocks(), again.shared()
        again.call(blocks, shared, 0, plan.settings.epochs, True)
        places = [work.program.row(p) for p in lanes.in_vector(work.program.network)]
        found = blocks[:, places].transpose(0, 2, 1).reshape(-1, len(places))
        vectors.append(found[: len(again.rows)])
    return np.concatenate(vectors), outcomes


def trained_by_reference(plan, arithmetic="strict"):
    """Return the same, network after network, by the reference."""
    vectors, firsts, losses = [], [], []
    x, y = plan.examples.part("train", plan.settings.dtype)
    for cell in plan.cells:
        for seed in plan.seeds:
            settings = replace(cell.settings, seed=seed)
            batches = Batches(x, y, settings.batch_size, seed)
            job = Job(cell.network, settings, batches, (x, y), plan.table.kind)
            engine = ReferenceEngine(job, arithmetic)
            drawn = initialize(cell.network, settings.initializer, seed)
            state = engine.first_state(drawn.with_vector(drawn.vector.astype(settings.dtype)))
            first = np.inf
            for epoch in range(settings.epochs + 1):
                state = engine.advance(state, epoch * batches.per_epoch).state
                if has_converged(plan, state.parameters, engine):
                    first = min(first, epoch)
            vectors.append(state.parameters.vector)
            firsts.append(first)
            losses.append(engine.look(state.parameters).loss)
    return np.array(vectors), firsts, losses


def has_converged(plan, parameters, engine):
    if plan.goal.by_loss:
        return engine.look(parameters).loss <= plan.goal.limit
    x, y = engine.job.watched
    outputs = [f.outputs for f, _ in passes(parameters, x, y, STRICT_PRODUCTS)]
    return (np.abs(y - np.concatenate(outputs)) < plan.goal.limit).all()


def check_bits(plan):
    vectors, outcomes = trained_in_lanes(plan)
    expected, firsts, losses = trained_by_reference(plan)
    np.testing.assert_array_equal(vectors, expected)
    np.testing.assert_array_equal(outcomes.first, firsts)
    np.testing.assert_array_equal(outcomes.loss, losses)
    assert outcomes.finished.all()
    assert not outcomes.diverged.any()


SETTINGS = {
    **{f"{name} hidden units": {"activation": name} for name in ACTIVATIONS},
    **{f"optimizer {name}": {"optimizer": name, "rate": 0.05} for name in OPTIMIZERS},
    **{f"{name} with weight decay": {"optimizer": name, "rate": 0.05, "weight_decay": 0.1}
       for name in ("momentum", "adam", "adamw")},
    **{f"batches of {size}": {"batch_size": size} for size in (1, 2, 3, 4, 5)},
    **{f"three classes, batches of {size}": {"y": THREE, "batch_size": size} for size in (2, 9)},
    **{f"loss {name}": {"y": NUMBERS, "loss": name, "rate": 0.05}
       for name in ("squared_error", "half_squared_error", "mean_squared_error",
                    "mean_absolute_error", "huber")},
    "numbers in batches": {"y": NUMBERS, "batch_size": 2, "rate": 0.05},
    "squared error of classes": {"loss": "squared_error"},
    "sum over the examples": {"reduction": "sum", "goal": 0.6, "rate": 0.05},
    "sum over batches": {"reduction": "sum", "goal": 0.6, "batch_size": 2, "rate": 0.05},
    "a goal for the loss": {"goal": 0.6},
    "a goal for the loss in batches": {"goal": 0.6, "batch_size": 3},
    "no hidden layer": {"hidden": ()},
    "two hidden layers": {"hidden": (2, 3)},
    "biases frozen": {"frozen": ("biases",)},
    "a weight frozen": {"frozen": ("w2", "b1"), "optimizer": "adam"},
    "he_normal": {"initializer": "he_normal"},
    **{f"schedule {name}": {"schedule": name, "batch_size": 2}
       for name in ("step", "exponential", "cosine")},
    "a warm-up": {"warmup": 3, "optimizer": "gradient_descent"},
    "rates": {"grid": {"rates": [0.1, 0.5]}, "optimizer": "gradient_descent"},
    "momenta": {"grid": {"momenta": [0.0, 0.5, 0.9]}, "optimizer": "nesterov"},
    "rates on a schedule": {"grid": {"rates": [0.1, 0.5]}, "schedule": "cosine", "batch_size": 3},
    "one epoch": {"epochs": 1},
}  # fmt: skip


# What several tests have in common is compiled once.
TWO_CLASSES = {"optimizer": "momentum", "loss": "squared_error"}
IN_BATCHES = {"activation": "sigmoid", "batch_size": 2}


@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS.keys())
def test_the_program_of_lanes_is_the_strict_reference_to_the_bit(settings, monkeypatch):
    in_plain_python(monkeypatch)
    check_bits(sweep_plan(**settings))


@pytest.mark.parametrize(
    "settings",
    [
        {**TWO_CLASSES, "epochs": 80},
        {"y": THREE, "batch_size": 2, "activation": "gelu", "schedule": "cosine", "epochs": 20},
    ],
    ids=["two classes", "three classes in batches"],
)
def test_compiled_lanes_are_the_strict_reference_to_the_bit(settings):
    check_bits(sweep_plan(seeds="0:20", **settings))


@pytest.mark.parametrize(
    ("settings", "tolerance"),
    [
        (IN_BATCHES, 1e-12),
        ({"y": THREE, "optimizer": "rmsprop", "rate": 0.01}, 1e-12),
        ({"activation": "sigmoid", "dtype": "float32", "optimizer": "adam", "rate": 0.01}, 2e-4),
    ],
    ids=["float64", "softmax", "float32"],
)
def test_fast_lanes_agree_with_the_reference(settings, tolerance):
    plan = sweep_plan(seeds="0:20", strict=False, **settings)
    vectors, outcomes = trained_in_lanes(plan)
    expected, firsts, losses = trained_by_reference(plan, "fast")
    np.testing.assert_allclose(vectors, expected, rtol=tolerance, atol=tolerance)
    np.testing.assert_allclose(outcomes.loss, losses, rtol=tolerance, atol=tolerance)
    np.testing.assert_array_equal(outcomes.first, firsts)


@pytest.mark.parametrize(("strict", "settings"), [(True, TWO_CLASSES), (False, IN_BATCHES)])
def test_a_network_does_not_depend_on_those_beside_it(strict, settings, monkeypatch):
    whole, of_whole = trained_in_lanes(sweep_plan(seeds="0:150", strict=strict, **settings))
    part, of_part = trained_in_lanes(sweep_plan(seeds="61:63", strict=strict, **settings))
    np.testing.assert_array_equal(whole[61:63], part)
    np.testing.assert_array_equal(of_whole.first[61:63], of_part.first)
    np.testing.assert_array_equal(of_whole.before[61:63], of_part.before)
    monkeypatch.setattr(lanes, "MOST_LANES", 16)
    fewer, _ = trained_in_lanes(sweep_plan(seeds="0:150", strict=strict, **settings))
    np.testing.assert_array_equal(whole, fewer)


def test_a_network_that_diverges_is_marked_and_disturbs_no_other():
    settings = {"y": NUMBERS, "activation": "identity", "optimizer": "gradient_descent"}
    settings = {**settings, "epochs": 400, "strict": False}
    both, outcomes = trained_in_lanes(sweep_plan(grid={"rates": [0.05, 50.0]}, **settings))
    calm, of_calm = trained_in_lanes(sweep_plan(grid={"rates": [0.05]}, **settings))
    assert outcomes.diverged.tolist() == [False] * 3 + [True] * 3
    assert not np.isfinite(both[3:]).any()
    np.testing.assert_array_equal(both[:3], calm)
    np.testing.assert_array_equal(outcomes.loss[:3], of_calm.loss)


@pytest.mark.parametrize("name", INITIALIZERS)
def test_starts_are_those_of_initialize(name):
    network = Network([3, 4, 2], ["tanh", "softmax"], biases=[True, False])
    seeds = [0, 1, 5, 17, 2**31, 2**32 - 1, *range(1000, 1100)]
    expected = [initialize(network, name, seed).vector for seed in seeds]
    np.testing.assert_array_equal(starts(network, name, seeds), expected)


def test_lanes_are_for_steps_that_can_be_written_down():
    assert lanes.fits_lanes(Network([2, 2, 1]), Learning(), 4, 32)
    assert not lanes.fits_lanes(Network([2, 2, 1]), Learning(), 100, 100)
    assert not lanes.fits_lanes(Network([8, 8, 1]), Learning(), 4, 4)


def test_a_block_lies_near_the_core():
    for size in (1, 5):
        program = LaneProgram(Network([4, 6, 2]), Learning(optimizer="adam"), 5, size)
        bytes_of_block = program.lanes * program.rows * 8
        assert bytes_of_block <= lanes.BLOCK_BYTES or program.lanes == lanes.FEWEST_LANES
