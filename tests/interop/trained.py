"""Runs with drawn parameters: every activation, every kind of target, every kind of column."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache

import numpy as np
import polars as pl

import clearprop as cp
from clearprop.formulas.activations import ACTIVATIONS
from clearprop.interop.exchange.models import model_of
from clearprop.network.network import Network
from clearprop.network.parameters import Parameters

TARGETS = {  # name of the column -> what training is asked for
    "two": {},  # one sigmoid output
    "pair": {"loss": "cross_entropy"},  # two softmax outputs
    "three": {},
    "digit": {"kind": "classes"},  # labels that are whole numbers
    "each": {"loss": "mean_squared_error"},  # three sigmoid outputs that do not add to 1
    "price": {},
}
COLUMNS = {
    "numbers": ["size", "ok", "day"],
    "categories": ["colour", "town"],
    "mixed": ["colour", "size", "town", "ok", "day"],
}


@dataclass(frozen=True)
class Case:
    """One corner: an activation, what is predicted and from what."""

    activation: str
    target: str
    columns: str
    impute: bool
    seed: int

    def __str__(self):
        filled = "-impute" if self.impute else ""
        return f"{self.activation}-{self.target}-{self.columns}{filled}"


def table(rows=60, seed=0):
    """Return a table with a column of every kind, whole."""
    rng = np.random.default_rng(seed)
    days = [date(2021, 3, 1) + timedelta(days=int(n)) for n in rng.integers(0, 900, rows)]
    return pl.DataFrame(
        {
            "colour": rng.choice(["red", 'gr"een', "blue?", "größe\\n"], rows),
            "size": np.round(rng.normal(40, 12, rows), 3),
            "town": rng.choice(["Köln", "São Paulo", "a, b"], rows),
            "ok": rng.random(rows) < 0.5,
            "day": days,
            "two": rng.choice(["no", "yes"], rows),
            "pair": rng.choice(["x", "y"], rows),
            "three": rng.choice(["low", "??=", "high"], rows),
            "digit": rng.choice(np.array([3, 5, 11]), rows),
            "each": rng.choice(["a", "b", "c"], rows),
            "price": np.round(rng.normal(1000, 300, rows), 2),
        }
    )


def cases():
    """Return every activation with every target, the kinds of columns taken in turn."""
    found = []
    for place, activation in enumerate(ACTIVATIONS):
        for turn, target in enumerate(TARGETS):
            columns = list(COLUMNS)[(place + turn) % 3]
            found.append(Case(activation, target, columns, (place + turn) % 2 == 0, len(found)))
    return found


@cache
def trained(case):
    """Return the run of a case: its settings and encoding, its parameters drawn."""
    frame = table()[[*COLUMNS[case.columns], case.target]]
    run = cp.train(
        frame, target=case.target, hidden=[5, 4], epochs=1, impute=case.impute, seed=case.seed,
        engine="reference",
        **TARGETS[case.target],
    )  # fmt: skip
    rng = np.random.default_rng(case.seed)
    activations = [case.activation, case.activation, run.network.activations[-1]]
    constants = {"leaky_relu_slope": 0.07, "elu_alpha": 1.3}
    biases = [bool(case.seed % 3), True, bool(case.seed % 2)]
    network = Network(run.network.layers, activations, biases, constants=constants)
    vector = rng.normal(0, 0.9, network.parameter_count)
    return replace(run, parameters=Parameters(network, vector))


def rows(case, count=12):
    """Return rows to predict: unknown categories too, and gaps where they are filled."""
    frame = table(count, seed=case.seed + 1)[COLUMNS[case.columns]]
    changes = []
    if "colour" in frame.columns:
        changes.append(put(frame["colour"], 0, " red "))
        changes[-1] = put(changes[-1], 1, "never seen")
    frame = frame.with_columns(changes)
    if case.impute:
        frame = frame.with_columns(
            [put(frame[name], 2 + place, None) for place, name in enumerate(frame.columns)]
        )
    return frame


def put(column, row, value):
    """Return a column with another value in one row."""
    values = column.to_list()
    values[row] = value
    return pl.Series(column.name, values, dtype=column.dtype)


def raw(run, frame):
    """Return rows as plain values: numbers, truth values as 0 and 1, times in seconds, texts."""
    plain = []
    for column in frame:
        if column.dtype == pl.Date:
            seconds = column.cast(pl.Datetime("us")).to_physical() / 1e6
            plain.append(seconds.to_list())
        elif column.dtype == pl.Boolean:
            plain.append([None if v is None else float(v) for v in column])
        else:
            plain.append(column.to_list())
    names = [column.name for column in model_of(run).columns]
    by_name = dict(zip(frame.columns, plain, strict=True))
    return [list(row) for row in zip(*(by_name[name] for name in names), strict=True)]
