"""A span of updates of a watched loop -> the ledger: what each example added to a parameter.

Comes in: a replay, what the ledger is of, a span. Goes out: the same `Ledger` that clearprop's own
runs have. An example's share of a gradient goes through the optimizer's lines as in `ledgers/`: what
it changes at once, and what it adds to what momentum (or Adam's m) carries to later steps; each step
goes by its own options, so that schedules are in it. What a gradient has beside its examples' shares
(a penalty in the loss, a change in the loop) is an entry of its own, and so is what changed the
parameter behind the optimizer's back.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl

from clearprop.data.memory import check_room
from clearprop.errors import Disagreement, SettingError, UnknownName
from clearprop.formulas.arithmetic import FAST, evaluate
from clearprop.interop.watching.lines import lines_of
from clearprop.interop.watching.names import Chosen, Parameters
from clearprop.interop.watching.reading import Recording
from clearprop.interop.watching.replay import Replay, Update, group_options
from clearprop.interop.watching.rules import Rule, rule_of
from clearprop.ledgers.carrying import change
from clearprop.ledgers.ledger import (
    CARRIED_IN,
    CLASS,
    EXAMPLE,
    GROUPINGS,
    LARGEST_ROUNDING,
    ROUNDING,
    WEIGHT_DECAY,
    Entries,
    Ledger,
    one,
)
from clearprop.network.parameters import Array
from clearprop.runs.replay import check_step

NOT_BY_EXAMPLE, FROM_OUTSIDE = "not by example", "changed from outside"
OTHERS = (NOT_BY_EXAMPLE, WEIGHT_DECAY, CARRIED_IN, FROM_OUTSIDE)
STRETCH, STRETCH_NUMBERS = 256, 4_000_000  # steps, and numbers of their shares, held at a time


@dataclass
class Turn:
    """A step that waits for what becomes of its shares; arrays by parameter, shape (P,).

    shares   for each pass the slots of its examples, and their shares, shape (m, P)
    """

    direct: Array
    taken: Array
    later: Array
    kept: Array
    other: Array
    asked: Array
    shares: list[tuple[Array, Array]] = field(default_factory=list)


@dataclass
class Account:
    """What has been added, by slot: one for each row, then those of `OTHERS`; shape (slots, P)."""

    rows: Array
    labels: dict[int, str]
    visits: Array
    added: Array
    carried: Array

    def slot(self, entry: str) -> int:
        """Return the slot of an entry that is of no example."""
        return len(self.rows) + OTHERS.index(entry)

    def settle(self, turns: list[Turn]) -> None:
        """Add what the shares of some steps have come to, from the last step to the first.

        `reach` is what one unit that is carried into a step changes until the end, `left` what is
        left of it then.
        """
        reach, left = np.zeros(self.added.shape[1]), np.ones(self.added.shape[1])
        comes_to, stays = [], []
        for turn in reversed(turns):
            comes_to.append(turn.direct + turn.taken * reach)
            stays.append(turn.taken * left)
            reach = turn.later + turn.kept * reach
            left = turn.kept * left
        self.added += self.carried * reach
        self.carried *= left
        for turn, changed, stayed in zip(reversed(turns), comes_to, stays, strict=True):
            for slots, shares in turn.shares:
                np.add.at(self.added, slots, shares * changed)
                np.add.at(self.carried, slots, shares * stayed)
            for entry, part in ((NOT_BY_EXAMPLE, turn.other), (WEIGHT_DECAY, turn.asked)):
                self.added[self.slot(entry)] += part * changed
                self.carried[self.slot(entry)] += part * stayed


def ledger_of(
    replay: Replay, weight: str | None, place: str | None, *, unit: str | None = None,
    layer: int | None = None, since: int | None = None, until: int | None = None,
    by: str = "example", progress: Callable[[int], object] = lambda done: None,
) -> Ledger:  # fmt: skip
    """Return the statement of a parameter, of a unit or of a Linear layer.

    Raises
    ------
    UnknownName, SettingError: no such name or span; an optimizer that is not decomposed.
    RunError, Disagreement: as `WatchedRun.at`.
    """
    recording = replay.recording
    chosen = chosen_of(Parameters(recording.watched), weight, unit, layer)
    first, last = 0 if since is None else since, recording.steps if until is None else until
    for step in (first, last):
        check_step(step, recording.steps)
    if first >= last:
        raise SettingError(
            f"the span from step {first:,} to step {last:,} holds no update; it has to begin before"
            " it ends"
        )
    if by not in GROUPINGS:
        raise UnknownName.of("grouping", by, GROUPINGS)
    clerk = Clerk(replay, chosen, first, last)
    clerk.work(progress)
    return clerk.ledger(by, place)


def chosen_of(
    parameters: Parameters, weight: str | None, unit: str | None, layer: int | None
) -> Chosen:
    """Return what the ledger is of: one of the three."""
    if [weight, unit, layer].count(None) != 2:
        raise SettingError(
            "a ledger is of one weight or bias (W1[3,7]), of a unit (--unit a1[3]) or of a layer"
            " (--layer 1): name one of them"
        )
    if weight is not None:
        return parameters.find(weight)
    return parameters.layer(layer) if unit is None else parameters.unit(unit)


class Clerk:
    """Goes through the updates of a span and keeps the account."""

    def __init__(self, replay: Replay, chosen: Chosen, since: int, until: int) -> None:
        self.replay, self.recording, self.chosen = replay, replay.recording, chosen
        self.since, self.until = since, until
        self.size = sum(map(len, chosen.places.values()))
        self.account = self.opened()
        self.opening, self.closing = np.zeros(self.size), np.zeros(self.size)
        self.carried_in, self.carried_out = np.zeros(self.size), np.zeros(self.size)
        self.rules: list[Rule] = []
        self.scaled = self.changed = False

    def opened(self) -> Account:
        """Return an account with a slot for each row that the span's steps take."""
        visits: dict[int, int] = {}
        labels: dict[int, str] = {}
        for step in range(self.since, self.until):
            for batch in self.recording.tape.step(step).batches:
                if batch.rows is None or self.chosen.linear is None:
                    continue
                texts = self.recording.labels(batch)
                for row, text in zip(batch.rows.tolist(), texts, strict=True):
                    visits[row] = visits.get(row, 0) + 1
                    labels.setdefault(row, text)
        rows = np.array(sorted(visits), dtype=np.int64)
        room = (len(rows) + len(OTHERS), self.size)
        check_room(2 * 8 * room[0] * room[1], f"the ledger of {self.chosen.id}")
        counts = np.array([visits[row] for row in rows.tolist()], dtype=np.int64)
        return Account(rows, labels, counts, np.zeros(room), np.zeros(room))

    def work(self, progress: Callable[[int], object]) -> None:
        """Go through the span."""
        turns: list[Turn] = []
        held = 0
        names = tuple(self.chosen.places)
        for update in self.replay.updates(self.since, self.until, names):
            if update.step == self.since:
                self.begin(update)
            turns.append(self.turn(update))
            held += sum(shares.size for _, shares in turns[-1].shares)
            if len(turns) == STRETCH or held > STRETCH_NUMBERS or update.step + 1 == self.until:
                self.account.settle(turns)
                turns, held = [], 0
            if update.step + 1 == self.until:
                self.closing = self.chosen.take(update.after)
                self.carried_out = self.kept(self.rules[-1], update.state_after)
            progress(update.step + 1 - self.since)

    def begin(self, update: Update) -> None:
        """Note what stands at the beginning."""
        jumped = self.jumped(update)
        self.opening = self.chosen.take(update.before) - jumped
        rule = self.rule(self.chosen.name, update)
        self.carried_in = self.kept(rule, update.state_before)
        self.account.carried[self.account.slot(CARRIED_IN)] = self.carried_in

    def rule(self, name: str, update: Update) -> Rule:
        """Return the rule of a parameter in an update."""
        options = group_options(self.recording, name, update.record)
        return rule_of(self.recording.watched.optimizer, options)

    def kept(self, rule: Rule, states: Mapping[str, Mapping[str, Array]]) -> Array:
        """Return what the optimizer carries for the chosen parameters, where gradients add up."""
        key = rule.state.get(rule.carried or "")
        parts = []
        for name, places in self.chosen.places.items():
            found = states[name].get(key or "")
            parts.append(np.zeros(len(places)) if found is None else found.ravel()[places])
        return np.concatenate(parts).astype(np.float64)

    def jumped(self, update: Update) -> Array:
        """Return what something else than the optimizer had added before an update."""
        parts = [
            update.jumped[name].ravel()[places] if name in update.jumped else np.zeros(len(places))
            for name, places in self.chosen.places.items()
        ]
        return np.concatenate(parts)

    # --- one step --------------------------------------------------------------------------------

    def turn(self, update: Update) -> Turn:
        """Return a step with its shares, and what its lines make of them."""
        self.account.added[self.account.slot(FROM_OUTSIDE)] += self.jumped(update)
        parts = [self.carrying(name, places, update) for name, places in self.chosen.places.items()]
        joined = {key: np.concatenate([part[key] for part in parts]) for key in parts[0]}
        self.account.added[self.account.slot(WEIGHT_DECAY)] += joined.pop("shrunk")
        shares, other = self.shares(update)
        return Turn(**joined, other=other, shares=shares)

    def carrying(self, name: str, places: Array, update: Update) -> dict[str, Array]:
        """Return what a step makes of a gradient and of what is carried into it."""
        rule = self.rule(name, update)
        if not self.rules or self.rules[-1] != rule:
            self.rules.append(rule)
        zero = np.zeros(len(places))
        keys = ("direct", "taken", "later", "kept", "shrunk", "asked")
        if name not in update.gradients:  # the optimizer passes it over
            return {**dict.fromkeys(keys, zero), "kept": zero + 1.0}
        response = Response(rule, update, name, places)
        direct, taken = response.of(1.0, 0.0)
        later, kept = response.of(0.0, 1.0)
        w = update.before[name].ravel()[places].astype(np.float64)
        asked = rule.decay * w if rule.coupled else zero
        found = (direct, taken, later, kept, response.shrunk(w), asked)
        return {key: zero + value for key, value in zip(keys, found, strict=True)}

    def shares(self, update: Update) -> tuple[list[tuple[Array, Array]], Array]:
        """Return the shares of the examples in the gradient that was used, and the rest of it."""
        used = [
            update.gradients[name].used.ravel()[places] if name in update.gradients
            else np.zeros(len(places))
            for name, places in self.chosen.places.items()
        ]  # fmt: skip
        rest = np.concatenate(used).astype(np.float64)
        factors, whole = self.factors(update)
        found = []
        linear = self.chosen.linear
        for each in update.passes:
            if linear is None or each.layer.weight != linear.layer.weight:
                continue
            shares = self.products(each) * factors
            rest -= shares.sum(axis=0)
            rows = each.batch.rows
            if rows is None or len(each.delta) != len(rows) or not len(rows):
                rest += shares.sum(axis=0)
                whole = True
                continue
            slots = np.searchsorted(self.account.rows, np.repeat(rows, len(shares) // len(rows)))
            found.append((slots, shares))
        known = linear is not None and not whole
        return found, np.zeros(self.size) if known else rest

    def factors(self, update: Update) -> tuple[Array, bool]:
        """Return what the loop multiplied gradients by, and whether that says all."""
        parts, whole = [], False
        for name, places in self.chosen.places.items():
            gradient = update.gradients.get(name)
            factor = 1.0 if gradient is None or gradient.factor is None else gradient.factor
            parts.append(np.full(len(places), 0.0 if gradient is None else factor))
            lost = gradient is not None and (gradient.factor is None or gradient.made is None)
            whole = whole or lost
            self.scaled, self.changed = self.scaled or factor != 1.0, self.changed or lost
        return np.concatenate(parts), whole

    def products(self, each: Any) -> Array:
        """Return each line's part of the gradient of each parameter, shape (m, P)."""
        delta = each.delta.reshape(-1, each.delta.shape[-1])[:, self.chosen.units]
        entered = each.entered.reshape(-1, each.entered.shape[-1])[:, self.chosen.sources]
        delta, entered = delta.astype(np.float64), entered.astype(np.float64)
        parts = [(delta[:, :, np.newaxis] * entered[:, np.newaxis, :]).reshape(len(delta), -1)]
        return np.concatenate([*parts, *([delta] if self.chosen.biased else [])], axis=1)

    # --- the statement ---------------------------------------------------------------------------

    def ledger(self, by: str, place: str | None) -> Ledger:
        """Return the ledger of the account."""
        account, chosen = self.account, self.chosen
        along = np.ones(1) if chosen.single else direction(self.closing - self.opening)
        sources = self.examples() if by == EXAMPLE else self.classes()
        frames = [each.frame(along) for each in (sources, *self.others())]
        opening, closing = float(self.opening @ along), float(self.closing @ along)
        amounts = [amount for frame in frames for amount in frame["amount"].to_list()]
        rounding = math.fsum([closing, -opening, *(-amount for amount in amounts)])
        self.check(rounding, [opening, *amounts])
        missing = self.closing - self.opening - account.added.sum(axis=0)
        left = self.carried_out - account.carried.sum(axis=0)
        last = one(ROUNDING, missing, left).frame(along).with_columns(amount=pl.lit(rounding))
        carries = any(rule.carried for rule in self.rules)
        return Ledger(
            run=self.recording.folder.name,
            name=chosen.id,
            single=chosen.single,
            since=self.since,
            until=self.until,
            opening=opening,
            closing=closing,
            frame=pl.concat([*frames, last]),
            carried_in=float(self.carried_in @ along) if carries else None,
            carried_out=float(self.carried_out @ along) if carries else None,
            remarks=tuple(self.remarks()),
            place=place,
            traceable=False,
        )

    def check(self, rounding: float, amounts: list[float]) -> None:
        """Raise Disagreement where more than rounding is missing."""
        size = math.fsum(map(abs, amounts))
        dtypes = {e.dtype for e in self.recording.watched.parameters if e.name in self.chosen.places}
        most = LARGEST_ROUNDING if dtypes == {"float64"} else 1e-2
        if not abs(rounding) <= most * size and math.isfinite(size):
            raise Disagreement(
                f"the entries of {self.chosen.id} lack {rounding:.3g} of its change: the optimizer"
                " did something else than its options say, so that the ledger is not shown"
            )

    def examples(self) -> Entries:
        """Return the entry of each row."""
        account = self.account
        rows = account.rows.tolist()
        count = len(rows)
        return Entries(
            EXAMPLE, account.added[:count], account.carried[:count], rows,
            [account.labels[row] for row in rows], account.visits.tolist(),
        )  # fmt: skip

    def classes(self) -> Entries:
        """Return the entry of each class: all that its rows added."""
        account = self.account
        labels = np.array([account.labels[row] for row in account.rows.tolist()], dtype=object)
        found = sorted(set(labels.tolist()), key=lambda label: (len(label), label))
        if "" in found or len(found) > max(50, len(labels) // 2):
            raise SettingError(
                "a ledger by class needs classes: targets that the loss module was given, and many"
                " rows of each"
            )
        groups = [labels == label for label in found]
        count = len(labels)
        return Entries(
            CLASS,
            np.array([account.added[:count][group].sum(axis=0) for group in groups]),
            np.array([account.carried[:count][group].sum(axis=0) for group in groups]),
            [None] * len(found), found, [int(account.visits[group].sum()) for group in groups],
        )  # fmt: skip

    def others(self) -> Iterator[Entries]:
        """Yield the entries that are of no example, where there is anything in them."""
        account = self.account
        for entry in OTHERS:
            slot = account.slot(entry)
            if account.added[slot].any() or account.carried[slot].any():
                yield one(entry, account.added[slot], account.carried[slot])

    def remarks(self) -> Iterator[str]:
        """Yield in sentences how the entries came about."""
        name = self.rules[-1].name
        if self.rules[-1].has_denominators:
            yield f"Linear given each step's own denominators, which {name} draws from all examples."
        else:
            yield f"Exactly linear: {name} adds up what the examples ask for."
        if self.scaled:
            yield "Each share is multiplied by what the loop scaled its step's gradient by (clipping)."
        if self.chosen.linear is None:
            yield f"{self.chosen.name} lies in no Linear layer: its gradients are told as a whole."
        elif self.changed:
            yield "Some gradients were changed in the loop: what that adds is told as not by example."
        if not self.chosen.single:
            yield (
                "Amounts are the parts of what was added along the change of all"
                f" {self.size:,} numbers, and add up; norms, by which entries are ranked, do not."
            )
        yield "Rows are numbered as the loop showed them; rounding is that of PyTorch's own numbers."


class Response:
    """What the lines of a rule make of a gradient of one, and of a carried state of one."""

    def __init__(self, rule: Rule, update: Update, name: str, places: Array) -> None:
        self.rule = rule
        before, after = update.state_before[name], update.state_after[name]
        self.lines = dict(lines_of(rule, before))
        steps = int(after["step"].ravel()[0]) if "step" in after else 0
        self.given: dict[str, Any] = {**rule.constants, "weight_decay": rule.decay}
        for line, key in rule.state.items():
            if line != rule.carried:
                self.given[f"{line}_new"] = after[key].ravel()[places].astype(np.float64)
        for line, of in rule.powers.items():
            self.given[f"{line}_new"] = rule.constants[of] ** steps

    def values(self, g: float, carried: float) -> dict[str, Any]:
        """Return what the lines come to, but for the last."""
        values: dict[str, Any] = {**self.given, "g": g, "w": 0.0}
        if self.rule.carried is not None:
            values[self.rule.carried] = carried
        for name, tree in self.lines.items():
            if name not in self.given and name != "w_new":
                values[name] = evaluate(tree, values, FAST)
        return values

    def of(self, g: float, carried: float) -> tuple[Any, Any]:
        """Return the change of the weight, and what is carried on."""
        values = self.values(g, carried)
        changed = evaluate(change(self.lines["w_new"]), values, FAST)
        on = 0.0 if self.rule.carried is None else values[f"{self.rule.carried}_new"]
        return changed, on

    def shrunk(self, w: Array) -> Any:
        """Return what the decay of the weights themselves takes off: nothing for most rules."""
        if self.rule.coupled or not self.rule.decay:
            return 0.0
        return -self.rule.constants["rate"] * self.rule.decay * w


def direction(moved: Array) -> Array:
    """Return the direction in which parameters moved; the first axis where they did not."""
    length = float(np.linalg.norm(moved))
    along: Array = moved / length if length > 0 else np.eye(1, len(moved))[0]
    return along
