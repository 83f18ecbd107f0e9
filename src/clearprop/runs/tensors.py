"""Parameters and split <-> safetensors; and tensors that are sealed with a hash of their own.

`parameters.safetensors` holds W1, b1, W2, … with the shapes of the legend, in the run's dtype;
`split.safetensors` holds `part`, one byte per row of the data: 0 training, 1 validation, 2 test.
A sealed file needs no other file to say whether it is whole: its header has the SHA-256 of names,
types, shapes and bits of its tensors.
"""

import hashlib
import json
from collections.abc import Mapping

import numpy as np

from clearprop.data.splits import Split
from clearprop.errors import ClearpropError, RunError
from clearprop.network.network import Network
from clearprop.network.parameters import Array, Parameters

HEADER = "clearprop"  # the entry of a sealed file's header, a JSON text


def parameter_bytes(parameters: Parameters) -> bytes:
    """Return the parameters as a safetensors file, one tensor per matrix and bias vector."""
    return saved(parameter_tensors(parameters))


def parameter_tensors(parameters: Parameters) -> dict[str, Array]:
    """Return the parameters as tensors by name: W1, b1, W2, …"""
    tensors = {}
    for layer in parameters.network.layer_numbers:
        tensors[f"W{layer}"] = np.ascontiguousarray(parameters.weights[layer - 1])
        biases = parameters.biases[layer - 1]
        if biases is not None:
            tensors[f"b{layer}"] = np.ascontiguousarray(biases)
    return tensors


def parameters_from(content: bytes, network: Network, dtype: str, where: str) -> Parameters:
    """Return the parameters of a safetensors file.

    Raises
    ------
    RunError: no safetensors file, a tensor that is missing, misshapen or not finite.
    """
    tensors = loaded(content, where)
    pieces = []
    for layer in network.layer_numbers:
        units, inputs = network.layers[layer], network.layers[layer - 1]
        pieces.append(tensor(tensors, f"W{layer}", (units, inputs), dtype, where))
        if network.has_biases(layer):
            pieces.append(tensor(tensors, f"b{layer}", (units,), dtype, where))
    try:
        return Parameters(network, np.concatenate(pieces))
    except ClearpropError as error:
        raise RunError(f"{where} is damaged: {error}") from None


def tensor(
    tensors: Mapping[str, Array],
    name: str,
    shape: tuple[int, ...],
    dtype: str,
    where: str,
    finite: bool = True,
) -> Array:
    """Return one tensor as a flat vector, its shape, dtype and (if asked) finiteness checked."""
    array = tensors.get(name)
    if array is None:
        raise RunError(f"{where} is damaged: it has no tensor {name}")
    if array.shape != shape or array.dtype != dtype:
        raise RunError(
            f"{where} is damaged: {name} has shape {array.shape} and type {array.dtype},"
            f" but the network needs {shape} and {dtype}"
        )
    if finite and not np.isfinite(array).all():
        raise RunError(f"{where} is damaged: {name} holds a number that is not finite")
    return array.ravel()


def split_bytes(split: Split, rows: int) -> bytes:
    """Return the parts of the data as a safetensors file."""
    part = np.zeros(rows, dtype=np.uint8)
    part[split.validation], part[split.test] = 1, 2
    return saved({"part": part})


def split_from(content: bytes, rows: int, where: str) -> Split:
    """Return the parts of the data from a safetensors file; RunError where it is damaged."""
    part = tensor(loaded(content, where), "part", (rows,), "uint8", where)
    parts = [np.flatnonzero(part == number).astype(np.int64) for number in range(3)]
    if sum(rows.size for rows in parts) != part.size or parts[0].size == 0:
        raise RunError(f"{where} is damaged: its parts do not cover the rows")
    for rows_of_part in parts:
        rows_of_part.flags.writeable = False
    return Split(*parts)


# --- sealed --------------------------------------------------------------------------------------


def tensors_hash(tensors: Mapping[str, Array]) -> str:
    """Return the SHA-256 of tensors, in hexadecimal: their names, types, shapes and bits.

    >>> tensors_hash({"step": np.array([1734])})[:16]
    '65b9b7650552f32e'
    """
    digest = hashlib.sha256()
    for name in sorted(tensors):
        array = tensors[name]
        digest.update(f"{name} {array.dtype.str} {array.shape};".encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def sealed(tensors: Mapping[str, Array], about: Mapping[str, str]) -> bytes:
    """Return a safetensors file whose header has the tensors' hash, and words about them."""
    words = json.dumps({**about, "sha256": tensors_hash(tensors)})
    arrays = {name: np.ascontiguousarray(array) for name, array in tensors.items()}
    return saved(arrays, {HEADER: words})  # one entry, for the order of several is not settled


def unsealed(content: bytes, where: str) -> tuple[dict[str, Array], dict[str, str]]:
    """Return the tensors of a sealed file, and its header's words; RunError where they differ."""
    tensors, about = loaded(content, where), header_of(content, where)
    if about.get("sha256") != tensors_hash(tensors):
        raise RunError(f"{where} is damaged or changed: its SHA-256 is not the one in its header")
    return tensors, about


def header_of(content: bytes, where: str) -> dict[str, str]:
    """Return the words in the header of a safetensors file; RunError where there are none."""
    length = int.from_bytes(content[:8], "little")
    try:
        words = json.loads(json.loads(content[8 : 8 + length])["__metadata__"][HEADER])
        return {name: str(word) for name, word in words.items()}
    except (ValueError, KeyError, AttributeError, TypeError, RecursionError):
        raise RunError(f"{where} is damaged: its header has no words of clearprop") from None


def saved(tensors: dict[str, Array], metadata: dict[str, str] | None = None) -> bytes:
    """Return a safetensors file."""
    from safetensors.numpy import save

    return bytes(save(tensors, metadata))


def loaded(content: bytes, where: str) -> dict[str, Array]:
    """Return the tensors of a safetensors file; RunError where it is none."""
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        return dict(load(content))
    except (SafetensorError, KeyError, ValueError, TypeError):
        raise RunError(f"{where} is truncated or damaged") from None
