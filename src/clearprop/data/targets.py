"""Classes or numbers? What a target column is, when nobody says it.

Text, categories and truth values are classes. Whole numbers are classes when there are only

- two different ones, or
- at most 20, counted through without gaps from 0 or 1, each in at least two rows, or
- at most 20, and 20 rows or more for each on average.

Everything else is numbers. `--kind` (`kind=`) overrules.
"""

import polars as pl

from clearprop.data.columns import is_number_column, numbers
from clearprop.data.kinds import Kind

MOST_CLASSES = 20
ROWS_PER_CLASS = 20


def kind_of(target: pl.Series) -> Kind:
    """Return what a target column most likely is.

    >>> kind_of(pl.Series([0, 1, 2, 0, 1, 2])), kind_of(pl.Series([1.5, 2.0, 3.25]))
    ('classes', 'numbers')
    """
    if target.dtype == pl.Boolean or not is_number_column(target, is_target=True):
        return "classes"
    if target.dtype.is_temporal():
        return "numbers"
    values = numbers(target, is_target=True).drop_nulls()
    if (values != values.floor()).any():
        return "numbers"
    counts = values.value_counts(name="rows").sort(values.name)
    different = len(counts)
    if different == 2 or different > MOST_CLASSES:
        return "classes" if different == 2 else "numbers"
    many_rows_each = different * ROWS_PER_CLASS <= len(values)
    found = counts[values.name].to_list()
    counted_through = found in (list(range(different)), list(range(1, different + 1)))
    twice_each = bool((counts["rows"] >= 2).all())
    return "classes" if many_rows_each or (counted_through and twice_each) else "numbers"


def sorted_labels(labels: pl.Series) -> tuple[str, ...]:
    """Return the different labels in order: by number where all are numbers, else by letter.

    >>> sorted_labels(pl.Series(["10", "9", "9"]))
    ('9', '10')
    """
    unique = labels.drop_nulls().unique().sort()
    values = unique.cast(pl.Float64, strict=False)
    if values.null_count() == 0:
        unique = unique.gather(values.arg_sort())
    return tuple(unique.to_list())
