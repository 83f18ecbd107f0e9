"""The tape: what each step of a watched loop leaves behind, in chunks of some steps.

A chunk is one sealed safetensors file, `tape/000000000256.safetensors`, named by its first step:

    rows, targets     the numbers of the rows of all its batches, one batch after another
    gradient.K        what came back to the end of piece K, pass after pass, flat
    input.K           what came in at its beginning, where that was no batch of rows
    losses, factors   the numbers of each step that are so called in `Step`
    whole.NAME        the gradients of a parameter that are recorded as a whole, step after step
    jump.NAME         a parameter as it stood before a step, where not the optimizer changed it
    state KEY NAME    what the optimizer kept for a parameter, where a state was loaded into it

Its header has, as JSON, what says where in these arrays each step's part lies: the form of the
step. Most steps of a loop have one form, so each form is written once, and each step by its number.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from clearprop.errors import RunError
from clearprop.interop.watching.folder import put
from clearprop.network.parameters import Array
from clearprop.runs.checkpoints import file_name, steps_in
from clearprop.runs.tensors import sealed, unsealed

CHUNK = "clearprop tape"


# named tuples, since they are made at every step of somebody's loop: a frozen dataclass of as many
# fields takes five times as long


class Batch(NamedTuple):
    """The rows of a batch, and its targets, by their numbers; None where there were none."""

    rows: Array | None
    targets: Array | None = None
    shape: tuple[int, ...] = ()  # of a row; with `dtype` it says in which file the row lies
    dtype: str = ""
    target_shape: tuple[int, ...] = ()
    target_dtype: str = ""


class Pass(NamedTuple):
    """One way through a piece, forward and back.

    turn       which backward pass of the step it belongs to
    batch      the rows that the model was given
    gradient   the slope of the loss with respect to the piece's output
    entered    what came in at its beginning; None where that were the rows themselves, in `shape`
    idle       the piece's parameters to whose gradients it was not added: they were frozen
    """

    piece: int
    turn: int
    batch: Batch
    gradient: Array
    entered: Array | None
    shape: tuple[int, ...]
    idle: tuple[str, ...] = ()


class Step(NamedTuple):
    """What one step of the optimizer was made of.

    options   of the optimizer's groups
    zeros     the pieces whose gradients stood at 0 before it, or single parameters; those of others
              were None
    losses    a number for each backward pass, where there is a loss (`losses.py`)
    factors   what parameters' gradients were multiplied by before the step, where that is not 1
    whole     the gradients that were used, where examples alone do not say them
    jump      parameters as they stood before the step, where they had been changed since the last
    late      whether that was after the passes, or between them
    state     the optimizer's state, where one was loaded since the last step
    absent    the parameters whose gradients were taken away, so that the step passed them over
    parts     of how many losses a number in `losses` is the sum, each times its slope
    """

    options: list[dict[str, Any]]
    zeros: list[int | str]
    losses: list[float]
    passes: list[Pass]
    factors: dict[str, float]
    whole: dict[str, Array]
    jump: dict[str, Array]
    late: bool = False
    state: dict[str, Array] | None = None
    absent: tuple[str, ...] = ()
    parts: int = 1

    @property
    def batches(self) -> list[Batch]:
        """Its batches, each once."""
        return list({id(each.batch): each.batch for each in self.passes}.values())

    @property
    def loss(self) -> float | None:
        """The mean of the losses of its backward passes; None where none was heard."""
        return sum(self.losses) / len(self.losses) if self.losses else None

    @property
    def bytes(self) -> int:
        """About how much it takes on the tape."""
        size = 1024
        for each in self.passes:
            size += each.gradient.nbytes + (0 if each.entered is None else each.entered.nbytes)
        if not (self.whole or self.jump or self.state):
            return size
        for arrays in (self.whole, self.jump, self.state or {}):
            size += sum(array.nbytes for array in arrays.values())
        return size


class Alike(NamedTuple):
    """Steps of one form: the first, and of all of them arrays by tensor, losses and options."""

    first: Step
    arrays: dict[str, Array]
    losses: list[float]
    options: list[list[dict[str, Any]]]


# --- writing -------------------------------------------------------------------------------------


def write_chunk(folder: Path, first: int, steps: Iterable[Step | Alike]) -> None:
    """Write a chunk that begins with a step, whole the moment it appears."""
    spool = Spool()
    for each in steps:
        if isinstance(each, Alike):
            spool.add_alike(each)
        else:
            spool.add(each)
    content = sealed(spool.tensors, {"format": CHUNK, "steps": spool.header})
    put(folder / file_name(first), content)


class Spool:
    """Steps on their way to be a chunk."""

    def __init__(self) -> None:
        self.arrays: dict[str, list[Array]] = {}
        self.numbers: dict[str, list[float]] = {"losses": [], "factors": []}
        self.options: list[list[dict[str, Any]]] = []
        self.kinds: dict[tuple[Any, ...], int] = {}  # of batches: shapes and types
        self.forms: dict[tuple[Any, ...], int] = {}
        self.steps: list[tuple[int, int]] = []  # the number of its options, and of its form

    def add(self, step: Step) -> None:
        """Take one more step."""
        self.numbers["losses"] += step.losses
        self.numbers["factors"] += step.factors.values()
        form = self.form(step)
        number = self.forms.setdefault(form, len(self.forms))
        self.steps.append((self.option(step.options), number))

    def add_alike(self, steps: Alike) -> None:
        """Take some more steps, which have one form."""
        self.add(steps.first)
        _, form = self.steps[-1]
        for key, array in steps.arrays.items():
            self.arrays[key][-1] = array.ravel()  # in the place of the first one's part
        self.numbers["losses"] += steps.losses[1:]
        self.steps += [(self.option(options), form) for options in steps.options[1:]]

    def option(self, options: list[dict[str, Any]]) -> int:
        """Return the number of a step's options: that of the step before, or the next."""
        if not self.options or (self.options[-1] is not options and self.options[-1] != options):
            self.options.append(options)
        return len(self.options) - 1

    def form(self, step: Step) -> tuple[Any, ...]:
        """Return how a step's arrays lie in the tensors that they are put into, as `Reel` reads."""
        batches = step.batches
        places = {id(batch): place for place, batch in enumerate(batches)}
        return (
            tuple(step.zeros),
            len(step.losses),
            tuple([self.batch(batch) for batch in batches]),
            tuple([self.passed(each, places[id(each.batch)]) for each in step.passes]),
            tuple(step.factors),
            tuple([(name, self.put(f"whole.{name}", a)) for name, a in step.whole.items()]),
            tuple([(name, self.put(f"jump.{name}", a)) for name, a in step.jump.items()]),
            step.late,
            None
            if step.state is None
            else tuple([(key, self.put(key, a)) for key, a in step.state.items()]),
            step.absent,
            step.parts,
        )

    def put(self, key: str, array: Array) -> tuple[int, ...]:
        """Append an array to a tensor; return its shape."""
        self.arrays.setdefault(key, []).append(array.ravel())
        return tuple(array.shape)

    def batch(self, batch: Batch) -> tuple[Any, ...]:
        """Return the lengths and the kind of a batch, its numbers put into the tensors."""
        lengths = [
            None if numbers is None else self.put(key, numbers)[0]
            for key, numbers in (("rows", batch.rows), ("targets", batch.targets))
        ]
        return (*lengths, self.kinds.setdefault(batch[2:], len(self.kinds)))

    def passed(self, each: Pass, batch: int) -> tuple[Any, ...]:
        """Return a pass as plain values, its arrays put into the tensors."""
        gradient = self.put(f"gradient.{each.piece}", each.gradient)
        if each.entered is not None:
            self.put(f"input.{each.piece}", each.entered)
        entered = each.entered is not None
        return (each.piece, each.turn, batch, gradient, entered, each.shape, each.idle)

    @property
    def tensors(self) -> dict[str, Array]:
        """The arrays, each joined to one."""
        numbers = {name: np.array(values) for name, values in self.numbers.items() if values}
        return numbers | {
            name: arrays[0] if len(arrays) == 1 else np.concatenate(arrays)
            for name, arrays in self.arrays.items()
        }

    @property
    def header(self) -> str:
        """All that is no array, as JSON."""
        return json.dumps({
            "options": self.options, "kinds": list(self.kinds), "forms": list(self.forms),
            "steps": self.steps,
        })  # fmt: skip


# --- reading -------------------------------------------------------------------------------------


class Tape:
    """The steps on a tape, by their numbers; the chunk that was read last is at hand."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.firsts = steps_in(folder)
        self.at_hand: tuple[int, list[Step]] | None = None

    @property
    def steps(self) -> int:
        """How many steps there are."""
        return self.firsts[-1] + len(self.chunk(self.firsts[-1])) if self.firsts else 0

    def step(self, number: int) -> Step:
        """Return a step; RunError where its chunk is missing or damaged."""
        first = max((first for first in self.firsts if first <= number), default=None)
        if first is None or number >= first + len(self.chunk(first)):
            raise RunError(f"{self.folder} is damaged: it has no step {number}")
        return self.chunk(first)[number - first]

    def chunk(self, first: int) -> list[Step]:
        """Return the steps of a chunk."""
        if self.at_hand is None or self.at_hand[0] != first:
            self.at_hand = (first, read_chunk(self.folder / file_name(first)))
        return self.at_hand[1]


def read_chunk(path: Path) -> list[Step]:
    """Return the steps of a chunk's file; RunError where it is damaged."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise RunError(f"{path} cannot be read: {error.strerror}") from None
    tensors, about = unsealed(content, str(path))
    if about.get("format") != CHUNK:
        raise RunError(f"{path} is no chunk of a tape")
    try:
        values = json.loads(about["steps"])
        reel = Reel(tensors, values["kinds"])
        return [
            reel.step(values["options"][options], *values["forms"][form])
            for options, form in values["steps"]
        ]
    except (KeyError, ValueError, TypeError, IndexError):
        raise RunError(f"{path} is damaged: its header does not fit its arrays") from None


class Reel:
    """The arrays of a chunk, read one part after another."""

    def __init__(self, tensors: dict[str, Array], kinds: list[Any]) -> None:
        self.tensors, self.places = tensors, dict.fromkeys(tensors, 0)
        self.kinds = kinds

    def take(self, key: str, shape: Iterable[int]) -> Array:
        """Return the next part of a tensor, in its shape."""
        sizes = tuple(shape)
        start = self.places[key]
        self.places[key] = stop = start + int(np.prod(sizes, dtype=np.int64))
        return self.tensors[key][start:stop].reshape(sizes)

    def step(
        self, options: list[dict[str, Any]], zeros: list[int | str], losses: int, kinds: list[Any],
        passes: list[Any], factors: list[str], whole: list[Any], jump: list[Any],
        late: bool = False, state: list[Any] | None = None, absent: Iterable[str] = (),
        parts: int = 1,
    ) -> Step:  # fmt: skip
        """Return the next step, by its form."""
        batches = [self.batch(*each) for each in kinds]
        return Step(
            options, zeros, self.numbers("losses", losses),
            [self.passed(batches, *each) for each in passes],
            dict(zip(factors, self.numbers("factors", len(factors)), strict=True)),
            {name: self.take(f"whole.{name}", shape) for name, shape in whole},
            {name: self.take(f"jump.{name}", shape) for name, shape in jump},
            late, None if state is None else {key: self.take(key, shape) for key, shape in state},
            tuple(absent), parts,
        )  # fmt: skip

    def numbers(self, key: str, count: int) -> list[float]:
        """Return the next numbers of a tensor."""
        return list(self.take(key, (count,)).tolist()) if count else []

    def batch(self, rows: int | None, targets: int | None, kind: int) -> Batch:
        """Return the next batch."""
        numbers = None if rows is None else self.take("rows", (rows,))
        wanted = None if targets is None else self.take("targets", (targets,))
        shape, dtype, target_shape, target_dtype = self.kinds[kind]
        return Batch(numbers, wanted, tuple(shape), dtype, tuple(target_shape), target_dtype)

    def passed(
        self, batches: list[Batch], piece: int, turn: int, batch: int, gradient: list[int],
        entered: bool, shape: list[int], idle: Iterable[str] = (),
    ) -> Pass:  # fmt: skip
        """Return the next pass."""
        back = self.take(f"gradient.{piece}", gradient)
        came = self.take(f"input.{piece}", shape) if entered else None
        return Pass(piece, turn, batches[batch], back, came, tuple(shape), tuple(idle))
