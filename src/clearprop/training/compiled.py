"""The engine in machine code: a compiled program takes the steps, many epochs in a call.

Comes in: a job and a program's source (`engine/assembly.py`, `engine/straight_line.py`). The
program changes private copies in place; states go in and out as everywhere.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from math import prod
from typing import Any

import numpy as np

from clearprop.engine.arguments import Examples, Room, Rules, Watched
from clearprop.engine.arguments import Stopping as CompiledStopping
from clearprop.engine.assembly import Source, rules
from clearprop.engine.compilation import address, announce, entry, is_cached, loaded
from clearprop.engine.packing import (
    carried_of,
    optimizer_state,
    room_of,
    room_shapes,
    rule_names,
    rules_of,
    wiring_of,
)
from clearprop.formulas.optimizers import optimizer
from clearprop.network.lesson import frozen_mask
from clearprop.network.parameters import Array, Parameters
from clearprop.training.engine import Advance, EpochFigures, TrainingState, cuts_before
from clearprop.training.job import Job
from clearprop.training.memory import VECTORS, check_room_of_training
from clearprop.training.reference import ReferenceEngine, first_training_state
from clearprop.training.scoring import Figures, r_squared_of, spread_of
from clearprop.training.settings import STOPS_ON
from clearprop.training.stopping import Stopping

LOOK_ROWS = 256  # watched rows that pass the network together, where batches are smaller


@dataclass(frozen=True)
class CompiledEngine:
    """Trains a network by a compiled program; `name` says which, and in which arithmetic."""

    job: Job
    name: str
    source: Source
    arithmetic: str

    def prepare(self) -> None:
        """Compile what this machine has not compiled before: by a call that takes no step."""
        parameters = self.job.network.parameter_count
        start = Parameters(self.job.network, np.zeros(parameters, self.dtype))
        self.attempt(self.first_state(start), 0)

    def first_state(self, parameters: Parameters) -> TrainingState:
        """Return the state before the first step."""
        return first_training_state(self.job, parameters)

    def look(self, parameters: Parameters) -> Figures | None:
        """Return loss and score of the watched rows."""
        return ReferenceEngine(self.job, self.arithmetic).look(parameters)

    def advance(self, state: TrainingState, until: int) -> Advance:
        """Train until `until` updates are finished, one breaks, or early stopping says enough.

        Whether parameters are finite is looked at after the call; if one is not, the steps are
        taken once more from the start of the call, with a look after each.
        """
        advance = self.attempt(state, until)
        if advance.broke or not np.isfinite(advance.state.parameters.vector).all():
            found = self.attempt(state, until, check=True)
            return replace(self.attempt(state, found.state.step), broke=found.broke)
        return advance

    def attempt(self, state: TrainingState, until: int, check: bool = False) -> Advance:
        """Train until `until` updates are finished, with or without a look at every parameter."""
        carried = carried_of(state.parameters, state.optimizer)
        stopping = self.compiled_stopping(state)
        rates = self.job.rates(state.step, until, cuts_before(state))
        per_epoch = self.job.batches.per_epoch
        epochs = until // per_epoch - state.step // per_epoch
        figures = np.empty((epochs, 1 if self.job.watched is None else 3))
        broke, step, loss_sum, finished = self.run(
            self.examples, self.watched, self.wiring, self.rules,
            rates, carried, stopping, self.room, figures,
            state.step, until, state.loss_sum, check,
        )  # fmt: skip
        after = TrainingState(
            parameters=state.parameters.with_vector(carried.vector),
            optimizer=optimizer_state(carried, state.optimizer),
            step=step,
            loss_sum=loss_sum,
            stopping=stopping_after(state, stopping),
        )
        return Advance(after, self.figures(figures[:finished]), broke)

    def figures(self, rows: Array) -> EpochFigures:
        """Return the figures of epochs, their measures made scores."""
        if self.job.watched is None:
            none = np.full(len(rows), np.nan)
            return EpochFigures(rows[:, 0], none, none)
        return EpochFigures(rows[:, 0], rows[:, 1], self.scores(rows[:, 2], len(self.watched.x)))

    def scores(self, measured: Array, rows: int) -> Array:
        """Return the accuracy of counts of right rows, or R² of sums of squared errors."""
        if self.job.kind == "classes":
            return measured / rows
        scores = (r_squared_of(error, self.spread) for error in measured.tolist())
        return np.array([np.nan if score is None else score for score in scores])

    # --- what the program is given ---------------------------------------------------------------

    @cached_property
    def run(self) -> Any:
        """The program's entry."""
        self.check_memory()
        announce(self.to_compile)
        return entry(self.source)

    @property
    def rules_source(self) -> Source:
        """The program text of the tables' rules."""
        return rules(self.dtype, self.arithmetic)

    @property
    def needed(self) -> Iterator[tuple[Source, str]]:
        """The functions of which programs this training calls."""
        yield self.source, "run"
        if self.source.calls_rules:
            for role, name in rule_names(self.job.network, self.job.learning):
                yield self.rules_source, f"{role}_{name}"

    @property
    def to_compile(self) -> list[str]:
        """What this machine has not compiled before, in words."""
        needed = (each for each in self.needed if each not in loaded)  # to look for files is slow
        missing = [name for source, name in needed if not is_cached(source, name)]
        rules = dict.fromkeys(name.split("_", 1)[1].removeprefix("of_") for name in missing
                              if name != "run")  # fmt: skip
        loop = [self.loop_in_words] if "run" in missing else []
        return [*loop, *([f"the rules of {', '.join(rules)}"] if rules else [])]

    @property
    def loop_in_words(self) -> str:
        """The program's loop, and what it is for: any network, or this one."""
        if self.source.calls_rules:
            return f"the generic training loop in {self.arithmetic} {self.dtype}"
        layers = "-".join(map(str, self.job.network.layers))
        return f"the equations of this {layers} network in {self.arithmetic} {self.dtype}"

    def address(self, role: str, name: str) -> int:
        """Return where a rule lies; 0 in a program that has its rules within."""
        return address(self.rules_source, role, name) if self.source.calls_rules else 0

    @property
    def dtype(self) -> str:
        """The type of the network's numbers."""
        return self.job.settings.dtype

    @cached_property
    def capacity(self) -> int:
        """How many examples pass the network together."""
        batch = self.job.batches.sizes[0]
        watched = 0 if self.job.watched is None else len(self.job.watched[0])
        return max(1, batch, min(watched, LOOK_ROWS))

    @cached_property
    def wiring(self) -> Array:
        """Where everything lies."""
        return wiring_of(self.job.network, self.capacity, self.address)

    @cached_property
    def rules(self) -> Rules:
        """How the network learns."""
        job = self.job
        frozen = frozen_mask(job.network, job.learning.frozen) if job.learning.frozen else None
        return rules_of(
            job.network, job.learning, self.address, frozen, job.clip_norm, job.dropout,
            job.settings.penalty,
        )  # fmt: skip

    @cached_property
    def examples(self) -> Examples:
        """The training rows."""
        batches = self.job.batches
        x, y = self.array(batches.x), self.array(batches.y)
        given = self.job.batches.weights
        weights = np.zeros(0, self.dtype) if given is None else self.array(given)
        return Examples(x, y, weights, batches.sizes[0], batches.seed, int(batches.shuffles))

    @cached_property
    def watched(self) -> Watched:
        """The rows to look at."""
        layers, classes = self.job.network.layers, int(self.job.kind == "classes")
        if self.job.watched is None:
            none = np.zeros((0, layers[0]), self.dtype), np.zeros((0, layers[-1]), self.dtype)
            return Watched(*none, classes)
        x, y = self.job.watched
        return Watched(self.array(x), self.array(y), classes)

    @cached_property
    def spread(self) -> float:
        """What R² measures errors against."""
        return spread_of(self.job.watched[1]) if self.job.watched is not None else 0.0

    def compiled_stopping(self, state: TrainingState) -> CompiledStopping:
        """Return early stopping's state as the program takes it: patience 0 where it is off."""
        stopping, vector = state.stopping, state.parameters.vector
        if stopping is None:
            return CompiledStopping(0, np.zeros(0, vector.dtype), np.zeros(3), 0, -1.0, 0.0)
        best = vector if stopping.best is None else stopping.best.vector
        figures = [stopping.best_loss, stopping.best_step, stopping.waited]
        on, tolerance = STOPS_ON.index(self.job.settings.stop_on), stopping.tolerance
        return CompiledStopping(
            stopping.patience, best.copy(), np.array(figures, dtype=np.float64), on,
            -1.0 if tolerance is None else tolerance, float(self.spread),
        )  # fmt: skip

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The shapes of the working memory."""
        weighted = self.job.batches.weights is not None
        return room_shapes(self.job.network, self.capacity, self.job.dropout > 0, weighted)

    @cached_property
    def room(self) -> Room:
        """The working memory."""
        return room_of(self.shapes, self.job.batches.examples, self.dtype)

    def array(self, values: Array) -> Array:
        """Return an array as the program takes it: contiguous, writeable, of the right type."""
        return np.require(values, self.dtype, ["C", "W"])

    def check_memory(self) -> None:
        """Raise DataError, before any work, where the memory would not suffice."""
        states = len(optimizer(self.job.learning.optimizer).state)
        vectors = VECTORS + 2 * states
        numbers = sum(map(prod, self.shapes.values())) + vectors * self.job.network.parameter_count
        check_room_of_training(numbers, self.dtype)


def stopping_after(before: TrainingState, found: CompiledStopping) -> Stopping | None:
    """Return early stopping's state as the program left it."""
    if before.stopping is None:
        return None
    loss, step, waited = found.figures.tolist()
    after = replace(before.stopping, best_loss=loss, waited=int(waited))
    if step:
        best = before.parameters.with_vector(found.best)
        after = replace(after, best=best, best_step=int(step))
    return after.cut()
