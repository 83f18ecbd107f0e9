"""What the studio is opened with: whatever is named or given -> an `Opening`."""

from __future__ import annotations

from pathlib import Path

from clearprop.data.builtin import builtin_names
from clearprop.data.table import load
from clearprop.errors import ClearpropError, SettingError
from clearprop.network.lesson import Lesson, lesson_toml, read_lesson
from clearprop.runs import open_run
from clearprop.runs.run import Run
from clearprop.studio.sessions import Opening


def opening_of(source: object = None, target: str | None = None) -> Opening:
    """Return how the studio opens: a lesson in the Step view, a run or data in the Train view.

    `source` is a lesson, a run, a frame or a pair (X, y); or a text that names a lesson file, the
    folder of a run, a file of data or a built-in set.

    Raises
    ------
    ClearpropError: no such lesson, run or data.
    """
    if source is None:
        return Opening()
    if isinstance(source, Lesson):
        return Opening("step", lesson=lesson_toml(source))
    if isinstance(source, Run):
        return Opening("train", run=source)
    if isinstance(source, str | Path):
        return opening_of_name(str(source), target)
    table = load(source, target)
    return Opening("train", data=table.name, table=table)


def opening_of_name(source: str, target: str | None) -> Opening:
    """Return how the studio opens with what a text names."""
    path, built_in = Path(source), source in builtin_names()
    if not built_in and (path.suffix == ".toml" or path.is_dir()):
        if target is not None:
            raise SettingError(f"a target is of data, and {source} is none; leave it out")
        if path.is_dir():
            return Opening("train", run=open_run(path))
        return Opening("step", lesson=lesson_toml(read_lesson(path)))
    if built_in and target is None:
        return Opening("train", data=source)
    if not built_in and not path.exists():
        raise ClearpropError(
            f"there is no lesson file, run or data set '{source}'; the built-in data sets are"
            f" {', '.join(builtin_names())}"
        )
    table = load(source, target)
    return Opening("train", data=table.name, table=table)
