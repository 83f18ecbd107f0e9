"""What the weights must be after some steps, by the repository's own plain pass in NumPy.

Comes in: a task. Goes out: the weights of `backprop`, in float64 and either arithmetic. A peer
that is further off than its dtype's rounding explains is not timed.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from benchmarks.workloads import Task, Workload, task
from clearprop.backprop.backpropagation import backward_pass, first_state, forward_pass, update
from clearprop.backprop.products import FAST_PRODUCTS, STRICT_PRODUCTS
from clearprop.network.parameters import Parameters

MOST_NETWORKS = 12  # of many, so many are compared, evenly spread
# Relative to the largest weight. Rounding differs by 1 in 2^24 or 2^53 a step and adds up.
TOLERANCES = {"float32": 2e-4, "float64": 1e-9}


@cache
def expected_of(workload: Workload, strict: bool) -> tuple[np.ndarray, np.ndarray]:
    """Return the same of a workload, computed once for all its peers."""
    return expected_weights(task(workload), strict)


def expected_weights(task: Task, strict: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Return which networks are compared and their weights after `check_steps` updates."""
    networks = len(task.start)
    chosen = np.unique(np.linspace(0, networks - 1, min(networks, MOST_NETWORKS)).astype(int))
    return chosen, np.array([trained(task, task.start[network], strict) for network in chosen])


def trained(task: Task, start: np.ndarray, strict: bool) -> np.ndarray:
    """Return one network's weights after `check_steps` updates of the plain pass."""
    work, products = task.workload, STRICT_PRODUCTS if strict else FAST_PRODUCTS
    learning = work.learning
    parameters = Parameters(work.network, start.astype(np.float64))
    state = first_state(parameters, learning)
    for step in range(work.check_steps):
        epoch, place = divmod(step, work.per_epoch)
        order = task.orders[epoch % len(task.orders)]
        rows = order[place * work.batch : (place + 1) * work.batch]
        x, y = task.x[rows].astype(np.float64), task.y[rows].astype(np.float64)
        forward = forward_pass(parameters, x, products)
        back = backward_pass(parameters, learning, forward, y, products)
        parameters, state = update(parameters, back.gradient, learning, state, products=products)
    return parameters.vector


def difference(weights: np.ndarray, expected: np.ndarray) -> float:
    """Return the largest difference, relative to the largest weight."""
    return float(np.abs(weights - expected).max() / np.abs(expected).max())
