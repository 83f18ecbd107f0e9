"""A training that begins with somebody else's weights: those of a lesson file or of `Parameters`.

Comes in: a table, what was asked for, and the parameters. Goes out: the settings, the examples and
the start. The network is the one given, whatever its activations; and as its weights are for
numbers as they are, the columns are not scaled.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from clearprop.data.table import Table
from clearprop.errors import SettingError
from clearprop.formulas.losses import loss_of_outputs
from clearprop.network.lesson import Lesson, read_lesson
from clearprop.network.parameters import Parameters
from clearprop.training.choices import ACTIVATION, Wishes, settings_for
from clearprop.training.examples import Examples, examples_of
from clearprop.training.settings import TrainingSettings

if TYPE_CHECKING:
    from clearprop.runs.run import Run


@dataclass(frozen=True)
class Given:
    """Parameters to begin with, and where they came from, for the record."""

    parameters: Parameters
    origin: str


def start_of(init: Run | Lesson | Parameters | str | PathLike[str] | None) -> Run | Given | None:
    """Return what a training begins with: a run, or the parameters of a lesson.

    Raises
    ------
    RunError, LessonError: no such run, no such lesson.
    SettingError: something else is given.
    """
    from clearprop.runs.reading import open_run
    from clearprop.runs.run import Run

    if init is None or isinstance(init, Run):
        return init
    if isinstance(init, Parameters):
        return Given(init, "parameters in memory")
    if isinstance(init, Lesson):
        return Given(init.parameters, "a lesson in memory")
    if not isinstance(init, str | PathLike):
        raise SettingError(
            f"init takes a run, a lesson, parameters or a path, not {type(init).__name__}"
        )
    path = Path(init)
    if path.is_file():
        return Given(read_lesson(path).parameters, str(path.absolute()))
    return open_run(path)


def started(
    table: Table, wishes: Wishes, impute: bool, given: Given
) -> tuple[TrainingSettings, Examples, Parameters]:
    """Return settings, examples and start of a training that begins with given parameters.

    Raises
    ------
    SettingError: the network does not fit the data, or what was asked for.
    """
    network = given.parameters.network
    if impute:
        raise SettingError(
            "--impute fills in the mean of a scaled column, and with the weights of a lesson"
            " columns are not scaled; fill the gaps in the table"
        )
    settings = settings_for(table, like_network(table, wishes, given))
    examples = examples_of(table, settings, scaled=False)
    encoding = examples.encoding
    if (network.layers[0], network.layers[-1]) != (encoding.n_inputs, encoding.n_outputs):
        raise SettingError(
            f"the network of {given.origin} has {network.layers[0]} inputs and"
            f" {network.layers[-1]} outputs, but this data with the loss {settings.learning.loss}"
            f" needs {encoding.n_inputs} and {encoding.n_outputs}"
        )
    settings.learning.short_form(network)  # raises where the loss does not fit the outputs
    vector = given.parameters.vector.astype(settings.dtype)
    return settings, examples, Parameters(network, vector)


def like_network(table: Table, wishes: Wishes, given: Given) -> Wishes:
    """Return the wishes with the network's own layers, and a loss that goes with its outputs."""
    network = given.parameters.network
    hidden, activations = network.layers[1:-1], network.activations
    for name, wish in (("hidden", wishes.hidden), ("activation", wishes.activation)):
        if wish is not None:
            raise SettingError(f"--{name} is the network's own with --init LESSON; leave it out")
    loss = wishes.loss
    if loss is None and table.kind == "classes":
        loss = loss_of_outputs(activations[-1])
    return replace(
        wishes, hidden=hidden, activation=activations[0] if hidden else ACTIVATION, loss=loss
    )
