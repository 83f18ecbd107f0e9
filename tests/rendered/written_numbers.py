"""The numbers that stand in a formula, read from its text and from a page, to be compared."""

import re


def numbers_of_text(text):
    """Return the numbers of a line of text, without their signs, in order of their letters."""
    text = text.replace("²", " 2 ").replace("³", " 3 ")
    text = re.sub(r"(?<=\d)e([+-]\d+)", lambda found: f" 10 {int(found[1])} ", text)
    return sorted(re.findall(r"(?<![\w.])\d+(?:\.\d+)?", text))


def numbers_of_html(inside):
    """Return the same of what stands inside an element, as text or as MathML."""
    return numbers_of_text(re.sub(r"<[^>]*>", " ", inside))
