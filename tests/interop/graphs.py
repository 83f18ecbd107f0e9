"""ONNX graphs as others write them, made by hand."""

from itertools import pairwise

import numpy as np
from onnx import TensorProto, helper, numpy_helper

FLOAT = TensorProto.FLOAT


def array(name, values, dtype=np.float32):
    return numpy_helper.from_array(np.asarray(values, dtype=dtype), name)


def graph(nodes, constants, shape, *, opset=17, outputs=("y",), inputs=("x",), kind=FLOAT):
    """Return the bytes of a graph."""
    made = helper.make_graph(
        nodes, "by_hand",
        [helper.make_tensor_value_info(name, kind, shape) for name in inputs],
        [helper.make_tensor_value_info(name, kind, None) for name in outputs],
        constants,
    )  # fmt: skip
    model = helper.make_model(
        made, opset_imports=[helper.make_opsetid("", opset)], ir_version=8, producer_name="by hand"
    )
    return model.SerializeToString()


def node(operator, inputs, output, name="", **attributes):
    return helper.make_node(operator, inputs.split(), output.split(), name=name, **attributes)


def layers(rng, *sizes):
    """Return random (weights, biases) of layers, weights (units, inputs)."""
    return [
        (rng.normal(size=(units, inputs)).astype(np.float32),
         rng.normal(size=units).astype(np.float32))
        for inputs, units in pairwise(sizes)
    ]  # fmt: skip


def keras(rng):
    """Return a graph as Keras models become by tf2onnx."""
    (w1, b1), (w2, b2) = layers(rng, 4, 6, 3)
    nodes = [
        node("Cast", "x", "cast", "sequential/Cast", to=FLOAT),
        node("MatMul", "cast W0", "mm1", "sequential/dense/MatMul"),
        node("Add", "mm1 B0", "z1", "sequential/dense/BiasAdd"),
        node("Relu", "z1", "a1", "sequential/dense/Relu"),
        node("MatMul", "a1 W1", "mm2", "sequential/dense_1/MatMul"),
        node("Add", "B1 mm2", "z2", "sequential/dense_1/BiasAdd"),
        node("Softmax", "z2", "soft", "sequential/dense_1/Softmax"),
        node("Identity", "soft", "y", "Identity"),
    ]
    constants = [array("W0", w1.T), array("B0", b1), array("W1", w2.T), array("B1", b2)]
    return graph(nodes, constants, ["unk__1", 4], opset=13), ("relu", "softmax")


def built_of_constants(rng):
    """Return a graph whose weights are Constant nodes, transposed, reshaped and cast."""
    (w1, b1), (w2, b2) = layers(rng, 4, 5, 2)
    constant = helper.make_node("Constant", [], ["W0"], value=array("", w1))
    nodes = [
        constant,
        node("Transpose", "W0", "W0T", perm=[1, 0]),
        node("Cast", "B0d", "B0", to=FLOAT),
        node("Flatten", "x", "flat", axis=1),
        node("Gemm", "flat W0T B0", "z1", alpha=0.5, beta=2.0),
        node("Dropout", "z1", "dropped mask"),
        node("Tanh", "dropped", "a1"),
        node("Reshape", "Wrow shape", "W1"),
        node("Gemm", "a1 W1 B1", "z2", transB=1),
        node("Sigmoid", "z2", "y"),
    ]
    constants = [
        array("B0d", b1, np.float64), array("Wrow", w2.reshape(-1)), array("B1", b2),
        array("shape", [2, 5], np.int64),
    ]  # fmt: skip
    return graph(nodes, constants, ["N", 2, 2]), ("tanh", "sigmoid")


def columns(rng):
    """Return a graph in which examples are columns: z = W xᵀ + b."""
    (w1, b1), (w2, b2) = layers(rng, 4, 5, 2)
    nodes = [
        node("Transpose", "x", "xT", perm=[1, 0]),
        node("MatMul", "W0 xT", "mm1"),
        node("Add", "mm1 B0", "z1"),
        node("Softplus", "z1", "a1"),
        node("Gemm", "W1T a1 B1", "z2", transA=1),
        node("Softmax", "z2", "soft", axis=0),
        node("Transpose", "soft", "y", perm=[1, 0]),
    ]
    constants = [
        array("W0", w1), array("B0", b1[:, None]), array("W1T", w2.T), array("B1", b2[:, None]),
    ]  # fmt: skip
    return graph(nodes, constants, ["N", 4]), ("softplus", "softmax")


def with_scales(rng):
    """Return a graph that scales its inputs, normalises a layer and scales what it gives."""
    (w1, b1), (w2, b2) = layers(rng, 4, 5, 2)
    nodes = [
        node("Sub", "x mean", "centred"),
        node("Div", "centred scale", "scaled"),
        node("MatMul", "scaled W0", "mm1"),
        node("Add", "mm1 B0", "z1"),
        node("BatchNormalization", "z1 gain shift running spread", "normal", epsilon=1e-3),
        node("Elu", "normal", "a1", alpha=0.5),
        node("Mul", "a1 half", "halved"),
        node("MatMul", "halved W1", "mm2"),
        node("Sub", "B1 mm2", "z2"),
        node("Mul", "z2 price", "y"),
    ]
    constants = [
        array("mean", rng.normal(5, 1, 4)), array("scale", rng.uniform(1, 3, 4)),
        array("W0", w1.T), array("B0", b1), array("gain", rng.normal(size=5)),
        array("shift", rng.normal(size=5)), array("running", rng.normal(size=5)),
        array("spread", rng.uniform(0.5, 2, 5)), array("half", 0.5), array("W1", w2.T),
        array("B1", b2), array("price", [100.0]),
    ]  # fmt: skip
    return graph(nodes, constants, ["N", 4]), ("elu", "identity")


def doubles(rng):
    """Return a graph in float64 whose shape follows from the input's, and without biases."""
    (w1, _), (w2, _) = layers(rng, 4, 5, 1)
    nodes = [
        node("Shape", "x", "shape"),
        node("Gather", "shape zero", "rows"),
        node("Unsqueeze", "rows axes", "rows1"),
        node("Concat", "rows1 minus", "flat_shape", axis=0),
        node("Reshape", "x flat_shape", "flat"),
        node("MatMul", "flat W0", "z1"),
        node("LeakyRelu", "z1", "a1", alpha=0.2),
        node("MatMul", "a1 W1", "z2"),
        node("Squeeze", "z2 axes1", "y"),
    ]
    constants = [
        array("W0", w1.T, np.float64), array("W1", w2.T, np.float64), array("zero", 0, np.int64),
        array("axes", [0], np.int64), array("axes1", [1], np.int64), array("minus", [-1], np.int64),
    ]  # fmt: skip
    made = graph(nodes, constants, ["N", 2, 2], kind=TensorProto.DOUBLE)
    return made, ("leaky_relu", "identity")


def normalised(rng):
    """Return a graph as Keras's layer of normalisation is written, in float16."""
    (w1, b1), (w2, b2) = layers(rng, 4, 5, 2)
    nodes = [
        node("Sub", "x mean", "centred"),
        node("Sqrt", "variance", "spread"),
        node("Max", "spread least", "scale"),
        node("Div", "centred scale", "normal"),
        node("MatMul", "normal W0", "mm1"),
        node("Add", "mm1 B0", "z1"),
        node("Sigmoid", "z1", "gate"),
        node("Mul", "z1 gate", "a1"),
        node("Gemm", "a1 W1 B1", "z2"),
        node("Tanh", "z2", "y"),
    ]
    constants = [
        array("mean", rng.normal(size=(1, 4)), np.float16),
        array("variance", rng.uniform(0, 2, (1, 4)), np.float16),
        array("least", 1e-3, np.float16), array("W0", w1.T, np.float16),
        array("B0", b1, np.float16), array("W1", w2.T, np.float16), array("B1", b2, np.float16),
    ]  # fmt: skip
    return graph(nodes, constants, ["N", 4], kind=TensorProto.FLOAT16), ("silu", "tanh")


STYLES = {
    style.__name__: style
    for style in (keras, built_of_constants, columns, with_scales, doubles, normalised)
}

# An activation z -> a in other words: nodes, constants, and which one it is.
SPELLINGS = {
    "gelu of PyTorch": (
        [node("Div", "z r2", "d"), node("Erf", "d", "e"), node("Add", "e one", "f"),
         node("Mul", "z f", "g"), node("Mul", "g half", "a")], "gelu"),
    "gelu halved first": (
        [node("Mul", "z half", "h"), node("Div", "z r2", "d"), node("Erf", "d", "e"),
         node("Add", "one e", "f"), node("Mul", "f h", "a")], "gelu"),
    "gelu by a factor": (
        [node("Mul", "z r05", "d"), node("Erf", "d", "e"), node("Add", "e one", "f"),
         node("Mul", "f half", "g"), node("Mul", "z g", "a")], "gelu"),
    "silu": ([node("Sigmoid", "z", "s"), node("Mul", "z s", "a")], "silu"),
    "silu turned": ([node("Sigmoid", "z", "s"), node("Mul", "s z", "a")], "silu"),
    "softplus": (
        [node("Exp", "z", "e"), node("Add", "e one", "f"), node("Log", "f", "a")], "softplus"),
    "sigmoid": (
        [node("Neg", "z", "n"), node("Exp", "n", "e"), node("Add", "e one", "f"),
         node("Reciprocal", "f", "a")], "sigmoid"),
    "relu by Max": ([node("Max", "z zero", "a")], "relu"),
    "relu by Clip": ([node("Clip", "z zero", "a")], "relu"),
    "leaky relu by PRelu": ([node("PRelu", "z slopes", "a")], "leaky_relu"),
    "leaky relu by Where": (
        [node("Greater", "z zero", "p"), node("Mul", "z slope", "s"),
         node("Where", "p z s", "a")], "leaky_relu"),
    "leaky relu by Max": ([node("Mul", "z slope", "s"), node("Max", "z s", "a")], "leaky_relu"),
}  # fmt: skip


def spelt(rng, nodes, *, units=5):
    """Return a graph with an activation z -> a between two layers."""
    (w1, b1), (w2, b2) = layers(rng, 4, units, 2)
    nodes = [node("Gemm", "x W0 B0", "z", "first"), *nodes, node("Gemm", "a W1 B1", "y", "last")]
    constants = [
        array("W0", w1.T), array("B0", b1), array("W1", w2.T), array("B1", b2), array("one", 1),
        array("r2", np.sqrt(2)), array("r05", np.sqrt(0.5)), array("half", 0.5), array("zero", 0),
        array("slope", 0.2), array("slopes", np.full(units, 0.2)), array("two", 2),
        array("far", 255),
    ]  # fmt: skip
    return graph(nodes, constants, ["N", 4])
