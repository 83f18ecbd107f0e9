"""A network of somebody else's from a file: ONNX, safetensors or PyTorch.

Comes in: a path. Goes out: `Parameters`, for the numbers as they are: of a run's own file the scaling
of the columns lies in the weights.
"""

from __future__ import annotations

import json
from os import PathLike
from pathlib import Path
from typing import Any

from clearprop.data.encoding import Encoding
from clearprop.errors import SettingError
from clearprop.interop.assembling import cannot_be_taken
from clearprop.interop.onnx_file import Content, read_onnx
from clearprop.interop.onnx_graph import ENCODED, HEADER, OUTPUTS
from clearprop.interop.onnx_reading import Walk
from clearprop.interop.scaling import in_table_order, unscaled
from clearprop.network.parameters import Parameters


def from_onnx(path: str | PathLike[str]) -> Parameters:
    """Return the network of an ONNX file: layers of weights and activations, as Keras has them too.

    Raises
    ------
    MissingExtra: onnx is not installed (`pip install 'clearprop[onnx]'`).
    SettingError: no such file, no ONNX, or nodes that no feed-forward network has, each named.
    """
    content = read_onnx(Path(path))
    encoding = own_encoding(content)
    if encoding is not None:
        network = walked(content, ENCODED, OUTPUTS)
        return unscaled(in_table_order(network, encoding), encoding, content.source)
    for what, names in (("input", content.inputs), ("output", content.outputs)):
        if len(names) != 1:
            listed = ", ".join(names) or "none"
            raise cannot_be_taken(
                content.source, [f"it has {len(names)} {what}s ({listed}), and a network has one"]
            )
    return walked(content, content.inputs[0], content.outputs[0])


def walked(content: Content, start: str, end: str) -> Parameters:
    """Return the network between two tensors."""
    try:
        return Walk(content, start, end).parameters()
    except (ValueError, TypeError, IndexError, KeyError, RuntimeError) as error:
        reason = str(error).strip().partition("\n")[0]
        raise SettingError(
            f"{content.source} cannot be taken over: its tensors do not fit each other ({reason})"
        ) from None


def own_encoding(content: Content) -> Encoding | None:
    """Return the encoding of a run's own file; None for other files."""
    found: Any = None
    if HEADER in content.metadata:
        try:
            found = json.loads(content.metadata[HEADER])["encoding"]
        except (ValueError, TypeError, KeyError):
            return None
    return None if found is None else Encoding.from_json(found)
