"""A span of updates of a watched loop -> what each example added to a parameter.

Comes in: a replay, what the account is of, a span. Goes out: sums by example. A share of a gradient
goes through the optimizer's lines as in `ledgers/account.py`: what it changes at once, and what it
adds to what momentum (or Adam's m) carries to later steps; each step goes by its own options, so
that schedules are in it. What a gradient has beside its examples' shares (a penalty in the loss, a
change in the loop) has a sum of its own, and so has what changed the parameter behind the
optimizer's back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from clearprop.data.memory import check_room
from clearprop.interop.watching.gradients import LinearPass
from clearprop.interop.watching.names import Chosen
from clearprop.interop.watching.replay import Replay, Update, group_options
from clearprop.interop.watching.response import Response
from clearprop.interop.watching.rules import Rule, rule_of
from clearprop.interop.watching.tape import Batch, Step
from clearprop.ledgers.carrying import Course
from clearprop.ledgers.ledger import CARRIED_IN, WEIGHT_DECAY
from clearprop.network.parameters import Array

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
        """Add what the shares of some steps have come to."""
        course = Course.over().after(*(
            [getattr(turn, name) for turn in turns] for name in ("direct", "taken", "later", "kept")
        ))  # fmt: skip
        self.added += self.carried * course.reach
        self.carried *= course.left
        steps = zip(turns, course.comes_to, course.stays, strict=True)
        for turn, changed, stayed in reversed([*steps]):
            for slots, shares in turn.shares:
                np.add.at(self.added, slots, shares * changed)
                np.add.at(self.carried, slots, shares * stayed)
            for entry, part in ((NOT_BY_EXAMPLE, turn.other), (WEIGHT_DECAY, turn.asked)):
                self.added[self.slot(entry)] += part * changed
                self.carried[self.slot(entry)] += part * stayed


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
            for batch in self.batches(self.recording.tape.step(step)):
                if batch.rows is None:
                    continue
                numbers = batch.rows.tolist()
                new = [place for place, row in enumerate(numbers) if row not in labels]
                for place, text in zip(new, self.recording.labels(batch, new), strict=True):
                    labels[numbers[place]] = text
                for row in numbers:
                    visits[row] = visits.get(row, 0) + 1
        rows = np.array(sorted(visits), dtype=np.int64)
        room = (len(rows) + len(OTHERS), self.size)
        check_room(2 * 8 * room[0] * room[1], f"the ledger of {self.chosen.id}")
        counts = np.array([visits[row] for row in rows.tolist()], dtype=np.int64)
        return Account(rows, labels, counts, np.zeros(room), np.zeros(room))

    def batches(self, step: Step) -> list[Batch]:
        """Return the batches of a step that went into a gradient of what the account is of."""
        linear = self.chosen.linear
        if linear is None:
            return []
        pieces = self.recording.pieces
        names = set(self.chosen.places).difference(step.absent)
        found = {
            id(each.batch): each.batch
            for each in step.passes
            if linear.layer in pieces[each.piece].linears and names.difference(each.idle)
        }
        return list(found.values())

    def work(self, progress: Callable[[int], object]) -> None:
        """Go through the span."""
        turns: list[Turn] = []
        held = 0
        names = tuple(self.chosen.places)
        for update in self.replay.updates(self.since, self.until, names):
            if update.step == self.since:
                self.begin(update)
            elif update.replaced is not None:
                if turns:
                    self.account.settle(turns)
                turns, held = [], 0
                self.replaced(update)
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
        self.opening = self.chosen.take(update.before) - self.chosen.take(update.jumped)
        rule = self.rule(self.chosen.name, update)
        self.carried_in = self.kept(rule, update.state_before)
        self.account.carried[self.account.slot(CARRIED_IN)] = self.carried_in

    def replaced(self, update: Update) -> None:
        """Note by how much a state that was loaded differs from what the optimizer carried."""
        rule, slot = self.rule(self.chosen.name, update), self.account.slot(FROM_OUTSIDE)
        lost = self.kept(rule, update.replaced or {})
        self.account.carried[slot] += self.kept(rule, update.state_before) - lost

    def rule(self, name: str, update: Update) -> Rule:
        """Return the rule of a parameter in an update."""
        options = group_options(self.recording, name, update.record)
        return rule_of(self.recording.watched.optimizer, options)

    def kept(self, rule: Rule, states: Mapping[str, Mapping[str, Array]]) -> Array:
        """Return what the optimizer carries for the chosen parameters, where gradients add up."""
        key = rule.state.get(rule.carried or "", "")
        return self.chosen.take({name: own[key] for name, own in states.items() if key in own})

    # --- one step --------------------------------------------------------------------------------

    def turn(self, update: Update) -> Turn:
        """Return a step with its shares, and what its lines make of them."""
        self.account.added[self.account.slot(FROM_OUTSIDE)] += self.chosen.take(update.jumped)
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
        rest = self.chosen.take({name: found.used for name, found in update.gradients.items()})
        factors, whole = self.factors(update)
        found = []
        linear, names = self.chosen.linear, set(self.chosen.places).difference(update.record.absent)
        for each in update.passes:
            if linear is None or each.layer.weight != linear.layer.weight:
                continue
            if not names.difference(each.idle):
                continue
            rows, places = each.batch.rows, each.places
            if rows is None or places is None:
                whole = True
                continue
            shares = self.products(each) * factors
            if not names.isdisjoint(each.idle):
                shares *= self.reached(each)
            rest -= shares.sum(axis=0)
            slots = np.searchsorted(self.account.rows, np.repeat(rows, places))
            found.append((slots, shares))
        known = linear is not None and not whole
        return found, np.zeros(self.size) if known else rest

    def reached(self, each: LinearPass) -> Array:
        """Return 1 for each number to whose gradient a pass was added, 0 for others; shape (P,)."""
        places = self.chosen.places
        parts = [np.full(len(own), float(name not in each.idle)) for name, own in places.items()]
        return np.concatenate(parts)

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

    def products(self, each: LinearPass) -> Array:
        """Return each line's part of the gradient of each parameter, shape (m, P)."""
        delta = each.delta.reshape(-1, each.delta.shape[-1])[:, self.chosen.units]
        entered = each.entered.reshape(-1, each.entered.shape[-1])[:, self.chosen.sources]
        delta, entered = delta.astype(np.float64), entered.astype(np.float64)
        parts = [(delta[:, :, np.newaxis] * entered[:, np.newaxis, :]).reshape(len(delta), -1)]
        return np.concatenate([*parts, *([delta] if self.chosen.biased else [])], axis=1)
