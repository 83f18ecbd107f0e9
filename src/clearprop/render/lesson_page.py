"""Trace -> the lesson page: one HTML file that shows a step of the work on a screen.

Nothing is fetched, and the page's policy forbids it; style and script are named there by their
hashes. Without the script all steps stand below each other, which is also how the page prints.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from html import escape
from importlib.resources import files
from string import Template
from xml.etree.ElementTree import Element

from clearprop.formulas.expressions import Expression
from clearprop.render.abridged_svg import abridged_svg
from clearprop.render.chain import chain, remarks
from clearprop.render.html import table
from clearprop.render.mathml import element, figure_mathml, formula_mathml, mark_mathml
from clearprop.render.mathml_short import math
from clearprop.render.network_svg import Drawing, arrows, style
from clearprop.render.numbers import number_text
from clearprop.render.tables import (
    Cells,
    by_hand_rows,
    change_rows,
    history_rows,
    overview_rows,
    verdict,
)
from clearprop.render.text_symbols import mark_text
from clearprop.tracing.lines import Line
from clearprop.tracing.scenes import scenes
from clearprop.tracing.trace import Trace

WIDE = 5  # columns, the loss among them, from which on the drawing stands above the work
WAYS = {
    "forward": "→ forward",
    "loss": "→ forward",
    "backward": "← backward",
    "update": "→ forward, with the new weights",
}
DRAWN_DIGITS = 4  # at most, in the drawing: a unit has no room for more


def lesson_page(trace: Trace, digits: int = 4) -> str:
    """Return a whole trace as one self-contained page."""
    room = files("clearprop.render")
    template, css, script = (
        room.joinpath(f"lesson.{end}").read_text(encoding="utf-8") for end in ("html", "css", "js")
    )
    css = style() + css
    return Template(template).substitute(
        title=escape(title(trace)),
        style=css,
        style_hash=fingerprint(css),
        script=script,
        script_hash=fingerprint(script),
        arrows=f'<svg class="arrows" aria-hidden="true" width="0" height="0">{arrows()}</svg>',
        layout="wide" if len(trace.diagram.sizes) + 1 >= WIDE else "beside",
        screens="\n".join(Screens(trace, digits).all()),
    )


def fingerprint(text: str) -> str:
    """Return the hash by which a policy names a style sheet or a script."""
    return f"sha256-{b64encode(sha256(text.encode('utf-8')).digest()).decode()}"


def title(trace: Trace) -> str:
    """Return what the page is of."""
    return f"Back-propagation through a {'-'.join(map(str, trace.diagram.sizes))} network"


class Screens:
    """The screens of a trace: what is given, and each step."""

    def __init__(self, trace: Trace, digits: int) -> None:
        self.trace, self.digits = trace, digits
        self.scenes = scenes(trace) if trace.readable else []
        self.count = len(trace.steps) if trace.readable else len(PHASES) + 1

    def all(self) -> Iterator[str]:
        """Yield the screens in order."""
        yield self.screen(0, "given", "What is given", self.given())
        if not self.trace.readable:
            yield from self.overview()
            return
        for number, section in enumerate(self.trace.steps, start=1):
            body = [*self.lines(section.lines)]
            if number == self.count:
                body += self.outcome()
            yield self.screen(number, section.phase, section.title, body)

    def screen(self, number: int, phase: str, heading: str, body: Iterable[str]) -> str:
        """Return a screen: the drawing, and the work beside or below it."""
        name = f"step-{number}" if number else "given"
        place = f"Step {number} of {self.count}" if number else title(self.trace)
        way = f' <span class="way">{WAYS[phase]}</span>' if phase in WAYS else ""
        return (
            f'<section id="{name}" class="{phase}" aria-labelledby="{name}-title">\n'
            f"<figure>{self.drawing(number)}</figure>\n"
            f'<div class="work">\n<p class="place">{place}{way}</p>\n'
            f'<h2 id="{name}-title">{escape(heading)}</h2>\n' + "\n".join(body) + "\n</div></section>"
        )

    def drawing(self, number: int) -> str:
        """Return the drawing of a screen."""
        if not self.scenes:
            return abridged_svg(self.trace.diagram)
        digits = min(self.digits, DRAWN_DIGITS)
        name = f"The network, {f'step {number}' if number else 'as it is given'}"
        return Drawing(self.trace.diagram, self.scenes[number], digits).svg(name)

    # --- what is given ---------------------------------------------------------------------------

    def given(self) -> Iterator[str]:
        """Yield the rules, the numbers before the step, and how the page is used."""
        yield '<dl class="rules">'
        for what, rule in self.trace.rules:
            yield f"<dt>{what}</dt><dd>{escape(rule)}</dd>"
        yield "</dl>"
        if self.trace.readable:
            yield '<div class="givens">'
            yield from (self.line(line) for line in self.trace.given)
            yield "</div>"
        if self.trace.history is not None:
            yield f"<p>This is step {self.trace.number:,} of training; on the way to it:</p>"
            yield from table(history_rows(self.trace, self.digits, mark_text))
        if self.trace.by_hand is not None and self.trace.readable:
            yield f"<p>By hand: each value is rounded to {self.trace.by_hand} digits as written.</p>"

    # --- the steps -------------------------------------------------------------------------------

    def lines(self, lines: Iterable[Line]) -> Iterator[str]:
        """Yield lines of the work."""
        yield '<div class="lines">'
        yield from map(self.line, lines)
        yield "</div>"

    def line(self, line: Line) -> str:
        """Return one line: its symbol, the formula in names, with numbers, the result."""
        links = chain(line, self.digits, self.formula(line), lambda text: ("result", text))
        rows = [f'<div class="symbol">{math(mark_mathml(line.symbol))}</div>']
        for relation, (kind, shown) in links:
            body = figure_mathml(shown) if isinstance(shown, str) else shown
            operator = element("mo", text=relation)
            rows.append(f'<div class="{kind}">{math(operator, body)}</div>')
        if said := "; ".join(remarks(line, self.digits)):
            rows.append(f'<div class="remark">{escape(said)}</div>')
        return f'<div class="line" id="{escape(line.id)}">{"".join(rows)}</div>'

    def formula(self, line: Line) -> Callable[[Expression], tuple[str, Element]]:
        """Return what writes a formula of a line and says which of its kinds it is."""

        def write(tree: Expression) -> tuple[str, Element]:
            kind = "numbers" if tree is line.numbers else "names"
            return kind, formula_mathml(tree, self.digits)

        return write

    def outcome(self) -> Iterator[str]:
        """Yield what the step did: every weight before and after, and the loss."""
        yield from framed(change_rows(self.trace, self.digits, mark_text))
        yield f'<p class="verdict">{verdict(self.trace, self.digits)}</p>'
        if self.trace.by_hand is not None:
            yield f"<h3>By hand with {self.trace.by_hand} digits, and exactly</h3>"
            yield from framed(by_hand_rows(self.trace, mark_text))

    # --- networks too large for a print of every number ------------------------------------------

    def overview(self) -> Iterator[str]:
        """Yield a screen for each phase, and one number followed to where it comes from."""
        rows = overview_rows(self.trace, self.digits, mark_text)
        for number, (phase, heading) in enumerate(PHASES.items(), start=1):
            shown = [row for row, of in zip(rows[1:], self.trace.overview, strict=True)
                     if of.phase == phase]  # fmt: skip
            body = [*framed([rows[0], *shown]), *self.losses(phase)]
            yield self.screen(number, phase, heading, body)
        name = self.trace.example_name
        body = [
            "<p>Of all gradients of the first layer the largest, down to what is given; "
            "of a long sum the largest terms.</p>",
            *self.lines(self.trace.explain(name)),
        ]
        yield self.screen(self.count, "backward", f"One number from end to end: {name}", body)

    def losses(self, phase: str) -> Iterator[str]:
        """Yield the loss where the overview reaches it."""
        if phase == "forward":
            text, exact = number_text(self.trace.loss, self.digits)
            yield f'<p class="verdict">The loss L {"=" if exact else "≈"} {text}.</p>'
        if phase == "update":
            yield f'<p class="verdict">{verdict(self.trace, self.digits)}</p>'


PHASES = {
    "forward": "Forward pass: what each layer sends on",
    "backward": "Backward pass: the errors and the gradients",
    "update": "The update of all weights",
}


def framed(rows: list[Cells]) -> Iterator[str]:
    """Yield a table that can be moved sideways where the screen is narrow."""
    yield '<div class="table" tabindex="0" role="region" aria-label="table">'
    yield from table(rows)
    yield "</div>"
