"""What a call was given: the first argument of a layer, the targets of a loss, any tensors."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import torch


def given_first(kwargs: dict[str, torch.Tensor]) -> torch.Tensor:
    """Return what a layer is given by the name that it has for it."""
    return next(iter(kwargs.values()))


def target_in(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Return what a loss is given as its `target`, or second; None where it is given one thing."""
    return kwargs.get("target", (*args, *kwargs.values(), None, None)[1])


def tensors_in(values: Iterable[Any]) -> Iterator[torch.Tensor]:
    """Yield the tensors among some arguments, those inside of lists and dictionaries too."""
    for value in values:
        if isinstance(value, torch.Tensor):
            yield value
        elif isinstance(value, Mapping):
            yield from tensors_in(value.values())
        elif isinstance(value, list | tuple):
            yield from tensors_in(value)
