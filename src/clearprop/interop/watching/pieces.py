"""Pieces: the stretches of a module that can be computed again from their input alone.

Comes in: a module. Goes out: its pieces: runs of layers inside an `nn.Sequential` (nested ones are
gone through) that begin with a Linear layer and go on through layers without a state, and each
other Linear layer alone. What comes in at a piece's beginning and the gradient that comes back to
its end are all that has to be recorded: forward pass, deltas and the gradients of its parameters
follow, by the very operations that PyTorch did.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from clearprop.errors import RunError

LINEAR = "Linear"
# layers without a state -> what makes them again, by the names of their own attributes
KNOWN: Mapping[str, tuple[str, ...]] = {
    "CELU": ("alpha",), "ELU": ("alpha",), "Flatten": ("start_dim", "end_dim"),
    "GELU": ("approximate",), "Hardsigmoid": (), "Hardswish": (),
    "Hardtanh": ("min_val", "max_val"), "Identity": (), "LeakyReLU": ("negative_slope",),
    "LogSigmoid": (), "LogSoftmax": ("dim",), "Mish": (), "ReLU": (), "ReLU6": (), "SELU": (),
    "SiLU": (), "Sigmoid": (), "Softmax": ("dim",), "Softplus": ("beta", "threshold"),
    "Softsign": (), "Tanh": (),
}  # fmt: skip


@dataclass(frozen=True)
class Layer:
    """A layer of a piece: its kind, its options; for a Linear one the names of its parameters."""

    kind: str
    options: Mapping[str, Any]
    weight: str = ""
    bias: str | None = None

    def json(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {"kind": self.kind, "options": dict(self.options), "weight": self.weight,
                "bias": self.bias}  # fmt: skip


@dataclass(frozen=True)
class Piece:
    """Layers that follow one another; the first is a Linear one."""

    layers: tuple[Layer, ...]

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of its parameters, in their order."""
        pairs = ((layer.weight, layer.bias) for layer in self.linears)
        return tuple(name for pair in pairs for name in pair if name)

    @property
    def linears(self) -> tuple[Layer, ...]:
        """Its Linear layers, in order."""
        return tuple(layer for layer in self.layers if layer.kind == LINEAR)

    def forward(
        self, x: torch.Tensor, parameters: Mapping[str, torch.Tensor],
        met: Callable[[Layer, torch.Tensor, torch.Tensor], object],
    ) -> torch.Tensor:  # fmt: skip
        """Return its output; `met` is told each Linear layer, its input and its output z."""
        for layer in self.layers:
            if layer.kind == LINEAR:
                bias = None if layer.bias is None else parameters[layer.bias]
                z = nn.functional.linear(x, parameters[layer.weight], bias)
                met(layer, x, z)
                x = z
            else:
                x = getattr(nn, layer.kind)(**layer.options)(x)
        return x


@dataclass(frozen=True)
class Hooked:
    """A piece in a module: where its input comes in, and where its output goes out."""

    piece: Piece
    first: nn.Module
    last: nn.Module


def pieces_of(model: nn.Module) -> list[Hooked]:
    """Return the pieces of a module, in the order of its modules."""
    return list(inside(model, parameter_names(model), shared_parts(model)))


def inside(module: nn.Module, names: Mapping[int, str], shared: set[int]) -> Iterator[Hooked]:
    """Yield the pieces of a module: itself, its stretches, or those of its children."""
    if type(module) is nn.Sequential:
        yield from stretches(list(flattened(module)), names, shared)
    elif is_linear(module, shared):
        yield Hooked(Piece((described(module, names),)), module, module)
    else:
        for child in module.children():
            yield from inside(child, names, shared)


def flattened(container: nn.Sequential) -> Iterator[nn.Module]:
    """Yield the modules of a Sequential, those of nested ones in their place."""
    for module in container:
        if type(module) is nn.Sequential:
            yield from flattened(module)
        else:
            yield module


def stretches(
    modules: list[nn.Module], names: Mapping[int, str], shared: set[int]
) -> Iterator[Hooked]:
    """Yield the stretches of known layers, each from a trained Linear layer on."""
    stretch: list[nn.Module] = []
    for module in [*modules, None]:
        if module is not None and is_known(module, shared):
            if stretch or (is_linear(module, shared) and module.weight.requires_grad):
                stretch.append(module)
            continue
        while stretch and id(stretch[-1]) in shared:
            stretch.pop()  # it would be heard in its other places, too
        if stretch:
            layers = tuple(described(each, names) for each in stretch)
            yield Hooked(Piece(layers), stretch[0], stretch[-1])
        stretch = []
        if module is not None:
            yield from inside(module, names, shared)


def is_linear(module: nn.Module, shared: set[int]) -> bool:
    """Return whether a module is a Linear layer whose weights are its own.

    They are not where something makes them of others before each pass, as pruning does.
    """
    if type(module) is not nn.Linear or not module._parameters.keys() >= {"weight", "bias"}:
        return False
    return id(module.weight) not in shared


def is_known(module: nn.Module, shared: set[int]) -> bool:
    """Return whether a module can be made again from its kind and options; Dropout at 0 can."""
    if type(module) is nn.Dropout:
        return module.p == 0
    name = type(module).__name__
    return is_linear(module, shared) or (name in KNOWN and type(module) is getattr(nn, name))


def described(module: nn.Module, names: Mapping[int, str]) -> Layer:
    """Return a known layer as data."""
    if isinstance(module, nn.Linear):
        return Layer(LINEAR, {}, names[id(module.weight)], names.get(id(module.bias)))
    if isinstance(module, nn.Dropout):
        return Layer("Identity", {})
    kind = type(module).__name__
    return Layer(kind, {name: getattr(module, name) for name in KNOWN[kind]})


def piece_from(layers: Any) -> Piece:
    """Return the piece that plain values say; RunError for a layer that is not known."""
    found = tuple(Layer(**layer) for layer in layers)
    for layer in found:
        if layer.kind != LINEAR and layer.kind not in KNOWN:
            raise RunError(f"the recording has a layer that is not known here: {layer.kind!r}")
    return Piece(found)


def parameter_names(model: nn.Module) -> dict[int, str]:
    """Return the name of each parameter, by the identity of the tensor."""
    return {id(parameter): name for name, parameter in model.named_parameters()}


def shared_parts(model: nn.Module) -> set[int]:
    """Return the identities of the parameters and modules that are used in more than one place."""
    places = [id(child) for module in set(model.modules()) for child in module._modules.values()]
    seen: set[int] = set()
    shared = {place for place, times in Counter(places).items() if times > 1}
    for module in set(model.modules()):
        own = {id(parameter) for parameter in module.parameters(recurse=False)}
        shared |= (seen & own) | (own if id(module) in shared else set())
        seen |= own
    return shared
