"""Which sign a letter has in a solution: δ is ∂L/∂z with some, -∂L/∂z with others.

Comes in: the names of a solution with their values. Goes out: for each letter the sign that most of
its values have; one that has the other sign is a mistake, not another meaning.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from clearprop.checking.evidence import fits
from clearprop.checking.keys import Key
from clearprop.checking.meanings import Meaning
from clearprop.checking.numerals import values_of
from clearprop.errors import ClearpropError
from clearprop.formulas.expressions import Negative, Product, Variable
from clearprop.network.quantities import Loss, Slope

if TYPE_CHECKING:
    from clearprop.checking.names import NameMatcher


@dataclass
class Conventions:
    """The signs of a solution's letters."""

    matcher: NameMatcher
    known: dict[str, int] = field(default_factory=dict)

    def of(self, letter: str) -> int:
        """Return 1 where a letter stands for slopes, -1 for their negatives, by most of its values.

        0 where it stands for neither. Of as many values for the one as for the other the slopes
        win: a sign is slipped more often than a letter changes its meaning.
        """
        if letter not in self.known:
            votes = [sum(set(self.signs_of(key))) for key in self.matcher.about if key[0] == letter]
            voted = any(votes)
            self.known[letter] = (1 if sum(votes) >= 0 else -1) if voted else 0
        return self.known[letter]

    def signs_of(self, key: Key) -> Iterator[int]:
        """Yield 1 where the values of a name are those of a slope that it can be, -1 likewise."""
        chains = self.matcher.about[key]
        digits = [text for chain in chains for text in values_of(chain)]
        name = chains[0].links[0].tree.name  # type: ignore[union-attr]
        for candidate in self.matcher.candidates.of(name, self.matcher.counted(name)):
            sign = sign_of(candidate.meaning)
            if sign and any(fits(text, self.exact_or_nan(candidate.meaning)) for text in digits):
                yield sign

    def exact_or_nan(self, meaning: Meaning) -> float:
        """Return the exact value of a meaning, NaN where this step has none."""
        try:
            return self.matcher.meanings.exact(meaning)
        except (ClearpropError, LookupError):
            return float("nan")


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
