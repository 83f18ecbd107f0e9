"""Files that are written beside a loop, by a thread: one after another, in the order of asking.

To hash and to write a megabyte takes two milliseconds, and of these the interpreter is needed for
few: the loop goes on in the meantime. What is to be written must not change any more.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor


class Writer:
    """Writes one thing at a time; how that went is told at the next one, or to `wait`."""

    def __init__(self) -> None:
        self.thread = ThreadPoolExecutor(1, "clearprop-watch")
        self.under_way: Future[object] | None = None

    def write(self, work: Callable[[], object]) -> None:
        """Have something written; OSError where what was asked before could not be."""
        self.wait()
        self.under_way = self.thread.submit(work)

    def wait(self) -> None:
        """Wait for what is being written; OSError where it could not be."""
        if self.under_way is not None:
            self.under_way.result()
            self.under_way = None

    def close(self) -> None:
        """Let go of the thread."""
        self.thread.shutdown()
