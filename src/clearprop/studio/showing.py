"""What one browser is shown of its session's training: the newest frame, and never too many.

At most two frames are on their way that the browser has not drawn: a slow or hidden tab gets
fewer, and nobody waits for it.
"""

from __future__ import annotations

import logging
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from clearprop.studio.frames import Painter
    from clearprop.studio.sessions import Session

logger = logging.getLogger("clearprop")
FRAMES_PER_SECOND = 60
ON_THEIR_WAY = 2


class Showing:
    """The frames for one browser."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.undrawn = 0
        self.seen: tuple[Painter, int] | None = None
        self.counting = Lock()  # frames and what is drawn are told by different threads

    @property
    def newest(self) -> tuple[Painter, int] | None:
        """The training, and its version."""
        painter = self.session.painter
        return None if painter is None else (painter, painter.trainer.version)

    @property
    def due(self) -> bool:
        """Whether there is something new to be seen by a browser that can follow."""
        return self.undrawn < ON_THEIR_WAY and self.newest not in (None, self.seen)

    def frame(self) -> bytes | None:
        """Return the newest frame, which is on its way then; None where it cannot be made."""
        self.seen = newest = self.newest
        if newest is None:
            return None
        try:
            frame = newest[0].frame()
        except Exception:
            logger.exception("a frame of the training failed")
            return None
        with self.counting:
            self.undrawn += 1
        return frame

    def drawn(self) -> None:
        """Take note that the browser has drawn a frame."""
        with self.counting:
            self.undrawn = max(0, self.undrawn - 1)

    def begin(self) -> None:
        """Show the newest frame to a browser that has seen none, and had none under way."""
        with self.counting:
            self.undrawn, self.seen = 0, None
