"""What every command does with its output: to the screen or a file, whole or not at all."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from clearprop.written import check_place, put

HEADINGS = r"(?m)^(Step \d+\..*|Given|Derivation|By hand with .*|──── .*)$"
SLOW = 2_000  # steps from which on a progress bar is shown


def check_free(path: Path | None, force: bool) -> None:
    """Raise SettingError where a file would be replaced, or its folder is not there."""
    if path is not None:
        check_place(path, force, "--force")


def write_text(path: Path | None, text: str) -> None:
    """Print a text, or write it to a file that is complete the moment it appears."""
    if path is None:
        print_page(text)
    else:
        put(path, text)


def print_page(text: str) -> None:
    """Print a page of text; on a terminal its headings stand out."""
    if not sys.stdout.isatty():
        sys.stdout.write(text)
        return
    from rich.console import Console
    from rich.text import Text

    page = Text(text, end="")
    page.highlight_regex(HEADINGS, style="bold cyan")
    Console(highlight=False).print(page, soft_wrap=True, end="")


@contextmanager
def counting(what: str, total: int) -> Iterator[Callable[[int], None]]:
    """Yield a function to tell how far the work is; a bar is shown on a terminal if it is long."""
    if total < SLOW or not sys.stderr.isatty():
        yield lambda done: None
        return
    from rich.console import Console
    from rich.progress import MofNCompleteColumn, Progress, TimeRemainingColumn

    columns = (*Progress.get_default_columns()[:2], MofNCompleteColumn(), TimeRemainingColumn())
    signal.signal(signal.SIGINT, signal.default_int_handler)  # the bar puts the cursor back
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=total)
        yield lambda done: bar.update(task, completed=done)
