"""What the programs in Python, JavaScript and C have in common.

Comes in: a `Model` and the `Syntax` of a language. Goes out: pieces of program text. The
activations are written from the trees of `formulas`, so a program computes what the run computes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from clearprop import __version__
from clearprop.engine.trees import functions_in
from clearprop.errors import counted
from clearprop.formulas.activations import ACTIVATIONS, Activation
from clearprop.formulas.code import Language, code
from clearprop.formulas.constants import DEFAULTS
from clearprop.formulas.expressions import Call, Expression, OverUnits, Variable
from clearprop.interop.exchange.models import Model
from clearprop.network.network import Network

WIDTH = 100


@dataclass(frozen=True)
class Step:
    """A named number on the way to an activation; with `over`, "sum" or "max" over the units."""

    name: str
    text: str
    over: str | None = None


class Syntax(Protocol):
    """How a language writes the functions of a program."""

    language: Language

    def of_unit(self, name: str, steps: Sequence[Step], result: str) -> str:
        """Return the function of one net input z."""

    def of_layer(self, name: str, steps: Sequence[Step], result: str) -> str:
        """Return the function of all net inputs of a layer, z[u]."""


def activation_functions(network: Network, syntax: Syntax) -> Iterator[str]:
    """Yield the functions of the activations that the network has, each once."""
    for name in dict.fromkeys(network.activations):
        rule = ACTIVATIONS[name]
        if library_function(rule, syntax.language) is None and name != "identity":
            yield activation_function(rule, network, syntax)


def activation_function(rule: Activation, network: Network, syntax: Syntax) -> str:
    """Return the function of an activation, from its trees."""
    texts: Mapping[str, str] = {
        name: repr(value) for name, value in {**DEFAULTS, **network.constants}.items()
    }
    if rule.couples:
        by_unit = ("z", *(part.name for part in rule.parts if not part.per_layer))
        texts = {**texts, **{name: f"{name}[u]" for name in by_unit}}

    def text(tree: Expression) -> str:
        words = code(
            tree, lambda name: texts.get(name, name), lambda v: repr(float(v)), syntax.language
        )
        return unbracketed(tidied(words))

    steps = [
        Step(part.name, text(part.formula.body), part.formula.reduction)
        if isinstance(part.formula, OverUnits)
        else Step(part.name, text(part.formula))
        for part in rule.parts
    ]
    write = syntax.of_layer if rule.couples else syntax.of_unit
    return write(rule.name, steps, text(rule.formula))


def activation_calls(
    network: Network, language: Language
) -> Iterator[tuple[int, str | None, bool]]:
    """Yield each layer, the function that is its activation, and if that takes the whole layer.

    The identity has none.
    """
    for layer in network.layer_numbers:
        rule = ACTIVATIONS[network.activation(layer)]
        called = library_function(rule, language) or rule.name
        yield layer, None if rule.name == "identity" else called, rule.couples


def called_functions(network: Network) -> set[str]:
    """Return the functions that the trees of a network's activations call."""
    rules = [ACTIVATIONS[name] for name in network.activations]
    trees = [tree for rule in rules for tree in (rule.formula, *(p.formula for p in rule.parts))]
    return functions_in(trees)


def parts_of(model: Model) -> set[str]:
    """Return which parts of a program are there for a model."""
    parts = {"impute" if model.impute else "strict"}
    return parts | {name for name in ("numbers", "categories") if getattr(model, name)}


def library_function(rule: Activation, language: Language) -> str | None:
    """Return the language's own function that is the activation, as its tanh is, if there is one.

    >>> library_function(ACTIVATIONS["tanh"], Language("", {"tanh": "Math.tanh"}))
    'Math.tanh'
    """
    match rule.formula:
        case Call(function, (Variable("z"),)) if not rule.parts:
            return language.functions.get(function, function)
    return None


def tidied(text: str) -> str:
    """Return a text without doubled brackets, and with a difference where one is meant.

    >>> tidied("(exp((z + (-m))) / ((a * b)))")
    '(exp(z - m) / (a * b))'
    """
    text = re.sub(r"\+ \(-([\w.\[\]]+)\)", r"- \1", text)
    open_places, closing = list[int](), dict[int, int]()
    for place, letter in enumerate(text):
        if letter == "(":
            open_places.append(place)
        elif letter == ")":
            closing[open_places.pop()] = place
    doubled = {place for place, end in closing.items() if closing.get(place - 1) == end + 1}
    needless = doubled | {closing[place] for place in doubled}
    return "".join(letter for place, letter in enumerate(text) if place not in needless)


def unbracketed(text: str) -> str:
    """Return a text without the brackets around all of it, which the tree's outermost node has.

    >>> unbracketed("((a + b) * c)"), unbracketed("(a + b) * (c)")
    ('(a + b) * c', '(a + b) * (c)')
    """
    depth = 0
    for place, letter in enumerate(text):
        depth += (letter == "(") - (letter == ")")
        if depth == 0 and place < len(text) - 1:
            return text
    return text[1:-1] if text.startswith("(") else text


# --- numbers and words ---------------------------------------------------------------------------


def number_list(values: Iterable[float], before: str, brackets: str = "[]") -> str:
    """Return numbers as a list that stands after `before`; each reads back exactly.

    >>> number_list([0.1, 1e-5], "b = ")
    '[0.1, 1e-05]'
    """
    return item_list([repr(float(value)) for value in values], before, brackets)


def item_list(items: Sequence[str], before: str, brackets: str = "[]") -> str:
    """Return items as a list, on lines of their own where they do not fit behind `before`."""
    opening, closing = brackets[0], brackets[1]
    whole = f"{opening}{', '.join(items)}{closing}"
    if len(before) + len(whole) < WIDTH:
        return whole
    indent = " " * (len(before) - len(before.lstrip()))
    lines, line = list[str](), ""
    for item in items:
        if line and len(indent) + 4 + len(line) + len(item) + 2 > WIDTH:
            lines.append(line)
            line = ""
        line = f"{line} {item}," if line else f"{item},"
    inner = "".join(f"{indent}    {line}\n" for line in (*lines, line))
    return f"{opening}\n{inner}{indent}{closing}"


def number_table(rows: Iterable[Iterable[float]], brackets: str = "[]") -> str:
    """Return a matrix as a list of lists, a row on a line of its own where it is short enough."""
    opening, closing = brackets[0], brackets[1]
    lines = "".join(f"    {number_list(row, '    ', brackets)},\n" for row in rows)
    return f"{opening}\n{lines}{closing}"


def tables(
    model: Model, text: Callable[[str], str], comment: str, let: str = "", end: str = ""
) -> Iterator[str]:
    """Yield labels, weights and biases as lists, between what begins and ends a statement."""
    if model.labels:
        before = f"{let}LABELS = "
        labels = model.labels if model.whole_labels else map(text, model.labels)
        yield f"{before}{item_list(list(labels), before)}{end}\n"
    for layer, weights in enumerate(model.parameters.weights, start=1):
        biases = number_list(layer_biases(model, layer), f"{let}b1 = ")
        yield f"{comment} {layer_title(model, layer)}"
        yield f"{let}W{layer} = {number_table(weights.tolist())}{end}"
        yield f"{let}b{layer} = {biases}{end}\n"


def title(model: Model) -> list[str]:
    """Return what a program says of itself: what it predicts, from what, by which network."""
    network = model.network
    parameters = counted(network.parameter_count, "parameter")
    what = "The outputs of a network"
    if model.target is not None:
        what = f"Predicts {in_words(model.target.name)}"
    sizes = "-".join(map(str, network.layers))
    return [
        f"{what}, from one row of {counted(len(model.columns), 'column')}.",
        "",
        f"Network {sizes} ({', '.join(network.activations)}), {parameters};",
        f"from {in_words(model.name)} by clearprop {__version__}.",
    ]


def in_words(name: str) -> str:
    """Return a name that may stand in a comment of any of the languages.

    >>> in_words('a*/b')
    "'a_b'"
    """
    safe = re.sub(r"[^\w .,;:+=()\[\]%€$-]+", "_", name)
    return f"'{safe}'"


def layer_title(model: Model, layer: int) -> str:
    """Return what stands above a layer's weights."""
    network = model.network
    inputs, units = network.layers[layer - 1], network.layers[layer]
    biases = "" if network.has_biases(layer) else ", without biases"
    return (
        f"Layer {layer}: {counted(inputs, 'input')}, {counted(units, 'unit')}"
        f" ({network.activation(layer)}{biases})"
    )


def layer_biases(model: Model, layer: int) -> list[float]:
    """Return a layer's biases, zeros for a layer without."""
    biases = model.parameters.biases[layer - 1]
    return [0.0] * model.network.layers[layer] if biases is None else biases.tolist()
