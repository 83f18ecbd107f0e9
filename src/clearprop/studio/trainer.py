"""A training that can be played, paused, stepped and looked at."""

from __future__ import annotations


class Trainer:
    """A training in a thread of its own."""

    version = 0

    def frame(self) -> bytes:
        """Return what is shown of it."""
        return b""

    def close(self) -> None:
        """End it."""
