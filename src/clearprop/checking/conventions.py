"""Conventions: what the letters of a solution keep to from its first line to its last.

Comes in: a solution and the meanings its names have so far. Goes out: the sign that a letter has,
whether slopes of a batch are those before the mean, and whether y is the output or the target.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from clearprop.checking.evidence import Evidence, fits
from clearprop.checking.keys import Key, key_of
from clearprop.checking.meanings import Meaning
from clearprop.checking.numerals import has_names, is_close, values_of
from clearprop.checking.solution import Chain, Written, WrittenSlope, names_and_numerals
from clearprop.errors import ClearpropError
from clearprop.formulas.expressions import (
    Expression,
    Negative,
    Number,
    Product,
    Sum,
    Variable,
    children,
    variables,
)
from clearprop.network.quantities import Activation, Loss, NetInput, Slope, Updated, Weight

if TYPE_CHECKING:
    from clearprop.checking.names import NameMatcher

OTHER_SIGN = -6.0  # that δ is -∂L/∂z where the other δ are ∂L/∂z: digits alone do not say that
OWN_SIGN = 0.5  # that it has the sign of the others
IN_SERIES = 4.0  # that w3 is the weight after those that w1 and w2 are
BEFORE_MEAN = 1.0  # that the other slopes of a batch are those before the mean
OF_ITS_LOSS = 0.5  # that dz⁽²⁾ is the slope of the second example's loss, not of the mean
FEW = 4  # names that are too few to tell whose they are


@dataclass
class Conventions:
    """What the letters of a solution keep to; `signs` holds those found so far."""

    matcher: NameMatcher
    signs: dict[str, int] = field(default_factory=dict)

    @cached_property
    def y_is_output(self) -> bool:
        """Return whether the difference of a y and a t stands somewhere: y then is the output."""
        chains = self.matcher.solution.chains
        trees = (link.tree for chain in chains for link in chain.links)
        return any(tree is not None and has_y_minus_t(tree) for tree in trees)

    @cached_property
    def is_own_scheme(self) -> bool:
        """Whether the values that the solution gives are mostly those clearprop calls so."""
        matcher, about = self.matcher, self.matcher.about
        right = wrong = 0
        subjects = [chains[0].links[0].tree.name for chains in about.values()]  # type: ignore[union-attr]
        if len(subjects) >= FEW and all(matcher.own_meaning(name.text) for name in subjects):
            return True
        for chains in about.values():
            name = chains[0].links[0].tree.name  # type: ignore[union-attr]
            meaning = matcher.own_meaning(name.text)
            digits = [text for chain in chains for text in values_of(chain)]
            if digits and isinstance(meaning, Variable):
                agrees = any(fits(text, matcher.meanings.exact(meaning)) > 0 for text in digits)
                right, wrong = right + agrees, wrong + (not agrees)
            elif digits and not name.new:
                wrong += 1
        return right > 1.5 * wrong

    def sign(self, letter: str) -> int:
        """Return 1 where a letter stands for slopes, -1 for their negatives; 0 for neither.

        Its formulas and those that it is used in tell that, as far as they agree; else most of its
        values: a sign is slipped more often in a number than in a formula and its use. Of as many
        values for the one as for the other the slopes win: a sign is slipped more often than a
        letter changes its meaning.
        """
        if letter not in self.signs:
            keys = [key for key in self.matcher.about if key[0] == letter]
            votes = [sum(set(self.signs_of(key))) for key in keys]
            self.signs[letter] = (1 if sum(votes) >= 0 else -1) if any(votes) else 0
            if self.signs[letter] and (told := sum(map(self.sign_by_formulas, keys))):
                self.signs[letter] = 1 if told > 0 else -1
        return self.signs[letter]

    @property
    def turns_signs(self) -> bool:
        """Whether a name stands for the negative of a slope: taken for it once, it is so always."""
        known = self.matcher.known.values()
        return any(meaning is not None and sign_of(meaning) < 0 for meaning in known)

    def sign_by_formulas(self, key: Key) -> int:
        """Return the sign that a name's formulas, and those it is used in, tell; 0 if they differ.

        Left out are those with other names of the letter: their sign is not told yet.
        """
        matcher, found = self.matcher, set[int]()
        name = matcher.about[key][0].links[0].tree.name  # type: ignore[union-attr]
        candidates = [c.meaning for c in matcher.candidates.of(name, matcher.counted(name))]
        for tree, result in [*self.own_formulas(key), *self.formulas_with(key)]:
            for meaning in filter(sign_of, candidates):
                value = matcher.value_with(tree, key, meaning)
                exact = self.exact_or_nan(result or meaning)
                if value is not None and is_close(value, exact):
                    found.add(sign_of(meaning))
        return sum(found)

    def own_formulas(self, key: Key) -> Iterator[tuple[Expression, None]]:
        """Yield the formulas that the solution gives for a name."""
        for chain in self.matcher.about[key]:
            for tree in formulas(chain):
                if not any(other[0] == key[0] for other in keys_in(tree)):
                    yield tree, None

    def formulas_with(self, key: Key) -> Iterator[tuple[Expression, Meaning]]:
        """Yield formulas with a name for what is no name's matter: ∂L/∂w and w_new."""
        for chain in self.matcher.solution.chains:
            trees = [tree for tree in formulas(chain) if key in keys_in(tree)]
            match chain.links[0].tree:
                case Variable(WrittenSlope() | Written(new=True) as subject) if trees:
                    if (meaning := self.matcher.meaning(subject)) is None:
                        continue
                    for tree in trees:
                        if all(other == key or other[0] != key[0] for other in keys_in(tree)):
                            yield tree, meaning

    def signs_of(self, key: Key) -> Iterator[int]:
        """Yield 1 where the values of a name are those of a slope that it can be, -1 likewise."""
        matcher = self.matcher
        chains = matcher.about[key]
        digits = [text for chain in chains for text in values_of(chain)]
        name = chains[0].links[0].tree.name  # type: ignore[union-attr]
        for candidate in matcher.candidates.of(name, matcher.counted(name)):
            sign = sign_of(candidate.meaning)
            if sign and any(fits(text, self.exact_or_nan(candidate.meaning)) for text in digits):
                yield sign

    def exact_or_nan(self, meaning: Meaning) -> float:
        """Return the exact value of a meaning, NaN where this step has none."""
        try:
            return self.matcher.meanings.exact(meaning)
        except (ClearpropError, LookupError):
            return float("nan")

    def fit(self, evidence: Evidence, meaning: Meaning) -> float:
        """Return what the sign that a letter has here says for or against a meaning.

        Nothing against the very quantity that a formula of the name gives.
        """
        sign, exact = sign_of(meaning) * self.sign(evidence.name.letter), self.exact_or_nan(meaning)
        if sign < 0 and any(is_close(value, exact) for value in evidence.formulas):
            return 0.0
        return {1: OWN_SIGN, 0: 0.0, -1: OTHER_SIGN}[sign]

    def in_series(self, name: Written) -> Meaning | None:
        """Return the weight that a name without a number is, by the weights that its letter counts.

        Where w1 and w2 are the seventh and the eighth weight, w3 is the ninth.
        """
        if self.matcher.numbers(key_of(name)) or not is_counted(name):
            return None
        weights = self.matcher.candidates.weights
        offsets = set()
        others = [other for other in self.matcher.by_text.values() if is_beside(other, name)]
        for other in others:
            match self.matcher.meaning(other) if self.matcher.numbers(key_of(other)) else None:
                case Variable(Weight() as weight):
                    offsets.add(weights.index(weight) - int(other.subscripts[0]))
                case _:
                    return None
        place = offsets.pop() + int(name.subscripts[0]) if len(offsets) == 1 else -1
        return Variable(weights[place]) if len(others) > 1 and 0 <= place < len(weights) else None

    def before_mean(self, name: Written, examples: Number) -> float:
        """Return what speaks for a name's being a slope before the mean: that those known are."""
        votes = 0
        for key, meaning in self.matcher.known.items():
            if key[0].startswith("d") and meaning is not None:
                match meaning:
                    case Product((number, slope)) if number == examples and is_of_unit(slope):
                        votes += 1
                    case _ if is_of_unit(meaning):
                        votes -= 1
        is_mean = self.matcher.meanings.lesson.learning.reduction == "mean"
        of_its_loss = OF_ITS_LOSS * (name.example is not None and is_mean)
        return BEFORE_MEAN * ((votes > 0) - (votes < 0)) + of_its_loss


def is_counted(name: Written) -> bool:
    """Return whether a name has a number behind it, and nothing else that tells it from others."""
    return (
        len(name.subscripts) == 1 and name.subscripts[0].isdecimal() and len(name.subscripts[0]) < 4
    )


def is_beside(other: Written, name: Written) -> bool:
    """Return whether a name is another of the same letter, counted like it."""
    alike = other.letter == name.letter and other.superscript == name.superscript
    return alike and is_counted(other) and other.subscripts != name.subscripts


def formulas(chain: Chain) -> list[Expression]:
    """Return the formulas in names that a chain goes through."""
    trees = [link.tree for link in chain.links[1:]]
    return [tree for tree in trees if tree is not None and has_names(tree)]


def keys_in(tree: Expression) -> list[Key]:
    """Return the keys of the names in a formula."""
    return [key_of(name) for name in names_and_numerals(tree) if isinstance(name, Written)]


def has_y_minus_t(tree: Expression) -> bool:
    """Return whether y - t or t - y stands in a formula."""
    match tree:
        case Sum((Variable(Written() as one), Negative(Variable(Written() as other)))):
            if {one.letter.lower(), other.letter.lower()} == {"y", "t"}:
                return True
    return any(map(has_y_minus_t, children(tree)))


def is_of_unit(slope: Meaning) -> bool:
    """Return whether a slope is by something that a unit has in each example."""
    match slope:
        case Variable(Slope(_, NetInput() | Activation())):
            return True
    return False


def sign_of(meaning: Meaning) -> int:
    """Return 1 for the slope of a loss, -1 for the negative of one, 0 for anything else."""
    match meaning:
        case Variable(Slope(Loss())) | Product((_, Variable(Slope(Loss())))):
            return 1
        case Negative(operand) if sign_of(operand):
            return -1
        case Product((_, Negative(operand))) if sign_of(operand):
            return -1
    return 0


def by_net_input(slope: Meaning) -> Meaning | None:
    """Return ∂L/∂z for ∂L/∂a: what some call dout is of the net input of the output."""
    match slope:
        case Variable(Slope(of, Activation(layer, unit, example))) if layer:
            return Variable(Slope(of, NetInput(layer, unit, example)))
    return None


def is_of_same(other: Meaning, change: Meaning) -> bool:
    """Return whether a meaning is of what changes; of a threshold it is the change alone."""
    of_threshold = isinstance(change, Sum) and isinstance(change.terms[0], Negative)
    of = {name.quantity for name in variables(change) if isinstance(name, Updated)}
    by = {name.wrt for name in variables(other) if isinstance(name, Slope)}
    return other == change or (by == of and not of_threshold)
