"""A training that can be played, paused, stepped, and looked at in any moment of it.

Comes in: a plan. A thread of its own takes the steps, by the plan's own engine, and waits for
nobody who looks. States are held on the way, so that any moment comes back exactly: the one before
it is taken, and the engine goes on from there.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from threading import Condition, RLock, Thread, get_native_id
from time import monotonic
from typing import TYPE_CHECKING

from clearprop.errors import ClearpropError, SettingError
from clearprop.runs.checkpoints import Checkpoint, Checkpoints
from clearprop.runs.ending import now
from clearprop.runs.growing import joined
from clearprop.runs.history import history_frame
from clearprop.runs.making import Plan, outcome_of, run_of
from clearprop.runs.run import TRAINING
from clearprop.training.divergence import Break, find_break
from clearprop.training.engine import Engine, EpochFigures, TrainingState
from clearprop.training.loop import Pace
from clearprop.training.symptoms import HealthWatch

if TYPE_CHECKING:
    from clearprop.runs.run import Run

logger = logging.getLogger("clearprop")
SECONDS_PER_CALL = 0.006  # of the engine: whoever looks 60 times a second sees each time another
NICENESS = 10  # of the thread that trains: it takes what the page and its server leave
MOST_HELD = 512  # states, and
MOST_BYTES = 200_000_000  # of all of them


class Trainer:
    """A training in a thread of its own.

    `version` grows with everything that there is to be seen. `shown` is the step that is looked
    at, None for the newest.
    """

    def __init__(
        self,
        plan: Plan,
        held: Mapping[int, TrainingState] | None = None,
        figures: EpochFigures | None = None,
    ) -> None:
        """Make a plan ready to be played, from its start or from the newest of the states held."""
        self.plan, self.engine = plan, plan.engine
        self.begun = now()
        self.changed, self.looking = Condition(), RLock()
        self.looker = engine_to_look_back(plan)
        self.version, self.shown = 0, None  # type: int, int | None
        self.thread: Thread | None = None
        self.closed, self.ready, self.compiling = False, False, ()  # type: bool, bool, tuple[str, ...]
        self.trouble = ""
        start = plan.start if held is None else held[min(held)]
        self.first = start
        self.stand({start.step: start} if held is None else held, figures or EpochFigures())

    def stand(self, held: Mapping[int, TrainingState], figures: EpochFigures) -> None:
        """Stand at the newest of some states, with the figures of the epochs before it."""
        self.state = held[max(held)]
        self.goal, self.per_second = self.state.step, None  # type: int, float | None
        self.since, self.paid = monotonic(), 0
        self.pace = Pace()
        self.held, self.spacing = dict(held), 1
        self.figures = [figures]
        self.broke: Break | None = None
        self.health = HealthWatch(self.plan.job)
        self.replayed: TrainingState | None = None

    @property
    def step(self) -> int:
        """The number of finished updates."""
        return self.state.step

    @property
    def per_epoch(self) -> int:
        """The number of steps in an epoch."""
        return self.plan.job.batches.per_epoch

    @property
    def playing(self) -> bool:
        """Whether there are steps to be taken still."""
        return self.goal > self.state.step and not self.ended

    @property
    def ended(self) -> str:
        """Why no step can be taken any more, in a sentence; "" where one can."""
        last = self.plan.job.steps
        if self.trouble:
            return self.trouble
        if self.broke is not None:
            return f"{self.broke.sentence()}; go back to the start, with a smaller rate"
        if self.state.is_over:
            return f"early stopping ended the training with step {self.step:,}"
        return f"the training ends with step {last:,}, as it was planned" * (self.step >= last)

    # --- what can be done with it ----------------------------------------------------------------

    @contextmanager
    def change(self) -> Iterator[None]:
        """Change something; the thread and whoever looks are told."""
        with self.changed:
            yield
            self.version += 1
            self.changed.notify_all()
            if self.thread is None:
                self.thread = Thread(target=self.work, name="clearprop-training", daemon=True)
                self.thread.start()

    def play(self, per_second: float | None = None, steps: int | None = None) -> None:
        """Take a number of steps, or all; at most so many a second, None for as fast as it goes.

        Raises
        ------
        SettingError: nothing is left to be taken.
        """
        if self.ended:
            raise SettingError(self.ended)
        last = self.plan.job.steps
        with self.change():
            self.goal = last if steps is None else min(self.step + steps, last)
            self.per_second, self.since, self.paid = per_second, monotonic(), 0
            self.shown = None

    def pause(self) -> None:
        """Take no more steps."""
        with self.change():
            self.goal = self.state.step

    def to_epoch(self) -> int:
        """Return how many steps are left of the epoch."""
        return self.per_epoch - self.step % self.per_epoch

    def reset(self) -> None:
        """Go back to the start, which is the same every time."""
        with self.change():
            self.stand({self.first.step: self.first}, EpochFigures())
            self.shown = None

    def show(self, step: int | None) -> None:
        """Look at a step, None for the newest; steps that are not there yet are taken.

        Raises
        ------
        SettingError: the training has no such step, and will have none.
        """
        if step is None or step <= self.step:
            if step is not None and step < self.first.step:
                raise SettingError(f"the training begins with step {self.first.step:,}")
            with self.change():
                self.shown = step
        elif step > self.plan.job.steps:
            raise SettingError(f"the training ends with step {self.plan.job.steps:,}")
        else:
            self.play(steps=step - self.step)

    def close(self) -> None:
        """End the thread."""
        with self.changed:
            self.closed = True
            self.changed.notify_all()

    # --- the thread ------------------------------------------------------------------------------

    def work(self) -> None:
        """Take the steps that are asked for, until it is closed."""
        give_way()
        try:
            with self.change():
                self.compiling = tuple(self.engine.to_compile)
            self.engine.prepare()
            with self.change():
                self.compiling, self.ready = (), True
            with self.plan.threads():
                while (until := self.awaited()) is not None:
                    self.advance(until)
        except (ClearpropError, OSError) as error:
            self.end(str(error))
        except MemoryError:
            self.end("the memory of this machine is full")
        except Exception:
            logger.exception("the training ended with a fault")
            self.end("the training ended with a fault of clearprop; its terminal shows which")

    def end(self, trouble: str) -> None:
        """Take no step any more."""
        with self.changed:
            self.trouble = trouble
            self.version += 1

    def awaited(self) -> int | None:
        """Wait for steps to be taken, and return up to which; None when it is closed."""
        with self.changed:
            while not self.closed:
                if self.playing and (until := self.due()) > self.state.step:
                    return until
                pause = 1 / self.per_second if self.playing and self.per_second else None
                self.changed.wait(None if pause is None else min(pause, SECONDS_PER_CALL))
        return None

    def due(self) -> int:
        """Return the step up to which one call of the engine goes now."""
        fast = max(1, int(self.pace.steps_per_second * SECONDS_PER_CALL))
        if self.per_second is not None:
            owed = int((monotonic() - self.since) * self.per_second) - self.paid
            if owed > fast:  # it cannot keep up: what is owed is let go
                self.since, self.paid = monotonic(), -fast
            fast = min(owed, fast)
        return min(self.state.step + fast, self.goal)

    def advance(self, until: int) -> None:
        """Take steps, and keep what they came to unless it was reset or paused meanwhile."""
        before, started = self.state, monotonic()
        done = self.engine.advance(before, until)
        seconds = monotonic() - started
        with self.changed:
            if self.state is not before or done.state.step > self.goal:
                return
            taken = done.state.step - before.step
            self.state, self.paid = done.state, self.paid + taken
            self.pace = self.pace.after(taken, seconds)
            if len(done.epochs):
                self.figures.append(done.epochs)
            if done.broke:
                self.broke = find_break(self.plan.job, done.state)
            self.hold(done.state)
            self.version += 1
            health = self.health  # of this start: a reset makes another
        if not done.broke and done.state.step >= health.next:
            health.look(done.state)
            health.next = max(1, 2 * done.state.step)

    def hold(self, state: TrainingState) -> None:
        """Hold a state where the last one that is held lies far enough back."""
        if state.step - max(self.held) < self.spacing:
            return
        self.held[state.step] = state
        size = state.parameters.vector.nbytes * (1 + len(state.optimizer.vectors))
        if len(self.held) > max(2, min(MOST_HELD, MOST_BYTES // size)):
            for step in [*self.held][1::2]:
                del self.held[step]
            self.spacing *= 2

    # --- moments ---------------------------------------------------------------------------------

    def at(self, step: int) -> TrainingState:
        """Return the state after some number of updates, bit for bit."""
        with self.looking:
            with self.changed:
                newest, held = self.state, dict(self.held)
            if step == newest.step:
                return newest
            before = held[max(known for known in held if known <= step)]
            if self.replayed is not None and before.step <= self.replayed.step <= step:
                before = self.replayed
            if before.step < step:
                with self.plan.threads():
                    before = self.looker.advance(before, step).state
            self.replayed = before
            return before

    @property
    def moment(self) -> TrainingState:
        """The state that is looked at."""
        shown = self.shown
        return self.state if shown is None or shown >= self.step else self.at(shown)

    @property
    def curve(self) -> EpochFigures:
        """The figures of all epochs so far."""
        with self.changed:
            self.figures = [joined(self.figures)]
            return self.figures[0]

    @property
    def sentences(self) -> list[str]:
        """What is wrong, in sentences: what ended the training, and what its health is."""
        found = [f"{self.trouble}."] if self.trouble else []
        if self.broke is not None:
            found.append(f"{self.broke.sentence()}; a smaller rate may help.")
        found += [remark.sentence for remark in self.health.latest]
        return [text[:1].upper() + text[1:] for text in found]

    def run(self, at: int) -> Run:
        """Return the training as a run that has update `at` + 1, to be asked while `looking`.

        The states before and after that update lie in it: none of them is replayed again.
        """
        states = (self.at(at), self.at(at + 1))
        held = {state.step: Checkpoint(state) for state in states}
        plan, last = self.plan, held[max(held)]
        outcome = outcome_of(plan, last, last.state.step, self.begun, TRAINING, None)
        frame = history_frame([], self.per_epoch)
        found = run_of(plan, last.state.parameters, outcome, last, frame)
        found = replace(found, checkpoints=Checkpoints(plan.network, plan.settings, None, held))
        found.replay.plan, found.replay.engine = plan, self.looker  # no need to load them again
        return found


def give_way() -> None:
    """Have those who look served before this thread, where the system can tell threads apart."""
    if sys.platform == "linux":
        with suppress(OSError):  # some system may forbid it
            os.setpriority(os.PRIO_PROCESS, get_native_id(), NICENESS)


def engine_to_look_back(plan: Plan) -> Engine:
    """Return an engine for other threads than the training's: each has working memory of its own.

    It looks at held-out rows only where early stopping goes by them.
    """
    job = plan.job if plan.settings.early_stopping else replace(plan.job, watched=None)
    return replace(plan.engine, job=job)  # type: ignore[type-var]
