"""`progress=` of trainings and sweeps: who is told how far they are, and a line that shows it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from clearprop.errors import SettingError

P = TypeVar("P")
Asked = Callable[[P], object] | bool | None


@contextmanager
def followed(progress: Asked[P], kind: str) -> Iterator[Callable[[P], object] | None]:
    """Yield who is told how far the work is: the function given, or a line that is gone at the end.

    True shows the line in a notebook or a terminal; None in a notebook or at the prompt, where
    somebody waits; False nowhere. `kind` is that of the work: "training" or "sweep".

    Raises
    ------
    SettingError: it is none of these.
    """
    if progress is not None and not isinstance(progress, bool) and not callable(progress):
        raise SettingError(
            f"progress takes True, False or a function that is told how far it is, not {progress!r}"
        )
    if callable(progress):
        yield progress
        return
    from clearprop.render import progress_line

    line = None if progress is False else progress_line.line_for(asked=progress is True)
    if line is None:
        yield None
        return
    try:
        yield progress_line.Follower(line, getattr(progress_line, f"stand_of_{kind}"))
    finally:
        line.clear()
