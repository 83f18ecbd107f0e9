"""clearprop trains neural networks by back-propagation and shows its work.

import clearprop as cp

print(cp.render(cp.trace()))               # one training step, every number of it
run = cp.train("digits", hidden=[32])      # thousands of them, on real data
run.predict([[0.0] * 64])
"""

from clearprop.api import open_run, render, trace, train
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
    "open_run",
    "read_lesson",
    "render",
    "trace",
    "train",
]
