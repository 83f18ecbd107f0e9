"""Hooks of the modules of a loop: they stay with the module that is watched.

A module that is copied or saved takes its hooks along, and with them all that they know. A copy of
a watched module is not watched, as where the loop keeps its best weights so far or trains a twin.
"""

from __future__ import annotations

from functools import partial


class Silent:
    """A hook that does nothing."""

    def __call__(self, *args: object) -> None:
        """Do nothing."""


class Hook(partial[None]):
    """A hook in whose place a copy of the module has one that does nothing."""

    def __reduce__(self) -> tuple[type[Silent], tuple[()]]:
        return Silent, ()
