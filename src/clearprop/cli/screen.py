"""Where rich prints the pages of `train`, `evaluate`, `runs` and `show`; what ctrl-C does there."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

UNFOLDED = 10_000


def console() -> "Console":
    """Return the output: when it is no terminal, plain text in lines of any length."""
    from clearprop.render.pages import Screen

    folded = sys.stdout.isatty() or "COLUMNS" in os.environ
    return Screen(highlight=False, width=None if folded else UNFOLDED)


def end_at_ctrl_c(with_polars: bool) -> None:
    """Let ctrl-C end the program at once where there is no work to keep.

    Polars takes the signal over when it is imported, and swallows it outside of its own work: where
    a command needs it, it has to be there before. A ctrl-C meanwhile ends the program afterwards.
    """
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if with_polars:
        with ctrl_c_held_back():
            import polars  # noqa: F401

            signal.signal(signal.SIGINT, signal.SIG_DFL)


@contextmanager
def ctrl_c_held_back() -> Iterator[None]:
    """Let a ctrl-C wait for the end of a block."""
    if sys.platform == "win32":
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
