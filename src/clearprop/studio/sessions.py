"""What a tab of the browser has: a session, which survives a reload and a lost connection.

What is edited (a lesson, a solution) lives in the browser and its address; here lives what cannot:
the network in training, and tables that were uploaded.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from clearprop.data.table import Table
    from clearprop.runs.run import Run
    from clearprop.studio.frames import Painter

MOST = 32  # sessions; the one that was asked longest ago goes first


@dataclass(frozen=True)
class Opening:
    """What the studio was opened with: a lesson's text, a run, or data; and the view to show.

    `data` is the name of a built-in set, or of the `table` of a file.
    """

    view: str = "step"
    lesson: str | None = None
    run: Run | None = None
    data: str | None = None
    table: Table | None = None

    def json(self) -> dict[str, Any]:
        """Return what the browser is told of it."""
        return {
            "view": self.view,
            "lesson": self.lesson,
            "run": None if self.run is None else self.run.name,
            "data": self.data,
        }


@dataclass
class Session:
    """One tab: the training it watches, what was chosen for it, and tables that were uploaded."""

    opening: Opening
    painter: Painter | None = None
    chosen: dict[str, Any] = field(default_factory=dict)
    tables: dict[str, Table] = field(default_factory=dict)

    def close(self) -> None:
        """End its training."""
        if self.painter is not None:
            self.painter.trainer.close()


class Sessions:
    """All sessions, by the name that their tab has given itself."""

    def __init__(self, opening: Opening) -> None:
        self.opening = opening
        self.known: OrderedDict[str, Session] = OrderedDict()

    def of(self, name: str) -> Session:
        """Return the session of a name, a new one for a name that is not known."""
        if name not in self.known:
            table = self.opening.table
            self.known[name] = Session(self.opening, tables={table.name: table} if table else {})
            while len(self.known) > MOST:
                self.known.popitem(last=False)[1].close()
        self.known.move_to_end(name)
        return self.known[name]

    def close(self) -> None:
        """End every training."""
        while self.known:
            self.known.popitem()[1].close()
