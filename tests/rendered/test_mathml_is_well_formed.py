"""Every MathML element of real pages has the children that its meaning asks for."""

import re
from collections import Counter
from html.parser import HTMLParser
from xml.etree.ElementTree import fromstring

import pytest

from clearprop.render.html import explanation_html, trace_html
from clearprop.tracing.trace import trace_steps
from oracles.cases import Case, lesson_of

# how many children an element takes: a minimum and a maximum
ARITY = {
    "math": (1, 1),
    "mfrac": (2, 2),
    "msub": (2, 2),
    "msup": (2, 2),
    "msubsup": (3, 3),
    "mover": (2, 2),
    "msqrt": (1, 1_000),
    "mrow": (0, 10_000),
    **dict.fromkeys(("mi", "mn", "mo", "mtext"), (0, 0)),
}
TOKENS = ("mi", "mn", "mo", "mtext")

PAGES = {
    "sigmoid": Case("binary_cross_entropy", "sigmoid", outputs=2, hidden_layers=1),
    "softmax": Case("cross_entropy", "softmax", "sum", 3, 1, examples=2, optimizer="adam"),
    "gelu": Case("huber", "gelu", optimizer="rmsprop"),
    "silu": Case("mean_absolute_error", "silu", optimizer="nesterov", hidden_layers=3),
    "elu": Case("half_squared_error", "elu", optimizer="adamw", examples=1),
    "momentum": Case("mean_squared_error", "softplus", optimizer="momentum", outputs=2),
}


def formulas_of(page):
    return [fromstring(text) for text in re.findall(r"<math.*?</math>", page, re.DOTALL)]


def faults(page):
    found = []
    for math in formulas_of(page):
        for element in math.iter():
            least, most = ARITY.get(element.tag, (-1, -1))
            if not least <= len(element) <= most:
                found.append((element.tag, len(element)))
            if element.tag in TOKENS and not (element.text or "").strip():
                found.append((element.tag, "empty"))
            if element.tag not in TOKENS and (element.text or "").strip():
                found.append((element.tag, element.text))
    return found


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


class Tags(HTMLParser):
    """Finds tags that are opened and not closed, or the other way round."""

    VOID = ("meta", "link", "br", "hr", "img", "input")

    def __init__(self):
        super().__init__()
        self.open, self.wrong = [], []

    def handle_starttag(self, tag, attrs):
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)


@pytest.mark.parametrize("name", PAGES)
def test_the_page_around_closes_what_it_opens_and_loads_nothing(name):
    trace = trace_steps(lesson_of(PAGES[name]))
    for page in (trace_html(trace), explanation_html(trace.explain("dL/dw1"))):
        tags = Tags()
        tags.feed(page)
        assert (tags.open, tags.wrong) == ([], [])
        assert "<script" not in page
        assert not re.search(r'(?:src|href)="', page)
