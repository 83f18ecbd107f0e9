"""What a tab of the browser has: a session, which survives a reload and a lost connection.

What is edited (a lesson, a solution) lives in the browser and its address; here lives what cannot:
the network in training, and tables that were uploaded.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from clearprop.data.table import Table
    from clearprop.runs.run import Run
    from clearprop.studio.frames import Painter

REST_AFTER = 60.0  # seconds: a page that is loaded again, or found again, is back before
MOST = 32  # sessions; one that nobody watches goes first, the longest ago


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
    """One tab: the training it watches, what was chosen for it, and tables that were uploaded.

    `chosen` is None where the training is of rows that the tables no longer have.
    `watchers` are its connections: more than one for a moment, when a page is loaded again.
    """

    opening: Opening
    painter: Painter | None = None
    chosen: dict[str, Any] | None = None
    tables: dict[str, Table] = field(default_factory=dict)
    watchers: int = 0
    choosing: Lock = field(default_factory=Lock)

    def keep(self, name: str, table: Table, most: int) -> None:
        """Have a table, of at most some number; with other rows under its name it is chosen anew.

        A page that was cut off uploads its table once more: the training of the same rows goes on.
        """
        with self.choosing:
            before = self.tables.pop(name, None)
            same = before is not None and (
                before.frame.schema == table.frame.schema and before.frame.equals(table.frame)
            )
            while len(self.tables) >= most:
                del self.tables[next(iter(self.tables))]
            self.tables[name] = table
            if self.chosen is not None and self.chosen.get("data") == name and not same:
                self.chosen = None

    def show(self, painter: Painter, chosen: dict[str, Any]) -> None:
        """Have a training in place of the one before."""
        self.close()
        self.painter, self.chosen = painter, chosen

    def rest(self) -> None:
        """Pause its training where nobody has come back to watch it."""
        if self.watchers == 0 and self.painter is not None:
            self.painter.trainer.pause()

    def close(self) -> None:
        """End its training."""
        if self.painter is not None:
            self.painter.trainer.close()
            self.painter = None


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
                self.leave_out()
        self.known.move_to_end(name)
        return self.known[name]

    def leave_out(self) -> None:
        """Close one session: of those that nobody watches, if there are any."""
        older = list(self.known)[:-1]
        name = next((name for name in older if not self.known[name].watchers), older[0])
        self.known.pop(name).close()

    def close(self) -> None:
        """End every training."""
        while self.known:
            self.known.popitem()[1].close()
