"""The numbers of a solution: which sides are numbers alone, and how many digits they have."""

from __future__ import annotations

from clearprop.checking.solution import Chain, Numeral, names_and_numerals
from clearprop.formulas.expressions import Expression, Negative, Quotient, Sum, Variable

MANY = 3  # significant digits of a number that was surely rounded


def has_many_digits(text: str) -> bool:
    """Return whether a number is printed to three significant digits or more.

    >>> has_many_digits("0.05"), has_many_digits("0.750"), has_many_digits("1.2e-05")
    (False, True, False)
    """
    return significant_digits(text) >= MANY


def is_surely_rounded(text: str) -> bool:
    """Return whether a number that nobody gave has so many digits or decimals that it was rounded.

    >>> is_surely_rounded("0.05"), is_surely_rounded("0.058"), is_surely_rounded("1.25")
    (False, True, True)
    """
    return has_many_digits(text) or decimals(text) >= MANY


def significant_digits(text: str) -> int:
    """Return how many significant digits a number is printed to."""
    return len(text.partition("e")[0].replace(".", "").strip("-").lstrip("0"))


def has_names(tree: Expression) -> bool:
    """Return whether a formula has names in it, not numbers alone."""
    return any(not isinstance(name, Numeral) for name in names_and_numerals(tree))


def number_of(tree: Expression | None) -> str | None:
    """Return the digits of a side that is one number, with its sign; None for a formula."""
    match tree:
        case Variable(Numeral(text)):
            return text
        case Negative(Variable(Numeral(text))):
            return f"-{text}"
    return None


def is_fraction(tree: Expression) -> bool:
    """Return whether a side is a number that is given as a fraction: -3/5."""
    match without_sign(tree):
        case Quotient(above, below):
            return number_of(above) is not None and number_of(below) is not None
    return False


def values_of(chain: Chain) -> list[str]:
    """Return the numbers that stand alone in a chain: the last one counts."""
    found = [text for link in chain.links[1:] if (text := number_of(link.tree)) is not None]
    return found[-1:]


def rounded_terms(tree: Expression | None, digits: str) -> frozenset[str]:
    """Return the number that stands alone in a sum and may be rounded to the decimals of its value.

    None where two do: each could then make up for a mistake in the other.

    >>> from clearprop.checking.solution import Numeral
    >>> step = Variable(Numeral("0.8")) + Variable(Numeral("0.012"))
    >>> rounded_terms(step, "0.812"), rounded_terms(step, "0.8122")
    (frozenset({'0.012'}), frozenset())
    """
    terms = tree.terms if isinstance(tree, Sum) else ()
    numbers = [text for term in terms if (text := number_of(without_sign(term))) is not None]
    places = decimals(digits)
    found = [text for text in numbers if places and decimals(text) == places]
    return frozenset(found if len(found) == 1 else ())


def without_sign(tree: Expression) -> Expression:
    """Return what stands behind the signs of a term."""
    return without_sign(tree.operand) if isinstance(tree, Negative) else tree


def decimals(text: str) -> int:
    """Return how many digits a number has after its point."""
    return len(text.partition("e")[0].partition(".")[2])


def is_close(value: float, exact: float) -> bool:
    """Return whether two floats are the same but for rounding."""
    return abs(value - exact) <= 1e-9 * max(abs(exact), 1e-9)


def is_same_float(value: float, exact: float) -> bool:
    """Return whether two floats differ by no more than a few operations in floats leave.

    >>> is_same_float(6.0, 6.000000000000001), is_same_float(0.0, 1e-33), is_same_float(0.1, 0.11)
    (True, True, False)
    """
    return abs(value - exact) <= 1e-15 * max(1.0, abs(exact))
