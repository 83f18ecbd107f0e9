"""What each step of an optimizer goes by: the options of its parameter groups, as plain values.

Comes in: an optimizer of `torch.optim`. Goes out: one dictionary for each group, in which numbers
that are tensors are floats, and which says that they were; and an optimizer of the same class over
other tensors, made again. PyTorch computes with a rate that is a tensor in the tensor's own type,
and comes to other last digits than with a float.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch

from clearprop.errors import RunError, SettingError, UnknownName

# those whose steps follow from the gradients alone; what `explain` can decompose is in `rules.py`
WATCHED = (
    "ASGD", "Adadelta", "Adafactor", "Adagrad", "Adam", "AdamW", "Adamax", "NAdam", "RAdam",
    "RMSprop", "Rprop", "SGD",
)  # fmt: skip
TENSORS = "tensors"  # by what name a group's options have which of them are tensors
Options = Mapping[str, Any]


def check_optimizer(optimizer: object) -> None:
    """Raise SettingError unless it is an optimizer of PyTorch whose steps can be taken again."""
    if not isinstance(optimizer, torch.optim.Optimizer):
        raise SettingError(
            "watch takes the model, then its optimizer, one of torch.optim, not"
            f" {type(optimizer).__name__}"
        )
    name = type(optimizer).__name__
    if name == "LBFGS":
        raise SettingError(
            "LBFGS calls the model several times within a step, which cannot be watched; the"
            f" optimizers that can be are {', '.join(WATCHED)}"
        )
    if name not in WATCHED or type(optimizer) is not getattr(torch.optim, name):
        raise SettingError(
            f"the optimizer {name} cannot be watched, since its steps could not be taken again; the"
            f" optimizers that can be are {', '.join(WATCHED)}"
        )


def is_plain(value: Any) -> bool:
    """Return whether an option is one number or text, or several of them; a loop may add others."""
    if isinstance(value, torch.Tensor):
        return value.numel() == 1
    if isinstance(value, tuple | list):
        return all(map(is_plain, value))
    return value is None or isinstance(value, int | float | str | np.integer | np.floating)


def plain(value: Any) -> Any:
    """Return an option as a value of JSON."""
    if isinstance(value, torch.Tensor | np.generic):
        return value.item()
    return [plain(each) for each in value] if isinstance(value, tuple | list) else value


def kind(value: Any) -> Any:
    """Return type and dimensions of an option that is a tensor, or of its parts; None of others.

    NumPy's float32 is a type of its own, too; its float64 is Python's.
    """
    if isinstance(value, np.generic) and not isinstance(value, float):
        return f"{value.dtype} numpy"
    if isinstance(value, torch.Tensor):
        return f"{str(value.dtype).removeprefix('torch.')} {value.dim()}"
    if isinstance(value, tuple | list):
        kinds = [kind(each) for each in value]
        return kinds if any(kinds) else None
    return None


def restored(value: Any, kind: Any) -> Any:
    """Return an option as it was, by its plain value and its kind."""
    if isinstance(value, list):
        kinds = kind or [None] * len(value)
        return tuple(restored(*pair) for pair in zip(value, kinds, strict=True))
    if kind is None:
        return value
    dtype, _, dimensions = kind.partition(" ")
    if dimensions == "numpy":
        return np.dtype(dtype).type(value)
    found: torch.Tensor = torch.tensor(value, dtype=getattr(torch, dtype))
    return found.reshape([1] * int(dimensions))


def options_of(optimizer: torch.optim.Optimizer) -> list[dict[str, Any]]:
    """Return the options of each group, without its parameters."""
    return [plain_options(group) for group in optimizer.param_groups]


def plain_options(group: Options) -> dict[str, Any]:
    """Return the options of a group as values of JSON."""
    own = {
        name: value
        for name, value in group.items()
        if name not in ("params", "param_names") and is_plain(value)
    }
    kinds = {name: found for name, value in own.items() if (found := kind(value))}
    found = {name: plain(value) for name, value in own.items()}
    return {**found, TENSORS: kinds} if kinds else found


def seen(optimizer: torch.optim.Optimizer) -> list[dict[str, Any]]:
    """Return what the groups are equal to until options change: numbers in the place of tensors."""
    return [
        {name: of_now(value) for name, value in group.items()} for group in optimizer.param_groups
    ]


def of_now(value: Any) -> Any:
    """Return what an option is equal to until it changes."""
    if type(value) is torch.Tensor and is_plain(value):
        return value.item()
    return tuple(map(of_now, value)) if type(value) is tuple else value


def is_seen(optimizer: torch.optim.Optimizer, before: list[dict[str, Any]]) -> bool:
    """Return whether the options are still those of before; it is asked at every step."""
    try:
        return optimizer.param_groups == before
    except (RuntimeError, ValueError):  # arrays of several numbers are not the same ones any more
        return False


def remade(kind: str, tensors: Sequence[Sequence[torch.Tensor]]) -> torch.optim.Optimizer:
    """Return an optimizer of a class over some tensors, group by group."""
    if kind not in WATCHED:
        raise UnknownName.of("optimizer", kind, WATCHED)
    parts = [{"params": list(each)} for each in tensors]
    try:
        made: torch.optim.Optimizer = getattr(torch.optim, kind)(
            parts, lr=0.0 if kind != "Rprop" else 0.01
        )
    except (TypeError, ValueError) as error:
        raise RunError(f"the optimizer {kind} cannot be made again: {error}") from None
    return made


def set_options(optimizer: torch.optim.Optimizer, groups: Sequence[Options]) -> None:
    """Give the groups of an optimizer some options."""
    for group, options in zip(optimizer.param_groups, groups, strict=True):
        kinds = options.get(TENSORS, {})
        for name, value in options.items():
            if name != TENSORS:
                group[name] = restored(value, kinds.get(name))
