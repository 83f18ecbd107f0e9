"""A classifier by back-propagation: MLPClassifier's arguments, and a run behind it.

Two classes: one sigmoid output; more: softmax; several labels at once: a sigmoid output for each.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from scipy.sparse import issparse
from sklearn.base import ClassifierMixin, _fit_context
from sklearn.preprocessing import LabelBinarizer
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import (
    _check_partial_fit_first_call,
    type_of_target,
    unique_labels,
)

from clearprop.data.columns import texts
from clearprop.interop.estimators.arguments import takes_steps
from clearprop.interop.estimators.estimator import Estimator
from clearprop.network.parameters import Array


class BackpropClassifier(ClassifierMixin, Estimator):  # type: ignore[misc]
    """A network that tells classes apart, in the place of scikit-learn's MLPClassifier.

    The arguments are scikit-learn's, with its defaults and meanings; beyond them

    activation   may be any of clearprop's own (`leaky_relu`, `elu`, `gelu`, `silu`, `softplus`)
    init         the starting weights, (coefs, intercepts) in the layout of `coefs_`

    >>> from sklearn.datasets import load_iris
    >>> X, y = load_iris(return_X_y=True)
    >>> est = BackpropClassifier((8,), learning_rate_init=0.02, tol=0.003, random_state=0).fit(X, y)
    >>> est.score(X, y) > 0.9
    True
    >>> explanation = est.explain("W1[0,0]", at=5)  # why this weight changed in update 6
    >>> len(explanation.shares)
    150
    """

    def __init__(
        self,
        hidden_layer_sizes: Any = (100,),
        activation: str = "relu",
        *,
        solver: str = "adam",
        alpha: float = 0.0001,
        batch_size: Any = "auto",
        learning_rate: str = "constant",
        learning_rate_init: float = 0.001,
        power_t: float = 0.5,
        max_iter: int = 200,
        shuffle: bool = True,
        random_state: Any = None,
        tol: float = 1e-4,
        verbose: Any = False,
        warm_start: bool = False,
        momentum: float = 0.9,
        nesterovs_momentum: bool = True,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        n_iter_no_change: float = 10,
        max_fun: int = 15000,
        init: Any = None,
    ) -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.solver = solver
        self.alpha = alpha
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.learning_rate_init = learning_rate_init
        self.power_t = power_t
        self.max_iter = max_iter
        self.shuffle = shuffle
        self.random_state = random_state
        self.tol = tol
        self.verbose = verbose
        self.warm_start = warm_start
        self.momentum = momentum
        self.nesterovs_momentum = nesterovs_momentum
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon
        self.n_iter_no_change = n_iter_no_change
        self.max_fun = max_fun
        self.init = init

    @_fit_context(prefer_skip_nested_validation=True)  # type: ignore[untyped-decorator]
    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> BackpropClassifier:
        """Train on X, shape (m, n), and y, shape (m,), or (m, labels) of zeros and ones.

        Raises
        ------
        ValueError: an argument, X or y does not fit, or the training came to infinite numbers.
        """
        self._fit(X, y, sample_weight)
        return self

    @available_if(takes_steps)  # type: ignore[untyped-decorator]
    @_fit_context(prefer_skip_nested_validation=True)  # type: ignore[untyped-decorator]
    def partial_fit(
        self, X: Any, y: Any, sample_weight: Any = None, classes: Any = None
    ) -> BackpropClassifier:
        """Train for one more epoch on X and y; the first call has to be given all `classes`.

        Raises
        ------
        ValueError: as `fit`, or y holds a class that was not given.
        """
        if _check_partial_fit_first_call(self, classes):
            several = type_of_target(y).startswith("multilabel")
            self._label_binarizer = LabelBinarizer().fit(y if several else classes)
        self._fit(X, y, sample_weight, incremental=True)
        return self

    def predict(self, X: Any) -> Any:
        """Return the class of each row, shape (m,), or (m, labels) of zeros and ones."""
        outputs = self._outputs(X)
        one = self.n_outputs_ == 1
        return self._label_binarizer.inverse_transform(outputs.ravel() if one else outputs)

    def predict_proba(self, X: Any) -> Array:
        """Return the probability of each class, shape (m, classes), in the order of `classes_`."""
        outputs = self._outputs(X)
        return np.hstack([1 - outputs, outputs]) if self.n_outputs_ == 1 else outputs

    def predict_log_proba(self, X: Any) -> Array:
        """Return the logarithm of the probability of each class."""
        probabilities = self.predict_proba(X)
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(probabilities))

    # --- targets ---------------------------------------------------------------------------------

    def _read(self, X: Any, y: Any, incremental: bool, first: bool) -> tuple[Array, Array]:
        x, labels = self._arrays(X, y, first)
        if not hasattr(self, "classes_") or not (self.warm_start or incremental):
            self._label_binarizer = LabelBinarizer().fit(labels)
            self.classes_ = self._label_binarizer.classes_
        else:
            self._check_classes(unique_labels(labels))
        return x, self._encoded(labels)

    def _check_classes(self, found: Any) -> None:
        """Raise ValueError where y has classes that do not go with those of an earlier fit."""
        known = self.classes_
        if self.warm_start and set(found) != set(known):
            raise ValueError(
                f"warm_start goes on with the classes of the previous fit, {known}, but y has"
                f" {found}"
            )
        new = np.setdiff1d(found, known)
        if len(new):
            raise ValueError(f"y has the classes {new}, which are none of classes_: {known}")

    def _encoded(self, labels: Any) -> Array:
        return np.asarray(self._label_binarizer.transform(labels), dtype=np.float64)

    def _targets(self, y: Any, count: int) -> Array:
        several = self._label_binarizer.y_type_.startswith("multilabel")
        given = y.toarray() if issparse(y) else y
        labels = np.atleast_2d(given) if several else np.atleast_1d(given)
        if len(labels) != count:
            raise ValueError(f"y has {len(labels)} rows, but x has {count}")
        if not several:
            self._check_known(labels)
        return self._encoded(labels)

    def _check_known(self, labels: Any) -> None:
        new = np.setdiff1d(labels, self.classes_)
        if len(new):
            raise ValueError(
                f"y is {new.tolist()[0]!r}, which is none of classes_: {self.classes_}"
            )

    @property
    def _labels(self) -> tuple[str, ...]:
        if self._label_binarizer.y_type_.startswith("multilabel"):
            return ()
        given = self.classes_.tolist()
        labels = tuple(texts(pl.Series(given, strict=False)).to_list())
        if not all(labels) or len(set(labels)) < len(labels):  # a table takes off the blanks
            labels = tuple(map(repr, given))
        return labels if len(labels) > 1 else (*labels, f"not {labels[0]}")

    @property
    def _stratifies(self) -> bool:
        return bool(self.n_outputs_ == 1)

    def _loss(self) -> str:
        several = self._label_binarizer.y_type_ == "multiclass"
        return "cross_entropy" if several else "binary_cross_entropy"

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags
