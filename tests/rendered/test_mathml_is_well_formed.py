"""Every MathML element of real pages has the children that its meaning asks for."""

import re
from collections import Counter

import pytest

from clearprop.render.html import explanation_html, trace_html
from clearprop.tracing.trace import trace_steps
from oracles.cases import Case, lesson_of
from rendered.well_formed import ARITY, Tags, faults, formulas_of

PAGES = {
    "sigmoid": Case("binary_cross_entropy", "sigmoid", outputs=2, hidden_layers=1),
    "softmax": Case("cross_entropy", "softmax", "sum", 3, 1, examples=2, optimizer="adam"),
    "gelu": Case("huber", "gelu", optimizer="rmsprop"),
    "silu": Case("mean_absolute_error", "silu", optimizer="nesterov", hidden_layers=3),
    "elu": Case("half_squared_error", "elu", optimizer="adamw", examples=1),
    "momentum": Case("mean_squared_error", "softplus", optimizer="momentum", outputs=2),
}


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("digits", [4, 17])
def test_every_element_has_its_children(name, digits):
    trace = trace_steps(lesson_of(PAGES[name], {"weight_decay": 0.1}))
    page = trace_html(trace, digits)
    lines = len(trace.given) + sum(len(step.lines) for step in trace.steps)
    assert page.count('<div class="line">') == lines
    assert len(formulas_of(page)) >= 2 * lines
    assert faults(page) == []


def test_the_pages_hold_every_kind_of_element():
    kinds = Counter(
        element.tag
        for case in PAGES.values()
        for math in formulas_of(trace_html(trace_steps(lesson_of(case))))
        for element in math.iter()
    )
    assert set(kinds) == set(ARITY)


def test_a_fraction_with_one_child_is_a_fault():
    assert faults("<math><mfrac><mn>1</mn></mfrac></math>") == [("mfrac", 1)]
    assert faults("<math><mo></mo></math>") == [("mo", "empty")]


def test_numbers_that_are_not_finite_are_well_formed_too():
    case = Case("squared_error", "identity", hidden_layers=0, size=1e160)
    page = trace_html(trace_steps(lesson_of(case)))
    assert "<mn>∞</mn>" in page
    assert faults(page) == []


@pytest.mark.parametrize("name", PAGES)
def test_the_page_around_closes_what_it_opens_and_loads_nothing(name):
    trace = trace_steps(lesson_of(PAGES[name]))
    for page in (trace_html(trace), explanation_html(trace.explain("dL/dw1"))):
        tags = Tags()
        tags.feed(page)
        assert (tags.open, tags.wrong) == ([], [])
        assert "<script" not in page
        assert not re.search(r'(?:src|href)="', page)
