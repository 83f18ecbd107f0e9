"""Where rich prints the pages of `train`, `evaluate`, `runs` and `show`."""

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

UNFOLDED = 10_000


def console() -> "Console":
    """Return the output: when it is no terminal, plain text in lines of any length."""
    from rich.console import Console

    folded = sys.stdout.isatty() or "COLUMNS" in os.environ
    return Console(highlight=False, width=None if folded else UNFOLDED)
