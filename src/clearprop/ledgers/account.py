"""The account of some parameters over a span: what each example added, as ledgers show it.

Comes in: what was added up, and the parameters before and after the span. Goes out: `Account`, for
each parameter what each visited example (or each group of them), the weight decay and the state
carried in added to it.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from clearprop.data.memory import check_room
from clearprop.ledgers.additions import Additions
from clearprop.ledgers.selection import Selection, described
from clearprop.ledgers.turns import Reader, Span
from clearprop.network.names import Names
from clearprop.network.parameters import Array
from clearprop.network.quantities import Activation, Weight
from clearprop.training.engine import TrainingState

DECAY, BEFORE = 0, 1  # what adds to parameters and is no example


@dataclass(frozen=True)
class Standing:
    """How some parameters stand before and after a span, each shape (P,).

    Of a frozen parameter nothing is carried: no update brings it what its gradients added up to.
    """

    opening: Array
    closing: Array
    carried_in: Array
    carried_out: Array

    @cached_property
    def moved(self) -> Array:
        """What they changed by."""
        return self.closing - self.opening

    @cached_property
    def direction(self) -> Array:
        """The direction of the change; the first axis where there is none, or one parameter."""
        count, length = len(self.moved), float(np.linalg.norm(self.moved))
        found: Array = self.moved / length if count > 1 and length > 0 else np.eye(1, count)[0]
        return found


@dataclass(frozen=True)
class Account:
    """What made some parameters change over a span.

    rows              of the training part that were visited, and how often: `visits`
    added             what each example (or group of them) added
    carried           likewise, what of it the optimizer still carries at the end
    others_added      shape (2, P): the same of the weight decay and of the state carried in
    others_carried    likewise
    """

    rows: Array
    visits: Array
    added: Additions
    carried: Additions
    others_added: Array
    others_carried: Array
    standing: Standing


def standing_of(reader: Reader, first: TrainingState, last: TrainingState) -> Standing:
    """Return how the parameters of a selection stand in the states before and after a span."""
    opening, closing = (
        state.parameters.vector[reader.selection.places].astype(np.float64)
        for state in (first, last)
    )
    return Standing(opening, closing, reader.carried(first), reader.carried(last))


def check_fits(needed: int, span: Span, selection: Selection, classes: bool, steps: bool) -> None:
    """Raise DataError where an account needs more bytes than there are, with the ways out.

    `classes` says whether it takes less by class, `steps` whether fewer of them do.
    """
    what = f"the ledger of {described(selection)}{',' * (not selection.single)}"
    names, ways = Names(span.run.network), []
    if classes and span.run.source.kind == "classes":
        ways.append("classes (--by class)")
    if selection.units.stop - selection.units.start > 1:
        ways.append(f"a unit (--unit {names.id(Activation(selection.layer, 0, 0))})")
    elif not selection.single:
        ways.append(f"a weight ({names.id(Weight(selection.layer, selection.units.start, 0))})")
    if steps:
        ways.append("fewer steps (--from, --to)")
    what = f"{what} by class" if span.grouped else what
    check_room(needed, what, f"take {' or '.join(ways)}")
