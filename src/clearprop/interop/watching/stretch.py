"""A stretch of ordinary steps, in columns: one batch, one pass through each piece, one loss.

Comes in: step after step the batch, what came back to the ends of pieces, the loss, the options.
Goes out: the same steps for the tape. Most loops take no others, and what such a step leaves behind
is put into columns by compiled loops that are given addresses, without an object of its own. Where
a pass is of another kind than the one of the steps before, the recorder makes a `Step` of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from clearprop.interop.watching.address_kernels import WORD, copied
from clearprop.interop.watching.batches import Batches, Fed, is_same
from clearprop.interop.watching.row_kernels import batch_taken
from clearprop.interop.watching.tape import Alike, Batch, Pass, Step
from clearprop.interop.watching.turns import Turns
from clearprop.network.parameters import Array


class Column:
    """Arrays of one shape and type, as many as there is room for, and where they lie."""

    def __init__(self, like: Array, room: int) -> None:
        self.values = np.empty((room, *like.shape), like.dtype)
        self.at, self.size = self.values.ctypes.data, like.nbytes
        self.shape, self.dtype = torch.Size(like.shape), getattr(torch, like.dtype.name)

    def fits(self, tensor: torch.Tensor) -> bool:
        """Return whether a tensor is one of them, as it lies in memory."""
        return (
            tensor.shape == self.shape and tensor.dtype is self.dtype
            and tensor.is_contiguous() and not tensor.is_neg()
        )  # fmt: skip

    def copying(self, place: int, tensor: torch.Tensor) -> tuple[int, int, int]:
        """Return what is to be copied, how many bytes of it, and whither."""
        return tensor.data_ptr(), self.size, self.at + place * self.size


class Lane:
    """One pass of each step, `like` the one of a step before: what came back, and what came in."""

    def __init__(self, like: Pass, room: int) -> None:
        self.like, self.piece = like, like.piece
        self.back = Column(like.gradient, room)
        self.came = None if like.entered is None else Column(like.entered, room)
        self.columns = {f"gradient.{like.piece}": self.back}
        if self.came is not None:
            self.columns[f"input.{like.piece}"] = self.came

    def passed(self, place: int, batch: Batch) -> Pass:
        """Return the pass of a place."""
        came = None if self.came is None else self.came.values[place]
        return self.like._replace(batch=batch, gradient=self.back.values[place], entered=came)


class Stretch:
    """Steps like one that was: `count` of them, and room for some more.

    filled   how many passes there are of the next
    """

    def __init__(self, like: Step, batches: Batches, most: int, most_bytes: int) -> None:
        batch = like.passes[0].batch
        assert batch.rows is not None and batch.targets is not None, "it is of the kind"
        self.like, self.m, self.bytes = like, len(batch.rows), like.bytes
        self.room = max(1, min(most, most_bytes // self.bytes + 1))
        self.x_like = (torch.Size((self.m, *batch.shape)), getattr(torch, batch.dtype))
        target_shape = torch.Size((self.m, *batch.target_shape))
        self.target_like = (target_shape, getattr(torch, batch.target_dtype))
        self.store, self.other = batches.stores_of(batch)
        self.rows, self.targets = Column(batch.rows, self.room), Column(batch.targets, self.room)
        self.lanes = [Lane(each, self.room) for each in like.passes]
        self.count = self.filled = 0
        self.losses: list[float] = []
        self.options: list[list[dict[str, Any]]] = []

    # --- in --------------------------------------------------------------------------------------

    def takes(self, piece: int, fed: Fed, entered: torch.Tensor, gradient: torch.Tensor) -> bool:
        """Put a pass of the next step into the columns, where it is of the kind; return whether.

        Raises
        ------
        OSError: rows that are new cannot be written.
        """
        place, filled = self.count, self.filled
        if filled == len(self.lanes) or place == self.room:
            return False
        lane = self.lanes[filled]
        if lane.piece != piece or not lane.back.fits(gradient):
            return False
        if lane.came is None:
            if entered is not fed.x and not (
                entered.shape == lane.like.shape and is_same(entered, fed.x)
            ):
                return False
        elif not lane.came.fits(entered):
            return False
        back = lane.back.copying(place, gradient)
        if filled:
            copied(*back)
        elif not self.takes_batch(fed, back):
            return False
        if lane.came is not None:
            copied(*lane.came.copying(place, entered))
        self.filled = filled + 1
        return True

    def takes_batch(self, fed: Fed, back: tuple[int, int, int]) -> bool:
        """Write down a batch by its numbers where it is of the kind, and return whether it is."""
        x, target = fed.x, fed.target
        if (
            x is None or target is None or (x.shape, x.dtype) != self.x_like
            or (target.shape, target.dtype) != self.target_like
            or not (x.is_contiguous() and target.is_contiguous())
            or x.is_neg() or x.is_conj() or target.is_neg()
            or not (x.is_cpu and target.is_cpu)
        ):  # fmt: skip
            return False
        m, here, there = self.m, x.data_ptr(), target.data_ptr()
        if not (here and there) or here % WORD or there % WORD:
            return False  # tensors of some classes lie nowhere
        line = self.count * m * WORD
        given = (
            self.store.at, here, self.rows.at + line, self.other.at, there, self.targets.at + line,
            m, *back,
        )  # fmt: skip
        if batch_taken(*given):
            return True
        self.store.make_way(m)
        self.other.make_way(m)
        return bool(batch_taken(*given))

    def add(self, loss: float, options: list[dict[str, Any]]) -> None:
        """Count the next step: it has been done."""
        self.losses.append(loss)
        self.options.append(options)
        self.count += 1
        self.filled = 0

    # --- out -------------------------------------------------------------------------------------

    def batch(self, place: int) -> Batch:
        """Return the batch of a place."""
        rows, targets = self.rows.values[place], self.targets.values[place]
        return self.like.passes[0].batch._replace(rows=rows, targets=targets)

    def let_go(self) -> list[Pass]:
        """Return the passes of the next step, which is not like the others: it ends here."""
        place, filled = self.count, self.filled
        self.filled, self.room = 0, place
        batch = self.batch(place)
        return [lane.passed(place, batch) for lane in self.lanes[:filled]]

    @property
    def steps(self) -> Alike:
        """The steps, for the tape."""
        batch = self.batch(0)
        passes = [lane.passed(0, batch) for lane in self.lanes]
        first = self.like._replace(options=self.options[0], losses=self.losses[:1], passes=passes)
        columns = {"rows": self.rows, "targets": self.targets}
        for lane in self.lanes:
            columns |= lane.columns
        arrays = {name: column.values[: self.count] for name, column in columns.items()}
        return Alike(first, arrays, self.losses[: self.count], self.options[: self.count])


class Ordinary:
    """The ordinary steps of a loop, as long as they come one after another.

    stretch   that the next one goes into, where it is of its kind; None until two of one came
    fed       what the model was given for the passes that wait there for their step
    """

    def __init__(
        self, turns: Sequence[Turns], batches: Batches, most: int, most_bytes: int
    ) -> None:
        self.turns, self.batches, self.most = turns, batches, (most, most_bytes)
        self.stretch: Stretch | None = None
        self.fed: Fed | None = None
        self.last: Step | None = None  # of those that could have been in one

    def takes(self, piece: int, fed: Fed, entered: torch.Tensor, gradient: torch.Tensor) -> bool:
        """Put a piece's first pass since the step into the stretch, where it is like before."""
        stretch = self.stretch
        if stretch is None or (fed is not self.fed and (stretch.filled or fed.batch is not None)):
            return False
        if self.turns[piece].begins() and stretch.takes(piece, fed, entered, gradient):
            self.fed = fed
            return True
        return False

    @property
    def waits(self) -> bool:
        """Whether all passes of an ordinary step wait for it."""
        stretch = self.stretch
        return stretch is not None and stretch.filled == len(stretch.lanes)

    def add(self, loss: float, options: list[dict[str, Any]]) -> Stretch:
        """Count the step that the passes waited for, and return the stretch that it is in."""
        assert self.stretch is not None, "they wait in it"
        self.stretch.add(loss, options)
        self.fed = None
        return self.stretch

    def let_go(self) -> list[Pass]:
        """Return the passes that wait, if there are some: their step is not like the others."""
        fed, stretch, self.fed = self.fed, self.stretch, None
        if fed is None or stretch is None or not stretch.filled:
            return []
        passes = stretch.let_go()
        fed.batch = passes[0].batch
        return passes

    def turn_over(self) -> None:
        """Go on in other columns: those there are will be written."""
        if self.stretch is not None:
            self.stretch = Stretch(self.stretch.like, self.batches, *self.most)

    def interrupted(self, step: Step) -> None:
        """Go on after a step that was in no stretch: with another, if such steps may follow."""
        stretch, like = self.stretch, self.last
        if self.may_have(step):
            self.last = step
            self.stretch = None
            if like is not None and form(like) == form(step):
                self.stretch = Stretch(step, self.batches, *self.most)
        elif stretch is not None and stretch.count:
            self.turn_over()
        else:
            self.stretch = None

    def may_have(self, step: Step) -> bool:
        """Return whether a step is one of those that could go into a stretch."""
        bare = Step(step.options, [], step.losses, step.passes, {}, {}, {})
        if step != bare or len(step.losses) != 1:
            return False
        if any(each.turn != 1 or each.idle for each in step.passes) or len(step.batches) != 1:
            return False
        batch = step.batches[0]
        if batch.rows is None or batch.targets is None:
            return False
        pieces = {each.piece for each in step.passes}
        return len(pieces) == len(step.passes) and all(
            store.whole for store in self.batches.stores_of(batch)
        )


def form(step: Step) -> list[Any]:
    """Return what the steps of a stretch have in common."""
    lanes = [
        (each.piece, each.shape, each.entered is None, each.gradient.shape, each.gradient.dtype)
        for each in step.passes
    ]
    return [step.bytes, step.batches[0][2:], *lanes]
