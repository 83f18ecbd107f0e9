"""JAX: the whole loop jitted, with `lax.fori_loop` and `lax.scan`; `vmap` over networks for W6.

Gradients are its own (`jax.value_and_grad`). What is compiled holds for any number of steps.
"""

from __future__ import annotations

import operator
import os
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np

from benchmarks.peers import Peer, not_installed
from benchmarks.workloads import Task, Workload


class Jax:
    """A jitted loop over steps; how many is no part of what is compiled."""

    def __init__(self, task: Task) -> None:
        import jax

        jax.config.update("jax_enable_x64", task.workload.dtype == "float64")
        self.jax, self.task, self.work, self.step = jax, task, task.workload, 0
        start = task.start if self.work.networks > 1 else task.start[0]
        self.p = [jax.numpy.asarray(part) for part in parts(self.work, start)]
        self.v = jax.tree.map(jax.numpy.zeros_like, self.p)
        self.loss = jax.numpy.zeros(start.shape[:-1], start.dtype)
        self.data = tuple(map(jax.numpy.asarray, (task.x, task.y, task.orders)))
        self.grad = jax.value_and_grad(partial(loss, self.work))
        self.loop = jax.jit(self.many(), donate_argnums=(0,))

    def many(self) -> Callable:
        """Return the loop that fits the work."""
        if self.work.networks > 1:
            return self.jax.vmap(self.steps, in_axes=(0, None, None, None))
        return self.steps if self.work.examples % self.work.batch == 0 else self.epochs

    def run(self, steps: int) -> None:
        """Do that many more updates."""
        state = (self.p, self.v, self.loss)
        end = self.step + steps
        state = self.loop(state, self.data, self.step, end)
        self.p, self.v, self.loss = self.jax.block_until_ready(state)
        self.step = end

    def update(self, state: tuple, x: object, y: object) -> tuple:
        """Return the state after a step: weights, their last change, and the sum of the losses."""
        p, v, total = state
        value, g = self.grad(p, x, y)
        rate, momentum, each = self.work.rate, self.work.momentum, self.jax.tree.map
        if not momentum:
            return each(lambda p, g: p - rate * g, p, g), v, total + value
        v = each(lambda v, g: momentum * v - rate * g, v, g)
        return each(operator.add, p, v), v, total + value

    def steps(self, state: tuple, data: tuple, start: int, end: int) -> tuple:
        """Return the state after steps of full batches."""
        jax, size, per_epoch = self.jax, self.work.batch, self.work.per_epoch
        x, y, orders = data

        def body(step: object, state: tuple) -> tuple:
            if per_epoch == 1:
                return self.update(state, x, y)
            first = (step // per_epoch % len(orders), step % per_epoch * size)
            rows = jax.lax.dynamic_slice(orders, first, (1, size))[0]
            return self.update(state, x[rows], y[rows])

        return jax.lax.fori_loop(start, end, body, state)

    def epochs(self, state: tuple, data: tuple, start: int, end: int) -> tuple:
        """Return the state after whole epochs whose last batch is short."""
        jax, size, per_epoch = self.jax, self.work.batch, self.work.per_epoch
        x, y, orders = data
        whole = self.work.examples // size

        def batch(state: tuple, rows: object) -> tuple:
            return self.update(state, x[rows], y[rows]), None

        def body(epoch: object, state: tuple) -> tuple:
            order = orders[epoch % len(orders)]
            rows = order[: whole * size].reshape(whole, size)
            state, _ = jax.lax.scan(batch, state, rows)
            rest = order[whole * size :]
            return self.update(state, x[rest], y[rest])

        return jax.lax.fori_loop(start // per_epoch, end // per_epoch, body, state)

    def weights(self) -> np.ndarray:
        """Return the weights, shape (networks, parameters)."""
        networks = len(self.task.start)
        return np.concatenate([np.reshape(part, (networks, -1)) for part in self.p], axis=1)


def parts(work: Workload, vectors: np.ndarray) -> Iterator[np.ndarray]:
    """Yield W[1], b[1], W[2], … of one vector or of many."""
    start = 0
    for inputs, units in zip(work.layers[:-1], work.layers[1:], strict=True):
        for shape in [(units, inputs), (units,)][: 1 + work.biases]:
            end = start + int(np.prod(shape))
            yield vectors[..., start:end].reshape(*vectors.shape[:-1], *shape)
            start = end


def loss(work: Workload, p: list, x: object, y: object) -> object:
    """Return the mean loss of a batch."""
    import jax

    functions: dict[str, Callable] = {
        "sigmoid": jax.nn.sigmoid,
        "tanh": jax.numpy.tanh,
        "relu": jax.nn.relu,
        "identity": lambda z: z,
        "softmax": jax.nn.log_softmax,
    }
    weights, biases = (p[::2], p[1::2]) if work.biases else (p, [0.0] * len(p))
    a = x
    for w, b, name in zip(weights, biases, work.activations, strict=True):
        a = functions[name](a @ w.T + b)
    if work.loss == "cross_entropy":
        return -(y * a).sum() / len(x)
    factor = 1 if work.loss == "squared_error" else 0.5
    return factor * ((y - a) ** 2).sum() / len(x)


def prepare(task: Task, threads: int) -> Jax:
    """Return the program; JAX takes its threads from the environment when it is imported."""
    if threads == 1:
        flags = os.environ.get("XLA_FLAGS", "")
        os.environ["XLA_FLAGS"] = f"{flags} --xla_cpu_multi_thread_eigen=false".strip()
    return Jax(task)


PEERS = (Peer("JAX, jit and scan", "peer", not_installed("jax"), prepare, packages=("jax",)),)
