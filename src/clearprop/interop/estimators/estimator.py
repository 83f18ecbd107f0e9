"""What the two estimators share: scikit-learn's arguments, fitting, the fitted attributes.

Comes in: X and y as scikit-learn takes them. Goes out: an estimator with scikit-learn's attributes
(`coefs_`, `loss_curve_`, …) and `run_`, the run of its last fit (`questions.py`).
"""

from __future__ import annotations

import sys
import warnings
from abc import abstractmethod
from math import inf, nan
from typing import Any

import numpy as np
from scipy.sparse import issparse
from sklearn.base import BaseEstimator
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.utils import check_random_state, column_or_1d
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from clearprop.data.memory import check_room
from clearprop.data.splits import Split
from clearprop.errors import counted
from clearprop.interop.estimators import layouts
from clearprop.interop.estimators.arguments import (
    CONSTRAINTS,
    HIDDEN,
    OUTPUTS,
    epoch_settings,
    network_of,
    rate_after,
    settings_of,
)
from clearprop.interop.estimators.fitting import Data, Fitted, Fitting
from clearprop.interop.estimators.memory import Memory, carried_state, fresh_state, warm_state
from clearprop.interop.estimators.questions import Questions
from clearprop.network.network import Network
from clearprop.network.parameters import Array, Parameters
from clearprop.training.loop import Progress
from clearprop.training.scoring import SLICE, outputs_of
from clearprop.training.stopping import Stopping, stopping_of

SEEDS = 2**31 - 1
DTYPES = (np.float64, np.float32)
NONE = np.zeros(0, np.int64)


class Estimator(Questions, BaseEstimator):  # type: ignore[misc]
    """An estimator that is trained by back-propagation; its arguments are scikit-learn's."""

    _parameter_constraints = CONSTRAINTS
    coefs_: list[Array]
    intercepts_: list[Array]

    @abstractmethod
    def _read(self, X: Any, y: Any, incremental: bool, first: bool) -> tuple[Array, Array]:
        """Return X and the targets of the outputs, shape (m, n_D), as checked arrays."""

    @abstractmethod
    def _loss(self) -> str:
        """Return the loss, by clearprop's name."""

    @property
    def _labels(self) -> tuple[str, ...]:
        """The classes' labels as a run has them; none for numbers."""
        return ()

    @property
    def _stratifies(self) -> bool:
        """Whether the validation part has its share of each class."""
        return False

    def _arrays(self, X: Any, y: Any, first: bool, y_numeric: bool = False) -> tuple[Array, Any]:
        """Return X and y as checked arrays; y without its second axis where that is of one."""
        x, targets = validate_data(
            self, X, y, accept_sparse=["csr", "csc"], multi_output=True, y_numeric=y_numeric,
            dtype=DTYPES, reset=first,
        )  # fmt: skip
        if targets.ndim == 2 and targets.shape[1] == 1:
            targets = column_or_1d(targets, warn=True)
        return rows_of(x), targets

    # --- fitting ---------------------------------------------------------------------------------

    def _fit(self, X: Any, y: Any, sample_weight: Any, incremental: bool = False) -> Any:
        if incremental and self.early_stopping:
            raise ValueError(
                "partial_fit does not support early_stopping=True: a single epoch has no end to"
                " look for; take fit, or early_stopping=False"
            )
        first = not hasattr(self, "coefs_") or not (self.warm_start or incremental)
        x, targets = self._read(X, y, incremental, first)
        weights = None if sample_weight is None else _check_sample_weight(sample_weight, x)
        self.n_outputs_ = targets.shape[1]
        network = network_of(self, x.shape[1], self.n_outputs_, self._loss())
        random = check_random_state(self.random_state)
        start = self._start(network, random, first, x.dtype.name)
        names = self._input_names()
        data = Data(x, targets, names, target_name(y, names), self._labels, weights)
        if self.solver == "lbfgs":
            self._search(data, network, start)
        else:
            self._train(data, network, start, random, incremental)
        return self

    def _start(self, network: Network, random: Any, first: bool, dtype: str) -> Parameters:
        """Return the weights to start from; with those of a first fit, forget what was before."""
        if not first:
            self._memory = getattr(self, "_memory", None)  # weights may have been put there by hand
            known = self.coefs_, self.intercepts_
            return layouts.given(network, known, dtype, "the weights to go on with", ANEW)
        drawn = layouts.drawn(network, random, dtype, HIDDEN[self.activation])
        start = drawn if self.init is None else layouts.given(network, self.init, dtype)
        self.n_iter_, self.t_, self.n_layers_ = 0, 0, network.depth + 1
        self.out_activation_ = OUTPUTS.get(network.activations[-1], network.activations[-1])
        self._memory = None
        if self.solver != "lbfgs":
            stops = self.early_stopping
            self.loss_curve_: list[float] = []
            self.best_loss_ = None if stops else inf
            self.validation_scores_: list[float] | None = [] if stops else None
            self.best_validation_score_ = -inf if stops else None
        return start

    def _train(
        self, data: Data, network: Network, start: Parameters, random: Any, incremental: bool
    ) -> None:
        """Train by the update rule of the solver."""
        split = self._split(data, random)
        rows, dtype, memory = len(split.train), data.x.dtype.name, self._memory
        self._warn_of_batches(rows)
        seed = int(random.randint(SEEDS)) if self.shuffle else 0
        whole = settings_of(self, self._loss(), rows, seed, dtype, int(self.t_))
        if incremental:
            cuts = 0 if memory is None else memory.stopping.cuts
            rate = rate_after(self, int(self.t_), cuts)
            settings = epoch_settings(self, self._loss(), rows, seed, dtype, rate)
            state = carried_state(start, settings, memory)
        else:
            settings, state = whole, warm_state(start, whole, memory)
        self.n_iter_ = 0
        fitted = Fitting(data, split, network, settings, state).train(self._told)
        self._take(fitted)
        self._remember(fitted, stopping_of(whole) if memory is None else memory.stopping)
        self._keep(fitted.ended.progress)
        self._training = fitted
        if not incremental:
            self._warn_of_end(fitted)

    def _split(self, data: Data, random: Any) -> Split:
        """Return the rows to train on, and those that early stopping goes by."""
        rows = np.arange(len(data.x))
        if not self.early_stopping:
            return Split(rows, NONE, NONE)
        by_class = data.y.astype(bool) if self._stratifies else None
        train, validation = train_test_split(
            rows, random_state=random, test_size=self.validation_fraction, stratify=by_class
        )
        if len(validation) < 2:
            raise ValueError(
                f"The validation set is too small: {len(validation)} of {len(rows)} samples; take"
                " a larger validation_fraction, or more samples"
            )
        return Split(np.sort(train), np.sort(validation), NONE)

    def _search(self, data: Data, network: Network, start: Parameters) -> None:
        """Train by SciPy's L-BFGS."""
        from clearprop.interop.estimators.lbfgs import fitted_by, searched

        rows, dtype = np.arange(len(data.x)), data.x.dtype.name
        rate = rate_after(self, 0)
        settings = epoch_settings(self, self._loss(), len(rows), 0, dtype, rate)
        state = fresh_state(start, settings)
        fitting = Fitting(data, Split(rows, NONE, NONE), network, settings, state)
        found = searched(fitting, self.max_iter, self.max_fun, self.tol, self._told_loss)
        self.n_iter_, self.loss_ = found.iterations, found.loss
        if not np.isfinite(found.parameters.vector).all():
            raise ValueError(f"lbfgs came to weights that are not finite; {WAY_OUT}")
        self.coefs_, self.intercepts_ = layouts.parted(found.parameters)
        self._training = fitted_by(found, fitting)
        if not found.converged:
            warnings.warn(
                f"lbfgs stopped after {counted(found.iterations, 'iteration')} and has not"
                f" converged ({found.message}); take a larger max_iter or max_fun, a larger tol, or"
                " scale the inputs",
                ConvergenceWarning,
                stacklevel=5,
            )

    # --- what a training leaves ------------------------------------------------------------------

    def _take(self, fitted: Fitted) -> None:
        """Take over the losses and scores of the epochs."""
        figures, progress = fitted.figures, fitted.ended.progress
        losses = figures.loss.tolist()
        self.loss_curve_ += losses
        self.loss_ = losses[-1] if losses else nan
        self.n_iter_ = len(losses)
        self.t_ += len(losses) * len(fitted.fitting.split.train)
        if self.early_stopping:
            diverged = [nan] if progress.broke else []  # its score is no number
            before = self.validation_scores_ or []
            self.validation_scores_ = [*before, *figures.score.tolist(), *diverged]

    def _remember(self, fitted: Fitted, before: Stopping | None) -> None:
        """Keep what a warm start or the next `partial_fit` goes on with."""
        state, learning = fitted.ended.progress.state, fitted.fitting.settings.learning
        stopping = state.stopping
        if stopping is None:  # an epoch of `partial_fit`
            assert before is not None, "a fit has a rule to stop by"
            stopping = before.after(self.loss_, None, 0)
        rate = rate_after(self, int(self.t_), stopping.cuts)
        self._memory = Memory(stopping, state.optimizer, learning.optimizer, rate)
        self._no_improvement_count = stopping.waited
        if self.early_stopping:
            self.best_validation_score_ = -stopping.best_loss
        else:
            self.best_loss_ = stopping.best_loss

    def _keep(self, progress: Progress) -> None:
        """Take over the weights: with early stopping the best, else the last.

        Raises
        ------
        ValueError: the training reached numbers that are not finite, and there are none to keep.
        """
        stopping = progress.state.stopping
        if progress.broke and (stopping is None or stopping.best is None):
            raise ValueError(f"{progress.broke.sentence()}; {WAY_OUT}")
        self.coefs_, self.intercepts_ = layouts.parted(progress.kept[1])

    @property
    def _optimizer(self) -> Memory:
        """What the optimizer goes on with; here for those who look at its `learning_rate`."""
        found: Memory | None = getattr(self, "_memory", None)
        if found is None:
            raise AttributeError("there is no optimizer before a fit by sgd or adam")
        return found

    def __sklearn_is_fitted__(self) -> bool:
        """Return whether there are weights: a fit that failed leaves none."""
        return hasattr(self, "coefs_")

    # --- what is said ----------------------------------------------------------------------------

    def _told(self, progress: Progress) -> None:
        """Write a line for each epoch that was finished, where that is asked for."""
        if not self.verbose:
            return
        finished = progress.finished
        for loss, score in zip(finished.loss.tolist(), finished.score.tolist(), strict=True):
            self.n_iter_ += 1
            self._told_loss(self.n_iter_, loss)
            if self.early_stopping:
                sys.stdout.write(f"Validation score: {score:f}\n")

    def _told_loss(self, iteration: int, loss: float) -> None:
        if self.verbose:
            sys.stdout.write(f"Iteration {iteration}, loss = {loss:.8f}\n")

    def _warn_of_batches(self, rows: int) -> None:
        if self.batch_size != "auto" and self.batch_size > rows:
            warnings.warn(
                f"batch_size is {self.batch_size}, but there are {rows} samples to train on; a"
                " batch takes them all",
                stacklevel=6,
            )

    def _warn_of_end(self, fitted: Fitted) -> None:
        """Say so where a fit ended for another reason than that it no longer got better."""
        progress = fitted.ended.progress
        if fitted.ended.asked:
            warnings.warn("the training was interrupted by hand", stacklevel=6)
        elif not progress.state.is_over and not progress.broke:
            warnings.warn(
                f"max_iter={self.max_iter} is reached, and the training has not converged yet; take"
                " a larger max_iter, or a larger tol",
                ConvergenceWarning,
                stacklevel=6,
            )

    # --- predicting ------------------------------------------------------------------------------

    @property
    def _parameters(self) -> Parameters:
        """The weights as they stand in `coefs_` and `intercepts_`."""
        network = network_of(self, self.n_features_in_, self.n_outputs_, self._loss())
        return layouts.joined(network, self.coefs_, self.intercepts_, self.coefs_[0].dtype.name)

    def _checked(self, X: Any) -> Any:
        """Return rows with the columns of the fit, as an array or a sparse matrix."""
        return validate_data(self, X, accept_sparse=["csr", "csc"], dtype=DTYPES, reset=False)

    def _rows(self, X: Any) -> Array:
        """Return rows with the columns of the fit, as an array."""
        return rows_of(self._checked(X))

    def _outputs(self, X: Any) -> Array:
        """Return the network's outputs, shape (m, n_D)."""
        check_is_fitted(self)
        x = self._checked(X)
        parameters = self._parameters
        dtype = parameters.vector.dtype
        if not issparse(x):
            return outputs_of(parameters, x.astype(dtype, copy=False))
        rows = x.tocsr()
        parts = (rows[at : at + SLICE].toarray() for at in range(0, x.shape[0], SLICE))
        return np.concatenate([outputs_of(parameters, part.astype(dtype)) for part in parts])

    def _input_names(self) -> tuple[str, ...]:
        """Return the names of the columns, or x1, x2, … where they have none."""
        numbered = (f"x{place + 1}" for place in range(self.n_features_in_))
        return tuple(map(str, getattr(self, "feature_names_in_", numbered)))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags


ANEW = "; keep hidden_layer_sizes as they were, or fit anew with warm_start=False"
WAY_OUT = "scale inputs that are large numbers, or take a smaller learning_rate_init"


def target_name(y: Any, names: tuple[str, ...]) -> str:
    """Return the name of y, or "y", made another than those of the inputs.

    >>> target_name([1, 0], ("x", "y"))
    'y_'
    """
    name = str(getattr(y, "name", None) or "y")
    while name in names:
        name += "_"
    return name


def rows_of(X: Any) -> Array:
    """Return the rows as an array of their own, which nobody else changes.

    Raises
    ------
    DataError: a sparse matrix that does not fit into the memory in full.
    """
    if issparse(X):
        check_room(X.shape[0] * X.shape[1] * X.dtype.itemsize, "the array of all inputs")
        return np.ascontiguousarray(X.toarray())
    return np.array(X, order="C")
