"""A model as a C99 program without dependencies: `predict(numbers, categories, …)`.

Comes in: a `Model`. Goes out: program text. C has no value that is now a number and now a text, so
columns of numbers and columns of categories are two arrays, each in the order of the table.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from clearprop.formulas.code import Language
from clearprop.interop.exchange.models import Model
from clearprop.interop.exchange.plain_code import (
    Step,
    activation_calls,
    activation_functions,
    item_list,
    layer_biases,
    layer_title,
    number_list,
    number_table,
    parts_of,
    title,
)
from clearprop.interop.exchange.templates import filled

C = Language("({test} ? {if_true} : {if_false})", {"abs": "fabs", "max": "fmax"})
FOLDS = {"sum": ("0", "{name} += {text};"), "max": ("-INFINITY", "{name} = fmax({name}, {text});")}
EACH = "    for (int u = 0; u < units; u++) "
ESCAPES = {"\\": "\\\\", '"': '\\"', "?": "\\?", "\n": "\\n", "\t": "\\t", "\r": "\\r"}
USAGE = """Numbers and categories are those of NUMBER_NAMES and CATEGORY_NAMES, in their order:
truth values as 1 and 0, times as seconds since 1970-01-01 00:00 UTC, categories in UTF-8.
NAN, NULL and "" are missing."""
RESULTS = {
    "classes": "Returns the label and fills in the probabilities of all LABELS; NULL for a row that"
    " lacks a value.",
    "number": "Returns the predicted number; NAN for a row that lacks a value.",
    "outputs": "Fills in the network's outputs and returns 1; 0 for a row that lacks a value.",
}
NOTHING = {"classes": "NULL", "number": "NAN", "outputs": "0"}


class CSyntax:
    """How C writes the functions of activations."""

    language: Language = C

    def of_unit(self, name: str, steps: Sequence[Step], result: str) -> str:
        """Return the function of one net input z."""
        lines = [f"    const double {step.name} = {step.text};\n" for step in steps]
        body = f"{''.join(lines)}    return {result};\n"
        return f"static double {name}(double z)\n{{\n{body}}}"

    def of_layer(self, name: str, steps: Sequence[Step], result: str) -> str:
        """Return the function of all net inputs of a layer, z[u]."""
        lines = []
        for step in steps:
            if step.over is None:
                lines.append(f"    double {step.name}[MOST];\n")
                lines.append(f"{EACH}{step.name}[u] = {step.text};\n")
            else:
                start, join = FOLDS[step.over]
                lines.append(f"    double {step.name} = {start};\n")
                lines.append(f"{EACH}{join.format(name=step.name, text=step.text)}\n")
        last = f"{EACH}a[u] = {result};\n"
        head = f"static void {name}(const double *z, double *a, int units)"
        return f"{head}\n{{\n{''.join(lines)}{last}}}"


def c_code(model: Model) -> str:
    """Return the program.

    >>> from clearprop.interop.exchange.models import model_of
    >>> from clearprop.network.lesson import seed_lesson
    >>> "int predict(const double numbers[2]" in c_code(model_of(seed_lesson()))
    True
    """
    model = model.numbers_first
    inputs = arrays(model)
    texts = {
        "title": "\n".join(title(model)),
        "usage": USAGE,
        "most": str(max(model.network.layers)),
        "columns": "\n".join(columns(model)).rstrip(),
        "arguments": ", ".join(inputs.values()),
        "values": ", ".join(inputs),
        "result_words": RESULTS[model.gives],
        "signature": signature(model),
        "nothing": NOTHING[model.gives],
        "layers": "\n".join(layers(model)),
        "result": result(model),
        "activations": "\n\n".join(activation_functions(model.network, CSyntax())),
        "tables": "\n".join(tables(model)).rstrip(),
    }
    return filled("predict.c.txt", texts, parts_of(model))


def arrays(model: Model) -> dict[str, str]:
    """Return what a row is given as, by name, as it is declared."""
    found = {}
    if model.numbers:
        found["numbers"] = f"const double numbers[{len(model.numbers)}]"
    if model.categories:
        found["categories"] = f"const char *const categories[{len(model.categories)}]"
    return found


def signature(model: Model) -> str:
    """Return the head of `predict`."""
    kinds = {
        "classes": ("const char *", f"double probabilities[{len(model.labels)}]"),
        "number": ("double ", None),
        "outputs": ("int ", f"double outputs[{model.network.layers[-1]}]"),
    }
    kind, filled_in = kinds[model.gives]
    taken = [*arrays(model).values(), *([] if filled_in is None else [filled_in])]
    return f"{kind}predict({', '.join(taken)})"


def columns(model: Model) -> Iterator[str]:
    """Yield the names of the columns and how they are coded."""
    if model.numbers:
        yield f"enum {{ NUMBERS = {len(model.numbers)} }};"
        yield names("NUMBER_NAMES", "NUMBERS", [c.name for c in model.numbers])
        for name, values in (
            ("MEAN", [c.mean for c in model.numbers]),
            ("SCALE", [c.scale for c in model.numbers]),
        ):
            before = f"static const double {name}[NUMBERS] = "
            yield f"{before}{number_list(values, before, '{}')};"
        yield ""
    if model.categories:
        yield from coded_categories(model)


def coded_categories(model: Model) -> Iterator[str]:
    """Yield the categories of each column, and the usual ones."""
    yield f"enum {{ CATEGORIES = {len(model.categories)} }};"
    yield names("CATEGORY_NAMES", "CATEGORIES", [c.name for c in model.categories])
    for place, column in enumerate(model.categories):
        before = f"static const char *const KNOWN_{place}[] = "
        yield f"{before}{text_list(column.categories, before)};"
    known = ", ".join(f"KNOWN_{place}" for place in range(len(model.categories)))
    yield f"static const char *const *const KNOWN[CATEGORIES] = {{{known}}};"
    counts = ", ".join(str(len(column.categories)) for column in model.categories)
    yield f"static const int KNOWN_COUNT[CATEGORIES] = {{{counts}}};"
    if model.impute:
        before = "static const char *const USUAL[CATEGORIES] = "
        yield f"{before}{text_list([column.fill for column in model.categories], before)};"


def names(name: str, count: str, texts: Sequence[str]) -> str:
    """Return the names of columns, which other files may read."""
    before = f"const char *const {name}[{count}] = "
    return f"{before}{text_list(texts, before)};"


def text_list(texts: Sequence[str], before: str) -> str:
    """Return texts as an array that stands after `before`."""
    return item_list(list(map(text, texts)), before, "{}")


def text(words: str) -> str:
    r"""Return a string literal; a question mark is escaped, for C99 has trigraphs.

    >>> text('a "b"?')
    '"a \\"b\\"\\?"'
    """
    escaped = (ESCAPES.get(c, c) if c >= " " or c in ESCAPES else f"\\{ord(c):03o}" for c in words)
    return f'"{"".join(escaped)}"'


def layers(model: Model) -> Iterator[str]:
    """Yield the statements that go through the layers."""
    for layer, called, of_whole_layer in activation_calls(model.network, C):
        inputs, units = model.network.layers[layer - 1 : layer + 1]
        yield f"net_inputs(W{layer}[0], b{layer}, a, {inputs}, z, {units});"
        if called is not None and of_whole_layer:
            yield f"{called}(z, a, {units});"
        else:
            value = "z[u]" if called is None else f"{called}(z[u])"
            yield f"for (int u = 0; u < {units}; u++) a[u] = {value};"


def result(model: Model) -> str:
    """Return the statements that say what the outputs mean."""
    if model.number_target is not None:
        return f"return a[0] * {model.number_target.scale!r} + {model.number_target.mean!r};"
    if model.gives == "outputs":
        units = model.network.layers[-1]
        return f"for (int u = 0; u < {units}; u++) outputs[u] = a[u];\nreturn 1;"
    if model.one_output:
        return (
            "probabilities[0] = 1 - a[0];\nprobabilities[1] = a[0];\n"
            "return LABELS[a[0] >= 0.5 ? 1 : 0];"
        )
    return (
        f"int best = 0;\nfor (int k = 0; k < {len(model.labels)}; k++) {{\n"
        "    probabilities[k] = a[k];\n    if (a[k] > a[best]) best = k;\n}\n"
        "return LABELS[best];"
    )


def tables(model: Model) -> Iterator[str]:
    """Yield labels, weights and biases."""
    if model.labels:
        count = len(model.labels)
        yield f"{names('LABELS', str(count), model.labels)}\n"
    for layer, weights in enumerate(model.parameters.weights, start=1):
        units, inputs = weights.shape
        before = f"static const double b{layer}[{units}] = "
        biases = number_list(layer_biases(model, layer), before, "{}")
        yield f"/* {layer_title(model, layer)} */"
        rows = number_table(weights.tolist(), "{}")
        yield f"static const double W{layer}[{units}][{inputs}] = {rows};"
        yield f"{before}{biases};\n"
