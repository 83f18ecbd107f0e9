"""What is exported: a network with its parameters, and what its inputs and outputs mean.

Comes in: a run, a lesson, or their path, or parameters alone. Goes out: a `Model`. A run's model
takes the raw row, by its columns, and gives a label with probabilities or a number in the target's
units. Otherwise a network knows no columns: it takes its inputs and gives its outputs as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from clearprop.data.codings import CategoryColumn, ClassTarget, NumberColumn, NumbersTarget, width
from clearprop.data.encoding import Encoding
from clearprop.errors import LessonError, SettingError
from clearprop.network.lesson import Lesson, read_lesson
from clearprop.network.network import Network
from clearprop.network.parameters import Array, Parameters

if TYPE_CHECKING:
    from clearprop.runs.run import Run

Columns = tuple[NumberColumn | CategoryColumn, ...]


@dataclass(frozen=True)
class Model:
    """A network and its parameters in float64, the columns it takes and what it gives.

    `target` is None where the outputs are given as they are; `impute` says whether a missing value
    is filled or refused. `encoding` and `dtype` are those of the run, if it is a run's.
    """

    name: str
    parameters: Parameters
    columns: Columns
    target: NumberColumn | ClassTarget | None
    impute: bool = False
    encoding: Encoding | None = None
    dtype: str = "float64"

    @property
    def network(self) -> Network:
        """The network's architecture."""
        return self.parameters.network

    @property
    def numbers(self) -> tuple[NumberColumn, ...]:
        """The columns of numbers, truth values and times."""
        return tuple(c for c in self.columns if isinstance(c, NumberColumn))

    @property
    def categories(self) -> tuple[CategoryColumn, ...]:
        """The columns of categories."""
        return tuple(c for c in self.columns if isinstance(c, CategoryColumn))

    @property
    def number_target(self) -> NumberColumn | None:
        """The column of numbers that is predicted, if it is one."""
        return self.target if isinstance(self.target, NumberColumn) else None

    @property
    def gives(self) -> str:
        """What is predicted: "classes", a "number", or the "outputs" as they are."""
        if self.target is None:
            return "outputs"
        return "classes" if self.labels else "number"

    @property
    def labels(self) -> tuple[str, ...]:
        """The class labels; empty for numbers and for plain outputs."""
        return self.target.labels if isinstance(self.target, ClassTarget) else ()

    @property
    def whole_labels(self) -> tuple[int, ...]:
        """The labels as integers, where each is written as one; else none."""
        return whole(self.labels)

    @property
    def one_output(self) -> bool:
        """Whether two classes share one output, the probability of the second."""
        return isinstance(self.target, ClassTarget) and self.target.one_output

    @property
    def wide(self) -> bool:
        """Whether float32 is too narrow: the run is in float64, and takes numbers unscaled."""
        unscaled = any(c == c.unscaled for c in self.numbers)
        return self.encoding is not None and self.dtype == "float64" and unscaled

    @property
    def encoding_json(self) -> dict[str, object] | None:
        """The encoding as plain values for JSON, if there is one."""
        return None if self.encoding is None else self.encoding.to_json()

    @property
    def numbers_first(self) -> Model:
        """The same model with its columns of categories behind those of numbers."""
        columns, order = numbers_first(self.columns)
        return replace(self, columns=columns, parameters=with_inputs(self.parameters, order))


def whole(labels: Sequence[str]) -> tuple[int, ...]:
    """Return labels as integers that every language has to the last digit; none if one is not.

    >>> whole(["0", "11"]), whole(["007", "1"])
    ((0, 11), ())
    """
    try:
        found = tuple(int(label) for label in labels)
    except ValueError:
        return ()
    fit = all(abs(n) < 2**53 and str(n) == word for n, word in zip(found, labels, strict=True))
    return found if fit else ()


def numbers_first(columns: Columns) -> tuple[Columns, list[int]]:
    """Return the columns, those of categories last, and where each input stood before.

    >>> from clearprop.data.codings import CategoryColumn, NumberColumn
    >>> numbers_first((CategoryColumn("c", ("a", "b"), "a"), NumberColumn("n", 0, 1)))[1]
    [2, 0, 1]
    """
    starts = [0, *np.cumsum([width(column) for column in columns]).tolist()]
    turned = sorted(range(len(columns)), key=lambda k: isinstance(columns[k], CategoryColumn))
    order = [place for k in turned for place in range(starts[k], starts[k + 1])]
    return tuple(columns[k] for k in turned), order


def with_inputs(parameters: Parameters, order: Sequence[int] | Array) -> Parameters:
    """Return parameters whose inputs are in another order: each stood at `order` before."""
    first, *others = parameters.weights
    return Parameters.of(parameters.network, [first[:, order], *others], parameters.biases)


def model_of(source: Run | Lesson | Parameters | str | PathLike[str]) -> Model:
    """Return the model of a run, of a lesson, of the folder or file of one, or of parameters.

    Raises
    ------
    RunError, LessonError: no such run or lesson.
    SettingError: something else is given.
    """
    from clearprop.runs.run import Run

    name = "a lesson"
    if isinstance(source, str | PathLike):
        name, source = Path(source).stem, opened(Path(source))
    if isinstance(source, Lesson):
        return model_of_parameters(source.parameters, name)
    if isinstance(source, Parameters):
        return model_of_parameters(source, "parameters")
    if isinstance(source, Run):
        encoding, dtype = source.encoding, source.settings.dtype
        target = None if isinstance(encoding.target, NumbersTarget) else encoding.target
        return Model(
            source.name, source.parameters.exact, encoding.columns, target, encoding.impute,
            encoding, dtype,
        )  # fmt: skip
    raise SettingError(
        "export takes a run, a lesson, the path of one, or parameters (of a PyTorch module"
        f" cp.from_torch gives them), not {type(source).__name__}"
    )


def opened(path: Path) -> Run | Lesson:
    """Return the run of a folder, or the lesson of a file."""
    from clearprop.runs.reading import open_run

    if not path.is_file():
        return open_run(path)
    try:
        return read_lesson(path)
    except LessonError:
        if path.suffix.lower() == ".toml":
            raise
        raise SettingError(
            f"{path} is neither a run's folder nor a lesson file (.toml), which export takes; on a"
            " table train first: clearprop train FILE --target COLUMN"
        ) from None


def model_of_parameters(parameters: Parameters, name: str) -> Model:
    """Return the model of a network without columns: inputs and outputs as they are."""
    network = parameters.network
    inputs = [network.names.get(f"x{i}", f"x{i}") for i in range(1, network.layers[0] + 1)]
    columns = tuple(NumberColumn(column, mean=0.0, scale=1.0) for column in inputs)
    return Model(name, parameters.exact, columns, None)
