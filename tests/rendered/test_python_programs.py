"""A trace as a Python program: run by itself it gives the numbers of the trace, bit for bit."""

import subprocess
import sys

import numpy as np
import pytest

import clearprop as cp
from clearprop.errors import SettingError
from clearprop.network.lesson import seed_lesson
from clearprop.tracing.values import all_parameters
from oracles.cases import lesson_of, random_case


def numbers_printed(text, run):
    return {name: float(value) for name, value in (line.split(" = ") for line in run(text))}


def by_exec(text):
    """Run a program here, and return the lines that it prints."""
    printed = []
    space = {"print": lambda *parts: printed.append(" ".join(map(str, parts)))}
    exec(compile(text, "program.py", "exec"), space)
    return printed


def assert_prints_the_trace(trace, run=by_exec):
    found = numbers_printed(cp.document(trace, "python"), run)
    names = trace.step.lesson.names
    updated = [f"{names.id(p)}_new" for p in all_parameters(trace.step.lesson.parameters)]
    assert list(found) == ["L", *updated]
    assert found == {name: trace[name].value for name in found}


def test_the_seed_s_program_runs_by_itself(tmp_path):
    def run(text):
        path = tmp_path / "program.py"
        path.write_text(text, encoding="utf-8")
        command = [sys.executable, "-I", "-W", "error", str(path)]
        return subprocess.run(
            command, capture_output=True, text=True, check=True
        ).stdout.splitlines()

    assert_prints_the_trace(cp.trace(seed_lesson()), run)


@pytest.mark.parametrize("seed", range(60))
def test_any_network_s_program_gives_the_trace_s_numbers(seed):
    lesson = lesson_of(random_case(np.random.default_rng(seed)), {"weight_decay": 0.01})
    if not lesson.readable:
        pytest.skip("too large to read")
    assert_prints_the_trace(cp.trace(lesson, steps=1 + seed % 3))


def test_many_steps_are_a_loop():
    trace = cp.trace(steps=100)
    text = cp.document(trace, "python")
    assert "for _ in range(100):\n" in text
    assert_prints_the_trace(trace)


def test_frozen_parameters_keep_their_value():
    lesson = seed_lesson()
    learning = cp.Learning(lesson.learning.loss, "adam", frozen=("w1",))
    assert_prints_the_trace(cp.trace(cp.Lesson(lesson.parameters, lesson.x, lesson.y, learning)))


def test_a_statement_stands_beside_its_equation():
    text = cp.document(cp.trace(), "python")
    assert "z_h = ((w1 * x1) + (w2 * x2))  # z_h = w₁ × x₁ + w₂ × x₂\n" in text


def test_what_a_program_has_no_place_for_is_refused_in_a_sentence():
    with pytest.raises(SettingError) as error:
        cp.document(cp.trace(by_hand=3), "python")
    assert str(error.value) == (
        "--format python has no place for the arithmetic of paper; --format text shows it"
    )
    with pytest.raises(SettingError) as error:
        cp.document(cp.trace(verify=True), "python")
    assert str(error.value) == (
        "--format python has no place for central differences; --format text shows them"
    )
    with pytest.raises(SettingError) as error:
        cp.document(cp.trace(), "python", explain="w1_new")
    assert str(error.value) == (
        "--format python is the program of the whole step; --explain goes with the other formats"
    )
    network = cp.Network([10, 10])
    zeros = cp.Parameters(network, np.zeros(network.parameter_count))
    large = cp.Lesson(zeros, np.zeros((1, 10)), np.zeros((1, 10)), cp.Learning())
    with pytest.raises(SettingError) as error:
        cp.document(cp.trace(large), "python")
    assert str(error.value) == (
        "a program with a name for every number would be too long to read for this network and "
        "its examples; --format json has the numbers"
    )
