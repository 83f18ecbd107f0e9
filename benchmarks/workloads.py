"""The workloads W1-W6: what is trained, on what, and what one unit of the work is.

Every program of a workload starts from the same weights, takes the same examples in the same
order, and besides updating the weights adds up the training loss, as a training loop reports it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from clearprop.network.initializers import initialize
from clearprop.network.learning import Learning
from clearprop.network.lesson import seed_lesson
from clearprop.network.network import Network
from clearprop.training.batches import Batches

Array = np.ndarray
SEED = 0
ORDERS = 64  # epochs whose order of examples is drawn beforehand; peers then begin again
ROWS_OF_ORDERS = 1_000_000  # but no more rows than this, and at least one epoch


@dataclass(frozen=True)
class Workload:
    """A training to be timed.

    data, examples   a name in DATA, and how many examples are taken of it
    unit             what the time is given for: a "step", an "epoch" or a "network-epoch"
    networks         how many networks of this shape are trained at once, each from its own start
    check_steps      after so many updates the weights are compared
    threads          the numbers of threads to try; the best counts
    """

    name: str
    title: str
    layers: tuple[int, ...]
    activations: tuple[str, ...]
    loss: str
    rate: float
    data: str
    examples: int
    batch: int
    dtype: str
    unit: str
    momentum: float = 0.0
    reduction: str = "mean"
    biases: bool = True
    networks: int = 1
    epochs_at_once: int = 1
    check_steps: int = 200
    threads: tuple[int, ...] = (1,)

    @property
    def network(self) -> Network:
        """The network's shape, as the library has it."""
        return Network(self.layers, activations=self.activations, biases=self.biases)

    @property
    def learning(self) -> Learning:
        """Loss and update rule, as the library has them."""
        constants = {"rate": self.rate}
        if self.momentum:
            constants["momentum"] = self.momentum
        optimizer = "momentum" if self.momentum else "gradient_descent"
        return Learning(self.loss, optimizer, self.reduction, constants)

    @property
    def per_epoch(self) -> int:
        """Steps in one epoch."""
        return -(-self.examples // self.batch)

    @property
    def steps_per_unit(self) -> int:
        """Updates in one unit of the work."""
        return 1 if self.unit == "step" else self.per_epoch

    @property
    def least_steps(self) -> int:
        """Updates of the least amount of work that is timed."""
        return self.steps_per_unit * self.epochs_at_once


@dataclass(frozen=True)
class Task:
    """A workload with its numbers.

    start    (networks, parameters), in the workload's dtype
    x, y     all examples, in the workload's dtype
    orders   (epochs, examples): the rows in the order in which each epoch takes them
    """

    workload: Workload
    start: Array
    x: Array
    y: Array
    batches: Batches

    @cached_property
    def orders(self) -> Array:
        """The orders that our own training draws from its seed."""
        epochs = max(1, min(ORDERS, ROWS_OF_ORDERS // self.workload.examples))
        return np.array([self.batches.order(epoch) for epoch in range(epochs)])

    @property
    def labels(self) -> Array:
        """The class of each example, where y is one-hot."""
        return self.y.argmax(axis=1)


def task(workload: Workload) -> Task:
    """Return a workload with its starting weights and examples."""
    x, y = (array.astype(workload.dtype) for array in DATA[workload.data](workload))
    batches = Batches(x, y, size=workload.batch, seed=SEED)
    return Task(workload, starts(workload), x, y, batches)


def starts(workload: Workload) -> Array:
    """Return one starting vector for each network: the seed lesson's, or drawn from its seed."""
    if workload.data == "seed" and not workload.biases:
        return seed_lesson().parameters.vector[None, :].astype(workload.dtype)
    drawn = [
        initialize(workload.network, "glorot_uniform", seed).vector
        for seed in range(workload.networks)
    ]
    return np.array(drawn, dtype=workload.dtype)


# --- examples ------------------------------------------------------------------------------------


def seed_example(workload: Workload) -> tuple[Array, Array]:
    """Return the one example of the seed lesson."""
    lesson = seed_lesson()
    return lesson.x, lesson.y


def xor_examples(workload: Workload) -> tuple[Array, Array]:
    """Return the four examples of XOR."""
    x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=np.float64)
    return x, np.array([[0], [1], [1], [0]], dtype=np.float64)


def xor_signs(workload: Workload) -> tuple[Array, Array]:
    """Return the four examples of XOR with inputs of -1 and 1, as a sweep encodes them."""
    x, y = xor_examples(workload)
    return 2 * x - 1, y


def digits_examples(workload: Workload) -> tuple[Array, Array]:
    """Return handwritten digits, pixels scaled to 0..1, classes one-hot."""
    from sklearn.datasets import load_digits

    bunch = load_digits()
    return bunch.data[: workload.examples] / 16, np.eye(10)[bunch.target[: workload.examples]]


def random_classes(workload: Workload) -> tuple[Array, Array]:
    """Return normal inputs with classes drawn at random, one-hot."""
    generator = np.random.default_rng(SEED)
    x = generator.standard_normal((workload.examples, workload.layers[0]), dtype=np.float32)
    classes = generator.integers(workload.layers[-1], size=workload.examples)
    return x, np.eye(workload.layers[-1], dtype=np.float32)[classes]


def random_numbers(workload: Workload) -> tuple[Array, Array]:
    """Return normal inputs and normal targets."""
    generator = np.random.default_rng(SEED)
    shape = (workload.examples, workload.layers[0])
    x = generator.standard_normal(shape, dtype=np.float32)
    y = generator.standard_normal((workload.examples, workload.layers[-1]), dtype=np.float32)
    return x, y


DATA: Mapping[str, Callable[[Workload], tuple[Array, Array]]] = {
    "seed": seed_example,
    "xor": xor_examples,
    "xor of signs": xor_signs,
    "digits": digits_examples,
    "random classes": random_classes,
    "random numbers": random_numbers,
}


# --- the list ------------------------------------------------------------------------------------

W1 = Workload(
    name="W1",
    title="the seed's step: 2-1-1 sigmoid, no biases, squared error, one example",
    layers=(2, 1, 1),
    activations=("sigmoid", "sigmoid"),
    biases=False,
    loss="squared_error",
    rate=0.1,
    data="seed",
    examples=1,
    batch=1,
    dtype="float64",
    unit="step",
    check_steps=1_000,
)
W2 = Workload(
    name="W2",
    title="XOR: 2-2-1 sigmoid, half squared error, momentum 0.9, all four examples a step",
    layers=(2, 2, 1),
    activations=("sigmoid", "sigmoid"),
    loss="half_squared_error",
    rate=0.5,
    momentum=0.9,
    data="xor",
    examples=4,
    batch=4,
    dtype="float64",
    unit="epoch",
    check_steps=1_000,
)
W3 = Workload(
    name="W3",
    title="digits: 64-32-10, tanh, softmax with cross-entropy, batches of 32, 1,797 examples",
    layers=(64, 32, 10),
    activations=("tanh", "softmax"),
    loss="cross_entropy",
    rate=0.05,
    data="digits",
    examples=1797,
    batch=32,
    dtype="float32",
    unit="epoch",
    check_steps=171,
)
W4 = Workload(
    name="W4 batch 64",
    title="784-128-10, relu, softmax with cross-entropy, batches of 64, 6,144 random examples",
    layers=(784, 128, 10),
    activations=("relu", "softmax"),
    loss="cross_entropy",
    rate=0.01,
    data="random classes",
    examples=6144,
    batch=64,
    dtype="float32",
    unit="step",
    check_steps=50,
)
W4_ONE = replace(
    W4,
    name="W4 batch 1",
    title="the same, one example a step",
    batch=1,
    rate=0.001,
    check_steps=200,
)
W4_LARGE = replace(
    W4,
    name="W4 batch 512",
    title="the same, batches of 512",
    batch=512,
    check_steps=13,
    threads=(1, 2),
)
W5 = replace(
    W4_LARGE,
    name="W5",
    title="784-1024-1024-10, relu, softmax with cross-entropy, batches of 256",
    layers=(784, 1024, 1024, 10),
    activations=("relu", "relu", "softmax"),
    batch=256,
    check_steps=5,
)
W6 = replace(
    W2,
    name="W6",
    title="10,000 XOR networks at once, as in W2 (inputs -1 and 1), 500 epochs each",
    data="xor of signs",
    dtype="float32",
    unit="network-epoch",
    networks=10_000,
    epochs_at_once=500,
    check_steps=500,
    threads=(1, 2),
)


def in_dtype(workload: Workload, dtype: str) -> Workload:
    """Return the same workload in another floating-point type."""
    title = f"{workload.name} with numbers of {dtype[-2:]} bits"
    return replace(workload, name=f"{workload.name} {dtype}", title=title, dtype=dtype)


WORKLOADS: Mapping[str, Workload] = {
    workload.name: workload
    for workload in (
        W1,
        W2,
        W3,
        in_dtype(W3, "float64"),
        W4,
        in_dtype(W4, "float64"),
        W4_ONE,
        W4_LARGE,
        W5,
        W6,
        in_dtype(W6, "float64"),
    )
}

# For a test and for trying things: small enough for every program to finish at once.
QUICK: Mapping[str, Workload] = {
    "W1": W1,
    "W2": W2,
    "W3": replace(W3, examples=200, check_steps=14),
    "W4 batch 64": replace(W4, examples=128, check_steps=4),
    "W4 batch 1": replace(W4_ONE, examples=128, check_steps=20),
    "W4 batch 512": replace(W4_LARGE, examples=1024, check_steps=2),
    "W5": replace(W5, layers=(784, 128, 128, 10), examples=512, check_steps=2),
    "W6": replace(W6, networks=64, epochs_at_once=50, check_steps=50),
}
