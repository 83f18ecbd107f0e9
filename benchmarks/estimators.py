"""`python -m benchmarks.estimators`: clearprop's estimators beside scikit-learn's MLPs.

Comes in: nothing. Goes out: a table, and with `--out` the same in docs/scikit-learn.md. On each
data set both estimators are fitted with the same settings, all of them defaults, on the same rows
and from the same starting weights, one seed after another, each in turn; the score is that of rows
that were held out. Ratios are medians over the seeds; both have one thread.

python -m benchmarks.estimators             all data sets, five seeds
python -m benchmarks.estimators iris wine   some of them
python -m benchmarks.estimators --quick     small ones, two seeds: for development
"""

from __future__ import annotations

import argparse
import statistics
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

from sklearn import datasets
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from benchmarks.machine import machine, versions
from clearprop.sklearn import BackpropClassifier, BackpropRegressor

PAGE = Path(__file__).parents[1] / "docs" / "scikit-learn.md"
BEGIN, END = "<!-- benchmarks.estimators: begin -->", "<!-- benchmarks.estimators: end -->"
PAIRS = {
    "classes": (MLPClassifier, BackpropClassifier),
    "numbers": (MLPRegressor, BackpropRegressor),
}
SEEDS = 5
HELD_OUT = 0.25


@dataclass(frozen=True)
class Task:
    """A data set: how it is loaded, and whether its target is classes or numbers."""

    kind: str
    load: Callable[[], tuple[Any, Any]]
    quick: bool = False


def of_package(name: str, kind: str = "classes", quick: bool = True) -> Task:
    """Return a data set that comes with scikit-learn."""
    return Task(kind, lambda: getattr(datasets, f"load_{name}")(return_X_y=True), quick)


TASKS: Mapping[str, Task] = {
    "iris": of_package("iris"),
    "wine": of_package("wine"),
    "breast_cancer": of_package("breast_cancer"),
    "digits": of_package("digits", quick=False),
    "diabetes": of_package("diabetes", "numbers"),
    "classification, 20,000 × 20": Task(
        "classes",
        lambda: datasets.make_classification(
            20_000, 20, n_informative=10, n_classes=4, flip_y=0.05, random_state=0
        ),
    ),
    "classification, 10,000 × 100": Task(
        "classes",
        lambda: datasets.make_classification(
            10_000, 100, n_informative=30, n_classes=10, random_state=0
        ),
    ),
    "friedman1, 20,000 × 10": Task(
        "numbers", lambda: datasets.make_friedman1(20_000, 10, noise=1.0, random_state=0)
    ),
}


@dataclass(frozen=True)
class Fit:
    """One fit: its held-out score, seconds and epochs."""

    score: float
    seconds: float
    epochs: int


@dataclass(frozen=True)
class Row:
    """The fits of both estimators on one data set, seed by seed."""

    task: str
    kind: str
    theirs: tuple[Fit, ...]
    ours: tuple[Fit, ...]

    @property
    def difference(self) -> float:
        """The mean difference of the scores, ours less theirs."""
        return statistics.mean(self.differences)

    @property
    def differences(self) -> list[float]:
        """The differences of the scores, seed by seed."""
        return [b.score - a.score for a, b in zip(self.theirs, self.ours, strict=True)]

    @property
    def error(self) -> float:
        """The standard error of the mean difference."""
        return statistics.stdev(self.differences) / len(self.differences) ** 0.5

    @property
    def speedup(self) -> float:
        """How many times as long as ours their fit takes: the median over the seeds."""
        pairs = zip(self.theirs, self.ours, strict=True)
        return statistics.median(a.seconds / b.seconds for a, b in pairs)

    @property
    def speedup_of_an_epoch(self) -> float:
        """The same for one epoch: the fits may end after other numbers of them."""
        pairs = zip(self.theirs, self.ours, strict=True)
        each = (a.seconds / a.epochs / (b.seconds / b.epochs) for a, b in pairs)
        return statistics.median(each)


def measured(name: str, seeds: int) -> Row:
    """Return the row of a data set."""
    task = TASKS[name]
    x, y = task.load()
    found: tuple[list[Fit], list[Fit]] = ([], [])
    for seed in range(seeds):
        for place, estimator in enumerate(PAIRS[task.kind]):
            found[place].append(fitted(estimator, x, y, task.kind, seed))
    return Row(name, task.kind, tuple(found[0]), tuple(found[1]))


def fitted(estimator: Any, x: Any, y: Any, kind: str, seed: int) -> Fit:
    """Fit an estimator with its defaults on scaled inputs, and score it on rows held out."""
    stratify = y if kind == "classes" else None
    parts = train_test_split(x, y, test_size=HELD_OUT, random_state=seed, stratify=stratify)
    pipeline = make_pipeline(StandardScaler(), estimator(random_state=seed))
    with warnings.catch_warnings(), threadpool_limits(1, user_api="blas"):
        warnings.simplefilter("ignore", ConvergenceWarning)
        started = perf_counter()
        pipeline.fit(parts[0], parts[2])
        seconds = perf_counter() - started
    return Fit(pipeline.score(parts[1], parts[3]), seconds, pipeline[-1].n_iter_)


def table(rows: Sequence[Row]) -> Iterator[str]:
    """Yield the lines of the table."""
    yield "| data | MLP | clearprop | difference | seconds | times as fast | per epoch |"
    yield "|---|---|---|---|---|---|---|"
    for row in rows:
        theirs, ours = (statistics.mean(f.score for f in fits) for fits in (row.theirs, row.ours))
        seconds = statistics.median(fit.seconds for fit in row.ours)
        yield (
            f"| {row.task} | {theirs:.4f} | {ours:.4f} | {row.difference:+.4f} ± {row.error:.4f}"
            f" | {seconds:.3f} | {row.speedup:.1f} | {row.speedup_of_an_epoch:.1f} |"
        )


def warm() -> None:
    """Fit once, so that nothing is compiled or imported while it is timed."""
    for kind, name in (("classes", "iris"), ("numbers", "diabetes"), ("classes", "breast_cancer")):
        for estimator in PAIRS[kind]:
            fitted(estimator, *TASKS[name].load(), kind, 0)


def written(page: str, lines: Sequence[str]) -> str:
    """Return a page with the table put between its marks."""
    before, after = page.split(BEGIN)[0], page.split(END)[1]
    return f"{before}{BEGIN}\n{chr(10).join(lines)}\n{END}{after}"


def about(seeds: int) -> str:
    """Return what the table was made on."""
    at, packages = machine(), versions()
    return (
        f"{seeds} seeds; {at['processor']}, one thread; scikit-learn {packages['scikit-learn']},"
        f" NumPy {packages['numpy']}, Numba {packages['numba']}."
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure what is asked for, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tasks", nargs="*", choices=[[], *TASKS], default=[], metavar="DATA")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--out", action="store_true", help=f"write the table into {PAGE.name}")
    options = parser.parse_args(arguments)
    quick = [name for name, task in TASKS.items() if task.quick or not options.quick]
    seeds = 2 if options.quick else SEEDS
    warm()
    rows = []
    for name in options.tasks or quick:
        rows.append(measured(name, seeds))
        print(list(table(rows))[-1], flush=True)
    if options.out:
        lines = [*table(rows), "", about(seeds)]
        PAGE.write_text(written(PAGE.read_text("utf-8"), lines), "utf-8")


if __name__ == "__main__":
    main()
