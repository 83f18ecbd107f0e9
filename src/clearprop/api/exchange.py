"""Networks for other programs, and those of other programs: ONNX, PyTorch, plain code.

Doors to the room `interop`.
"""

from __future__ import annotations

from os import PathLike
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from clearprop.network.lesson import Lesson
    from clearprop.network.parameters import Parameters
    from clearprop.runs.run import Run


def export(
    source: Run | Lesson | Parameters | str | PathLike[str],
    format: str,
    path: str | PathLike[str] | None = None,
    *,
    force: bool = False,
) -> str | bytes:
    """Return a run, a lesson or parameters in a format; with `path` it is written there too.

    The formats are onnx, safetensors, torch (bytes), json, c, python and javascript (text).
    `source` may be the path of a run or a lesson file, or what `from_torch` and `from_onnx` give;
    `force` replaces a file that is there.

    Raises
    ------
    MissingExtra: onnx or torch, which their formats need, is not installed.
    UnknownName, RunError, LessonError: no such format, run or lesson.
    SettingError: something else is given, a file is there already, it is too large for the format,
        or its folder is missing.
    FailedRun: the file cannot be written.

    >>> from clearprop import train
    >>> program = {}
    >>> exec(export(train("xor", hidden=[4], epochs=300), "python"), program)
    >>> program["predict"]([0, 1])[0]
    1
    """
    from clearprop.interop.exchange.export import export

    return export(source, format, path, force=force)


def from_onnx(path: str | PathLike[str]) -> Parameters:
    """Return the network of an ONNX file with its weights.

    It has layers of weights (MatMul, Gemm) and activations, as PyTorch, Keras and others write.

    Raises
    ------
    MissingExtra: onnx is not installed.
    SettingError: no ONNX, or nodes that no feed-forward network has, each named.

    >>> import tempfile, pathlib
    >>> from clearprop import train
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "xor.onnx")
    ...     _ = export(train("xor", hidden=[4], epochs=3), "onnx", path)
    ...     from_onnx(path).network.layers
    (2, 4, 1)
    """
    from clearprop.interop.exchange.reading import from_onnx

    return from_onnx(path)


def from_torch(module: Any) -> Parameters:
    """Return the network of a `torch.nn.Sequential`, nested as it may be, with its weights.

    Raises
    ------
    MissingExtra: torch is not installed.
    SettingError: modules that no feed-forward network has, each named.

    >>> from torch import nn
    >>> parameters = from_torch(nn.Sequential(nn.Flatten(), nn.Linear(4, 2), nn.Softmax(dim=-1)))
    >>> parameters.network.to_torch(parameters)
    Sequential(
      (layer1): Linear(in_features=4, out_features=2, bias=True)
      (softmax1): Softmax(dim=-1)
    )
    """
    from clearprop.interop.exchange.torch_modules import from_torch

    return from_torch(module)
