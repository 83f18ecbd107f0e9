"""The losses that a step goes by: those whose backward pass was added to its gradients.

Comes in: each loss as the loop makes it, and word that a backward pass came through it. Goes out:
one number for each backward pass: the loss's value where it was the only one; where there were
several, their sum, each times its slope: l(p, y) + 0.5 · l(q, y) has the slopes 1 and 0.5.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TypeAlias

import torch

from clearprop.interop.watching.slopes import when_it_comes_back
from clearprop.interop.watching.turns import backward_now, has_storage

Slope: TypeAlias = torch.Tensor | float | None


class Losses:
    """The losses since the last step that a backward pass came through."""

    def __init__(self) -> None:
        self.gone: list[tuple[int, float, Slope]] = []

    def made(self, loss: torch.Tensor) -> None:
        """Ask to be told when a backward pass comes through a loss."""
        if loss.grad_fn is not None:
            when_it_comes_back(loss, self.came_through, loss.item())

    def came_through(self, value: float, slope: torch.Tensor | None) -> None:
        """Note the backward pass, the loss and its slope.

        Of most steps there is one, and none asks for its slope; of further ones no tensor is kept,
        for there is no end of them in a loop without steps.
        """
        told = slope if slope is None or not self.gone else number(slope)
        self.gone.append((backward_now(), value, told))

    def only(self, backward: int) -> float | None:
        """Return the one loss of the one backward pass that counts; None where there were more."""
        gone = self.gone
        if len(gone) != 1 or gone[0][0] != backward:
            return None
        self.gone = []
        return gone[0][1]

    def taken(self, backwards: Collection[int], own: bool) -> tuple[list[float], int]:
        """Return a number for each backward pass that counts, and of how many losses one was.

        Where none counts, and the gradients are of the loop's `own` making, all are taken.
        """
        found: dict[int, list[tuple[float, Slope]]] = {}
        for backward, value, slope in self.gone:
            if backward in backwards or (own and not backwards):
                found.setdefault(backward, []).append((value, slope))
        self.gone = []
        most = max(map(len, found.values()), default=1)
        return [summed(each) for each in found.values()], most


def number(slope: torch.Tensor | float) -> float | None:
    """Return a slope as a number; None for those of many passes at once (`is_grads_batched`)."""
    if isinstance(slope, torch.Tensor):
        return slope.item() if has_storage(slope) else None
    return slope


def summed(losses: list[tuple[float, Slope]]) -> float:
    """Return the one loss of a backward pass, or the sum of several times their slopes."""
    if len(losses) == 1:
        return losses[0][0]
    slopes = [(value, None if slope is None else number(slope)) for value, slope in losses]
    return sum(value * slope for value, slope in slopes if slope is not None)
