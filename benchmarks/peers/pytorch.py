"""PyTorch three ways: as most write it, by hand, and compiled.

- *eager*: modules, autograd, `torch.optim.SGD`: the loop of every tutorial.
- *by hand*: no autograd; the deltas written out, `addmm_` putting gradient and update in one call.
- *compiled*: `torch.compile` of the steps by hand, several of them in one graph.

For W6 eager is `torch.func.vmap` of the gradient; by hand and compiled, each parameter is a row
along which the networks lie, in blocks that fit the cache.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from benchmarks.peers import Peer, not_installed
from benchmarks.peers.numpy import views
from benchmarks.workloads import Task, Workload

STEPS_A_GRAPH = 10  # of W1 and W2 when compiled: more take minutes to compile
BLOCK = 2_000  # networks of W6 at a time


class Ordered:
    """Steps through the batches in the order given; the others say what a step is."""

    def __init__(self, task: Task) -> None:
        import torch

        self.torch, self.task, self.work, self.step = torch, task, task.workload, 0
        self.x, self.y = torch.from_numpy(task.x), torch.from_numpy(task.y)
        self.labels, self.orders = torch.from_numpy(task.labels), torch.from_numpy(task.orders)
        self.start()

    def run(self, steps: int) -> None:
        """Do that many more updates."""
        size, per_epoch = self.work.batch, self.work.per_epoch
        targets = self.targets()
        for step in range(self.step, self.step + steps):
            if per_epoch == 1:
                self.update(self.x, targets)
                continue
            epoch, place = divmod(step, per_epoch)
            rows = self.orders[epoch % len(self.orders), place * size : (place + 1) * size]
            self.update(self.x[rows], targets[rows])
        self.step += steps

    def targets(self) -> object:
        """Return the targets as the loss wants them."""
        return self.y


class Eager(Ordered):
    """Modules, autograd, an optimizer."""

    def start(self) -> None:
        """Make the model and give it the starting weights."""
        torch, work = self.torch, self.work
        nn = torch.nn
        modules = {"sigmoid": nn.Sigmoid, "tanh": nn.Tanh, "relu": nn.ReLU}
        layers = []
        dtype = self.x.dtype
        for inputs, units, name in zip(
            work.layers[:-1], work.layers[1:], work.activations, strict=True
        ):
            layers.append(nn.Linear(inputs, units, bias=work.biases, dtype=dtype))
            if name in modules:  # the loss holds the softmax
                layers.append(modules[name]())
        self.model = nn.Sequential(*layers)
        with torch.no_grad():
            for parameter, part in zip(
                self.model.parameters(), in_order(work, self.task), strict=True
            ):
                parameter.copy_(torch.from_numpy(part))
        self.optimizer = torch.optim.SGD(
            self.model.parameters(), lr=work.rate, momentum=work.momentum
        )
        self.loss = cross_entropy_or_squares(torch, work)
        self.total = 0.0

    def targets(self) -> object:
        """Return classes for cross-entropy."""
        return self.labels if self.work.loss == "cross_entropy" else self.y

    def update(self, x: object, y: object) -> None:
        """Take a step."""
        self.optimizer.zero_grad()
        loss = self.loss(self.model(x), y)
        loss.backward()
        self.optimizer.step()
        self.total += loss.detach()

    def weights(self) -> np.ndarray:
        """Return the weights, shape (1, parameters)."""
        vectors = [p.detach().numpy().ravel() for p in self.model.parameters()]
        return np.concatenate(vectors)[None, :]


def cross_entropy_or_squares(torch: object, work: Workload) -> Callable:
    """Return the loss: the mean over examples."""
    if work.loss == "cross_entropy":
        return torch.nn.CrossEntropyLoss()
    factor = 1.0 if work.loss == "squared_error" else 0.5
    if work.layers[-1] == 1 and factor == 1:
        return torch.nn.MSELoss()
    return lambda a, y: factor * ((a - y) ** 2).sum() / len(y)


def in_order(work: Workload, task: Task) -> list[np.ndarray]:
    """Return W[1], b[1], W[2], … of the start."""
    weights, biases = views(work.network, task.start[0].copy())
    return [part for pair in zip(weights, biases, strict=True) for part in pair if part is not None]


class ByHand(Ordered):
    """No autograd."""

    def start(self) -> None:
        """Copy the weights."""
        torch = self.torch
        weights, biases = views(self.work.network, self.task.start[0].copy())
        self.w = [torch.from_numpy(w.copy()) for w in weights]
        self.b = [None if b is None else torch.from_numpy(b.copy()) for b in biases]
        self.v = [torch.zeros_like(p) for p in self.parameters()] if self.work.momentum else []
        self.total = torch.zeros((), dtype=self.x.dtype)

    def parameters(self) -> list:
        """Return W[1], b[1], W[2], …"""
        return [p for pair in zip(self.w, self.b, strict=True) for p in pair if p is not None]

    def run(self, steps: int) -> None:
        """Do that many more updates, without a thought of gradients."""
        with self.torch.no_grad():
            super().run(steps)

    def update(self, x: object, y: object) -> None:
        """Take a step."""
        step(self.work, self.w, self.b, self.v, self.total, x, y)

    def weights(self) -> np.ndarray:
        """Return the weights, shape (1, parameters)."""
        return np.concatenate([p.numpy().ravel() for p in self.parameters()])[None, :]


def step(work: Workload, w: list, b: list, v: list, total: object, x: object, y: object) -> None:
    """Change weights, their last changes and the sum of the losses, all in place."""
    a = forward(work, w, b, x)
    delta, gradients = output_delta(work, a, y, total), []
    for l in reversed(range(len(w))):
        error = delta @ w[l] if l > 0 else None
        if work.momentum:
            gradients = [delta.t() @ a[l], *([] if b[l] is None else [delta.sum(0)]), *gradients]
        else:
            w[l].addmm_(delta.t(), a[l], alpha=-work.rate)
            if b[l] is not None:
                b[l].sub_(delta.sum(0), alpha=work.rate)
        if l > 0:
            delta = times_slope(work.activations[l - 1], error, a[l])
    parameters = [p for pair in zip(w, b, strict=True) for p in pair if p is not None]
    for p, change, gradient in zip(parameters, v, gradients, strict=False):
        change.mul_(work.momentum).sub_(gradient, alpha=work.rate)
        p.add_(change)


def forward(work: Workload, w: list, b: list, x: object) -> list:
    """Return a[0..D], but for a softmax layer its net inputs."""
    a = [x]
    for weights, biases, name in zip(w, b, work.activations, strict=True):
        z = a[-1] @ weights.t() if biases is None else biases.addmm(a[-1], weights.t())
        a.append(z if name in ("softmax", "identity") else getattr(z, name)())
    return a


def output_delta(work: Workload, a: list, y: object, total: object) -> object:
    """Return δ[D], and add up the loss."""
    if work.loss == "cross_entropy":
        logs = a[-1].log_softmax(1)
        total.sub_((logs * y).sum() / len(y))
        return (logs.exp() - y) / len(y)
    factor = 2 if work.loss == "squared_error" else 1
    error = a[-1] - y
    total.add_((error * error).sum() * (factor / 2 / len(y)))
    return times_slope(work.activations[-1], error * (factor / len(y)), a[-1])


def times_slope(name: str, error: object, a: object) -> object:
    """Return error · g'(z), given a = g(z)."""
    if name == "sigmoid":
        return error * (a * (1 - a))
    if name == "tanh":
        return error * (1 - a * a)
    return error if name == "identity" else error * (a > 0)


class Compiled(ByHand):
    """The steps by hand in one graph: many of a tiny network's, one of a larger one's."""

    def start(self) -> None:
        """Compile what takes the steps."""
        super().start()

        def several(w: list, b: list, v: list, total: object, x: object, y: object) -> None:
            for _ in range(STEPS_A_GRAPH):
                step(self.work, w, b, v, total, x, y)

        def one(w: list, b: list, v: list, total: object, x: object, y: object) -> None:
            step(self.work, w, b, v, total, x, y)

        self.several = self.torch.compile(several, dynamic=False)
        self.one = self.torch.compile(one, dynamic=False)

    def run(self, steps: int) -> None:
        """Do that many more updates."""
        if self.work.per_epoch == 1:
            with self.torch.no_grad():
                for _ in range(steps // STEPS_A_GRAPH):
                    self.several(self.w, self.b, self.v, self.total, self.x, self.y)
            self.step += steps // STEPS_A_GRAPH * STEPS_A_GRAPH
            steps %= STEPS_A_GRAPH
        super().run(steps)

    def update(self, x: object, y: object) -> None:
        """Take a step."""
        self.one(self.w, self.b, self.v, self.total, x, y)


# --- W6: many networks ---------------------------------------------------------------------------


class Mapped(Ordered):
    """Eager: the gradient by autograd, mapped over the networks."""

    def start(self) -> None:
        """Map the gradient."""
        torch, work = self.torch, self.work
        shapes = [part.shape for part in in_order(work, self.task)]
        ends = np.cumsum([int(np.prod(shape)) for shape in shapes]).tolist()

        def loss(p: object) -> object:
            pieces = torch.tensor_split(p, ends[:-1])
            parts = [piece.reshape(shape) for piece, shape in zip(pieces, shapes, strict=True)]
            a = forward(work, parts[::2], parts[1::2], self.x)[-1]
            return 0.5 * ((a - self.y) ** 2).sum() / len(self.y)

        self.gradients = torch.func.vmap(torch.func.grad_and_value(loss))
        blocks = torch.from_numpy(self.task.start.copy()).split(BLOCK)
        self.p = [block.clone() for block in blocks]
        self.v = [torch.zeros_like(block) for block in blocks]
        self.total = 0.0

    def run(self, steps: int) -> None:
        """Do that many more updates of every network."""
        for p, v in zip(self.p, self.v, strict=True):
            for _ in range(steps):
                g, loss = self.gradients(p)
                v.mul_(self.work.momentum).sub_(g, alpha=self.work.rate)
                p.add_(v)
                self.total += loss.sum()

    def weights(self) -> np.ndarray:
        """Return the weights, shape (networks, parameters)."""
        return self.torch.cat(self.p).numpy()


class Side(Mapped):
    """By hand: one row for each parameter, the networks along it."""

    def start(self) -> None:
        """Lay the networks side by side."""
        blocks = self.torch.from_numpy(self.task.start.copy()).split(BLOCK)
        self.p = [list(block.t().contiguous()) for block in blocks]
        self.v = [[self.torch.zeros_like(row) for row in rows] for rows in self.p]
        self.totals = [self.torch.zeros_like(rows[0]) for rows in self.p]
        self.examples = list(zip(self.task.x.tolist(), self.task.y[:, 0].tolist(), strict=True))

    def run(self, steps: int) -> None:
        """Do that many more updates of every network."""
        with self.torch.no_grad():
            for p, v, total in zip(self.p, self.v, self.totals, strict=True):
                for _ in range(steps):
                    self.update(p, v, total)

    def update(self, p: list, v: list, total: object) -> None:
        """Take a step."""
        side_step(self.work, self.examples, p, v, total)

    def weights(self) -> np.ndarray:
        """Return the weights, shape (networks, parameters)."""
        return np.concatenate([self.torch.stack(rows).numpy() for rows in self.p], axis=1).T


def side_step(work: Workload, examples: list, p: list, v: list, total: object) -> None:
    """Take a step of networks 2-2-1 of sigmoid units; every row of p is one parameter of all."""
    g = [0.0] * len(p)
    share = 1 / len(examples)
    for (x1, x2), y in examples:
        h = [(p[2 * u] * x1 + p[2 * u + 1] * x2 + p[4 + u]).sigmoid() for u in range(2)]
        a = (p[6] * h[0] + p[7] * h[1] + p[8]).sigmoid()
        error = a - y
        total.add_(error * error, alpha=0.5 * share)
        delta = error * share * (a * (1 - a))
        for u in range(2):
            below = delta * p[6 + u] * (h[u] * (1 - h[u]))
            for i, term in ((2 * u, below * x1), (2 * u + 1, below * x2), (4 + u, below)):
                g[i] = g[i] + term
            g[6 + u] = g[6 + u] + delta * h[u]
        g[8] = g[8] + delta
    for row, change, gradient in zip(p, v, g, strict=True):
        change.mul_(work.momentum).sub_(gradient, alpha=work.rate)
        row.add_(change)


class SideCompiled(Side):
    """The same in one graph, which PyTorch turns into one vectorised loop over the networks."""

    def start(self) -> None:
        """Compile a step."""
        super().start()

        def one(p: list, v: list, total: object) -> None:
            side_step(self.work, self.examples, p, v, total)

        self.update = self.torch.compile(one, dynamic=False)


# --- the rows ------------------------------------------------------------------------------------


def on_threads(one: type, many: type) -> Callable[[Task, int], Ordered]:
    """Return what makes the program for one network or many, on some threads."""

    def prepare(task: Task, threads: int) -> Ordered:
        import torch

        torch.set_num_threads(threads)
        return (many if task.workload.networks > 1 else one)(task)

    return prepare


MISSING = not_installed("torch")
PEERS = tuple(
    Peer(f"PyTorch, {way}", "peer", MISSING, on_threads(*classes), packages=("torch",))
    for way, classes in {
        "eager": (Eager, Mapped),
        "by hand": (ByHand, Side),
        "compiled": (Compiled, SideCompiled),
    }.items()
)
