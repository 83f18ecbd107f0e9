"""The drawing of a network as SVG, with its numbers, and what a step is about lit.

Comes in: the network's diagram, a scene, digits. Goes out: an `<svg>` element. Every part that has
a derivation is a link to it. Colours and strokes are in `network.css`: forward is a full line with
an arrow to the right, backward a dashed one with an arrow to the left, an update a thick one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from html import escape, unescape
from importlib.resources import files
from operator import mul

from clearprop.formulas.notation import LETTERS, PREFIXES, Mark, Ratio, Symbol
from clearprop.network.quantities import Activation, Bias, Loss, Quantity, Target, Weight
from clearprop.render.network_places import Plan, Point
from clearprop.render.numbers import number_text
from clearprop.render.text_symbols import SUBSCRIPTS, mark_text
from clearprop.tracing.diagram import Diagram
from clearprop.tracing.lines import Line
from clearprop.tracing.scenes import Scene

MINUS = "\u2212"
FITS = 7  # characters of a number that fit in a unit; more are written smaller
FEW = 2  # weights between two columns whose labels have room for several lines
ROOMY = 9  # weights between two columns that have labels when they are not lit
HAIR = "\u200a"  # a space to hang the way back to the line on
BACK = re.compile(rf'<tspan( dy="[^"]*")>{HAIR}</tspan>$')
GROUP = r"()<g>((?:(?!</?g>).)*)</g>()"  # what stands between its ends, and between those of a link
LINK = r"(<a [^>]*>)((?:(?!</?a[ >]|<use ).)*)(</a>)"
ENDS_THERE = ' class="e"'  # of a label: at its place, not around it
ROW = 1.3  # of the letters' size, from one line of a label to the next
PATCH = 1  # of the letters' size, how high a label's paper is: a thick line fits between two
LETTER = 0.54  # of the letters' size, how wide one is, about
SHIFT = 0.28  # of the letters' size, by which an index is lowered

Edge = tuple[Quantity, Mark | None, tuple[Point, Point], Point]  # part, name, ends, label's place

# --- symbols and numbers -------------------------------------------------------------------------


def runs(mark: Mark) -> list[tuple[str, int]]:
    """Return a symbol as pieces of text, each with its level: 0, lowered -1 or raised 1.

    >>> runs(Symbol("z", Symbol("h", "1"))), runs(Symbol("w", "12", new=True))
    ([('z', 0), ('h₁', -1)], [('w₁₂', 0), ('new', 1)])
    """
    if isinstance(mark, Ratio):
        return [("∂", 0), *runs(mark.top), ("/∂", 0), *runs(mark.bottom)]
    letter = LETTERS.get(mark.letter, (mark.letter,))[0]
    lower = lowered(mark)
    if lower.isdigit() or mark.letter in PREFIXES:
        letter, lower = letter + lower.translate(SUBSCRIPTS), ""
    upper = "new" if mark.new else ""
    return [(letter, 0), *[(lower, -1)] * bool(lower), *[(upper, 1)] * bool(upper)]


def lowered(mark: Symbol) -> str:
    """Return what stands below a letter, as text."""
    if isinstance(mark.subscript, Symbol):
        return "".join(text for text, _ in runs(mark.subscript))
    return mark.subscript.replace("_", ",")


def symbol(mark: Mark, size: float) -> str:
    """Return a symbol as the inside of a `<text>`; the example, which all share, is left out."""
    if mark.example is not None:
        mark = replace(mark, example=None)
    written, level = "", 0
    for text, wanted in runs(mark):
        move = (level - wanted) * SHIFT * size
        small = ' class="s"' if wanted else ""
        shift = f' dy="{move:.2g}"' if move else ""
        bare = escape(text)
        written += f"<tspan{small}{shift}>{bare}</tspan>" if small or shift else bare
        level = wanted
    back = f'<tspan dy="{level * SHIFT * size:.2g}">{HAIR}</tspan>'
    return written + back if level else written


def beside(name: str, number: str, marked: str = "") -> str:
    """Return a symbol and its number, which itself leads back to the line.

    >>> beside(symbol(Symbol("w", "1", new=True), 10), "5")
    'w₁<tspan class="s" dy="-2.8">new</tspan> <tspan class="n" dy="2.8">5</tspan>'
    """
    way = BACK.search(name)
    return f'{BACK.sub("", name)} <tspan class="n"{way[1] if way else ""}{marked}>{number}</tspan>'


def figure(line: Line, digits: int) -> str:
    """Return a line's number as a drawing writes it."""
    return number_text(line.written, digits)[0].replace("-", MINUS)


# --- the drawing ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Drawing:
    """Draws one scene of a network."""

    diagram: Diagram
    scene: Scene
    digits: int
    linked: bool = True

    @property
    def plan(self) -> Plan:
        """The places of its parts."""
        return Plan.of(self.diagram)

    def svg(self, title: str) -> str:
        """Return the whole drawing."""
        plan = self.plan
        parts = [*self.edges(), *self.biases(), *self.units(), self.loss()]
        return (
            f'<svg class="network" viewBox="0 0 {plan.width:.0f} {plan.height:.0f}" '
            f'font-size="{plan.size.letters}" role="group" aria-label="{escape(title)}">'
            f"{''.join(parts)}</svg>"
        )

    # --- its parts -------------------------------------------------------------------------------

    def edges(self) -> Iterable[str]:
        """Yield the weights of each layer, and the ways to the loss; what is lit lies on top."""
        for layer, sources in enumerate(self.diagram.weights, start=1):
            places = [(u, s, mark) for s, row in enumerate(sources) for u, mark in enumerate(row)]
            edges = [
                (
                    Weight(layer, u, s),
                    mark,
                    (self.plan.unit(layer - 1, s), self.plan.unit(layer, u)),
                    self.plan.label(layer, u, s),
                )
                for u, s, mark in places
            ]
            yield self.lines(edges)
        depth, loss = len(self.diagram.weights), self.plan.loss
        outputs = [self.plan.unit(depth, unit) for unit in range(len(self.diagram.columns[-1]))]
        ways = [
            (Target(unit, 0), None, (at, loss), ((at[0] + loss[0]) / 2, (at[1] + loss[1]) / 2))
            for unit, at in enumerate(outputs)
        ]
        yield self.lines(ways)

    def lines(self, edges: Sequence[Edge]) -> str:
        """Return the edges between two columns: first all lines, so that none crosses a label."""
        drawn = [(edge[0], *self.edge(*edge, len(edges))) for edge in edges]
        lines = [(part, line) for part, line, _ in drawn]
        return self.bundle([(part, label) for part, _, label in drawn], under=lines)

    def bundle(
        self, drawn: Iterable[tuple[Quantity, str]], under: Iterable[tuple[Quantity, str]] = ()
    ) -> str:
        """Return drawn parts as groups: those that are not lit, which drawings share, and the lit.

        What is `under` the parts is a group of its own among the lit, for it is there again.

        >>> Drawing(Diagram((), ()), Scene(lit={Loss(): "forward"}), 4).bundle([(Loss(), "<a/>")])
        '<g class="lit forward"><a/></g>'
        """
        lower, upper = self.by_way(under), self.by_way(drawn)
        groups = []
        for way in {"": "", **lower, **upper}:
            below, inside = lower.get(way, ""), upper.get(way, "")
            if not way and below + inside:
                groups.append(f"<g>{below}{inside}</g>")
            elif below + inside:
                below = f"<g>{below}</g>" if below else ""
                groups.append(f'<g class="lit {way}">{below}{inside}</g>')
        return "".join(groups)

    def by_way(self, drawn: Iterable[tuple[Quantity, str]]) -> dict[str, str]:
        """Return drawn parts by the way in which they are lit, "" for those that are not."""
        groups: dict[str, str] = {}
        for part, inside in drawn:
            way = self.scene.lit.get(part, "")
            groups[way] = groups.get(way, "") + inside
        return groups

    def edge(
        self, part: Quantity, mark: Mark | None, ends: tuple[Point, Point], at: Point, count: int
    ) -> tuple[str, str]:
        """Return a line between two units, one of a number of them, and its label, which leads to
        the derivation; without a label the line does.
        """
        (x1, y1), (x2, y2) = self.plan.line(*ends)
        path = f'<path d="M{x1:.0f} {y1:.0f}L{x2:.0f} {y2:.0f}"/>'
        line = self.scene.values.get(part)
        if mark is None:
            mark = None if line is None else line.symbol
        crowded = isinstance(part, Weight) and not self.plan.has_room(part.layer)
        if mark is None or crowded or (count > ROOMY and part not in self.scene.lit):
            return self.link(part, path, mark), ""
        notes = self.scene.notes.get(part, ())
        if count > FEW and not (notes and part in self.scene.lit):
            rows = [self.row(mark, line)]
        elif count > FEW:
            rows = [self.note(*notes[-1], named=True)]
        else:
            rows = [self.row(mark, line), *(self.note(way, note) for way, note in notes)]
            raised = (len(rows) / 2 - 1) * ROW * self.plan.size.letters
            at = (at[0], at[1] + raised) if notes else at
        return path, self.link(part, self.label(at, rows, beyond=x1), mark)

    def biases(self) -> Iterable[str]:
        """Yield the biases, each above its unit."""
        for layer, marks in enumerate(self.diagram.biases, start=1):
            biases = [(Bias(layer, unit), mark) for unit, mark in enumerate(marks or ())]
            yield self.bundle((part, self.bias(part, mark)) for part, mark in biases)

    def bias(self, part: Bias, mark: Mark) -> str:
        """Return a bias."""
        x, y = self.plan.unit(part.layer, part.unit)
        top = y - self.plan.size.radius - 2
        path = f'<path d="M{x:.0f} {top - 10:.0f}L{x:.0f} {top:.0f}"/>'
        notes = self.scene.notes.get(part, ())
        row, style = self.row(mark, self.scene.values.get(part)), ""
        if notes and part in self.scene.lit:
            row = self.note(*notes[-1], named=True)
        elif notes:
            row += " " + self.note(*notes[-1])
        if notes or self.scene.new:  # it would reach into what leads on
            x, style = x + self.plan.size.radius, ENDS_THERE
        return self.link(part, path + self.label((x, top - 17), [row], style), mark)

    def units(self) -> Iterable[str]:
        """Yield inputs and units with their numbers, column by column."""
        for layer, marks in enumerate(self.diagram.columns):
            units = [(Activation(layer, unit, 0), mark) for unit, mark in enumerate(marks)]
            yield self.bundle((part, self.unit(part, mark)) for part, mark in units)

    def unit(self, part: Activation, mark: Mark) -> str:
        """Return a unit with its number.

        What stands under it reaches to the left where the labels of many weights are to the right
        of it, and is in the middle where there are few.
        """
        place = self.plan.unit(part.layer, part.unit)
        text = self.disc(part, mark, place)
        if notes := self.scene.notes.get(part, ()):
            (x, y), size = place, self.plan.size
            counts = self.plan.counts
            alone = part.layer == len(counts) - 1 and counts[-1] == 1  # below the way to the loss
            crowded = not alone and max(map(mul, counts, counts[1:])) > FEW
            style, right = (ENDS_THERE, 0.7) if crowded else ("", 0.75)
            under = (x + right * size.radius, y + size.radius + 0.9 * size.letters)
            text += self.label(under, [self.note(*notes[-1], named=True)], style)
        return self.link(part, text, mark)

    def loss(self) -> str:
        """Return the loss."""
        mark = Symbol("L", new=self.scene.new)
        drawn = self.link(Loss(), self.disc(Loss(), mark, self.plan.loss), mark)
        return self.bundle([(Loss(), drawn)])

    def disc(self, part: Quantity, mark: Mark, place: Point) -> str:
        """Return a circle with a name and a number inside."""
        (x, y), size = place, self.plan.size
        line = self.scene.values.get(part)
        up = 0.36 * size.letters
        name = symbol(mark if line is None or not self.scene.new else line.symbol, size.letters)
        if line is None:
            inside = f'<text x="{x:.0f}" y="{y + up:.0f}">{name}</text>'
        else:
            number = figure(line, self.digits)
            small = f' textLength="{1.8 * size.radius:.0f}" lengthAdjust="spacingAndGlyphs"'
            inside = (
                f'<text x="{x:.0f}" y="{y - up:.0f}">{name}</text>'
                f'<text class="n" x="{x:.0f}" y="{y + 2.5 * up:.0f}"{self.of(line)}'
                f"{small if len(number) > FITS else ''}>{number}</text>"
            )
        return f'<circle cx="{x:.0f}" cy="{y:.0f}" r="{size.radius}"/>{inside}'

    # --- texts -----------------------------------------------------------------------------------

    def label(
        self, at: Point, rows: list[str], style: str = "", beyond: float = float("-inf")
    ) -> str:
        """Return rows of text around a place, each on a patch of paper and right of a limit."""
        letters = self.plan.size.letters
        height = ROW * letters
        (start, middle), written = at, ""
        for place, row in enumerate(rows):
            y = middle + (place - (len(rows) - 1) / 2) * height
            width = LETTER * letters * len(unescape(re.sub("<[^>]*>", "", row)))
            x = max(start, beyond + width / 2)
            left = x - width * (1 if style else 0.5)
            written += (
                f'<rect x="{left:.0f}" y="{y - PATCH / 2 * letters:.0f}" width="{width:.0f}" '
                f'height="{PATCH * letters:.0f}"/>'
                f'<text{style} x="{x:.0f}" y="{y + 0.33 * letters:.0f}">{row}</text>'
            )
        return written

    def row(self, mark: Mark, line: Line | None) -> str:
        """Return a symbol and its number."""
        if line is None:
            return symbol(mark, self.plan.size.letters)
        shown = line.symbol if self.scene.new else mark
        name = symbol(shown, self.plan.size.letters)
        return beside(name, figure(line, self.digits), self.of(line))

    def note(self, way: str, line: Line, named: bool = False) -> str:
        """Return a number that stands beside a part, in the colour of its way."""
        number = figure(line, self.digits)
        size = self.plan.size.letters
        if way == "update":
            old = replace(line.symbol, new=False) if isinstance(line.symbol, Symbol) else None
            before = symbol(old, size) if named and old is not None else ""
            text = beside(before, f"→ {number}").lstrip()
        else:
            text = beside(symbol(line.symbol, size), number)
        return f'<tspan class="{way}"{self.of(line)}>{text}</tspan>'

    def of(self, line: Line) -> str:
        """Return the mark by which a number of the drawing is found again by its line."""
        return f' data-of="{escape(line.id)}"' if line.id in self.scene.fresh else ""

    def link(self, part: Quantity, inside: str, mark: Mark | None) -> str:
        """Return a part of the drawing as a link to its derivation."""
        target = self.scene.links.get(part)
        if target is None or not self.linked:
            return inside
        spoken = escape(target) if mark is None else mark_text(mark)
        name = "" if "<text" in inside else f' aria-label="{spoken}"'
        return f'<a href="#{escape(target)}"{name}>{inside}</a>'


# --- what drawings share -------------------------------------------------------------------------


def sharing(page: str) -> str:
    """Return a page whose drawings have things in common, each written once and used again.

    First whole groups, then what is inside of links: the same part may lead to another line.

    >>> sharing("<g><path/></g> <g><path/></g>")
    '<g id="g1"><path/></g> <use href="#g1"/>'
    >>> sharing('<a href="#w1@1"><path/></a> <a href="#w1@2"><path/></a>')
    '<a href="#w1@1"><g id="a1"><path/></g></a> <a href="#w1@2"><use href="#a1"/></a>'
    """
    return shared(shared(page, GROUP, "g"), LINK, "a")


def shared(page: str, pattern: str, letter: str) -> str:
    """Return a page in which what is found by a pattern, between its two ends, is written once."""
    counts = Counter(inside for _, inside, _ in re.findall(pattern, page))
    often = (inside for inside in counts if counts[inside] > 1)
    names = {inside: f"{letter}{number}" for number, inside in enumerate(often, start=1)}
    written: set[str] = set()

    def once(found: re.Match[str]) -> str:
        start, inside, end = found.groups()
        if inside not in names:
            return found[0]
        if inside in written:
            return f'{start}<use href="#{names[inside]}"/>{end}'
        written.add(inside)
        return f'{start}<g id="{names[inside]}">{inside}</g>{end}'

    return re.sub(pattern, once, page)


def arrows() -> str:
    """Return the heads of the arrows."""
    heads = "".join(
        f'<marker id="{way}-arrow" class="{way}" viewBox="0 0 10 10" refX="8" refY="5" '
        'markerWidth="13" markerHeight="13" markerUnits="userSpaceOnUse" '
        'orient="auto-start-reverse"><path d="M0 0L10 5L0 10z"/></marker>'
        for way in ("forward", "backward")
    )
    return f"<defs>{heads}</defs>"


def style() -> str:
    """Return the style sheet of the drawing."""
    return files("clearprop.render").joinpath("network.css").read_text(encoding="utf-8")
