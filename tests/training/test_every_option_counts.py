"""No option of `train` is for nothing: another value is another network, or is refused."""

import inspect
from typing import Any

import numpy as np
import pytest

import clearprop as cp
from clearprop.errors import SettingError

NOT_OF_THE_STEPS = {
    "data", "target", "kind", "drop", "impute", "init",  # which rows and weights there are
    "arithmetic", "engine", "threads",  # what computes them; their own tests are beside this one
    "out", "force", "progress",
}  # fmt: skip
GENERATOR = np.random.default_rng(0)
X = GENERATOR.normal(size=(24, 3))
Y = np.where(X[:, 0] + GENERATOR.normal(size=24) > 0, "a", "b")
WEIGHTS = GENERATOR.uniform(0.5, 2, size=24)
BASE: dict[str, Any] = {
    "hidden": [3], "optimizer": "momentum", "rate": 0.3, "batch_size": 3, "epochs": 12, "seed": 1,
}  # fmt: skip
WATCHED = {"validation_size": 0.25, "early_stopping": True, "patience": 1, "rate": 2.0}
# option: what it is added to, and its value
CHANGES: dict[str, tuple[dict[str, Any], Any]] = {
    "sample_weight": ({}, WEIGHTS),
    "hidden": ({}, [4]),
    "activation": ({}, "relu"),
    "loss": ({}, "squared_error"),
    "reduction": ({}, "sum"),
    "optimizer": ({}, "nesterov"),
    "rate": ({}, 0.31),
    "momentum": ({}, 0.8),
    "weight_decay": ({}, 0.01),
    "batch_size": ({}, 4),
    "epochs": ({}, 11),
    "seed": ({}, 2),
    "early_stopping": ({**WATCHED, "patience": None}, False),
    "patience": (WATCHED, 11),
    "test_size": ({}, 0.5),
    "validation_size": ({}, 0.25),
    "dtype": ({"arithmetic": "fast"}, "float32"),
    "initializer": ({}, "he_normal"),
    "frozen": ({}, ["w1"]),
    "schedule": ({}, "cosine"),
    "decay_factor": ({"schedule": "exponential"}, 0.5),
    "decay_every": ({"schedule": "step"}, 2),
    "warmup": ({}, 2),
    "clip_norm": ({}, 0.01),
    "dropout": ({}, 0.5),
}
NOT_IN_EQUATIONS = ("sample_weight", "clip_norm", "dropout")


def trained(**options: Any) -> tuple[str, bytes]:
    run = cp.train((X, Y), **{**BASE, **options})
    return run.outcome.engine, run.parameters.vector.tobytes()


def test_there_is_a_change_for_every_option() -> None:
    assert set(inspect.signature(cp.train).parameters) - NOT_OF_THE_STEPS == set(CHANGES)


@pytest.mark.parametrize("engine", ["auto", "reference", "generic"])
@pytest.mark.parametrize("option", CHANGES)
def test_another_value_of_an_option_trains_another_network(option: str, engine: str) -> None:
    added, value = CHANGES[option]
    options = {"engine": engine, "arithmetic": "strict", **added}
    name, before = trained(**options)
    _, after = trained(**{**options, option: value})
    assert after != before
    if engine == "auto" and "arithmetic" not in added:
        assert name == "straight-line in plain Python, strict"


@pytest.mark.parametrize("option", NOT_IN_EQUATIONS)
def test_what_the_straight_line_does_not_know_is_refused_and_not_left_out(option: str) -> None:
    with pytest.raises(SettingError, match="know nothing of"):
        trained(engine="straight-line", **{option: CHANGES[option][1]})
