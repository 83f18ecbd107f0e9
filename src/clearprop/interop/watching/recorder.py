"""The recorder: hooks around somebody's loop -> rows, tape and checkpoints. It changes no number.

Comes in: a model, its optimizer, its loss. Goes out: a folder. What each hook notes:

    before the model's forward pass    the batch that it is given
    after a piece's last layer         what had come in at its beginning; and, in the backward
                                       pass, the gradient that comes back to it
    after a gradient is complete       how often that tensor had been changed by then
    after the loss                     targets and value
    before the optimizer's step        options, gradients that were changed since, parameters that
                                       were changed since the last step
    after the optimizer's step         now and then, all parameters and the optimizer's state

All of it happens in the loop's own thread, so what a hook does is what the loop waits for: hooks
ask for the cheapest sign that says the same, and work on what is new only.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from operator import attrgetter
from pathlib import Path
from time import perf_counter
from typing import Any

import torch
from torch import nn

from clearprop.errors import SettingError
from clearprop.interop.watching.batches import Batches, Fed, array_of, has_rows, is_same
from clearprop.interop.watching.folder import (
    Watched,
    checkpoint_of,
    write_checkpoint,
    write_watched,
)
from clearprop.interop.watching.given import given_first, target_in, tensors_in
from clearprop.interop.watching.hooks import Hook
from clearprop.interop.watching.losses import Losses
from clearprop.interop.watching.options import is_seen, options_of, seen
from clearprop.interop.watching.pieces import Hooked
from clearprop.interop.watching.slopes import when_it_comes_back
from clearprop.interop.watching.standing import Gradients, Marks
from clearprop.interop.watching.stretch import Ordinary, Stretch
from clearprop.interop.watching.tape import Batch, Pass, Step, write_chunk
from clearprop.interop.watching.turns import NONE, backward_now, has_storage, keeps_graph
from clearprop.interop.watching.writer import Writer
from clearprop.network.parameters import Array
from clearprop.runs.folder import TAPE

# of a chunk; more bytes at a time take memory from the system each time, and twice as long
CHUNK_STEPS, CHUNK_BYTES = 256, 1_000_000
WANTS = attrgetter("requires_grad")
NEAREST, FURTHEST, WORTH = 200, 1000, 4  # steps between checkpoints; how much tape one is worth


class Recorder:
    """Records a loop into a folder, from `start` to `stop`."""

    def __init__(
        self, folder: Path, watched: Watched, model: nn.Module, optimizer: torch.optim.Optimizer,
        loss: nn.Module | None, hooked: list[Hooked], parameters: dict[str, torch.Tensor],
    ) -> None:  # fmt: skip
        self.folder, self.watched = folder, watched
        self.model, self.optimizer, self.loss = model, optimizer, loss
        self.hooked, self.parameters = hooked, parameters
        self.marks = Marks(parameters)
        self.batches = Batches(folder)
        pieces = [each.piece for each in hooked]
        self.gradients = Gradients(pieces, parameters, watched, self.batches.entered)
        self.fed = Fed()
        self.inside = False  # of the model's forward pass
        self.passes: list[Pass] = []  # what has come in since the last step
        self.told: list[list[Any]] = []  # what hooks have of passes that will hardly come again
        self.losses = Losses()
        self.heard = False  # a loss, by now
        self.ready: Step | tuple[float, list[dict[str, Any]]] | None = None
        self.ordinary = Ordinary(self.gradients.turns, self.batches, CHUNK_STEPS, CHUNK_BYTES)
        self.chunk: list[Step | Stretch] = []
        self.writer = Writer()
        self.steps, self.chunk_first, self.chunk_bytes = 0, 0, 0
        self.checkpoint_step, self.since = 0, 0
        self.options: tuple[list[dict[str, Any]], list[dict[str, Any]]] = ([], [])
        self.hooks: list[Any] = []
        self.step_hooks: list[Any] = []
        self.loaded = False  # a state, into the optimizer, since its last step
        self.note: str | None = None
        self.began = perf_counter()

    # --- from beginning to end -------------------------------------------------------------------

    def start(self) -> None:
        """Write down how it all begins, and hook on."""
        write_watched(self.folder, self.watched)
        self.write_checkpoint()
        self.writer.wait()
        self.step_hooks = [
            self.optimizer.register_step_pre_hook(self.before_step),
            self.optimizer.register_step_post_hook(self.after_step),
        ]
        self.hooks = [
            self.model.register_forward_pre_hook(Hook(self.model_called), with_kwargs=True),
            self.model.register_forward_hook(Hook(self.model_left)),
            self.optimizer.register_load_state_dict_post_hook(self.state_loaded),
            *self.gradients.hooks(),
        ]
        if self.loss is not None:
            heard = self.loss.register_forward_hook(Hook(self.loss_called), with_kwargs=True)
            self.hooks.append(heard)
        for number, hooked in enumerate(self.hooked):
            if not self.gradients.own[number]:
                continue
            came: dict[str, torch.Tensor] | None = None
            if hooked.first is not hooked.last:
                came = {}
                hook = Hook(self.piece_entered, came)
                enters = hooked.first.register_forward_pre_hook(hook, with_kwargs=True)
                self.hooks.append(enters)
            hook = Hook(self.piece_left, number, came)
            self.hooks.append(hooked.last.register_forward_hook(hook, with_kwargs=True))

    def stop(self, status: str, note: str | None = None) -> None:
        """Let go of the loop, and write down how it ended."""
        self.unhook()
        for hook in self.step_hooks:
            hook.remove()
        self.guarded(self.close)
        self.writer.close()
        for store in self.batches.stores.values():
            self.guarded(store.close)
        note = note if self.note is None else self.note
        self.watched = self.watched.ended(
            status=status if self.note is None else "failed", note=note, steps=self.steps,
            seconds=round(perf_counter() - self.began, 3),
        )  # fmt: skip
        self.guarded(lambda: write_watched(self.folder, self.watched))

    def close(self) -> None:
        """Write what is not yet on the disk."""
        self.flush()
        if self.checkpoint_step != self.steps and not self.loaded and not self.marks.changed():
            self.write_checkpoint()  # of what the last step made, and nothing else since
        self.writer.wait()

    def settle(self) -> None:
        """Have all steps on the disk that there are by now."""
        self.flush()
        self.writer.wait()

    def unhook(self) -> None:
        """Take the hooks off, but those of steps."""
        for hook in self.hooks:
            hook.remove()
        self.hooks = []

    def guarded(self, work: Callable[[], object]) -> None:
        """Write to the disk; where that fails the recording ends, and the loop goes on."""
        try:
            work()
        except OSError as error:
            self.fail(error)

    def fail(self, error: OSError) -> None:
        """End the recording; the loop goes on. Hooks of steps stay: PyTorch may be at one."""
        self.unhook()
        reason = error.strerror or str(error)
        self.note = self.note or f"the recording ended: {self.folder} cannot be written ({reason})"

    # --- forward ---------------------------------------------------------------------------------

    def model_called(self, model: nn.Module, args: Any, kwargs: dict[str, Any]) -> None:
        """Note the batch that the model is given."""
        if not torch.is_grad_enabled():
            return
        if torch.is_autocast_enabled("cpu"):
            raise SettingError(
                "watch records float32 and float64, not automatic mixed precision; take the"
                " autocast off, or the watch"
            )
        x = args[0] if args else None
        if type(x) is not torch.Tensor:  # another argument, or one of another class, may be one
            x = next(tensors_in((*args, *kwargs.values())), None)
        self.inside = True
        self.fed = fed = Fed()
        if x is not None and has_storage(x) and not x.is_nested and x.dim():
            fed.x = x

    def model_left(self, model: nn.Module, args: object, output: object) -> None:
        """Note that what is called from now on need not be of the batch."""
        self.inside = False

    def feeding(self) -> Fed:
        """Return what the model was given; of a piece that the loop calls itself it is not known.

        In a backward pass (checkpoints) pieces are called again, on what they were given before.
        """
        if backward_now() == NONE and self.fed.x is not None:
            self.fed = Fed()
        return self.fed

    def loss_called(
        self, loss: object, args: tuple[Any, ...], kwargs: dict[str, Any], output: Any
    ) -> None:
        """Note targets and value of the loss; targets are its second argument, or its `target`."""
        if not (isinstance(output, torch.Tensor) and output.requires_grad):
            return
        if output.dim() == 0:
            self.losses.made(output)
        x = self.fed.x
        target = args[1] if len(args) == 2 and not kwargs else target_in(args, kwargs)
        if x is None or not isinstance(target, torch.Tensor) or not has_storage(target):
            return
        if not target.is_nested and target.dim() and target.shape[0] == x.shape[0]:
            self.fed.target = target

    def piece_entered(
        self, came: dict[str, torch.Tensor], module: nn.Module, args: tuple[torch.Tensor, ...],
        kwargs: dict[str, torch.Tensor],
    ) -> None:  # fmt: skip
        """Note what comes in at a piece's beginning."""
        if torch.is_grad_enabled():
            came["x"] = args[0] if args else given_first(kwargs)

    def piece_left(
        self, number: int, came: dict[str, torch.Tensor] | None, module: nn.Module,
        args: tuple[torch.Tensor, ...], kwargs: dict[str, torch.Tensor], output: object,
    ) -> None:  # fmt: skip
        """Ask for the gradient that will come back to a piece's end.

        `came` has what came in at its beginning; None for a piece of one layer.
        """
        if self.told and backward_now() == NONE:
            self.forget()
        if not isinstance(output, torch.Tensor) or output.is_leaf or not torch.is_grad_enabled():
            return  # a hook of the loop may have put anything in its place
        if came is not None:
            entered = came.pop("x", None)
        else:
            entered = args[0] if args else given_first(kwargs)
        if entered is None:
            return  # the loop called only its end
        gradients = self.gradients
        idle: tuple[str, ...] = ()
        if not all(map(WANTS, gradients.leaves[number])):
            idle = gradients.frozen(number)
        if len(idle) < len(gradients.own[number]):
            fed = self.fed if self.inside else self.feeding()
            when_it_comes_back(output, self.came_back, [number, entered, fed, idle])

    # --- back ------------------------------------------------------------------------------------

    def came_back(self, held: list[Any], gradient: torch.Tensor) -> None:
        """Note the gradient that comes back to a piece's end; its hook has `held` what went in."""
        if not has_storage(gradient) or not held:
            return  # of many passes at once (`is_grads_batched`), or in torch.func: for no step
        number, entered, fed, idle = held
        if not keeps_graph():
            self.told.append(held)
        try:
            if not idle and self.ordinary.takes(number, fed, entered, gradient):
                return
        except OSError as error:
            self.fail(error)
        self.passes += self.ordinary.let_go()
        turn = self.gradients.turn(number, self.passes)
        x = fed.x if fed.x is not None and has_rows(fed.x) else None
        came = None if is_same(entered, x) else array_of(entered)
        if fed.batch is None:
            fed.batch = Batch(None)
            if x is not None:
                self.guarded(partial(self.find_rows, fed, x))
        shape = tuple(entered.shape)
        back = array_of(gradient)
        self.passes.append(Pass(number, turn, fed.batch, back, came, shape, idle))

    def forget(self) -> None:
        """Let go of what went into passes that are over: a loop may keep their graphs for long."""
        for held in self.told:
            held.clear()
        self.told = []

    def find_rows(self, fed: Fed, x: torch.Tensor) -> None:
        """Note a batch by the numbers of its rows; rows that are new are stored."""
        target = fed.target if fed.target is not None and has_rows(fed.target) else None
        fed.batch = self.batches.of(x, target)

    # --- the optimizer's step --------------------------------------------------------------------

    def before_step(self, optimizer: torch.optim.Optimizer, args: Any, kwargs: Any) -> None:
        """Note all that the step goes by."""
        if self.note is not None:
            return  # the recording has ended
        if self.ready is not None:
            self.loaded = True  # the last step broke off, and may have left half of another state
        if (len(args) > 1 or kwargs) and any(map(callable, (*args[1:], *kwargs.values()))):
            raise SettingError(
                "a step with a closure calls the model within the step, which cannot be watched;"
                " call loss.backward() before optimizer.step()"
            )
        jump = self.marks.changed()
        steps = self.steps
        look = steps & (steps - 1) == 0 or steps == self.checkpoint_step
        plain = NONE if jump or look or self.loaded else self.gradients.made_at_once()
        if plain != NONE and self.ordinary.waits:
            loss = self.losses.only(plain)
            if loss is not None:
                self.ready, self.heard = (loss, self.options_now()), True
                return
        self.passes += self.ordinary.let_go()
        step = self.step(optimizer, jump, look) if plain == NONE else self.plain_step(plain)
        self.ready, self.heard = step, self.heard or bool(step.losses)

    def plain_step(self, backward: int) -> Step:
        """Return a step by the gradients of one backward pass as they are, as in most loops."""
        losses, parts = self.losses.taken((backward,), False)
        return Step(self.options_now(), [], losses, self.passes, {}, {}, {}, parts=parts)

    def step(self, optimizer: torch.optim.Optimizer, jump: dict[str, Array], look: bool) -> Step:
        """Return a step with all that it goes by."""
        found = self.gradients.used(self.passes, look, bool(jump))
        losses, parts = self.losses.taken(self.gradients.backwards, bool(found.whole))
        state = None
        if self.loaded:
            self.loaded, state = False, checkpoint_of(0, self.parameters, optimizer).state_tensors
        return Step(
            self.options_now(), found.zeros, losses, found.passes, found.factors, found.whole,
            jump, found.late, state, tuple(found.absent), parts,
        )  # fmt: skip

    def state_loaded(self, optimizer: torch.optim.Optimizer) -> None:
        """Note that the next step goes by a state that was loaded into the optimizer."""
        self.loaded = True

    def options_now(self) -> list[dict[str, Any]]:
        """Return the options of the optimizer's groups; the same list while nothing changes."""
        if not is_seen(self.optimizer, self.options[0]):
            self.options = (seen(self.optimizer), options_of(self.optimizer))
        return self.options[1]

    def after_step(self, optimizer: torch.optim.Optimizer, args: Any, kwargs: Any) -> None:
        """Put the step on the tape."""
        ready, ordinary = self.ready, self.ordinary
        if ready is None:
            return  # the recording has ended
        self.forget()
        if self.fed is ordinary.fed or self.fed.batch is not None:
            self.fed = Fed()  # so that the next batch has its memory
        if isinstance(ready, Step):
            size = ready.bytes
            ordinary.interrupted(ready)
            self.passes = []
            self.chunk.append(ready)
        else:
            stretch = ordinary.add(*ready)
            if not self.chunk or self.chunk[-1] is not stretch:
                self.chunk.append(stretch)
            size = stretch.bytes
        self.steps += 1
        self.chunk_bytes += size
        self.since += size
        self.ready = None
        self.gradients.stepped()
        self.marks.take()  # last of all: where ctrl-C comes before, no checkpoint follows
        gone = self.steps - self.checkpoint_step
        if gone >= FURTHEST or (gone >= NEAREST and self.since >= WORTH * self.marks.bytes):
            self.guarded(self.write_checkpoint_and_before)  # a replay would get long
        elif self.steps - self.chunk_first >= CHUNK_STEPS or self.chunk_bytes >= CHUNK_BYTES:
            self.guarded(self.flush)

    def flush(self) -> None:
        """Have the steps written that are not yet on the disk."""
        try:
            self.writer.wait()
        except OSError:
            self.chunk = []  # a tape has no holes
            raise
        for store in self.batches.stores.values():
            store.write()
        self.passes += self.ordinary.let_go()
        if self.ready is not None and not isinstance(self.ready, Step):  # asked by a step's hook
            loss, options = self.ready
            self.ready = Step(options, [], [loss], self.passes, {}, {}, {})
        if self.chunk:
            steps = [each.steps if isinstance(each, Stretch) else each for each in self.chunk]
            self.writer.write(partial(write_chunk, self.folder / TAPE, self.chunk_first, steps))
        self.chunk, self.chunk_first, self.chunk_bytes = [], self.steps, 0
        self.ordinary.turn_over()

    def write_checkpoint_and_before(self) -> None:
        """Write the steps up to a checkpoint, and it."""
        self.flush()
        self.write_checkpoint()

    def write_checkpoint(self) -> None:
        """Write parameters and the optimizer's state."""
        checkpoint = checkpoint_of(self.steps, self.parameters, self.optimizer)
        self.writer.write(partial(write_checkpoint, self.folder, checkpoint))
        self.checkpoint_step, self.since = self.steps, 0
