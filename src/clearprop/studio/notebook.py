"""The door to the widget: what a notebook calls, and what it needs."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from clearprop.errors import MissingExtra


def studio_widget(source: object = None, target: str | None = None) -> Any:
    """Return the studio as a widget of a notebook, opened as `opening_of` says.

    Raises
    ------
    MissingExtra: anywidget is not installed.
    ClearpropError: no such lesson, run or data.
    """
    from clearprop.studio.opening import opening_of

    try:
        widget = import_module("clearprop.studio.widget")
    except ModuleNotFoundError as error:
        raise MissingExtra(
            f"the studio in a notebook needs {error.name}; install it with pip install"
            " 'clearprop[notebook]'"
        ) from None
    return widget.StudioWidget(opening_of(source, target))
