"""The drawing of a network: in the manner of the seed's, with names on it."""

import pytest

from clearprop.network.lesson import seed_lesson
from clearprop.network.names import Names
from clearprop.network.network import Network
from clearprop.render.drawing import drawing
from clearprop.render.html import trace_html
from clearprop.render.markdown import trace_markdown
from clearprop.render.text import trace_text
from clearprop.render.text_symbols import mark_text
from clearprop.tracing.diagram import diagram
from clearprop.tracing.trace import trace_steps

SEED = """\
  x₁ ──w₁──┐
           ├─► h ──w₃────► ŷ ────► Loss
  x₂ ──w₂──┘"""

WITH_BIASES = """\
                 ┌─► h₁ ──w₇,w₁₀,w₁₃──┬─► ŷ₁ ──┐
  x₁ ──w₁,w₃,w₅──┤                    │        │
                 ├─► h₂ ──w₈,w₁₁,w₁₄──┼─► ŷ₂ ──┼─► Loss
  x₂ ──w₂,w₄,w₆──┤                    │        │
                 ├─► h₃ ──w₉,w₁₂,w₁₅──┼─► ŷ₃ ──┘
  1 ──b₁,b₂,b₃───┘                    │
                     1 ──b₄,b₅,b₆─────┘"""

OWN_NAMES = """\
  height ──w₁──┐
               ├─► edge ──left────► ŷ ────► Loss
  x₂ ──w₂──────┘"""


def drawn(network):
    return "\n".join(drawing(diagram(Names(network)), mark_text))


def test_the_seed():
    assert drawn(seed_lesson().network) == SEED


def test_a_2_3_3_network_with_biases():
    assert drawn(Network([2, 3, 3])) == WITH_BIASES


def test_own_names_stand_in_the_drawing():
    names = {"x1": "height", "h": "edge", "w3": "left"}
    assert drawn(Network([2, 1, 1], biases=False, names=names)) == OWN_NAMES


def test_a_large_network_is_drawn_layer_by_layer():
    network = Network([64, 32, 10], ["relu", "softmax"])
    assert drawn(network) == "  64 inputs ──► 32 relu ──► 10 softmax outputs ──► Loss"


@pytest.mark.parametrize("render", [trace_text, trace_markdown, trace_html])
def test_the_drawing_stands_in_every_page_for_people(render):
    assert SEED in render(trace_steps(seed_lesson()))


@pytest.mark.parametrize("layers", [[1, 1], [1, 5, 1], [3, 2, 4, 2], [4, 1, 1, 3], [1, 1, 1, 1, 1]])
@pytest.mark.parametrize("biases", [True, False])
def test_every_unit_and_weight_is_drawn_once(layers, biases):
    network = Network(layers, biases=biases)
    page = drawn(network)
    marks = diagram(Names(network))
    columns = [mark for column in marks.columns for mark in column]
    weights = [mark for layer in marks.weights for row in layer for mark in row]
    lists = [mark for layer in marks.biases if layer for mark in layer]
    words = page.replace("─", " ").replace(",", " ").split()
    for mark in (*columns, *weights, *lists):
        assert words.count(mark_text(mark)) == 1, mark
    assert words.count("Loss") == 1
    assert len(weights) + len(lists) == network.parameter_count
    assert not any(line != line.rstrip() for line in page.splitlines())
