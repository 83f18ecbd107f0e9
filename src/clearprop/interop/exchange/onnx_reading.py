"""An ONNX graph -> Parameters: the graph is walked from its input to its output.

Comes in: an .onnx file, clearprop's own, or as PyTorch, Keras (tf2onnx) and others write them. Goes
out: `Parameters` that give the graph's outputs for the graph's inputs. Layers are MatMul and Gemm;
scales and shifts beside them become part of them; what lies between two layers is an activation
that is known by its values (`recognising.py`), whatever nodes it is made of.

From a graph of clearprop's own the network is taken, with the scaling of the columns put into its
first layer and that of the target into its last; categories stay one input each.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from clearprop.interop.exchange.assembling import Assembly, cannot_be_taken, shortest
from clearprop.interop.exchange.onnx_file import FLOATS, FOLDED, Content
from clearprop.interop.exchange.recognising import recognised
from clearprop.network.parameters import Array, Parameters

LINEAR = ("MatMul", "Gemm")
SELU = {"alpha": 1.67326319217681884765625, "gamma": 1.05070102214813232421875}  # ONNX's defaults
SCALING = ("Add", "Sub", "Mul", "Div")
SHAPING = ("Flatten", "Reshape", "Squeeze", "Unsqueeze")  # of rows that stay rows
PASSING = ("Identity", "Dropout", "Cast", *SHAPING)
OF_UNITS = frozenset((
    *SCALING, "Abs", "And", "Celu", "Clip", "Elu", "Equal", "Erf", "Exp", "Gelu", "Greater",
    "GreaterOrEqual", "HardSigmoid", "HardSwish", "LeakyRelu", "Less", "LessOrEqual", "Log", "Max",
    "Min", "Mish", "Neg", "Not", "Or", "PRelu", "Pow", "Reciprocal", "Relu", "Selu", "Sigmoid",
    "Sign", "Softplus", "Softsign", "Sqrt", "Swish", "Tanh", "ThresholdedRelu", "Where",
))  # fmt: skip
KNOWN = {*LINEAR, *PASSING, *OF_UNITS, "BatchNormalization", "Softmax", "Transpose"}


class Walk:
    """The way through a graph: where it stands, and the network so far."""

    def __init__(self, content: Content, start: str, end: str) -> None:
        self.content, self.start, self.end = content, start, end
        self.assembly = Assembly()
        self.current, self.across = start, False  # across: units are rows, examples columns
        self.nodes = leading_to(content, start, end)
        self.dtype = dtype_of(content, self.nodes)

    def parameters(self) -> Parameters:
        """Walk to the end and return the network."""
        self.check_operators()
        while self.nodes:
            users = [node for node in self.nodes if self.current in node.input]
            if not users or not self.step(users):
                break
        if self.nodes and not self.assembly.problems:
            self.assembly.problems.append(
                f"{worded(self.nodes[0])}: it is beside the one way from input to output"
            )
        return self.assembly.finished(self.content.source)

    def check_operators(self) -> None:
        """Raise where there are nodes that no network of clearprop has, naming them all."""
        nodes = self.nodes or [n for n in self.content.nodes if n.op_type not in FOLDED]
        strange = [node for node in nodes if node.domain not in ("", "ai.onnx")]
        strange += [n for n in nodes if n not in strange and n.op_type not in KNOWN]
        if strange:
            names = ", ".join(map(worded, strange))
            raise cannot_be_taken(
                self.content.source,
                [f"{names}: a network here is layers of weights (Gemm, MatMul) and activations"],
            )

    def step(self, users: Sequence[Any]) -> bool:
        """Take the node that comes next, or all of an activation; False where there is no way."""
        node = users[0]
        alone = len(users) == 1 and self.current != self.end
        if alone and passes(node):
            self.across ^= node.op_type == "Transpose"
            return self.passed([node], node.output[0])
        if alone and node.op_type in LINEAR:
            return self.layer(node)
        if alone and node.op_type == "Softmax":
            return self.softmax(node)
        if alone and node.op_type == "Selu":
            return self.selu(node)
        if alone and self.scaled(node):
            return self.passed([node], node.output[0])
        return self.activation(users)

    def passed(self, nodes: Sequence[Any], reached: str) -> bool:
        """Leave some nodes behind."""
        self.nodes = [node for node in self.nodes if node not in nodes]
        self.current = reached
        return True

    def problem(self, nodes: Sequence[Any], words: str) -> bool:
        """Note what cannot be taken; there is no way on."""
        self.assembly.problems.append(f"{', '.join(map(worded, nodes))}: {words}")
        return False

    # --- layers ----------------------------------------------------------------------------------

    def layer(self, node: Any) -> bool:
        """Take a layer of weights, which may stand on either side of the product."""
        constants = self.content.constants
        place = list(node.input).index(self.current)
        other = None if place > 1 else constants.get(node.input[1 - place])
        if other is None or other.ndim != 2:
            return self.problem([node], "it multiplies by no matrix of weights")
        options = attributes(node)
        turned = [bool(options.get(name, 0)) for name in ("transA", "transB")]
        # (x W')ᵀ = W xᵀ: what counts is whether units lie along the axis that is summed over
        if (self.across ^ turned[place]) != (place == 1):
            return self.problem([node], "it sums over the examples")
        matrix = other.T if turned[1 - place] else other
        weights = matrix if place == 1 else matrix.T
        width = self.assembly.units or self.content.widths.get(self.start, 0)
        if width not in (0, weights.shape[1]):
            return self.problem(
                [node], f"it takes {weights.shape[1]} of the {width} numbers of a row at a time"
            )
        weights = weights.astype(np.float64) * options.get("alpha", 1.0)
        biases = None
        if len(node.input) > 2 and node.input[2]:
            given = constants.get(node.input[2])
            if given is None or given.size not in (1, len(weights)):
                return self.problem([node], "it adds what are no biases")
            biases = np.broadcast_to(given.ravel(), len(weights)) * options.get("beta", 1.0)
        self.assembly.linear(weights, biases, worded(node))
        self.across = place == 1
        return self.passed([node], node.output[0])

    def scaled(self, node: Any) -> bool:
        """Take a node that scales or shifts by constants; False where it is something else."""
        found = self.scale_and_shift(node)
        if found is None:
            return False
        self.assembly.affine(*found, worded(node))
        return True

    def scale_and_shift(self, node: Any) -> tuple[Array, Array] | None:
        """Return what a node multiplies by and adds; None where it does something else."""
        if node.op_type not in (*SCALING, "BatchNormalization"):
            return None
        if not all(n in self.content.constants for n in node.input if n != self.current):
            return None
        if node.op_type == "Div" and node.input[0] != self.current:
            return None
        others = [n for n in node.input if n in self.content.constants]
        if not others:
            return None
        width = max(self.content.constants[name].size for name in others)
        if self.assembly.units is not None and width > self.assembly.units:
            return None
        probes = np.zeros((2, width), dtype=self.dtype)
        probes[1] = 1
        values = self.values([node], node.output[0], probes)
        if values.shape != probes.shape:
            return None
        shift = values[0].astype(np.float64)
        exact = self.exact_scale(node)
        return (values[1] - shift if exact is None else exact), shift

    def exact_scale(self, node: Any) -> Array | None:
        """Return what a node multiplies by where that is one of its constants, to the last bit."""
        if node.op_type not in SCALING:
            return None
        other = next(n for n in node.input if n != self.current)
        value = self.content.constants[other].astype(np.float64).ravel()
        if node.op_type == "Mul":
            return value
        if node.op_type == "Div":
            return np.asarray(1 / value)
        return np.array(-1.0 if node.op_type == "Sub" and node.input[1] == self.current else 1.0)

    # --- activations -----------------------------------------------------------------------------

    def softmax(self, node: Any) -> bool:
        """Take a softmax over the units."""
        axis = attributes(node).get("axis", -1)
        if axis not in ((0, -2) if self.across else (1, -1)):
            return self.problem([node], "it is taken over the examples")
        self.assembly.activate("softmax", worded(node))
        return self.passed([node], node.output[0])

    def selu(self, node: Any) -> bool:
        """Take a SELU: an ELU with a factor, which goes into the weights that follow."""
        alpha, gamma = (attributes(node).get(k, v) for k, v in SELU.items())
        self.assembly.activate("elu", worded(node), {"elu_alpha": shortest(alpha)})
        self.assembly.affine(shortest(gamma), 0.0, worded(node))
        return self.passed([node], node.output[0])

    def activation(self, users: Sequence[Any]) -> bool:
        """Take the fewest nodes that together are an activation."""
        region: list[Any] = []
        reached = {self.current}  # a Transpose in a region would show in its values
        for node in self.nodes:
            if not reached.intersection(node.input):
                continue
            if node.op_type not in OF_UNITS and not passes(node):
                break
            region.append(node)
            reached.add(node.output[0])
            if self.only_way(region, reached):
                found = self.recognised(region, node.output[0])
                if found is not None:
                    name, constants = found
                    self.assembly.activate(name, worded(node), constants)
                    return self.passed(region, node.output[0])
        if len(users) > 1 and len(region) < len(users):
            return self.problem(users, "they take the same numbers; a network here has one way")
        if not region:
            return self.problem(users, "it is no layer and no activation")
        words = "it is" if len(region) == 1 else "together they are"
        return self.problem(region, f"{words} no activation of clearprop")

    def only_way(self, region: Sequence[Any], reached: set[str]) -> bool:
        """Return whether the rest of the graph takes only the last node of a region."""
        rest = [node for node in self.nodes if node not in region]
        taken = {name for node in rest for name in node.input} | {self.end}
        return taken & reached == {region[-1].output[0]}

    def recognised(self, region: Sequence[Any], wanted: str) -> tuple[str, dict[str, float]] | None:
        """Return which activation a region is, the same for all units; None where it is none."""
        taken = {name for node in region for name in node.input}
        constants = (a for name, a in self.content.constants.items() if name in taken)
        others = [array for array in constants if array.dtype.kind == "f"]
        width = max((array.size for array in others), default=1)
        known = {self.current, "", *self.content.constants, *(n.output[0] for n in region)}
        if width not in (1, self.assembly.units) or not taken <= known:
            return None

        def function(probes: Array) -> Array:
            columns = np.repeat(probes[:, np.newaxis], width, axis=1).astype(self.dtype)
            values = self.values(region, wanted, columns)
            if values.shape != columns.shape or np.ptp(values, axis=1).max() > 1e-6:
                return np.full(len(probes), np.nan)
            return values[:, 0]

        return recognised(function)

    def values(self, nodes: Sequence[Any], wanted: str, rows: Array) -> Array:
        """Return what nodes make of rows of numbers, one row per example."""
        given = rows.T if self.across else rows
        found = self.content.computed(nodes, self.current, given, wanted)
        return found.T if self.across else found


# --- the graph -----------------------------------------------------------------------------------


def passes(node: Any) -> bool:
    """Return whether a node leaves the numbers as they are."""
    if node.op_type == "Cast":
        return attributes(node)["to"] in FLOATS
    if node.op_type == "Transpose":
        return list(attributes(node).get("perm", [1, 0])) == [1, 0]
    return node.op_type in PASSING


def leading_to(content: Content, start: str, end: str) -> list[Any]:
    """Return the nodes between two tensors, in order.

    Those that only compute a shape, as PyTorch's `view(x.size(0), -1)` does, are left out.
    """
    after, behind = {start}, []
    for node in content.nodes:
        if after.intersection(node.input) and node.op_type != "Shape":
            after.update(node.output)
            behind.append(node)
    needed, found = {end}, []
    for node in reversed(behind):
        if needed.intersection(node.output):
            needed.update(node.input)
            found.append(node)
    return found[::-1]


def dtype_of(content: Content, nodes: Sequence[Any]) -> Any:
    """Return the number type that some nodes compute in: that of the first weights."""
    names = [name for node in nodes if node.op_type in LINEAR for name in node.input]
    weights = [content.constants[name] for name in names if name in content.constants]
    return weights[0].dtype if weights else np.dtype(np.float32)


def attributes(node: Any) -> dict[str, Any]:
    """Return a node's options by name."""
    from onnx.helper import get_attribute_value

    return {entry.name: get_attribute_value(entry) for entry in node.attribute}


def worded(node: Any) -> str:
    """Return a node as it is named to people."""
    name = node.name or node.output[0]
    return f"{node.op_type} '{name}'"
