"""What an estimator can be asked: its run, one step of it, a weight's explanation, its ledger.

Each method is a door to the run of the last fit.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np
from sklearn.utils.validation import check_is_fitted

from clearprop.interop.estimators.layouts import parted
from clearprop.network.parameters import Array

if TYPE_CHECKING:
    from clearprop.interop.estimators.fitting import Fitted
    from clearprop.ledgers.explanation import Explanation
    from clearprop.ledgers.ledger import Ledger
    from clearprop.runs.run import Run
    from clearprop.tracing.trace import Trace


class Gradients(NamedTuple):
    """A loss, and its slopes by each layer's weights and biases, in the layout of `coefs_`."""

    loss: float
    coefs: list[Array]
    intercepts: list[Array]


class Questions:
    """The questions; both estimators have them."""

    @property
    def _asked(self) -> Any:
        check_is_fitted(self)
        return self

    @property
    def run_(self) -> Run:
        """The run of the last fit, in memory: as `clearprop.train` returns it.

        Its rows are those of X as given, and its inputs are not scaled. With the solver lbfgs it
        has the weights alone and no steps.
        """
        return cast("Fitted", self._asked._training).run

    def explain(self, name: str, at: int = 0) -> Explanation:
        """Return how update `at` + 1 of the last fit changed a weight or bias, as `Run.explain`.

        Raises
        ------
        UnknownName, SettingError: no such weight or bias, or no such update.
        """
        return self.run_.explain(name, at)

    def ledger(self, weight: str | None = None, **options: Any) -> Ledger:
        """Return which training rows made a weight what it is, as `Run.ledger`.

        Raises
        ------
        UnknownName, SettingError: no such weight, or no such span of steps.
        """
        return self.run_.ledger(weight, **options)

    def trace(self, x: Any, y: Any) -> Trace:
        """Return one step of the fitted network on some examples, with all its work shown.

        x is a row of X or several, y their targets as in `fit`. The step is by the solver's rule
        with nothing carried in; for lbfgs by gradient descent.

        Raises
        ------
        ValueError: x has another number of inputs, or y is a class that was not in training.
        """
        from clearprop.network.lesson import Lesson
        from clearprop.tracing.trace import trace_steps

        rows, targets = self._examples(x, y)
        fitting, parameters = self._asked._training.fitting, self._asked._parameters
        decay = fitting.settings.penalty / len(rows)
        plain = fitting.settings.learning
        learning = replace(plain, constants={**plain.constants, "weight_decay": decay})
        lesson = Lesson(
            parameters.exact, rows.astype(np.float64), targets.astype(np.float64), learning,
            about="given examples; the optimizer starts afresh",
        )  # fmt: skip
        return trace_steps(lesson, None)

    def gradients(self, X: Any, y: Any, sample_weight: Any = None) -> Gradients:
        """Return the loss of some examples with its penalty, and its slope by every parameter.

        The arrays have the layout of `coefs_` and `intercepts_`.

        Raises
        ------
        ValueError: X has another number of inputs, or y is a class that was not in training.
        """
        from clearprop.interop.estimators.passes import loss_and_slopes

        rows, targets = self._examples(X, y)
        asked = self._asked
        settings, parameters = asked._training.fitting.settings, asked._parameters
        weights = None if sample_weight is None else np.asarray(sample_weight, rows.dtype)
        loss, gradient = loss_and_slopes(parameters, settings, rows, targets, weights)
        return Gradients(loss, *parted(gradient))

    def _examples(self, x: Any, y: Any) -> tuple[Array, Array]:
        """Return examples as the network takes them; a single one may go without its outer axis."""
        asked = self._asked
        rows = np.atleast_2d(np.asarray(x, dtype=asked.coefs_[0].dtype))
        if rows.shape[1:] != (asked.n_features_in_,):
            raise ValueError(
                f"x has {rows.shape[-1]} inputs, but the network takes {asked.n_features_in_}"
            )
        return rows, asked._targets(y, len(rows))
