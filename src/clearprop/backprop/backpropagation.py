"""Back-propagation: one training step of a feed-forward network.

    forward    z[l] = a[l-1] W[l]ᵀ + b[l]        a[l] = g(z[l])           a[0] = x, a[D] = ŷ
    loss       L = Σ_k L(y_k, ŷ_k)               or its mean over the m examples
    backward   δ[D] = ∂L/∂ŷ · g'(z[D])           δ[l] = (δ[l+1] W[l+1]) · g'(z[l])
    gradient   ∂L/∂W[l] = δ[l]ᵀ a[l-1]           ∂L/∂b[l] = Σ_k δ[l]_k
    update     W[l] ← W[l] - η ∂L/∂W[l]          or another rule of the table

(Rumelhart, Hinton & Williams 1986, eq. 1-9.) Deltas use the weights before the update. Functions
and their derivatives come from the tables in `formulas`; letters and shapes are those of the
legend: x (m, n_0), z[l], a[l] and δ[l] (m, n_l), W[l] (n_l, n_{l-1}), b[l] (n_l,). What a training
may add, each at one place: sample weights (`total_loss`, `shared_out`), dropout (`dropped`),
clipping (`clipping.py`), and a rate of its own for each step (`update`). All shapes may have an
axis in front, that of a stack of parameters: the passes of many steps are then made at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from clearprop.backprop.products import FAST_PRODUCTS, Products
from clearprop.formulas.activations import activation
from clearprop.formulas.arithmetic import evaluate
from clearprop.formulas.constants import DEFAULTS
from clearprop.formulas.expressions import Expression
from clearprop.formulas.losses import loss as loss_rule
from clearprop.formulas.optimizers import optimizer
from clearprop.network.learning import Learning
from clearprop.network.network import Network
from clearprop.network.parameters import Array, Parameters

NO_MASKS: Mapping[int, Array] = {}


@dataclass(frozen=True)
class ForwardPass:
    """Net inputs z[1..D] and activations a[0..D] of m examples, and each activation's parts.

    `masks` are those of dropout, by layer: what layer l sends on is a[l] times its mask.
    """

    z: tuple[Array, ...]
    a: tuple[Array, ...]
    parts: tuple[Mapping[str, Array], ...]
    masks: Mapping[int, Array] = field(default_factory=dict)

    @property
    def outputs(self) -> Array:
        """ŷ = a[D], shape (m, n_D)."""
        return self.a[-1]

    @property
    def sent(self) -> tuple[Array, ...]:
        """What the layers 0..D-1 send on to the next one."""
        return tuple(dropped(a, self.masks, layer) for layer, a in enumerate(self.a[:-1]))


@dataclass(frozen=True)
class BackwardPass:
    """Deltas δ[1..D], shape (m, n_l), and the gradient as one flat vector with views."""

    delta: tuple[Array, ...]
    gradient: Parameters


@dataclass(frozen=True)
class OptimizerState:
    """What the optimizer carries: vectors as long as the parameters, and shared numbers."""

    vectors: Mapping[str, Array]
    shared: Mapping[str, float]


# --- forward -------------------------------------------------------------------------------------


def forward_pass(
    parameters: Parameters,
    x: Array,
    products: Products = FAST_PRODUCTS,
    masks: Mapping[int, Array] = NO_MASKS,
) -> ForwardPass:
    """Return z, a and the activations' parts of all layers; `masks` are those of dropout.

    >>> from clearprop.network.lesson import seed_lesson
    >>> lesson = seed_lesson()
    >>> float(forward_pass(lesson.parameters, lesson.x).outputs[0, 0])
    0.6457039112315864
    """
    network = parameters.network
    z: list[Array] = []
    a: list[Array] = [x]
    parts: list[Mapping[str, Array]] = []
    with np.errstate(all="ignore"):
        for layer in network.layer_numbers:
            sent = dropped(a[-1], masks, layer - 1)
            z.append(net_inputs(parameters, layer, sent, products))
            activations, steps = activate(network, layer, z[-1], products)
            a.append(activations)
            parts.append(steps)
    return ForwardPass(tuple(z), tuple(a), tuple(parts), masks)


def dropped(values: Array, masks: Mapping[int, Array], layer: int) -> Array:
    """Return a layer's values, those of the units that dropout leaves out as 0.

    (Srivastava et al. 2014: forward the activations, and backward the errors, by the same mask.)
    """
    return values * masks[layer] if layer in masks else values


def net_inputs(parameters: Parameters, layer: int, a: Array, products: Products) -> Array:
    """Return z[l] = a[l-1] W[l]ᵀ + b[l]."""
    z = products.weighted_inputs(a, parameters.weights[layer - 1])
    biases = parameters.biases[layer - 1]
    return z if biases is None else z + biases[..., np.newaxis, :]


def activate(
    network: Network, layer: int, z: Array, products: Products
) -> tuple[Array, Mapping[str, Array]]:
    """Return a[l] = g(z[l]) and the parts of g on the way."""
    rule = activation(network.activation(layer))
    values: dict[str, Any] = {"z": z, **DEFAULTS, **network.constants}
    parts = {}
    for part in rule.parts:
        values[part.name] = parts[part.name] = evaluate(part.formula, values, products.formulas)
    return like(z, evaluate(rule.formula, values, products.formulas)), parts


def like(z: Array, values: Any) -> Array:
    """Return values, which a formula may give as one number, in the shape and type of z."""
    found = np.asarray(values, dtype=z.dtype)
    return found if found.shape == z.shape else np.broadcast_to(found, z.shape)


# --- loss ----------------------------------------------------------------------------------------


def losses(
    network: Network,
    learning: Learning,
    forward: ForwardPass,
    y: Array,
    products: Products = FAST_PRODUCTS,
) -> Array:
    """Return the loss of each example, shape (m,), before the reduction."""
    rule = learning.short_form(network) or loss_rule(learning.loss)
    each = evaluate_at_outputs(rule.formula, network, learning, forward, y, products)
    shape = (*y.shape[:-1], 1)
    return (each if np.shape(each) == shape else np.broadcast_to(each, shape))[..., 0]


def total_loss(learning: Learning, each: Array, weights: Array | None = None) -> float:
    """Return the loss L: the examples' losses summed from left to right, or their mean.

    Sample weights c make it Σ c_k L_k, and the mean Σ c_k L_k / Σ c_k.

    >>> total_loss(Learning(reduction="mean"), np.array([1.0, 3.0]))
    2.0
    >>> total_loss(Learning(reduction="mean"), np.array([1.0, 3.0]), np.array([1.0, 3.0]))
    2.5
    """
    with np.errstate(all="ignore"):
        weighted = each if weights is None else weights * each
        return float(sum_from_left(weighted) / loss_divisor(learning, len(each), weights))


def loss_divisor(learning: Learning, examples: int, weights: Array | None) -> Any:
    """Return what the sum of the examples' losses is divided by: 1, m, or the sum of weights.

    Where all weights are 0 there is nothing to divide, and it is 1.
    """
    if learning.reduction != "mean":
        return 1
    if weights is None:
        return examples
    total = sum_from_left(weights)
    return np.where(total == 0, 1.0, total)


def sum_from_left(terms: Array) -> Any:
    """Return the sum of numbers, added one after another in float64: `np.sum` adds in pairs."""
    return np.add.accumulate(terms, axis=-1, dtype=np.float64)[..., -1]


def evaluate_at_outputs(
    tree: Expression,
    network: Network,
    learning: Learning,
    forward: ForwardPass,
    y: Array,
    products: Products,
) -> Any:
    """Return the value of a loss's formula or slope, given what the output layer computed."""
    values = {
        **learning.values(network),
        **forward.parts[-1],
        "n": network.layers[-1],
        "y": y,
        "a": forward.outputs,
        "z": forward.z[-1],
    }
    with np.errstate(all="ignore"):
        return evaluate(tree, values, products.formulas)


# --- backward ------------------------------------------------------------------------------------


def backward_pass(
    parameters: Parameters,
    learning: Learning,
    forward: ForwardPass,
    y: Array,
    products: Products = FAST_PRODUCTS,
    weights: Array | None = None,
) -> BackwardPass:
    """Return δ of all layers, last to first, and the gradient of all parameters.

    `weights` are the sample weights of the examples, shape (m,).

    >>> from clearprop.network.lesson import seed_lesson
    >>> lesson = seed_lesson()
    >>> forward = forward_pass(lesson.parameters, lesson.x)
    >>> back = backward_pass(lesson.parameters, lesson.learning, forward, lesson.y)
    >>> float(back.gradient.weights[1][0, 0])
    -0.12162083549961815
    """
    deltas = backward_deltas(parameters, learning, forward, y, products, weights)
    with np.errstate(all="ignore"):
        gradient = parameter_gradient(parameters, forward, deltas, products)
    return BackwardPass(tuple(deltas), gradient)


@np.errstate(all="ignore")
def backward_deltas(
    parameters: Parameters, learning: Learning, forward: ForwardPass, y: Array,
    products: Products = FAST_PRODUCTS, weights: Array | None = None, lowest: int = 1,
) -> list[Array]:  # fmt: skip
    """Return δ of the layers `lowest` … D, computed from the last to the first."""
    network = parameters.network
    deltas = [output_delta(network, learning, forward, y, products, weights)]
    for layer in reversed(network.layer_numbers[lowest - 1 : -1]):
        error = products.errors_below(deltas[0], parameters.weights[layer])
        error = dropped(error, forward.masks, layer)
        deltas.insert(0, through_activation(network, layer, forward, error, products))
    return deltas


def output_delta(
    network: Network,
    learning: Learning,
    forward: ForwardPass,
    y: Array,
    products: Products,
    weights: Array | None = None,
) -> Array:
    """Return δ[D] = ∂L/∂z[D]: by the short form of loss and activation, or by the chain rule."""
    short = learning.short_form(network)
    tree = short.delta if short else loss_rule(learning.loss).derivative
    slope = evaluate_at_outputs(tree, network, learning, forward, y, products)
    slope = like(forward.outputs, shared_out(learning, slope, y.shape[-2], weights))
    if short:
        return slope
    return through_activation(network, network.depth, forward, slope, products)


def shared_out(learning: Learning, slope: Any, examples: int, weights: Array | None) -> Any:
    """Return each example's share of the slope: c_k / Σ c of it, which is 1/m without weights."""
    with np.errstate(all="ignore"):
        own = np.asarray(slope if weights is None else slope * weights[..., np.newaxis])
        divisor = np.asarray(loss_divisor(learning, examples, weights), dtype=own.dtype)
        return own / divisor[..., np.newaxis, np.newaxis]


def through_activation(
    network: Network, layer: int, forward: ForwardPass, error: Array, products: Products
) -> Array:
    """Return δ[l] = ∂L/∂a[l] · g'(z[l]); for the softmax, a sum over the layer's units."""
    rule = activation(network.activation(layer))
    z, a = forward.z[layer - 1], forward.a[layer]
    values = {**DEFAULTS, **network.constants, **forward.parts[layer - 1], "z": z, "a": a}
    with np.errstate(all="ignore"):
        own = like(z, evaluate(rule.derivative, values, products.formulas))
        if rule.cross_derivative is None:
            return error * own
        return through_coupled(rule.cross_derivative, a, error, own, products)


def through_coupled(
    cross_derivative: Expression, a: Array, error: Array, own: Array, products: Products
) -> Array:
    """Return δ_j = Σ_k ∂L/∂a_k · ∂a_k/∂z_j, where every unit of the layer depends on every z_j."""
    delta = np.zeros_like(a)
    for k in range(a.shape[-1]):
        pair = {"a": a[..., k : k + 1], "a_other": a}
        slopes = evaluate(cross_derivative, pair, products.formulas)
        slopes[..., k] = own[..., k]
        term = error[..., k : k + 1] * slopes
        delta = term if k == 0 else delta + term
    return delta


def parameter_gradient(
    parameters: Parameters, forward: ForwardPass, deltas: list[Array], products: Products
) -> Parameters:
    """Return ∂L/∂W[l] = Σ_k δ_k a_kᵀ and ∂L/∂b[l] = Σ_k δ_k, as one flat vector."""
    network = parameters.network
    gradient = np.empty_like(parameters.vector)
    stack = gradient.shape[:-1]
    for (weights, biases), delta, a in zip(parameters.slices, deltas, forward.sent, strict=True):
        gradient[..., weights] = products.over_examples(delta, a).reshape(*stack, -1)
        if biases.stop > biases.start:
            ones = np.ones((delta.shape[-2], 1), dtype=delta.dtype)
            gradient[..., biases] = products.over_examples(delta, ones)[..., 0]
    return Parameters(network, gradient)


# --- update --------------------------------------------------------------------------------------


def first_state(parameters: Parameters, learning: Learning) -> OptimizerState:
    """Return what the optimizer carries before the first step."""
    rule = optimizer(learning.optimizer)
    vectors = {name: np.full_like(parameters.vector, start) for name, start in rule.state.items()}
    return OptimizerState(vectors, dict(rule.shared_state))


@np.errstate(all="ignore")  # an overflow shows in the numbers; NumPy need not warn of it
def update(
    parameters: Parameters,
    gradient: Parameters,
    learning: Learning,
    state: OptimizerState,
    frozen: Array | None = None,
    products: Products = FAST_PRODUCTS,
    rate: float | None = None,
) -> tuple[Parameters, OptimizerState]:
    """Return the parameters and the optimizer's state after one step.

    Weight decay adds λw to the gradient of weights (not of biases), or shrinks the weight itself
    where the rule says so (AdamW). `frozen` marks the entries of the vector to leave alone; `rate`
    is the step's own learning rate, where a schedule gives it one.
    """
    rule = optimizer(learning.optimizer)
    decay = learning.constant("weight_decay")
    weights = is_weight(parameters) if decay > 0 else np.zeros(len(parameters.vector), dtype=bool)
    g = gradient.vector
    if decay > 0 and rule.decoupled_update is None:
        g = np.where(weights, g + decay * parameters.vector, g)
    values: dict[str, Any] = {
        **learning.values(parameters.network),
        **state.vectors,
        **state.shared,
        "w": parameters.vector,
        "g": g,
    }
    if rate is not None:
        values["rate"] = rate
    for name, tree in rule.lines:
        values[name] = evaluate(tree, values, products.formulas)
    if decay > 0 and rule.decoupled_update is not None:
        shrunk = evaluate(rule.decoupled_update, values, products.formulas)
        values["w_new"] = np.where(weights, shrunk, values["w_new"])
    if frozen is not None and frozen.any():
        values["w_new"] = np.where(frozen, parameters.vector, values["w_new"])
    return parameters.with_vector(values["w_new"]), OptimizerState(
        {name: values[f"{name}_new"] for name in state.vectors},
        {name: values[f"{name}_new"] for name in state.shared},
    )


def is_weight(parameters: Parameters) -> Array:
    """Return which entries of the flat vector are weights, not biases."""
    mask = np.ones(len(parameters.vector), dtype=bool)
    for _, biases in parameters.slices:
        mask[biases] = False
    return mask
