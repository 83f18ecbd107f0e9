"""The known misconceptions, each a variant of the computation that is run: one table.

A new one is an entry in the file of its phase: an id, a sentence, and a function that yields other
trees for a quantity. `naming.py` finds the one behind a printed number.
"""

from __future__ import annotations

from collections.abc import Mapping

from clearprop.checking.mistakes import backward, digits, forward, gradients, losses, steps, updates
from clearprop.checking.mistakes.digits import SLIPS, Slip
from clearprop.checking.mistakes.mistake import Computation, Mistake

VARIANTS: tuple[Mistake, ...] = tuple(
    sorted(
        (
            *backward.MISTAKES,
            *gradients.MISTAKES,
            *losses.MISTAKES,
            *updates.MISTAKES,
            *forward.MISTAKES,
            *steps.MISTAKES,
            *digits.MISTAKES,
        ),
        key=lambda mistake: mistake.rank,
    )
)
MISTAKES: Mapping[str, Mistake | Slip] = {
    **{mistake.id: mistake for mistake in VARIANTS},
    **{slip.id: slip for slip in SLIPS},
}
HABITS = frozenset(mistake.id for mistake in VARIANTS) - {  # made again by whoever made them once
    *("sign_flipped", "factor_two_added", "factor_two_lost", "early_rounding")
}
AND = "+"  # joins the ids of two mistakes that were made together


def sentence(name: str) -> str:
    """Return what a mistake's id means, for the student; of two made together, both.

    >>> sentence("bias_forgotten")
    'The bias was left out of the net input.'
    """
    return " ".join(MISTAKES[part].sentence for part in name.split(AND))


__all__ = [  # noqa: RUF022 - in the order of `sorted`, as every room has them
    "AND",
    "Computation",
    "HABITS",
    "MISTAKES",
    "Mistake",
    "SLIPS",
    "Slip",
    "VARIANTS",
    "sentence",
]
