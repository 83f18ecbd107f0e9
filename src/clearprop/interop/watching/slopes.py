"""Word of the slope that comes back to a tensor in a backward pass, at the least cost.

Comes in: a tensor on its way forward. Goes out: the slope of the loss with respect to it, each time
that a backward pass comes to it, after all that the loop's own hooks make of it.

`Tensor.register_hook` and `Node.register_prehook` take 15 µs in the midst of a loop, for the handle
that they return; the table of hooks that they fill takes half of that, so it is filled here.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any
from weakref import ref

import torch

OURS = "clearprop"  # the hooks of the loop have numbers
Told = Callable[[torch.Tensor], object]


class ComingBack:
    """A hook of a tensor that stands before those of the loop, and tells after them."""

    __slots__ = ("hooks", "late", "told")
    __torch_unserializable__ = True  # or PyTorch warns where the loop saves the tensor

    def __init__(self, told: Told, hooks: OrderedDict[Any, Any]) -> None:
        self.told, self.late = told, False
        self.hooks = ref(hooks)  # which has this hook in it: tensors would wait for the collector

    def __call__(self, slope: torch.Tensor) -> None:
        """Tell; where the loop has hooks on the tensor as well, after these."""
        hooks = self.hooks()
        if self.late:
            return  # once more through the same graph: it is told there
        if hooks is not None and len(hooks) > 1:
            self.late = True
            tell_late(torch._C._current_autograd_node(), self.told)
        else:
            self.told(slope)


def when_it_comes_back(tensor: torch.Tensor, told: Told) -> None:
    """Ask to be told the slope of a tensor that is no parameter."""
    node: Any = tensor.grad_fn
    if tensor._backward_hooks is not None:
        tell_late(node, told)
        return
    hooks: OrderedDict[Any, Any] = OrderedDict()
    hooks[OURS] = ComingBack(told, hooks)
    tensor._backward_hooks = hooks
    node._register_hook_dict(tensor)


def tell_late(node: Any, told: Told) -> None:
    """Ask to be told what a node of the graph is given in the end."""
    node.register_prehook(lambda slopes: told(slopes[0]))
