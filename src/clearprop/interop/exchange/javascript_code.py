"""A model as a JavaScript program without dependencies: `predict(row)`.

Comes in: a `Model`. Goes out: program text, for a browser's script or Node's `require`. It takes
the row as an array in the order of the columns, or as an object by their names.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from clearprop.data.codings import CategoryColumn, NumberColumn
from clearprop.formulas.code import Language
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

OWN = ("erf",)  # functions that the language lacks
FUNCTIONS = {name: f"Math.{name}" for name in ("exp", "expm1", "log", "log1p", "sqrt", "tanh")}
JAVASCRIPT = Language("({test} ? {if_true} : {if_false})", FUNCTIONS)
JOINS = {"sum": "(sum, x) => sum + x", "max": "(largest, x) => Math.max(largest, x)"}
USAGE = """predict(row) takes the values of COLUMNS in their order, or an object of them by name:
numbers (truth values as 1 and 0, times as seconds since 1970-01-01 00:00 UTC), and categories as
strings. null, undefined, NaN and "" are missing."""
RESULTS = {
    "classes": "Returns the label, and the probabilities of all labels.",
    "number": "Returns the predicted number.",
    "outputs": "Returns the network's outputs.",
}


class JavaScriptSyntax:
    """How JavaScript writes the functions of activations."""

    language: Language = JAVASCRIPT

    def of_unit(self, name: str, steps: Sequence[Step], result: str) -> str:
        """Return the function of one net input z."""
        lines = [f"  const {step.name} = {step.text};\n" for step in steps]
        return f"function {name}(z) {{\n{''.join(lines)}  return {result};\n}}"

    def of_layer(self, name: str, steps: Sequence[Step], result: str) -> str:
        """Return the function of all net inputs of a layer, z[u]."""
        lines = []
        for step in steps:
            joined = "" if step.over is None else f".reduce({JOINS[step.over]})"
            lines.append(f"  const {step.name} = z.map((_, u) => {step.text}){joined};\n")
        last = f"  return z.map((_, u) => {result});\n"
        return f"function {name}(z) {{\n{''.join(lines)}{last}}}"


def javascript_code(model: Model) -> str:
    """Return the program.

    >>> from clearprop.interop.exchange.models import model_of
    >>> from clearprop.network.lesson import seed_lesson
    >>> print(javascript_code(model_of(seed_lesson())).splitlines()[0])
    // The outputs of a network, from one row of 2 columns.
    """
    own = set(OWN) & called_functions(model.network)
    texts = {
        "title": "\n".join(title(model)),
        "usage": USAGE,
        "columns": columns(model),
        "result_words": RESULTS[model.gives],
        "layers": "\n".join(layers(model)),
        "result": result(model),
        "activations": "\n\n".join(activation_functions(model.network, JavaScriptSyntax())),
        "tables": "\n".join(tables(model, text, "//", "const ", ";")).rstrip(),
    }
    return filled("predict.js.txt", texts, parts_of(model) | own)


def columns(model: Model) -> str:
    """Return the table of the columns, each with the function that codes it."""
    entries = (f"  {{ name: {text(c.name)}, {coding(c)} }}," for c in model.columns)
    return "\n".join(["const COLUMNS = [", *entries, "];"])


def coding(column: NumberColumn | CategoryColumn) -> str:
    """Return how a column is coded."""
    if isinstance(column, NumberColumn):
        return f"code: number, mean: {column.mean!r}, scale: {column.scale!r}"
    before = f"  {{ name: {text(column.name)}, code: category, categories: "
    known = item_list(list(map(text, column.categories)), before)
    return f"code: category, categories: {known}, usual: {text(column.fill)}"


def text(words: str) -> str:
    """Return a string literal."""
    return json.dumps(words, ensure_ascii=False)


def layers(model: Model) -> Iterator[str]:
    """Yield the statements that go through the layers."""
    yield "const a0 = encoded(row);"
    for layer, called, of_whole_layer in activation_calls(model.network, JAVASCRIPT):
        z = f"netInputs(W{layer}, b{layer}, a{layer - 1})"
        if called is None:
            yield f"const a{layer} = {z};"
        elif of_whole_layer:
            yield f"const a{layer} = {called}({z});"
        else:
            yield f"const a{layer} = {z}.map((z) => {called}(z));"


def result(model: Model) -> str:
    """Return the statements that say what the outputs mean."""
    last = f"a{model.network.depth}"
    if model.number_target is not None:
        target = model.number_target
        return f"return {last}[0] * {target.scale!r} + {target.mean!r};"
    if model.gives == "outputs":
        return f"return {last};"
    if model.one_output:
        best, shares = "p >= 0.5 ? 1 : 0", "[1 - p, p]"
        first = f"const p = {last}[0];\n"
    else:
        best, shares = f"{last}.indexOf(Math.max(...{last}))", last
        first = ""
    return (
        f"{first}const probabilities = LABELS.map((label, k) => [label, {shares}[k]]);\n"
        f"return {{ label: LABELS[{best}], probabilities: Object.fromEntries(probabilities) }};"
    )
