"""The account of some parameters over a span, by the way that their layer and the rule ask for.

Comes in: a run, a selection and a span. Goes out: `Account`.
"""

from collections.abc import Callable

import numpy as np

from clearprop.ledgers.account import Account
from clearprop.ledgers.first_layer import account_by_units
from clearprop.ledgers.selection import Selection
from clearprop.ledgers.stretches import account_by_stretches
from clearprop.ledgers.turns import Reader, span_of
from clearprop.network.parameters import Array
from clearprop.runs.run import Run

LARGE = 1_000_000  # numbers: for fewer, the compiled loop is not worth its loading


def account_of(
    run: Run,
    selection: Selection,
    since: int,
    until: int,
    progress: Callable[[int], object] = lambda done: None,
    groups: Array | None = None,
) -> Account:
    """Return the account of some parameters from `since` to `until` finished updates.

    `groups` numbers the group of each row of the training part, 0, 1, …; without them each visited
    row has sums of its own. `progress` is told the number of steps that are done.

    Raises
    ------
    DataError: it would not fit into the memory.
    Disagreement, RunError: as `Run.at`.
    """
    way = account_by_units if goes_by_units(run, selection) else account_by_stretches
    with np.errstate(all="ignore"):
        return way(span_of(run, since, until, groups), selection, progress)


def goes_by_units(run: Run, selection: Selection) -> bool:
    """Return whether an example always sends the same to many parameters with denominators."""
    numbers = run.replay.plan.job.batches.examples * len(selection.places)
    first = selection.layer == 1 and Reader(run, selection).rule.has_denominators
    return first and numbers > LARGE
