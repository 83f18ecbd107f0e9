"""What makes a page of HTML with MathML well-formed: every element has the children it asks for."""

import re
from html.parser import HTMLParser
from xml.etree.ElementTree import fromstring

# how many children an element takes: a minimum and a maximum
ARITY = {
    "math": (1, 10_000),  # a row in itself
    "mfrac": (2, 2),
    "msub": (2, 2),
    "msup": (2, 2),
    "msubsup": (3, 3),
    "mover": (2, 2),
    "msqrt": (1, 1_000),
    "mrow": (0, 10_000),
    **dict.fromkeys(("mi", "mn", "mo", "mtext"), (0, 0)),
}
TOKENS = ("mi", "mn", "mo", "mtext")


def formulas_of(page):
    return [fromstring(text) for text in re.findall(r"<math.*?</math>", page, re.DOTALL)]


def faults(page):
    found = []
    for math in formulas_of(page):
        for element in math.iter():
            least, most = ARITY.get(element.tag, (-1, -1))
            if not least <= len(element) <= most:
                found.append((element.tag, len(element)))
            if element.tag in TOKENS and not (element.text or "").strip():
                found.append((element.tag, "empty"))
            if element.tag not in TOKENS and (element.text or "").strip():
                found.append((element.tag, element.text))
    return found


class Tags(HTMLParser):
    """Finds tags that are opened and not closed, or the other way round."""

    VOID = ("meta", "link", "br", "hr", "img", "input")

    def __init__(self):
        super().__init__()
        self.open, self.wrong = [], []

    def handle_starttag(self, tag, attrs):
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)
