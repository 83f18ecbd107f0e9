"""Compiling beforehand what trainings will ask for: the generic loops, and the rules they call."""

import logging
import signal
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from os import cpu_count
from time import perf_counter

import numpy as np

from clearprop.engine.assembly import generic, rules
from clearprop.engine.compilation import address, is_cached
from clearprop.engine.packing import rule_names
from clearprop.network.learning import Learning
from clearprop.network.network import Network
from clearprop.training.batches import Batches
from clearprop.training.compiled import CompiledEngine
from clearprop.training.job import Job
from clearprop.training.settings import TrainingSettings

VARIANTS = (("fast", "float64"), ("fast", "float32"), ("strict", "float64"))
# what `clearprop train` takes by default: for classes, two classes, numbers
USUAL = (
    (("tanh", "softmax"), "cross_entropy"),
    (("tanh", "sigmoid"), "binary_cross_entropy"),
    (("relu", "identity"), "mean_squared_error"),
)
OPTIMIZERS = ("gradient_descent", "momentum", "adam")


def is_warm(arithmetic: str, dtype: str) -> bool:
    """Return whether this machine has compiled a generic loop and the usual rules."""
    text = rules(dtype, arithmetic)
    loop = is_cached(generic(dtype, arithmetic))
    return loop and all(is_cached(text, f"{role}_{name}") for role, name in usual_rules())


def usual_rules() -> list[tuple[str, str]]:
    """Return the roles and names of the rules that most trainings need."""
    found: dict[tuple[str, str], None] = {}
    for activations, loss in USUAL:
        for optimizer in OPTIMIZERS:
            network = Network([1, 1, 1], activations)
            found.update(dict.fromkeys(rule_names(network, Learning(loss, optimizer))))
    return list(found)


def warm(arithmetic: str, dtype: str) -> float:
    """Compile a generic loop and the usual rules; return the seconds it took."""
    started = perf_counter()
    for role, name in usual_rules():
        address(rules(dtype, arithmetic), role, name)
    network, learning = Network([1, 1, 1]), Learning()
    one = np.ones((1, 1), dtype)
    job = Job(network, TrainingSettings(learning, epochs=1, dtype=dtype), Batches(one, one, 1, 0))
    engine = CompiledEngine(job, "generic", generic(dtype, arithmetic), arithmetic)
    engine.prepare()
    return perf_counter() - started


def be_quiet() -> None:
    """Let a process compile without a word, and let ctrl-C end it at once."""
    logging.getLogger("clearprop").setLevel(logging.ERROR)
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def warm_all() -> Iterator[tuple[str, str, float]]:
    """Compile what is not compiled yet, one process per core; yield each as it is done."""
    missing = [variant for variant in VARIANTS if not is_warm(*variant)]
    workers = min(len(missing), cpu_count() or 1)
    if not missing:
        return
    # new processes, not copies of this one: copied threads of a BLAS library hang
    context = get_context("spawn")
    with ProcessPoolExecutor(workers, context, initializer=be_quiet) as pool:
        arithmetics, dtypes = zip(*missing, strict=True)
        for variant, seconds in zip(missing, pool.map(warm, arithmetics, dtypes), strict=True):
            yield *variant, seconds
