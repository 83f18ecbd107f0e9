"""The built-in data sets: five classics that come with scikit-learn, four that are generated.

All work offline. Class labels are words. Spirals, moons and circles take `rows`, `noise` and
`seed`; the same seed gives the same rows.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from clearprop.data.classics import classic_frame
from clearprop.data.kinds import Kind
from clearprop.errors import SettingError, UnknownName

Rows = npt.NDArray[np.float64]
SEEDS = 2**32  # scikit-learn's seeds end here


@dataclass(frozen=True)
class Generated:
    """How to make a set: `points(rows, noise, generator)` gives inputs and label numbers."""

    points: Callable[[int, float, np.random.Generator], tuple[Rows, npt.NDArray[np.int64]]]
    labels: tuple[str, ...]
    rows: int
    noise: float


@dataclass(frozen=True)
class BuiltIn:
    """One built-in set: where it comes from and whether to hold rows out for testing by default."""

    name: str
    description: str
    source: str
    target: str
    kind: Kind
    holds_out: bool = True
    generated: Generated | None = None


def builtin_names() -> tuple[str, ...]:
    """Return the names of all built-in sets."""
    return tuple(BUILT_IN)


def builtin(name: str) -> BuiltIn:
    """Return the entry of a built-in set; UnknownName when there is none."""
    if name not in BUILT_IN:
        raise UnknownName.of("built-in data set", name, BUILT_IN)
    return BUILT_IN[name]


def builtin_frame(
    name: str, rows: int | None = None, noise: float | None = None, seed: int = 0
) -> pl.DataFrame:
    """Return a built-in set as a frame.

    >>> builtin_frame("xor").rows()
    [(0, 0, '0'), (0, 1, '1'), (1, 0, '1'), (1, 1, '0')]
    """
    entry = builtin(name)
    if entry.generated is not None:
        return _generated_frame(entry.generated, rows, noise, seed)
    if rows is not None or noise is not None:
        raise SettingError(
            f"'{name}' is as it is and takes no rows or noise; spirals, moons and circles do"
        )
    return _xor_frame() if name == "xor" else classic_frame(name, entry.target, entry.kind)


def _xor_frame() -> pl.DataFrame:
    return pl.DataFrame({"x1": [0, 0, 1, 1], "x2": [0, 1, 0, 1], "y": ["0", "1", "1", "0"]})


def _generated_frame(
    generated: Generated, rows: int | None, noise: float | None, seed: int
) -> pl.DataFrame:
    rows = generated.rows if rows is None else rows
    noise = generated.noise if noise is None else noise
    if rows < 4:
        raise SettingError(f"rows is {rows}, but a generated data set needs at least 4")
    if not 0 <= noise < float("inf"):
        raise SettingError(f"noise is {noise}, but it must be a finite number of 0 or more")
    if not 0 <= seed < SEEDS:
        raise SettingError(f"seed is {seed}, but it must be from 0 to {SEEDS - 1}")
    generator = np.random.default_rng(seed)
    points, labels = generated.points(rows, noise, generator)
    order = generator.permutation(rows)
    x1, x2 = points[order].T.copy()
    return pl.DataFrame(
        {"x1": x1, "x2": x2, "y": [generated.labels[label] for label in labels[order]]}
    )


def _halves(rows: int) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """Return for each row how far along its half it lies (0 to 1), and its half."""
    first = rows - rows // 2
    along = np.concatenate([np.linspace(0, 1, first), np.linspace(0, 1, rows - first)])
    return along, np.repeat([0, 1], [first, rows - first])


def _spirals(
    rows: int, noise: float, generator: np.random.Generator
) -> tuple[Rows, npt.NDArray[np.int64]]:
    """After Lang & Witbrock 1988, radius 6.5 down to 0.5, with one turn each in place of three.

    With three, half a point's distance lies between the arms: held-out points cannot be told.
    """
    along, arm = _halves(rows)
    angle, radius = along * 2 * np.pi, 6.5 * (104 - 96 * along) / 104
    sign = 1 - 2 * arm
    points = np.column_stack([sign * radius * np.sin(angle), sign * radius * np.cos(angle)])
    return points + noise * generator.standard_normal((rows, 2)), arm


def _moons(
    rows: int, noise: float, generator: np.random.Generator
) -> tuple[Rows, npt.NDArray[np.int64]]:
    """As scikit-learn's make_moons: two half circles, the lower one shifted by (1, 1/2)."""
    along, moon = _halves(rows)
    sign = 1 - 2 * moon
    points = np.column_stack(
        [moon + sign * np.cos(np.pi * along), moon / 2 + sign * np.sin(np.pi * along)]
    )
    return points + noise * generator.standard_normal((rows, 2)), moon


def _circles(
    rows: int, noise: float, generator: np.random.Generator
) -> tuple[Rows, npt.NDArray[np.int64]]:
    """As scikit-learn's make_circles: radius 1 around radius 0.8, here 0.5 to be easier to see."""
    along, circle = _halves(rows)
    angle, radius = 2 * np.pi * along, 1 - 0.5 * circle
    points = np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])
    return points + noise * generator.standard_normal((rows, 2)), circle


BUILT_IN: dict[str, BuiltIn] = {
    entry.name: entry
    for entry in (
        BuiltIn(
            "digits",
            "1,797 handwritten digits, 8 x 8 pixels: which digit is it?",
            "Alpaydin & Kaynak 1998, UCI, test part; from scikit-learn",
            "digit",
            "classes",
        ),
        BuiltIn(
            "iris",
            "150 irises, 4 lengths in cm: which of 3 species?",
            "Fisher 1936; from scikit-learn",
            "species",
            "classes",
        ),
        BuiltIn(
            "wine",
            "178 wines, 13 chemical figures: which of 3 growers?",
            "Forina et al. 1988, UCI; from scikit-learn",
            "grower",
            "classes",
        ),
        BuiltIn(
            "breast_cancer",
            "569 tumours, 30 figures of their cell nuclei: malignant or benign?",
            "Street, Wolberg & Mangasarian 1993, UCI; from scikit-learn",
            "diagnosis",
            "classes",
        ),
        BuiltIn(
            "diabetes",
            "442 patients, 10 figures: how far will the disease go in a year?",
            "Efron, Hastie, Johnstone & Tibshirani 2004; from scikit-learn",
            "progression",
            "numbers",
        ),
        BuiltIn(
            "xor",
            "the 4 rows of exclusive or: no straight line parts them",
            "Minsky & Papert 1969",
            "y",
            "classes",
            holds_out=False,
        ),
        BuiltIn(
            "spirals",
            "two spirals wound into each other: which one is the point on?",
            "generated after Lang & Witbrock 1988",
            "y",
            "classes",
            generated=Generated(_spirals, ("first", "second"), rows=500, noise=0.1),
        ),
        BuiltIn(
            "moons",
            "two half moons that reach into each other: upper or lower?",
            "generated as scikit-learn's make_moons",
            "y",
            "classes",
            generated=Generated(_moons, ("upper", "lower"), rows=500, noise=0.1),
        ),
        BuiltIn(
            "circles",
            "a circle within a circle: outer or inner?",
            "generated as scikit-learn's make_circles",
            "y",
            "classes",
            generated=Generated(_circles, ("outer", "inner"), rows=500, noise=0.05),
        ),
    )
}
