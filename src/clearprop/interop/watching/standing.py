"""What stands in parameters and gradients, and what but the loop's own passes changed it.

`Marks` tells which parameters were changed since the optimizer's last step; `Gradients` follows
each gradient from the backward pass to the step: it was None or 0 before, passes added to it, and
then it was used as it was, times a number (clipping), or changed in another way. In the last case
it is recorded as a whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import torch

from clearprop.errors import SettingError
from clearprop.interop.watching.folder import Watched
from clearprop.interop.watching.gradients import RowsOf, common_factor, gradients_of
from clearprop.interop.watching.mark_kernels import differing, summed
from clearprop.interop.watching.pieces import Piece
from clearprop.interop.watching.tape import Pass
from clearprop.interop.watching.turns import NONE, Stamp, Turns, backward_now, stamp
from clearprop.network.parameters import Array

DATA_PTR = torch.Tensor.data_ptr
SAMPLE = 512  # entries of a gradient by which it is seen what it was multiplied by


class Marks:
    """A number for the bits of each parameter, and which have changed since it was taken."""

    def __init__(self, parameters: dict[str, torch.Tensor]) -> None:
        self.parameters, self.tensors = parameters, [*parameters.values()]
        self.bytes = sum(t.numel() * t.element_size() for t in self.tensors)
        self.lie: list[int] = []
        self.table = np.zeros((3, len(self.tensors)), np.int64)  # addresses, sizes, marks
        self.at = self.table.ctypes.data
        self.find()
        self.take()

    def find(self) -> None:
        """Find where the parameters lie; the memory is `held` as long as it is looked at."""
        self.held = [tensor.untyped_storage() for tensor in self.tensors]
        self.lie = [*map(DATA_PTR, self.tensors)]
        self.table[0], self.table[1] = self.lie, [*map(span, self.tensors)]

    def take(self) -> None:
        """Take the marks of this moment."""
        summed(self.at, len(self.lie))

    def changed(self) -> dict[str, Array]:
        """Return the parameters that have changed since, as they are."""
        if self.lie != [*map(DATA_PTR, self.tensors)]:
            self.find()
        if not differing(self.at, len(self.lie)):
            return {}
        before = self.table[2].copy()
        self.take()
        differs, self.table[2] = self.table[2] != before, before
        return {
            name: np.array(tensor.detach().numpy(), order="C")
            for (name, tensor), other in zip(self.parameters.items(), differs, strict=True)
            if other
        }


def span(tensor: torch.Tensor) -> int:
    """Return how many bytes there are from a tensor's first number to its last."""
    if tensor.numel() == 0:
        return 0
    steps = zip(tensor.shape, tensor.stride(), strict=True)
    return (1 + sum((size - 1) * stride for size, stride in steps)) * tensor.element_size()


@dataclass(slots=True)
class Used:
    """What is to be recorded of the gradients of a step."""

    passes: list[Pass]
    zeros: list[int | str] = field(default_factory=list)
    factors: dict[str, float] = field(default_factory=dict)
    whole: dict[str, Array] = field(default_factory=dict)
    late: bool = False  # what changed parameters came after the passes
    absent: list[str] = field(default_factory=list)


class Gradients:
    """Follows the gradients of the parameters from pass to step."""

    def __init__(
        self, pieces: Sequence[Piece], parameters: dict[str, torch.Tensor], watched: Watched,
        rows_of: RowsOf,
    ) -> None:  # fmt: skip
        self.pieces, self.parameters, self.rows_of = pieces, parameters, rows_of
        trained = {each.name for each in watched.parameters if each.group >= 0}
        self.own = [
            [n for n in piece.parameters if n in trained and parameters[n].requires_grad]
            for piece in pieces
        ]
        self.followed_by = [(name, parameters[name]) for names in self.own for name in names]
        inside = {name for names in self.own for name in names}
        self.outside = [name for name in parameters if name in trained - inside]
        self.doubted: set[str] = set()  # examples alone do not make their gradients
        self.stamps: dict[str, Stamp] = {}
        self.samples: dict[str, Array] = {}
        self.sampling = False
        self.leaves = [[parameters[name] for name in own] for own in self.own]
        self.turns = [Turns(*each) for each in zip(self.own, self.leaves, strict=True)]
        self.elsewhere: dict[str, set[int]] = {}  # backward passes that reached those outside

    # --- following -------------------------------------------------------------------------------

    def hooks(self) -> list[Any]:
        """Return the hooks that tell when a gradient is complete."""
        inside = [
            self.parameters[name].register_post_accumulate_grad_hook(
                partial(self.complete, name, turns)
            )
            for turns in self.turns
            for name in turns.own
        ]
        return inside + [
            self.parameters[name].register_post_accumulate_grad_hook(
                partial(self.complete_elsewhere, name)
            )
            for name in self.outside
            if self.parameters[name].requires_grad
        ]

    def complete(self, name: str, turns: Turns, parameter: torch.Tensor) -> None:
        """Note that a pass has been added to a gradient."""
        gradient = parameter.grad
        assert gradient is not None, "a pass was added to it"
        self.stamps[name] = (gradient._version, gradient.data_ptr())
        if turns.now == backward_now():
            turns.reached.append(name)
        else:  # not through its piece: a penalty's own backward pass
            turns.changed |= {name}
        if self.sampling:
            self.samples[name] = sample(gradient)

    def complete_elsewhere(self, name: str, parameter: torch.Tensor) -> None:
        """Note a backward pass that reached a parameter outside of the pieces."""
        assert parameter.grad is not None, "a pass was added to it"
        if parameter.grad._version == 0:  # there was none to add to
            self.elsewhere[name] = {backward_now()}
        else:
            self.elsewhere.setdefault(name, set()).add(backward_now())

    def turn(self, piece: int, passes: list[Pass]) -> int:
        """Return which backward pass since the last step this is for a piece.

        Passes whose gradients have been thrown away since (`zero_grad` without a step) are, too.
        """
        turns = self.turns[piece]
        if turns.now != backward_now():
            if turns.count:
                turns.close(piece, passes)
            if turns.thrown_away(self.parameters, self.stamps):
                self.drop(piece, passes)
            turns.open(self.parameters, self.stamps)
        return turns.count

    def drop(self, piece: int, passes: list[Pass]) -> None:
        """Drop the passes of a piece, which are no longer in its gradients."""
        passes[:] = [each for each in passes if each.piece != piece]
        for backwards in self.elsewhere.values():
            backwards.difference_update(self.turns[piece].backwards)
        self.turns[piece].forget()

    def frozen(self, piece: int) -> tuple[str, ...]:
        """Return the parameters of a piece that want no gradient at the moment."""
        return tuple([n for n in self.own[piece] if not self.parameters[n].requires_grad])

    def standing(self, name: str) -> torch.Tensor:
        """Return a gradient that is there."""
        gradient = self.parameters[name].grad
        assert gradient is not None, "it is present"
        return gradient

    @property
    def backwards(self) -> set[int]:
        """PyTorch's numbers of the backward passes that are in the gradients."""
        own = (turns.backwards for turns in self.turns)
        return set().union(*self.elsewhere.values(), *own)

    def stepped(self) -> None:
        """Begin the next step."""
        for turns in self.turns:
            turns.forget()
        self.elsewhere.clear()

    # --- at the step -----------------------------------------------------------------------------

    def used(self, passes: list[Pass], look: bool, jumped: bool) -> Used:
        """Return what is to be recorded of the gradients that the step will use.

        `look` has the passes gone through once more, to see whether they make the gradients; and so
        does that parameters have `jumped`: where they make others now, the jump came after them.
        """
        for piece, turns in enumerate(self.turns):
            turns.close(piece, passes)
        if not (look or jumped) and self.as_added():
            return Used(passes, self.zeros)
        found = Used(passes)
        names: list[str] = [*self.outside]
        for piece in range(len(self.own)):
            names += self.followed(piece, found)
        found.zeros = self.zeros
        if look or jumped:
            wrong = self.looked_at(found, {*names})
            found.late = jumped and bool(wrong)
            if not jumped:
                self.doubted |= set(wrong)
            names += wrong
        for name in names:
            gradient = self.parameters[name].grad
            if gradient is not None:
                found.whole[name] = as_a_whole(name, gradient)
        return found

    @property
    def zeros(self) -> list[int | str]:
        """The pieces whose gradients stood at 0; where that is of a part, the parameters."""
        found: list[int | str] = []
        for piece, turns in enumerate(self.turns):
            if turns.zero:
                found += [piece] if len(turns.zero) == len(turns.own) else sorted(turns.zero)
        return found

    def made_at_once(self) -> int:
        """Return the number of the backward pass that alone made all gradients, of nothing.

        So it is in most loops. Where something else took part, or changed one since: NONE.
        """
        if self.outside or self.doubted or not self.followed_by:
            return NONE
        backward = NONE
        for turns in self.turns:
            if turns.own:
                backward = turns.now if backward == NONE else backward
                if (
                    turns.now != backward or turns.count != 1 or turns.zero or turns.changed
                    or len(turns.reached) != len(turns.own)
                ):  # fmt: skip
                    return NONE
        return backward if self.untouched() else NONE

    def untouched(self) -> bool:
        """Return whether all gradients are, to the bit, what passes have made of them."""
        stamps = self.stamps
        for name, parameter in self.followed_by:
            gradient = parameter.grad
            if gradient is None or (gradient._version, gradient.data_ptr()) != stamps.get(name):
                return False
        return True

    def as_added(self) -> bool:
        """Return whether all gradients are what passes through their pieces add up to."""
        if self.outside or self.doubted:
            return False
        for turns in self.turns:
            if turns.changed or len(turns.ever) != len(turns.own):
                return False
        return self.untouched()

    def followed(self, piece: int, found: Used) -> list[str]:
        """Return which of a piece's gradients are recorded as a whole; note factors of others."""
        turns, whole, touched = self.turns[piece], [], []
        present = [name for name in turns.own if self.parameters[name].grad is not None]
        if turns.ever.isdisjoint(present):  # thrown away before the step
            self.drop(piece, found.passes)
        turns.zero = turns.zero.intersection(present)
        found.absent += [n for n in turns.own if n in turns.ever and n not in present]
        for name in present:
            gradient = self.standing(name)
            if name in turns.changed or name in self.doubted:
                whole.append(name)
            elif name not in turns.ever:
                if gradient.any():
                    whole.append(name)
                else:
                    turns.zero |= {name}
            elif stamp(gradient) != self.stamps.get(name):
                touched.append(name)
        if not touched:
            return whole
        factors = self.factors(touched)
        self.sampling = True
        found.factors |= {name: f for name, f in factors.items() if f is not None and f != 1.0}
        return [*whole, *(name for name, factor in factors.items() if factor is None)]

    def factors(self, names: list[str]) -> dict[str, float | None]:
        """Return what gradients were multiplied by, by their samples: all by one, or each."""
        if not all(name in self.samples for name in names):
            return dict.fromkeys(names)
        now = {name: sample(self.standing(name)) for name in names}
        before = np.concatenate([self.samples[name] for name in names])
        common = common_factor(before, np.concatenate([*now.values()]))
        if common is not None:
            return dict.fromkeys(names, common)
        return {name: common_factor(self.samples[name], now[name]) for name in names}

    def looked_at(self, found: Used, whole: set[str]) -> list[str]:
        """Go through the passes again; return whose gradients they do not make after all."""
        wanted = {name for names in self.own for name in names}  # whatever is frozen by now
        values = {n: t.detach().requires_grad_(n in wanted) for n, t in self.parameters.items()}
        made, _ = gradients_of(found.passes, found.zeros, self.pieces, values, self.rows_of)
        wrong = []
        for names in self.own:
            for name in set(names) - whole - set(found.absent):
                used, summed = self.parameters[name].grad, made.get(name)
                if used is None and summed is None:
                    continue
                factor = found.factors.get(name, 1.0)
                if used is None or summed is None or not equal(summed * factor, used):
                    wrong.append(name)
                    found.factors.pop(name, None)
        return wrong


def as_a_whole(name: str, gradient: torch.Tensor) -> Array:
    """Return a copy of a gradient; SettingError for one that is no plain array."""
    if gradient.layout is not torch.strided:
        raise SettingError(
            f"the gradient of {name} is sparse, and watch records dense ones only; make it"
            " without sparse=True"
        )
    return np.array(gradient.detach().numpy(), order="C")


def sample(gradient: torch.Tensor) -> Array:
    """Return some entries of a gradient, evenly spaced."""
    flat = gradient.detach().numpy().reshape(-1)
    return flat[:: max(1, flat.size // SAMPLE)].copy()


def equal(one: torch.Tensor, other: torch.Tensor) -> bool:
    """Return whether two tensors have the same numbers, NaN for NaN."""
    return np.array_equal(one.numpy(), other.detach().numpy(), equal_nan=True)
