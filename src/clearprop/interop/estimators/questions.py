"""What an estimator can be asked: its run, one step of it, a weight's explanation, its ledger.

Each method is a door to the run of the last fit.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np
from sklearn.utils.validation import _check_sample_weight, check_is_fitted

from clearprop.errors import SettingError
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

    @property
    def _run_with_steps(self) -> Run:
        run = self.run_
        if run.outcome.steps == 0 and cast("Any", self).solver == "lbfgs":
            raise SettingError(
                "a fit by lbfgs has no update to explain, for its steps are SciPy's; take the"
                " solver sgd or adam"
            )
        return run

    def explain(self, name: str, at: int = 0) -> Explanation:
        """Return how update `at` + 1 of the last fit changed a weight or bias, as `Run.explain`.

        Raises
        ------
        UnknownName, SettingError: no such weight or bias, or no such update.
        """
        return self._run_with_steps.explain(name, at)

    def ledger(
        self,
        weight: str | None = None,
        *,
        unit: str | None = None,
        layer: int | None = None,
        since: int | None = None,
        until: int | None = None,
        by: str = "example",
    ) -> Ledger:
        """Return which training rows made a weight what it is, as `Run.ledger`.

        Raises
        ------
        UnknownName, SettingError: no such weight, or no such span of steps.
        """
        run = self._run_with_steps
        return run.ledger(weight, unit=unit, layer=layer, since=since, until=until, by=by)

    def trace(self, x: Any, y: Any) -> Trace:
        """Return one step of the fitted network on some examples, with all its work shown.

        x is a row of X or several, y their targets as in `fit`. The step is by the solver's rule
        with nothing carried in; for lbfgs by gradient descent.

        Raises
        ------
        ValueError: x has other columns than in training, or y is a class that was not in it.
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
        ValueError: X has other columns than in training, y is a class that was not in it, or the
            sample weights do not fit.
        """
        from clearprop.interop.estimators.passes import loss_and_slopes

        rows, targets = self._examples(X, y)
        asked = self._asked
        settings, parameters = asked._training.fitting.settings, asked._parameters
        weights = None if sample_weight is None else _check_sample_weight(sample_weight, rows)
        if weights is not None and not weights.sum() > 0:
            raise ValueError(f"the sample weights must sum to more than 0, not {weights.sum():g}")
        loss, gradient = loss_and_slopes(parameters, settings, rows, targets, weights)
        return Gradients(loss, *parted(gradient))

    def _examples(self, x: Any, y: Any) -> tuple[Array, Array]:
        """Return examples as the network takes them; a single one may go without its outer axis."""
        asked = self._asked
        rows = asked._rows(as_rows(x)).astype(asked.coefs_[0].dtype, copy=False)
        return rows, asked._targets(y, len(rows))


def as_rows(x: Any) -> Any:
    """Return a row, a Series of pandas too, as the only one of a table; tables stay as they are."""
    if len(getattr(x, "shape", ())) == 2:
        return x
    return x.to_frame().T if hasattr(x, "to_frame") and hasattr(x, "index") else np.atleast_2d(x)
