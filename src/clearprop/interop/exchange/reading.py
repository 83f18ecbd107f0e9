"""A network of somebody else's from a file: ONNX, safetensors or PyTorch.

Comes in: a path. Goes out: `Parameters`, for the numbers as they are: of a run's own file the
scaling of the columns lies in the weights. Or a `Lesson` with them: what is imported has neither
data nor a training behind it, so it is no run; a lesson is all that there is to say of it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from clearprop.data.encoding import Encoding
from clearprop.errors import SettingError, UnknownName
from clearprop.formulas.losses import loss_of_outputs
from clearprop.interop.exchange.assembling import cannot_be_taken
from clearprop.interop.exchange.files import from_safetensors, from_torch_file
from clearprop.interop.exchange.onnx_file import UNFIT, Content, read_onnx
from clearprop.interop.exchange.onnx_graph import ENCODED, HEADER, OUTPUTS
from clearprop.interop.exchange.onnx_reading import Walk
from clearprop.interop.exchange.scaling import in_table_order, unscaled
from clearprop.network.learning import Learning
from clearprop.network.lesson import Lesson
from clearprop.network.parameters import Parameters

# tf2onnx 1.17 makes inputs of the numbers that a Normalization layer of Keras has seen
OF_KERAS = ("/Sub/y:0", "/Sqrt/x:0", "/Add/x:0")
LACKING = (
    "it lacks the numbers of {names}, which are inputs of it: model.export leaves them out of a"
    " Normalization layer; in Keras, write model.export('folder', format='tf_saved_model'), and"
    " then `python -m tf2onnx.convert --saved-model folder --output model.onnx`"
)


def from_onnx(path: str | PathLike[str]) -> Parameters:
    """Return the network of an ONNX file: layers of weights and activations, as Keras has them too.

    Raises
    ------
    MissingExtra: onnx is not installed (`pip install 'clearprop[onnx]'`).
    SettingError: no such file, no ONNX, or nodes that no feed-forward network has, each named.
    """
    content = read_onnx(Path(path))
    try:
        with np.errstate(all="ignore"):  # what is not finite is refused in the end
            return network_of_graph(content)
    except UNFIT as error:
        reason = str(error).strip().partition("\n")[0]
        raise SettingError(
            f"{content.source} cannot be taken over: its tensors do not fit each other ({reason})"
        ) from None


def network_of_graph(content: Content) -> Parameters:
    """Return the network of a graph: between its one input and output, or of a run's own file."""
    encoding = own_encoding(content)
    if encoding is not None:
        network = Walk(content, ENCODED, OUTPUTS).parameters()
        return unscaled(in_table_order(network, encoding), encoding, content.source)
    lacking = [name for name in content.inputs[1:] if name.endswith(OF_KERAS)]
    if lacking:
        raise cannot_be_taken(content.source, [LACKING.format(names=", ".join(lacking))])
    for what, names in (("input", content.inputs), ("output", content.outputs)):
        if len(names) != 1:
            listed = ", ".join(names) or "of floating-point numbers"
            raise cannot_be_taken(
                content.source, [f"it has {len(names)} {what}s ({listed}), and a network has one"]
            )
    return Walk(content, content.inputs[0], content.outputs[0]).parameters()


def own_encoding(content: Content) -> Encoding | None:
    """Return the encoding of a run's own file; None for other files."""
    found: Any = None
    tensors = {name for node in content.nodes for name in node.output}
    if HEADER in content.metadata and {ENCODED, OUTPUTS} <= tensors:
        try:
            found = json.loads(content.metadata[HEADER])["encoding"]
        except (ValueError, TypeError, KeyError):
            return None
    return None if found is None else Encoding.from_json(found)


# --- any file, and what is made of it ------------------------------------------------------------

READERS: Mapping[str, Callable[[Path], Parameters]] = {
    ".onnx": from_onnx,
    ".safetensors": from_safetensors,
    ".pt": from_torch_file,
    ".pth": from_torch_file,
}
KERAS = (".h5", ".hdf5", ".keras")


def network_from(path: Path) -> Parameters:
    """Return the network of a file, which its ending tells the format of.

    Raises
    ------
    UnknownName: another ending.
    MissingExtra, SettingError, RunError: as the format's own function.
    """
    return reader_of(path)(path)


def reader_of(path: Path) -> Callable[[Path], Parameters]:
    """Return what reads a file of that name; UnknownName or SettingError where nothing does."""
    if path.suffix.lower() in KERAS:
        raise SettingError(
            f"{path} is a file of Keras; write the model as ONNX, in Keras with"
            " model.export('model.onnx', format='onnx'), and import that"
        )
    if path.suffix.lower() not in READERS:
        raise UnknownName(f"{path} is no file to import: its name may end in {', '.join(READERS)}")
    return READERS[path.suffix.lower()]


def lesson_with(parameters: Parameters, x: object = None, y: object = None) -> Lesson:
    """Return a lesson of a network that comes without examples.

    Without `x` and `y` they are 1 for every input, and 1 for the first output, 0 for the others.
    The loss is the one that belongs to the outputs.
    """
    network = parameters.network
    loss = loss_of_outputs(network.activation(network.depth))
    if x is None:
        x = np.ones((1, network.layers[0]))
    if y is None:
        y = np.eye(1, network.layers[-1])
    return Lesson(parameters, x, y, Learning(loss))  # type: ignore[arg-type]
