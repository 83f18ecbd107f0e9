"""The ledger of a span of a watched loop: opening + entries = closing.

Comes in: a replay, what the ledger is of, a span. Goes out: the same `Ledger` that clearprop's own
runs have. What PyTorch's numbers do not bear out, but for rounding, is an error and is not shown.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

from clearprop.errors import Disagreement, SettingError
from clearprop.interop.watching.account import OTHERS, Clerk
from clearprop.interop.watching.names import Chosen, Parameters
from clearprop.interop.watching.reading import Recording
from clearprop.interop.watching.replay import Replay
from clearprop.ledgers.account import Standing
from clearprop.ledgers.additions import Vectors
from clearprop.ledgers.ledger import (
    CLASS,
    EXAMPLE,
    LARGEST_ROUNDING,
    Entries,
    Ledger,
    balanced,
    check_asked,
    grouped,
    one,
)

SINGLE_ROUNDING = 1e-2  # of opening and entries, in float32
MOST_CLASSES = 50  # where targets are so many, they are numbers


def ledger_of(
    replay: Replay, weight: str | None, place: str | None, *, unit: str | None = None,
    layer: int | None = None, since: int | None = None, until: int | None = None,
    by: str = "example", progress: Callable[[int], object] = lambda done: None,
) -> Ledger:  # fmt: skip
    """Return the statement of a parameter, of a unit or of a Linear layer.

    Raises
    ------
    UnknownName, SettingError: no such name or span; an optimizer that is not decomposed.
    RunError, Disagreement: as `WatchedRun.at`.
    """
    recording = replay.recording
    chosen = chosen_of(Parameters(recording.watched), weight, unit, layer)
    first, last = 0 if since is None else since, recording.steps if until is None else until
    check_asked(recording.steps, first, last, by)
    check_trained(recording, chosen)
    clerk = Clerk(replay, chosen, first, last)
    clerk.work(progress)
    return Statement(clerk).ledger(by, place)


def check_trained(recording: Recording, chosen: Chosen) -> None:
    """Raise SettingError for what the watched optimizer does not have."""
    others = [each.name for each in recording.watched.parameters if each.group < 0]
    left = [name for name in chosen.places if name in others]
    if left:
        of = "it" if chosen.single else " and ".join(left)
        raise SettingError(
            f"every update left {chosen.id} alone: no gradient of {of} reached the optimizer"
        )


def chosen_of(
    parameters: Parameters, weight: str | None, unit: str | None, layer: int | None
) -> Chosen:
    """Return what the ledger is of: one of the three."""
    if [weight, unit, layer].count(None) != 2:
        raise SettingError(
            "a ledger is of one weight or bias (weight, such as W1[3,7]), of a unit (unit, such as"
            " a1[3]) or of a layer (layer, such as 1): name one of them"
        )
    if weight is not None:
        return parameters.find(weight)
    return parameters.layer(layer) if unit is None else parameters.unit(unit)


class Statement:
    """The account of a clerk as entries that add up."""

    def __init__(self, clerk: Clerk) -> None:
        self.clerk = clerk

    def ledger(self, by: str, place: str | None) -> Ledger:
        """Return the ledger of the account."""
        clerk, chosen = self.clerk, self.clerk.chosen
        sources = self.examples()
        if by == CLASS:
            sources = grouped(sources, self.classes(sources))
        standing = Standing(clerk.opening, clerk.closing, clerk.carried_in, clerk.carried_out)
        carries = any(rule.carried for rule in clerk.rules)
        entries = (sources, *self.others())
        return Ledger(
            run=clerk.recording.name,
            name=chosen.id,
            single=chosen.single,
            since=clerk.since,
            until=clerk.until,
            **balanced(standing, entries, carries, self.check),
            remarks=tuple(self.remarks()),
            place=place,
            traceable=False,
        )

    def check(self, rounding: float, amounts: Sequence[float]) -> None:
        """Raise Disagreement where more than rounding is missing."""
        size = math.fsum(map(abs, amounts))
        dtypes = {
            e.dtype
            for e in self.clerk.recording.watched.parameters
            if e.name in self.clerk.chosen.places
        }
        most = LARGEST_ROUNDING if dtypes == {"float64"} else SINGLE_ROUNDING
        if not abs(rounding) <= most * size and math.isfinite(size):
            raise Disagreement(
                f"the entries of {self.clerk.chosen.id} lack {rounding:.3g} of its change; the"
                " optimizer did something else than its options say, so it is not shown"
            )

    def examples(self) -> Entries:
        """Return the entry of each row."""
        account = self.clerk.account
        rows = account.rows.tolist()
        count = len(rows)
        return Entries(
            EXAMPLE, Vectors(account.added[:count]), Vectors(account.carried[:count]), rows,
            [account.labels[row] for row in rows], account.visits.tolist(),
        )  # fmt: skip

    def classes(self, examples: Entries) -> list[str]:
        """Return the classes that the rows are of."""
        labels = [label or "" for label in examples.labels]
        found = sorted(set(labels), key=lambda label: (len(label), label))
        if "" in found or len(found) > max(MOST_CLASSES, len(labels) // 2):
            raise SettingError(
                "a ledger by class needs classes: targets that the loss module was given, and many"
                " rows of each"
            )
        return found

    def others(self) -> Iterator[Entries]:
        """Yield the entries that are of no example, where there is anything in them."""
        account = self.clerk.account
        for entry in OTHERS:
            slot = account.slot(entry)
            if account.added[slot].any() or account.carried[slot].any():
                yield one(entry, account.added[slot], account.carried[slot])

    def remarks(self) -> Iterator[str]:
        """Yield in sentences how the entries came about."""
        clerk, rule = self.clerk, self.clerk.rules[-1]
        chosen, name = clerk.chosen, rule.name
        if rule.has_denominators:
            yield f"Linear given each step's denominators, which {name} draws from all examples."
        else:
            yield f"Exactly linear: {name} adds up what the examples ask for."
        if clerk.scaled:
            yield "Each share is multiplied by what its step's gradient was scaled by (clipping)."
        if chosen.linear is None:
            yield f"{chosen.name} lies in no Linear layer: its gradients are told as a whole."
        elif clerk.changed:
            yield "Some gradients were changed in the loop: what that adds is not by example."
        if not chosen.single:
            yield (
                "Amounts are the parts of what was added along the change of all"
                f" {clerk.size:,} numbers, and add up; norms, by which entries are ranked, do not."
            )
        yield "Rows are numbered as the loop first showed them; rounding is of PyTorch's numbers."
