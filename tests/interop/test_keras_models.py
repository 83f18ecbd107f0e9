"""Models that Keras wrote itself give here what they gave in Keras; those that cannot are named.

The files and Keras's predictions are made by models/keras_models.py; keras.json says with what.
"""

import json
from pathlib import Path

import numpy as np
import pytest

import clearprop as cp
from clearprop.errors import SettingError
from clearprop.interop.exchange.reading import lesson_with
from clearprop.network.lesson import lesson_toml, read_lesson
from clearprop.training.scoring import outputs_of

FOLDER = Path(__file__).parent / "models"
KERAS = json.loads((FOLDER / "keras.json").read_text())
ACTIVATIONS = {
    "every_activation": (
        "relu", "tanh", "sigmoid", "elu", "silu", "softplus", "gelu", "leaky_relu", "identity",
        "softmax",
    ),
    "functional": ("elu", "relu", "softmax"),
    "subclassed": ("elu", "identity"),
    "layers_of_activations": ("leaky_relu", "elu", "tanh", "relu", "softmax"),
    "celu": ("elu", "identity"),
    "batch_normalisation": ("relu", "tanh", "sigmoid"),
    "flattened": ("gelu", "identity"),
    "normalised": ("relu", "identity"),
    "double": ("tanh", "identity"),
}  # fmt: skip
REFUSED = {
    "normalised_lacking": (
        "it lacks the numbers of sequential_1/normalization_1/Sub/y:0,"
        " sequential_1/normalization_1/Sqrt/x:0, which are inputs of it: model.export leaves them"
        " out of a Normalization layer; in Keras, write model.export('folder',"
        " format='tf_saved_model'), and then `python -m tf2onnx.convert --saved-model folder"
        " --output model.onnx`"
    ),
    "sequence": (
        "MatMul 'sequential_1/dense_1/Tensordot/MatMul': it takes 2 of the 4 numbers of a row at a"
        " time"
    ),
    "skipping": (
        "MatMul 'functional_1/dense_1/MatMul', Add 'functional_1/add_1/Add': they take the same"
        " numbers; a network here has one way"
    ),
    "recurrent": (
        "Shape 'sequential_1/simple_rnn_1/Shape', Expand 'sequential_1/simple_rnn_1/zeros', Loop"
        " 'sequential_1/simple_rnn_1/while_loop': a network here is layers of weights (Gemm,"
        " MatMul) and activations"
    ),
}


def test_each_model_that_was_made_is_tried():
    assert {*ACTIVATIONS, *REFUSED, "shrinking"} == {*KERAS["predictions"]}


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_a_model_of_keras_predicts_what_it_did_in_keras(name, tmp_path):
    parameters = cp.from_onnx(FOLDER / f"keras_{name}.onnx")
    assert parameters.network.activations == ACTIVATIONS[name]
    wanted = np.array(KERAS["predictions"][name])
    size = max(1.0, np.ptp(wanted))
    (tmp_path / "it.toml").write_text(lesson_toml(lesson_with(parameters)))
    for mine in (parameters, read_lesson(tmp_path / "it.toml").parameters):
        found = outputs_of(mine, np.array(KERAS["x"]))
        np.testing.assert_allclose(found, wanted, rtol=0, atol=2e-6 * size)


@pytest.mark.parametrize("name", REFUSED)
def test_a_model_of_keras_that_is_no_network_here_is_refused_in_words(name):
    path = FOLDER / f"keras_{name}.onnx"
    with pytest.raises(SettingError) as caught:
        cp.from_onnx(path)
    assert str(caught.value) == f"{path} cannot be taken over: {REFUSED[name]}"


def test_an_activation_that_asks_for_a_shape_is_refused_in_words():
    words = r"Abs 'sequential_1/dense_1/Abs', .* together they are no activation of clearprop"
    with pytest.raises(SettingError, match=words):
        cp.from_onnx(FOLDER / "keras_shrinking.onnx")
