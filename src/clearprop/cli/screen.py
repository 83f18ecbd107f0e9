"""Where rich prints the pages of `train`, `evaluate`, `runs` and `show`; what ctrl-C does there."""

import os
import signal
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

UNFOLDED = 10_000


def console() -> "Console":
    """Return the output: when it is no terminal, plain text in lines of any length."""
    from clearprop.render.pages import Screen

    folded = sys.stdout.isatty() or "COLUMNS" in os.environ
    return Screen(highlight=False, width=None if folded else UNFOLDED)


def end_at_ctrl_c() -> None:
    """Let ctrl-C end the program at once: there is no work to keep yet.

    To be said again after data were read, for polars takes the signal over when it first works.
    """
    signal.signal(signal.SIGINT, signal.SIG_DFL)
