"""What a run can be asked: why a weight is what it is, when something happened, what if.

Each method is a door to the file that answers, which is imported when it is called.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from os import PathLike
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from clearprop.ledgers.blame import Blame
    from clearprop.ledgers.explanation import Explanation
    from clearprop.ledgers.ledger import Ledger
    from clearprop.runs.differences import Differences
    from clearprop.runs.finding import Findings
    from clearprop.runs.health import Health
    from clearprop.runs.run import Run
    from clearprop.training.interruption import Interruption


class Questions:
    """The questions; `Run` has them."""

    @property
    def asked(self) -> Run:
        """The run that is asked."""
        return cast("Run", self)

    def fork(
        self,
        at: int,
        *,
        drop_examples: Iterable[int] = (),
        set: Mapping[str, float] | None = None,
        rate: float | None = None,
        relabel: Mapping[int, object] | None = None,
        out: str | PathLike[str] | None = None,
        force: bool = False,
    ) -> Run:
        """Return the run that leaves this one after `at` updates, with changes; as `cp.fork`."""
        from clearprop import fork

        return fork(
            self.asked, at, drop_examples=drop_examples, set=set, rate=rate, relabel=relabel,
            out=out, force=force,
        )  # fmt: skip

    def diff(self, other: Run | str | PathLike[str]) -> Differences:
        """Return this run and another, or its folder, with the first number that differs.

        Raises
        ------
        SettingError: their networks have different shapes.
        """
        from clearprop.runs import open_run
        from clearprop.runs.differences import diff
        from clearprop.runs.run import Run

        return diff(self.asked, other if isinstance(other, Run) else open_run(other))

    def explain(self, name: str, at: int) -> Explanation:
        """Return how update `at` + 1 changed a weight or bias, from its value after `at` updates.

        Its gradient as a sum over the examples of the batch, and the update rule with its numbers.

        Raises
        ------
        UnknownName, SettingError: no such weight or bias, or no such update.
        RunError, DataError, Disagreement: as `at`.
        """
        from clearprop.ledgers.explanation import explained

        return explained(self.asked, name, at)

    def ledger(self, weight: str | None = None, **options: Any) -> Ledger:
        """Return the statement of a weight or bias over some updates: opening + entries = closing.

        Options: `unit` or `layer` (of a whole unit or layer), `since` and `until` (finished
        updates), `by` ("example" or "class"), `progress` (told the number of finished steps).

        Raises
        ------
        UnknownName, SettingError: no such weight, unit or layer, or no such span.
        RunError, DataError, Disagreement: as `at`.
        """
        from clearprop.ledgers.ledger import ledger_of

        return ledger_of(self.asked, weight, **options)

    def blame(self, example: int | None = None, **options: Any) -> Blame:
        """Return which weight misled the run about a row, and which training examples made it so.

        `example` is a row of the data that is taken for another class; by default the held-out one
        of the largest loss. Option: `progress` (told the number of finished steps).

        Raises
        ------
        SettingError: the run predicts numbers, or is not mistaken about the row.
        RunError, DataError, Disagreement: as `at`.
        """
        from clearprop.ledgers.blame import blame_of

        return blame_of(self.asked, example, **options)

    def find(
        self,
        condition: str,
        first: int | None = None,
        last: int | None = None,
        every: bool = False,
        watch: Callable[[int], object] | None = None,
        interruption: Interruption | None = None,
    ) -> Findings:
        """Return the first step at which a condition holds (or `every` one), as in "dead h3".

        `first` and `last` are a span of steps; `watch` is told the step that is looked at, and an
        `interruption` that is asked for ends the search. Raises what `at` does, and SettingError or
        UnknownName where the condition cannot be read.
        """
        from clearprop.runs.finding import find

        return find(self.asked, condition, first, last, every, watch, interruption)

    def health(self, at: int | None = None) -> Health:
        """Return norms, dead units and saturation per layer, and what is wrong, in sentences.

        `at` is a step, by default that of the parameters that are kept. Raises what `at` does.
        """
        from clearprop.runs.health import health_at

        return health_at(self.asked, self.asked.outcome.step if at is None else at)

    def export(
        self, format: str, path: str | PathLike[str] | None = None, force: bool = False
    ) -> str | bytes:
        """Return the run in a format for other programs, and write it to `path`; as `cp.export`."""
        from clearprop import export

        return export(self.asked, format, path, force=force)

    def studio(self) -> Any:
        """Return the studio as a widget of a notebook, with this run in its Train view.

        Raises
        ------
        MissingExtra: anywidget is not installed.
        """
        from clearprop.studio.notebook import studio_widget

        return studio_widget(self.asked)
