"""Numbers as they are printed: how many digits they have."""

MANY = 3  # significant digits of a number that was surely rounded


def has_many_digits(text: str) -> bool:
    """Return whether a number is printed to three significant digits or more.

    >>> has_many_digits("0.05"), has_many_digits("0.750"), has_many_digits("1.2e-05")
    (False, True, False)
    """
    return len(text.partition("e")[0].replace(".", "").strip("-").lstrip("0")) >= MANY
