"""A model as a Python program without dependencies: `predict(row)`.

Comes in: a `Model`. Goes out: program text. It computes in float64 and takes the row in the order
of the columns, or as a dict by their names.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from clearprop.data.codings import CategoryColumn, NumberColumn
from clearprop.formulas.code import PYTHON, Language
from clearprop.interop.exchange.models import Model
from clearprop.interop.exchange.plain_code import (
    Step,
    activation_calls,
    activation_functions,
    called_functions,
    item_list,
    parts_of,
    tables,
    title,
)
from clearprop.interop.exchange.templates import filled

USAGE = """predict(row) takes the values of COLUMNS in their order, or a dict of them by name:
numbers (truth values as 1 and 0, times as seconds since 1970-01-01 00:00 UTC), and categories as
texts. None, NaN and "" are missing."""
RESULTS = {
    "classes": "Return the label, and a dict of the probabilities of all labels.",
    "number": "Return the predicted number.",
    "outputs": "Return the network's outputs.",
}


class PythonSyntax:
    """How Python writes the functions of activations."""

    language: Language = PYTHON

    def of_unit(self, name: str, steps: Sequence[Step], result: str) -> str:
        """Return the function of one net input z."""
        lines = [f"    {step.name} = {step.text}\n" for step in steps]
        return f"def {name}(z):\n{''.join(lines)}    return {result}"

    def of_layer(self, name: str, steps: Sequence[Step], result: str) -> str:
        """Return the function of all net inputs of a layer, z[u]."""
        lines = ["    units = range(len(z))\n"]
        for step in steps:
            each = f"{step.text} for u in units"
            value = f"[{each}]" if step.over is None else f"{step.over}({each})"
            lines.append(f"    {step.name} = {value}\n")
        return f"def {name}(z):\n{''.join(lines)}    return [{result} for u in units]"


def python_code(model: Model) -> str:
    """Return the program.

    >>> from clearprop.interop.exchange.models import model_of
    >>> from clearprop.network.lesson import seed_lesson
    >>> program = {}
    >>> exec(python_code(model_of(seed_lesson())), program)
    >>> program["predict"]([1, 2])
    [0.6457039112315864]
    """
    functions = sorted(called_functions(model.network) - {"max", "abs"})
    texts = {
        "title": "\n".join(title(model)),
        "usage": USAGE,
        "imports": f"from math import {', '.join(functions)}" if functions else "",
        "columns": columns(model),
        "result_words": RESULTS[model.gives],
        "layers": "\n".join(layers(model)),
        "result": result(model),
        "activations": "\n\n\n".join(activation_functions(model.network, PythonSyntax())),
        "tables": "\n".join(tables(model, repr, "#")),
    }
    return filled("predict.py.txt", texts, parts_of(model))


def columns(model: Model) -> str:
    """Return the table of the columns, each with the function that codes it."""
    return "\n".join(["COLUMNS = [", *(f"    {column(c)}," for c in model.columns), "]"])


def column(coding: NumberColumn | CategoryColumn) -> str:
    """Return a column's entry."""
    if isinstance(coding, NumberColumn):
        return f"({coding.name!r}, number, {coding.mean!r}, {coding.scale!r})"
    known = item_list(list(map(repr, coding.categories)), f"    ({coding.name!r}, category, ")
    return f"({coding.name!r}, category, {known}, {coding.fill!r})"


def layers(model: Model) -> Iterator[str]:
    """Yield the statements that go through the layers."""
    yield "a0 = encoded(row)"
    for layer, called, of_whole_layer in activation_calls(model.network, PYTHON):
        z = f"net_inputs(W{layer}, b{layer}, a{layer - 1})"
        if called is None:
            yield f"a{layer} = {z}"
        elif of_whole_layer:
            yield f"a{layer} = {called}({z})"
        else:
            yield f"a{layer} = [{called}(z) for z in {z}]"


def result(model: Model) -> str:
    """Return the statements that say what the outputs mean."""
    last = f"a{model.network.depth}"
    if model.number_target is not None:
        target = model.number_target
        return f"return {last}[0] * {target.scale!r} + {target.mean!r}"
    if model.gives == "outputs":
        return f"return {last}"
    if model.one_output:
        return f"p = {last}[0]\nreturn LABELS[1 if p >= 0.5 else 0], dict(zip(LABELS, [1 - p, p]))"
    return (
        f"probabilities = dict(zip(LABELS, {last}))\n"
        "return max(LABELS, key=probabilities.get), probabilities"
    )
