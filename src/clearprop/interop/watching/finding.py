"""The steps of a watched loop at which a condition holds: `loss > 2 * median`, `W1[3,7] changes
sign`.

Comes in: a watched run, a condition, a span. Goes out: `Findings`, as for clearprop's own runs.
Names are those of `names.py`; of units (dead, saturated) nothing is known, for a loop shows its
batches only.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from math import nan
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from lark import Token, Transformer, UnexpectedInput
from lark.exceptions import VisitError

from clearprop.errors import SettingError, UnknownName
from clearprop.interop.watching.beside import UNHEARD
from clearprop.interop.watching.names import Chosen, Parameters
from clearprop.interop.watching.replay import Machine, Replay, Update
from clearprop.runs.condition_reader import WORDS, ConditionReader, grammar
from clearprop.runs.conditions import Condition, Quantity
from clearprop.runs.finding import Findings, Search, Watcher, span_of
from clearprop.runs.measures import EPOCH, MEASURES, STATE

if TYPE_CHECKING:
    from clearprop.interop.watching.run import WatchedRun
    from clearprop.runs.run import Run

NAMED = re.compile(r"(∂L/∂|dL/d)?([^\W\d]\w*(?:\.\w+)*|\d+(?:\.\w+)+)\[([\d,\s]+)\]")
KINDS = (
    "a parameter, its gradient (dL/dW1[3,7]), loss, gradient, update, update/weight, 'first nan'"
)


def find(
    run: WatchedRun, text: str, first: int | None, last: int | None, every: bool,
    watch: Watcher | None = None, interruption: Any = None,
) -> Findings:  # fmt: skip
    """Return where a condition holds between two steps of a watched loop.

    Raises
    ------
    SettingError, UnknownName: the condition cannot be read, or there are no such steps.
    RunError, Disagreement: as `WatchedRun.at`.
    """
    recording = run.recording
    start, end = span_of(first, last, run.first_step, recording.steps)
    condition, chosen = read_condition(text, Parameters(recording.watched))
    search = WatchedSearch(cast("Run", run), condition, start, end, watch, interruption)
    search.replay, search.chosen = run.replay, chosen
    return search.findings(every)


class WatchedSearch(Search):
    """A search for one condition, by the replay of a watched loop."""

    replay: Replay
    chosen: Chosen | None
    machine: Machine | None = None

    def hold(self) -> None:
        """Raise Disagreement unless what is said is of the loop's own bits."""
        if self.machine is not None:
            self.replay.hold(self.machine)

    def of_steps(self, first: int) -> Iterator[tuple[int, float]]:
        """Yield step and value: of states up to the last, of updates up to the one before."""
        last, names = self.last, self.names
        if self.condition.quantity.kind == "loss":
            yield from self.losses(first, last)
            return
        of_state = self.measure.of == STATE
        update, steps = None, self.replay.recording.steps
        self.machine = self.replay.machine(first)
        for update in self.replay.walked(self.machine, first, min(last + 1, steps), names):
            yield update.step, self.value(update, update.before, update.state_before)
            if of_state and update.step + 1 == steps and last > update.step:
                yield update.step + 1, self.value(update, update.after, update.state_after)
        if update is None and of_state:
            found = self.replay.state(last)
            yield last, self.value(None, found.parameters, found.state)

    def losses(self, first: int, last: int) -> Iterator[tuple[int, float]]:
        """Yield the losses that the loss module gave."""
        recording = self.replay.recording
        if recording.watched.loss is None:
            raise SettingError(
                "the loss is not recorded: give watch the one that the loop calls, a module such as"
                " nn.MSELoss() or a function of torch.nn.functional, as in"
                " cp.torch.watch(model, optimizer, loss)"
            )
        if all(recording.tape.step(step).loss is None for step in range(recording.steps)):
            raise SettingError(UNHEARD)
        for step in range(first, min(last + 1, recording.steps)):
            loss = recording.tape.step(step).loss
            yield step, nan if loss is None else loss

    @property
    def names(self) -> list[str]:
        """The names of the parameters that have to be seen."""
        if self.chosen is not None:
            return list(self.chosen.places)
        return [each.name for each in self.replay.recording.watched.parameters if each.group >= 0]

    def value(
        self, update: Update | None, values: Mapping[str, Any], states: Mapping[str, Any]
    ) -> float:
        """Return the value of the quantity."""
        kind = self.condition.quantity.kind
        if kind == "parameter":
            assert self.chosen is not None, "it was named"
            return float(self.chosen.take(values)[0])
        if kind == "non-finite":
            arrays = [*values.values(), *(a for state in states.values() for a in state.values())]
            return float(sum(int((~np.isfinite(array)).sum()) for array in arrays))
        assert update is not None, "a step follows"
        used = {name: found.used for name, found in update.gradients.items()}
        if kind == "slope":
            assert self.chosen is not None, "it was named"
            return float(self.chosen.take(used)[0])
        moved = {name: update.after[name] - update.before[name] for name in update.before}
        if kind == "gradient":
            return norm(used.values())
        size = norm(update.before.values())
        return norm(moved.values()) if kind == "update" else norm(moved.values()) / (size or nan)


def norm(arrays: Collection[Any]) -> float:
    """Return the norm of all entries of some arrays."""
    return float(np.sqrt(sum(float(np.sum(np.square(a, dtype=np.float64))) for a in arrays)))


# --- reading a condition -------------------------------------------------------------------------


def read_condition(text: str, parameters: Parameters) -> tuple[Condition, Chosen | None]:
    """Return the condition that a text says, and the parameter that it is on."""
    named: list[str] = []

    def replaced(match: re.Match[str]) -> str:
        named.append(f"{match[2]}[{match[3]}]")
        return f"{match[1] or ''}q{len(named) - 1}"

    reader = WatchedReader(parameters, named)
    try:
        quantity, test = reader.transform(grammar().parse(NAMED.sub(replaced, text)))
    except UnexpectedInput:
        raise SettingError(
            f"'{text}' cannot be read as a condition; one compares {KINDS} with a number or a"
            " multiple of its median, mean, least or largest, or says 'rises', 'falls' or 'changes"
            " sign', as in 'W1[0,0] changes sign' and 'loss > 2 * median'"
        ) from None
    except VisitError as error:
        raise error.orig_exc from None
    return Condition(text.strip(), quantity, test), reader.chosen


class WatchedReader(ConditionReader):
    """Turns a parsed condition on a watched loop into its quantity and test."""

    def __init__(self, parameters: Parameters, named: list[str]) -> None:
        Transformer.__init__(self)
        self.parameters, self.named = parameters, named
        self.chosen: Chosen | None = None

    def layer(self, parts: list[Any]) -> int:
        """A Linear layer's number, checked; its weights are what is looked at."""
        chosen = self.parameters.layer(int(parts[-1]))
        weight = chosen.name
        self.chosen = Chosen(chosen.id, chosen.symbol, {weight: chosen.places[weight]})
        return int(parts[-1])

    def as_quantity(self, found: Any) -> Quantity:
        """A quantity, or that of the parameter or gradient of a name."""
        if isinstance(found, Quantity):
            if MEASURES[found.kind].of == EPOCH:
                raise SettingError(f"a watched loop has no {found.kind}; conditions are on {KINDS}")
            return found
        word = str(found)
        if word in ("L", "l"):
            return Quantity(*WORDS["loss"])
        slope = word.startswith(("dL/d", "∂L/∂"))
        number = word.removeprefix("dL/d").removeprefix("∂L/∂").removeprefix("q")
        if not number.isdecimal() or int(number) >= len(self.named):
            raise UnknownName(f"unknown quantity '{word}'; conditions are on {KINDS}")
        self.chosen = chosen = self.parameters.find(self.named[int(number)])
        words = f"dL/d{chosen.id}" if slope else chosen.id
        return Quantity("slope" if slope else "parameter", words)

    def unit_or_layer(self, kind: str, place: Any, fitting: tuple[str, ...]) -> Quantity:
        """Units of a watched loop are not followed."""
        raise SettingError(
            f"of a watched loop it is not known which units are {kind}; conditions are on {KINDS}"
        )

    def word(self, parts: list[Token]) -> Quantity:
        """One of the quantities with a name of their own."""
        return self.as_quantity(super().word(parts))
