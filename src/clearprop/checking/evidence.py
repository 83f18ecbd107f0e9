"""What a solution says about a name, for or against each meaning it may have.

Comes in: a name, and the solution that it stands in. Goes out: a score for a meaning. The scores
are weights of evidence: a formula counts more than digits, digits more than a letter.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from clearprop.checking.interpretation import NotKnown
from clearprop.checking.intervals import cut_to, left_open
from clearprop.checking.keys import bare, key_of
from clearprop.checking.letters import LETTERS, Fit
from clearprop.checking.meanings import Meaning, is_given
from clearprop.checking.numerals import has_names, is_close, number_of, values_of
from clearprop.checking.solution import (
    Chain,
    Name,
    Numeral,
    Written,
    WrittenSlope,
    names_and_numerals,
)
from clearprop.errors import ClearpropError
from clearprop.formulas.expressions import Expression, Negative, Sum, Variable
from clearprop.network.quantities import Bias, Updated, Weight

if TYPE_CHECKING:
    from clearprop.checking.names import NameMatcher

FORMULA = 4.0  # that a formula given for the name is exactly the quantity
VALUE = 3.0  # that the digits given are the quantity's
EXACTLY = 0.8  # that they are all its digits
NEAR_VALUE = 1.5  # that they are nearly so
OTHER_VALUE, OTHER_GIVEN = -1.5, -3.0  # that they are not; that a number merely stated is not
OTHER_ANSWER = -2.4  # that a number merely stated is not, where the quantity has to be computed
USE, OTHER_USE = 4.0, -2.5  # that a formula comes out when the name means it; that none does
START = 1.5  # that its update starts from the quantity's value, or not
COMPUTED = -6.0  # that it has a formula, though the quantity is given
TAKEN = -1.0  # that another name means it already
IMPOSSIBLE = -99.0  # that the step has no such quantity
MOST_USES = 3  # formulas that are tried


@dataclass
class Evidence:
    """What a solution says about one name, for or against a meaning."""

    matcher: NameMatcher
    name: Written

    @cached_property
    def chains(self) -> list[Chain]:
        """The chains that begin with the name."""
        return self.matcher.about.get(key_of(self.name), [])

    @cached_property
    def definition(self) -> Meaning | None:
        """The formula that the solution gives a name of its own, for a step on the way."""
        for chain in self.chains:
            for link in chain.links[1:]:
                if link.tree is not None and number_of(link.tree) is None:
                    try:
                        return self.matcher.interpreter.tree(link.tree)
                    except (NotKnown, ClearpropError, LookupError, ValueError):
                        continue
        return None

    @property
    def is_of_bias(self) -> bool:
        """Whether the letter is first of all that of a bias, which few stated numbers tell."""
        return self.kinds.get("bias", 0.0) == max(self.kinds.values(), default=1.0)

    @property
    def kinds(self) -> Fit:
        """What the letter can stand for."""
        return LETTERS.get(self.name.letter, {})

    @cached_property
    def before_update(self) -> list[str]:
        """The numbers from which the name's update starts: 0.8 of w₃_new = 0.8 - 0.1 × ...."""
        found = []
        for chain in self.matcher.solution.chains:
            match chain.links[0].tree:
                case Variable(Written() as name) if key_of(name) == key_of(self.name):
                    trees = [link.tree for link in chain.links[1:]]
                    starts = [tree.terms[0] for tree in trees if isinstance(tree, Sum)]
                    found += [text for start in starts if (text := number_of(start)) is not None]
        return found

    def after_update(self, meaning: Meaning) -> list[float]:
        """Return what a weight or bias is after the update, where the solution computes that."""
        match meaning:
            case Variable(Weight() | Bias() as parameter) if self.before_update:
                return [self.matcher.meanings.exact(Variable(Updated(parameter)))]
            case Negative(Variable(Bias() as bias)) if self.before_update:
                return [-self.matcher.meanings.exact(Variable(Updated(bias)))]
        return []

    @cached_property
    def uses(self) -> list[tuple[Expression, str]]:
        """Formulas that the name stands in, each with the number that the solution has for it."""
        found: list[tuple[Expression, str]] = []
        for chain in self.matcher.solution.chains:
            for link in chain.links[1:]:
                if link.tree is not None and len(found) < MOST_USES:
                    names = [n for n in names_and_numerals(link.tree) if isinstance(n, Written)]
                    if any(key_of(name) == key_of(self.name) for name in names):
                        found += [(link.tree, text) for text in self.matcher.numbers_of(chain)]
        return found

    def is_used_so(self, meaning: Meaning) -> bool:
        """Return whether a formula that the name stands in comes out with that meaning."""
        for tree, digits in self.uses:
            found = self.matcher.value_with(tree, key_of(self.name), meaning)
            if found is not None and fits(digits, found) >= VALUE:
                return True
        return False

    @cached_property
    def digits(self) -> list[str]:
        """The numbers that the name's chains come to; of formulas of numbers alone, their value."""
        found = []
        for chain in self.chains:
            last = chain.links[-1].tree
            found += values_of(chain)
            if not values_of(chain) and last is not None and not has_names(last):
                try:
                    tree = self.matcher.interpreter.tree(last)
                    found.append(f"{self.matcher.meanings.exact(tree):.4g}")
                except (NotKnown, ClearpropError, LookupError, ArithmeticError, ValueError):
                    continue
        return found

    @cached_property
    def formulas(self) -> list[float]:
        """The exact values of the formulas in names that the solution gives."""
        found = []
        for chain in self.chains:
            for link in chain.links[1:]:
                if link.tree is not None and has_names(link.tree):
                    try:
                        tree = self.matcher.interpreter.tree(link.tree)
                        found.append(self.matcher.meanings.exact(tree))
                    except (NotKnown, ClearpropError, LookupError, ArithmeticError, ValueError):
                        continue
        return found

    def of(self, meaning: Meaning) -> float:
        """Return how much speaks for a meaning."""
        try:
            exact = self.matcher.meanings.exact(meaning)
        except (ClearpropError, LookupError):  # no quantity of this step
            return IMPOSSIBLE
        score = TAKEN if self.matcher.is_taken(meaning, key_of(self.name)) else 0.0
        if self.formulas and is_given(meaning):
            score += COMPUTED
        if self.formulas:
            equal = any(is_close(value, exact) for value in self.formulas)
            score += FORMULA if equal else -0.5
        given = all(len(chain.links) == 2 for chain in self.chains)
        digits = self.digits
        if not digits and not self.formulas and self.is_of_bias and self.uses:
            score += USE if self.is_used_so(meaning) else OTHER_USE
        if ("weight" in self.kinds or "bias" in self.kinds) and self.before_update:
            agrees = any(fits(text, exact) >= VALUE for text in self.before_update)
            score += START if agrees else -START
        if digits:
            values = [exact, *self.after_update(meaning)]
            best = max(fits(text, value) for text in digits for value in values)
            stated = OTHER_GIVEN if is_given(meaning) else OTHER_ANSWER
            score += best or (stated if given else OTHER_VALUE)
        return score


def unsettled(matcher: NameMatcher, *trees: Expression | None) -> str:
    """Return why some formulas cannot be held against the network: a name whose letter alone tells.

    Empty where all their names are settled.
    """
    for tree in trees:
        for name in names_and_numerals(tree) if tree is not None else ():
            if not isinstance(name, Numeral) and not is_settled(matcher, name):
                return f"nothing tells whose {name.text} is meant"
    return ""


def is_settled(matcher: NameMatcher, name: Name) -> bool:
    """Return whether more than its letter tells what a name means.

    That is its number, clearprop's name, or layer and place both. Whoever writes formulas for a
    whole layer, or for any unit, gives none of them.
    """
    if isinstance(name, WrittenSlope):
        kinds = LETTERS.get(name.top.letter, {})
        return is_settled(matcher, name.bottom) and (
            "loss" in kinds or is_settled(matcher, name.top)
        )
    before = replace(name, new=False, text=name.text.removesuffix("_new").rstrip("'+"))
    if bare(before.text) in matcher.mapped or matcher.numbers(key_of(name)):
        return True
    if name.superscript.strip("()[]").isdigit() and "".join(name.subscripts).isdigit():
        return True
    meaning = matcher.meaning(before)
    return meaning is not None and meaning == matcher.own_meaning(before.text)


def fits(text: str, exact: float) -> float:
    """Return how well digits fit a value: 0 where they do not."""
    if is_close(float(text), exact):
        return VALUE + EXACTLY
    if left_open(text, "=").holds(exact) or ("." in text and cut_to(text).holds(exact)):
        return VALUE
    return NEAR_VALUE if abs(float(text) - exact) <= 0.02 * abs(exact) else 0.0
