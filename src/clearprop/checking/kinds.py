"""What the letter of a name can stand for: a weight, a bias, an input, a unit."""

from __future__ import annotations

import re

from clearprop.checking.keys import Key
from clearprop.checking.letters import LETTERS, Fit

OFTEN = 0.8  # how usual a letter must be
OF_UNITS = {"net", "unit", "hidden", "output"}  # what a letter must be able to mean


def kind(key: Key) -> str:
    """Return what a letter stands for first of all: a weight, a bias, an input."""
    fit = fit_of(key)
    return max(fit, key=lambda each: fit[each]) if fit else ""


def fit_of(key: Key) -> Fit:
    """Return what a letter can stand for, nothing for one that nobody uses."""
    return LETTERS.get(key[0], {})


def may_be_weight(key: Key) -> bool:
    """Return whether a letter often stands for weights: w and θ, and v beside w, but not v_w."""
    return fit_of(key).get("weight", 0.0) >= OFTEN and not is_carried(key)


def is_carried(key: Key) -> bool:
    """Return whether a name is that of a parameter's velocity or moment: v_w, m_b1."""
    of = key[1][0] if key[1] else ""
    return bool({"moment", "corrected moment"} & fit_of(key).keys()) and bool(
        re.fullmatch(r"(?:[wWbB]|theta)[\d,_]*", of)
    )


def is_state(key: Key) -> bool:
    """Return whether a name is of what a rule carries: Δw, v, m_w1, but not softmax's m_out."""
    of_unit = bool(key[1]) and key[1][0][:1].isalpha() and not is_carried(key)
    return key[0] == "step" or (kind(key) == "moment" and not of_unit)


def may_be_bias(key: Key) -> bool:
    """Return whether a name often stands for a bias: b, c and θ, and w_10."""
    with_zero = may_be_weight(key) and re.fullmatch("[1-9]0|0[1-9]", digits_of(key))  # w_10
    return bool(with_zero) or fit_of(key).get("bias", 0.0) >= OFTEN


def digits_of(key: Key | None) -> str:
    """Return the numbers in a name's subscripts, run together."""
    return "" if key is None else "".join(mark for mark in "".join(key[1]) if mark.isdigit())


def is_input(key: Key) -> bool:
    """Return whether a letter can stand for an input, first of all or where it is not a unit."""
    return kind(key) == "input" or (kind(key) == "net" and "input" in LETTERS[key[0]])


def may_be_of_unit(key: Key) -> bool:
    """Return whether a letter can stand for what a unit computes; an unknown one can."""
    if key[0] not in LETTERS:
        return key[0][:1] != "d" or key[0][1:] not in LETTERS  # dw is a slope
    return bool(OF_UNITS & set(LETTERS[key[0]]))


def weightiness(key: Key) -> float:
    """Return how much a letter speaks for a weight, against an input or a unit."""
    if "#" in key[2]:
        return 9.0
    fit = LETTERS.get(key[0], {})
    source = max((fit.get(kind, 0.0) for kind in ("input", "unit", "hidden", "output")), default=0)
    return fit.get("weight", 0.0) - source
