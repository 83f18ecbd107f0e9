"""A model as an ONNX graph: the raw rows go in, labels and probabilities or numbers come out.

Comes in: a `Model`. Goes out: the bytes of an .onnx file, checked by onnx's own checker.

    numbers      float64 (N, columns)  truth values as 1 and 0, times in seconds; NaN is missing
    categories   string (N, columns)   in UTF-8; "" is missing
    x            float32 (N, inputs)   instead of both, of a lesson's network
    label, probabilities               of classes: (N,) strings or integers, float32 (N, classes)
    prediction                         of a number: float64 (N,), in the target's units
    predictions                        of several numbers or labels at once: float64 (N, outputs)
    outputs                            of a lesson's network: float32 (N, outputs)

Numbers are scaled in float64, for a date in seconds has no float32; the network computes in
float32, or in float64 where nothing scales its numbers (`Model.wide`). A graph cannot refuse a row:
one that lacks a value (and is not imputed) gives NaN, and the label "" or a negative integer.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from clearprop import __version__
from clearprop.data.codings import NumberColumn
from clearprop.errors import SettingError, counted
from clearprop.formulas.constants import DEFAULTS
from clearprop.interop.exchange.models import Model
from clearprop.interop.exchange.onnx_operators import steps_of
from clearprop.interop.exchange.plain_code import title
from clearprop.interop.extras import needed
from clearprop.runs.manifest import network_json

OPSET, IR_VERSION = 19, 9  # of 2023: what runtimes in use can read; text is compared since 19
MOST = 500_000_000  # parameters: a file has at most 2 GB
HEADER = "clearprop"  # the entry of the file's metadata, a JSON text
ENCODED, OUTPUTS = "encoded", "outputs"  # tensors: what the network itself takes and gives


class Graph:
    """Nodes and constants as they are added; each call returns the name of what it adds."""

    def __init__(self, wide: bool = False) -> None:
        self.wide, self.dtype = wide, "float64" if wide else "float32"  # of the network
        self.onnx = needed("onnx", "the ONNX format", "onnx")
        self.helper, self.types = self.onnx.helper, self.onnx.TensorProto
        self.nodes: list[Any] = []
        self.constants: dict[str, Any] = {}
        self.inputs: list[Any] = []
        self.outputs: list[Any] = []

    def add(self, operator: str, inputs: Sequence[str], name: str, **attributes: Any) -> str:
        """Add a node that gives a tensor of that name."""
        node = self.helper.make_node(operator, list(inputs), [name], name=name, **attributes)
        self.nodes.append(node)
        return name

    def numbers(self, name: str, values: Any, dtype: str = "") -> str:
        """Add constants of a number type; without one they are of the network's."""
        array = np.ascontiguousarray(np.asarray(values, dtype=dtype or self.dtype))
        self.constants[name] = self.onnx.numpy_helper.from_array(array, name)
        return name

    def cast(self, value: str, name: str, dtype: str = "") -> str:
        """Add numbers in another type; without one in the network's."""
        kinds = {"float32": "FLOAT", "float64": "DOUBLE", "int64": "INT64"}
        return self.add("Cast", [value], name, to=self.kind(kinds[dtype or self.dtype]))

    def texts(self, name: str, values: Sequence[str], shape: Sequence[int]) -> str:
        """Add constants that are texts."""
        content = [value.encode() for value in values]
        self.constants[name] = self.helper.make_tensor(name, self.types.STRING, shape, content)
        return name

    def input(self, name: str, kind: str, columns: Sequence[str]) -> str:
        """Declare what is given: one row per example, a column each."""
        shape = ["N", len(columns)]
        about = f"columns: {json.dumps(list(columns), ensure_ascii=False)}"
        self.inputs.append(self.helper.make_tensor_value_info(name, self.kind(kind), shape, about))
        return name

    def output(self, name: str, kind: str, *shape: int) -> None:
        """Declare what is asked for."""
        info = self.helper.make_tensor_value_info(name, self.kind(kind), ["N", *shape])
        self.outputs.append(info)

    def kind(self, name: str) -> int:
        """Return ONNX's number for a type."""
        return int(getattr(self.types, name))

    def bytes(self, model: Model) -> bytes:
        """Return the file, checked."""
        graph = self.helper.make_graph(
            self.nodes, "clearprop", self.inputs, self.outputs, list(self.constants.values()),
            doc_string="\n".join(title(model)),
        )  # fmt: skip
        proto = self.helper.make_model(
            graph, producer_name="clearprop", producer_version=__version__, ir_version=IR_VERSION,
            opset_imports=[self.helper.make_opsetid("", OPSET)],
        )  # fmt: skip
        self.helper.set_model_props(proto, {HEADER: json.dumps(about(model), ensure_ascii=False)})
        self.onnx.checker.check_model(proto, full_check=True)
        return bytes(proto.SerializeToString())


def onnx_bytes(model: Model) -> bytes:
    """Return the model as an .onnx file.

    Raises
    ------
    MissingExtra: onnx is not installed.
    SettingError: the network is too large for one file.
    """
    count = model.network.parameter_count
    if count > MOST:
        raise SettingError(
            f"{counted(count, 'parameter')} are too many for an ONNX file (at most {MOST:,}); take"
            " safetensors"
        )
    graph, model = Graph(model.wide), model.numbers_first
    if model.encoding is None:
        layers(graph, model, graph.input("x", "FLOAT", [c.name for c in model.columns]))
        graph.output(OUTPUTS, "FLOAT", model.network.layers[-1])
        return graph.bytes(model)
    layers(graph, model, encoded(graph, model))
    final = graph.add("Add", [OUTPUTS, missing(graph, model)], "final")
    if model.labels:
        classes(graph, model, final)
    elif model.number_target is not None:
        number(graph, model.number_target, final)
    else:
        graph.cast(final, "predictions", "float64")
        graph.output("predictions", "DOUBLE", model.network.layers[-1])
    return graph.bytes(model)


def about(model: Model) -> dict[str, Any]:
    """Return what the file's metadata say: all that is needed to read the run's network back."""
    return {
        "version": __version__,
        "network": network_json(model.network),
        "encoding": model.encoding_json,
        "inputs": [column.name for column in model.columns],
    }


# --- the columns ---------------------------------------------------------------------------------


def encoded(graph: Graph, model: Model) -> str:
    """Add what makes the network's inputs of the columns."""
    parts = [*scaled_numbers(graph, model), *one_hot(graph, model)]
    return graph.add("Concat", parts, ENCODED, axis=1)


def scaled_numbers(graph: Graph, model: Model) -> list[str]:
    """Add (value - mean) / scale in float64; missing numbers are filled where the run does so."""
    columns = model.numbers
    if not columns:
        return []
    values = graph.input("numbers", "DOUBLE", [c.name for c in columns])
    mean = graph.numbers("mean", [[c.mean for c in columns]], "float64")
    scale = graph.numbers("scale", [[c.scale for c in columns]], "float64")
    if model.impute:
        gaps = graph.add("IsNaN", [values], "numbers_missing")
        values = graph.add("Where", [gaps, mean, values], "numbers_filled")
    apart = graph.add("Sub", [values, mean], "centred")
    scaled = graph.add("Div", [apart, scale], "standardised")
    return [graph.cast(scaled, "scaled")]


def one_hot(graph: Graph, model: Model) -> list[str]:
    """Add one input per category, 1 for the one it is; all 0 for a category that is not known."""
    columns = model.categories
    if not columns:
        return []
    values = graph.input("categories", "STRING", [c.name for c in columns])
    empty = graph.texts("empty", [""], [1, 1])
    gaps = graph.add("Equal", [values, empty], "categories_missing")
    if model.impute:
        usual = graph.texts("usual", [c.fill for c in columns], [1, len(columns)])
        values = graph.add("Where", [gaps, usual, values], "categories_filled")
    found = []
    for place, column in enumerate(columns):
        index = graph.numbers(f"place{place}", [place], "int64")
        cell = graph.add("Gather", [values, index], f"category{place}", axis=1)
        known = graph.texts(f"known{place}", column.categories, [1, len(column.categories)])
        same = graph.add("Equal", [cell, known], f"same{place}")
        found.append(graph.cast(same, f"one_hot{place}"))
    return found


def missing(graph: Graph, model: Model) -> str:
    """Add a column that is 0 for a whole row, and NaN where a value is missing or infinite."""
    zero, axis = graph.numbers("zero", 0.0), graph.numbers("columns", [1], "int64")
    found = []
    if model.numbers:
        found.append(graph.add("Mul", ["scaled", zero], "numbers_whole"))
    if model.categories and not model.impute:
        nan = graph.numbers("nan", np.nan)
        found.append(graph.add("Where", ["categories_missing", nan, zero], "categories_whole"))
    if not found:
        return zero
    whole = graph.add("Concat", found, "whole", axis=1)
    return graph.add("ReduceSum", [whole, axis], "missing", keepdims=1)


# --- the network, and what it says ---------------------------------------------------------------


def layers(graph: Graph, model: Model, inputs: str) -> None:
    """Add the layers; the last activation is the tensor `outputs`."""
    network = model.network
    for layer in network.layer_numbers:
        taken = [inputs, graph.numbers(f"W{layer}", model.parameters.weights[layer - 1])]
        biases = model.parameters.biases[layer - 1]
        if biases is not None:
            taken.append(graph.numbers(f"b{layer}", biases))
        z = graph.add("Gemm", taken, f"z{layer}", transB=1)
        name = OUTPUTS if layer == network.depth else f"a{layer}"
        inputs = activation(graph, model, layer, z, name)


def activation(graph: Graph, model: Model, layer: int, z: str, name: str) -> str:
    """Add the nodes of a layer's activation."""
    constants = {**DEFAULTS, **model.network.constants}
    names, steps = {"z": z}, steps_of(model.network.activation(layer), graph.wide)
    for step in steps:
        taken = [
            names.get(part) or graph.numbers(part, constants[part])
            if isinstance(part, str)
            else graph.numbers(f"number_{part:.3g}", part)
            for part in step.inputs
        ]
        given = name if step is steps[-1] else f"{step.name}{layer}"
        names[step.name] = graph.add(step.operator, taken, given, **step.attributes(constants))
    return name


def classes(graph: Graph, model: Model, final: str) -> None:
    """Add probabilities and label."""
    if model.one_output:
        other = graph.add("Sub", [graph.numbers("one", 1.0), final], "other")
        shares = graph.add("Concat", [other, final], "shares", axis=1)
        half = graph.add("GreaterOrEqual", [final, graph.numbers("half", 0.5)], "second")
        index = graph.cast(half, "second_index", "int64")
    else:
        shares = final
        index = graph.add("ArgMax", [shares], "largest", axis=1, keepdims=1)
    graph.cast(shares, "probabilities", "float32")
    first = graph.numbers("first", [0], "int64")
    gap = graph.add("IsNaN", [graph.add("Gather", [shares, first], "share", axis=1)], "no_label")
    none = graph.numbers("none", len(model.labels), "int64")
    place = graph.add("Where", [gap, none, index], "place")
    flat = graph.add("Squeeze", [place, graph.numbers("axis", [1], "int64")], "row_place")
    labels, kind = label_constants(graph, model)
    graph.add("Gather", [labels, flat], "label", axis=0)
    graph.output("label", kind)
    graph.output("probabilities", "FLOAT", len(model.labels))


def label_constants(graph: Graph, model: Model) -> tuple[str, str]:
    """Add the labels and what stands for none, as integers where all are such, and their type."""
    whole = model.whole_labels
    if not whole:
        return graph.texts("labels", [*model.labels, ""], [len(model.labels) + 1]), "STRING"
    return graph.numbers("labels", [*whole, min(-1, min(whole) - 1)], "int64"), "INT64"


def number(graph: Graph, target: NumberColumn, final: str) -> None:
    """Add the prediction in the target's units, in float64."""
    exact = graph.cast(final, "final_exact", "float64")
    scale = graph.numbers("target_scale", target.scale, "float64")
    mean = graph.numbers("target_mean", target.mean, "float64")
    scaled = graph.add("Add", [graph.add("Mul", [exact, scale], "unscaled"), mean], "column")
    graph.add("Squeeze", [scaled, graph.numbers("axis", [1], "int64")], "prediction")
    graph.output("prediction", "DOUBLE")
