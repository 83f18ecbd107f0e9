"""Runs: the record of a training on disk, and what can be done with it.

In the order the data passes:

    source       where the data came from, and how to load them again
    folder       a folder that appears whole or not at all
    tensors      parameters and split <-> safetensors
    manifest     run.json: everything else, as plain text
    run          Run: predict, evaluate, a lesson from one example
    predictions  a frame of predictions and probabilities
    evaluation   scores of a run on some rows
    making       data and wishes -> training -> Run
    reading      a folder -> Run
    listing      the runs in a folder

Nothing heavy is imported here, so that `import clearprop.runs` stays cheap.
"""

from os import PathLike
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from clearprop.runs.run import Run


def open_run(path: "str | PathLike[str]") -> "Run":
    """Return the run of a folder; RunError where there is none or it is damaged."""
    from clearprop.runs.reading import open_run as read

    return read(path)
