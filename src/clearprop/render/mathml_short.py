"""MathML in fewer elements that looks the same: for pages that hold very many formulas.

Rows inside rows become one row, a number takes its minus along, and the brackets around both, what
is calculated with beside it and the signs between are one text, a word is a name, and so are other
brackets around what is no taller than a line: operators would stretch, and Chromium sets stretched
ones too far apart.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from itertools import accumulate, chain, groupby, pairwise
from xml.etree.ElementTree import Element, tostring

from clearprop.render.mathml import MINUS, element

TALL = ("mfrac", "msqrt")
FENCES = "()"
WIDE = 10  # characters, from which on a sum may be broken; of one in brackets, twice as many
NARROW = 4  # characters, up to which its end stays with what is before it
BARS = ("|", "⌊", "⌋")


def math(*parts: Element) -> str:
    """Return elements beside each other as a `<math>` element; a long one as several in an `<i>`.

    >>> math(element("mrow", element("mo", text="\u2212"), element("mn", text="3")))
    '<math><mn>\u22123</mn></math>'
    """
    found = pieces(shortened(element("math", *parts)))
    return found[0] if len(found) == 1 else f"<i>{''.join(found)}</i>"


def calculation(*parts: Element) -> str:
    """Return numbers and what is done to them; where they are one line of text, as that.

    >>> sign, half, two = (element(tag, text=text) for tag, text in (("mo", "="), ("mn", "0.5"),
    ...                                                               ("mn", "2")))
    >>> calculation(sign, half)
    '= 0.5'
    >>> calculation(sign, element("msup", half, two))
    '<math><mo>=</mo><msup><mn>0.5</mn><mn>2</mn></msup></math>'
    """
    found = shortened(element("math", *parts))
    if [part.tag for part in found] == ["mn"]:
        return escape(found[0].text or "")
    return "".join(pieces(found))


def pieces(found: Element) -> list[str]:
    """Return a long `<math>` element as several, for a page breaks lines only between elements.

    A style sheet gives the sign that one begins with its space: it would be taken for a prefix.
    """
    rows: list[list[Element]] = [[]]
    left, depth = width(found), 0
    for part in chain.from_iterable(map(parted, found)):
        if breaks(part) and sum(map(width, rows[-1])) > WIDE * (1 + depth) and left > NARROW:
            rows.append([])
        left -= width(part)
        depth += (part.text == "(") - (part.text == ")")
        rows[-1].append(part)
    whole = ([row[0], *joined(row[1:])] for row in rows)
    return [tostring(element("math", *row), encoding="unicode") for row in whole]


def parted(part: Element) -> Iterator[Element]:
    """Yield a text of numbers as several, and the signs between them that no brackets are around.

    >>> [part.text for part in parted(element("mn", text="(2 + 3) − 4 × 0"))]
    ['(2 + 3)', '−', '4 × 0']
    """
    words = (part.text or "").split() if part.tag == "mn" else []
    depths = [*accumulate(word.count("(") - word.count(")") for word in words)]
    signs = [k for k, word in enumerate(words) if word in ("+", MINUS) and k and not depths[k]]
    if not signs:
        yield part
        return
    for start, end in pairwise([-1, *signs, len(words)]):
        if start >= 0:
            yield element("mo", text=words[start])
        yield element("mn", text=" ".join(words[start + 1 : end]))


def breaks(part: Element) -> bool:
    """Return whether a line may be broken before an element of a row: before a plus or minus."""
    return part.tag == "mo" and part.text in ("+", MINUS) and part.get("form") != "prefix"


def width(part: Element) -> int:
    """Return about how many characters wide an element is."""
    if part.tag == "mfrac":
        return max(map(width, part))
    return sum(map(width, part)) if len(part) else len(part.text or "")


def shortened(old: Element) -> Element:
    """Return an element with everything inside it made short."""
    below = [shortened(child) for child in old]
    if old.tag in ("math", "mrow"):
        below = [inner for child in below for inner in (child if is_row(child) else [child])]
    if old.tag == "mrow" and is_negative(below):
        return element("mn", text=f"{MINUS}{below[1].text}")
    if old.tag == "mrow" and is_fenced(below) and is_below_zero(below[1:-1]):
        return element("mn", text=f"{below[0].text}{below[1].text}{below[-1].text}")
    if old.tag in ("math", "mrow"):
        below = [*joined(below)]
    if old.tag == "mrow" and [part.tag for part in below] == ["mn"]:
        return below[0]
    new = element("mi" if is_word(old) else old.tag, *below, text=old.text)
    new.attrib.update(old.attrib)
    if old.tag == "mrow" and is_fenced(below) and not is_tall(new):
        below[0].tag = below[-1].tag = "mi"
    return new


def joined(parts: list[Element]) -> Iterator[Element]:
    """Yield the elements of a row, numbers and the signs between them as one text.

    A sign between a number and what is none stays an operator, which has its own spaces.
    """
    for plain, group in groupby(parts, is_plain):
        run = [*group]
        first, last = ends(run, run[0] is parts[0]) if plain else (0, 0)
        if last - first > 1:
            yield from (*run[:first], element("mn", text=one_line(run[first:last])), *run[last:])
        else:
            yield from run


def is_plain(found: Element) -> bool:
    """Return whether an element is a number, or a sign or bracket that text can have beside it."""
    return found.tag == "mn" or (found.tag == "mo" and found.text not in BARS)


def ends(run: list[Element], begins: bool) -> tuple[int, int]:
    """Return from where to where a run of numbers and signs is a text; (0, 0) where it is none.

    It begins and ends with a number or a bracket, or `begins` with the first sign of its row, and
    has both brackets of each pair.
    """
    kept = [k for k, part in enumerate(run) if part.tag == "mn" or (part.text or "+") in FENCES]
    if not any(run[k].tag == "mn" for k in kept):
        return 0, 0
    first, last = 0 if begins else kept[0], kept[-1] + 1
    texts = [part.text for part in run[first:last]]
    return (first, last) if texts.count("(") == texts.count(")") else (0, 0)


def one_line(run: list[Element]) -> str:
    """Return numbers and signs as text.

    >>> marks = [("mn", "2"), ("mo", "×"), ("mo", "("), ("mn", "3"), ("mo", "+"), ("mn", "4")]
    >>> one_line([element(tag, text=text) for tag, text in [*marks, ("mo", ")")]])
    '2 × (3 + 4)'
    """
    written = "".join(f"{part.text}{'' if part.get('form') == 'prefix' else ' '}" for part in run)
    return written.replace("( ", "(").replace(" )", ")").replace(" ,", ",").strip()


def is_row(found: Element) -> bool:
    """Return whether an element is a row that its parent can do without: not around a tall one."""
    return found.tag == "mrow" and not (is_fenced(list(found)) and is_tall(found))


def is_fenced(parts: list[Element]) -> bool:
    """Return whether elements begin and end with a bracket or a bar."""
    return len(parts) > 1 and all(
        end.tag == "mo" and end.text in (*FENCES, *BARS) for end in (parts[0], parts[-1])
    )


def is_negative(parts: list[Element]) -> bool:
    """Return whether elements are a minus and a number."""
    return [part.tag for part in parts] == ["mo", "mn"] and parts[0].text == MINUS


def is_below_zero(parts: list[Element]) -> bool:
    """Return whether elements are one number that has taken its minus along."""
    return [part.tag for part in parts] == ["mn"] and (parts[0].text or "").startswith(MINUS)


def is_word(found: Element) -> bool:
    """Return whether an element is a word: a name of several letters is drawn as one."""
    return found.tag == "mtext" and (found.text or "")[1:].isalnum()


def is_tall(found: Element) -> bool:
    """Return whether an element holds something taller than a line."""
    return any(inner.tag in TALL for inner in found.iter())
