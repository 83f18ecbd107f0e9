"""The name of a mistake: which misconceptions reproduce a printed number, to all its digits.

Comes in: the exact values of a step, what the solution has put down before, a quantity and the
number printed for it. Goes out: ids of `mistakes`, most likely first.

Solutions skip lines. So the part of the computation from the quantity down to what is written or
given is open, and the mistake may sit at any quantity of it, or at all of one kind. Each candidate
is run in floats, over the middles of the written intervals and over the exact values; one whose
number falls into what the print leaves open is close. One that misses it is run in intervals, if
it is near at all: what is written may have been rounded.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from itertools import islice
from typing import Any

from clearprop.checking.intervals import INTERVALS, Interval
from clearprop.checking.mistakes import AND, SLIPS, VARIANTS, Computation, Mistake
from clearprop.errors import UnknownName
from clearprop.formulas.arithmetic import FLOATS, Arithmetic, evaluate
from clearprop.formulas.expressions import Expression, variables
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
from clearprop.tracing.values import Values

LARGEST_PART = 300  # quantities that are held open, the nearest first
MOST_CANDIDATES = 6000  # that are run
NEAR = 8.0  # how far off, in widths of the right interval, intervals are still asked
FACTORS = {  # of a second mistake that goes with any first
    -1.0: ("sign_flipped",),
    2.0: ("factor_two_added",),
    0.5: ("factor_two_lost",),
    -2.0: ("factor_two_added", "sign_flipped"),
    -0.5: ("factor_two_lost", "sign_flipped"),
}


def named(
    values: Values,
    written: Mapping[Quantity, Interval],
    quantity: Quantity,
    printed: Interval,
    digits: str | None = None,
) -> tuple[str, ...]:
    """Return the ids of the mistakes that reproduce a printed number, most likely first.

    Parameters
    ----------
    written   what the solution says of other quantities: what its printed digits leave open
    printed   what the digits of the number under judgement leave open
    digits    the number as printed, where it is a bare number

    Returns
    -------
    ids, joined by + where two mistakes were made together; none where the number is right, for the
    network or for what is written
    """
    before = {q: interval for q, interval in written.items() if q != quantity}
    found: dict[str, tuple[Any, ...]] = {}
    searches = [Search(Computation(values), before, quantity, printed)]
    if values.equations.short_form is not None:
        searches.append(Search(Computation(values, textbook=True), before, quantity, printed))
    if any(search.is_right for search in searches):
        return ()
    for search in searches:
        for fit in search.fits():
            found[fit.id] = min(fit.order, found.get(fit.id, fit.order))
    if digits is not None:
        for place, name in enumerate(slips(searches[0].expected, digits)):
            found.setdefault(name, (1, place, 0.0))
    if not found:
        return tuple(dict.fromkeys(name for search in searches for name in search.pairs()))
    return tuple(sorted(found, key=found.__getitem__))


@dataclass(frozen=True)
class Fit:
    """A mistake that gives the printed number; the smaller its order, the likelier it is."""

    id: str
    order: tuple[Any, ...]


@dataclass(frozen=True)
class Candidate:
    """A mistake at one quantity, or at several at once: the trees it puts in their place."""

    mistake: Mistake
    trees: Mapping[Quantity, Expression]


@dataclass
class Ground(Mapping[Quantity, Any]):
    """The values that a solution goes by: what is written or given, the rest computed right."""

    work: Computation
    base: Mapping[Quantity, Any]
    arithmetic: Arithmetic
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
        return evaluate(self.work.tree(quantity), self, self.arithmetic)

    def __iter__(self) -> Iterator[Quantity]:
        return iter(self.known)

    def __len__(self) -> int:
        return len(self.known)


@dataclass
class Changed(Mapping[Quantity, Any]):
    """A ground with other trees at some quantities, and what follows from them."""

    ground: Ground
    trees: Mapping[Quantity, Expression]
    following: frozenset[Quantity]
    known: dict[Quantity, Any] = field(default_factory=dict)

    def __getitem__(self, quantity: Quantity) -> Any:
        if quantity not in self.known:
            if quantity in self.trees:
                self.known[quantity] = self.at_site(quantity)
            elif quantity in self.following:
                tree = self.ground.work.tree(quantity)
                self.known[quantity] = evaluate(tree, self, self.ground.arithmetic)
            else:
                return self.ground[quantity]
        return self.known[quantity]

    def at_site(self, quantity: Quantity) -> Any:
        """Return the value of a changed tree: of one alone by what was right before it."""
        over = self.ground if len(self.trees) == 1 else self
        return evaluate(self.trees[quantity], over, self.ground.arithmetic)

    def __iter__(self) -> Iterator[Quantity]:
        return iter(self.known)

    def __len__(self) -> int:
        return len(self.known)


@dataclass(frozen=True)
class Search:
    """The search for one printed number, in one way of computing the step."""

    work: Computation
    written: Mapping[Quantity, Interval]
    quantity: Quantity
    printed: Interval

    # --- what the solution goes by ---------------------------------------------------------------

    @cached_property
    def grounds(self) -> tuple[Ground, ...]:
        """The middles of what is written, and the exact values."""
        middles = {q: interval.middle for q, interval in self.written.items()}
        exact = Ground(self.work, {}, FLOATS)
        return (Ground(self.work, middles, FLOATS), exact) if middles else (exact,)

    @cached_property
    def intervals(self) -> Ground:
        """What is written, as intervals."""
        return Ground(self.work, self.written, INTERVALS)

    @cached_property
    def expected(self) -> tuple[float, ...]:
        """The right values, by what is written and by the network."""
        return tuple(float(ground[self.quantity]) for ground in self.grounds)

    @property
    def is_right(self) -> bool:
        """Whether the number is right, for the network or for what is written."""
        by_written: Interval = self.intervals[self.quantity]
        return by_written.meets(self.printed) or any(map(self.printed.holds, self.expected))

    # --- the open part ---------------------------------------------------------------------------

    @cached_property
    def open_part(self) -> dict[Quantity, list[Quantity]]:
        """The quantities that are open, the nearest first, each with those it is part of."""
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
        return quantity in self.written or self.work.equations.is_given(quantity)

    def following(self, sites: Iterable[Quantity]) -> frozenset[Quantity]:
        """Return the open quantities that depend on some."""
        found: set[Quantity] = set()
        queue = list(sites)
        while queue:
            for user in self.open_part[queue.pop()]:
                if user not in found:
                    found.add(user)
                    queue.append(user)
        return frozenset(found)

    # --- candidates ------------------------------------------------------------------------------

    def candidates(self) -> Iterator[Candidate]:
        """Yield every mistake at every open quantity, then each all through a layer or the step."""
        through: dict[tuple[Any, ...], dict[Quantity, Expression]] = {}
        for site in self.open_part:
            for mistake in VARIANTS:
                for way, trees in enumerate(mistake.variants(self.work, site)):
                    for tree in trees:
                        yield Candidate(mistake, {site: tree})
                    if trees:
                        for group in ((), (type(site), layer_of(site))):
                            sites = through.setdefault((mistake.id, way, *group), {})
                            sites[site] = trees[0]
        by_id = {mistake.id: mistake for mistake in VARIANTS}
        seen = set()
        for (name, *_), sites in through.items():
            key = (name, frozenset(sites.items()))
            if len(sites) > 1 and key not in seen:
                seen.add(key)
                yield Candidate(by_id[name], sites)

    def results(self, candidate: Candidate) -> list[float]:
        """Return what a candidate gives for the quantity, by each ground."""
        return [float(self.run(candidate, ground)) for ground in self.grounds]

    def run(self, candidate: Candidate, ground: Ground) -> Any:
        """Return what a candidate gives for the quantity."""
        following = self.following(candidate.trees)
        return Changed(ground, candidate.trees, following)[self.quantity]

    @cached_property
    def tried(self) -> list[tuple[Candidate, list[float]]]:
        """The candidates with what they give."""
        found = []
        for candidate in islice(self.candidates(), MOST_CANDIDATES):
            try:
                found.append((candidate, self.results(candidate)))
            except (UnknownName, RecursionError, KeyError):
                continue  # a tree that this step cannot run, such as one that needs itself
        return found

    def fits(self) -> Iterator[Fit]:
        """Yield the mistakes that give the printed number."""
        for candidate, results in self.tried:
            mistake, place = candidate.mistake, VARIANTS.index(candidate.mistake)
            if any(map(self.printed.holds, results)):
                yield Fit(mistake.id, (0, mistake.rank, place))
            elif any(map(self.is_near, results)) and self.may_be(candidate):
                distance = min(abs(result - self.printed.middle) for result in results)
                yield Fit(mistake.id, (2, distance, place))

    @cached_property
    def reach(self) -> float:
        """How far from the printed number intervals can matter."""
        right: Interval = self.intervals[self.quantity]
        return NEAR * (right.high - right.low) + (self.printed.high - self.printed.low)

    def is_near(self, result: float) -> bool:
        """Return whether rounding could make up for how far a result is off."""
        return abs(result - self.printed.middle) <= self.reach

    def may_be(self, candidate: Candidate) -> bool:
        """Return whether the candidate's interval meets the printed one."""
        found: Interval = self.run(candidate, self.intervals)
        return found.is_bounded and found.meets(self.printed)

    def pairs(self) -> Iterator[str]:
        """Yield pairs of mistakes, one of them a factor or a sign, that give the number."""
        for factor, seconds in FACTORS.items():
            for candidate, results in self.tried:
                first = candidate.mistake.id
                if first not in seconds and any(self.printed.holds(factor * r) for r in results):
                    yield AND.join((first, *seconds))


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


# --- slips of the pen ----------------------------------------------------------------------------


def slips(expected: Iterable[float], printed: str) -> Iterator[str]:
    """Yield the slips that lead from a right value to a printed number, sign and all.

    >>> list(slips([0.7503], "0.7053"))
    ['digits_transposed']
    """
    number = Decimal(printed)
    shape = number.as_tuple()
    if number == 0 or not number.is_finite():
        return
    written = "".join(map(str, shape.digits))
    for slip in SLIPS:
        for value in expected:
            if slip.shifts:
                right = Decimal(f"{value:.{len(written) - 1}e}")
            else:
                right = Decimal(value).quantize(Decimal((0, (1,), int(shape.exponent))))
            digits = "".join(map(str, right.as_tuple().digits))
            if right.as_tuple().sign != shape.sign or right == number:
                continue
            width = max(len(digits), len(written))
            if written.zfill(width) in slip.texts(digits.zfill(width)):
                yield slip.id
                break
