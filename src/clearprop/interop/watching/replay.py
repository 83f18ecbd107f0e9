"""Replay: any step of a watched loop again, by PyTorch's own operations.

Comes in: a recording. Goes out: `Update`s: what stood before a step, what its passes were, and what
it made. From the nearest checkpoint on, each step's gradients are made from its passes and given to
an optimizer of the same class; every checkpoint on the way has to be met to the bit: a replay that
drifts is an error and is never shown.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch

from clearprop.errors import Disagreement, RunError, counted
from clearprop.interop.watching.folder import (
    Checkpoint,
    arrays_of,
    checkpoint_of,
    state_from,
)
from clearprop.interop.watching.gradients import LinearPass, common_factors, gradients_of
from clearprop.interop.watching.options import Options, remade, set_options
from clearprop.interop.watching.reading import Recording
from clearprop.interop.watching.tape import Step
from clearprop.network.parameters import Array
from clearprop.runs.tensors import tensors_hash

State = dict[str, Array]


@dataclass(frozen=True)
class Gradient:
    """A gradient that a step used.

    made     what the passes add up to; None where no pass is known to lead to it
    factor   that it was multiplied by (clipping); None where it was changed in another way
    used     what the optimizer was given
    """

    made: Array | None
    factor: float | None
    used: Array


@dataclass(frozen=True)
class Update:
    """Update `step` + 1 of a loop, as some parameters see it.

    before, after   the parameters, by name; states: what the optimizer keeps for each
    jumped          what was added to a parameter since the last step, not by the optimizer
    replaced        what the optimizer kept for each, where a state was loaded in its place
    """

    step: int
    record: Step
    passes: list[LinearPass]
    gradients: dict[str, Gradient]
    before: dict[str, Array]
    state_before: dict[str, State]
    after: dict[str, Array]
    state_after: dict[str, State]
    jumped: dict[str, Array] = field(default_factory=dict)
    replaced: dict[str, State] | None = None


class Replay:
    """Brings back the steps of a recording; checkpoints that were met once are not met again."""

    def __init__(self, recording: Recording) -> None:
        self.recording = recording
        self.held: set[int] = set()

    def state(self, step: int) -> Checkpoint:
        """Return parameters and state after some steps, held against the next checkpoint."""
        machine = self.machine(step)
        with self.threads():
            machine.go(step)
            found = machine.checkpoint()
        self.hold(machine)
        return found

    def updates(self, first: int, last: int, names: Collection[str]) -> Iterator[Update]:
        """Yield the updates after `first`, …, `last` - 1 steps, as some parameters see them."""
        machine = self.machine(first)
        yield from self.walked(machine, first, last, names)
        self.hold(machine)

    def machine(self, step: int) -> Machine:
        """Return a machine at the last checkpoint at or before a step."""
        return Machine(self.recording, self.recording.checkpoint_before(step))

    def walked(
        self, machine: Machine, first: int, last: int, names: Collection[str]
    ) -> Iterator[Update]:
        """Yield updates as `updates` does; the checkpoint after them is met by `hold`."""
        with self.threads():
            machine.go(first)
            while machine.step < last:
                yield machine.advance(names)

    def hold(self, machine: Machine) -> None:
        """Raise Disagreement unless a replay comes to the next checkpoint's bits."""
        after = machine.meets
        if after is not None and after.step not in self.held:
            with self.threads():
                machine.go(after.step)
            self.held.add(after.step)

    @contextmanager
    def threads(self) -> Iterator[None]:
        """Have PyTorch compute with as many threads as in the loop: they tell in the last bits."""
        before = torch.get_num_threads()
        torch.set_num_threads(self.recording.watched.threads)
        try:
            yield
        finally:
            torch.set_num_threads(before)


class Machine:
    """Parameters and an optimizer, made again, at some step; `advance` takes the next one."""

    def __init__(self, recording: Recording, start: Checkpoint) -> None:
        self.recording, self.step = recording, start.step
        trained = recording.watched.parameters
        self.parameters = {
            each.name: torch.tensor(start.parameters[each.name])
            .reshape(each.shape)
            .requires_grad_(each.requires_grad)
            for each in trained
        }
        groups = 1 + max(each.group for each in trained)
        tensors: list[list[torch.Tensor]] = [[] for _ in range(groups)]
        for each in trained:
            if each.group >= 0:
                tensors[each.group].append(self.parameters[each.name])
        self.tensors, self.start = tensors, start
        self.optimizer: torch.optim.Optimizer | None = None
        self.meets = recording.checkpoint_after(start.step)

    def made_ready(self, options: list[dict[str, Any]]) -> torch.optim.Optimizer:
        """Return the optimizer, with the options of a step."""
        if len(options) != len(self.tensors):
            raise RunError(
                f"step {self.step + 1} went by {counted(len(options), 'group')} of parameters, but"
                f" the optimizer had {len(self.tensors)} when the watch began, and what it was"
                " given since cannot be brought back; give it all its groups before the watch"
            )
        if self.optimizer is None:
            self.optimizer = remade(self.recording.watched.optimizer, self.tensors)
            self.load(self.optimizer, self.start.state)
        set_options(self.optimizer, options)
        return self.optimizer

    def load(self, optimizer: torch.optim.Optimizer, states: Mapping[str, State]) -> None:
        """Give the optimizer a state, in the place of that which it has."""
        optimizer.state.clear()
        for name, state in states.items():
            tensor = self.parameters[name]
            optimizer.state[tensor] = {
                key: as_state(key, array, tensor) for key, array in state.items()
            }

    def go(self, step: int) -> None:
        """Take steps until so many are done."""
        while self.step < step:
            self.advance(())

    def checkpoint(self) -> Checkpoint:
        """Return parameters and state as they are, copied."""
        if self.optimizer is None:
            return self.start
        return checkpoint_of(self.step, self.parameters, self.optimizer)

    def advance(self, names: Collection[str]) -> Update:
        """Take the next step, and return what was before and after it for some parameters."""
        record = self.recording.tape.step(self.step)
        optimizer = self.made_ready(record.options)
        replaced = None
        if record.state is not None:
            _, replaced = self.seen(names)
            self.load(optimizer, state_from(record.state))
        jumped = {} if record.late else self.jump(record, names)
        made, passes = gradients_of(
            record.passes, record.zeros, self.recording.pieces, self.parameters,
            self.recording.entered,
        )  # fmt: skip
        if record.late:
            jumped = self.jump(record, names)
        gradients = self.give(record, made, names)
        before, state_before = self.seen(names)
        optimizer.step()
        self.step += 1
        after, state_after = self.seen(names)
        self.meet()
        return Update(
            self.step - 1, record, passes, gradients, before, state_before, after, state_after,
            jumped, replaced,
        )  # fmt: skip

    def jump(self, record: Step, names: Collection[str]) -> dict[str, Array]:
        """Put in the parameters that were changed by something else, and return by how much."""
        found = {}
        for name, array in record.jump.items():
            tensor = self.parameters[name]
            if name in names:
                found[name] = array.astype(float) - tensor.detach().numpy().astype(float)
            with torch.no_grad():
                tensor.copy_(torch.tensor(array))
        return found

    def give(
        self, record: Step, made: dict[str, torch.Tensor], names: Collection[str]
    ) -> dict[str, Gradient]:
        """Give each parameter the gradient that the step used; return those of some."""
        found = {}
        for name, tensor in self.parameters.items():
            summed = None if name in record.absent else made.get(name)
            as_made = None if summed is None or name not in names else summed.numpy().copy()
            scaled = record.factors.get(name, 1.0)
            factor: float | None = scaled
            if name in record.whole:
                tensor.grad = torch.tensor(record.whole[name]).reshape(tensor.shape)
                if as_made is not None:
                    fitting = common_factors(as_made.ravel(), record.whole[name].ravel())
                    factor = fitting[0] if fitting else None  # any of them gives these bits
            else:
                tensor.grad = summed if summed is None or scaled == 1.0 else summed.mul_(scaled)
            if name in names and tensor.grad is not None:
                found[name] = Gradient(as_made, factor, tensor.grad.numpy().copy())
        return found

    def seen(self, names: Collection[str]) -> tuple[dict[str, Array], dict[str, State]]:
        """Return some parameters and what the optimizer keeps for them, copied."""
        assert self.optimizer is not None, "it was made ready"
        values, states = {}, {}
        for name in names:
            tensor = self.parameters[name]
            values[name] = tensor.detach().numpy().copy()
            entries = self.optimizer.state.get(tensor, {})
            states[name] = arrays_of(entries)
        return values, states

    def meet(self) -> None:
        """Raise Disagreement where a checkpoint on the way has other bits."""
        meets = self.meets
        if meets is None or self.step != meets.step:
            return
        if tensors_hash(meets.tensors) != tensors_hash(self.checkpoint().tensors):
            raise self.drift()
        self.meets = self.recording.checkpoint_after(self.step)

    def drift(self) -> Disagreement:
        """Return the error for a replay that comes to other bits than the loop had."""
        then, now = self.recording.watched.torch, torch.__version__
        why = f" (PyTorch {then} then, {now} now)" if then != now else ""
        return Disagreement(
            f"the replay of {self.recording.name} drifts: at step {self.step} its bits are"
            f" not those of the loop{why}; where the machine and PyTorch are the same, something in"
            " the loop changed gradients or the optimizer's state in a way that cannot be seen,"
            " such as optimizer.state[…] put to other numbers"
        )


def as_state(key: str, array: Array, parameter: torch.Tensor) -> Any:
    """Return what an optimizer keeps under a name, in the shape that it needs."""
    tensor = torch.tensor(array)
    if tensor.numel() == 1 and key in ("step", "eta", "mu", "mu_product", "ax"):
        return tensor.reshape(())
    return tensor.reshape(parameter.shape) if tensor.numel() == parameter.numel() else tensor


def group_options(recording: Recording, name: str, record: Step) -> Options:
    """Return what a step of a parameter goes by."""
    group = next(each.group for each in recording.watched.parameters if each.name == name)
    return record.options[group]
