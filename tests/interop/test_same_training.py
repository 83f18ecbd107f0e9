"""Without shuffling, the estimators take scikit-learn's very steps."""

from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_iris, make_multilabel_classification, make_regression
from sklearn.neural_network import MLPClassifier, MLPRegressor

from clearprop.sklearn import BackpropClassifier, BackpropRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

IRIS = load_iris(return_X_y=True)
TWO = (IRIS[0][:100], IRIS[1][:100])
LABELS = make_multilabel_classification(60, 5, n_classes=3, random_state=0)
NUMBERS = make_regression(90, 4, noise=5.0, random_state=0)
NUMBERS = (NUMBERS[0], NUMBERS[1] / NUMBERS[1].std())
SEVERAL = make_regression(90, 4, n_targets=3, random_state=0)
SEVERAL = (SEVERAL[0], SEVERAL[1] / SEVERAL[1].std())
WEIGHTS = np.random.default_rng(0).uniform(0.2, 3, 150)

BASE: dict[str, Any] = {
    "hidden_layer_sizes": (7, 5), "solver": "sgd", "shuffle": False, "random_state": 3,
    "batch_size": 32, "max_iter": 25, "alpha": 0.5, "learning_rate_init": 0.02,
}  # fmt: skip
OPTIONS: dict[str, dict[str, Any]] = {
    "nesterov": {},
    "momentum": {"nesterovs_momentum": False},
    "plain": {"momentum": 0},
    "nothing lost of the steps": {"momentum": 1.0, "learning_rate_init": 1e-3},
    "nothing lost, nesterov off": {
        "momentum": 1.0,
        "learning_rate_init": 1e-3,
        "nesterovs_momentum": False,
    },
    "logistic": {"activation": "logistic"},
    "tanh": {"activation": "tanh"},
    "identity": {"activation": "identity"},
    "no hidden layer": {"hidden_layer_sizes": (), "activation": "logistic"},
    "inverse": {"learning_rate": "invscaling", "power_t": 0.3},
    "adaptive": {"learning_rate": "adaptive", "tol": 0.05, "n_iter_no_change": 2, "max_iter": 200},
    "stopped": {"tol": 0.05, "n_iter_no_change": 3, "max_iter": 200},
    "never stopped": {"tol": 10.0, "n_iter_no_change": np.inf},
    "no penalty": {"alpha": 0.0},
    "one batch": {"batch_size": 500, "shuffle": True},
    "adam": {"solver": "adam", "epsilon": 1e-14, "beta_1": 0.8, "beta_2": 0.99},
}


def both(data: tuple[Any, Any], weights: Any = None, **options: Any) -> tuple[Any, Any]:
    """Return scikit-learn's estimator and ours, fitted."""
    numbers = any(data is each for each in (NUMBERS, SEVERAL))
    pair = (MLPRegressor, BackpropRegressor) if numbers else (MLPClassifier, BackpropClassifier)
    theirs, ours = (estimator(**{**BASE, **options}) for estimator in pair)
    return theirs.fit(*data, sample_weight=weights), ours.fit(*data, sample_weight=weights)


def assert_same(theirs: Any, ours: Any, bound: float = 1e-9) -> None:
    assert ours.n_iter_ == theirs.n_iter_
    for name in ("coefs_", "intercepts_"):
        for mine, other in zip(getattr(ours, name), getattr(theirs, name), strict=True):
            np.testing.assert_allclose(mine, other, rtol=bound, atol=bound)


@pytest.mark.filterwarnings("ignore:batch_size is")
@pytest.mark.filterwarnings("ignore:Got `batch_size`")
@pytest.mark.parametrize("option", OPTIONS)
def test_every_step_of_a_classifier_is_scikit_learns(option: str) -> None:
    theirs, ours = both(IRIS, **OPTIONS[option])
    assert_same(theirs, ours, 1e-6 if option == "adam" else 1e-9)
    np.testing.assert_allclose(ours.loss_curve_, theirs.loss_curve_, rtol=1e-6)
    np.testing.assert_allclose(ours.predict_proba(IRIS[0]), theirs.predict_proba(IRIS[0]), 1e-6)
    for name in ("loss_", "best_loss_", "t_", "n_layers_", "n_outputs_", "out_activation_"):
        mine, other = getattr(ours, name), getattr(theirs, name)
        assert mine == (other if isinstance(other, str) else pytest.approx(other, rel=1e-6)), name


@pytest.mark.parametrize(
    "data", [TWO, LABELS, NUMBERS], ids=["two classes", "several labels", "numbers"]
)
def test_every_kind_of_target_is_trained_as_scikit_learn_trains_it(data: Any) -> None:
    theirs, ours = both(data)
    assert_same(theirs, ours)
    np.testing.assert_allclose(ours.predict(data[0]), theirs.predict(data[0]), rtol=1e-9)
    np.testing.assert_allclose(ours.loss_curve_, theirs.loss_curve_, rtol=1e-9)


def test_the_loss_of_several_outputs_is_the_one_whose_gradient_is_followed() -> None:
    theirs, ours = both(SEVERAL, alpha=0.0)  # their loss is the mean of the outputs', the step not
    assert_same(theirs, ours)
    np.testing.assert_allclose(ours.loss_curve_, 3 * np.array(theirs.loss_curve_), rtol=1e-9)


def test_sample_weights_count_as_in_scikit_learn() -> None:
    theirs, ours = both(IRIS, WEIGHTS)
    assert_same(theirs, ours)
    unweighted, _ = both(IRIS)
    assert np.abs(ours.coefs_[0] - unweighted.coefs_[0]).max() > 1e-3


@pytest.mark.parametrize("data", [IRIS, NUMBERS], ids=["classes", "numbers"])
def test_lbfgs_comes_to_scikit_learns_minimum(data: Any) -> None:
    theirs, ours = both(data, solver="lbfgs", max_iter=15, hidden_layer_sizes=(4,))
    assert_same(theirs, ours, 1e-5)
    assert ours.loss_ == pytest.approx(theirs.loss_, rel=1e-7)


def test_partial_fit_and_warm_start_go_on_as_in_scikit_learn() -> None:
    for options in ({}, {"learning_rate": "invscaling"}, {"solver": "adam", "epsilon": 1e-14}):
        theirs, ours = (
            estimator(**{**BASE, **options, "max_iter": 3, "warm_start": True})
            for estimator in (MLPClassifier, BackpropClassifier)
        )
        for estimator in (theirs, ours):
            for _ in range(5):
                estimator.partial_fit(*IRIS, classes=[0, 1, 2])
        assert_same(theirs, ours, 1e-6)
        assert ours.t_ == theirs.t_ == 5 * 150
        np.testing.assert_allclose(ours.loss_curve_, theirs.loss_curve_, rtol=1e-6)
        if not options:
            assert_same(theirs.fit(*IRIS), ours.fit(*IRIS))
            assert len(ours.loss_curve_) == 8


def test_the_same_rows_are_held_out_to_stop_by() -> None:
    theirs, ours = both(IRIS, early_stopping=True, max_iter=40, batch_size="auto")
    assert ours.validation_scores_ == pytest.approx(theirs.validation_scores_)
    assert ours.best_validation_score_ == theirs.best_validation_score_
    assert ours.best_loss_ is theirs.best_loss_ is None
    assert_same(theirs, ours)


def test_a_fit_from_given_weights_starts_there() -> None:
    theirs, _ = both(IRIS, max_iter=2)
    start = theirs.coefs_, theirs.intercepts_
    still = BackpropClassifier(**{**BASE, "init": start, "learning_rate_init": 1e-300})
    for mine, other in zip(still.fit(*IRIS).coefs_, theirs.coefs_, strict=True):
        assert np.array_equal(mine, other)
    at_start = BackpropClassifier(**{**BASE, "init": start}).fit(*IRIS).run_.at(0).parameters
    assert np.array_equal(at_start.weights[0].T, theirs.coefs_[0])
