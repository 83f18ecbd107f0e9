"""The studio in a notebook."""

from __future__ import annotations

from os import PathLike
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from clearprop.network.lesson import Lesson
    from clearprop.runs.run import Run


def open_studio(
    source: Lesson | Run | str | PathLike[str] | None = None, *, target: str | None = None
) -> Any:
    """Return the studio as a widget of a notebook (an `anywidget.AnyWidget`).

    `source` is a lesson, a run or data, or the name of one, as in `clearprop studio`; without one
    it is the seed's 2-1-1 network. `target` names the column to learn, of data that do not say it.

    Raises
    ------
    MissingExtra: anywidget is not installed (`pip install 'clearprop[notebook]'`).
    ClearpropError: no such lesson, run or data.
    """
    from clearprop.studio.notebook import studio_widget

    return studio_widget(source, target)
