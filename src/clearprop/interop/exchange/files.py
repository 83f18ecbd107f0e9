"""A model as a file that holds its numbers: safetensors, PyTorch's, JSON; and those two read back.

safetensors   tensors W1, b1, W2, …; metadata `clearprop`: a JSON of `version`, `network` and
              `encoding`, these two as JSON texts
torch         a dict that `torch.load(weights_only=True)` reads: `state_dict`, `build` (Python that
              makes the module), and `network`, `encoding` as JSON texts
json          plain values: `clearprop`, `name`, `network`, `parameters`, `encoding`
"""

from __future__ import annotations

import io
import json
import pickle
import struct
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from clearprop import __version__
from clearprop.data.encoding import Encoding
from clearprop.errors import ClearpropError, RunError, SettingError
from clearprop.interop.exchange.models import Model
from clearprop.interop.exchange.scaling import unscaled
from clearprop.interop.exchange.torch_modules import module_code, to_torch
from clearprop.interop.extras import needed
from clearprop.network.parameters import Parameters
from clearprop.runs.manifest import network_from, network_json
from clearprop.runs.tensors import HEADER, header_of, loaded, parameter_tensors, saved

WITHOUT = (
    "{path} holds weights, but not which activations stand between them; in Python, build the"
    " module and give it to cp.from_torch, or write the network as ONNX"
)

# what reading bytes that are no whole pickle raises
DAMAGE = (
    pickle.UnpicklingError, struct.error, RuntimeError, EOFError, KeyError, ValueError,
    AttributeError, IndexError, TypeError, OSError, AssertionError,
)  # fmt: skip


def words_about(model: Model) -> dict[str, str]:
    """Return network and encoding as JSON texts."""
    return {
        "version": __version__,
        "network": json.dumps(network_json(model.network), ensure_ascii=False),
        "encoding": json.dumps(model.encoding_json, ensure_ascii=False),
    }


def typed(model: Model) -> Parameters:
    """Return the parameters in the type that they were trained in."""
    return model.parameters.with_vector(model.parameters.vector.astype(model.dtype))


def safetensors_bytes(model: Model) -> bytes:
    """Return the model as a safetensors file."""
    words = json.dumps(words_about(model), ensure_ascii=False)
    return saved(parameter_tensors(typed(model)), {HEADER: words})


def torch_bytes(model: Model) -> bytes:
    """Return the model as a file of PyTorch.

    Raises
    ------
    MissingExtra: torch is not installed.
    """
    torch = needed("torch", "the format of PyTorch", "torch")
    file = io.BytesIO()
    state = dict(to_torch(typed(model)).state_dict())
    content = {"state_dict": state, "build": module_code(model.network), **words_about(model)}
    torch.save(content, file)
    return file.getvalue()


def json_text(model: Model) -> str:
    """Return the model as JSON, an entry on each line; numbers read back to the same float64."""
    parameters = model.parameters
    values = {
        "clearprop": __version__,
        "name": model.name,
        "network": network_json(model.network),
        "parameters": {
            "weights": [w.tolist() for w in parameters.weights],
            "biases": [None if b is None else b.tolist() for b in parameters.biases],
        },
        "encoding": model.encoding_json,
    }
    lines = (f'"{name}": {json.dumps(value, ensure_ascii=False)}' for name, value in values.items())
    return "{\n" + ",\n".join(lines) + "\n}\n"


# --- reading -------------------------------------------------------------------------------------


def from_safetensors(path: Path) -> Parameters:
    """Return the network of a safetensors file that `safetensors_bytes` wrote.

    Raises
    ------
    SettingError: no such file, or one without words about the network.
    RunError: a truncated or damaged one.
    """
    content = read(path)
    tensors = loaded(content, str(path))
    try:
        words = header_of(content, str(path))
    except RunError:
        raise SettingError(WITHOUT.format(path=path)) from None
    return parameters_of(words, tensors, str(path))


def from_torch_file(path: Path) -> Parameters:
    """Return the network of a file of PyTorch that `torch_bytes` wrote.

    Raises
    ------
    MissingExtra: torch is not installed.
    SettingError: no such file, no file of PyTorch, or one without words about the network.
    """
    torch = needed("torch", "the format of PyTorch", "torch")
    data = io.BytesIO(read(path))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of damaged bytes it says a lot
            content = torch.load(data, map_location="cpu", weights_only=True)
    except DAMAGE as error:
        if "Unsupported global" in str(error):
            raise SettingError(
                f"{path} holds a whole module as a program; load it in Python and give it to"
                " cp.from_torch"
            ) from None
        raise SettingError(f"{path} is no file of PyTorch, or is damaged") from None
    if not isinstance(content, dict) or not {"state_dict", "network"} <= content.keys():
        raise SettingError(WITHOUT.format(path=path))
    state = content["state_dict"]
    if not isinstance(state, dict) or not all(map(torch.is_tensor, state.values())):
        raise SettingError(WITHOUT.format(path=path))
    tensors = {}
    for name, tensor in state.items():
        layer, _, kind = str(name).removeprefix("layer").partition(".")
        tensors[f"{'W' if kind == 'weight' else 'b'}{layer}"] = tensor.detach().numpy()
    return parameters_of(content, tensors, str(path))


def parameters_of(words: Any, tensors: dict[str, Any], where: str) -> Parameters:
    """Return the network that words and tensors describe, for the numbers as they are."""
    try:
        network = network_from(json.loads(words["network"]))
        layers = network.layer_numbers
        weights = [tensors[f"W{layer}"] for layer in layers]
        biases = [tensors.get(f"b{layer}") for layer in layers]
        parameters = Parameters.of(network, weights, biases)
        encoding = json.loads(words["encoding"])
        if encoding is None:
            return parameters
        with np.errstate(all="ignore"):  # what is not finite is refused
            return unscaled(parameters, Encoding.from_json(encoding), where)
    except (ValueError, TypeError, KeyError, ClearpropError) as error:
        raise RunError(f"{where} is damaged: {error}") from None


def read(path: Path) -> bytes:
    """Return a file's bytes."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise SettingError(f"{path} cannot be read: {error.strerror}") from None
