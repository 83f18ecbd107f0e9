"""Rows of a table left out of training, or given another label: what a fork changes in its data.

Comes in: a table as it was loaded. Goes out: the table to be trained on. A row that is left out
stays where it is and has the sample weight 0, so every other row keeps its number, its place in the
order of an epoch, and its part; the mean over a batch is taken over those that remain in it.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace

import polars as pl

from clearprop.data.table import Table

LEFT_OUT = "left_out"  # the name of weights that come from rows left out alone


def changed(table: Table, left_out: Collection[int], relabelled: Mapping[int, str]) -> Table:
    """Return the table without some rows' weight, and with other labels or numbers to learn.

    >>> from clearprop.data.table import load
    >>> table = changed(load("xor"), {1}, {0: "1"})
    >>> table.weights.to_list(), table.frame[table.target].to_list()
    ([1.0, 0.0, 1.0, 1.0], ['1', '1', '1', '0'])
    """
    if relabelled:
        column = table.frame[table.target].to_list()
        for row, label in relabelled.items():
            column[row] = label if table.kind == "classes" else float(label)
        target = pl.Series(table.target, column, dtype=table.frame[table.target].dtype)
        table = replace(table, frame=table.frame.with_columns(target))
    if left_out:
        name = LEFT_OUT if table.weights is None else table.weights.name
        weights = [1.0] * table.rows if table.weights is None else table.weights.to_list()
        for row in left_out:
            weights[row] = 0.0
        table = replace(table, weights=pl.Series(name, weights, dtype=pl.Float64))
    return table
