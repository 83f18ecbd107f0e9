"""Finding the moment: the steps of a run at which a condition holds.

Comes in: a run, a condition, a span. Goes out: `Findings`. Conditions on parameters, units, batch
losses and gradients are exact: the span is replayed and every step of it is looked at. Those on
epochs are read from the history. Ctrl-C ends the search with what is known by then.
"""

from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from math import inf, nan

from clearprop.errors import SettingError
from clearprop.runs.condition_reader import read_condition
from clearprop.runs.conditions import Condition, Quantity, holding
from clearprop.runs.measures import EPOCH, MEASURES, STATE, Look
from clearprop.runs.replay import check_step
from clearprop.runs.run import Run
from clearprop.runs.walking import walk
from clearprop.shown import Shown
from clearprop.training.divergence import Break, find_break
from clearprop.training.engine import TrainingState
from clearprop.training.interruption import Interruption
from clearprop.training.reference import ReferenceEngine
from clearprop.training.vital_signs import sample_of

Watcher = Callable[[int], object]


@dataclass(frozen=True)
class Finding:
    """A step at which the condition holds, its value there, and for a course the one before."""

    step: int
    value: float
    before: float | None = None


@dataclass(frozen=True)
class Findings(Shown):
    """Where a condition holds between two steps, in their order; the first alone if asked for.

    limit       the number that was compared with
    least, largest   of the values that were looked at
    looked_to   the last step that was looked at
    cut_off     whether ctrl-C ended the search there
    rows        which training rows were looked at, in words; "" where that does not matter
    broke       for a number that is not finite: which was the first
    """

    run: Run
    condition: Condition
    first: int
    last: int
    found: tuple[Finding, ...]
    limit: float
    least: float
    largest: float
    looked_to: int
    cut_off: bool = False
    rows: str = ""
    broke: Break | None = None

    def __repr__(self) -> str:
        first = "never" if self.step is None else f"first after step {self.step:,}"
        more = f", {len(self.found):,} in all" if len(self.found) > 1 else ""
        return f"<Findings of {self.condition.text!r} in {self.run.name}: {first}{more}>"

    @property
    def step(self) -> int | None:
        """The first step at which it holds; None where it never does."""
        return self.found[0].step if self.found else None


class Search:
    """A search for one condition in a span of steps."""

    def __init__(
        self,
        run: Run,
        condition: Condition,
        first: int,
        last: int,
        watch: Watcher | None = None,
        interruption: Interruption | None = None,
    ) -> None:
        self.run, self.condition, self.first, self.last = run, condition, first, last
        self.watch, self.interruption = watch, interruption
        self.measure = MEASURES[condition.quantity.kind]
        self.least, self.largest, self.looked_to, self.cut_off = inf, -inf, first, False
        self.state: TrainingState | None = None  # the last one that was looked at

    def findings(self, every: bool) -> Findings:
        """Return the first step at which the condition holds, or every one."""
        test, limit = self.condition.test, self.condition.test.threshold.factor
        with closing(self.values()) as values:
            series: Iterator[tuple[int, float]] = values
            if test.threshold.statistic is not None:
                kept = list(values)
                limit = test.threshold.value(value for _, value in kept)
                series = iter(kept)
            hits = holding(self.condition, series, limit)
            found = tuple(
                Finding(step, value, before)
                for step, before, value in (hits if every else islice(hits, 1))
            )
        self.hold()
        kind = self.condition.quantity.kind
        rows = sample_of(self.run.replay.plan.job).words if kind in ("dead", "saturated") else ""
        return Findings(
            self.run, self.condition, self.first, self.last, found, limit,
            self.least, self.largest, self.looked_to, self.cut_off, rows,
        )  # fmt: skip

    def hold(self) -> None:
        """Raise Disagreement unless what is said is of the training's own bits."""
        if self.state is not None:
            self.run.replay.hold(self.state)

    # --- the values ------------------------------------------------------------------------------

    def values(self) -> Generator[tuple[int, float], None, None]:
        """Yield step and value throughout the span, one step earlier where a course begins."""
        before = self.condition.test.needs_value_before
        first = max(0, self.first - 1) if before else self.first
        of_epochs = self.measure.of == EPOCH
        for step, found in self.of_epochs(before) if of_epochs else self.of_steps(first):
            value = abs(found) if self.condition.quantity.magnitude else found
            self.looked_to = max(step, self.first)
            self.least, self.largest = min(self.least, value), max(self.largest, value)
            yield step, value
            if self.watch is not None:
                self.watch(step)
            if self.interruption is not None and self.interruption.asked:
                self.cut_off = True
                return
        self.looked_to = self.last

    def of_epochs(self, before: bool) -> Iterator[tuple[int, float]]:
        """Yield the values of the history, and that of the epoch before the first of the span."""
        history = self.run.history
        rows = list(zip(history["step"], history[self.measure.column], strict=True))
        inside = [place for place, (step, _) in enumerate(rows) if self.first <= step <= self.last]
        if not inside:
            return
        start = max(0, inside[0] - 1) if before else inside[0]
        for step, value in rows[start : inside[-1] + 1]:
            yield step, nan if value is None else float(value)

    def of_steps(self, first: int) -> Iterator[tuple[int, float]]:
        """Yield the values at every step, by replay."""
        assert self.measure.value is not None, "only epochs have none"
        for look in self.looks(first):
            self.state = look.state
            yield look.state.step, self.measure.value(look, self.condition.quantity)

    def looks(self, first: int) -> Iterator[Look]:
        """Yield what is seen at each step: of updates, at those that an update follows."""
        plan = self.run.replay.plan
        products = ReferenceEngine(plan.job, plan.shape.arithmetic).products
        sample, steps = sample_of(plan.job), self.run.outcome.steps
        with closing(walk(self.run.replay, first, self.last)) as states:
            if self.measure.of == STATE:
                for state in states:
                    yield Look(plan.job, products, sample, state)
                return
            before = next(states)
            for state in states:
                yield Look(plan.job, products, sample, before, state)
                before = state
            if self.last < steps or self.run.outcome.status == "diverged":
                yield Look(plan.job, products, sample, before)


def find(
    run: Run,
    text: str,
    first: int | None = None,
    last: int | None = None,
    every: bool = False,
    watch: Watcher | None = None,
    interruption: Interruption | None = None,
) -> Findings:
    """Return where a condition holds between two steps of a run; None: its start, its end.

    Raises
    ------
    SettingError, UnknownName: the condition cannot be read, or the run has no such steps.
    RunError, DataError, Disagreement: as `Run.at`.
    """
    condition = read_condition(text, run.network)
    check_had(run, condition.quantity)
    start, end = span_of(first, last, run.first_step, run.outcome.steps)
    search = Search(run, condition, start, end, watch, interruption)
    if condition.quantity.kind == "non-finite":
        return broken(search)
    return search.findings(every)


def check_had(run: Run, quantity: Quantity) -> None:
    """Raise SettingError for a score or a loss of epochs that the run does not have."""
    own = {"accuracy": "accuracy", "r2": "R²"}[run.score_name]
    if quantity.kind == "score" and quantity.words not in ("the score", f"the {own}", own):
        raise SettingError(f"{run.name} predicts {run.source.kind}: its score is {own}")
    wanted = {"the held-out loss": ("test", "validation"), "the validation loss": ("validation",)}
    parts = wanted.get(quantity.words.strip("|"), ())
    if quantity.kind == "held_out_loss" and run.watched not in parts:
        what = "validation" if parts == ("validation",) else "held-out"
        raise SettingError(
            f"{run.name} has no {what} rows that were looked at after each epoch; what it has of an"
            f" epoch is epoch_loss{'' if run.watched == 'train' else ' and held_out_loss'}"
        )


def span_of(first: int | None, last: int | None, begin: int, steps: int) -> tuple[int, int]:
    """Return a span of a run that has some steps; SettingError where it has no such ones."""
    start, end = begin if first is None else first, steps if last is None else last
    for step in (start, end):
        check_step(step, steps)
    if start > end:
        raise SettingError(f"the span begins with step {start:,} and ends with {end:,}, before it")
    return start, end


def broken(search: Search) -> Findings:
    """Return the step whose update makes the first number that is not finite, and which that is.

    Parameters are finite throughout a run, and a step that breaks ends it; what the optimizer
    carries may overflow before.
    """
    run, steps, job = search.run, search.run.outcome.steps, search.run.replay.plan.job
    found = search.findings(every=False)
    step = None if found.step is None else max(0, found.step - 1)
    if step is None and run.outcome.status == "diverged" and found.last == steps:
        step = steps
    if step is None or found.cut_off:
        return found
    return Findings(
        run, found.condition, found.first, found.last, (Finding(step, nan),), nan, nan, nan,
        step, broke=find_break(job, run.at(step).state),
    )  # fmt: skip
