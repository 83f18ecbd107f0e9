"""What goes on in a loop beside the hooks of its model and its optimizer.

Comes in: a loss function of `torch.nn.functional`, which has no hooks, and the optimizer. Goes out:
what each call of the function was given and came to; and in sentences what the loop did that a
recording does not follow: steps of another optimizer, groups added to this one, parameters put in
the place of those that it trains, losses that cannot be heard.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any

import torch
from torch import nn
from torch.nn import functional
from torch.optim.optimizer import register_optimizer_step_post_hook

from clearprop.errors import counted

UNHEARD = (
    "no loss was recorded: what is heard is a module that the loop calls, loss(…), or a function of"
    " torch.nn.functional that it calls by its place, F.cross_entropy(…), and only where it comes"
    " to one number (with reduction='none' it does not) and a backward pass goes through it"
)

# as hooks of modules: loss, args, kwargs, output
Heard = Callable[[Any, tuple[Any, ...], dict[str, Any], Any], object]


class HeardFunction:
    """A function of `torch.nn.functional` that tells of its calls, from `start` to `stop`."""

    def __init__(self, function: Callable[..., Any], heard: Heard) -> None:
        self.function, self.heard = function, heard
        self.told = False

    @staticmethod
    def fits(loss: object) -> bool:
        """Return whether a loss is a function that can be heard: one of `torch.nn.functional`."""
        return callable(loss) and getattr(functional, getattr(loss, "__name__", ""), None) is loss

    def start(self) -> None:
        """Put one that tells in its place."""

        @wraps(self.function)
        def telling(*args: Any, **kwargs: Any) -> Any:
            output = self.function(*args, **kwargs)
            if self.told:
                self.heard(self.function, args, kwargs, output)
            return output

        self.told, self.telling = True, telling
        setattr(functional, self.function.__name__, telling)

    def stop(self) -> None:
        """Put it back; where another stands in its place by now, the one put in falls silent."""
        self.told = False
        if getattr(functional, self.function.__name__) is self.telling:
            setattr(functional, self.function.__name__, self.function)


class Unfollowed:
    """What a loop does with its optimizer that the recording does not follow."""

    def __init__(self, model: nn.Module, optimizer: torch.optim.Optimizer) -> None:
        self.model = model
        self.trained = {
            id(p): p for p in model.parameters() if id(p) in {*parameters_in(optimizer)}
        }
        self.optimizer, self.groups = optimizer, len(optimizer.param_groups)
        self.own = set(parameters_in(optimizer))
        self.others: Counter[str] = Counter()
        self.hooks: list[Any] = []

    def start(self) -> None:
        """Begin to look."""
        self.hooks = [register_optimizer_step_post_hook(self.stepped)]

    def stop(self) -> None:
        """Look no longer."""
        for hook in self.hooks:
            hook.remove()
        self.hooks = []

    def stepped(self, optimizer: torch.optim.Optimizer, args: Any, kwargs: Any) -> None:
        """Note a step of another optimizer that has some of the same parameters."""
        if optimizer is not self.optimizer and not self.own.isdisjoint(parameters_in(optimizer)):
            self.others[type(optimizer).__name__] += 1

    @property
    def remarks(self) -> Iterator[str]:
        """What was seen, in sentences."""
        for name, steps in self.others.items():
            yield (
                f"another optimizer ({name}) took {counted(steps, 'step')} on the same parameters,"
                " and what it did is not recorded; watch the optimizer that trains, once it is made"
            )
        gone = len(self.trained.keys() - {id(each) for each in self.model.parameters()})
        if gone:
            yield (
                f"the model has other tensors than at the beginning in the place of"
                f" {counted(gone, 'parameter')} that the optimizer trains, as after"
                " load_state_dict(…, assign=True), so that steps since then do not reach the model;"
                " load without assign=True, or make the optimizer after it"
            )
        if len(self.optimizer.param_groups) > self.groups:
            yield (
                "the optimizer was given another group of parameters in the loop, and the steps"
                " from shortly before on cannot be explained; give it all its groups before the"
                " watch"
            )


def parameters_in(optimizer: torch.optim.Optimizer) -> Iterator[int]:
    """Yield the identities of the parameters that an optimizer has."""
    return (id(parameter) for group in optimizer.param_groups for parameter in group["params"])
