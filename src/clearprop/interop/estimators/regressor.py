"""A regressor by back-propagation: MLPRegressor's arguments, and a run behind it.

The loss is half the squared error, summed over the outputs (Rumelhart, Hinton & Williams 1986, eq.
3) and averaged over the samples: what is reported is what is trained.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import RegressorMixin, _fit_context
from sklearn.utils._param_validation import StrOptions
from sklearn.utils.metaestimators import available_if

from clearprop.interop.estimators.arguments import CONSTRAINTS, REGRESSION_LOSSES, takes_steps
from clearprop.interop.estimators.estimator import Estimator
from clearprop.network.parameters import Array


class BackpropRegressor(RegressorMixin, Estimator):  # type: ignore[misc]
    """A network that learns numbers, in the place of scikit-learn's MLPRegressor.

    The arguments are scikit-learn's, with its defaults and meanings; beyond them

    activation   may be any of clearprop's own (`leaky_relu`, `elu`, `gelu`, `silu`, `softplus`)
    init         the starting weights, (coefs, intercepts) in the layout of `coefs_`

    >>> from sklearn.datasets import make_regression
    >>> X, y = make_regression(100, 3, random_state=0)
    >>> est = BackpropRegressor(hidden_layer_sizes=8, solver="lbfgs", tol=1.0, random_state=0)
    >>> est = est.fit(X, y)
    >>> est.score(X, y) > 0.9
    True
    """

    _parameter_constraints = {  # noqa: RUF012  (scikit-learn's own form)
        **CONSTRAINTS,
        "loss": [StrOptions(set(REGRESSION_LOSSES))],
    }

    def __init__(
        self,
        loss: str = "squared_error",
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
        self.loss = loss
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
    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> BackpropRegressor:
        """Train on X, shape (m, n), and y, shape (m,) or (m, outputs).

        Raises
        ------
        ValueError: an argument, X or y does not fit, or the training came to infinite numbers.
        """
        self._fit(X, y, sample_weight)
        return self

    @available_if(takes_steps)  # type: ignore[untyped-decorator]
    @_fit_context(prefer_skip_nested_validation=True)  # type: ignore[untyped-decorator]
    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> BackpropRegressor:
        """Train for one more epoch on X and y.

        Raises
        ------
        ValueError: as `fit`.
        """
        self._fit(X, y, sample_weight, incremental=True)
        return self

    def predict(self, X: Any) -> Array:
        """Return the number of each row, shape (m,), or (m, outputs) where there are several."""
        outputs = self._outputs(X)
        return outputs.ravel() if outputs.shape[1] == 1 else outputs

    # --- targets ---------------------------------------------------------------------------------

    def _read(self, X: Any, y: Any, incremental: bool, first: bool) -> tuple[Array, Array]:
        x, targets = self._arrays(X, y, first, y_numeric=True)
        return x, np.array(targets, dtype=np.float64).reshape(len(targets), -1)

    def _targets(self, y: Any, count: int) -> Array:
        targets = np.asarray(y, dtype=np.float64)
        if targets.size != count * self.n_outputs_:
            raise ValueError(
                f"y has the shape {targets.shape}, but {count} rows with {self.n_outputs_} numbers"
                " each are needed"
            )
        return targets.reshape(count, self.n_outputs_)

    def _loss(self) -> str:
        return REGRESSION_LOSSES[self.loss]
