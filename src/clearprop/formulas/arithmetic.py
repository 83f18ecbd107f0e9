"""What a tree is evaluated in: floats, decimals, or arrays in strict or fast arithmetic.

Comes in: a tree and the values of its variables. Goes out: the tree's value.

- `FLOATS`   one float64 at a time, with the C library's functions: the trace.
- `DECIMALS` decimal digits, as many as the caller's context has: the arithmetic of paper.
- `STRICT`   arrays, element by element the very bits of `FLOATS`: `math.exp` mapped over the
             elements (`np.exp` differs from it in about 5 % of values), sums from left to right.
- `FAST`     arrays with NumPy's own functions: equal to 1e-12 of the largest entry.
"""

import math
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from functools import reduce
from typing import Any

import numpy as np

from clearprop.formulas.expressions import (
    Call,
    Comparison,
    Expression,
    Name,
    Negative,
    Number,
    OverUnits,
    Power,
    Product,
    Quotient,
    Select,
    Sum,
    Variable,
)

RELATIONS: Mapping[str, Callable[[Any, Any], Any]] = {">": operator.gt, ">=": operator.ge}


@dataclass(frozen=True)
class Arithmetic:
    """The operations that differ between floats, decimals and arrays.

    `select` is given the condition and two functions, so that floats compute only the branch
    that counts. `over_units` reduces the last axis, the units of a layer, and keeps it.
    """

    name: str
    number: Callable[[float], Any]
    functions: Mapping[str, Callable[..., Any]]
    divide: Callable[[Any, Any], Any]
    select: Callable[[Any, Callable[[], Any], Callable[[], Any]], Any]
    over_units: Mapping[str, Callable[[Any], Any]]


def evaluate(tree: Expression, values: Mapping[Name, Any], arithmetic: Arithmetic) -> Any:
    """Return the value of the tree, given the values of its variables.

    >>> z = Variable("z")
    >>> evaluate(2 * z + 1, {"z": 3.0}, FLOATS)
    7.0
    """
    value_of = VALUE_OF.get(type(tree))
    if value_of is None:
        raise TypeError(f"not an expression: {tree!r}")
    return value_of(tree, values, arithmetic)


def sum_value(tree: Sum, values: Mapping[Name, Any], arithmetic: Arithmetic) -> Any:
    """Return the terms added from left to right."""
    return reduce(operator.add, [evaluate(term, values, arithmetic) for term in tree.terms])


def product_value(tree: Product, values: Mapping[Name, Any], arithmetic: Arithmetic) -> Any:
    """Return the factors multiplied from left to right."""
    return reduce(operator.mul, [evaluate(part, values, arithmetic) for part in tree.factors])


def quotient_value(tree: Quotient, values: Mapping[Name, Any], arithmetic: Arithmetic) -> Any:
    """Return numerator over denominator."""
    numerator = evaluate(tree.numerator, values, arithmetic)
    return arithmetic.divide(numerator, evaluate(tree.denominator, values, arithmetic))


def power_value(tree: Power, values: Mapping[Name, Any], arithmetic: Arithmetic) -> Any:
    """Return the base multiplied by itself."""
    return reduce(operator.mul, [evaluate(tree.base, values, arithmetic)] * tree.exponent)


def call_value(tree: Call, values: Mapping[Name, Any], arithmetic: Arithmetic) -> Any:
    """Return the function's value."""
    arguments = [evaluate(argument, values, arithmetic) for argument in tree.arguments]
    return arithmetic.functions[tree.function](*arguments)


def select_value(tree: Select, values: Mapping[Name, Any], arithmetic: Arithmetic) -> Any:
    """Return the branch that the condition selects."""
    return arithmetic.select(
        compare(tree.condition, values, arithmetic),
        lambda: evaluate(tree.if_true, values, arithmetic),
        lambda: evaluate(tree.if_false, values, arithmetic),
    )


def over_units_value(tree: OverUnits, values: Mapping[Name, Any], arithmetic: Arithmetic) -> Any:
    """Return the body reduced over the units of a layer."""
    return arithmetic.over_units[tree.reduction](evaluate(tree.body, values, arithmetic))


# By the type of the node: a chain of cases takes three times as long to find the one that it is.
VALUE_OF: Mapping[type, Callable[[Any, Mapping[Name, Any], Arithmetic], Any]] = {
    Number: lambda tree, values, arithmetic: arithmetic.number(tree.value),
    Variable: lambda tree, values, arithmetic: values[tree.name],
    Sum: sum_value,
    Product: product_value,
    Quotient: quotient_value,
    Negative: lambda tree, values, arithmetic: -evaluate(tree.operand, values, arithmetic),
    Power: power_value,
    Call: call_value,
    Select: select_value,
    OverUnits: over_units_value,
}


def compare(condition: Comparison, values: Mapping[Name, Any], arithmetic: Arithmetic) -> Any:
    """Return whether a condition holds (for arrays: where)."""
    left = evaluate(condition.left, values, arithmetic)
    right = evaluate(condition.right, values, arithmetic)
    return RELATIONS[condition.relation](left, right)


def scalar_select(holds: bool, if_true: Callable[[], Any], if_false: Callable[[], Any]) -> Any:
    """Return the branch that counts; the other one is not computed."""
    return if_true() if holds else if_false()


def array_select(holds: Any, if_true: Callable[[], Any], if_false: Callable[[], Any]) -> Any:
    """Return both branches joined; what the unused one overflows to is nobody's concern."""
    with np.errstate(all="ignore"):
        return np.where(holds, if_true(), if_false())


# --- floats: the C library, with overflow to infinity as IEEE 754 has it -------------------------


def overflowing(function: Callable[[float], float]) -> Callable[[float], float]:
    """Return the function with infinity where Python raises OverflowError."""

    def call(x: float) -> float:
        try:
            return function(x)
        except OverflowError:
            return math.inf

    return call


def float_log(x: float) -> float:
    """Return ln x, with -inf at 0 and NaN below, where Python raises ValueError."""
    if x > 0:
        return math.log(x)
    return -math.inf if x == 0 else math.nan


def float_log1p(x: float) -> float:
    """Return ln(1 + x), with -inf at -1 and NaN below, where Python raises ValueError."""
    if x > -1:
        return math.log1p(x)
    return -math.inf if x == -1 else math.nan


def float_sqrt(x: float) -> float:
    """Return the square root, with NaN below 0, where Python raises ValueError."""
    return math.sqrt(x) if x >= 0 else math.nan


def float_divide(a: float, b: float) -> float:
    """Return a / b as IEEE 754 has it, where Python raises ZeroDivisionError."""
    if b != 0:
        return a / b
    return math.nan if a == 0 or math.isnan(a) else math.copysign(math.inf, a) * math.copysign(1, b)


def float_cos(x: float) -> float:
    """Return the cosine, NaN of infinity, where Python raises ValueError."""
    return math.nan if math.isinf(x) else math.cos(x)


def float_floor(x: float) -> float:
    """Return the largest whole number not above x as a float, where Python gives an int."""
    return float(math.floor(x)) if math.isfinite(x) else x


def float_pow(x: float, exponent: float) -> float:
    """Return x to a power as IEEE 754 has it, where Python raises."""
    try:
        return math.pow(x, exponent)
    except OverflowError:
        return math.copysign(math.inf, x) if exponent % 2 == 1 else math.inf
    except ValueError:  # 0 to a negative power, or a negative number to a fraction
        return math.inf if x == 0 else math.nan


def scalar_sign(x: Any) -> Any:
    """Return -1, 0 or 1 in the type of x, and NaN for NaN."""
    return x if x == 0 or x != x else type(x)(1 if x > 0 else -1)


def scalar_max(*numbers: Any) -> Any:
    """Return the largest number, NaN if any is (as `np.maximum` does), the first of equals."""
    return next((x for x in numbers if x != x), None) or max(numbers)


FLOATS = Arithmetic(
    name="floats",
    number=float,
    functions={
        "exp": overflowing(math.exp),
        "expm1": overflowing(math.expm1),
        "log": float_log,
        "log1p": float_log1p,
        "sqrt": float_sqrt,
        "tanh": math.tanh,
        "erf": math.erf,
        "cos": float_cos,
        "floor": float_floor,
        "pow": float_pow,
        "abs": abs,
        "sign": scalar_sign,
        "max": scalar_max,
    },
    divide=float_divide,
    select=scalar_select,
    over_units={},
)


# --- decimals: the arithmetic of paper; mpmath knows the functions that decimal does not ---------


def decimal_function(name: str) -> Callable[[Decimal], Decimal]:
    """Return mpmath's function of that name, from decimal to decimal at 50 digits."""

    def call(x: Decimal) -> Decimal:
        import mpmath

        with mpmath.workdps(60):
            return Decimal(mpmath.nstr(getattr(mpmath, name)(mpmath.mpf(str(x))), 50))

    return call


DECIMALS = Arithmetic(
    name="decimals",
    number=lambda value: Decimal(repr(value)),
    functions={
        "exp": Decimal.exp,
        "expm1": decimal_function("expm1"),
        "log": Decimal.ln,
        "log1p": decimal_function("log1p"),
        "sqrt": Decimal.sqrt,
        "tanh": decimal_function("tanh"),
        "erf": decimal_function("erf"),
        "cos": decimal_function("cos"),
        "floor": lambda x: x.to_integral_value(ROUND_FLOOR),
        "pow": operator.pow,
        "abs": abs,
        "sign": scalar_sign,
        "max": scalar_max,
    },
    divide=operator.truediv,
    select=scalar_select,
    over_units={},
)


# --- arrays: units of a layer lie along the last axis --------------------------------------------


def mapped(function: Callable[..., float]) -> Callable[..., Any]:
    """Return the function mapped over the elements of arrays, to its very bits."""
    over_elements = np.vectorize(function, otypes=[np.float64])

    def call(*arrays: Any) -> Any:
        empty = next((array for array in arrays if not np.size(array)), None)
        if empty is not None:
            return np.asarray(empty, dtype=np.float64)
        return over_elements(*arrays)

    return call


def sum_from_left(terms: Any) -> Any:
    """Return the sum over the last axis, from left to right: `np.sum` adds in pairs."""
    columns = (terms[..., k : k + 1] for k in range(terms.shape[-1]))
    return reduce(operator.add, columns)


def max_of_units(terms: Any) -> Any:
    """Return the largest entry along the last axis."""
    return terms.max(axis=-1, keepdims=True)


def fast_erf(x: Any) -> Any:
    """Return SciPy's error function (imported on first use: most networks need none)."""
    from scipy.special import erf

    return erf(x)


def array_max(*arrays: Any) -> Any:
    """Return the element-wise largest."""
    return reduce(np.maximum, arrays)


STRICT = Arithmetic(
    name="strict",
    number=float,
    functions={
        **{
            name: mapped(FLOATS.functions[name])
            for name in ("exp", "expm1", "log", "log1p", "tanh", "erf", "cos", "pow")
        },
        "floor": np.floor,
        "sqrt": np.sqrt,
        "abs": np.abs,
        "sign": np.sign,
        "max": array_max,
    },
    divide=np.divide,
    select=array_select,
    over_units={"sum": sum_from_left, "max": max_of_units},
)

FAST = Arithmetic(
    name="fast",
    number=float,
    functions={
        "exp": np.exp,
        "expm1": np.expm1,
        "log": np.log,
        "log1p": np.log1p,
        "sqrt": np.sqrt,
        "tanh": np.tanh,
        "erf": fast_erf,
        "cos": np.cos,
        "floor": np.floor,
        "pow": np.power,
        "abs": np.abs,
        "sign": np.sign,
        "max": array_max,
    },
    divide=np.divide,
    select=array_select,
    over_units={"sum": lambda terms: terms.sum(axis=-1, keepdims=True), "max": max_of_units},
)
