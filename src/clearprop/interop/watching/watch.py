"""`cp.torch.watch`: what may be watched, and how the watching ends.

Comes in: a model, its optimizer and its loss, as the loop has them. Goes out: a context whose value
is a `WatchedRun`. Whatever ends the loop, ctrl-C or an error of its own, what was recorded is kept.
"""

from __future__ import annotations

import shutil
import tempfile
import warnings
import weakref
from os import PathLike
from pathlib import Path
from types import TracebackType
from typing import Any

import torch
from torch import nn

from clearprop import __version__
from clearprop.errors import SettingError
from clearprop.interop.watching.beside import UNHEARD, HeardFunction, Unfollowed
from clearprop.interop.watching.folder import (
    FAILED,
    FINISHED,
    FOLDERS,
    INTERRUPTED,
    TEMPORARY,
    Trained,
    Watched,
    begun,
)
from clearprop.interop.watching.options import check_optimizer
from clearprop.interop.watching.pieces import parameter_names, pieces_of
from clearprop.interop.watching.recorder import Recorder
from clearprop.interop.watching.run import WatchedRun
from clearprop.runs.folder import check_free, check_writable
from clearprop.runs.lock import Lock

DTYPES = (torch.float32, torch.float64)
ONE_IS_ENOUGH = "one watch is enough"
ONE_OPTIMIZER = (
    "a model is watched with one optimizer at a time, so put the parameters of both optimizers into"
    " groups of one, or watch two loops one after the other"
)
being_watched: weakref.WeakSet[Any] = weakref.WeakSet()


class Watch:
    """A loop under watch: `with Watch(…) as run:`."""

    def __init__(
        self, model: nn.Module, optimizer: torch.optim.Optimizer, loss: object,
        out: str | PathLike[str] | None, force: bool,
    ) -> None:  # fmt: skip
        check_model(model)
        check_optimizer(optimizer)
        self.model, self.optimizer = model, optimizer
        self.loss = loss if isinstance(loss, nn.Module) else None
        self.function: Any = loss if HeardFunction.fits(loss) else None
        check_loss(loss)
        self.given = loss is not None
        self.tensors, self.trained = parameters_of(model, optimizer)
        self.out = None if out is None else Path(out)
        self.force = force
        if self.out is not None:
            check_free(self.out, force)
            check_writable(self.out)
        self.recorder: Recorder | None = None

    def __repr__(self) -> str:
        what = f"a watch over {type(self.model).__name__} and {type(self.optimizer).__name__}"
        return f"<{what}: with cp.torch.watch(…) as run: your loop>"

    def __getattr__(self, name: str) -> Any:
        """Raise AttributeError; for what a run has, with the way to one."""
        if hasattr(WatchedRun, name):
            raise AttributeError(
                f"nothing is watched yet, so there is no {name}: a watch begins with `with"
                f" cp.torch.watch(…) as run:` around the loop, and then there is run.{name}"
            )
        raise AttributeError(f"a watch has no {name}")

    def __enter__(self) -> WatchedRun:
        for given, way_out in ((self.optimizer, ONE_IS_ENOUGH), (self.model, ONE_OPTIMIZER)):
            if given in being_watched:
                raise SettingError(
                    f"this {type(given).__name__} is being watched already; {way_out}"
                )
        folder = self.folder()
        hooked = pieces_of(self.model)
        watched = Watched(
            model=type(self.model).__name__, parameters=self.trained,
            pieces=[[layer.json() for layer in each.piece.layers] for each in hooked],
            optimizer=type(self.optimizer).__name__,
            loss=self.loss_name,
            torch=torch.__version__, threads=torch.get_num_threads(), outcome=begun(__version__),
        )  # fmt: skip
        self.recorder = Recorder(
            folder, watched, self.model, self.optimizer, self.loss, hooked, self.tensors
        )
        self.recorder.start()
        self.lock = Lock(folder)
        self.unfollowed = Unfollowed(self.model, self.optimizer)
        self.unfollowed.start()
        if self.function is not None:
            self.heard = HeardFunction(self.function, self.recorder.loss_called)
            self.heard.start()
        being_watched.update((self.model, self.optimizer))
        self.run = WatchedRun(folder, self.recorder)
        if self.out is None:
            weakref.finalize(self.run, shutil.rmtree, folder, ignore_errors=True)
        return self.run

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:  # fmt: skip
        recorder = self.recorder
        assert recorder is not None, "it was entered"
        being_watched.difference_update((self.model, self.optimizer))
        self.unfollowed.stop()
        if self.function is not None:
            self.heard.stop()
        remarks = list(self.unfollowed.remarks)
        if self.given and recorder.steps and not recorder.heard:
            remarks.append(UNHEARD)
        if kind is None:
            recorder.stop(FINISHED, "; ".join(remarks) or None)
        elif issubclass(kind, KeyboardInterrupt):
            recorder.stop(INTERRUPTED, "the loop was interrupted")
        else:
            recorder.stop(FAILED, f"the loop ended with {kind.__name__}: {error}")
        self.lock.close()
        self.run.ended()
        for remark in remarks if recorder.note is None else [recorder.note, *remarks]:
            warnings.warn(f"clearprop: {remark}", RuntimeWarning, stacklevel=2)

    @property
    def loss_name(self) -> str | None:
        """The name of the loss, a module's class or a function; None where it is not heard."""
        if self.function is not None:
            return str(self.function.__name__)
        return None if self.loss is None else type(self.loss).__name__

    def folder(self) -> Path:
        """Make the folder that is recorded into, and return it."""
        if self.out is None:
            folder = Path(tempfile.mkdtemp(prefix=TEMPORARY))
        else:
            folder = self.out.resolve()
            if self.force and folder.exists():
                shutil.rmtree(folder)
            folder.mkdir(parents=True, exist_ok=True)
        for name in FOLDERS:
            (folder / name).mkdir()
        return folder


def check_loss(loss: object) -> None:
    """Raise SettingError unless it is a module or a function that a loop can call, or left out."""
    if loss is not None and not callable(loss):
        raise SettingError(
            "the loss is a module such as nn.MSELoss(), a function, or left out, not a"
            f" {type(loss).__name__}"
        )
    if isinstance(loss, type):
        raise SettingError(
            f"the loss is the one that the loop calls, and {loss.__name__} is only its class; make"
            f" it before the watch, loss = {loss.__name__}(), and give that"
        )


def check_model(model: object) -> None:
    """Raise SettingError unless it is a module whose steps can be watched."""
    if not isinstance(model, nn.Module):
        raise SettingError(
            f"watch takes a torch.nn.Module first, then its optimizer, not {type(model).__name__}"
        )
    if type(model).__name__ in ("OptimizedModule", "RecursiveScriptModule"):
        raise SettingError(
            "a compiled module cannot be watched, since its layers are no longer called one by one;"
            " watch the module itself, not what torch.compile or torch.jit made of it"
        )
    for name, module in model.named_modules():
        if not isinstance(module, nn.Embedding | nn.EmbeddingBag):
            continue
        if module.sparse and module.weight.requires_grad:
            raise SettingError(
                f"the gradient of {f'{name}.weight'.lstrip('.')} is sparse, and watch records dense"
                f" ones only; make the {type(module).__name__} without sparse=True"
            )


def parameters_of(
    model: nn.Module, optimizer: torch.optim.Optimizer
) -> tuple[dict[str, torch.Tensor], tuple[Trained, ...]]:
    """Return the parameters of model and optimizer, by name, and what is recorded of them.

    Raises
    ------
    SettingError: the optimizer has none of the model's parameters; one that is not on the CPU, or
        of another type than float32 and float64.
    """
    names = parameter_names(model)
    groups: dict[int, int] = {}
    found: dict[str, torch.Tensor] = {names[id(p)]: p for p in model.parameters()}
    for number, group in enumerate(optimizer.param_groups):
        for place, parameter in enumerate(group["params"]):
            groups[id(parameter)] = number
            if id(parameter) not in names:
                found[f"group{number}.{place}"] = parameter
    if not any(id(parameter) in groups for parameter in model.parameters()):
        raise SettingError(
            "the optimizer has none of the model's parameters; make it from model.parameters(), and"
            " before the watch"
        )
    for name, tensor in found.items():
        check_tensor(name, tensor)
    trained = tuple(
        Trained(
            name, tuple(tensor.shape), str(tensor.dtype).removeprefix("torch."),
            groups.get(id(tensor), -1), tensor.requires_grad,
        )
        for name, tensor in found.items()
    )  # fmt: skip
    return found, trained


def check_tensor(name: str, tensor: torch.Tensor) -> None:
    """Raise SettingError unless a parameter is a plain array of the CPU."""
    if nn.parameter.is_lazy(tensor):
        raise SettingError(
            f"the parameter {name} has no shape yet; call the model once before it is watched"
        )
    if tensor.device.type != "cpu":
        raise SettingError(
            f"the parameter {name} is on {tensor.device}; watch records training on the CPU, so"
            " move the model there with model.cpu(), before its optimizer is made"
        )
    if tensor.dtype not in DTYPES or tensor.layout is not torch.strided:
        raise SettingError(
            f"the parameter {name} is {str(tensor.dtype).removeprefix('torch.')}; watch records"
            " float32 and float64"
        )
