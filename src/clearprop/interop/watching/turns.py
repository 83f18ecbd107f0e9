"""The backward passes through a piece since the last step, and to which gradients each was added.

Comes in: what comes back to a piece's end, and word of each gradient that a pass was added to. Goes
out: what stood in the gradients before, which passes count, and for which parameters. A pass that
was added to none (`torch.autograd.grad`, or all of them frozen) does not count.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

import torch

from clearprop.interop.watching.tape import Pass

NONE = -1  # PyTorch's own number for no backward pass
NOTHING: frozenset[str] = frozenset()
Stamp: TypeAlias = tuple[int, int]  # of a gradient: its version, and where it lies


backward_now: Callable[[], int] = torch._C._current_graph_task_id
"""Return the number of the backward pass that is under way; NONE outside of one."""

has_storage: Callable[[torch.Tensor], bool] = torch._C._has_storage
"""Return whether a tensor has memory of its own: sparse ones and those in torch.func have none."""

keeps_graph: Callable[[], bool] = torch._C._autograd._get_current_graph_task_keep_graph
"""Return whether a backward pass may come through the same graph after the one under way."""


def stamp(gradient: torch.Tensor) -> Stamp:
    """Return what differs once a gradient was changed in place, or another was put in its place."""
    return gradient._version, gradient.data_ptr()


@dataclass(slots=True)
class Turns:
    """The backward passes through one piece since the last step.

    own       the names of its parameters that are followed; leaves: these themselves
    count     how many passes there are; backwards: PyTorch's numbers of those that are closed
    now       PyTorch's number of the one that is open, and reached: those it was added to by now
    ever      the parameters that any was added to
    zero      those whose gradients stood at 0 before; changed: at what no pass of the piece made
    undo      what count, zero and changed were before the open one
    """

    own: list[str]
    leaves: list[torch.Tensor]
    count: int = 0
    backwards: list[int] = field(default_factory=list)
    now: int = NONE
    reached: list[str] = field(default_factory=list)
    ever: frozenset[str] = NOTHING
    zero: frozenset[str] = NOTHING
    changed: frozenset[str] = NOTHING
    undo: tuple[int, frozenset[str], frozenset[str]] = (0, NOTHING, NOTHING)

    def forget(self) -> None:
        """Begin anew: nothing is in the gradients."""
        self.count, self.backwards, self.now = 0, [], NONE
        self.ever = self.zero = self.changed = NOTHING

    def close(self, piece: int, passes: list[Pass]) -> None:
        """End the open pass: mark what it was not added to; where that is all, it never was."""
        if self.now == NONE:
            return
        if not self.reached:
            passes[:] = [e for e in passes if e.piece != piece or e.turn != self.count]
            self.count, self.zero, self.changed = self.undo
        else:
            self.backwards.append(self.now)
            self.ever = self.ever.union(self.reached)
            if len(self.reached) < len(self.own):
                self.mark_idle(piece, passes)
        self.now = NONE

    def mark_idle(self, piece: int, passes: list[Pass]) -> None:
        """Mark the open pass with the parameters that it was not added to."""
        idle = [name for name in self.own if name not in self.reached]
        for place, each in enumerate(passes):
            if each.piece == piece and each.turn == self.count:
                names = dict.fromkeys([*each.idle, *idle])
                passes[place] = each._replace(idle=tuple(names))

    def begins(self) -> bool:
        """Open a pass where there are none and no gradients, as in most loops; return whether."""
        if self.count or self.ever:
            return False
        for leaf in self.leaves:
            if leaf.grad is not None:
                return False
        self.now, self.reached = backward_now(), []
        self.undo = (0, self.zero, self.changed)
        self.count, self.zero, self.changed = 1, NOTHING, NOTHING
        return True

    def open(self, parameters: Mapping[str, torch.Tensor], stamps: Mapping[str, Stamp]) -> None:
        """Note what stands in the gradients before a pass is added to them."""
        if self.begins():
            return
        self.now, self.reached = backward_now(), []
        self.undo = (self.count, self.zero, self.changed)
        self.count += 1
        zero, changed = set(self.zero), set(self.changed)
        for name in self.own:
            gradient = parameters[name].grad
            if name in self.ever:
                if gradient is None or stamp(gradient) != stamps.get(name):
                    changed.add(name)
                continue
            zero.discard(name)
            changed.discard(name)
            if gradient is not None:
                (changed if gradient.any() else zero).add(name)
        self.zero, self.changed = frozenset(zero), frozenset(changed)

    def thrown_away(
        self, parameters: Mapping[str, torch.Tensor], stamps: Mapping[str, Stamp]
    ) -> bool:
        """Return whether the passes were: by `zero_grad`, without a step."""
        if not self.ever:
            return False
        found = {name: parameters[name].grad for name in self.ever}
        if all(g is not None and stamp(g) == stamps.get(name) for name, g in found.items()):
            return False
        return not any(g is not None and bool(g.any()) for g in found.values())
