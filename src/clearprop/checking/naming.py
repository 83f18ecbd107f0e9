"""The name of a mistake: which misconceptions reproduce a printed number, to all its digits.

Comes in: the exact values of a step, what the solution has put down before, a quantity and the
number printed for it. Goes out: ids of `mistakes`, most likely first.

Every candidate is run over the middles of the written intervals and over the exact values; one
whose number falls into what the print leaves open is close. One that misses it narrowly is run in
intervals: what is written may have been rounded.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Context, Decimal
from functools import cached_property
from itertools import islice

import numpy as np

from clearprop.checking.candidates import (
    Candidate,
    Changed,
    Ground,
    OpenPart,
    results,
)
from clearprop.checking.intervals import INTERVALS, Interval
from clearprop.checking.mistakes import AND, SLIPS, VARIANTS, Computation, Slip
from clearprop.errors import UnknownName
from clearprop.formulas.arithmetic import FLOATS
from clearprop.network.parameters import Array
from clearprop.network.quantities import Loss, Quantity, Slope
from clearprop.tracing.values import Values

MOST_CANDIDATES = 3000  # that are run
MOST_IN_INTERVALS = 30
LARGEST = 1e12  # of a number whose digits may have slipped; one over it is the smallest
MOST_DIGITS = 17  # of a number, as a float has them; more are no slip of the pen
ALL_DIGITS = Context(prec=60)  # of what is rounded to the last place of such a number
MOST_STEPS = 100  # of the last digit, between the right values that a slip may have left
NEAR = 8.0  # how far off, in widths of the right interval, intervals are still asked
CLOSE, SLIPPED, NARROWLY = range(3)  # how a mistake fits, the likeliest first
PLACES = {mistake.id: place for place, mistake in enumerate(VARIANTS)}
SECONDS = {  # factors of a second mistake that goes with any first
    -1.0: ("sign_flipped",),
    2.0: ("factor_two_added",),
    0.5: ("factor_two_lost",),
    -2.0: ("factor_two_added", "sign_flipped"),
    -0.5: ("factor_two_lost", "sign_flipped"),
}
Order = tuple[float, ...]  # the smaller, the likelier


def named(
    values: Values,
    written: Mapping[Quantity, Interval],
    quantity: Quantity,
    printed: Interval,
    digits: str | None = None,
    output: int | None = None,
) -> tuple[str, ...]:
    """Return the ids of the mistakes that reproduce a printed number, most likely first.

    Parameters
    ----------
    written   what the solution says of other quantities: what its printed digits leave open
    printed   what the digits of the number under judgement leave open
    digits    the number as printed, where it is a bare number
    output    the output whose share of the loss a slope is of: ∂E_o1/∂h₁; None for all of them

    Returns
    -------
    ids, joined by + where two mistakes were made together; none where the number is right, for the
    network or for what is written
    """
    before = {q: interval for q, interval in written.items() if q != quantity}
    short = values.equations.short_form is not None
    works = [Computation(values, output=output)] if output is None or not short else []
    works += [Computation(values, textbook=True, output=output)] if short else []
    searches = [Search(work, before, quantity, printed) for work in works]
    if any(search.is_right for search in searches):
        return ()
    found = found_by(searches)
    if not found and (fewer := without_local_slopes(before)) != before:
        found = found_by([Search(work, fewer, quantity, printed) for work in works])
    if digits is not None:
        for place, name in enumerate(slips(searches[0].possible(digits), digits)):
            found.setdefault(name, (SLIPPED, place))
    if not found:
        return tuple(dict.fromkeys(name for search in searches for name in search.pairs()))
    return tuple(sorted(found, key=found.__getitem__))


def found_by(searches: Iterable[Search]) -> dict[str, Order]:
    """Return the mistakes that searches find, with how well they fit."""
    found: dict[str, Order] = {}
    for search in searches:
        for name, order in search.fits():
            found[name] = min(order, found.get(name, order))
    return found


def without_local_slopes(written: Mapping[Quantity, Interval]) -> dict[Quantity, Interval]:
    """Return what is written but for slopes such as ∂z/∂h and ∂h/∂z.

    They may be right where they stand, and another number put in where they are used.
    """
    return {
        quantity: interval
        for quantity, interval in written.items()
        if not isinstance(quantity, Slope) or isinstance(quantity.of, Loss)
    }


@dataclass(frozen=True)
class Search:
    """The search for one printed number, in one way of computing the step."""

    work: Computation
    written: Mapping[Quantity, Interval]
    quantity: Quantity
    printed: Interval

    @cached_property
    def part(self) -> OpenPart:
        """The part of the computation that is open."""
        return OpenPart(self.work, self.written, self.quantity)

    @cached_property
    def grounds(self) -> list[Mapping[Quantity, float]]:
        """The middles of what is written, and the exact values."""
        exact: Mapping[Quantity, float] = self.work.values
        if self.work.output is not None:
            exact = Ground(self.work, {}, FLOATS)
        if not self.written:
            return [exact]
        middles = {q: interval.middle for q, interval in self.written.items()}
        return [Ground(self.work, middles, FLOATS), exact]

    @cached_property
    def intervals(self) -> Ground:
        """What is written, as intervals."""
        return Ground(self.work, self.written, INTERVALS)

    @cached_property
    def rounded_intervals(self) -> Ground:
        """The same, and what is not written rounded on the way as the number in question is.

        A mistake may go by numbers that stand nowhere yet, such as weights after the update.
        """
        middle = abs(self.printed.middle)
        share = (self.printed.high - self.printed.low) / 2 / middle if middle else 0.0

        def rounded(found: Interval) -> Interval:
            slack = share * max(abs(found.low), abs(found.high))
            return Interval(found.low - slack, found.high + slack)

        return Ground(self.work, self.written, INTERVALS, rounded)

    @cached_property
    def right(self) -> Interval:
        """What is right by what is written."""
        found = self.intervals[self.quantity]
        assert isinstance(found, Interval)
        return found

    @cached_property
    def expected(self) -> list[float]:
        """The right values, by what is written and by the network."""
        return [float(ground[self.quantity]) for ground in self.grounds]

    @property
    def is_right(self) -> bool:
        """Whether the number is right, for the network or for what is written."""
        return self.right.meets(self.printed) or any(map(self.printed.holds, self.expected))

    def possible(self, printed: str) -> list[float]:
        """Return the right values, and all that print differently in what is right."""
        low, width = self.right.low, self.right.high - self.right.low
        digits = len(Decimal(printed).as_tuple().digits)
        unit = abs(self.right.middle) * 10.0**-digits  # of the last digit, or a part of it
        if not 0 < width < MOST_STEPS * unit:
            return self.expected
        steps = int(width / unit) + 1
        return [*self.expected, *(low + width * k / steps for k in range(steps + 1))]

    # --- candidates ------------------------------------------------------------------------------

    @cached_property
    def candidates(self) -> list[Candidate]:
        """The candidates that are run."""
        return list(islice(self.part.candidates(), MOST_CANDIDATES))

    @cached_property
    def results(self) -> Array:
        """What the candidates give, one row for each ground."""
        return np.stack([results(self.part, self.candidates, ground) for ground in self.grounds])

    def places(self, factor: float = 1.0) -> list[int]:
        """Return which candidates give the printed number, by any ground."""
        found = self.results * factor
        close = (self.printed.low <= found) & (found <= self.printed.high)
        return [int(place) for place in np.flatnonzero(close.any(axis=0))]

    def fits(self) -> Iterator[tuple[str, Order]]:
        """Yield the mistakes that give the printed number, and how well."""
        close = self.places()
        for place in close:
            candidate = self.candidates[place]
            mistake, deeper = candidate.mistake, self.quantity not in candidate.trees
            yield mistake.id, (CLOSE, mistake.rank, deeper, PLACES[mistake.id])
        with np.errstate(invalid="ignore"):  # infinities may be printed, and found
            off = np.abs(self.results - self.printed.middle)
        distances = np.nanmin(off, axis=0, initial=np.inf)
        reach = NEAR * (self.right.high - self.right.low) + self.printed.high - self.printed.low
        near = [int(place) for place in np.argsort(distances, kind="stable")]
        near = [place for place in near if distances[place] <= reach and place not in close]
        for place in near[:MOST_IN_INTERVALS]:
            if self.may_be(self.candidates[place]):
                yield self.candidates[place].mistake.id, (NARROWLY, float(distances[place]))

    def may_be(self, candidate: Candidate) -> bool:
        """Return whether the candidate's interval meets the printed one."""
        following = self.part.following(candidate.trees)
        for ground in (self.intervals, self.rounded_intervals):
            try:
                found = Changed(ground, candidate, following)[self.quantity]
            except (UnknownName, LookupError, RecursionError):
                return False
            if found.is_bounded and found.meets(self.printed):
                return True
        return False

    def pairs(self) -> Iterator[str]:
        """Yield pairs of mistakes, the second a factor or a sign, that give the number."""
        for factor, seconds in SECONDS.items():
            for place in self.places(factor):
                first = self.candidates[place].mistake.id
                if first not in seconds:
                    yield AND.join((first, *seconds))


# --- slips of the pen ----------------------------------------------------------------------------


def slips(expected: Iterable[float], printed: str) -> Iterator[str]:
    """Yield the slips that lead from a right value to a printed number.

    Last come those of a number whose zero at the end was left out.

    >>> list(slips([0.7503], "0.7053")), list(slips([0.7503], "0.753"))
    (['digits_transposed'], ['digit_slipped', 'digits_transposed'])
    """
    number = Decimal(printed)
    if not 1 / LARGEST < abs(number) < LARGEST:
        return
    sign, digits, exponent = number.as_tuple()
    if len(digits) > MOST_DIGITS:
        return
    longer = Decimal((sign, (*digits, 0), int(exponent) - 1))
    values = [value for value in expected if abs(value) < LARGEST]
    yield from dict.fromkeys(
        slip.id
        for form in (number, longer)
        for slip in SLIPS
        if any(leads(slip, value, form) for value in values)
    )


def leads(slip: Slip, value: float, number: Decimal) -> bool:
    """Return whether a slip leads from the digits that belong at a number's place to its own."""
    _, digits, exponent = number.as_tuple()
    written = "".join(map(str, digits))
    if slip.shifts:
        right = Decimal(f"{value:.{len(written) - 1}e}")
    else:
        last_place = Decimal(1).scaleb(int(exponent))
        right = Decimal(value).quantize(last_place, context=ALL_DIGITS)
    wanted = "".join(map(str, right.as_tuple().digits))
    if right == number or right.is_signed() != number.is_signed():
        return False
    width = max(len(wanted), len(written))
    return written.zfill(width) in slip.texts(wanted.zfill(width))
