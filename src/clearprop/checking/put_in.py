"""Net inputs that a solution writes in numbers alone: z₂ = 0.3 × 0.5 + 0.7 × 2 + 0.1.

Comes in: such a formula, and the numbers that the solution gives its names. Goes out: the `Net`
over the names whose numbers stand there. A source is an input, or a unit that was found before; all
numbers must be somebody's, and a weight is used once. Where several names have the same number,
indices and the sources of other units decide.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice, pairwise

from clearprop.checking.keys import Key
from clearprop.checking.kinds import digits_of, may_be_bias, may_be_weight
from clearprop.checking.solution import Numeral, Written
from clearprop.checking.structure import Net, natural
from clearprop.formulas.expressions import (
    Expression,
    Negative,
    Product,
    Sum,
    Variable,
    children,
)

MOST_READINGS = 2000  # of one formula, begun or whole
MOST_TERMS, MOST_PARTS = 60, 100  # of a formula, and ways to read one of them
OTHER_SIGN = -2.0  # that a number stands there with the other sign
SAME_SOURCES, NEW_BIAS, IN_ORDER, OWN_INDEX = 3.0, 1.0, 0.5, 0.6


@dataclass(frozen=True)
class Part:
    """One way to read a term: a weight with its source, or the bias."""

    weight: Key | None = None
    source: Key | None = None
    bias: Key | None = None
    threshold: bool = False
    sign: bool = True  # whether the sign is right too; a slip of the pen should show


@dataclass(frozen=True)
class PutIn:
    """Names for the numbers of a net input.

    numbers   what the solution states, by name: weights, biases, inputs
    sources   the values printed for inputs and for the units found so far
    nets      the net inputs that are known already
    """

    numbers: Mapping[Key, float]
    sources: Mapping[Key, Sequence[float]]
    nets: Sequence[Net] = field(default_factory=tuple)

    def net(self, name: Key | None, tree: Expression) -> Net | None:
        """Return the net input that a formula in numbers is, None where it is none."""
        nets = [
            (self.likeliness(net) + OTHER_SIGN * sum(not part.sign for part in parts), net)
            for parts in readings(self.ways(tree))
            if (net := self.net_of(name, parts))
        ]
        return max(nets, key=lambda pair: pair[0], default=(0.0, None))[1]

    def ways(self, tree: Expression) -> list[list[Part]]:
        """Return the ways to read each term; none of any where one cannot be read."""
        terms = tree.terms if isinstance(tree, Sum) else (tree,)
        found: list[list[Part]] = []
        for term in terms if len(terms) <= MOST_TERMS else ():
            found.append(list(islice(self.parts(term), MOST_PARTS)))
            if not found[-1]:
                break
        return found if found and found[-1] else [[]]

    def parts(self, term: Expression) -> Iterator[Part]:
        """Yield the ways to read a term."""
        value = number_in(term)
        if value is None:
            return
        inner = term.operand if isinstance(term, Negative) else term
        factors = [number_in(factor) for factor in getattr(inner, "factors", ())]
        if len(factors) == 2 and None not in factors:
            first, second = (abs(factor) for factor in factors if factor is not None)
            for weight, source in ((first, second), (second, first)):
                yield from self.products(weight, source, value)
        if not factors:
            yield from self.worked_out(value)
        if not factors or (len(factors) == 2 and 1.0 in factors):
            for key, number in self.numbers.items():
                if may_be_bias(key) and same(abs(number), abs(value)):
                    yield Part(bias=key, threshold=not same(number, value))

    def products(self, weight: float, source: float, value: float) -> Iterator[Part]:
        """Yield the weights and sources that have these numbers, whose product is a value."""
        for name, number in self.numbers.items():
            if may_be_weight(name) and same(abs(number), weight) and name not in self.used:
                for below, printed in self.sources.items():
                    for each in printed:
                        if same(abs(each), source):
                            yield Part(name, below, sign=same(number * each, value))

    def worked_out(self, value: float) -> Iterator[Part]:
        """Yield the weights and sources of a product that is worked out: by an input of 0 or 1."""
        for name, number in self.numbers.items():
            if may_be_weight(name) and not may_be_bias(name) and name not in self.used:
                for below, printed in self.sources.items():
                    if printed and abs(printed[0]) in (0, 1) and same(number * printed[0], value):
                        yield Part(name, below)

    @cached_property
    def used(self) -> set[Key]:
        """The weights of the known net inputs."""
        return {weight for net in self.nets for weight, _ in net.products}

    def net_of(self, name: Key | None, parts: Sequence[Part]) -> Net | None:
        """Return the net input of one reading; None where it is not one."""
        products = tuple((p.weight, p.source) for p in parts if p.weight and p.source)
        biases = [part for part in parts if part.bias]
        weights, sources = {w for w, _ in products}, {s for _, s in products}
        if not products or len(biases) > 1 or min(len(weights), len(sources)) < len(products):
            return None
        for net in self.nets:  # a layer takes all units of the one below, or none
            others = {source for _, source in net.products}
            if sources & others and sources != others:
                return None
        bias = biases[0] if biases else Part()
        return Net(name, products, bias.bias, bias.threshold)

    def likeliness(self, net: Net) -> float:
        """Return how well sources, order and indices speak for a reading."""
        score = 0.0
        sources = {source for _, source in net.products}
        beside = [each for each in self.nets if {s for _, s in each.products} == sources]
        score += SAME_SOURCES if beside else 0.0
        score += NEW_BIAS if net.bias not in {each.bias for each in self.nets} else 0.0
        ordered = sorted(net.products, key=lambda pair: natural(pair[1]))
        score += IN_ORDER * sum(natural(a) < natural(b) for (a, _), (b, _) in pairwise(ordered))
        number = digits_of(net.name)
        if number:
            for weight, source in net.products:
                index = digits_of(weight)
                score += OWN_INDEX * (index in (number + digits_of(source), number))
                score += OWN_INDEX * (index == digits_of(source) + number)
            score += OWN_INDEX * (net.bias is not None and digits_of(net.bias) == number)
            score += OWN_INDEX * sum(
                weight[2] == net.name[2] for weight, _ in net.products if net.name
            )
        return score


def put_in_place(names: Expression, numbers: Expression) -> Iterator[tuple[Written, float]]:
    """Yield which number stands for which name, where two formulas have the same shape."""
    match names, numbers:
        case Variable(Written() as name), Variable(Numeral() as numeral):
            if not name.new:
                yield name, numeral.value
        case Variable(Written() as name), Negative(Variable(Numeral() as numeral)):
            if not name.new:
                yield name, -numeral.value
        case _ if type(names) is type(numbers):
            below, beside = children(names), children(numbers)
            if len(below) == len(beside) and len(below) > 0:
                for left, right in zip(below, beside, strict=True):
                    yield from put_in_place(left, right)


def readings(each: Sequence[Sequence[Part]]) -> Iterator[tuple[Part, ...]]:
    """Yield the ways to read all terms, in which no weight and no source stands twice."""
    budget = MOST_READINGS

    def further(chosen: tuple[Part, ...]) -> Iterator[tuple[Part, ...]]:
        nonlocal budget
        budget -= 1
        if len(chosen) == len(each):
            yield chosen
            return
        for part in each[len(chosen)]:
            twice = any(
                (part.weight and part.weight == other.weight)
                or (part.source and part.source == other.source)
                for other in chosen
            )
            if not twice and budget > 0:
                yield from further((*chosen, part))

    yield from further(())


def number_in(tree: Expression) -> float | None:
    """Return the value of a product of numbers, None where it is anything else."""
    match tree:
        case Variable(numeral) if hasattr(numeral, "value"):
            return float(numeral.value)
        case Negative(operand):
            inner = number_in(operand)
            return None if inner is None else -inner
        case Product(factors):
            numbers = [number_in(factor) for factor in factors]
            if None in numbers:
                return None
            value = 1.0
            for number in numbers:
                value *= number or 0.0
            return value
    return None


def same(first: float, second: float) -> bool:
    """Return whether two numbers are the same but for the last bits of a product."""
    return abs(first - second) <= 1e-9 * max(abs(first), abs(second), 1e-9)
