"""Edits of a lesson: its text and what is to change -> the text of the changed lesson.

An edit is a table, `{"kind": "set", "name": "w3", "value": "-0.5"}`; `EDITS` lists the kinds. What
the text says beyond the lesson itself, its initializer and its seed, is kept; its remarks are not.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from math import isinf
from typing import Any

from clearprop.errors import SettingError, UnknownName
from clearprop.network.lesson import (
    Lesson,
    lesson_from_tables,
    lesson_tables,
    parse_lesson,
    tables_toml,
)
from clearprop.network.network import SHAPE_CONSTANTS
from clearprop.network.quantities import Activation, Bias, Constant, Target, Weight
from clearprop.studio.lesson_shape import (
    layer_added,
    layer_removed,
    put_shape,
    unit_added,
    unit_removed,
)

Edit = Mapping[str, Any]
Tables = dict[str, dict[str, Any]]
DRAWN = ("initializer", "seed")  # what a text says beyond its lesson
RULES = ("loss", "optimizer", "reduction")
MINUS = "\u2212"
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.IGNORECASE)


def edited(text: str, edit: Edit) -> str:
    """Return the text of a lesson with an edit put in.

    Raises
    ------
    ClearpropError: the text is no lesson, or the edit does not fit it, in one sentence.

    >>> from clearprop.network.lesson import lesson_toml, seed_lesson
    >>> changed = edited(lesson_toml(seed_lesson()), {"kind": "set", "name": "w3", "value": "-2"})
    >>> parse_lesson(changed, "it").parameters.weights[1]
    array([[-2.]])
    """
    lesson = parse_lesson(text, "the lesson")
    tables = whole_tables(lesson, tomllib.loads(text))
    kind = str(edit.get("kind"))
    if kind not in EDITS:
        raise UnknownName.of("edit", kind, EDITS)
    EDITS[kind](lesson, tables, edit)
    return tables_toml(whole_tables(lesson_from_tables(tables), tables))


def whole_tables(lesson: Lesson, said: Tables) -> Tables:
    """Return the tables of a lesson with how its parameters were drawn, where that is said."""
    tables = lesson_tables(lesson)
    tables["network"] |= {key: said["network"][key] for key in DRAWN if key in said["network"]}
    return tables


# --- numbers -------------------------------------------------------------------------------------


def put_number(lesson: Lesson, tables: Tables, edit: Edit) -> None:
    """Put a number in the place of a quantity that is given."""
    name = entry(edit, "name", str)
    quantity = lesson.names.find(name)
    value = number(name, entry(edit, "value", str))
    match quantity:
        case Weight(layer, unit, source):
            tables["parameters"]["weights"][layer - 1][unit][source] = value
        case Bias(layer, unit):
            tables["parameters"]["biases"][layer - 1][unit] = value
        case Activation(0, unit, example):
            tables["example"]["x"][example][unit] = value
        case Target(unit, example):
            tables["example"]["y"][example][unit] = value
        case Constant(constant) if constant != "pi":
            table = "network" if constant in SHAPE_CONSTANTS else "learning"
            tables[table][constant] = value
        case _:
            raise SettingError(
                f"{name} follows from the other numbers; change a weight, a bias, an input, a "
                "target or a constant of the learning"
            )


def number(name: str, text: str) -> float:
    """Return the number that a text is.

    >>> number("w1", "\u22121e-3"), number("w1", "0,25")
    (-0.001, 0.25)
    """
    plain = text.strip().replace(MINUS, "-").replace(",", ".")
    if not NUMBER.fullmatch(plain):
        raise SettingError(f"{name} must be a number, as in 0.25, -2 or 1e-3, not '{text.strip()}'")
    value = float(plain)
    if isinf(value):
        raise SettingError(f"{name} must be a number below 1.8e308 in size, and this is more")
    return value


# --- rules ---------------------------------------------------------------------------------------


def put_rule(lesson: Lesson, tables: Tables, edit: Edit) -> None:
    """Put the loss, the optimizer or the reduction."""
    what = entry(edit, "what", str)
    if what not in RULES:
        raise UnknownName.of("rule", what, RULES)
    tables["learning"][what] = entry(edit, "name", str)


def put_activation(lesson: Lesson, tables: Tables, edit: Edit) -> None:
    """Put the activation of a layer."""
    layer = place(edit, "layer", lesson.network.depth, first=1)
    names = list(lesson.network.activations)
    names[layer - 1] = entry(edit, "name", str)
    tables["network"]["activations"] = names


def put_biases(lesson: Lesson, tables: Tables, edit: Edit) -> None:
    """Give a layer biases, which start at 0, or take them away."""
    layer = place(edit, "layer", lesson.network.depth, first=1)
    network, on = lesson.network, entry(edit, "on", bool)
    given = [[] if b is None else b.tolist() for b in lesson.parameters.biases]
    given[layer - 1] = [0.0] * network.layers[layer] if on else []
    flags = [*network.biases[: layer - 1], on, *network.biases[layer:]]
    tables["network"]["biases"] = flags
    tables["parameters"]["biases"] = given


# --- units, layers, examples ---------------------------------------------------------------------


def add_unit(lesson: Lesson, tables: Tables, edit: Edit) -> None:
    """Add a unit to a layer, or an input (layer 0)."""
    layer = place(edit, "layer", lesson.network.depth)
    put_shape(lesson, tables, unit_added(lesson.network, layer))


def remove_unit(lesson: Lesson, tables: Tables, edit: Edit) -> None:
    """Remove a unit of a layer, or an input (layer 0)."""
    layer = place(edit, "layer", lesson.network.depth)
    unit = place(edit, "unit", lesson.network.layers[layer] - 1)
    put_shape(lesson, tables, unit_removed(lesson.network, layer, unit))


def add_layer(lesson: Lesson, tables: Tables, edit: Edit) -> None:
    """Add a layer before the outputs."""
    put_shape(lesson, tables, layer_added(lesson.network))


def remove_layer(lesson: Lesson, tables: Tables, edit: Edit) -> None:
    """Remove a hidden layer."""
    layer = place(edit, "layer", lesson.network.depth, first=1)
    put_shape(lesson, tables, layer_removed(lesson.network, layer))


def add_example(lesson: Lesson, tables: Tables, edit: Edit) -> None:
    """Add an example, which is the last one again until it is changed."""
    for rows in (tables["example"][key] for key in ("x", "y")):
        rows.append(list(rows[-1]))


def remove_example(lesson: Lesson, tables: Tables, edit: Edit) -> None:
    """Remove the last example."""
    if len(lesson.x) == 1:
        raise SettingError("this is the only example, and a step needs one; change its numbers")
    for rows in (tables["example"][key] for key in ("x", "y")):
        rows.pop()


EDITS: Mapping[str, Callable[[Lesson, Tables, Edit], None]] = {
    "set": put_number,
    "rule": put_rule,
    "activation": put_activation,
    "biases": put_biases,
    "add unit": add_unit,
    "remove unit": remove_unit,
    "add layer": add_layer,
    "remove layer": remove_layer,
    "add example": add_example,
    "remove example": remove_example,
}


def entry(edit: Edit, name: str, kind: type) -> Any:
    """Return an entry of an edit; SettingError where it is missing or of another kind."""
    value = edit.get(name)
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise SettingError(f"the edit has no {name} that fits; reload the studio's page")
    return value


def place(edit: Edit, name: str, last: int, first: int = 0) -> int:
    """Return an entry that counts layers or units, `first` to `last`."""
    value = entry(edit, name, int)
    if not first <= value <= last:
        raise SettingError(f"there is no {name} {value}; they go from {first} to {last}")
    return int(value)
