"""Frames: their bytes are laid out as they say, and are what the run computes."""

from dataclasses import dataclass, replace

import numpy as np
import polars as pl
import pytest

from clearprop.studio import frames
from clearprop.studio.choices import setup
from clearprop.studio.frames import Painter
from clearprop.studio.pictures import EVERY, MIDDLE, PICTURED, SIDE
from clearprop.studio.trainer import Trainer
from clearprop.training.engine import TrainingState

XOR = {"data": "xor", "hidden": [4], "batch_size": 2, "test_size": 0}
MOONS = {"data": "moons", "hidden": [3, 2], "activation": "tanh", "seed": 1}
IRIS = {"data": "iris", "hidden": [3], "seed": 1}


@dataclass
class Read:
    """A frame, read as `frames.py` documents it."""

    head: dict
    figures: dict
    parameters: np.ndarray
    sizes: np.ndarray
    surface: np.ndarray
    units: np.ndarray


def read(content):
    names = ("format", "parameters", "layers", "side", "planes", "units", "unit_side", "flags")
    whole = np.frombuffer(content, "<i4", 12)
    head = dict(zip(names, whole.tolist(), strict=False))
    assert not whole[len(names) :].any()
    place = 48
    parts = []
    planes, units = head["planes"], head["units"]
    for kind, count in (
        ("<f8", 6),
        ("<f4", head["parameters"]),
        ("<f4", 3 * head["layers"]),
        ("u1", planes * head["side"] ** 2),
        ("u1", units * head["unit_side"] ** 2),
    ):
        assert place % np.dtype(kind).itemsize == 0
        parts.append(np.frombuffer(content, kind, count, place))
        place += parts[-1].nbytes
    assert place == len(content)
    figures = ("shown", "newest", "loss", "held_out", "score", "pace")
    return Read(
        head,
        dict(zip(figures, parts[0].tolist(), strict=True)),
        parts[1],
        parts[2].reshape(3, -1),
        parts[3].reshape(planes, head["side"], head["side"]),
        parts[4].reshape(units, head["unit_side"], head["unit_side"]),
    )


def painter(chosen, steps=0):
    """Return the painter of a training that has taken some steps, without a thread."""
    found = setup(chosen, {})
    trainer = Trainer(found.plan)
    if steps:
        trainer.goal = steps
        while trainer.step < steps:
            trainer.advance(min(trainer.step + 7, steps))
    return Painter(trainer, found.board)


def with_parameters(painter, change):
    """Let a training stand at changed parameters."""
    state = painter.trainer.state
    vector = change(state.parameters.vector.copy())
    painter.trainer.state = TrainingState(
        state.parameters.with_vector(vector), state.optimizer, state.step, state.loss_sum
    )


def cells(low, high):
    width = (high - low) / SIDE
    return [low + (place + 0.5) * width for place in range(SIDE)]


@pytest.mark.parametrize(("chosen", "steps"), [(XOR, 0), (XOR, 9), (MOONS, 30), (IRIS, 8)])
def test_a_frame_is_laid_out_as_it_says(chosen, steps):
    of = painter(chosen, steps)
    found, state, network = read(of.frame()), of.trainer.state, of.plan.network
    assert found.head == {
        "format": frames.FORMAT,
        "parameters": network.parameter_count,
        "layers": network.depth,
        "side": SIDE,
        "planes": 2 if network.layers[-1] > 1 else 1,
        "units": sum(network.layers[1:]),
        "unit_side": SIDE // EVERY,
        "flags": 0,
    }
    assert (found.figures["shown"], found.figures["newest"]) == (steps, steps)
    assert found.parameters.tobytes() == state.parameters.vector.astype("<f4").tobytes()
    weights = [np.linalg.norm(w) for w in state.parameters.weights]
    assert found.sizes[0] == pytest.approx(weights, rel=1e-6)
    assert (found.sizes[1:] > 0).all()


@pytest.mark.parametrize(("chosen", "steps"), [(XOR, 40), (MOONS, 60), (IRIS, 40)])
def test_the_surface_is_what_the_run_predicts(chosen, steps):
    of = painter(chosen, steps)
    found, run, board = read(of.frame()), of.trainer.run(steps), of.board
    run = replace(run, parameters=of.trainer.state.parameters)
    (left, right), (low, high) = board.bounds
    table = run.data().frame
    rows = [(x, y) for y in cells(low, high) for x in cells(left, right)]  # row by row from below
    plane = pl.DataFrame(rows, schema=list(board.columns), orient="row")
    others = [name for name in run.encoding.readings if name not in board.columns]
    others.remove(run.source.target) if run.source.target in others else None
    train = table[of.plan.examples.split.train]
    plane = plane.with_columns(pl.lit(train[name].mean()).alias(name) for name in others)
    outputs = run.outputs(plane)
    if outputs.shape[1] == 1:
        assert np.abs(found.surface[0].ravel() - 255 * outputs[:, 0]).max() <= 1
    else:
        assert (found.surface[0].ravel() == outputs.argmax(axis=1)).all()
        assert np.abs(found.surface[1].ravel() - 255 * outputs.max(axis=1)).max() <= 1


def test_a_units_picture_is_its_activation_about_the_middle():
    of = painter(MOONS, 30)
    found = read(of.frame())
    state, inputs = of.trainer.state, of.board.inputs.reshape(SIDE, SIDE, -1)[::EVERY, ::EVERY]
    w, b = state.parameters.weights[0], state.parameters.biases[0]
    activations = np.tanh(inputs @ w.T + b)
    for unit in range(3):
        expected = MIDDLE + 127 * activations[..., unit]
        assert np.abs(found.units[unit].astype(float) - expected).max() <= 1


def test_the_loss_is_that_of_the_rows():
    of = painter(XOR, 40)
    found, run = read(of.frame()), of.trainer.run(40)
    run = replace(run, parameters=of.trainer.state.parameters)
    assert found.figures["loss"] == pytest.approx(run.evaluate("xor").loss, rel=1e-12)
    assert np.isnan(found.figures["held_out"]) or found.figures["held_out"] > 0


@pytest.mark.parametrize("chosen", [XOR, MOONS, IRIS])
@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf"), 1e308, -1e200])
def test_parameters_that_are_no_numbers_or_huge_break_no_frame(chosen, value):
    of = painter(chosen, 3)

    def change(vector):
        vector[::2] = value
        return vector

    with_parameters(of, change)
    found = read(of.frame())
    assert found.surface.shape[1:] == (SIDE, SIDE)


def test_flags_say_that_it_plays_and_that_an_earlier_moment_is_shown():
    of = painter(XOR, 20)
    of.trainer.goal, of.trainer.shown = 30, 10
    found = read(of.frame())
    assert found.head["flags"] == frames.PLAYS | frames.EARLIER
    assert (found.figures["shown"], found.figures["newest"]) == (10, 20)
    assert found.parameters.tobytes() == (
        of.trainer.at(10).parameters.vector.astype("<f4").tobytes()
    )


def test_a_training_that_goes_on_while_its_frame_is_made_shows_no_earlier_moment(monkeypatch):
    of = painter(MOONS, 5)
    pictures = Painter.pictures

    def slowly(self, state):
        of.trainer.advance(of.trainer.step + 3)
        return pictures(self, state)

    of.trainer.goal = 30
    monkeypatch.setattr(Painter, "pictures", slowly)
    found = read(of.frame())
    assert found.head["flags"] == frames.PLAYS
    assert (found.figures["shown"], found.figures["newest"]) == (5, 5)


def test_the_first_units_of_each_wide_layer_have_pictures():
    of = painter({**MOONS, "hidden": [100, 40]})
    found, network = read(of.frame()), of.plan.network
    assert len(found.units) == PICTURED + PICTURED + network.layers[-1]
    inputs = of.board.inputs.reshape(SIDE, SIDE, -1)[::EVERY, ::EVERY]
    a, parameters = inputs, of.trainer.state.parameters
    for w, b in zip(parameters.weights, parameters.biases, strict=True):
        a = np.tanh(a @ w.T + b)
        if w.shape[0] == 40:
            expected = MIDDLE + 127 * a[..., 3]
            assert np.abs(found.units[PICTURED + 3].astype(float) - expected).max() <= 1


def test_data_without_two_columns_of_numbers_have_no_pictures():
    of = painter(XOR)
    found = read(Painter(of.trainer, None).frame())
    assert (found.head["planes"], found.head["units"]) == (0, 0)
