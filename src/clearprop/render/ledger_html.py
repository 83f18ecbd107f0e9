"""Explanations, ledgers and blame as HTML, for notebooks: the tables and lines of their text."""

from collections.abc import Iterator
from html import escape

from clearprop.ledgers.blame import Blame
from clearprop.ledgers.explanation import Explanation
from clearprop.ledgers.ledger import Ledger
from clearprop.render.blame_text import (
    captions,
    entry_rows,
    mistaken,
    term_rows,
    title,
    weight_lines,
    why,
)
from clearprop.render.explanation_text import rounding_lines, share_rows
from clearprop.render.html import table
from clearprop.render.image_svg import image_svg
from clearprop.render.ledger_text import closing_lines, span, statement_rows
from clearprop.render.mathml import line_mathml
from clearprop.render.numbers import number_text
from clearprop.render.text_symbols import mark_text


def ledger_html(ledger: Ledger, top: int = 20, digits: int = 6) -> str:
    """Return a statement as HTML."""
    title = f"{ledger.run}: the ledger of {ledger.name}{span(ledger)}"
    rows = [] if ledger.frozen else table(statement_rows(ledger, top, digits), texts=2)
    return "\n".join([paragraph(title), *rows, *map(paragraph, closing_lines(ledger, digits))])


def explanation_html(found: Explanation, top: int = 20, digits: int = 4) -> str:
    """Return an explanation as HTML, its lines in MathML."""
    return "\n".join(explanation_parts(found, top, digits))


def explanation_parts(found: Explanation, top: int, digits: int) -> Iterator[str]:
    """Yield the parts of an explanation."""
    name = mark_text(found.symbols[0])
    yield paragraph(
        f"{found.run}: {name} in update {found.at + 1:,}; it was"
        f" {number_text(found.value, digits)[0]}"
    )
    yield from table(share_rows(found, top, digits), texts=2 if len(found.shares) else 1)
    yield from map(paragraph, found.remarks)
    for line in found.lines:
        note = f" ({escape(line.note)})" if line.note else ""
        yield f"<p>{line_mathml(line, digits)}{note}</p>"
    yield from map(paragraph, rounding_lines(found, digits))
    yield paragraph(f"{name} became {number_text(found.new_value, digits)[0]}")


def blame_html(blame: Blame, top: int = 5, digits: int = 4) -> str:
    """Return a blame as HTML."""
    plain = "".join(part if isinstance(part, str) else part[0] for part in title(blame, digits))
    lines = [f"Most to blame: {blame.weight}.", *weight_lines(blame, digits)]
    return "\n".join(
        [
            paragraph(plain),
            paragraph(mistaken(blame)),
            *figures(blame, top),
            paragraph(why(blame, digits)),
            *table(term_rows(blame, top, digits), texts=1),
            *map(paragraph, lines),
            *table(entry_rows(blame, top, digits), texts=2),
        ]
    )


def figures(blame: Blame, top: int) -> Iterator[str]:
    """Yield the row's image beside those of the training examples; nothing for no images."""
    found = list(captions(blame, top))
    if found and blame.images is not None:
        yield '<div class="images">'
        for row, name in found:
            caption = f"<figcaption>{escape(name)}</figcaption>"
            yield f"<figure>{image_svg(blame.images[row], name)}{caption}</figure>"
        yield "</div>"


def paragraph(text: str) -> str:
    """Return a paragraph."""
    return f"<p>{escape(text)}</p>"
