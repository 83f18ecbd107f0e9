"""Trace -> the lesson page: one HTML file that shows a step of the work on a screen.

Nothing is fetched, and the page's policy forbids it; style and script are named there by their
hashes. Without the script all steps stand below each other, which is also how the page prints.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from html import escape
from importlib.resources import files
from string import Template

from clearprop.errors import counted
from clearprop.render.abridged_svg import abridged_svg
from clearprop.render.lesson_lines import framed, given_lines, work_lines
from clearprop.render.network_svg import Drawing, arrows, sharing, style
from clearprop.render.numbers import number_text
from clearprop.render.tables import (
    by_hand_rows,
    change_rows,
    history_rows,
    overview_rows,
    verdict,
)
from clearprop.render.text_symbols import mark_text
from clearprop.tracing.lines import Line
from clearprop.tracing.scenes import Scene, scene
from clearprop.tracing.trace import Trace

WIDE = 5  # columns, the loss among them, from which on the drawing stands above the work
DRAWN_DIGITS = 4  # at most, in the drawing: a unit has no room for more
MOST_EXAMPLES = 8  # of a batch, up to which each has its screens; of more, the first few
FIRST_EXAMPLES = 3
MEANINGLESS = r"\s*/\*.*?\*/|(?<=[{;:,}>\n]) +| (?=[{}>])|;(?=\s*})"  # in a style sheet
WAYS = {
    "forward": "→ forward",
    "loss": "→ forward",
    "backward": "← backward",
    "update": "→ with the new weights",
}  # the update of all weights in an overview goes no way
PHASES = {  # of networks too large for a print of every number
    "forward": "Forward pass: what each layer sends on",
    "backward": "Backward pass: the errors and the gradients",
    "update": "The update of all weights",
}


def lesson_page(trace: Trace, digits: int = 4) -> str:
    """Return a whole trace as one self-contained page."""
    room = files("clearprop.render")
    template, css, script = (
        room.joinpath(f"lesson.{end}").read_text(encoding="utf-8") for end in ("html", "css", "js")
    )
    css = style() + room.joinpath("work.css").read_text(encoding="utf-8") + css
    css = re.sub(MEANINGLESS, "", css)
    return Template(template).substitute(
        title=escape(title(trace)),
        style=css,
        style_hash=fingerprint(css),
        script=script,
        script_hash=fingerprint(script),
        arrows=f'<svg class="arrows" aria-hidden="true" width="0" height="0">{arrows()}</svg>',
        layout=layout(trace),
        screens=sharing("\n".join(screens(trace, digits))),
    )


def fingerprint(text: str) -> str:
    """Return the hash by which a policy names a style sheet or a script."""
    return f"sha256-{b64encode(sha256(text.encode('utf-8')).digest()).decode()}"


def title(trace: Trace) -> str:
    """Return what the page is of."""
    return f"Back-propagation through a {'-'.join(map(str, trace.diagram.sizes))} network"


def layout(trace: Trace) -> str:
    """Return whether the drawing stands beside the work, or above it to leave it the width."""
    if not trace.readable:
        return "wide overview"
    return "wide" if len(trace.diagram.sizes) + 1 >= WIDE else "beside"


# --- screens -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Screen:
    """A screen before it is numbered: its phase and heading, the drawing, the work."""

    phase: str
    heading: str
    picture: str
    body: tuple[str, ...]


def screens(trace: Trace, digits: int) -> Iterator[str]:
    """Yield what is given and the steps of a trace, each a section of the page."""
    found = [*(readable_screens if trace.readable else overview_screens)(trace, digits)]
    for number, screen in enumerate(found):
        yield section(screen, number, len(found) - 1)


def section(screen: Screen, number: int, count: int) -> str:
    """Return a screen as a section: the drawing, and the work beside or below it."""
    name = f"step-{number}" if number else "given"
    place = f"Step {number} of {count}" if number else "Before the step"
    way = f' <span class="way">{WAYS[screen.phase]}</span>' if screen.phase in WAYS else ""
    body = "\n".join(screen.body)
    return (
        f'<section id="{name}" class="{screen.phase}" aria-labelledby="{name}-title">\n'
        f"<figure>{screen.picture}</figure>\n"
        f'<div class="work">\n<p class="place">{place}{way}</p>\n'
        f'<h2 id="{name}-title">{escape(screen.heading)}</h2>\n{body}\n</div></section>'
    )


def readable_screens(trace: Trace, digits: int) -> Iterator[Screen]:
    """Yield the screens of a network small enough for a print of every number."""
    yield from (readable_screen(trace, digits, n) for n in range(len(shown_sections(trace)) + 1))


def readable_screen(trace: Trace, digits: int, number: int) -> Screen:
    """Return one of these screens; the first, 0, is what is given."""
    shown = shown_sections(trace)
    place = shown[number - 1] if number else 0
    drawn = picture(trace, scene(trace, place), digits, number)
    if not number:
        return Screen("given", "What is given", drawn, (*given(trace, digits),))
    part = trace.steps[place - 1]
    lines = [line for line in part.lines if is_shown(trace, line.symbol.example)]
    body = [*work_lines(lines, digits)]
    if number == len(shown):
        body += outcome(trace, digits)
    return Screen(part.phase, part.title, drawn, (*body,))


def shown_sections(trace: Trace) -> list[int]:
    """Return which sections of the work have a screen, counted from 1."""
    numbered = enumerate(trace.steps, start=1)
    return [k for k, part in numbered if is_shown(trace, example_of(part.lines))]


def picture(trace: Trace, scene: Scene, digits: int, number: int) -> str:
    """Return the drawing of a screen."""
    name = f"The network, {f'step {number}' if number else 'as it is given'}"
    return Drawing(trace.diagram, scene, min(digits, DRAWN_DIGITS)).svg(name)


def example_of(lines: Iterable[Line]) -> int | None:
    """Return the example of a section's lines, counted from 1, or None where it has them all."""
    examples = {line.symbol.example for line in lines}
    return examples.pop() if len(examples) == 1 else None


def is_shown(trace: Trace, example: int | None) -> bool:
    """Return whether the work of an example is shown: of a large batch, that of the first few."""
    count = len(trace.step.lesson.x)
    return example is None or count <= MOST_EXAMPLES or example <= FIRST_EXAMPLES


# --- what is given, what came of it --------------------------------------------------------------


def given(trace: Trace, digits: int) -> Iterator[str]:
    """Yield the rules, the numbers before the step, and how the page is used."""
    yield '<dl class="rules">'
    yield from (f"<dt>{what}</dt><dd>{escape(rule)}</dd>" for what, rule in trace.rules)
    yield "</dl>"
    if trace.readable:
        shown = [line for line in trace.given if is_shown(trace, line.symbol.example)]
        yield from given_lines(shown, digits)
    if trace.by_hand is not None:
        yield f"<p>By hand: every value is written with {trace.by_hand} digits.</p>"
    if trace.readable and not is_shown(trace, count := len(trace.step.lesson.x)):
        yield f"<p>Of the {count} examples the first {FIRST_EXAMPLES} are shown line by line.</p>"
    if trace.history is not None:
        yield f"<p>This is step {trace.number:,}; on the way to it:</p>"
        yield from framed(history_rows(trace, digits, mark_text))
    yield (
        '<p class="hint">Go on with the arrow keys. Every unit and every weight of the drawing '
        "leads to the line that works it out.</p>"
        if trace.readable
        else '<p class="hint">Go on with the arrow keys.</p>'
    )


def outcome(trace: Trace, digits: int) -> Iterator[str]:
    """Yield what the step did: every weight before and after, and the loss."""
    yield from framed(change_rows(trace, digits, mark_text))
    yield f'<p class="verdict">{verdict(trace, digits)}</p>'
    if trace.by_hand is not None:
        yield f"<h3>By hand with {trace.by_hand} digits, and exactly</h3>"
        yield from framed(by_hand_rows(trace, mark_text))


# --- networks too large for a print of every number ----------------------------------------------


def overview_screens(trace: Trace, digits: int) -> Iterator[Screen]:
    """Yield a screen for each phase, and one number followed to where it comes from."""
    drawn = abridged_svg(trace.diagram)
    told = (
        f"<p>{trace.step.lesson.network.parameter_count:,} weights and biases and "
        f"{counted(len(trace.step.lesson.x), 'example')} are too many to print every number. Shown "
        "are, of each quantity, its shape, its norm and its extremes, and one gradient worked out "
        "from end to end. Any other: <code>clearprop trace … --explain "
        f"'{escape(trace.example_name)}'</code></p>"
    )
    yield Screen("given", "What is given", drawn, (told, *given(trace, digits)))
    heads, *rows = overview_rows(trace, digits, mark_text)
    for phase, heading in PHASES.items():
        of_phase = [row for row, of in zip(rows, trace.overview, strict=True) if of.phase == phase]
        body = (*framed([heads, *of_phase]), *losses(trace, phase, digits))
        yield Screen("updates" if phase == "update" else phase, heading, drawn, body)
    name = trace.example_name
    lines = trace.explain(name)
    told = (
        "<p>The largest gradient of the first layer, down to what is given. Of a long sum the "
        "largest terms are shown, and the others as one number.</p>"
    )
    body = (
        told,
        *folded(lines, digits),
        *work_lines([line for line in lines if not is_given(line)], digits),
    )
    yield Screen("backward", f"One number from end to end: {name}", drawn, body)


def folded(lines: Iterable[Line], digits: int) -> Iterator[str]:
    """Yield the many given numbers of a derivation, to be unfolded."""
    found = [line for line in lines if is_given(line)]
    yield f"<details><summary>{counted(len(found), 'number')} that are given</summary>"
    yield from given_lines(found, digits)
    yield "</details>"


def is_given(line: Line) -> bool:
    """Return whether a line only states a number; the rest of a long sum is not given."""
    return line.names is None and not line.note


def losses(trace: Trace, phase: str, digits: int) -> Iterator[str]:
    """Yield the loss where the overview reaches it."""
    if phase == "forward":
        text, exact = number_text(trace.loss, digits)
        yield f'<p class="verdict">The loss L {"=" if exact else "≈"} {text}.</p>'
    if phase == "update":
        yield f'<p class="verdict">{verdict(trace, digits)}</p>'
