"""Worksheet -> the files of its folder: exercise, key, answer sheet empty and filled, lesson."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from clearprop.network.lesson import lesson_toml
from clearprop.render.worksheet_csv import worksheet_csv
from clearprop.render.worksheet_html import worksheets_html
from clearprop.render.worksheet_latex import worksheets_latex
from clearprop.render.worksheet_markdown import worksheets_markdown
from clearprop.worksheets.worksheet import Worksheet

SUFFIXES = {"markdown": ".md", "latex": ".tex", "html": ".html"}
RENDERERS: Mapping[str, Callable[[Iterable[Worksheet], bool], str]] = {
    "markdown": worksheets_markdown,
    "latex": worksheets_latex,
    "html": worksheets_html,
}


def endings(format: str) -> tuple[str, ...]:
    """Return how the names of an exercise's files end."""
    suffix = SUFFIXES[format]
    return (suffix, f"-answers{suffix}", ".csv", "-answers.csv", ".toml")


def worksheet_files(sheet: Worksheet, format: str) -> dict[str, str]:
    """Return the text of each file of an exercise by its name."""
    render = RENDERERS[format]
    texts = (
        render([sheet], False),
        render([sheet], True),
        worksheet_csv(sheet),
        worksheet_csv(sheet, answers=True),
        lesson_toml(sheet.lesson),
    )
    named = zip(endings(format), texts, strict=True)
    return {f"{sheet.name}{ending}": text for ending, text in named}
