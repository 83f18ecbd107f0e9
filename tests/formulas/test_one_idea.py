"""The formula that is printed is the formula that is run (Truth 3).

Change one node of one tree of a table: the value, the text, the LaTeX and the MathML of the line
change with it, and the program that is compiled.
"""

from dataclasses import dataclass, replace
from xml.etree.ElementTree import tostring

import numpy as np
import pytest

from clearprop.engine.straight_line import straight_line_source
from clearprop.errors import Disagreement
from clearprop.formulas import expressions
from clearprop.formulas.activations import ACTIVATIONS, Part, z
from clearprop.formulas.activations import a as activation
from clearprop.formulas.expressions import Number, OverUnits, Select, exp, sum_over_units
from clearprop.formulas.losses import LOSSES, SHORT_FORMS, a, y
from clearprop.formulas.optimizers import OPTIMIZERS, g, rate, w
from clearprop.network.lesson import seed_lesson
from clearprop.network.network import Network
from clearprop.network.parameters import Parameters
from clearprop.render.latex import line_latex
from clearprop.render.mathml import formula_mathml, line_mathml
from clearprop.render.text import line_text
from clearprop.render.text_symbols import formula_text
from clearprop.tracing.trace import trace_steps


@dataclass(frozen=True)
class Printed:
    """A line in every form."""

    value: float
    text: str
    latex: str
    mathml: str
    program: str


def printed(lesson, name):
    line = trace_steps(lesson)[name]
    return Printed(
        line.value,
        "\n".join(line_text(line, 6)),
        line_latex(line, 6),
        line_mathml(line, 6),
        straight_line_source(lesson.network, lesson.learning, [len(lesson.x)]).text,
    )


def assert_all_changed(before, after):
    for form, value in vars(before).items():
        assert getattr(after, form) != value, (form, value)


def test_the_slope_of_the_sigmoid(monkeypatch):
    before = printed(seed_lesson(), "dh/dz_h")
    assert "h × (1 - h)" in before.text
    changed = replace(ACTIVATIONS["sigmoid"], derivative=activation * (3 - activation))
    monkeypatch.setitem(ACTIVATIONS, "sigmoid", changed)
    after = printed(seed_lesson(), "dh/dz_h")
    assert_all_changed(before, after)
    h = 0.7502601055951177
    assert after.value == h * (3 - h)
    assert after.text == "∂h/∂z_h = h × (3 - h) = 0.750260 × (3 - 0.750260) ≈ 1.68789"
    assert r"h \times \left(3 - h\right)" in after.latex
    assert "<mn>3</mn><mo>−</mo><mi>h</mi>" in after.mathml


def test_the_squared_error(monkeypatch):
    before = printed(seed_lesson(), "L")
    assert "(y - ŷ)²" in before.text
    changed = replace(LOSSES["squared_error"], formula=sum_over_units((y - a) ** 3))
    monkeypatch.setitem(LOSSES, "squared_error", changed)
    after = printed(seed_lesson(), "L")
    assert_all_changed(before, after)
    error = 1 - 0.6457039112315864
    assert after.value == error * error * error
    assert after.text == "L = (y - ŷ)³ = (1 - 0.645704)³ ≈ 0.0444733"
    assert r"\left(y - \hat{y}\right)^{3}" in after.latex
    assert "<mn>3</mn></msup>" in after.mathml


def test_gradient_descent(monkeypatch):
    before = printed(seed_lesson(), "w3_new")
    changed = replace(OPTIMIZERS["gradient_descent"], lines=(("w_new", w + rate * g),))
    monkeypatch.setitem(OPTIMIZERS, "gradient_descent", changed)
    after = printed(seed_lesson(), "w3_new")
    assert_all_changed(before, after)
    assert after.value == 0.8 + 0.1 * -0.12162083549961815
    assert after.text == "w₃_new = w₃ + η × ∂L/∂w₃ = 0.8 + 0.1 × (-0.121621) ≈ 0.787838"


# --- every entry of every table ------------------------------------------------------------------


def plus_one(tree):
    """Return the tree with 1 added at its root, inside the branches and sums that it chooses."""
    match tree:
        case Select(condition, if_true, if_false):
            return Select(condition, plus_one(if_true), plus_one(if_false))
        case OverUnits(reduction, body):
            return OverUnits(reduction, plus_one(body))
    return tree + 1


def lesson_with(activation_name="tanh", loss="squared_error", optimizer="gradient_descent"):
    """Return a 2-2-2 network without a saturated unit; targets that any loss takes."""
    lesson = seed_lesson()
    network = Network([2, 2, 2], ["tanh", activation_name])
    vector = np.array([0.5, -0.3, 0.2, 0.4, 0.1, -0.2, 0.8, -0.6, 0.3, 0.7, 0.05, -0.1])
    learning = replace(lesson.learning, loss=loss, optimizer=optimizer)
    targets = np.array([[0.25, 0.75]])
    return replace(lesson, parameters=Parameters(network, vector), y=targets, learning=learning)


def shows_branches(name):
    return ["formula", "derivative", *(part.name for part in ACTIVATIONS[name].parts)]


@pytest.mark.parametrize(
    ("name", "which"), [(n, which) for n in ACTIVATIONS for which in shows_branches(n)]
)
def test_any_formula_of_any_activation(monkeypatch, name, which):
    lesson, entry = lesson_with(name), ACTIVATIONS[name]
    shared = {part.name: part.per_layer for part in entry.parts}
    line = {
        "formula": "yhat1",
        "derivative": "dyhat1/dz_out1",
    }.get(which, f"{which}_out" if shared.get(which) else f"{which}_out1")
    before = printed(lesson, line)
    if which in shared:
        parts = tuple(
            Part(part.name, plus_one(part.formula)) if part.name == which else part
            for part in entry.parts
        )
        changed = replace(entry, parts=parts)
    else:
        changed = replace(entry, **{which: plus_one(getattr(entry, which))})
    monkeypatch.setitem(ACTIVATIONS, name, changed)
    assert_all_changed(before, printed(lesson, line))


def test_the_cross_slope_of_the_softmax(monkeypatch):
    lesson = lesson_with("softmax")
    before = printed(lesson, "dyhat1/dz_out2")
    entry = ACTIVATIONS["softmax"]
    changed = replace(entry, cross_derivative=entry.cross_derivative + 1)
    monkeypatch.setitem(ACTIVATIONS, "softmax", changed)
    assert_all_changed(before, printed(lesson, "dyhat1/dz_out2"))


@pytest.mark.parametrize("which", ["formula", "derivative"])
@pytest.mark.parametrize("name", [n for n in LOSSES if "cross_entropy" not in n])
def test_any_formula_of_any_loss(monkeypatch, name, which):
    lesson = lesson_with("softplus", name)
    line = {"formula": "L", "derivative": "dL/dyhat1"}[which]
    before = printed(lesson, line)
    changed = replace(LOSSES[name], **{which: plus_one(getattr(LOSSES[name], which))})
    monkeypatch.setitem(LOSSES, name, changed)
    assert_all_changed(before, printed(lesson, line))


@pytest.mark.parametrize("which", ["formula", "delta"])
@pytest.mark.parametrize("pair", SHORT_FORMS, ids=" with ".join)
def test_any_short_form(monkeypatch, pair, which):
    lesson = lesson_with(pair[1], pair[0])
    line = {"formula": "L", "delta": "dL/dz_out1"}[which]
    before = printed(lesson, line)
    changed = replace(SHORT_FORMS[pair], **{which: plus_one(getattr(SHORT_FORMS[pair], which))})
    monkeypatch.setitem(SHORT_FORMS, pair, changed)
    assert_all_changed(before, printed(lesson, line))


@pytest.mark.parametrize(
    ("name", "place"),
    [(name, place) for name, rule in OPTIMIZERS.items() for place in range(len(rule.lines))],
)
def test_any_line_of_any_update_rule(monkeypatch, name, place):
    lesson, rule = lesson_with(optimizer=name), OPTIMIZERS[name]
    title, tree = rule.lines[place]
    base = title.removesuffix("_new")
    mark = {"w": "w1"}.get(base, base if base in rule.shared_state else f"{base}_w1")
    line = mark + "_new" * title.endswith("_new")
    before = printed(lesson, line)
    lines = (*rule.lines[:place], (title, tree + 1), *rule.lines[place + 1 :])
    monkeypatch.setitem(OPTIMIZERS, name, replace(rule, lines=lines))
    assert_all_changed(before, printed(lesson, line))


def test_the_decoupled_decay_of_adamw(monkeypatch):
    lesson = lesson_with(optimizer="adamw")
    lesson = replace(lesson, learning=replace(lesson.learning, constants={"weight_decay": 0.5}))
    before = printed(lesson, "w1_new")
    assert "η × λ × w₁" in before.text
    rule = OPTIMIZERS["adamw"]
    changed = replace(rule, decoupled_update=rule.decoupled_update + 1)
    monkeypatch.setitem(OPTIMIZERS, "adamw", changed)
    assert_all_changed(before, printed(lesson, "w1_new"))


# --- one node deep inside ------------------------------------------------------------------------


def test_one_number_deep_in_a_tree_changes_every_print():
    for tree, other in ((1 / (1 + exp(-z)), 1 / (2 + exp(-z))), (z * 2 - 1, z * 2 - 3)):
        numbers = [bind(t) for t in (tree, other)]
        assert formula_text(numbers[0], 4) != formula_text(numbers[1], 4)
        assert tostring(formula_mathml(numbers[0], 4)) != tostring(formula_mathml(numbers[1], 4))


def bind(tree):
    return expressions.replace(tree, lambda node: Number(0.5) if node == z else None)


# --- a print that does not agree is never shown --------------------------------------------------


def test_a_short_form_that_its_proof_contradicts_is_an_error(monkeypatch):
    lesson = lesson_with("softmax", "cross_entropy")
    pair = ("cross_entropy", "softmax")
    monkeypatch.setitem(SHORT_FORMS, pair, replace(SHORT_FORMS[pair], delta=a - y - y))
    with pytest.raises(Disagreement) as error:
        trace_steps(lesson).steps  # noqa: B018 - the lines are made when asked for
    assert str(error.value).startswith("dL/dz_out1:chain is ")
    assert str(error.value).endswith(
        "; this is a fault of clearprop: please report it with the lesson file"
    )
    assert error.value.exit_code == 1


def test_an_equation_that_the_pass_contradicts_is_an_error(monkeypatch):
    trace = trace_steps(seed_lesson())  # the pass has run
    changed = replace(ACTIVATIONS["sigmoid"], formula=z)
    monkeypatch.setitem(ACTIVATIONS, "sigmoid", changed)
    with pytest.raises(Disagreement) as error:
        trace.steps  # noqa: B018 - the lines are made when asked for
    assert str(error.value) == (
        "h is 0.7502601055951177 in the pass, but its equation gives 1.1; "
        "this is a fault of clearprop: please report it with the lesson file"
    )
