"""How far work is, on one line that is gone at its end: in a terminal, or under a notebook's cell.

Comes in: where the work stands, as often as it likes to tell. Goes out: at most two lines a second,
each in the place of the one before, and none for work that is over in a second.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from importlib import import_module
from time import perf_counter
from typing import Any, Protocol

from clearprop.render.run_text import number
from clearprop.sweeps.carrying_out import SweepProgress
from clearprop.training.loop import Progress

PATIENCE = 1.0  # seconds of work before anything is shown
BETWEEN = 0.5  # seconds from one line to the next


@dataclass(frozen=True)
class Stand:
    """Where work stands: how much of how much, and in words."""

    done: float
    total: float
    words: str


def stand_of_training(progress: Progress) -> Stand:
    """Return where a training stands."""
    words = [f"epoch {progress.epoch:,} of {progress.epochs:,}"]
    words += [f"loss {number(progress.loss)}"] if progress.step else []
    if progress.held_out is not None:
        words.append(f"held-out loss {number(progress.held_out.loss)}")
    return Stand(progress.step, progress.steps, " · ".join(words))


def stand_of_sweep(progress: SweepProgress) -> Stand:
    """Return where a sweep stands."""
    done = int(progress.done + 0.5)
    return Stand(done, progress.networks, f"{done:,} of {progress.networks:,} networks")


class Line(Protocol):
    """A place where one line can be shown, changed, and taken away."""

    def show(self, stand: Stand) -> None:
        """Show where the work stands."""

    def clear(self) -> None:
        """Take the line away."""


class Follower:
    """Shows on a line what it is told: not at once, and not often."""

    def __init__(self, line: Line, stand: Callable[[Any], Stand]) -> None:
        self.line, self.stand = line, stand
        self.due = perf_counter() + PATIENCE

    def __call__(self, progress: Any) -> None:
        """Take note of where the work stands."""
        if perf_counter() >= self.due:
            self.line.show(self.stand(progress))
            self.due = perf_counter() + BETWEEN


class TerminalLine:
    """A bar on the error stream."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        self.bar = Progress(
            BarColumn(), TextColumn("[cyan]{task.description}"), TimeRemainingColumn(compact=True),
            console=Console(stderr=True), transient=True, auto_refresh=False,
        )  # fmt: skip
        self.task = self.bar.add_task("")

    def show(self, stand: Stand) -> None:
        """Show where the work stands."""
        self.bar.start()
        self.bar.update(
            self.task,
            completed=stand.done,
            total=stand.total,
            description=stand.words,
            refresh=True,
        )

    def clear(self) -> None:
        """Take the bar away."""
        self.bar.stop()


class NotebookLine:
    """One output of a cell, changed in its place; it is empty in the notebook that is kept."""

    def __init__(self) -> None:
        self.handle: Any = None

    def show(self, stand: Stand) -> None:
        """Show where the work stands."""
        bar = f'<progress max="{stand.total:g}" value="{stand.done:g}" aria-label="progress">'
        html = f"<div>{bar}</progress> {escape(stand.words)}</div>"
        self.put({"text/plain": stand.words, "text/html": html})

    def clear(self) -> None:
        """Take the line away."""
        if self.handle is not None:
            self.put({"text/plain": "", "text/html": ""})

    def put(self, bundle: dict[str, str]) -> None:
        """Put something in the place of what was shown before."""
        if self.handle is None:
            display = import_module("IPython.display").display
            self.handle = display(bundle, raw=True, display_id=True)
        else:
            self.handle.update(bundle, raw=True)


def in_notebook() -> bool:
    """Return whether this is the kernel of a notebook."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return shell is not None and hasattr(shell, "kernel")


def line_for(asked: bool) -> Line | None:
    """Return a line where somebody can see it; None where the output goes into a file or a pipe.

    Somebody who types sees it; a program's terminal has it where it is `asked` for.
    """
    if in_notebook():
        return NotebookLine()
    typing = hasattr(sys, "ps1")
    return TerminalLine() if sys.stderr.isatty() and (asked or typing) else None
