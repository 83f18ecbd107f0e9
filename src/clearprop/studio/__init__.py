"""The studio: a web application in which one step is worked, a network trained, a solution checked.

    serving    a server on this machine           app        its routes and pages
    guard      who may ask                        talking    one connection: asks, answers, frames
    sessions   what a tab of the browser has      answers    the table: which function answers what

    bundle     the browser's modules as one       widget     the studio in a notebook

The modules of the browser lie in `static/`; what they show comes from the renderers below.

In a notebook the room is called by its name: `cp.studio()`, `cp.studio(run)`, `cp.studio("iris")`.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any


class Room(ModuleType):
    """The room as a function too: `cp.studio` is the name of both."""

    def __call__(self, source: object = None, target: str | None = None) -> Any:
        """Return the studio as a widget of a notebook.

        `source` is a lesson, a run or data, or the name of one, as in `clearprop studio`; `target`
        names the column to learn, of data that do not say it.

        Raises
        ------
        MissingExtra: anywidget is not installed.
        ClearpropError: no such lesson, run or data.
        """
        from clearprop.studio.notebook import studio_widget

        return studio_widget(source, target)


sys.modules[__name__].__class__ = Room
