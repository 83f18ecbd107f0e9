"""scikit-learn's own checks of estimators, every one of them."""

from collections.abc import Callable

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from clearprop.sklearn import BackpropClassifier, BackpropRegressor

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.DataConversionWarning"),
]


@parametrize_with_checks([BackpropClassifier(max_iter=100), BackpropRegressor(max_iter=100)])
def test_scikit_learns_checks_pass(estimator: object, check: Callable[[object], None]) -> None:
    check(estimator)
