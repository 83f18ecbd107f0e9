"""The lesson: a network, its parameters, examples and how it learns; read from and written to TOML.

Comes in: a TOML file or its tables. Goes out: a `Lesson`, checked, with every default filled in.
"""

import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from clearprop.errors import LessonError, SettingError, ShapeError, UnknownName, counted
from clearprop.formulas.losses import loss
from clearprop.formulas.optimizers import optimizer
from clearprop.network.initializers import initialize
from clearprop.network.learning import LEARNING_CONSTANTS, Learning
from clearprop.network.name_reader import NameReader
from clearprop.network.names import Names
from clearprop.network.network import SHAPE_CONSTANTS, Network
from clearprop.network.parameters import Array, Parameters, numbers
from clearprop.network.quantities import Bias, Weight
from clearprop.shown import Shown

TABLES: Mapping[str, tuple[str, ...]] = {
    "network": (
        *("layers", "activations", "biases", "names", "seed", "initializer"),
        *SHAPE_CONSTANTS,
    ),
    "parameters": ("weights", "biases"),
    "example": ("x", "y"),
    "learning": ("loss", "optimizer", "reduction", "frozen", *LEARNING_CONSTANTS),
}
READABLE_EXAMPLES = 100  # up to here each example is worked line by line
LARGEST_FILE = 50_000_000  # bytes: a lesson is read by people


@dataclass(frozen=True)
class Lesson(Shown):
    """A network with its parameters, the examples of one step, and how it learns from them.

    `x` has shape (m, n_0) and `y` (m, n_D), lists or arrays; what does not fit is a ShapeError or
    SettingError.

    >>> seed_lesson().parameters.weights[1]
    array([[0.8]])
    """

    parameters: Parameters
    x: Array
    y: Array
    learning: Learning
    about: str = ""  # where the example comes from, in words
    # what the optimizer carries into the step, by name: vectors, and numbers that all share; where
    # nothing is given it starts afresh
    carried: Mapping[str, Any] = field(default_factory=dict, compare=False)

    def __post_init__(self) -> None:
        for name in ("x", "y"):
            array = numbers(name, getattr(self, name))
            array.flags.writeable = False
            object.__setattr__(self, name, array)
        check_examples(self.network, self.x, self.y)
        check_targets(self.learning, self.y)
        check_carried(self.learning, self.carried)
        self.learning.short_form(self.network)
        self.names.check()
        self.frozen_mask  # noqa: B018 - raises for names that do not exist

    def __repr__(self) -> str:
        sizes, learning = "-".join(map(str, self.network.layers)), self.learning
        what = f"{counted(len(self.x), 'example')}, {learning.loss}, {learning.optimizer}"
        return f"<Lesson of a {sizes} network: {what}>"

    @property
    def network(self) -> Network:
        """The network's architecture."""
        return self.parameters.network

    @property
    def readable(self) -> bool:
        """Whether network and examples are few enough for a print of every number."""
        return self.network.readable and len(self.x) <= READABLE_EXAMPLES

    @cached_property
    def names(self) -> Names:
        """The names of the quantities of one step with these examples."""
        return Names(self.network, len(self.x))

    @property
    def frozen_mask(self) -> Array:
        """Which entries of the parameter vector the update leaves alone, as booleans."""
        return frozen_mask(self.network, self.learning.frozen)


def frozen_mask(network: Network, frozen: Sequence[str]) -> Array:
    """Return which parameters the names in `frozen` mean: "weights", "biases", or single ones."""
    mask = np.zeros(network.parameter_count, dtype=bool)
    flat = Parameters(network, np.arange(network.parameter_count, dtype=np.float64))
    for name in frozen:
        if name in ("weights", "biases"):
            for array in getattr(flat, name):
                mask[[] if array is None else array.astype(int).ravel()] = True
            continue
        quantity = NameReader(Names(network)).find(name)
        match quantity:
            case Weight(layer, unit, source):
                mask[int(flat.weights[layer - 1][unit, source])] = True
            case Bias(layer, unit):
                mask[int(flat.biases[layer - 1][unit])] = True  # type: ignore[index]
            case _:
                raise SettingError(
                    f"frozen takes 'weights', 'biases' or names of weights and biases, not '{name}'"
                )
    return mask


def check_carried(learning: Learning, carried: Mapping[str, Any]) -> None:
    """Raise SettingError unless nothing is carried, or all that the optimizer carries."""
    rule = optimizer(learning.optimizer)
    needed = {*rule.state, *rule.shared_state}
    if carried and set(carried) != needed:
        names = ", ".join(sorted(needed)) or "nothing"
        raise SettingError(f"{rule.name} carries {names}, not {', '.join(sorted(carried))}")


def check_examples(network: Network, x: Array, y: Array) -> None:
    """Raise unless x and y have one row per example, as wide as inputs and outputs."""
    for what, array, units, place in (
        ("x", x, network.layers[0], "input"),
        ("y", y, network.layers[-1], "output"),
    ):
        if array.ndim != 2 or array.shape[1] != units:
            raise ShapeError(
                f"the network has {counted(units, place)}, so {what} must have shape "
                f"(examples, {units}); the {what} given has shape {array.shape}"
            )
    if len(x) != len(y):
        raise ShapeError(f"x has {counted(len(x), 'example')}, but y has {len(y)}")
    if len(x) == 0:
        raise ShapeError("x has no examples; give at least one row")


def check_targets(learning: Learning, y: Array) -> None:
    """Raise SettingError for targets that the loss is not defined for."""
    takes = loss(learning.loss).targets
    if takes != "any" and not ((y >= 0) & (y <= 1)).all():
        raise SettingError(f"{learning.loss} takes targets from 0 to 1, but y holds other numbers")
    if takes == "distribution" and not np.allclose(y.sum(axis=1), 1, rtol=0, atol=1e-9):
        raise SettingError(
            f"{learning.loss} takes targets that add to 1 in each example, as in [0, 1, 0]"
        )


# --- reading -------------------------------------------------------------------------------------


def seed_lesson() -> Lesson:
    """Return the seed of the project: one step of a 2-1-1 sigmoid network, worked by hand."""
    return parse_lesson(files("clearprop.network").joinpath("seed.toml").read_text(), "the seed")


def read_lesson(path: Path | str) -> Lesson:
    """Return the lesson of a TOML file.

    Raises
    ------
    LessonError: no such file, no TOML (the line is named), a missing or unknown table or key.
    """
    path = Path(path)
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
        if len(content) > LARGEST_FILE:
            raise LessonError(f"{path} is too large for a lesson file ({LARGEST_FILE:,} bytes)")
        text = content.decode("utf-8-sig")
    except FileNotFoundError:
        raise LessonError(f"there is no lesson file {path}") from None
    except UnicodeDecodeError:
        raise LessonError(f"{path} is no text file; a lesson is a TOML file in UTF-8") from None
    except OSError as error:
        raise LessonError(f"{path} cannot be read: {error.strerror}") from None
    return parse_lesson(text, str(path))


def parse_lesson(text: str, name: str) -> Lesson:
    """Return the lesson of a TOML text; `name` says in errors where it came from."""
    try:
        tables = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # TOMLDecodeError is a ValueError
        raise LessonError(f"{name} is no valid TOML: {error}") from None
    try:
        return lesson_from_tables(tables)
    except (LessonError, ShapeError, SettingError, UnknownName) as error:
        raise type(error)(f"{name}: {error}") from None


def lesson_from_tables(tables: Mapping[str, Any]) -> Lesson:
    """Return the lesson of TOML's tables, all keys known and all values checked."""
    check_keys("", tables, TABLES)
    for table, keys in TABLES.items():
        if not isinstance(tables.get(table, {}), Mapping):
            raise LessonError(f"[{table}] must be a table, not {tables[table]!r}")
        check_keys(table, tables.get(table, {}), keys)
    for table, key in (("network", "layers"), ("example", "x"), ("example", "y")):
        if key not in tables.get(table, {}):
            raise LessonError(f"the key {key} is missing in [{table}]")
    parameters = parameters_from_tables(network_from_table(tables["network"]), tables)
    return Lesson(
        parameters=parameters,
        x=tables["example"]["x"],
        y=tables["example"]["y"],
        learning=learning_from_table(tables.get("learning", {})),
    )


def check_keys(
    table: str, given: Mapping[str, Any], known: Sequence[str] | Mapping[str, Any]
) -> None:
    """Raise UnknownName for a table or key that lessons do not have."""
    for key in given:
        if key not in known:
            raise UnknownName.of(f"key of [{table}]" if table else "table", key, known)


def network_from_table(table: Mapping[str, Any]) -> Network:
    """Return the architecture that [network] describes."""
    return Network(
        layers=table["layers"],
        activations=table.get("activations", "sigmoid"),
        biases=table.get("biases", True),
        names=table.get("names", {}),
        constants={name: table[name] for name in SHAPE_CONSTANTS if name in table},
    )


def parameters_from_tables(network: Network, tables: Mapping[str, Any]) -> Parameters:
    """Return the parameters of [parameters], or drawn as [network] says."""
    given = tables.get("parameters", {})
    table = tables["network"]
    drawn = initialize(network, table.get("initializer", "glorot_uniform"), table.get("seed", 0))
    if not given:
        return drawn
    biases = given.get("biases", drawn.biases)
    return Parameters.of(network, given.get("weights", drawn.weights), biases)


def learning_from_table(table: Mapping[str, Any]) -> Learning:
    """Return what [learning] describes."""
    frozen = table.get("frozen", [])
    if not isinstance(frozen, str | list):
        raise SettingError(f"frozen must be a list of names, not {frozen!r}")
    if not all(isinstance(name, str) for name in frozen):
        raise SettingError(f"frozen must be a list of names, not {frozen!r}")
    return Learning(
        loss=table.get("loss", "squared_error"),
        optimizer=table.get("optimizer", "gradient_descent"),
        reduction=table.get("reduction", "mean"),
        constants={name: table[name] for name in LEARNING_CONSTANTS if name in table},
        frozen=tuple([frozen] if isinstance(frozen, str) else frozen),
    )


# --- writing -------------------------------------------------------------------------------------


def lesson_tables(lesson: Lesson) -> dict[str, dict[str, Any]]:
    """Return the lesson as the tables of its TOML file; parameters are always written out."""
    network, learning = lesson.network, lesson.learning
    tables: dict[str, dict[str, Any]] = {
        "network": {
            "layers": list(network.layers),
            "activations": one_if_equal(network.activations),
            "biases": one_if_equal(network.biases),
            **dict(network.constants),
        },
        "parameters": {"weights": [w.tolist() for w in lesson.parameters.weights]},
        "example": {"x": lesson.x.tolist(), "y": lesson.y.tolist()},
        "learning": {
            "loss": learning.loss,
            "optimizer": learning.optimizer,
            "reduction": learning.reduction,
            "rate": learning.constant("rate"),
            **dict(learning.constants),
        },
    }
    if network.names:
        tables["network"]["names"] = dict(network.names)
    if any(network.biases):
        biases = lesson.parameters.biases
        tables["parameters"]["biases"] = [[] if b is None else b.tolist() for b in biases]
    if learning.frozen:
        tables["learning"]["frozen"] = list(learning.frozen)
    return tables


def lesson_toml(lesson: Lesson) -> str:
    """Return the lesson as TOML; reading it gives the same lesson back, to the bit."""
    return tables_toml(lesson_tables(lesson))


def tables_toml(tables: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the tables of a lesson as the text of its file."""
    lines = []
    for title, table in tables.items():
        entries = {key: value for key, value in table.items() if key != "names"}
        lines += [
            f"[{title}]",
            *(f"{key} = {toml_value(value)}" for key, value in entries.items()),
            "",
        ]
        if title == "network" and (names := table.get("names")):
            lines += [
                "[network.names]",
                *(f"{toml_value(k)} = {toml_value(v)}" for k, v in names.items()),
                "",
            ]
    return "\n".join(lines)


def toml_value(value: Any) -> str:
    """Return a number, text, flag or nested list as TOML writes it, which is as JSON does."""
    return json.dumps(value, ensure_ascii=False)


def one_if_equal(values: Sequence[Any]) -> Any:
    """Return the one value of a list whose entries are all equal, or the list."""
    return values[0] if len(set(values)) == 1 else list(values)
