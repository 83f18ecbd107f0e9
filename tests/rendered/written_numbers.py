"""The numbers that stand in a formula, read from its text and from its MathML, to be compared."""

import re


def numbers_of_text(text):
    """Return the numbers of a line of text, without their signs, in order of their letters."""
    text = text.replace("²", " 2 ").replace("³", " 3 ")
    text = re.sub(r"(?<=\d)e([+-]\d+)", lambda found: f" 10 {int(found[1])} ", text)
    return sorted(re.findall(r"(?<![\w.])\d+(?:\.\d+)?", text))


def numbers_of_mathml(mathml):
    """Return the same of an element of MathML, where a number has its minus and brackets inside."""
    return sorted(number.strip("(−)") for number in re.findall(r"<mn>([^<]*)</mn>", mathml))
