"""Sheets of names and values: CSV and JSON.

Comes in: a text. Goes out: its rows of line, name, formula (in spreadsheets, between the two) and
value, or nothing where it is no sheet.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from typing import Any

from clearprop.errors import counted

Row = tuple[int, str, str, str]  # line, name, formula or "", value

HEADS = {"name", "quantity", "id", "symbol", "variable", "blank"}
NUMBER = re.compile(r"\s*[-+−]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\s*")
COMMA = re.compile(r"(?<=\d),(?=\d)")  # of a decimal number, where a semicolon parts cells
JSON = re.compile(r"[\ufeff\s]*[\[{]\s*[\"\[\]{}\d-]")  # what no prose begins with
COMPUTES = re.compile(r"[-+−*/^(×·⊙]")  # what stands in a formula, and not in a word
PARAMETER = re.compile(r"(?:[wWbBvV]|theta|weights?|bias(?:es)?)[\w\[\],]*")  # v of the outputs
AFTER = re.compile(r"updated|new|after", re.IGNORECASE)
SLOPES = re.compile(r"grad", re.IGNORECASE)
NAME = re.compile(r"[^\s=:|#]{1,60}")


def sheet(text: str) -> list[Row]:
    r"""Return the rows of a sheet, [] for a text that is none.

    >>> sheet("name,value\nw1,0.5\n")
    [(2, 'w1', '', '0.5')]
    >>> sheet("quantity;formula;value\nz;w1*x1;0,5\n")
    [(2, 'z', 'w1*x1', '0.5')]
    """
    start = text.lstrip("\ufeff \t\r\n")[:1]
    return of_json(text) if start in ("{", "[") else of_csv(text)


def lacking(text: str) -> str:
    r"""Return why a text that was to be a sheet has no rows; "" for what is no sheet.

    >>> lacking("name,value\nz_h1,\nh1,\n")
    'The sheet has 2 names, but no value is filled in'
    >>> lacking('{"z_h1": 0.1')
    "This is no JSON: Expecting ',' delimiter on line 1, column 13"
    """
    if JSON.match(text):
        try:
            json.loads(text.lstrip("\ufeff"))
        except json.JSONDecodeError as error:
            return f"This is no JSON: {error.msg} on line {error.lineno}, column {error.colno}"
        except (ValueError, RecursionError):
            return "This is no JSON that can be read"
        return 'This JSON has no names with values, as in {"z_h1": 0.1}'
    head, *lines = [line for line in text.splitlines() if line.strip()] or [""]
    delimiter = next((mark for mark in "\t;," if mark in head), "")
    if not delimiter or head.split(delimiter)[0].strip().lower() not in HEADS:
        return ""
    return f"The sheet has {counted(len(lines), 'name')}, but no value is filled in"


def of_json(text: str) -> list[Row]:
    """Return the rows of a JSON object of names and values, or a list of such."""
    try:
        data = json.loads(text.lstrip("\ufeff"))
    except (ValueError, RecursionError):
        return []
    rows = []
    place = 0
    for name, value, under in pairs(data, 0):
        found = text.find(json.dumps(name, ensure_ascii=False), place)
        place = found if found >= 0 else place
        rows.append((text.count("\n", 0, place) + 1, said_under(name, under), "", value))
    return rows


def said_under(name: str, under: str) -> str:
    """Return a name with what the key that it stands under says of it.

    >>> said_under("W1", "updated"), said_under("b2", "gradients"), said_under("dW1", "gradients")
    ('W1_new', 'db2', 'dW1')
    """
    if not PARAMETER.fullmatch(name):
        return name
    if AFTER.search(under):
        return f"{name}_new"
    return f"d{name}" if SLOPES.search(under) else name


def pairs(data: Any, depth: int, under: str = "") -> Iterator[tuple[str, str, str]]:
    """Yield names and values, at whatever depth they stand, and the key above each."""
    if depth > 8:
        return
    if isinstance(data, list):
        for entry in data:
            yield from pairs(entry, depth + 1, under)
    elif isinstance(data, dict):
        name, value = data.get("name", data.get("id")), data.get("value", data.get("answer"))
        if isinstance(name, str) and isinstance(value, int | float | str):
            yield name, str(value), under
            return
        for key, entry in data.items():
            if is_array(entry):
                yield key, json.dumps(entry), under
            elif isinstance(entry, dict | list):
                yield from pairs(entry, depth + 1, key)
            elif isinstance(entry, int | float | str) and not isinstance(entry, bool):
                yield key, str(entry), under


def is_array(entry: Any) -> bool:
    """Return whether an entry is a vector, or a matrix row by row.

    >>> is_array([0.5, 1]), is_array([[0.5], [1]]), is_array([]), is_array([{"z": 1}])
    (True, True, False, False)
    """

    def is_vector(row: Any) -> bool:
        numbers = isinstance(row, list) and bool(row)
        return numbers and all(type(number) in (int, float) for number in row)

    if not isinstance(entry, list) or not entry:
        return False
    return is_vector(entry) or (all(map(is_vector, entry)) and len(set(map(len, entry))) == 1)


def of_csv(text: str) -> list[Row]:
    """Return the rows of a CSV sheet: a head `name, value`, or numbers behind every name."""
    lines = text.splitlines()
    first = next((line for line in lines if line.strip()), "")
    delimiter = next((mark for mark in "\t;," if mark in first), "")
    if not delimiter or "=" in first or len(text) > 2_000_000:
        return []
    try:
        cells = [next(csv.reader([line], delimiter=delimiter), []) for line in lines]
    except csv.Error:
        return []
    headed = cells[lines.index(first)][0].strip().lower() in HEADS
    columns = len(cells[lines.index(first)])
    rows = []
    for number, row in enumerate(cells, start=1):
        if not any(cell.strip() for cell in row) or (headed and number == lines.index(first) + 1):
            continue
        spare = max(len(row) - columns, 0)  # W1[3,7] without quotes
        name, rest = delimiter.join(row[: spare + 1]).strip(), row[spare + 1 :]
        rest = [cell.strip() if delimiter == "," else COMMA.sub(".", cell.strip()) for cell in rest]
        value, formula = rest[0] if rest else "", ""
        if len(rest) > 1 and NUMBER.fullmatch(rest[1]) and not NUMBER.fullmatch(value):
            formula, value = rest[0] if COMPUTES.search(rest[0]) else "", rest[1]
        if not headed and not (NUMBER.fullmatch(value) and NAME.fullmatch(name)):
            return []
        if name and value:
            rows.append((number, name, formula, value))
    return rows if headed or len(rows) > 1 else []
