"""One training step of any network: forward pass -> deltas -> gradient -> update.

The formulas stand in `backprop/backpropagation.py`, which this follows line by line.
"""

import math

import numpy as np

from clearprop.engine.kernels.draws import draw_mask
from clearprop.engine.kernels.marks import (
    F,
    call,
    kernel,
    matrix,
    of_layer,
    spliced,
    stretch,
    weights_of,
)
from clearprop.engine.kernels.measures import measure
from clearprop.engine.kernels.names import (
    ACTIVATE,
    BIASES,
    DELTA,
    HAS_BIASES,
    LOSSES,
    MASK,
    SENT,
    SHARE,
    SIZE,
    SLOPES,
    THROUGH,
    UPDATE,
    WEIGHT_DECAY,
    WEIGHTS,
    A,
    Z,
)
from clearprop.engine.kernels.products_strict import (
    errors_below,
    over_examples,
    weighted_inputs,
)


@kernel
def multiply(values, factors, products):
    """products[k,u] = values[k,u] · factors[k,u]"""
    for k in range(values.shape[0]):
        for u in range(values.shape[1]):
            products[k, u] = values[k, u] * factors[k, u]


@kernel
def forward(x, vector, wiring, constants, room, dropout, seed, step):
    """z[l] = a[l-1] W[l]ᵀ + b[l], a[l] = g(z[l]); with dropout a layer sends on a · mask."""
    m, depth = x.shape[0], wiring.shape[0] - 1
    below = x
    for layer in range(1, depth + 1):
        z = of_layer(room.units, Z, wiring, layer, m)
        a = of_layer(room.units, A, wiring, layer, m)
        weighted_inputs(below, weights_of(vector, wiring, layer), z, room.turned)
        if wiring[layer, HAS_BIASES] == 1:
            biases = stretch(vector, wiring[layer, BIASES], z.shape[1])
            for k in range(m):
                for u in range(z.shape[1]):
                    z[k, u] += biases[u]
        call(wiring[layer, ACTIVATE], (z, a, room.parts, constants, m, z.shape[1]))
        below = a
        if dropout > 0.0 and layer < depth:
            mask = of_layer(room.units, MASK, wiring, layer, m)
            below = of_layer(room.units, SENT, wiring, layer, m)
            draw_mask(mask, dropout, seed, step, layer)
            multiply(a, mask, below)


@spliced
def batch_loss(y, weights, total_weight, wiring, rules, room):
    """L = Σ_k c_k L(y_k, ŷ_k), or that divided by Σ_k c_k."""
    m, depth = y.shape[0], wiring.shape[0] - 1
    z = of_layer(room.units, Z, wiring, depth, m)
    a = of_layer(room.units, A, wiring, depth, m)
    call(rules.addresses[LOSSES], (z, a, y, room.parts, room.each, rules.constants, m, y.shape[1]))
    total = -0.0
    for k in range(m):
        each = room.each[k]
        if weights.shape[0] > 0:
            each = each * np.float64(weights[k])
        total = total + each
    return total / total_weight if rules.mean == 1 else total


@spliced
def weight_of_batch(weights, m):
    """Return Σ_k c_k, by which a mean divides: m without sample weights, 1 where all are 0."""
    total = float(m) if weights.shape[0] == 0 else -0.0
    for k in range(weights.shape[0]):
        total = total + np.float64(weights[k])
    return total if total != 0.0 else 1.0


@spliced
def backward(y, weights, total_weight, vector, wiring, rules, room):
    """δ[D] = ∂L/∂z[D], then δ[l] = (δ[l+1] W[l+1]) · g'(z[l])."""
    m, depth = y.shape[0], wiring.shape[0] - 1
    divisor = F(total_weight)
    for layer in range(depth, 0, -1):
        z = of_layer(room.units, Z, wiring, layer, m)
        a = of_layer(room.units, A, wiring, layer, m)
        delta = of_layer(room.units, DELTA, wiring, layer, m)
        is_delta = False
        if layer == depth:
            is_delta = rules.short == 1
            call(rules.addresses[SLOPES], (a, y, delta, rules.constants, m, y.shape[1]))
            for k in range(m):
                for u in range(delta.shape[1]):
                    if weights.shape[0] > 0:
                        delta[k, u] = delta[k, u] * weights[k]
                    if rules.mean == 1:
                        delta[k, u] = delta[k, u] / divisor
        else:
            above = of_layer(room.units, DELTA, wiring, layer + 1, m)
            errors_below(above, weights_of(vector, wiring, layer + 1), delta)
            if rules.dropout > 0.0:
                multiply(delta, of_layer(room.units, MASK, wiring, layer, m), delta)
        if not is_delta:
            call(wiring[layer, THROUGH], (z, a, delta, rules.constants, m, z.shape[1]))


@spliced
def clip(gradient, frozen, norm_allowed):
    """g ← g · c/‖g‖ where ‖g‖ > c (Pascanu, Mikolov & Bengio 2013, algorithm 1)."""
    total = F(-0.0)
    for j in range(gradient.shape[0]):
        if frozen.shape[0] == 0 or not frozen[j]:
            total += gradient[j] * gradient[j]
    norm = math.sqrt(total)
    if norm > norm_allowed:
        factor = F(norm_allowed / norm)
        for j in range(gradient.shape[0]):
            gradient[j] = gradient[j] * factor


@kernel
def update(x, carried, rate, wiring, rules, room):
    """Change parameters and optimizer state by the rule; what is frozen keeps its value.

    First the gradient: ∂L/∂W[l] = Σ_k δ_k a_kᵀ and ∂L/∂b[l] = Σ_k δ_k. With one example the
    entries of the former are products δ_u a_i, made where they are used: the gradient of a wide
    layer is never written to memory, whose speed is the limit there.
    """
    m, depth, vector = x.shape[0], wiring.shape[0] - 1, carried.vector
    gradient, before = room.gradient, room.turned
    by_row = int(m == 1 and rules.clip_norm == 0.0)
    for layer in range(1, depth + 1):
        delta = of_layer(room.units, DELTA, wiring, layer, m)
        below = x
        if layer > 1:
            sent = SENT if rules.dropout > 0.0 else A
            below = of_layer(room.units, sent, wiring, layer - 1, m)
        if by_row == 0:
            over_examples(delta, below, weights_of(gradient, wiring, layer))
        if wiring[layer, HAS_BIASES] == 1:
            sums = stretch(gradient, wiring[layer, BIASES], delta.shape[1])
            for u in range(delta.shape[1]):
                sums[u] = F(-0.0)
            for k in range(m):
                for u in range(delta.shape[1]):
                    sums[u] += delta[k, u]
    if rules.clip_norm > 0.0:
        clip(gradient, rules.frozen, rules.clip_norm)
    for j in range(rules.frozen.shape[0]):
        before[j] = vector[j]
    if rules.addresses[SHARE] != 0:
        call(rules.addresses[SHARE], (carried.shared, rules.constants))
    for layer in range(1, depth + 1):
        units, inputs = wiring[layer, SIZE], wiring[layer - 1, SIZE]
        delta = of_layer(room.units, DELTA, wiring, layer, m)
        below = x
        if layer > 1:
            sent = SENT if rules.dropout > 0.0 else A
            below = of_layer(room.units, sent, wiring, layer - 1, m)
        for kind in range(1 + wiring[layer, HAS_BIASES]):
            start, rows, width = wiring[layer, WEIGHTS], 1, units * inputs
            if kind == 1:
                start, width = wiring[layer, BIASES], units
            elif by_row == 1:
                rows, width = units, inputs
            call(
                rules.addresses[UPDATE],
                (
                    vector, carried.states, carried.shared, gradient, delta, below,
                    rules.constants, rate, start, rows, width, vector.shape[0],
                    1 - kind, by_row * (1 - kind),
                ),
            )  # fmt: skip
    for j in range(rules.frozen.shape[0]):
        if rules.frozen[j]:
            vector[j] = before[j]


@spliced
def penalty_of_batch(vector, total_weight, wiring, rules):
    """p/2 · ‖W‖² / Σ_k c_k, whose slope is a weight decay of p / Σ_k c_k."""
    divisor = total_weight if rules.mean == 1 else 1.0
    squares = 0.0
    for layer in range(1, wiring.shape[0]):
        weights = weights_of(vector, wiring, layer)
        of_layer_alone = -0.0
        for u in range(weights.shape[0]):
            for i in range(weights.shape[1]):
                w = np.float64(weights[u, i])
                of_layer_alone = of_layer_alone + w * w
        squares = squares + of_layer_alone
    rules.constants[WEIGHT_DECAY] = rules.penalty / divisor
    return 0.5 * rules.penalty * squares / divisor


@spliced
def train_step(x, y, weights, carried, rate, wiring, rules, seed, step, room):
    """Take one step on a batch and return its loss, before the update."""
    total_weight = weight_of_batch(weights, x.shape[0])
    forward(x, carried.vector, wiring, rules.constants, room, rules.dropout, seed, step)
    loss = batch_loss(y, weights, total_weight, wiring, rules, room)
    if rules.penalty > 0.0:
        penalty = penalty_of_batch(carried.vector, total_weight, wiring, rules)
        loss = loss + penalty
    backward(y, weights, total_weight, carried.vector, wiring, rules, room)
    update(x, carried, rate, wiring, rules, room)
    return loss


@spliced
def look(watched, vector, wiring, rules, room):
    """Return the mean loss of the watched rows, and what their score is made of."""
    rows, capacity, depth = watched.x.shape[0], room.x.shape[0], wiring.shape[0] - 1
    total, measured = 0.0, 0.0
    for start in range(0, rows, capacity):
        m = min(capacity, rows - start)
        x = matrix(watched.x, start * watched.x.shape[1], m, watched.x.shape[1])
        y = matrix(watched.y, start * watched.y.shape[1], m, watched.y.shape[1])
        forward(x, vector, wiring, rules.constants, room, 0.0, rows, start)
        z = of_layer(room.units, Z, wiring, depth, x.shape[0])
        a = of_layer(room.units, A, wiring, depth, x.shape[0])
        call(
            rules.addresses[LOSSES],
            (z, a, y, room.parts, room.each, rules.constants, m, y.shape[1]),
        )
        for k in range(m):
            total = total + room.each[k]
            measured = measure(measured, k, a, y, watched.classes)
    return total / rows, measured
