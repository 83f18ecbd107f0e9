"""The straight-line shape: the equations of a trace as a program, to the bits of the reference."""

from dataclasses import replace

import numpy as np
import pytest

from clearprop.engine.straight_line import (
    fits_straight_line,
    statement_count,
    straight_line_source,
)
from clearprop.equations.program import lines
from clearprop.equations.step import StepEquations
from clearprop.network.lesson import frozen_mask
from clearprop.network.network import Network
from clearprop.training.batches import Batches
from clearprop.training.compiled import CompiledEngine
from clearprop.training.job import Job
from clearprop.training.plain import PlainEngine
from clearprop.training.reference import ReferenceEngine
from clearprop.training.settings import TrainingSettings
from oracles.cases import FITTING, OPTIMIZERS, Case, lesson_of


def job_of(lesson, batch, watched=False, kind="numbers", **settings):
    learning = replace(lesson.learning)
    return Job(
        lesson.network,
        TrainingSettings(learning, batch_size=batch, epochs=10**6, **settings),
        Batches(lesson.x, lesson.y, batch, seed=3),
        (lesson.x, lesson.y) if watched else None,
        kind,
    )


def engines(job, arithmetic="strict"):
    """Return the compiled and the plain engine of a job."""
    size, examples = job.batches.size, job.batches.examples
    sizes = {min(size, examples), examples % size or size}
    frozen = frozen_mask(job.network, job.learning.frozen)
    given = (job.network, job.learning, sizes, frozen)
    compiled = straight_line_source(*given, arithmetic)
    plain = straight_line_source(*given, plain=True)
    return (
        CompiledEngine(job, "straight-line", compiled, arithmetic),
        PlainEngine(job, "straight-line, plain", plain, "strict"),
    )


def assert_same(one, other):
    """Assert the same bits of everything that a training carries and reports."""
    assert one.broke == other.broke
    assert one.state.step == other.state.step
    assert one.state.loss_sum == other.state.loss_sum
    np.testing.assert_array_equal(one.state.parameters.vector, other.state.parameters.vector)
    assert one.state.optimizer.shared == other.state.optimizer.shared
    for name, vector in one.state.optimizer.vectors.items():
        np.testing.assert_array_equal(vector, other.state.optimizer.vectors[name])
    for column in ("loss", "held_out", "score"):
        np.testing.assert_array_equal(
            getattr(one.epochs, column), getattr(other.epochs, column), column
        )


def assert_trains_alike(job, parameters, engine, steps):
    reference = ReferenceEngine(job, "strict")
    start = engine.first_state(parameters)
    assert_same(engine.advance(start, steps), reference.advance(start, steps))


def constants_of(optimizer, **others):
    return {"rate": 0.05, "weight_decay": 0.01, **others}


# --- strict: every rule of the tables ------------------------------------------------------------


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize(("loss", "activation"), FITTING, ids="-".join)
def test_plain_python_gives_the_bits_of_the_reference(loss, activation, reduction):
    place = FITTING.index((loss, activation)) + (reduction == "sum")
    optimizer = OPTIMIZERS[place % len(OPTIMIZERS)]
    biases = ("everywhere", "nowhere", "every second layer")[place % 3]
    case = Case(
        loss, activation, reduction, 1 + place % 3, place % 2, biases, optimizer, examples=5
    )
    lesson = lesson_of(case, constants_of(optimizer), frozen=("weights",) if place % 5 == 0 else ())
    job = job_of(lesson, batch=2, watched=True)
    assert_trains_alike(job, lesson.parameters, engines(job)[1], 40)


CHAINS = (
    ("sigmoid", "tanh", "relu", "leaky_relu", "softmax", "cross_entropy", "adam", 2),
    ("elu", "gelu", "silu", "softplus", "identity", "huber", "rmsprop", 1),
)


def of_chain(chain, examples, **constants):
    """Return a lesson of a network with a chain of activations."""
    *activations, loss, optimizer, outputs = chain
    case = Case(loss, activations[-1], "mean", outputs, 3, "everywhere", optimizer, examples)
    lesson = lesson_of(case, constants_of(optimizer, **constants))
    network = Network([2, 1, 2, 1, 1, outputs], activations)
    vector = np.random.default_rng(5).normal(size=network.parameter_count)
    return replace(lesson, parameters=type(lesson.parameters)(network, vector))


@pytest.mark.parametrize("chain", CHAINS, ids=lambda chain: chain[0])
def test_the_compiled_program_gives_the_bits_of_the_reference(chain):
    lesson = of_chain(chain, examples=3)
    job = job_of(lesson, batch=2, watched=True)
    compiled, plain = engines(job)
    assert_trains_alike(job, lesson.parameters, compiled, 301)
    assert_trains_alike(job, lesson.parameters, plain, 301)


def test_ten_thousand_epochs_of_xor_to_the_bit():
    lesson = decayed_xor(0.001)
    job = job_of(lesson, batch=4, watched=True, kind="classes", schedule="cosine")
    compiled, plain = engines(job)
    start = compiled.first_state(lesson.parameters)
    found = compiled.advance(start, 10_000)
    assert_same(found, plain.advance(start, 10_000))
    assert_same(found, ReferenceEngine(job, "strict").advance(start, 10_000))


def decayed_xor(decay):
    """Return a lesson whose program is the same for every decay: it is compiled once."""
    return xor("adamw", frozen=("b2",), weight_decay=decay)


def xor(optimizer="momentum", frozen=(), **constants):
    case = Case("squared_error", "sigmoid", "mean", 1, 1, "everywhere", optimizer, examples=4)
    lesson = lesson_of(case, {"rate": 0.1, **constants}, frozen=frozen)
    network = Network([2, 2, 1], "sigmoid")
    parameters = type(lesson.parameters)(network, np.random.default_rng(1).normal(size=9))
    inputs = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    return replace(lesson, parameters=parameters, x=inputs, y=np.array([[0.0], [1], [1], [0]]))


def test_the_steps_may_be_parted_into_any_calls():
    lesson = of_chain(CHAINS[0], examples=3)  # one of the programs compiled above
    job = job_of(lesson, batch=2, watched=True)
    for engine in engines(job):
        start = engine.first_state(lesson.parameters)
        parted = engine.advance(engine.advance(start, 7).state, 31).state
        whole = engine.advance(start, 31).state
        np.testing.assert_array_equal(parted.parameters.vector, whole.parameters.vector)
        assert parted.loss_sum == whole.loss_sum


def test_a_number_that_is_not_finite_ends_the_training_at_the_reference_s_step():
    lesson = decayed_xor(40.0)  # each step turns a weight's sign and makes it three times as large
    job = job_of(lesson, batch=4, watched=True, kind="classes")
    reference = ReferenceEngine(job, "strict")
    broken = reference.advance(reference.first_state(lesson.parameters), 2000)
    assert broken.broke
    assert broken.state.step > 300
    for engine in engines(job):
        assert_same(engine.advance(engine.first_state(lesson.parameters), 2000), broken)


# --- fast: several examples at once --------------------------------------------------------------


def in_dtype(job, parameters, dtype):
    """Return a job and its parameters in another type."""
    x, y = (values.astype(dtype) for values in (job.batches.x, job.batches.y))
    batches = replace(job.batches, x=x, y=y)
    watched = None if job.watched is None else (x, y)
    job = replace(
        job, settings=replace(job.settings, dtype=dtype), batches=batches, watched=watched
    )
    return job, type(parameters)(parameters.network, parameters.vector.astype(dtype))


@pytest.mark.parametrize(
    ("chain", "batch", "dtype", "within"),
    [(CHAINS[0], 5, "float64", 1e-11), (CHAINS[1], 4, "float32", 2e-4)],
    ids=["float64", "float32"],
)
def test_fast_arithmetic_agrees_with_the_reference(chain, batch, dtype, within):
    lesson = of_chain(chain, examples=9)
    job = job_of(lesson, batch=batch, watched=True)
    job, parameters = in_dtype(job, lesson.parameters, dtype)
    source = straight_line_source(
        job.network, job.learning, job.batches.sizes, None, "fast", dtype=dtype
    )
    assert_near(job, parameters, CompiledEngine(job, "straight-line", source, "fast"), within)


@pytest.mark.parametrize("batch", [1, 3])
def test_fast_arithmetic_in_batches_of_any_size(batch):
    lesson = xor(frozen=("w1", "b1"))
    lesson = replace(lesson, x=np.tile(lesson.x, (3, 1)), y=np.tile(lesson.y, (3, 1)))
    job = job_of(lesson, batch=batch, watched=True, kind="classes", schedule="exponential")
    frozen = frozen_mask(job.network, job.learning.frozen)
    source = straight_line_source(job.network, job.learning, job.batches.sizes, frozen, "fast")
    assert_near(job, lesson.parameters, CompiledEngine(job, "straight-line", source, "fast"), 1e-11)


def assert_near(job, parameters, engine, within):
    """Assert that 50 steps end near the reference's."""
    start = engine.first_state(parameters)
    found, reference = engine.advance(start, 50), ReferenceEngine(job, "fast").advance(start, 50)
    assert found.state.step == 50
    close = {"rtol": within, "atol": within}
    one, other = found.state, reference.state
    np.testing.assert_allclose(one.parameters.vector, other.parameters.vector, **close)
    assert one.parameters.vector.dtype == other.parameters.vector.dtype
    for name, vector in one.optimizer.vectors.items():
        np.testing.assert_allclose(vector, other.optimizer.vectors[name], **close)
    assert one.optimizer.shared == pytest.approx(other.optimizer.shared, rel=1e-12)
    assert one.loss_sum == pytest.approx(other.loss_sum, rel=within, abs=within)
    for column in ("loss", "held_out", "score"):
        np.testing.assert_allclose(
            getattr(found.epochs, column), getattr(reference.epochs, column), **close
        )


# --- its text ------------------------------------------------------------------------------------


def test_the_program_holds_the_statements_of_the_trace():
    lesson = xor()
    text = straight_line_source(lesson.network, lesson.learning, [4]).text
    assert "z_h1_at_1 = w1 * x1_at_1 + w2 * x2_at_1 + b1\n" in text
    assert "w1_new = w1 + step_w1_new\n" in text
    assert text == straight_line_source(lesson.network, lesson.learning, [4, 4]).text


def test_a_network_s_own_names_may_be_those_of_functions():
    lesson = xor()
    names = {"h1": "exp", "h2": "vector", "x1": "inputs", "x2": "float"}
    network = Network([2, 2, 1], "sigmoid", names=names)
    parameters = type(lesson.parameters)(network, lesson.parameters.vector)
    job = job_of(replace(lesson, parameters=parameters), batch=4, watched=True)
    assert_trains_alike(job, parameters, engines(job)[1], 20)


def test_a_network_s_own_names_do_not_hide_what_the_loops_call():
    network = Network([2, 2, 1], "sigmoid", names={"x1": "min", "x2": "stage", "h1": "share"})
    text = straight_line_source(network, xor().learning, [2, 1], None, "fast").text
    assert all(f"        {name}_ = " in text for name in ("min", "stage", "share"))


def test_networks_with_many_equations_are_not_offered():
    learning = xor().learning
    assert fits_straight_line(Network([2, 2, 1]), learning, [4])
    assert not fits_straight_line(Network([2, 2, 1]), learning, [40])
    assert not fits_straight_line(Network([64, 32, 10]), learning, [1])
    assert not fits_straight_line(Network([10_000, 10_000]), learning, [32])


@pytest.mark.parametrize(("loss", "activation"), FITTING, ids="-".join)
def test_every_further_example_has_as_many_equations(loss, activation):
    place = FITTING.index((loss, activation))
    optimizer = OPTIMIZERS[place % len(OPTIMIZERS)]
    reduction = ("mean", "sum")[place % 2]
    case = Case(loss, activation, reduction, 1 + place % 3, place % 3, optimizer=optimizer)
    frozen = ((), ("weights",), ("biases",))[place % 3]
    lesson = lesson_of(case, constants_of(optimizer), frozen=frozen)
    for examples in (1, 4, 6):  # two and three are counted themselves
        expected = len(lines(StepEquations(lesson.network, lesson.learning, examples)))
        assert statement_count(lesson.network, lesson.learning, examples) == expected
