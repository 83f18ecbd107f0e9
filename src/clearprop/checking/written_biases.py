"""Biases that stand only in the sums of a solution: the 0.25 of 0.1 × 0.2 + 0.4 × 0.7 + 0.25.

Comes in: the chains, the weights of each layer, the inputs. Goes out: a bias for each unit whose
sum is written in numbers: the one term that is no weight times something. Other units of its layer
have the same one, for whoever leaves sums out has said so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from clearprop.checking.keys import key_of
from clearprop.checking.kinds import OF_UNITS, fit_of
from clearprop.checking.numerals import is_close, number_of, without_sign
from clearprop.checking.put_in import number_in
from clearprop.checking.rules import value_at
from clearprop.checking.solution import Chain, Matrix
from clearprop.checking.units import subject_of
from clearprop.formulas.expressions import Expression, Product, Sum
from clearprop.network.parameters import Array

Biases = tuple[Array | None, ...]


@dataclass(frozen=True)
class Weighted:
    """A sum in numbers: its products, each as factors and value, and the one number besides."""

    products: tuple[tuple[tuple[float, ...], float], ...]
    bias: float


def biases_in_sums(chains: Sequence[Chain], weights: Sequence[Array], x: Array) -> Biases | None:
    """Return the biases of the layers, None where no sum has one."""
    sums = list(dict.fromkeys(weighted_sums(chains)))  # each is that of one unit
    found: list[Array | None] = []
    for layer, rows in enumerate(weights):
        sources = x if layer == 0 else None
        each = [taken_bias(sums, row, sources) for row in rows]
        told = {bias for bias in each if bias is not None}
        if not told:
            found.append(None)
        elif None not in each or len(told) == 1:
            shared = next(iter(told))
            found.append(np.array([shared if bias is None else bias for bias in each]))
        else:
            return None
    return tuple(found) if any(row is not None for row in found) else None


def left_over(chains: Sequence[Chain]) -> str:
    """Return the first number in the sum of a net input that stands nowhere alone, "" without."""
    alone = {abs(float(text)) for chain in chains for text in numbers_alone(chain)}
    for chain in chains:
        subject = subject_of(chain)
        if subject is not None and OF_UNITS & set(fit_of(key_of(subject))):
            for each in weighted_sums([chain]):
                numbers = [*(n for factors, _ in each.products for n in factors), abs(each.bias)]
                for number in numbers:
                    if not any(is_close(number, other) for other in alone):
                        return f"{number:g}"
    return ""


def numbers_alone(chain: Chain) -> Iterator[str]:
    """Yield the numbers that a chain states or comes to, those of a matrix too."""
    for link in chain.links[1:]:
        yield from numbers_in(link.tree)


def weighted_sums(chains: Sequence[Chain]) -> Iterator[Weighted]:
    """Yield the sums of products of two numbers with one number besides."""
    for chain in chains:
        for link in chain.links:
            if isinstance(link.tree, Sum):
                parts = [(term, without_sign(term)) for term in link.tree.terms]
                others = [number_in(term) for term, bare in parts if not isinstance(bare, Product)]
                if len(others) != 1 or others[0] is None:
                    continue
                products = [product_of(term) for term, bare in parts if isinstance(bare, Product)]
                known = [product for product in products if product is not None]
                if len(known) == len(products) > 0:
                    yield Weighted(tuple(known), others[0])


def product_of(term: Expression) -> tuple[tuple[float, ...], float] | None:
    """Return the factors of a product of numbers, without their signs, and its value."""
    inner, value = without_sign(term), value_at(term, {})
    factors = inner.factors if isinstance(inner, Product) else ()
    numbers = [number_in(factor) for factor in factors]
    known = tuple(abs(number) for number in numbers if number is not None)
    return (known, value) if len(known) == len(numbers) and value is not None else None


def taken_bias(sums: list[Weighted], row: Array, x: Array | None) -> float | None:
    """Return the bias of a unit, and take its sum out: the one with its weights times inputs x."""
    for place, each in enumerate(sums):
        if len(each.products) == len(row):
            for inputs in [None] if x is None else x:
                sources = [None] * len(row) if inputs is None else inputs
                if all(map(has_weight, each.products, row, sources)):
                    return sums.pop(place).bias
    return None


def has_weight(
    product: tuple[tuple[float, ...], float], weight: float, source: float | None
) -> bool:
    """Return whether a product is that of a weight, and of a source where that is known."""
    factors, value = product
    if source is not None and not is_close(value, weight * source):
        return False
    return any(is_close(factor, abs(weight)) for factor in factors)


def numbers_in(tree: Expression | None) -> Iterator[str]:
    """Yield the number that a side is, or those of a matrix."""
    if isinstance(tree, Matrix):
        yield from (text for row in tree.rows for entry in row for text in numbers_in(entry))
    elif (text := number_of(tree)) is not None:
        yield text
