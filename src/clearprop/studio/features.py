"""Features: what is made of the two columns of a plane before the network sees it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import polars as pl

from clearprop.errors import SettingError, UnknownName

# by name; the two columns are called a and b here
FEATURES: Mapping[str, Callable[[pl.Expr, pl.Expr], pl.Expr]] = {
    "a": lambda a, b: a,
    "b": lambda a, b: b,
    "a²": lambda a, b: a**2,
    "b²": lambda a, b: b**2,
    "ab": lambda a, b: a * b,
    "sin a": lambda a, b: a.sin(),
    "sin b": lambda a, b: b.sin(),
}
AS_THEY_ARE = ("a", "b")


def title(feature: str, columns: tuple[str, str]) -> str:
    """Return what a feature is called for two columns.

    >>> title("ab", ("x1", "x2")), title("sin b", ("x1", "x2"))
    ('x1·x2', 'sin x2')
    """
    if feature == "ab":
        return f"{columns[0]}·{columns[1]}"
    return feature.replace("a", columns[0]) if "a" in feature else feature.replace("b", columns[1])


def featured(
    frame: pl.DataFrame, columns: tuple[str, str], features: Sequence[str]
) -> pl.DataFrame:
    """Return a frame with features of two columns in place of them.

    Raises
    ------
    UnknownName: there is no such feature.
    SettingError: none is chosen.

    >>> featured(pl.DataFrame({"x1": [2], "x2": [3], "y": ["a"]}), ("x1", "x2"), ["b", "ab"]).rows()
    [(3.0, 6.0, 'a')]
    """
    if tuple(features) == AS_THEY_ARE:
        return frame
    for name in features:
        if name not in FEATURES:
            raise UnknownName.of("feature", str(name), FEATURES)
    a, b = (pl.col(name).cast(pl.Float64) for name in columns)
    made = [
        rule(a, b).alias(title(name, columns))
        for name, rule in FEATURES.items()
        if name in features
    ]
    if not made:
        raise SettingError("the network needs at least one input; choose a feature")
    rest = [name for name in frame.columns if name not in columns]
    return frame.select(*made, *rest)
