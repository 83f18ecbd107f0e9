"""What somebody may have computed: the open part of a computation, with a mistake put into it.

Comes in: the right computation, what a solution has put down, and a quantity. Goes out: candidates,
each a mistake at one quantity or at several, and what they give for the quantity: all at once in
arrays, or one in intervals.

Solutions skip lines, so the part of the computation from the quantity down to what is written or
given is open, and the mistake may sit anywhere in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from clearprop.checking.intervals import INTERVALS, Interval
from clearprop.checking.mistakes import VARIANTS, Computation, Mistake
from clearprop.errors import UnknownName
from clearprop.formulas.arithmetic import FAST, FLOATS, Arithmetic, evaluate
from clearprop.formulas.expressions import Expression, variables
from clearprop.network.parameters import Array
from clearprop.network.quantities import (
    Activation,
    Bias,
    Loss,
    NetInput,
    Part,
    Quantity,
    Slope,
    Updated,
    Weight,
)

LARGEST_PART = 120  # quantities that are held open, the nearest first


@dataclass(frozen=True)
class Candidate:
    """A mistake at one quantity, or at several at once: the trees it puts in their place."""

    mistake: Mistake
    trees: Mapping[Quantity, Expression]


@dataclass(frozen=True)
class OpenPart:
    """The part of a computation that a solution leaves open, above what is `settled`."""

    work: Computation
    settled: Mapping[Quantity, Any]
    quantity: Quantity

    @cached_property
    def users(self) -> dict[Quantity, list[Quantity]]:
        """The open quantities, the nearest first, each with the open ones it is part of."""
        users: dict[Quantity, list[Quantity]] = {self.quantity: []}
        queue = [self.quantity]
        for quantity in queue:
            for operand in dict.fromkeys(variables(self.work.tree(quantity))):
                if operand in users:
                    users[operand].append(quantity)
                elif not self.is_settled(operand) and len(users) < LARGEST_PART:
                    users[operand] = [quantity]
                    queue.append(operand)
        return users

    def is_settled(self, quantity: Quantity) -> bool:
        """Return whether a quantity is written or given."""
        return quantity in self.settled or self.work.equations.is_given(quantity)

    @cached_property
    def operands_first(self) -> list[Quantity]:
        """The open quantities, each after those that it is made of."""
        order: dict[Quantity, None] = {}
        stack = [(self.quantity, False)]
        while stack:
            quantity, operands_done = stack.pop()
            if operands_done:
                order.setdefault(quantity)
            elif quantity not in order:
                stack.append((quantity, True))
                below = variables(self.work.tree(quantity))
                stack += [(q, False) for q in below if q in self.users and q not in order]
        return list(order)

    def following(self, sites: Iterable[Quantity]) -> frozenset[Quantity]:
        """Return the open quantities that depend on some."""
        found: set[Quantity] = set()
        queue = list(sites)
        while queue:
            for user in self.users[queue.pop()]:
                if user not in found:
                    found.add(user)
                    queue.append(user)
        return frozenset(found)

    def candidates(self) -> Iterator[Candidate]:
        """Yield every mistake at every open quantity, then each all through a layer or the step."""
        for mistake in VARIANTS:
            through: dict[tuple[Any, ...], dict[Quantity, Expression]] = {}
            for site in self.users:
                for way, trees in enumerate(mistake.variants(self.work, site)):
                    for tree in trees:
                        yield Candidate(mistake, {site: tree})
                    for group in ((), (type(site), layer_of(site))) if trees else ():
                        through.setdefault((way, *group), {})[site] = trees[0]
            seen: set[frozenset[Quantity]] = set()
            for sites in through.values():
                if len(sites) > 1 and (key := frozenset(sites)) not in seen:
                    seen.add(key)
                    yield Candidate(mistake, sites)


def layer_of(quantity: Quantity) -> int | None:
    """Return the layer that a quantity belongs to."""
    match quantity:
        case Updated(of):
            return layer_of(of)
        case Slope(Loss(), by):
            return layer_of(by)
        case Slope(of, _):
            return layer_of(of)
        case Weight(layer) | Bias(layer) | NetInput(layer) | Activation(layer) | Part(_, layer):
            return layer
    return None


# --- the values that a solution goes by ----------------------------------------------------------


@dataclass
class Ground(Mapping[Quantity, Any]):
    """The values that a solution goes by: what is written or given, the rest computed right.

    What is computed may be rounded on the way: `rounded` is what becomes of it.
    """

    work: Computation
    base: Mapping[Quantity, Any]
    arithmetic: Arithmetic
    rounded: Callable[[Any], Any] = lambda value: value
    known: dict[Quantity, Any] = field(default_factory=dict)

    def __getitem__(self, quantity: Quantity) -> Any:
        if quantity not in self.known:
            self.known[quantity] = self.found(quantity)
        return self.known[quantity]

    def found(self, quantity: Quantity) -> Any:
        """Return a value that was not asked for before."""
        if quantity in self.base:
            return self.base[quantity]
        if self.work.equations.is_given(quantity):
            return self.arithmetic.number(self.work.values[quantity])
        return self.rounded(evaluate(self.work.tree(quantity), self, self.arithmetic))

    def __iter__(self) -> Iterator[Quantity]:
        return iter(self.known)

    def __len__(self) -> int:
        return len(self.known)


# --- what candidates give ------------------------------------------------------------------------


@dataclass
class Column(Mapping[Quantity, Any]):
    """The values of one candidate, where all are computed side by side; `ground` has the rest."""

    computed: Mapping[Quantity, Any]
    place: int
    ground: Mapping[Quantity, Any]

    def __getitem__(self, quantity: Quantity) -> Any:
        value = self.computed.get(quantity)
        if value is None:
            return self.ground[quantity]
        return float(value[self.place]) if np.ndim(value) else float(value)

    def __iter__(self) -> Iterator[Quantity]:
        return iter(self.computed)

    def __len__(self) -> int:
        return len(self.computed)


def results(part: OpenPart, candidates: list[Candidate], ground: Mapping[Quantity, float]) -> Array:
    """Return what each candidate gives for the quantity; NaN for one that cannot be run.

    A mistake at one quantity works on what is right before it, one at several on what it has
    changed itself. What no candidate has changed yet is one number, else an array with one entry
    for each candidate.
    """
    at: dict[Quantity, list[int]] = {}
    for place, candidate in enumerate(candidates):
        for site in candidate.trees:
            at.setdefault(site, []).append(place)
    values: dict[Quantity, Any] = {}
    with np.errstate(all="ignore"):
        for quantity in part.operands_first:
            tree = part.work.tree(quantity)
            found = {q: values[q] if q in values else ground[q] for q in variables(tree)}
            value = evaluate(tree, found, FAST)
            if quantity in at:
                value = np.broadcast_to(value, len(candidates)).astype(np.float64)
                for place in at[quantity]:
                    alone = len(candidates[place].trees) == 1
                    over = ground if alone else Column(values, place, ground)
                    value[place] = value_of(candidates[place].trees[quantity], over)
            values[quantity] = value
    of_all = np.broadcast_to(values[part.quantity], len(candidates))
    return np.asarray(of_all, dtype=np.float64)


def value_of(tree: Expression, values: Mapping[Quantity, Any]) -> float:
    """Return the value of a changed tree; NaN where this step has not what it needs."""
    try:
        return float(evaluate(tree, values, FLOATS))
    except (UnknownName, LookupError):
        return float("nan")


@dataclass
class Changed(Mapping[Quantity, Interval]):
    """The intervals of one candidate: those of its changed trees, and what follows from them."""

    ground: Ground
    candidate: Candidate
    following: frozenset[Quantity]
    known: dict[Quantity, Interval] = field(default_factory=dict)

    def __getitem__(self, quantity: Quantity) -> Interval:
        if quantity not in self.known:
            self.known[quantity] = self.found(quantity)
        return self.known[quantity]

    def found(self, quantity: Quantity) -> Interval:
        """Return an interval that was not asked for before."""
        trees, found = self.candidate.trees, self.ground[quantity]
        if quantity in trees:
            over = self.ground if len(trees) == 1 else self
            found = evaluate(trees[quantity], over, INTERVALS)
        elif quantity in self.following:
            found = evaluate(self.ground.work.tree(quantity), self, INTERVALS)
        assert isinstance(found, Interval)
        return found

    def __iter__(self) -> Iterator[Quantity]:
        return iter(self.known)

    def __len__(self) -> int:
        return len(self.known)
