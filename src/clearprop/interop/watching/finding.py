"""The steps of a watched loop at which a condition holds: `loss > 2 * median`, `W1[3,7] changes
sign`.

Comes in: a watched run, a condition, a span. Goes out: `Findings`, as for clearprop's own runs.
Names are those of `names.py`; of units (dead, saturated) nothing is known, for a loop shows its
batches only.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from itertools import islice
from math import inf, nan
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from lark import Token, Transformer, UnexpectedInput
from lark.exceptions import VisitError

from clearprop.errors import SettingError, UnknownName
from clearprop.interop.watching.names import Chosen, Parameters
from clearprop.interop.watching.replay import Replay, Update
from clearprop.runs.condition_reader import WORDS, ConditionReader, grammar
from clearprop.runs.conditions import Condition, Quantity, holding
from clearprop.runs.finding import Finding, Findings
from clearprop.runs.replay import check_step

if TYPE_CHECKING:
    from clearprop.interop.watching.run import WatchedRun
    from clearprop.runs.run import Run

NAMED = re.compile(r"(∂L/∂|dL/d)?([^\W\d]\w*(?:\.\w+)*|\d+(?:\.\w+)+)\[([\d,\s]+)\]")
OF_EPOCHS = ("epoch_loss", "held_out_loss", "score")
KINDS = (
    "a parameter, its gradient (dL/dW1[3,7]), loss, gradient, update, update/weight, 'first nan'"
)
STATE = ("parameter", "non-finite")  # known after the last step too


def find(
    run: WatchedRun, text: str, first: int | None, last: int | None, every: bool,
    watch: Callable[[int], object] | None = None, interruption: Any = None,
) -> Findings:  # fmt: skip
    """Return where a condition holds between two steps of a watched loop.

    Raises
    ------
    SettingError, UnknownName: the condition cannot be read, or there are no such steps.
    RunError, Disagreement: as `WatchedRun.at`.
    """
    replay = run.replay
    steps = replay.recording.steps
    start, end = 0 if first is None else first, steps if last is None else last
    for step in (start, end):
        check_step(step, steps)
    if start > end:
        raise SettingError(f"the span begins with step {start} and ends with {end}, before it")
    condition, chosen = read_condition(text, Parameters(replay.recording.watched))
    search = Search(replay, condition, chosen, watch, interruption)
    begin = max(0, start - 1) if condition.test.needs_value_before else start
    found, limit = search.hits(begin, end, every)
    return Findings(
        cast("Run", run), condition, start, end, found, limit, search.least, search.largest,
        end if not search.cut_off else max(search.looked_to, start), search.cut_off,
    )  # fmt: skip


class Search:
    """A search for one condition, by replay."""

    def __init__(
        self, replay: Replay, condition: Condition, chosen: Chosen | None,
        watch: Callable[[int], object] | None, interruption: Any,
    ) -> None:  # fmt: skip
        self.replay, self.condition, self.chosen = replay, condition, chosen
        self.watch, self.interruption = watch, interruption
        self.least, self.largest, self.looked_to, self.cut_off = inf, -inf, 0, False

    def hits(self, first: int, last: int, every: bool) -> tuple[tuple[Finding, ...], float]:
        """Return where it holds, and the number that was compared with."""
        threshold = self.condition.test.threshold
        series: Any = self.values(first, last)
        limit = threshold.factor
        if threshold.statistic is not None:
            series = list(series)
            limit = threshold.value(value for _, value in series)
        found = holding(self.condition, series, limit)
        return tuple(
            Finding(step, value, before)
            for step, before, value in (found if every else islice(found, 1))
        ), limit

    def values(self, first: int, last: int) -> Iterator[tuple[int, float]]:
        """Yield step and value throughout a span."""
        for step, value in self.measured(first, last):
            size = abs(value) if self.condition.quantity.magnitude else value
            self.looked_to = step
            self.least, self.largest = min(self.least, size), max(self.largest, size)
            yield step, size
            if self.watch is not None:
                self.watch(step)
            if self.interruption is not None and self.interruption.asked:
                self.cut_off = True
                return

    def measured(self, first: int, last: int) -> Iterator[tuple[int, float]]:
        """Yield step and value: of states up to the last, of updates up to the one before."""
        quantity, names = self.condition.quantity, self.names
        if quantity.kind == "loss":
            yield from self.losses(first, last)
            return
        of_state = quantity.kind in STATE
        update = None
        for update in self.replay.updates(first, min(last + 1, self.replay.recording.steps), names):
            value = self.measure(update, update.before, update.state_before)
            yield update.step, value
            if of_state and update.step + 1 == self.replay.recording.steps and last > update.step:
                yield update.step + 1, self.measure(update, update.after, update.state_after)
        if update is None and of_state:
            found = self.replay.state(last)
            yield last, self.measure(None, found.parameters, found.state)

    def losses(self, first: int, last: int) -> Iterator[tuple[int, float]]:
        """Yield the losses that the loss module gave."""
        recording = self.replay.recording
        if recording.watched.loss is None:
            raise SettingError(
                "the loss is not recorded: give watch the one that the loop calls, a module such as"
                " nn.MSELoss() or a function of torch.nn.functional, as in"
                " cp.torch.watch(model, optimizer, loss)"
            )
        for step in range(first, min(last + 1, recording.steps)):
            losses = recording.tape.step(step).losses
            yield step, sum(losses) / len(losses) if losses else nan

    @property
    def names(self) -> list[str]:
        """The names of the parameters that have to be seen."""
        if self.chosen is not None:
            return list(self.chosen.places)
        return [each.name for each in self.replay.recording.watched.parameters if each.group >= 0]

    def measure(
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
            if found.kind in OF_EPOCHS:
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
