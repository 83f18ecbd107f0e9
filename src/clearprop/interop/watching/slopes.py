"""Word of the slope that comes back to a tensor in a backward pass, at the least cost.

Comes in: a tensor on its way forward. Goes out: the slope of the loss with respect to it, each time
that a backward pass comes to it, after all that the loop's own hooks make of it.

`Tensor.register_hook` and `Node.register_prehook` take 15 µs in the midst of a loop, for the handle
that they return; the table of hooks that they fill takes half of that, so it is filled here.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from functools import partial
from typing import Any
from weakref import ref

import torch

OURS = "clearprop"  # the hooks of the loop have numbers
Told = Callable[..., object]  # the last of what it is given is the slope


class ComingBack(partial[object]):
    """A hook that tells of a slope."""

    __torch_unserializable__ = True  # or PyTorch warns where the loop saves the tensor


class Hooks(OrderedDict[Any, Any]):
    """The hooks of a tensor: ours, until the loop adds one, which may make another slope of it."""

    __slots__ = ("tensor",)
    tensor: ref[torch.Tensor]  # weak, for the tensor has them: it would wait for the collector

    def __setitem__(self, key: Any, hook: Any) -> None:
        """Add one of the loop; ours is told from then on what is left after all of these."""
        tensor = self.tensor()
        if OURS in self and tensor is not None:
            tell_late(tensor, self.pop(OURS))
        super().__setitem__(key, hook)


put = OrderedDict.__setitem__  # which is no call of Python's


def when_it_comes_back(tensor: torch.Tensor, told: Told, *about: object) -> None:
    """Ask to be told the slope of a tensor that is no parameter, by `told(*about, slope)`."""
    hook = ComingBack(told, *about)
    if tensor._backward_hooks is not None:
        tell_late(tensor, hook)
        return
    hooks = Hooks()
    hooks.tensor = ref(tensor)
    put(hooks, OURS, hook)
    tensor._backward_hooks = hooks
    node: Any = tensor.grad_fn
    node._register_hook_dict(tensor)


def tell_late(tensor: torch.Tensor, hook: ComingBack) -> None:
    """Ask to be told what the tensor's node in the graph is given in the end."""
    node: Any = tensor.grad_fn
    place = tensor.output_nr
    node.register_prehook(lambda slopes: hook(slopes[place]))
