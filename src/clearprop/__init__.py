"""clearprop trains neural networks by back-propagation and shows its work.

>>> import clearprop as cp
>>> cp.trace()["dL/dw3"].value  # one number of one training step
-0.12162083549961815
>>> run = cp.train("iris", epochs=20)  # many steps, on real data
>>> run.scores["test"]["accuracy"] > 0.8
True
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from clearprop.api import (
    check,
    document,
    export,
    fork,
    from_onnx,
    from_torch,
    open_run,
    open_studio,
    resume,
    sweep,
    trace,
    train,
    worksheet,
)
from clearprop.errors import ClearpropError

if TYPE_CHECKING:
    from clearprop.network.learning import Learning
    from clearprop.network.lesson import Lesson, read_lesson
    from clearprop.network.network import Network
    from clearprop.network.parameters import Parameters

__version__ = "0.1.0.dev0"

__all__ = [
    "ClearpropError",
    "Learning",
    "Lesson",
    "Network",
    "Parameters",
    "check",
    "document",
    "export",
    "fork",
    "from_onnx",
    "from_torch",
    "open_run",
    "open_studio",
    "read_lesson",
    "resume",
    "sweep",
    "trace",
    "train",
    "worksheet",
]

# Looked up when it is asked for, so that the import itself takes no arrays and no tables.
LATER = {
    "Learning": "network.learning",
    "Lesson": "network.lesson",
    "Network": "network.network",
    "Parameters": "network.parameters",
    "read_lesson": "network.lesson",
}
DOORS = ("sklearn", "torch")  # modules beside the tools of others, opened when they are first used


def __getattr__(name: str) -> Any:
    if name in DOORS:
        return import_module(f"clearprop.{name}")
    if name not in LATER:
        raise AttributeError(f"module 'clearprop' has no attribute '{name}'")
    return globals().setdefault(name, getattr(import_module(f"clearprop.{LATER[name]}"), name))


def __dir__() -> list[str]:
    """Return what a completion offers: the public names, and the doors that are not open yet."""
    return sorted({*__all__, *DOORS, *(name for name in globals() if name.startswith("__"))})
