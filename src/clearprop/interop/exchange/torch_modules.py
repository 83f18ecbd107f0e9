"""PyTorch's modules and clearprop's networks, each made of the other.

`from_torch` takes an `nn.Sequential` of Linear layers and activations, nested as it may be; what
has no place in a network of clearprop is named layer by layer. `to_torch` gives such a module, with
the weights as its own, and the names of another where it is asked for them.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import replace
from typing import Any

import numpy as np

from clearprop.errors import SettingError
from clearprop.formulas.constants import DEFAULTS
from clearprop.interop.exchange.assembling import Assembly
from clearprop.interop.extras import needed
from clearprop.network.network import Network
from clearprop.network.parameters import Parameters

NAMES = "clearprop_names"  # an attribute: names of units, for which PyTorch has no place
# name -> class of torch.nn and its arguments, by the constants of the network
MODULES: Mapping[str, tuple[str, Callable[[Mapping[str, float]], dict[str, Any]]]] = {
    "sigmoid": ("Sigmoid", lambda c: {}),
    "tanh": ("Tanh", lambda c: {}),
    "relu": ("ReLU", lambda c: {}),
    "leaky_relu": ("LeakyReLU", lambda c: {"negative_slope": c["leaky_relu_slope"]}),
    "elu": ("ELU", lambda c: {"alpha": c["elu_alpha"]}),
    "gelu": ("GELU", lambda c: {}),
    "silu": ("SiLU", lambda c: {}),
    "softplus": ("Softplus", lambda c: {}),
    "softmax": ("Softmax", lambda c: {"dim": -1}),
}
OF_OTHERS = (
    "that is made of others; make it lasting first (prune.remove, remove_weight_norm,"
    " remove_spectral_norm)"
)
# class -> what has to hold for it to be the layer or activation of that name
CONDITIONS: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    # `weight` of the others is what the last forward pass made, which may be of older numbers
    "Linear": (
        lambda m: {*m._parameters} == {"weight", "bias"},
        f"has a weight or bias {OF_OTHERS}",
    ),
    "GELU": (lambda m: m.approximate == "none", "is not the exact one (approximate='none')"),
    "Softplus": (lambda m: m.beta == 1, "has another beta than 1"),
    "Softmax": (lambda m: m.dim in (1, -1), "is not over the units (dim=-1)"),
    "Flatten": (lambda m: (m.start_dim, m.end_dim) == (1, -1), "does not flatten each row"),
    "Dropout": (lambda m: not m.training or m.p == 0, "is in training mode; call module.eval()"),
}
PASSING = ("Identity", "Flatten", "Dropout")
ACTIVATIONS = {class_name: name for name, (class_name, _) in MODULES.items()}


def from_torch(module: Any) -> Parameters:
    """Return the network of an `nn.Sequential` with its weights, in float64.

    Raises
    ------
    MissingExtra: torch is not installed (`pip install 'clearprop[torch]'`).
    SettingError: modules that no feed-forward network has, each named with its place.

    >>> from torch import nn
    >>> parameters = from_torch(nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1)))
    >>> parameters.network.layers, parameters.network.activations
    ((2, 3, 1), ('tanh', 'identity'))
    """
    torch = needed("torch", "a network of PyTorch", "torch")
    if not isinstance(module, torch.nn.Module):
        raise SettingError(f"from_torch takes a torch.nn.Module, not {type(module).__name__}")
    if not is_of(torch.nn, module):
        raise SettingError(
            f"from_torch cannot know what the forward of {type(module).__name__} does; give it the"
            " nn.Sequential inside, or write the module as ONNX and take cp.from_onnx"
        )
    assembly = Assembly()
    for place, part in leaves(module, torch.nn):
        take(assembly, place, part, torch.nn)
    found = assembly.finished("the module")
    names = getattr(module, NAMES, None)
    if not isinstance(names, Mapping):
        return found
    return Parameters(replace(found.network, names=names), found.vector)


def is_of(nn: Any, module: Any) -> bool:
    """Return whether a module is one of PyTorch's own, whose name says what it does."""
    return type(module) is getattr(nn, type(module).__name__, None)


def leaves(module: Any, nn: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the modules of nested `nn.Sequential`s in order, each with its place such as "0.2"."""
    if type(module) is not nn.Sequential:
        yield place, module
        return
    for name, part in module._modules.items():  # a module may stand at several places
        yield from leaves(part, nn, f"{place}.{name}" if place else name)


def take(assembly: Assembly, place: str, module: Any, nn: Any) -> None:
    """Add a module to the network, or note why it cannot be."""
    kind = type(module).__name__
    where = f"{kind} '{place}'" if place else kind
    known = is_of(nn, module)
    holds, words = CONDITIONS.get(kind, (lambda m: True, ""))
    if known and kind in ("Linear", *ACTIVATIONS, *PASSING) and not holds(module):
        assembly.problems.append(f"{where} {words}")
    elif known and kind == "Linear" and module.weight.is_meta:
        assembly.problems.append(f"{where} has no numbers yet")
    elif known and kind == "Linear" and module.weight.is_complex():
        assembly.problems.append(f"{where} has complex numbers")
    elif known and kind == "Linear":
        biases = None if module.bias is None else array(module.bias)
        assembly.linear(array(module.weight), biases, where)
    elif known and kind in ACTIVATIONS:
        assembly.activate(ACTIVATIONS[kind], where, constants(module))
    elif not (known and kind in PASSING):
        assembly.problems.append(f"{where} is neither Linear nor one of the activations")


def array(tensor: Any) -> Any:
    """Return a tensor's numbers."""
    return tensor.detach().cpu().double().numpy()


def constants(module: Any) -> dict[str, float]:
    """Return what a module sets that its activation leaves open."""
    kind = type(module).__name__
    if kind == "LeakyReLU":
        return {"leaky_relu_slope": float(module.negative_slope)}
    return {"elu_alpha": float(module.alpha)} if kind == "ELU" else {}


# --- the other way -------------------------------------------------------------------------------


def to_torch(parameters: Parameters, like: Any = None) -> Any:
    """Return an `nn.Sequential` with these weights, as its own, in the parameters' dtype.

    Its modules are named `layer1`, `tanh1`, `layer2`, …; an identity has none. With a module
    `like`, it is a copy of that with these weights, names and dtype kept.

    Raises
    ------
    MissingExtra: torch is not installed.
    SettingError: `like` is no module of such a network.

    >>> from clearprop.network.lesson import seed_lesson
    >>> print(to_torch(seed_lesson().parameters).state_dict()["layer2.weight"])
    tensor([[0.8000]], dtype=torch.float64)
    """
    torch = needed("torch", "a network of PyTorch", "torch")
    network, modules = parameters.network, OrderedDict[str, Any]()
    dtype = getattr(torch, str(parameters.vector.dtype))
    for layer in network.layer_numbers:
        inputs, units = network.layers[layer - 1 : layer + 1]
        biases = parameters.biases[layer - 1]
        linear = torch.nn.utils.skip_init(
            torch.nn.Linear, inputs, units, bias=biases is not None, dtype=dtype
        )
        with torch.no_grad():
            linear.weight.copy_(torch.from_numpy(np.array(parameters.weights[layer - 1])))
            if biases is not None:
                linear.bias.copy_(torch.from_numpy(np.array(biases)))
        modules[f"layer{layer}"] = linear
        name = network.activation(layer)
        if name != "identity":
            kind, options = arguments(network, name)
            modules[f"{name}{layer}"] = getattr(torch.nn, kind)(**options)
    module = torch.nn.Sequential(modules)
    if like is not None:
        module = named_as(like, module)
    if network.names:
        setattr(module, NAMES, dict(network.names))
    return module


def named_as(like: Any, module: Any) -> Any:
    """Return a copy of a module that is the same network, with the weights of `module`."""
    given, wanted = (replace(from_torch(each).network, names={}) for each in (like, module))
    if given != wanted:
        raise SettingError(f"`like` is {given}, and the parameters are those of {wanted}")
    names = list(like.state_dict())
    if len(names) > len(module.state_dict()):
        raise SettingError("`like` holds more than the weights and biases of its Linear layers")
    if len(names) > len(list(like.parameters())):
        raise SettingError(
            "`like` has one Linear at several places, where a network here has weights of their own"
        )
    copied = deepcopy(like)
    copied.load_state_dict(dict(zip(names, module.state_dict().values(), strict=True)))
    return copied


def arguments(network: Network, name: str) -> tuple[str, dict[str, Any]]:
    """Return the class of an activation and what it is made with."""
    kind, options = MODULES[name]
    return kind, options({**DEFAULTS, **network.constants})


def module_code(network: Network) -> str:
    """Return the Python expression that builds the module `to_torch` gives.

    >>> print(module_code(Network([2, 1], biases=False)))
    nn.Sequential(OrderedDict([
        ("layer1", nn.Linear(2, 1, bias=False)),
        ("sigmoid1", nn.Sigmoid()),
    ]))
    """
    lines = []
    for layer in network.layer_numbers:
        inputs, units = network.layers[layer - 1 : layer + 1]
        bias = "" if network.has_biases(layer) else ", bias=False"
        lines.append(f'("layer{layer}", nn.Linear({inputs}, {units}{bias})),')
        name = network.activation(layer)
        if name != "identity":
            kind, options = arguments(network, name)
            given = ", ".join(f"{key}={value!r}" for key, value in options.items())
            lines.append(f'("{name}{layer}", nn.{kind}({given})),')
    body = "".join(f"    {line}\n" for line in lines)
    return f"nn.Sequential(OrderedDict([\n{body}]))"
