"""What `import clearprop as cp` offers.

Each function is a thin door to the rooms behind it; what is heavy is imported when it is used.
"""

from clearprop.api.exchange import export, from_onnx, from_torch
from clearprop.api.forks import fork
from clearprop.api.keeping import DivergedRun, check_out, recorded
from clearprop.api.notebooks import open_studio
from clearprop.api.steps import check, document, trace, worksheet
from clearprop.api.trainings import open_run, resume, sweep, train

__all__ = [
    "DivergedRun",
    "check",
    "check_out",
    "document",
    "export",
    "fork",
    "from_onnx",
    "from_torch",
    "open_run",
    "open_studio",
    "recorded",
    "resume",
    "sweep",
    "trace",
    "train",
    "worksheet",
]
