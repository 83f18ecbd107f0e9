"""An estimator's arguments -> the network and the settings of a training.

Comes in: an estimator with scikit-learn's arguments, and the sizes of its data. Goes out:
`Network`, `Learning` and `TrainingSettings`: the same training in clearprop's terms.

    hidden_layer_sizes, activation   hidden, activation ("logistic" is called sigmoid here)
    solver, momentum, …              the update rule, with its constants
    alpha                            penalty: α/2 · ‖W‖² joins the sum of a batch's losses
    learning_rate, power_t           schedule: constant, inverse or adaptive
    max_iter                         epochs
    tol, n_iter_no_change            early stopping, which goes by the training loss ...
    early_stopping                   ... or by the score of the validation part
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from math import inf
from numbers import Integral, Real
from typing import Any

from sklearn.utils._param_validation import Interval, Options, StrOptions

from clearprop.formulas.activations import ACTIVATIONS
from clearprop.formulas.losses import FITTING_OUTPUTS
from clearprop.network.learning import Learning
from clearprop.network.network import Network
from clearprop.training.settings import TrainingSettings

STOCHASTIC = ("sgd", "adam")
# scikit-learn's name of an activation -> ours; the softmax is of outputs only
HIDDEN: Mapping[str, str] = {
    "logistic": "sigmoid",
    **{name: name for name in ACTIVATIONS if name != "softmax"},
}
OUTPUTS: Mapping[str, str] = {"sigmoid": "logistic"}  # ours -> scikit-learn's, where they differ
# loss -> the activation of the outputs
LOSSES: Mapping[str, str] = {**FITTING_OUTPUTS, "half_squared_error": "identity"}
# scikit-learn's name of a regressor's loss -> ours
REGRESSION_LOSSES: Mapping[str, str] = {"squared_error": "half_squared_error"}
# argument -> what it may be, in the form of scikit-learn's own check
CONSTRAINTS: dict[str, list[Any]] = {
    "hidden_layer_sizes": ["array-like", Interval(Integral, 1, None, closed="left")],
    "activation": [StrOptions(set(HIDDEN))],
    "solver": [StrOptions({"lbfgs", *STOCHASTIC})],
    "alpha": [Interval(Real, 0, None, closed="left")],
    "batch_size": [StrOptions({"auto"}), Interval(Integral, 1, None, closed="left")],
    "learning_rate": [StrOptions({"constant", "invscaling", "adaptive"})],
    "learning_rate_init": [Interval(Real, 0, None, closed="neither")],
    "power_t": [Interval(Real, 0, None, closed="left")],
    "max_iter": [Interval(Integral, 1, None, closed="left")],
    "shuffle": ["boolean"],
    "random_state": ["random_state"],
    "tol": [Interval(Real, 0, None, closed="left")],
    "verbose": ["verbose"],
    "warm_start": ["boolean"],
    "momentum": [Interval(Real, 0, 1, closed="both")],
    "nesterovs_momentum": ["boolean"],
    "early_stopping": ["boolean"],
    "validation_fraction": [Interval(Real, 0, 1, closed="left")],
    "beta_1": [Interval(Real, 0, 1, closed="left")],
    "beta_2": [Interval(Real, 0, 1, closed="left")],
    "epsilon": [Interval(Real, 0, None, closed="neither")],
    "n_iter_no_change": [Interval(Integral, 1, None, closed="left"), Options(Real, {inf})],
    "max_fun": [Interval(Integral, 1, None, closed="left")],
    "init": [None, tuple, list],
}
LARGEST_BATCH = 200  # where the batch size is "auto"
CUT = 0.2  # what an adaptive rate is multiplied by


def takes_steps(estimator: Any) -> bool:
    """Return whether the solver takes steps; raise AttributeError where it does not."""
    if estimator.solver not in STOCHASTIC:
        raise AttributeError(
            f"partial_fit is for solvers that take steps, sgd and adam, not {estimator.solver}"
        )
    return True


def hidden_layers(sizes: Any) -> tuple[int, ...]:
    """Return the hidden layers that are given as a list, an array or one number.

    >>> hidden_layers(5), hidden_layers([5, 3])
    ((5,), (5, 3))
    """
    given = list(sizes) if hasattr(sizes, "__iter__") else [sizes]
    if not all(isinstance(size, Integral) and size > 0 for size in given):  # type: ignore[operator]
        raise ValueError(
            f"hidden_layer_sizes must be > 0, whole numbers of units for each layer, not {given}"
        )
    return tuple(int(size) for size in given)


def network_of(estimator: Any, inputs: int, outputs: int, loss: str) -> Network:
    """Return the network of an estimator for data of that many inputs and outputs."""
    hidden = hidden_layers(estimator.hidden_layer_sizes)
    activations = [HIDDEN[estimator.activation]] * len(hidden)
    return Network([inputs, *hidden, outputs], [*activations, LOSSES[loss]])


def optimizer_of(estimator: Any) -> tuple[str, dict[str, float]]:
    """Return the update rule of a solver, and its constants."""
    if estimator.solver == "adam":
        beta1, beta2 = float(estimator.beta_1), float(estimator.beta_2)
        constants = {"beta1": beta1, "beta2": beta2, "epsilon": float(estimator.epsilon)}
        return "adam", constants
    if estimator.momentum == 0 or estimator.solver == "lbfgs":  # whose steps are SciPy's
        return "gradient_descent", {}
    name = "nesterov" if estimator.nesterovs_momentum else "momentum"
    return name, {"momentum": float(estimator.momentum)}


def epoch_settings(
    estimator: Any, loss: str, rows: int, seed: int, dtype: str, rate: float
) -> TrainingSettings:
    """Return the settings of a single epoch of one rate, which knows of no end."""
    optimizer, constants = optimizer_of(estimator)
    return TrainingSettings(
        learning=Learning(loss, optimizer, "mean", {"rate": rate, **constants}),
        epochs=1,
        hidden=hidden_layers(estimator.hidden_layer_sizes),
        activation=HIDDEN[estimator.activation],
        batch_size=batch_size_of(estimator, rows),
        seed=seed,
        test_size=0.0,
        dtype=dtype,
        arithmetic="fast",
        engine="generic",
        shuffle=bool(estimator.shuffle),
        penalty=float(estimator.alpha),
    )


def settings_of(
    estimator: Any, loss: str, rows: int, seed: int, dtype: str, seen: int = 0
) -> TrainingSettings:
    """Return the settings of a fit on `rows` examples, after as many `seen` in earlier ones."""
    rate = rate_after(estimator, seen)
    held_out = float(estimator.validation_fraction) if estimator.early_stopping else 0.0
    return replace(
        epoch_settings(estimator, loss, rows, seed, dtype, rate),
        epochs=int(estimator.max_iter),
        early_stopping=True,
        patience=patience_of(estimator),
        stop_on="validation score" if estimator.early_stopping else "training loss",
        tolerance=float(estimator.tol),
        validation_size=held_out,
        **schedule_of(estimator, rows, seen),
    )


def patience_of(estimator: Any) -> int:
    """Return after how many epochs without improvement a fit ends: one more than may be."""
    if estimator.n_iter_no_change == inf:
        return int(estimator.max_iter) + 1
    return int(estimator.n_iter_no_change) + 1


def batch_size_of(estimator: Any, rows: int) -> int:
    """Return the number of examples in a batch."""
    if estimator.batch_size == "auto":
        return min(LARGEST_BATCH, rows)
    return min(int(estimator.batch_size), rows)


def schedule_of(estimator: Any, rows: int, seen: int) -> dict[str, Any]:
    """Return how the rate changes: an inverse one goes by the examples seen."""
    if estimator.solver != "sgd" or estimator.learning_rate == "constant":
        return {}
    if estimator.learning_rate == "adaptive":
        return {"schedule": "adaptive", "decay_factor": CUT}
    power, scale = float(estimator.power_t), rows / (1 + seen)
    return {"schedule": "inverse", "decay_power": power, "decay_scale": scale}


def rate_after(estimator: Any, seen: int, cuts: int = 0) -> float:
    """Return the rate after that many examples, and cuts of an adaptive one."""
    rate = float(estimator.learning_rate_init)
    if estimator.solver == "sgd" and estimator.learning_rate == "invscaling":
        rate /= (seen + 1) ** float(estimator.power_t)
    if estimator.solver == "sgd" and estimator.learning_rate == "adaptive":
        rate *= CUT**cuts
    return rate
