"""What every command does with its output: to the screen or a file, whole or not at all."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from clearprop.errors import FailedRun, SettingError

HEADINGS = r"(?m)^(Step \d+\..*|Given|Derivation|By hand with .*|──── .*)$"
SLOW = 2_000  # steps from which on a progress bar is shown


def check_free(path: Path | None, force: bool) -> None:
    """Raise SettingError where a file would be replaced, or its folder is not there."""
    if path is None:
        return
    if path.is_dir():
        raise SettingError(f"{path} is a folder; name a file in it")
    if path.exists() and not force:
        raise SettingError(f"{path} exists already; add --force to replace it")
    if not path.absolute().parent.is_dir():
        raise SettingError(f"there is no folder {path.absolute().parent} to write {path.name} into")


def write_text(path: Path | None, text: str) -> None:
    """Print a text, or write it to a file that is complete the moment it appears."""
    if path is None:
        print_page(text)
        return
    try:
        if path.exists() and not path.is_file():  # a device or a pipe is written to, not replaced
            path.write_text(text, encoding="utf-8")
        else:
            replace_file(path.resolve(), text)
    except OSError as error:
        raise FailedRun(f"{path} cannot be written: {error.strerror}") from None


def replace_file(path: Path, text: str) -> None:
    """Write a file beside its place and put it there whole."""
    beside = path.with_name(f".{path.name[:200]}.{os.getpid()}")
    try:
        beside.write_text(text, encoding="utf-8")
        beside.replace(path)
    except OSError:
        beside.unlink(missing_ok=True)
        raise


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
