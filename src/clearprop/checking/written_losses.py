"""The losses that a solution writes out as formulas: ½ Σ (t - o)² of its outputs and targets.

Comes in: the chains of a solution. Goes out: the losses of the table that a formula is. A sum is
read for one term, which tells the loss as well; names are told apart by their letters, for the
network may not be known yet.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from clearprop.checking.keys import Key, key_of
from clearprop.checking.kinds import fit_of
from clearprop.checking.products import REDUCING
from clearprop.checking.rules import losses_that_fit, written_names
from clearprop.checking.solution import Chain, IndexedSum, Numeral, Written
from clearprop.checking.structure import natural
from clearprop.checking.units import subject_of
from clearprop.formulas.expressions import Call, Expression, Variable, replace

COUNTS = ("m", "n", "N", "M")  # of examples or outputs
MOST_NAMES = 8  # in one formula


def written_losses(chains: Sequence[Chain]) -> list[str]:
    """Return the losses that are written out, the first one first."""
    found = (loss for tree in loss_formulas(chains) for loss in losses_of(tree))
    return list(dict.fromkeys(found))


def loss_formulas(chains: Sequence[Chain]) -> Iterator[Expression]:
    """Yield the formulas in names of what can be a loss."""
    for chain in chains:
        subject = subject_of(chain)
        if subject is not None and "loss" in fit_of(key_of(subject)):
            for link in chain.links[1:]:
                if link.tree is not None:
                    yield replace(link.tree, of_one_term)


def of_one_term(node: Expression) -> Expression | None:
    """Return the body of a sum or mean, and 1 for the number of its terms."""
    match node:
        case IndexedSum(_, body):
            return replace(body, of_one_term)
        case Call(function, (body,)) if REDUCING.fullmatch(function):
            return replace(body, of_one_term)
        case Variable(Written(letter=letter)) if letter in COUNTS:
            return Variable(Numeral("1"))
    return None


def losses_of(tree: Expression) -> list[str]:
    """Return the losses that a formula over outputs and as many targets is."""
    keys = sorted({key_of(name) for name in written_names(tree)}, key=natural)
    if not keys or len(keys) % 2 or len(keys) > MOST_NAMES:
        return []
    by_letter = sorted(keys, key=targetness)
    half = len(keys) // 2
    found = losses_that_fit(tree, by_letter[:half], by_letter[half:])
    return [name for name in found if name != "huber"]  # it is the half squared error within its δ


def targetness(key: Key) -> float:
    """Return how much a letter speaks for a target, against an output: y may be either."""
    fit = fit_of(key)
    return fit.get("target", 0.0) - max(fit.get(of, 0.0) for of in ("output", "unit", "hidden"))
