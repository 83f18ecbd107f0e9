"""clearprop trains neural networks by back-propagation and shows its work.

>>> import clearprop as cp
>>> cp.trace()["dL/dw3"].value  # one number of one training step
-0.12162083549961815
>>> run = cp.train("iris", epochs=20)  # many steps, on real data
>>> run.scores["test"]["accuracy"] > 0.8
True
"""

from importlib import import_module
from types import ModuleType

from clearprop.api import (
    check,
    document,
    fork,
    open_run,
    open_studio,
    resume,
    sweep,
    trace,
    train,
    worksheet,
)
from clearprop.errors import ClearpropError
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
    "fork",
    "open_run",
    "open_studio",
    "read_lesson",
    "resume",
    "sweep",
    "trace",
    "train",
    "worksheet",
]


def __getattr__(name: str) -> ModuleType:
    """Return `cp.torch`, the door to PyTorch, which is opened when it is first used."""
    if name == "torch":
        return import_module("clearprop.torch")
    raise AttributeError(f"module 'clearprop' has no attribute '{name}'")
