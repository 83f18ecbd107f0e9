"""NumPy written by hand: what a careful author of a training loop does, in place where possible.

`ByHand` trains one network on batches; `Side` trains many small ones with the networks along the
last axis. Letters and shapes are the repository's own: W[l] (n_l, n_{l-1}), a[l] (m, n_l).
"""

from __future__ import annotations

import numpy as np

from benchmarks.peers import Peer
from benchmarks.workloads import Task
from clearprop.network.parameters import Parameters

BLOCK = 1_000  # networks at a time, so that what belongs to them stays in the cache


def activate(name: str, z: np.ndarray) -> None:
    """Put g(z) in place of z."""
    if name == "sigmoid":
        np.negative(z, out=z)
        np.exp(z, out=z)
        z += 1
        np.reciprocal(z, out=z)
    elif name == "tanh":
        np.tanh(z, out=z)
    elif name == "relu":
        np.maximum(z, 0, out=z)


def times_slope(name: str, error: np.ndarray, a: np.ndarray) -> None:
    """Multiply the error by g'(z), given a = g(z)."""
    if name == "sigmoid":
        error *= a * (1 - a)
    elif name == "tanh":
        error *= 1 - a * a
    elif name == "relu":
        error *= a > 0


class Buffers:
    """Arrays for batches of one size."""

    def __init__(self, task: Task, examples: int) -> None:
        def arrays(sizes: tuple[int, ...]) -> list[np.ndarray]:
            return [np.empty((examples, units), dtype=task.x.dtype) for units in sizes]

        layers = task.workload.layers
        self.a, self.delta, self.y = arrays(layers), arrays(layers), arrays(layers[-1:])[0]


class ByHand:
    """One network, batch after batch."""

    def __init__(self, task: Task) -> None:
        work = self.work = task.workload
        self.task, self.step, self.loss = task, 0, 0.0
        self.p, self.g = task.start[0].copy(), np.zeros_like(task.start[0])
        self.v = np.zeros_like(self.p)
        # Parameters makes its vector read-only: these are views of copies that are not.
        self.w, self.b = views(work.network, self.p)
        self.gw, self.gb = views(work.network, self.g)
        last = work.examples - (work.per_epoch - 1) * work.batch
        self.buffers = {m: Buffers(task, m) for m in {min(work.batch, work.examples), last}}

    def run(self, steps: int) -> None:
        """Do that many more updates."""
        size, per_epoch, orders = self.work.batch, self.work.per_epoch, self.task.orders
        for step in range(self.step, self.step + steps):
            epoch, place = divmod(step, per_epoch)
            rows = orders[epoch % len(orders), place * size : (place + 1) * size]
            buffers = self.buffers[len(rows)]
            np.take(self.task.x, rows, axis=0, out=buffers.a[0])
            np.take(self.task.y, rows, axis=0, out=buffers.y)
            self.forward(buffers)
            self.output_delta(buffers)
            self.backward(buffers)
            self.update()
        self.step += steps

    def forward(self, buffers: Buffers) -> None:
        """Compute a[1..D]."""
        for l, name in enumerate(self.work.activations):
            a = buffers.a[l + 1]
            np.dot(buffers.a[l], self.w[l].T, out=a)
            if self.b[l] is not None:
                a += self.b[l]
            activate(name, a)

    def output_delta(self, buffers: Buffers) -> None:
        """Compute δ[D] and add up the loss."""
        a, y, delta = buffers.a[-1], buffers.y, buffers.delta[-1]
        if self.work.loss == "cross_entropy":
            a -= a.max(axis=1, keepdims=True)
            picked = (a * y).sum()
            np.exp(a, out=a)
            sums = a.sum(axis=1, keepdims=True)
            self.loss += float(np.log(sums).sum() - picked) / len(a)
            a /= sums
            np.subtract(a, y, out=delta)
            delta /= len(a)
            return
        np.subtract(a, y, out=delta)
        factor = 2 if self.work.loss == "squared_error" else 1
        self.loss += float(np.vdot(delta, delta)) * factor / 2 / len(a)
        delta *= factor / len(a)
        times_slope(self.work.activations[-1], delta, a)

    def backward(self, buffers: Buffers) -> None:
        """Compute the other deltas and the gradient."""
        for l in reversed(range(len(self.w))):
            delta, below = buffers.delta[l + 1], buffers.a[l]
            np.dot(delta.T, below, out=self.gw[l])
            if self.gb[l] is not None:
                delta.sum(axis=0, out=self.gb[l])
            if l > 0:
                np.dot(delta, self.w[l], out=buffers.delta[l])
                times_slope(self.work.activations[l - 1], buffers.delta[l], below)

    def update(self) -> None:
        """Change the weights."""
        self.g *= self.work.rate
        if self.work.momentum:
            self.v *= self.work.momentum
            self.v -= self.g
            self.p += self.v
        else:
            self.p -= self.g

    def weights(self) -> np.ndarray:
        """Return the weights, shape (1, parameters)."""
        return self.p[None, :].copy()


def views(network: object, vector: np.ndarray) -> tuple[list, list]:
    """Return W[l] and b[l] (None where there is none) as views that can be written."""
    shapes = Parameters(network, vector.copy())
    weights, biases = [], []
    for (w, b), like in zip(shapes.slices, shapes.weights, strict=True):
        weights.append(vector[w].reshape(like.shape))
        biases.append(vector[b] if b.stop > b.start else None)
    return weights, biases


class Side:
    """Many networks of two layers of sigmoid units, side by side along the last axis."""

    def __init__(self, task: Task) -> None:
        self.work, self.x, self.y, self.loss = task.workload, task.x, task.y, 0.0
        self.p = [
            np.ascontiguousarray(task.start[first : first + BLOCK].T)
            for first in range(0, len(task.start), BLOCK)
        ]
        self.v = [np.zeros_like(p) for p in self.p]

    def run(self, steps: int) -> None:
        """Do that many more updates of every network."""
        for p, v in zip(self.p, self.v, strict=True):
            g = np.empty_like(p)
            for _ in range(steps):
                self.loss += self.gradient(p, g)
                g *= self.work.rate
                v *= self.work.momentum
                v -= g
                p += v

    def gradient(self, p: np.ndarray, g: np.ndarray) -> float:
        """Put the gradient of all networks in g, and return their loss."""
        n0, n1, _ = self.work.layers
        w1, b1 = p[: n0 * n1].reshape(n1, n0, -1), p[n0 * n1 : n0 * n1 + n1]
        w2, b2 = p[-n1 - 1 : -1], p[-1]
        x = self.x[:, :, None]
        hidden = []
        for u in range(n1):
            h = x[:, 0] * w1[u, 0] + b1[u]
            for i in range(1, n0):
                h += x[:, i] * w1[u, i]
            activate("sigmoid", h)
            hidden.append(h)
        out = hidden[0] * w2[0] + b2
        for u in range(1, n1):
            out += hidden[u] * w2[u]
        activate("sigmoid", out)
        delta = out - self.y
        loss = 0.5 * float(np.vdot(delta, delta)) / len(x)
        delta /= len(x)
        times_slope("sigmoid", delta, out)
        delta.sum(axis=0, out=g[-1])
        for u, h in enumerate(hidden):
            (delta * h).sum(axis=0, out=g[n0 * n1 + n1 + u])
            below = delta * w2[u]
            times_slope("sigmoid", below, h)
            below.sum(axis=0, out=g[n0 * n1 + u])
            for i in range(n0):
                (x[:, i] * below).sum(axis=0, out=g[u * n0 + i])
        return loss

    def weights(self) -> np.ndarray:
        """Return the weights, shape (networks, parameters)."""
        return np.concatenate(self.p, axis=1).T.copy()


def prepare(task: Task, threads: int) -> ByHand | Side:
    """Return the program that fits the task."""
    return Side(task) if task.workload.networks > 1 else ByHand(task)


def missing() -> str | None:
    """NumPy is always here."""
    return None


PEERS = (Peer("NumPy by hand", "peer", missing, prepare, packages=("numpy",)),)
