"""Replay: the state of a run at any step, brought back bit for bit.

Comes in: a run. Goes out: the state after S updates: the nearest checkpoint at or before S is
loaded, and the run's own engine takes the steps from there. It then goes on to the next checkpoint,
whose hash it has to meet: a replay that drifts is an error and is never shown as exact.
"""

from dataclasses import replace
from functools import cached_property
from numbers import Integral
from typing import TYPE_CHECKING, Any, cast

from clearprop.errors import Disagreement, RunError, SettingError
from clearprop.runs.checkpoints import state_hash
from clearprop.training.engine import Engine, TrainingState
from clearprop.training.health import made_with
from clearprop.training.loop import calls

if TYPE_CHECKING:
    from clearprop.runs.making import Plan
    from clearprop.runs.run import Run


class Replay:
    """Brings back the states of a run; what was held against a checkpoint once is not again."""

    def __init__(self, run: "Run") -> None:
        self.run = run
        self.held: set[int] = set()  # steps of checkpoints that a replay from the one before met
        self.latest: TrainingState | None = None

    @cached_property
    def plan(self) -> "Plan":
        """The training of the run, with its data loaded again."""
        from clearprop.runs.resuming import plan_of

        return plan_of(self.run)

    @cached_property
    def engine(self) -> Engine:
        """The run's engine; it looks at held-out rows only where early stopping goes by them."""
        engine: Any = self.plan.engine
        settings = self.plan.settings
        if settings.early_stopping and settings.stop_on != "training loss":
            return cast("Engine", engine)
        return cast("Engine", replace(engine, job=replace(engine.job, watched=None)))

    def state(self, step: int) -> TrainingState:
        """Return the state after `step` updates.

        Raises
        ------
        SettingError, RunError, DataError, Disagreement: as `Run.at`.
        """
        check_step(step, self.run.outcome.steps)
        check_branch(step, self.run)
        before = self.nearest(step)
        if before.step == step:
            self.check_own(before)
            return before
        if self.latest is not None and before.step < self.latest.step <= step:
            before = self.latest
        found = self.latest = self.advanced(before, step)
        self.hold(found)
        return found

    def check_own(self, state: TrainingState) -> None:
        """Raise RunError where a checkpoint has other parameters than the run at that step."""
        run = self.run
        if state.step != run.outcome.step:
            return
        if state.parameters.vector.tobytes() != run.parameters.vector.tobytes():
            raise RunError(
                f"{run.name} is damaged: its checkpoint of step {state.step:,} has other parameters"
                " than the run, as one of another run would"
            )

    def nearest(self, step: int) -> TrainingState:
        """Return the state of the last whole checkpoint at or before a step."""
        run = self.run
        if run.checkpoints is None or not run.checkpoints.steps:
            raise RunError(
                f"{run.name} has no checkpoints (they were removed, or an older version of"
                " clearprop recorded none), so only its last parameters are known; train it again"
                " to see other steps of it"
            )
        found = next(run.checkpoints.whole(0, step, backward=True), None)
        if found is None:
            raise RunError(f"{run.name} is damaged: no checkpoint up to step {step} is whole")
        return found.state

    def advanced(self, state: TrainingState, until: int) -> TrainingState:
        """Return the state that the run's engine comes to."""
        engine = self.engine
        if engine.name != self.run.outcome.engine:
            raise Disagreement(
                f"{self.run.name} was computed by the engine '{self.run.outcome.engine}', and this"
                f" version of clearprop would take '{engine.name}': its steps cannot be replayed"
            )
        engine.prepare()
        with self.plan.threads():
            for advance, _ in calls(engine, state, until):
                state = advance.state
        if state.step != until:
            raise self.drift(until)
        return state

    def hold(self, state: TrainingState) -> None:
        """Raise Disagreement unless a replayed state leads to the next checkpoint's bits.

        Where no later one is whole, the run's own parameters take its place.
        """
        checkpoints, outcome = self.run.checkpoints, self.run.outcome
        assert checkpoints is not None, "it was replayed from one"
        following = next((step for step in checkpoints.steps if step > state.step), None)
        if following in self.held:
            return
        later = next(checkpoints.whole(state.step, outcome.steps), None)
        if later is not None:
            reached = self.advanced(state, later.state.step)
            agrees = state_hash(reached) == state_hash(later.state)
        elif state.step <= outcome.step:
            reached = self.advanced(state, outcome.step)
            agrees = reached.parameters.vector.tobytes() == self.run.parameters.vector.tobytes()
        else:
            raise RunError(
                f"{self.run.name} is damaged: no checkpoint after step {state.step:,} is whole, so"
                " nothing vouches for the replay of that step"
            )
        if not agrees:
            raise self.drift(reached.step)
        if following is not None:
            self.held.add(following)

    def drift(self, step: int) -> Disagreement:
        """Return the error for a replay that comes to other bits than the training had."""
        compiled = self.plan.shape.name == "generic"
        then, now = self.run.made_with or {}, made_with(compiled)
        others = [
            f"{then[name]} then, {now[name]} now"
            for name in then
            if are_others(set(then[name].split(", ")), set(now[name].split(", ")))
        ]
        why = f" ({'; '.join(others)})" if others else ""
        return Disagreement(
            f"the replay of {self.run.name} drifts: at step {step} its bits are not those of the"
            f" training{why}; replay it where it was trained, or train it again here"
        )


def are_others(then: set[str], now: set[str]) -> bool:
    """Return whether libraries were others; a process may have loaded more or fewer of the same.

    >>> are_others({"openblas 0.3.30"}, {"openblas 0.3.30", "mkl 2025"})
    False
    >>> are_others({"openblas 0.3.30"}, {"openblas 0.3.31"})
    True
    """
    return not (then <= now or now <= then)


def check_branch(step: int, run: "Run") -> None:
    """Raise SettingError for a step of a fork that lies before it."""
    if step < run.first_step:
        assert run.branch is not None, "others begin at 0"
        raise SettingError(
            f"{run.name} is a fork that begins at step {run.first_step:,}; the steps before that"
            f" are those of {run.branch.origin}"
        )


def check_step(step: object, last: int) -> None:
    """Raise SettingError unless a value is a step of a run that has `last` of them."""
    whole = isinstance(step, Integral) and not isinstance(step, bool)
    if not whole or not 0 <= step <= last:  # type: ignore[operator]
        raise SettingError(
            f"the step must be a whole number from 0 (the start) to {last:,} (the run's last),"
            f" not {step!r}"
        )
