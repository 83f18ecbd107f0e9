"""Passes through pieces -> their gradients, by the operations that PyTorch did in the loop.

Comes in: the passes of a step, the pieces, and the parameters as they stood. Goes out: for each
parameter the gradient that the passes add up to, and for each Linear layer its inputs and deltas.
And the way back: what a gradient was multiplied by between the backward pass and the step.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from clearprop.interop.watching.pieces import Layer, Piece
from clearprop.interop.watching.tape import Batch, Pass
from clearprop.network.parameters import Array

RowsOf = Callable[[Pass], Array]  # a pass -> what came in at its piece's beginning


@dataclass(frozen=True)
class LinearPass:
    """What a Linear layer saw of a pass: inputs, shape (…, n_in), and δ, shape (…, n_out).

    `idle` are the parameters to whose gradients the pass was not added.
    """

    layer: Layer
    batch: Batch
    entered: Array
    delta: Array
    idle: tuple[str, ...] = ()

    @property
    def lines(self) -> int:
        """How many lines it has, each a vector that came in: m of them, or more of sequences."""
        return int(self.delta[..., 0].size)

    @property
    def places(self) -> int | None:
        """How many lines are of one row, of a sequence several; None where lines are of no rows."""
        rows = self.batch.rows
        if rows is None or self.delta.ndim < 2 or len(self.delta) != len(rows):
            return None
        return self.lines // max(1, len(rows))


@dataclass
class Met:
    """A Linear layer that a pass goes through; `delta` comes with the backward pass."""

    layer: Layer
    origin: Pass
    entered: torch.Tensor
    delta: torch.Tensor | None = None

    def keep(self, delta: torch.Tensor) -> None:
        """Keep what comes back."""
        self.delta = delta


def gradients_of(
    passes: Sequence[Pass],
    zeros: Collection[int | str],
    pieces: Sequence[Piece],
    parameters: Mapping[str, torch.Tensor],
    rows_of: RowsOf,
) -> tuple[dict[str, torch.Tensor], list[LinearPass]]:
    """Return the gradients that passes add up to, and what each Linear layer saw."""
    leaves: dict[str, torch.Tensor] = {}
    seen: list[LinearPass] = []
    standing = set(zeros)
    for number, piece in enumerate(pieces):
        own = [each for each in passes if each.piece == number]
        if not own and standing.isdisjoint((number, *piece.parameters)):
            continue
        for name in piece.parameters:
            tensor = parameters[name]
            leaves[name] = tensor.detach().requires_grad_(tensor.requires_grad)
            if tensor.requires_grad and not standing.isdisjoint((number, name)):
                leaves[name].grad = torch.zeros_like(tensor)
        for turn in sorted({each.turn for each in own}):
            seen += gone_through(piece, [e for e in own if e.turn == turn], leaves, rows_of)
    found = {name: leaf.grad for name, leaf in leaves.items() if leaf.grad is not None}
    return found, seen


def gone_through(
    piece: Piece, passes: Sequence[Pass], leaves: Mapping[str, torch.Tensor], rows_of: RowsOf
) -> list[LinearPass]:
    """Go through a piece for one backward pass of the loop; return what its Linear layers saw."""
    met: list[Met] = []
    outputs, slopes = [], []
    with torch.enable_grad():
        for each in reversed(passes):  # what came back first had gone out last

            def note(layer: Layer, x: torch.Tensor, z: torch.Tensor, origin: Pass = each) -> None:
                met.append(Met(layer, origin, x.detach()))
                if z.requires_grad:
                    z.register_hook(met[-1].keep)

            x = torch.tensor(rows_of(each))
            output = piece.forward(x, frozen(leaves, each.idle), note)
            if output.requires_grad:
                outputs.append(output)
                slopes.append(torch.tensor(each.gradient))
        torch.autograd.backward(outputs, slopes)
    return [
        LinearPass(
            each.layer,
            each.origin.batch,
            each.entered.numpy(),
            each.delta.detach().numpy(),
            each.origin.idle,
        )
        for each in met
        if each.delta is not None
    ]


def frozen(leaves: Mapping[str, torch.Tensor], idle: Sequence[str]) -> Mapping[str, torch.Tensor]:
    """Return parameters of which some get no gradient."""
    return {**leaves, **{name: leaves[name].detach() for name in idle}} if idle else leaves


# --- what a gradient was multiplied by -----------------------------------------------------------


def common_factor(summed: Array, used: Array) -> float | None:
    """Return by what numbers were multiplied, to the bit; None where there is no one such number.

    >>> g = np.array([0.1, 0.3, -0.7, 1.9, 0.123], dtype=np.float32)
    >>> common_factor(g, g * np.float32(0.375))
    0.375
    >>> common_factor(g, np.clip(g, -0.5, 0.5)) is None
    True
    """
    found = common_factors(summed, used)
    return found[0] if len(found) == 1 else None


def common_factors(summed: Array, used: Array) -> list[float]:
    """Return by what numbers can have been multiplied, to the bit, the likeliest first.

    Where they are few, neighbouring factors come to the same bits.

    >>> g = np.array([0.7], dtype=np.float32)
    >>> common_factors(g, g * np.float32(0.375))
    [0.375, 0.3749999701976776]
    """
    if np.array_equal(summed, used):
        return [1.0]
    place = int(np.argmax(np.abs(summed)))
    if summed[place] == 0 or not np.isfinite(used).all():
        return []
    kind = used.dtype.type
    below = above = kind(float(used[place]) / float(summed[place]))
    near = [below]
    for _ in range(2):
        below, above = np.nextafter(below, kind(-np.inf)), np.nextafter(above, kind(np.inf))
        near += [below, above]
    return [float(factor) for factor in near if np.array_equal(summed * factor, used)]
