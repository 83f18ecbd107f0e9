"""ONNX graphs of PyTorch, Keras and others become networks that give what onnxruntime gives."""

import warnings
from dataclasses import replace

import numpy as np
import onnx
import pytest

import clearprop as cp
from clearprop.data.codings import NumberColumn
from clearprop.errors import SettingError
from clearprop.interop.exchange.models import model_of
from clearprop.interop.exchange.onnx_graph import onnx_bytes
from clearprop.interop.exchange.recognising import recognised
from clearprop.interop.exchange.torch_modules import MODULES
from clearprop.training.scoring import outputs_of
from interop.graphs import SPELLINGS, STYLES, array, graph, layers, node, spelt
from interop.runtime import run_graph
from interop.trained import cases, rows, trained


@pytest.fixture
def read(tmp_path):
    """Return a function that reads the bytes of a graph."""

    def call(content):
        (tmp_path / "model.onnx").write_bytes(content)
        return cp.from_onnx(tmp_path / "model.onnx")

    return call


def assert_same(parameters, content, width, dtype=np.float32, shape=None):
    """Hold a network to onnxruntime, on random rows."""
    x = np.random.default_rng(1).normal(0, 2, (50, width)).astype(dtype)
    (found,) = run_graph(content, {"x": x.reshape(-1, *(shape or (width,)))}).values()
    mine = outputs_of(parameters, x.astype(np.float64))
    digits = 2e-2 if dtype == np.float16 else 2e-5
    np.testing.assert_allclose(mine, found.reshape(mine.shape), rtol=digits, atol=digits)


@pytest.mark.parametrize("style", STYLES)
def test_graphs_of_others_are_read(style, read):
    content, activations = STYLES[style](np.random.default_rng(3))
    parameters = read(content)
    assert parameters.network.activations == activations
    dtype = {"doubles": np.float64, "normalised": np.float16}.get(style, np.float32)
    shape = (2, 2) if style in ("doubles", "built_of_constants") else None
    assert_same(parameters, content, 4, dtype, shape)


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_an_activation_is_known_by_what_it_does(spelling, read):
    nodes, activation = SPELLINGS[spelling]
    content = spelt(np.random.default_rng(5), nodes)
    parameters = read(content)
    assert parameters.network.activations == (activation, "identity")
    if activation == "leaky_relu":
        assert parameters.network.constants == {"leaky_relu_slope": 0.2}
    assert_same(parameters, content, 4)


def by_torch(torch, module, folder):
    """Return the bytes of PyTorch's own export of a module."""
    path = folder / "torch.onnx"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it is told to be the older of two exporters
        torch.onnx.export(
            module.eval(), (torch.zeros(2, 4),), path, dynamo=False, input_names=["x"],
            dynamic_axes={"x": {0: "N"}},
        )  # fmt: skip
    return path.read_bytes()


@pytest.mark.parametrize("activation", MODULES)
def test_graphs_that_pytorch_writes_are_read(activation, read, tmp_path, torch):
    torch.manual_seed(2)
    kind, options = MODULES[activation]
    made = getattr(torch.nn, kind)(**options({"leaky_relu_slope": 0.03, "elu_alpha": 1.5}))
    module = torch.nn.Sequential(
        torch.nn.Flatten(), torch.nn.Linear(4, 6), made, torch.nn.Dropout(0.5),
        torch.nn.Linear(6, 3, bias=False), torch.nn.Softmax(dim=-1),
    )  # fmt: skip
    content = by_torch(torch, module, tmp_path)
    parameters = read(content)
    assert parameters.network.activations == (activation, "softmax")
    assert parameters.network.biases == (True, False)
    assert_same(parameters, content, 4)
    weights = module[1].weight.detach().numpy()
    assert (parameters.weights[0] == weights).all()


@pytest.mark.parametrize("case", cases()[::3], ids=str)
def test_an_exported_run_comes_back_with_its_scaling_in_the_weights(case, read):
    run, frame = trained(case), rows(case).drop_nulls()
    parameters = read(onnx_bytes(model_of(run)))
    plain = replace(run.encoding, columns=tuple(map(unscaled, run.encoding.columns)))
    found = outputs_of(parameters, plain.inputs(frame))
    expected = run.outputs(frame)
    if case.target == "price":
        target = run.encoding.target
        expected = expected * target.scale + target.mean
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5 * np.ptp(expected))
        return
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-6)
    assert parameters.network.activations == run.network.activations


def unscaled(column):
    return replace(column, mean=0.0, scale=1.0) if isinstance(column, NumberColumn) else column


def test_a_lesson_comes_back_to_the_bits_of_float32(read):
    lesson = cp.trace().step.lesson
    parameters = read(cp.export(lesson, "onnx"))
    assert parameters.network == lesson.network
    assert parameters.vector.tolist() == lesson.parameters.vector.astype(np.float32).tolist()


# --- what is refused -----------------------------------------------------------------------------


def refused(read, content):
    with pytest.raises(SettingError) as raised:
        read(content)
    return str(raised.value).split(" cannot be taken over: ")[1]


def test_operators_that_no_network_here_has_are_all_named(read):
    nodes = [
        node("Conv", "x kernel", "c", "conv1"),
        node("Relu", "c", "r"),
        node("MaxPool", "r", "p", "pool1", kernel_shape=[2, 2]),
        node("Flatten", "p", "f"),
        node("MatMul", "f W", "y"),
    ]
    content = graph(nodes, [array("kernel", np.ones((1, 1, 3, 3))), array("W", np.ones((9, 2)))],
                    ["N", 1, 8, 8])  # fmt: skip
    assert refused(read, content) == (
        "Conv 'conv1', MaxPool 'pool1': a network here is layers of weights (Gemm, MatMul) and"
        " activations"
    )


@pytest.mark.parametrize(
    ("nodes", "sentence"),
    [
        ([node("HardSigmoid", "z", "a", "hard")],
         "HardSigmoid 'hard': it is no activation of clearprop"),
        ([node("Tanh", "z", "t", "tanh"), node("Add", "t z", "a", "skip")],
         "Tanh 'tanh', Add 'skip': together they are no activation of clearprop"),
        ([node("Clip", "z zero two", "a", "relu2")],
         "Clip 'relu2': it is no activation of clearprop"),
        ([node("Clip", "z zero far", "a", "relu255")],
         "Clip 'relu255': it is no activation of clearprop"),
        ([node("Relu", "z", "r"), node("Tanh", "r", "a", "second")],
         "Tanh 'second': it follows another activation"),
        ([node("MatMul", "z z", "a", "square")],
         "MatMul 'square': it multiplies by no matrix of weights"),
        ([node("MatMul", "z square", "m", "second"), node("Add", "m z", "a", "skip")],
         "MatMul 'second', Add 'skip': they take the same numbers; a network here has one way"),
        ([node("Transpose", "z", "a", "same", perm=[0, 1])],
         "Transpose 'same': it is no layer and no activation"),
        ([node("Softmax", "z", "a", "soft", axis=0)],
         "Softmax 'soft': it is taken over the examples"),
        ([node("LeakyRelu", "z", "l", "one", alpha=0.1), node("MatMul", "l square", "m"),
          node("LeakyRelu", "m", "a", "two", alpha=0.3)],
         ("LeakyRelu 'two': its leaky_relu_slope is 0.3 where an earlier one is 0.1, and a network"
         " has one for all layers")),
    ],
)  # fmt: skip
def test_what_is_no_layer_and_no_activation_is_named(nodes, sentence, read):
    content = onnx.load_from_string(spelt(np.random.default_rng(7), nodes))
    content.graph.initializer.append(array("square", np.eye(5)))
    assert refused(read, content.SerializeToString()) == sentence


def test_a_scale_behind_the_last_activation_is_named(read):
    (w, b), *_ = layers(np.random.default_rng(8), 4, 2)
    nodes = [
        node("Gemm", "x W b", "z", transB=1), node("Sigmoid", "z", "s"),
        node("Mul", "s c", "y", "times100"),
    ]  # fmt: skip
    content = graph(nodes, [array("W", w), array("b", b), array("c", 100)], ["N", 4])
    assert refused(read, content) == (
        "Mul 'times100': it scales what an activation gives, at the end"
    )


def test_two_inputs_or_outputs_are_named(read):
    nodes = [node("Add", "x t", "s"), node("MatMul", "s W", "y"), node("Relu", "y", "z")]
    content = graph(nodes, [array("W", np.eye(3))], ["N", 3], inputs=("x", "t"))
    assert refused(read, content) == "it has 2 inputs (x, t), and a network has one"
    content = graph(nodes[1:], [array("W", np.eye(3))], ["N", 3], inputs=("s",),
                    outputs=("y", "z"))  # fmt: skip
    assert refused(read, content) == "it has 2 outputs (y, z), and a network has one"


def test_a_graph_without_weights_is_no_network(read):
    content = graph([node("Identity", "x", "y")], [], ["N", 3])
    assert refused(read, content) == "it has no layer of weights"


def test_weights_that_are_not_finite_are_refused(read):
    content = graph([node("MatMul", "x W", "y")], [array("W", [[np.nan]])], ["N", 1])
    with pytest.raises(SettingError, match="the weights of layer 1 must be finite numbers"):
        read(content)


def test_what_is_no_onnx_is_said_in_one_sentence(read, tmp_path):
    with pytest.raises(SettingError, match="cannot be read: No such file or directory"):
        cp.from_onnx(tmp_path / "none.onnx")
    whole = onnx_bytes(model_of(trained(cases()[0])))
    for content in (b"", b"hello", whole[: len(whole) // 2], bytes(range(256)) * 9):
        with pytest.raises(SettingError, match=r"(is no valid ONNX file|cannot be taken over)"):
            read(content)


def test_softplus_that_overflows_is_softplus():
    assert recognised(lambda z: np.log(1 + np.exp(z))) == ("softplus", {})


def test_gelu_by_tanh_is_not_taken_for_gelu():
    def by_tanh(z):
        return 0.5 * z * (1 + np.tanh(np.sqrt(2 / np.pi) * (z + 0.044715 * z**3)))

    assert recognised(by_tanh) is None


def test_a_label_beside_the_probabilities_is_left_out(read):
    (w, b), *_ = layers(np.random.default_rng(9), 4, 3)
    nodes = [
        node("Gemm", "x W b", "z", transB=1), node("Softmax", "z", "y"),
        node("ArgMax", "y", "label", axis=1),
    ]  # fmt: skip
    content = onnx.load_from_string(
        graph(nodes, [array("W", w), array("b", b)], ["N", 4], outputs=("label", "y"))
    )
    content.graph.output[0].type.tensor_type.elem_type = onnx.TensorProto.INT64
    parameters = read(content.SerializeToString())
    assert parameters.network.activations == ("softmax",)
    assert parameters.weights[0].tolist() == w.tolist()
