"""An .onnx file as values: its nodes in order, its constants, and what some of its nodes compute.

Comes in: a path. Goes out: a `Content`. Constants are initialisers and all that follows from
constants alone: Constant nodes, transposed or reshaped weights.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from clearprop.errors import SettingError
from clearprop.interop.extras import needed
from clearprop.network.parameters import Array

FLOATS = (1, 10, 11, 16)  # ONNX's count of float32, float16, float64 and bfloat16
NUMBERS = (0, *FLOATS)  # 0: unsaid
# what onnx's reference and NumPy raise for what is damaged, or tensors that are no match
UNFIT = (ValueError, TypeError, KeyError, IndexError, AttributeError, RuntimeError)
# What is computed beforehand, from constants alone: no loops, nothing that makes much of little.
FOLDED = (
    "Add", "Cast", "Concat", "Constant", "Div", "Flatten", "Gather", "Identity", "Max", "Mul",
    "Neg", "Reciprocal", "Reshape", "Slice", "Sqrt", "Squeeze", "Sub", "Transpose", "Unsqueeze",
)  # fmt: skip
# TensorFlow's operators that ONNX does not have and tf2onnx 1.17 leaves in its files (of Keras's
# gelu and celu) -> the same in ONNX's: erfc x = 1 - erf x, expm1 x = eˣ - 1
OF_TENSORFLOW = {"Erfc": ("Erf", ("one", "x")), "Expm1": ("Exp", ("x", "one"))}


@dataclass(frozen=True)
class Content:
    """The nodes in order, the constants, and the names of what goes in and out.

    widths   how many numbers a row of an input has, where the file says so
    """

    source: str
    nodes: tuple[Any, ...]
    constants: Mapping[str, Array]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    widths: Mapping[str, int]
    opsets: Any
    metadata: Mapping[str, str]

    def computed(self, nodes: Sequence[Any], given: str, value: Array, wanted: str) -> Array:
        """Return what some nodes make of one tensor's value."""
        return evaluated(nodes, {**self.constants, given: value}, wanted, self.opsets)


def read_onnx(path: Path) -> Content:
    """Return the content of an .onnx file.

    Raises
    ------
    SettingError: no such file, or no ONNX.
    MissingExtra: onnx is not installed.
    """
    onnx = needed("onnx", "the ONNX format", "onnx")
    try:
        proto = onnx.load_model(str(path), load_external_data=False)
        onnx.load_external_data_for_model(proto, str(path.absolute().parent))
        if proto.functions:
            from onnx.inliner import inline_local_functions

            proto = inline_local_functions(proto)
        return content_of(proto, str(path))
    except OSError as error:
        raise SettingError(f"{path} cannot be read: {error.strerror or error}") from None
    except unreadable() as error:
        reason = str(error).strip().partition("\n")[0].rstrip(".")
        raise SettingError(f"{path} is no valid ONNX file: {reason}") from None


def unreadable() -> tuple[type[Exception], ...]:
    """Return what is raised for bytes that are no ONNX, or weights in a file that is not there."""
    decoding = import_module("google.protobuf.message").DecodeError
    validation = import_module("onnx.checker").ValidationError
    return (decoding, validation, *UNFIT)


def content_of(proto: Any, source: str) -> Content:
    """Return the content of a model."""
    from onnx.numpy_helper import to_array

    graph = proto.graph
    constants: dict[str, Array] = {t.name: wide(to_array(t)) for t in graph.initializer}
    nodes = []
    for node in standard_nodes(graph.node, constants):
        if node.op_type in FOLDED and all(n in constants for n in node.input if n):
            constants.update(outputs_of_constants(node, constants, proto.opset_import))
        else:
            nodes.append(node)
    # a label, integer or text, may stand beside the numbers that it is told by
    outputs = tuple(v.name for v in graph.output if v.type.tensor_type.elem_type in NUMBERS)
    inputs = {v.name: row_size(v) for v in graph.input if v.name not in constants}
    return Content(
        source, tuple(nodes), constants, tuple(inputs), outputs,
        {name: size for name, size in inputs.items() if size},
        proto.opset_import, {entry.key: entry.value for entry in proto.metadata_props},
    )  # fmt: skip


def row_size(value: Any) -> int:
    """Return how many numbers a row of an input has; 0 where that is left open."""
    sizes = [size.dim_value for size in value.type.tensor_type.shape.dim]
    return int(np.prod(sizes[1:], dtype=np.int64)) if len(sizes) > 1 else 0


def standard_nodes(nodes: Iterable[Any], constants: dict[str, Array]) -> Iterator[Any]:
    """Yield nodes, those that are TensorFlow's in ONNX's operators; adds the 1 of these."""
    from onnx.helper import make_node

    for node in nodes:
        if node.domain or node.op_type not in OF_TENSORFLOW:
            yield node
            continue
        operator, order = OF_TENSORFLOW[node.op_type]
        (given,), (wanted,) = node.input, node.output
        between, one = f"{operator} of {wanted}", f"one of {wanted}"
        constants[one] = np.array(1, dtype=np.float32)
        yield make_node(operator, [given], [between], name=node.name)
        places = {"x": between, "one": one}
        yield make_node("Sub", [places[name] for name in order], [wanted], name=node.name)


def wide(array: Array) -> Array:
    """Return half-precision numbers in float32, in which an activation can be told from others."""
    return array.astype(np.float32) if "float16" in array.dtype.name else array


def outputs_of_constants(
    node: Any, constants: Mapping[str, Array], opsets: Any
) -> dict[str, Array]:
    """Return the outputs of a node whose inputs are all known."""
    return {name: evaluated([node], constants, name, opsets) for name in node.output if name}


def evaluated(nodes: Sequence[Any], known: Mapping[str, Array], wanted: str, opsets: Any) -> Array:
    """Return what nodes compute from known tensors, by onnx's own reference."""
    from onnx import helper
    from onnx.reference import ReferenceEvaluator

    used: set[str] = {name for node in nodes for name in node.input if name in known}
    arrays: dict[str, Array] = {name: np.asarray(known[name]) for name in used}
    inputs = [
        helper.make_tensor_value_info(
            name, helper.np_dtype_to_tensor_dtype(array.dtype), list(array.shape)
        )
        for name, array in arrays.items()
    ]
    output = helper.make_empty_tensor_value_info(wanted)
    graph = helper.make_graph(list(nodes), "part", inputs, [output])
    model = helper.make_model(graph, opset_imports=list(opsets))
    with np.errstate(all="ignore"):
        found: Any = ReferenceEvaluator(model).run([wanted], arrays)
    return np.asarray(found[0])
