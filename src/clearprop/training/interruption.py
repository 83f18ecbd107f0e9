"""Ctrl-C and SIGTERM, remembered until a good moment.

While an `Interruption` is open, the first signal is only noted, so that the step in work is
finished and what was learnt is kept; a second ctrl-C interrupts at once, as ever.
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Any

HEEDED = (signal.SIGINT, signal.SIGTERM)


class Interruption:
    """Whether somebody asked to stop.

    >>> with Interruption() as interruption:
    ...     signal.raise_signal(signal.SIGINT)
    ...     interruption.asked
    True
    """

    def __init__(self) -> None:
        self.asked = False
        self.noted: int | None = None  # the signal that asked, where it was one
        self._before: dict[int, Any] = {}

    def __enter__(self) -> "Interruption":
        # Only the main thread may set handlers; elsewhere signals go their usual way.
        if threading.current_thread() is threading.main_thread():
            for number in HEEDED:
                self._before[number] = signal.signal(number, self._note)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    @contextmanager
    def suspended(self) -> Iterator[None]:
        """Let signals go their usual way for a while, in which there is nothing to keep.

        One that was noted before goes that way now.
        """
        for number, handler in self._before.items():
            signal.signal(number, handler)
        if self.noted is not None:
            signal.raise_signal(self.noted)
        yield
        for number in self._before:
            signal.signal(number, self._note)

    def _note(self, number: int, frame: FrameType | None) -> None:
        if self.asked and number == signal.SIGINT:
            raise KeyboardInterrupt
        self.asked, self.noted = True, number
