"""A lesson from options as they are typed, put over a lesson or starting from nothing.

Comes in: texts such as "0.5,0.3,0.8" (weights in name order) and "1,2;3,4" (examples). Goes out: a
lesson, by way of the tables of its file, so that options and keys are checked by the same code.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from clearprop.errors import SettingError, ShapeError, counted
from clearprop.network.lesson import Lesson, lesson_from_tables, lesson_tables
from clearprop.network.network import Network

NETWORK_OPTIONS = {"activation": "activations", "initializer": "initializer", "seed": "seed"}


def lesson_from_options(base: Lesson, options: Mapping[str, Any]) -> Lesson:
    """Return a lesson with the given options put in; with `layers`, one that starts from nothing.

    Raises
    ------
    SettingError, ShapeError: a text that is no list of numbers, or of another length than needed.
    """
    given = {name: value for name, value in options.items() if value is not None}
    if not given:
        return base
    tables = {} if "layers" in given else lesson_tables(base)
    if "layers" in given:
        layers = [whole("--layers", text) for text in str(given["layers"]).split(",")]
        tables = {"network": {"layers": layers}, "parameters": {}, "example": {}, "learning": {}}
        if missing := [f"--{key}" for key in ("x", "y") if key not in given]:
            raise SettingError(f"--layers needs the example too: add {' and '.join(missing)}")
    put_network(tables, given)
    put_parameters(tables, given)
    for key in ("x", "y"):
        if key in given:
            tables["example"][key] = rows(f"--{key}", given[key])
    tables["learning"] |= given.get("learning", {})
    return lesson_from_tables(tables)


def put_network(tables: dict[str, Any], given: Mapping[str, Any]) -> None:
    """Put the options of the architecture into the tables."""
    for option, key in NETWORK_OPTIONS.items():
        if option in given:
            tables["network"][key] = given[option]
    if "activation" in given:
        names = [name.strip() for name in given["activation"].split(",")]
        tables["network"]["activations"] = names[0] if len(names) == 1 else names
    if given.get("no_bias"):
        if "biases" in given:
            raise SettingError("--no-bias and --biases exclude each other; give one of them")
        tables["network"]["biases"] = False
        tables["parameters"].pop("biases", None)
    if "biases" in given and not any_biases(tables["network"].get("biases", True)):
        tables["network"]["biases"] = True
    if {"seed", "initializer"} & set(given):
        tables["parameters"] = {}


def any_biases(flags: bool | Sequence[bool]) -> bool:
    """Return whether any layer has biases, given one flag or a list."""
    return flags if isinstance(flags, bool) else any(flags)


def put_parameters(tables: dict[str, Any], given: Mapping[str, Any]) -> None:
    """Put weights and biases, given flat in name order, into the tables layer by layer."""
    table = tables["network"]
    network = Network(table["layers"], biases=table.get("biases", True))
    if "weights" in given:
        flat = numbers_of("--weights", given["weights"])
        tables["parameters"]["weights"] = weights_by_layer(network, flat)
    if "biases" in given:
        flat = numbers_of("--biases", given["biases"])
        tables["parameters"]["biases"] = biases_by_layer(network, flat)


def weights_by_layer(network: Network, flat: list[float]) -> list[list[list[float]]]:
    """Return weights in name order as one matrix per layer, (units, inputs)."""
    shapes = list(zip(network.layers[1:], network.layers[:-1], strict=True))
    needed = sum(units * inputs for units, inputs in shapes)
    if len(flat) != needed:
        products = " + ".join(f"{units}×{inputs}" for units, inputs in shapes)
        raise ShapeError(
            f"--weights takes {counted(needed, 'number')} for these layers ({products}), "
            f"not {len(flat)}"
        )
    values = iter(flat)
    return [[[next(values) for _ in range(n)] for _ in range(units)] for units, n in shapes]


def biases_by_layer(network: Network, flat: list[float]) -> list[list[float]]:
    """Return biases in name order as one list per layer, empty for layers without."""
    sizes = [network.layers[layer] * network.has_biases(layer) for layer in network.layer_numbers]
    if len(flat) != sum(sizes):
        needed = counted(sum(sizes), "number")
        raise ShapeError(f"--biases takes {needed} for these layers, not {len(flat)}")
    values = iter(flat)
    return [[next(values) for _ in range(size)] for size in sizes]


def rows(option: str, text: str) -> list[list[float]]:
    """Return examples separated by semicolons as rows of numbers.

    >>> rows("--x", "1,2;3,4")
    [[1.0, 2.0], [3.0, 4.0]]
    """
    found = [numbers_of(option, row) for row in text.strip().rstrip(";").split(";")]
    if len({len(row) for row in found}) > 1:
        lengths = ", ".join(str(len(row)) for row in found)
        raise ShapeError(f"{option} must have as many numbers in each example, not {lengths}")
    return found


def numbers_of(option: str, text: str) -> list[float]:
    """Return numbers separated by commas."""
    try:
        return [float(part) for part in text.split(",")]
    except ValueError:
        raise SettingError(f"{option} takes numbers separated by commas, not '{text}'") from None


def whole(option: str, text: str) -> int:
    """Return a whole number."""
    try:
        return int(text)
    except ValueError:
        raise SettingError(
            f"{option} takes whole numbers separated by commas, as in 2,1,1, not '{text}'"
        ) from None
