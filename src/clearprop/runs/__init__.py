"""Runs: the record of a training on disk, and what can be done with it.

In the order the data passes:

    source       where the data came from, and how to load them again
    disk         single operations on the disk
    lock         which process trains a run
    folder       a folder that appears whole or not at all
    tensors      parameters and split <-> safetensors; files that carry their own hash
    checkpoints  whole states of a training, by step
    growing      the history of a run while it is trained
    history      the history as a frame
    questions    what a run can be asked: doors to the files below and to the ledgers
    run          Run: predict, evaluate, a lesson from one example
    manifest     run.json: everything else, as plain text
    predictions  a frame of predictions and probabilities
    evaluation   scores of a run on some rows
    making       data and wishes -> training -> Run
    recording    a run's folder from its first step to its last
    reading      a folder -> Run
    resuming     a run that was cut off -> the training to go on with
    replay       any state of a run again, bit for bit
    moment       a run at a step: its numbers, and the step that follows as a lesson
    branch       where a fork left its run, and what was changed
    forking      a run, a step and changes -> the training that branches off there
    differences  where two runs part
    walking      every state of a span of steps
    conditions   what a moment can be found by, as data; condition_reader reads it from text
    measures     what has which value at a step
    finding      the steps at which a condition holds
    health       norms per layer at a step, and what is wrong
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
