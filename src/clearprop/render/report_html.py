"""Report -> HTML: one page without script or other files; each mark is a sign and a word."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from importlib.resources import files
from string import Template

from clearprop.checking.report import MEANINGS, Mark, Report
from clearprop.render.marked import (
    SIGNS,
    MarkedLine,
    counts,
    marked_lines,
    understood,
    verdict,
)

STYLES = ("marks.css", "report.css")


def report_html(report: Report) -> str:
    """Return a marked solution as an HTML page."""
    room = files("clearprop.render")
    template = Template(room.joinpath("report.html").read_text(encoding="utf-8"))
    return template.substitute(
        style="".join(room.joinpath(name).read_text(encoding="utf-8") for name in STYLES),
        outcome=outcome(report),
        verdict=escape(verdict(report)),
        counts=escape(counts(report)),
        understood="\n".join(facts(report)),
        lines="\n".join(row for line in marked_lines(report) for row in rows(line)),
        legend="\n".join(legend()),
    )


def report_piece(report: Report) -> str:
    """Return a marked solution as a piece of HTML for notebooks."""
    marked = "\n".join(row for line in marked_lines(report) for row in rows(line, linked=False))
    facts_found = "\n".join(facts(report)).replace("h2>", "h3>")
    return (
        f'<div class="report"><style>.clearprop .report {{\n{marks_style()}}}</style>\n'
        f'<p class="verdict {outcome(report)}">{escape(verdict(report))}</p>\n'
        f"<p>{escape(counts(report))}.</p>\n{facts_found}\n"
        f'<table class="marked">\n<tbody>\n{marked}\n</tbody>\n</table>\n</div>'
    )


def marks_style() -> str:
    """Return the style of marked lines."""
    return files("clearprop.render").joinpath("marks.css").read_text(encoding="utf-8")


def outcome(report: Report) -> str:
    """Return which colour the verdict has: that of what was not read where anything was not."""
    if report.first_wrong:
        return "wrong"
    return "right" if report.understood and not report.count("not understood") else "unread"


def facts(report: Report) -> Iterator[str]:
    """Yield what was understood, as a list of descriptions."""
    found = understood(report)
    if found:
        yield "<h2>What was understood</h2>"
        yield '<dl class="facts">'
        yield from (f"<dt>{name}</dt><dd>{items(fact)}</dd>" for name, fact in found)
        yield "</dl>"


def items(fact: str) -> str:
    """Return a fact with what belongs together, `w₇ = -0.3`, kept on one line."""
    start, end = '<span class="item">', "</span>"
    return f"{start}{escape(fact).replace(', ', f',{end} {start}')}{end}"


def rows(line: MarkedLine, linked: bool = True) -> Iterator[str]:
    """Yield the table rows of a line: itself, and what stands under it."""
    name = f' id="line-{line.number}"' if linked else ""
    yield (
        f'<tr class="{kind(line.mark)}"{name}><th scope="row">{line.number}</th>'
        f'<td class="mark">{signed(line.mark)}</td><td>{worded(line)}</td></tr>'
    )


def kind(mark: Mark | None) -> str:
    """Return the class of what has a mark."""
    return mark.replace(" ", "-") if mark else "plain"


def signed(mark: Mark | None) -> str:
    """Return a mark as a sign and a word."""
    sign = SIGNS[mark] if mark else ""
    return (
        f'<span class="sign" aria-hidden="true">{sign}</span> '
        f'<span class="word">{mark or ""}</span>'
    )


def worded(line: MarkedLine) -> str:
    """Return a line as written, with what stands beside and under it."""
    aside = f"<small>{escape(line.beside)}</small>" if line.beside else ""
    remarks = "".join(f"<p>{escape(remark)}</p>" for remark in line.under)
    return f"<code>{escape(line.text)}</code>{aside}{remarks}"


def legend() -> Iterator[str]:
    """Yield what the marks mean."""
    for mark, meaning in MEANINGS.items():
        yield (
            f'<dt class="{kind(mark)}"><span class="sign" aria-hidden="true">{SIGNS[mark]}</span> '
            f"{mark}</dt><dd>{meaning}</dd>"
        )
