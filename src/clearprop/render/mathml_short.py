"""MathML in fewer elements that looks the same: for pages that hold very many formulas.

Rows inside rows become one row, a number takes its minus along, and the brackets around both, a
word is a name, and other brackets around what is no taller than a line do not stretch (Chromium
sets stretched ones too far apart).
"""

from __future__ import annotations

from xml.etree.ElementTree import Element, tostring

from clearprop.render.mathml import MINUS, element

TALL = ("mfrac", "msqrt")
FENCES = "()"


def math(*parts: Element, kind: str = "") -> str:
    """Return elements beside each other as one `<math>` element, of a class where one is given.

    >>> math(element("mrow", element("mo", text="\u2212"), element("mn", text="3")), kind="numbers")
    '<math class="numbers"><mn>\u22123</mn></math>'
    """
    found = shortened(element("math", *parts))
    if kind:
        found.set("class", kind)
    return tostring(found, encoding="unicode")


def shortened(old: Element) -> Element:
    """Return an element with everything inside it made short."""
    below = [shortened(child) for child in old]
    if old.tag in ("math", "mrow"):
        below = [inner for child in below for inner in (child if is_row(child) else [child])]
    if old.tag == "mrow" and is_negative(below):
        return element("mn", text=f"{MINUS}{below[1].text}")
    if old.tag == "mrow" and is_fenced(below) and is_below_zero(below[1:-1]):
        return element("mn", text=f"({below[1].text})")
    new = element("mi" if is_word(old) else old.tag, *below, text=old.text)
    new.attrib.update(old.attrib)
    if old.tag == "mrow" and is_fenced(below) and not is_tall(new):
        for fence in (below[0], below[-1]):
            fence.set("stretchy", "false")
    return new


def is_row(found: Element) -> bool:
    """Return whether an element is a row that its parent can do without: not around a tall one."""
    return found.tag == "mrow" and not (is_fenced(list(found)) and is_tall(found))


def is_fenced(parts: list[Element]) -> bool:
    """Return whether elements begin and end with a bracket."""
    return len(parts) > 1 and all(
        end.tag == "mo" and end.text and end.text in FENCES for end in (parts[0], parts[-1])
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
