"""Makes the Keras models that the tests import: ONNX files, with Keras's own predictions beside.

`python tests/interop/models/keras_models.py` needs what the tests do not: tensorflow, Keras 3,
tf2onnx and onnx. It writes keras_NAME.onnx for each model, trained a little, and keras.json: which
versions made the files, the rows that Keras was given, and what it predicted.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"  # read when tensorflow is imported
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import keras
import numpy as np
from keras import layers

FOLDER = Path(__file__).parent
MADE_WITH = ("tensorflow-cpu", "keras", "tf2onnx", "onnx", "numpy")
EXAMPLES, SHOWN = 200, 8
EVERY = ("relu", "tanh", "sigmoid", "elu", "silu", "softplus", "gelu", "leaky_relu", "linear")


def sequential(*parts: keras.Layer, shape: tuple[int, ...] = (4,)) -> keras.Model:
    """Return a Sequential model over rows of a shape."""
    return keras.Sequential([keras.Input(shape), *parts])


def functional() -> keras.Model:
    """Return a model by the functional API, with names of its own and a model inside."""
    inside = sequential(layers.Dense(5, activation="elu"), layers.Dropout(0.2))
    measures = keras.Input((4,), name="measures")
    hidden = layers.Dense(6, activation="relu", name="hidden", use_bias=False)(inside(measures))
    return keras.Model(measures, layers.Dense(3, activation="softmax", name="kind")(hidden))


class Subclassed(keras.Model):
    """A model with a `call` of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden, self.out = layers.Dense(6, activation="selu"), layers.Dense(2)

    def call(self, x: Any) -> Any:
        """Return the outputs."""
        return self.out(self.hidden(x))


def normalised(x: np.ndarray) -> keras.Model:
    """Return a model that scales what it is given by what it has seen."""
    scaled = layers.Normalization()
    scaled.adapt(3 * x + 1)
    return sequential(scaled, layers.Dense(5, activation="relu"), layers.Dense(1))


def skipping() -> keras.Model:
    """Return a model with two ways from its input to its output."""
    x = keras.Input((4,))
    hidden = layers.Dense(4, activation="relu")(x)
    return keras.Model(x, layers.Dense(2)(layers.Add()([x, hidden])))


MODELS: dict[str, Callable[[np.ndarray], keras.Model]] = {
    "every_activation": lambda x: sequential(
        *(layers.Dense(4, activation=name) for name in EVERY), layers.Dense(3, activation="softmax")
    ),
    "functional": lambda x: functional(),
    "subclassed": lambda x: Subclassed(),
    "layers_of_activations": lambda x: sequential(
        layers.Dense(5), layers.LeakyReLU(negative_slope=0.05), layers.Dense(5),
        layers.ELU(alpha=0.7), layers.Dense(5), layers.Activation("tanh"), layers.Dense(4),
        layers.ReLU(), layers.Dense(3), layers.Softmax(),
    ),
    "celu": lambda x: sequential(layers.Dense(5, activation="celu"), layers.Dense(2)),
    "batch_normalisation": lambda x: sequential(
        layers.BatchNormalization(), layers.Dense(5), layers.BatchNormalization(),
        layers.Activation("relu"), layers.Dense(5, activation="tanh"), layers.BatchNormalization(),
        layers.Dense(1, activation="sigmoid"),
    ),
    "flattened": lambda x: sequential(
        layers.Flatten(), layers.Rescaling(0.5, offset=0.1), layers.Dense(5, activation="gelu"),
        layers.GaussianNoise(0.1), layers.Dense(2), layers.Rescaling(100.0), shape=(2, 2),
    ),
    "normalised": normalised,
    "double": lambda x: keras.Sequential([
        keras.Input((4,), dtype="float64"),
        layers.Dense(5, activation="tanh", dtype="float64"), layers.Dense(2, dtype="float64"),
    ]),
    # what cannot be taken
    "normalised_lacking": normalised,
    "sequence": lambda x: sequential(
        layers.Dense(3, activation="relu"), layers.Flatten(), layers.Dense(1), shape=(2, 2)
    ),
    "skipping": lambda x: skipping(),
    "recurrent": lambda x: sequential(layers.SimpleRNN(2), layers.Dense(1), shape=(4, 1)),
    "shrinking": lambda x: sequential(
        layers.Dense(3, activation="hard_shrink"), layers.Dense(1)
    ),
}  # fmt: skip
BY_SAVED_MODEL = ("normalised",)  # model.export to ONNX leaves the mean out


def trained(model: keras.Model, x: np.ndarray) -> tuple[keras.Model, np.ndarray]:
    """Train a model a little, on targets that are drawn; return it and the rows in its shape."""
    if getattr(model, "inputs", None):  # one with a `call` of its own has none yet
        x = x.reshape(EXAMPLES, *model.input_shape[1:]).astype(model.inputs[0].dtype)
    targets = np.random.default_rng(1).uniform(0, 1, model(x).shape)
    model.compile("adam", "mse")
    model.fit(x, targets, epochs=3, batch_size=8, verbose=0)
    return model, x


def write(name: str, model: keras.Model) -> None:
    """Write a model as ONNX."""
    path = FOLDER / f"keras_{name}.onnx"
    if name not in BY_SAVED_MODEL:
        model.export(str(path), format="onnx", verbose=False)
        return
    with tempfile.TemporaryDirectory() as folder:
        model.export(folder, format="tf_saved_model", verbose=False)
        convert = [sys.executable, "-m", "tf2onnx.convert", "--saved-model", folder]
        subprocess.run([*convert, "--output", str(path)], check=True, capture_output=True)


def main() -> None:
    """Make all files."""
    drawn = np.random.default_rng(0).normal(size=(EXAMPLES, 4)).round(3).astype(np.float32)
    made = {}
    for name, build in MODELS.items():
        keras.backend.clear_session()
        keras.utils.set_random_seed(3)
        model, x = trained(build(drawn), drawn)
        write(name, model)
        made[name] = model.predict(x[:SHOWN], verbose=0).reshape(SHOWN, -1).tolist()
    versions = {package: version(package) for package in MADE_WITH}
    values = {"made with": versions, "x": drawn[:SHOWN].round(3).tolist(), "predictions": made}
    (FOLDER / "keras.json").write_text(json.dumps(values, indent=None) + "\n")


if __name__ == "__main__":
    main()
