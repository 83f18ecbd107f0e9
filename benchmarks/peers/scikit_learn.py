"""scikit-learn's multilayer perceptron: `partial_fit`, which is its loop over one epoch.

It knows softmax and sigmoid outputs with cross-entropy for classes, and identity outputs with
squared error for numbers, so for W2 it learns by binary cross-entropy. It computes its loss too.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from benchmarks.peers import Peer, not_installed
from benchmarks.peers.numpy import views
from benchmarks.workloads import Task, Workload

ROWS_AT_ONCE = 8_000  # in one call of partial_fit, so that what a call costs is shared
NAMES = {"sigmoid": "logistic", "tanh": "tanh", "relu": "relu", "identity": "identity"}


def takes(workload: Workload) -> Workload | None:
    """Return the nearest workload that scikit-learn has."""
    if workload.networks > 1 or not workload.biases:
        return None
    if workload.activations[-1] == "sigmoid":
        return replace(workload, loss="binary_cross_entropy")
    return workload


class ScikitLearn:
    """An MLPClassifier or MLPRegressor that starts from given weights."""

    def __init__(self, task: Task) -> None:
        from sklearn.neural_network import MLPClassifier, MLPRegressor

        work = self.work = task.workload
        self.task, self.step = task, 0
        numbers = work.activations[-1] == "identity"
        self.y = self.targets(task, numbers)
        self.model = (MLPRegressor if numbers else MLPClassifier)(
            hidden_layer_sizes=work.layers[1:-1],
            activation=NAMES[work.activations[0]],
            solver="sgd",
            alpha=0.0,
            batch_size=work.batch,
            learning_rate_init=work.rate,
            momentum=work.momentum,
            nesterovs_momentum=False,
            shuffle=False,  # it is given the rows in their order
        )
        self.classes = None if numbers else np.unique(self.y)
        self.begin()

    def targets(self, task: Task, numbers: bool) -> np.ndarray:
        """Return the targets as scikit-learn wants them."""
        if numbers:
            return task.y if task.y.shape[1] > 1 else task.y[:, 0]
        return task.labels if task.y.shape[1] > 1 else task.y[:, 0].astype(int)

    def begin(self) -> None:
        """Let it make its arrays by one step, and put the starting weights in their place."""
        first = slice(0, min(self.work.examples, 2 * self.work.batch))
        self.fit(first)
        weights, biases = views(self.work.network, self.task.start[0].copy())
        self.model.coefs_ = [np.ascontiguousarray(w.T) for w in weights]
        self.model.intercepts_ = biases
        del self.model._optimizer  # and with it the momentum of that step

    def fit(self, rows: slice | np.ndarray) -> None:
        """Take the steps of some rows in their order."""
        x, y = self.task.x[rows], self.y[rows]
        if self.classes is None:
            self.model.partial_fit(x, y)
        else:
            self.model.partial_fit(x, y, classes=self.classes)

    def run(self, steps: int) -> None:
        """Do that many more updates, many of them in one call where batches are all full."""
        size = self.work.batch
        end = self.step + steps
        while self.step < end:
            epoch, place = divmod(self.step, self.work.per_epoch)
            at_once = self.epochs_at_once * self.work.per_epoch
            taken = min(end - self.step, at_once - place)
            epochs = np.arange(epoch, epoch + self.epochs_at_once) % len(self.task.orders)
            orders = self.task.orders[epochs]
            self.fit(orders.ravel()[place * size : (place + taken) * size])
            self.step += taken

    @property
    def epochs_at_once(self) -> int:
        """How many epochs make one call; a short last batch ends a call."""
        full = self.work.examples % self.work.batch == 0
        return max(1, ROWS_AT_ONCE // self.work.examples) if full else 1

    def weights(self) -> np.ndarray:
        """Return the weights in our order, shape (1, parameters)."""
        pairs = zip(self.model.coefs_, self.model.intercepts_, strict=True)
        return np.concatenate([part for w, b in pairs for part in (w.T.ravel(), b)])[None, :]


def prepare(task: Task, threads: int) -> ScikitLearn:
    """Return the program; its matrix products may use some threads."""
    from threadpoolctl import threadpool_limits

    program = ScikitLearn(task)
    threadpool_limits(threads)
    return program


PEERS = (
    Peer(
        "scikit-learn",
        "peer",
        not_installed("sklearn"),
        prepare,
        takes,
        packages=("scikit-learn",),
    ),
)
