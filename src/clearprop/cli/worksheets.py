"""`clearprop worksheet`: exercises with blanks, their answer keys and answer sheets."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from clearprop.cli.options import option
from clearprop.errors import SettingError, counted
from clearprop.render.documents import check_format

if TYPE_CHECKING:
    from clearprop.network.lesson import Lesson

EXERCISE, OUTPUT = "The exercise", "What is written"
FORMATS = ("markdown", "latex", "html")
MOST_SEEDS = 10_000

Source = Annotated[
    Path | None,
    typer.Argument(metavar="[LESSON.toml]", help="A lesson file.", show_default=False),
]
Layers = Annotated[
    str | None, option("Inputs, then the units of each layer.", EXERCISE, metavar="2,2,1")
]
Seeds = Annotated[
    str | None,
    option(
        "An exercise for each, its numbers drawn. Default: the lesson's own numbers; with "
        "--layers, 1.",
        EXERCISE,
        metavar="1-30",
    ),
]
Activations = Annotated[
    str | None, option("One for all layers, or one for each.", EXERCISE, metavar="NAME[,NAME…]")
]
NoBias = Annotated[bool, option("No layer has biases.", EXERCISE, "--no-bias")]
LossName = Annotated[str | None, option("The loss.", EXERCISE, metavar="NAME")]
Rate = Annotated[
    float | None,
    option("The learning rate η. Default: the lesson's; with --layers, 0.5.", EXERCISE),
]
Format = Annotated[
    str | None,
    option(f"One of {', '.join(FORMATS)}. Default: markdown.", OUTPUT, metavar="NAME"),
]
Answers = Annotated[bool, option("The key instead of the exercise.", OUTPUT, "--answers")]
Sheet = Annotated[
    Path | None,
    option(
        "Write the answer sheet, which `check` marks; with --answers, filled in.",
        OUTPUT,
        metavar="FILE.csv",
    ),
]
SaveLesson = Annotated[
    Path | None, option("Write the lesson, which `check` holds it against.", OUTPUT, metavar="FILE")
]
Output = Annotated[
    Path | None,
    option(
        "A file; or a folder, for each exercise with its key, answer sheets and lesson.",
        OUTPUT,
        metavar="PLACE",
    ),
]
Force = Annotated[bool, option("Replace files that are there.", OUTPUT, "--force")]


def worksheet(
    source: Source = None,
    layers: Layers = None,
    seeds: Seeds = None,
    activation: Activations = None,
    no_bias: NoBias = False,
    loss: LossName = None,
    rate: Rate = None,
    format: Format = None,
    answers: Answers = False,
    sheet: Sheet = None,
    save_lesson: SaveLesson = None,
    output: Output = None,
    force: Force = False,
) -> None:
    """Make exercises with blanks, their answer keys, and answer sheets that `check` marks.

    Drawn numbers give every answer three digits, and let no known misconception pass unseen.
    """
    from clearprop.cli.output import check_free, write_text
    from clearprop.network.lesson import lesson_toml
    from clearprop.render.worksheet_csv import worksheet_csv
    from clearprop.render.worksheet_files import RENDERERS
    from clearprop.worksheets.drawing import exercises

    name = format_name(format, output)
    base = exercise_lesson(source, layers, activation, no_bias, loss, rate)
    wanted = read_seeds(seeds if seeds is not None or layers is None else "1")
    if output is not None and is_folder(output):
        if sheet is not None or save_lesson is not None:
            raise SettingError(f"the folder {output} gets the answer sheet and the lesson anyway")
        write_folder(output, base, wanted, name, force)
        return
    check_single(sheet, save_lesson, output, wanted)
    for path in (sheet, save_lesson, output):
        check_free(path, force)
    made = list(exercises(base, wanted))
    if sheet is not None:
        write_text(sheet, worksheet_csv(made[0], answers))
    if save_lesson is not None:
        write_text(save_lesson, lesson_toml(made[0].lesson))
    write_text(output, RENDERERS[name](made, answers))


# --- what is asked for ---------------------------------------------------------------------------


def format_name(given: str | None, output: Path | None) -> str:
    """Return the format: as given, else by the output's name, else Markdown."""
    from clearprop.render.worksheet_files import SUFFIXES

    if given is None:
        by_suffix = {suffix: name for name, suffix in SUFFIXES.items()}
        return by_suffix.get("" if output is None else output.suffix, "markdown")
    check_format(given, FORMATS)
    return given


def exercise_lesson(
    source: Path | None,
    layers: str | None,
    activation: str | None,
    no_bias: bool,
    loss: str | None,
    rate: float | None,
) -> Lesson:
    """Return the lesson of a file, or of layers, with the options put in."""
    from clearprop.network.lesson import read_lesson
    from clearprop.network.options import whole
    from clearprop.worksheets.pattern import pattern

    if (source is None) == (layers is None):
        both = ", not both" if layers else ""
        raise SettingError(f"give a lesson file, or --layers as in --layers 2,2,1{both}")
    names: Any = None
    if activation is not None:
        names = [name.strip() for name in activation.split(",")]
        names = names[0] if len(names) == 1 else names
    sizes = [whole("--layers", text) for text in (layers or "").split(",") if layers]
    return pattern(
        sizes if source is None else read_lesson(source),
        activation=names,
        loss=loss,
        rate=rate,
        biases=False if no_bias else None,
    )


def read_seeds(text: str | None) -> list[int]:
    """Return the seeds of `1-30`, or of `1,5,8-10`; none without.

    >>> read_seeds("1,5,8-10")
    [1, 5, 8, 9, 10]
    """
    found: dict[int, None] = {}
    for part in [] if text is None else text.split(","):
        first, dash, last = part.strip().partition("-")
        if not (first.isdecimal() and (last.isdecimal() or not dash)):
            raise SettingError(f"--seeds takes whole numbers, as in 1-30 or 1,5,8-10, not '{text}'")
        span = range(int(first), int(last or first) + 1)
        if not 0 < len(span) <= MOST_SEEDS:
            raise SettingError(
                f"--seeds takes up to {MOST_SEEDS:,} numbers, from the smaller to the larger, "
                f"not '{part.strip()}'"
            )
        found |= dict.fromkeys(span)
    return list(found)


# --- where it is written -------------------------------------------------------------------------


def is_folder(output: Path) -> bool:
    """Return whether a place is a folder, or is to be one: its name has no suffix."""
    return output.is_dir() or not (output.suffix or output.exists())


def check_single(
    sheet: Path | None, lesson: Path | None, output: Path | None, seeds: Sequence[int]
) -> None:
    """Raise SettingError where files for one exercise are asked for several, or named twice."""
    for name, path in (("--sheet", sheet), ("--save-lesson", lesson)):
        if path is not None and len(seeds) > 1:
            raise SettingError(
                f"{name} is for one exercise, and here are {len(seeds)}; --output FOLDER writes "
                "the answer sheet and the lesson of each"
            )
    places = [path for path in (sheet, lesson, output) if path is not None]
    if twice := [path for path in places if places.count(path) > 1]:
        raise SettingError(f"two of --sheet, --save-lesson and --output name {twice[0]}")


def write_folder(
    folder: Path, base: Lesson, seeds: Sequence[int], format: str, force: bool
) -> None:
    """Write each exercise as soon as it is made, and say where."""
    from clearprop.cli.output import check_free, write_text
    from clearprop.render.worksheet_files import endings, worksheet_files
    from clearprop.worksheets.drawing import exercises
    from clearprop.worksheets.worksheet import exercise_name

    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise SettingError(f"the folder {folder} cannot be made: {error.strerror}") from None
    names = [exercise_name(seed) for seed in seeds] or [exercise_name(None)]
    for path in (folder / f"{name}{ending}" for name in names for ending in endings(format)):
        check_free(path, force)
    for sheet in exercises(base, seeds):
        for name, text in worksheet_files(sheet, format).items():
            write_text(folder / name, text)
    made = counted(len(names), "exercise")
    print(f"Written: {folder}: {made}, each with its key, answer sheets and lesson")
