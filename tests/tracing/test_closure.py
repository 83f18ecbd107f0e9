"""Closure: every printed line follows from the lines before it, for a reader who knows no networks.

The checker of `tests/closure` reads the pages as they are printed and evaluates every formula.
"""

import re

import pytest

from clearprop.network.lesson import seed_lesson
from clearprop.network.options import lesson_from_options
from clearprop.render.latex import explanation_latex, trace_latex
from clearprop.render.text import explanation_text, trace_text
from clearprop.tracing.trace import trace_steps
from closure.reevaluate import check_latex, check_text, examine_latex, examine_text
from oracles.cases import Case, lesson_of


def options(**given):
    return lesson_from_options(seed_lesson(), given)


LESSONS = {
    "seed": seed_lesson,
    "biases and momentum": lambda: options(
        layers="2,2,2", weights="0.15,0.2,0.25,0.3,0.4,0.45,0.5,0.55",
        biases="0.35,0.35,0.6,0.6", x="0.05,0.1", y="0.01,0.99",
        learning={"optimizer": "momentum", "rate": 0.5, "weight_decay": 0.01},
    ),
    "softmax and adam": lambda: options(
        layers="2,3,3", activation="tanh,softmax", x="1,2;-0.5,0.25", y="0,1,0;1,0,0", seed=1,
        learning={"loss": "cross_entropy", "optimizer": "adam"},
    ),
    "sigmoid short form": lambda: lesson_of(Case("binary_cross_entropy", "sigmoid", outputs=2)),
    "gelu": lambda: lesson_of(Case("squared_error", "gelu", optimizer="adamw", examples=1)),
    "silu": lambda: lesson_of(Case("mean_squared_error", "silu", outputs=2, examples=1)),
    "elu": lambda: lesson_of(Case("half_squared_error", "elu", outputs=2, examples=2)),
    "huber": lambda: lesson_of(Case("huber", "identity", outputs=3, examples=2, reduction="sum")),
    "softplus": lambda: lesson_of(
        Case("mean_absolute_error", "softplus", outputs=2, optimizer="rmsprop", examples=1)
    ),
    "leaky relu": lambda: lesson_of(Case("huber", "leaky_relu", optimizer="nesterov", outputs=2)),
    "relu": lambda: lesson_of(Case("squared_error", "relu", outputs=2, hidden_layers=3)),
    "softmax by the chain": lambda: lesson_of(Case("squared_error", "softmax", outputs=3)),
}  # fmt: skip

LARGE = {
    "large sigmoid": lambda: options(
        layers="12,10,3", x=",".join(f"0.{k}" for k in range(1, 13)), y="0,1,0", seed=2
    ),
    "large softmax": lambda: options(
        layers="12,10,3", activation="relu,softmax", x=",".join(f"0.{k}" for k in range(1, 13)),
        y="0,1,0", seed=3, learning={"loss": "cross_entropy", "optimizer": "adam"},
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def traces():
    return {name: trace_steps(make()) for name, make in {**LESSONS, **LARGE}.items()}


SHORT_WAYS = r"\\?(ReLU|LeakyReLU|ELU|GELU|SiLU|softplus)\(.*\)$"


def told(problems):
    return "\n".join(map(str, problems))


@pytest.mark.parametrize("digits", [4, 17])
@pytest.mark.parametrize("name", LESSONS)
def test_the_text_closes(traces, name, digits):
    assert told(check_text(trace_text(traces[name], digits))) == ""


@pytest.mark.parametrize("digits", [4, 17])
@pytest.mark.parametrize("name", LESSONS)
def test_the_latex_closes(traces, name, digits):
    assert told(check_latex(trace_latex(traces[name], digits))) == ""


@pytest.mark.parametrize("name", LESSONS)
def test_every_line_was_compared(traces, name):
    """A checker that reads nothing finds nothing: it read every line that has a formula."""
    trace = traces[name]
    lines = [line for step in trace.steps for line in step.lines]
    for report in (examine_text(trace_text(trace)), examine_latex(trace_latex(trace))):
        assert report.compared >= len(lines)
        # the short way of a function that this reader does not know; its formula follows
        assert all(re.match(SHORT_WAYS, link) for link in report.skipped), report.skipped
        assert len(report.givens) + len(report.derived) >= len({line.id for line in lines})


NAMES = ["dL/dW1[3,7]", "L", "W2[1,2]_new", "L_new", "a2[0]"]


@pytest.mark.parametrize("digits", [4, 17])
@pytest.mark.parametrize("asked", NAMES)
@pytest.mark.parametrize("name", LARGE)
def test_the_derivation_of_one_number_of_a_large_network_closes(traces, name, asked, digits):
    lines = traces[name].explain(asked)
    assert told(check_text(explanation_text(lines, digits))) == ""
    assert told(check_latex(explanation_latex(lines, digits))) == ""


@pytest.mark.parametrize("digits", [4, 17])
@pytest.mark.parametrize("asked", ["dL/dw1", "L_new", "w3_new"])
def test_the_derivation_of_one_number_of_the_seed_closes(traces, asked, digits):
    lines = traces["seed"].explain(asked)
    assert told(check_text(explanation_text(lines, digits))) == ""
    assert told(check_latex(explanation_latex(lines, digits))) == ""


@pytest.mark.parametrize("name", ["seed", "biases and momentum", "softmax and adam", "gelu"])
@pytest.mark.parametrize("digits", [3, 5])
def test_by_hand_every_line_follows_from_the_written_numbers(name, digits):
    trace = trace_steps(LESSONS[name](), by_hand=digits)
    page = trace_text(trace, 4).partition("By hand with")[0]
    assert told(check_text(page, by_hand=True)) == ""
    assert told(check_latex(trace_latex(trace, 4), by_hand=True)) == ""


def test_several_steps_close_one_after_the_other():
    trace = trace_steps(LESSONS["biases and momentum"](), steps=3)
    first, _, last = trace_text(trace, 17).partition("──── The last step")
    assert "──── Between" in first
    assert told(check_text(first.partition("──── Between")[0])) == ""
    assert told(check_text(last)) == ""


def test_a_page_with_one_digit_changed_does_not_close(traces):
    page = trace_text(traces["seed"], 6)
    assert "≈ 0.125526" in page
    assert check_text(page.replace("≈ 0.125526", "≈ 0.125528")) != []
    page = trace_latex(traces["seed"], 6)
    assert check_latex(page.replace(r"\approx 0.125526", r"\approx 0.125528")) != []
