"""scikit-learn's own tests of its MLPs, run against our estimators.

They are those of the installed package: each test is called with our classes in the place of
scikit-learn's. What passes not for a reason stands in a table, with the reason, and so does what
passes but for the words of an error.
"""

import inspect
import itertools
from collections.abc import Iterator, Mapping
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from clearprop.sklearn import BackpropClassifier, BackpropRegressor

theirs = pytest.importorskip(
    "sklearn.neural_network.tests.test_mlp",
    reason="this build of scikit-learn comes without its tests",
)
OURS = {"MLPClassifier": BackpropClassifier, "MLPRegressor": BackpropRegressor}
REPLACED = {getattr(theirs, name): ours for name, ours in OURS.items()}
DIFFERENCES: Mapping[str, str] = {
    "test_mlp_vs_poisson_glm_equivalent": "there is no Poisson loss",
}
# These ask for an error by its words; ours is the same error in other words.
OTHER_WORDS: Mapping[str, str] = {
    "test_nonfinite_params": "training broke in step 1: ",
    "test_warm_start": "warm_start goes on with the classes of the previous fit, ",
}
FIXTURES = ("tmp_path", "capsys", "global_random_seed")


class WithPrivateGradient(BackpropClassifier):
    """Answers test_gradient, which calls a private function, by the public `gradients`."""

    def _loss_grad_lbfgs(self, packed: Any, X: Any, indicators: Any, *_: Any) -> tuple[float, Any]:
        ends = np.cumsum([array.size for array in (*self.coefs_, *self.intercepts_)])
        parts = np.split(packed, ends[:-1])
        count = len(self.coefs_)
        self.coefs_ = [p.reshape(w.shape) for p, w in zip(parts, self.coefs_, strict=False)]
        self.intercepts_ = parts[count:]
        labels = self._label_binarizer.inverse_transform(indicators)
        loss, coefs, intercepts = self.gradients(X, labels)
        return loss, np.hstack([slope.ravel() for slope in (*coefs, *intercepts)])


def cases(test: Any) -> Iterator[dict[str, Any]]:
    """Yield the arguments of each case of a test, with our classes among them."""
    tables = []
    for mark in reversed(getattr(test, "pytestmark", [])):
        if mark.name == "parametrize":
            names, values = mark.args[0].replace(" ", "").split(","), mark.args[1]
            rows = values if len(names) > 1 else [(value,) for value in values]
            tables.append([dict(zip(names, row, strict=True)) for row in rows])
    for chosen in itertools.product(*tables):
        given = {name: value for part in chosen for name, value in part.items()}
        yield {name: replaced(value) for name, value in given.items()}


def replaced(value: Any) -> Any:
    """Return our class for one of scikit-learn's MLPs."""
    return REPLACED.get(value, value) if inspect.isclass(value) else value


def marked(name: str) -> Any:
    """Return a test's name, expected to fail where it stands among the differences."""
    if name not in DIFFERENCES:
        return name
    return pytest.param(name, marks=pytest.mark.xfail(reason=DIFFERENCES[name], strict=True))


TESTS = {name: test for name, test in vars(theirs).items() if name.startswith("test_")}


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.filterwarnings("ignore:batch_size is")
@pytest.mark.parametrize("name", [marked(name) for name in TESTS])
def test_scikit_learns_test_passes(
    name: str,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> None:
    test = TESTS[name]
    for theirs_is_called, ours in OURS.items():
        monkeypatch.setattr(theirs, theirs_is_called, ours)
    if name == "test_gradient":
        monkeypatch.setattr(theirs, "MLPClassifier", WithPrivateGradient)
    if name in OTHER_WORDS:
        sentence = OTHER_WORDS[name]
        expecting = SimpleNamespace(
            raises=lambda error, match: pytest.raises(error, match=sentence)
        )
        monkeypatch.setattr(theirs, "pytest", expecting)
    wanted = inspect.signature(test).parameters
    fixtures = {fixture: fixture_of(fixture, request) for fixture in FIXTURES if fixture in wanted}
    found = list(cases(test))
    assert found
    for case in found:
        test(**case, **fixtures)


def fixture_of(name: str, request: pytest.FixtureRequest) -> Any:
    """Return what a test asks its runner for."""
    return 42 if name == "global_random_seed" else request.getfixturevalue(name)
