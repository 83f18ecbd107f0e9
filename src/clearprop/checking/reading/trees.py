"""The trees: what each rule of `formula.lark` makes, an `Expression` over numerals and names.

Comes in: lark's tokens and the trees below a rule. Goes out: the rule's own tree.
"""

# ruff: noqa: D102 - each method is named after the rule of the grammar whose tree it makes

from __future__ import annotations

import re
from collections.abc import Sequence

from lark import Token, Transformer, v_args

from clearprop.checking.reading import names, signs
from clearprop.checking.reading.names import Mark
from clearprop.checking.reading.superscripts import (
    Exponent,
    NotAFormula,
    named,
    numeral,
    plain,
    raised_to,
)
from clearprop.checking.solution import (
    IndexedSum,
    Matrix,
    Numeral,
    Written,
    names_and_numerals,
)
from clearprop.formulas.expressions import (
    Call,
    Expression,
    Negative,
    Quotient,
    Variable,
    replace,
)


@v_args(inline=True)
class Trees(Transformer[Token, Expression]):
    """Makes the tree of each rule of the grammar."""

    def formula(self, tree: Expression) -> Expression:
        return replace(tree, of_one_entry)

    # --- sums and products -----------------------------------------------------------------------

    def add(self, left: Expression, _: Token, right: Expression) -> Expression:
        return left + right

    def subtract(self, left: Expression, _: Token, right: Expression) -> Expression:
        return left - right

    def multiply(self, left: Expression, _: Token, right: Expression) -> Expression:
        return left * right

    def juxtapose(self, left: Expression, right: Expression) -> Expression:
        return left * right

    def divide(self, left: Expression, _: Token, right: Expression) -> Expression:
        return left / right

    def hadamard(self, left: Expression, _: Token, right: Expression) -> Expression:
        return Call("hadamard", (left, right))

    def matmul(self, left: Expression, _: Token, right: Expression) -> Expression:
        return Call("matmul", (left, right))

    def negate(self, _: Token, operand: Expression) -> Expression:
        return -operand

    def positive(self, _: Token, operand: Expression) -> Expression:
        return operand

    def big_sum(self, sign: Token, body: Expression) -> Expression:
        index, _, first = str(sign).partition("=")
        return IndexedSum(index, body, from_zero=bool(first))

    # --- numbers, brackets, fractions ------------------------------------------------------------

    def number(self, text: Token) -> Expression:
        return numeral(str(text))

    def vulgar(self, sign: Token) -> Expression:
        top, bottom = signs.VULGAR[str(sign)]
        return Quotient(numeral(str(top)), numeral(str(bottom)))

    def brackets(self, _: Token, inner: Expression, __: Token) -> Expression:
        return inner

    group = brackets

    def square_brackets(self, _: Token, inner: Expression, __: Token) -> Expression:
        number = inner.operand if isinstance(inner, Negative) else inner
        if isinstance(number, Variable) and isinstance(number.name, Numeral):
            return Matrix(((inner,),))  # a row of [[0.6], [-0.8]], or a number in the end
        return inner

    def list(self, *parts: Expression | Token) -> tuple[Expression, ...]:
        return tuple(part for part in parts if not isinstance(part, Token))

    def row(self, _: Token, entries: tuple[Expression, ...], __: Token) -> Expression:
        if all(isinstance(entry, Matrix) and len(entry.rows) == 1 for entry in entries):
            return of_rows([entry.rows[0] for entry in entries if isinstance(entry, Matrix)])
        return of_rows([numbers(entries)])

    def matrix_row(self, *parts: Expression | Token) -> tuple[Expression, ...]:
        return numbers(self.list(*parts))

    def matrix(self, *parts: tuple[Expression, ...] | Token) -> Expression:
        return of_rows([part for part in parts if not isinstance(part, Token)])

    def column(self, *parts: Expression | Token) -> Expression:
        entries = numbers(tuple(part for part in parts if not isinstance(part, Token)))
        return Matrix(tuple((part,) for part in entries))

    def magnitude(self, _: Token, inner: Expression, __: Token) -> Expression:
        return Call("abs", (inner,))

    def norm(self, _: Token, inner: Expression, __: Token) -> Expression:
        return Call("norm", (inner,))

    def floor(self, _: Token, inner: Expression, __: Token) -> Expression:
        return Call("floor", (inner,))

    def fraction(self, _: Token, top: Expression, bottom: Expression) -> Expression:
        return top / bottom

    def root(self, _: Token, inner: Expression) -> Expression:
        return Call("sqrt", (inner,))

    def root_number(self, _: Token, text: Token) -> Expression:
        return Call("sqrt", (numeral(str(text)),))

    def root_brackets(self, _: Token, __: Token, inner: Expression, ___: Token) -> Expression:
        return Call("sqrt", (inner,))

    # --- functions -------------------------------------------------------------------------------

    def call(self, function: Token, *parts: Expression | Token) -> Expression:
        arguments = tuple(part for part in parts if not isinstance(part, Token))
        if function == "sum" and len(indices := index_letters(arguments[0])) == 1:
            return IndexedSum(indices.pop(), arguments[0])
        along = axis(parts) if function in ("sum", "mean") else ""  # torch.softmax(z, dim=1)
        return Call(str(function) + along, arguments)

    def method(self, base: Expression, function: Token, *parts: Expression | Token) -> Expression:
        arguments = [part for part in parts if not isinstance(part, Token)]
        name = str(function).lstrip(".")
        if name in ("sum", "mean") and arguments:  # d.sum(0)
            return Call(name + axis((), arguments[0]), (base,))
        return Call(name + axis(parts), (base, *arguments))

    def reshaped(self, inner: Expression, text: Token) -> Expression:
        plain_text = re.sub(r"[\s()\[\]]|reshape|unsqueeze|np", "", text)
        is_row = plain_text.startswith(("None", ".newaxis,", ".1,", ".0"))
        return Call("row" if is_row else "column", (inner,))

    def above(self, _: Token, inner: Expression, *__: Token) -> Expression:
        return Call("relu'", (inner,))  # 1 where z > 0, else 0

    def call_list(
        self, function: Token, _: Token, entries: tuple[Expression, ...], __: Token
    ) -> Expression:
        if function == "pow" and len(entries) == 2:
            return raised_to(*entries)
        return Call(str(function), entries)

    def call_matrix(self, function: Token, *parts: tuple[Expression, ...] | Token) -> Expression:
        return Call(str(function), (self.matrix(*parts),))

    def call_number(self, function: Token, text: Token) -> Expression:
        return Call(str(function), (numeral(str(text)),))

    def call_fraction(
        self, function: Token, _: Token, top: Expression, bottom: Expression
    ) -> Expression:
        return Call(str(function), (top / bottom,))

    def call_raised(
        self, function: Token, exponent: Exponent, _: Token, inner: Expression, __: Token
    ) -> Expression:
        return self.raise_power(Call(str(function), (inner,)), exponent)

    # --- powers ----------------------------------------------------------------------------------

    def raise_number(self, base: Expression, exponent: Exponent) -> Expression:
        return self.raise_power(base, exponent)

    def raise_power(self, base: Expression, exponent: Exponent) -> Expression:
        if len(exponent) != 1 or isinstance(exponent[0], str):
            raise NotAFormula("a superscript stands on what is no name")
        return raised_to(base, exponent[0])

    def raise_upper(self, base: Expression, text: Token) -> Expression:
        exponent = self.upper(text)
        if isinstance(exponent, Mark):
            raise NotAFormula("a superscript stands on what is no name")
        return self.raise_power(base, exponent)

    def raised(self, _: Token, exponent: Exponent) -> Exponent:
        return exponent

    def superscript(self, text: Token) -> Exponent:
        plain = "".join(signs.UPPER.get(character, character) for character in text)
        sign, rest = (plain[0], plain[1:]) if plain[0] in "+-" else ("", plain)
        if not rest:
            return (sign,)
        tree = numeral(rest) if rest[0].isdigit() else Variable(names.written(rest))
        return (-tree if sign == "-" else tree,)

    def exponent(self, *parts: Token | Exponent) -> Exponent:
        if len(parts) == 3:
            return parts[1]  # type: ignore[return-value]  # between braces
        text = parts[0]
        assert isinstance(text, Token)
        if text.type == "NAME":
            return (Variable(names.written(str(text))),)
        return (numeral(str(text)),)

    def minus_number(self, _: Token, text: Token) -> Exponent:
        return (-numeral(str(text)),)

    def minus_name(self, _: Token, text: Token) -> Exponent:
        return (-Variable(names.written(str(text))),)

    def exponent_brackets(self, _: Token, inner: Expression, __: Token) -> Exponent:
        return (inner,)

    def minus_brackets(self, _: Token, __: Token, inner: Expression, ___: Token) -> Exponent:
        return (-inner,)

    def exponent_fraction(self, _: Token, top: Expression, bottom: Expression) -> Exponent:
        return (top / bottom,)

    def exponent_sign(self, sign: Token) -> Exponent:
        return ("prime" if sign.type == "PRIME" else str(sign),)

    def exponent_at(self, example: Token) -> Exponent:
        return (f"@{example}",)

    def raised_items(self, *items: Expression | Exponent | Token) -> Exponent:
        found: list[Expression | str] = []
        for item in items:
            if not isinstance(item, Token):
                found += item if isinstance(item, tuple) else [item]
        return tuple(found)

    # --- names -----------------------------------------------------------------------------------

    def name(self, head: Token, *marks: Mark | Exponent) -> Expression:
        return named(str(head), marks)

    def step(self, _: Token, head: Token, *marks: Mark | Exponent) -> Expression:
        return Variable(names.step(plain(named(str(head), marks))))

    def slope(
        self, _: Token, top: Expression, __: Token, ___: Token, bottom: Expression
    ) -> Expression:
        return Variable(names.slope(plain(top), plain(bottom)))

    def slope_fraction(self, *parts: Expression | Token) -> Expression:
        top, bottom = (part for part in parts if not isinstance(part, Token))
        return Variable(names.slope(plain(top), plain(bottom)))

    slope_brackets = slope_fraction

    def slope_at(self, slope: Variable, example: Token) -> Expression:
        top, bottom = slope.name.top, slope.name.bottom
        return Variable(names.slope(top, bottom, int(example[:9])))

    def gradient(self, _: Token, bottom: Expression) -> Expression:
        return Variable(names.slope(names.written("L"), plain(bottom)))

    def gradient_brackets(self, _: Token, __: Token, by: Expression, ___: Token) -> Expression:
        return self.gradient(_, by)

    def gradient_by(self, _: Token, __: Token, by: Mark, of: Expression) -> Expression:
        letter, hat, above = "_".join(by.parts).partition("^")
        marks = [Mark("upper", (re.sub(r"[{}\s]", "", above),))] if hat else []
        return Variable(names.slope(plain(of), names.written(letter, marks)))

    def lower(self, *parts: Token | Mark) -> Mark:
        pieces = [""]
        for part in parts:
            if isinstance(part, Mark):
                pieces[-1] += "_".join(part.parts)
            elif part.type == "COMMA":
                pieces.append("")
            elif part.type == "SUBSCRIPT":
                pieces[-1] += lowered(part)
            elif part.type == "STEP":
                pieces[-1] += "step"
            elif part.type not in ("LBRACE", "RBRACE"):
                pieces[-1] += part
        return Mark("lower", tuple(pieces))

    def under(self, _: Token, lower: Mark) -> Mark:
        return lower

    def subscript(self, text: Token) -> Mark:
        return Mark("lower", tuple(re.split("[()=]+", lowered(text))))

    def index(self, text: Token) -> Mark:
        return Mark("index", tuple(re.findall(r"\w+", text)))

    def prime(self, _: Token) -> Mark:
        return Mark("prime")

    def at(self, example: Token) -> Mark:
        return Mark("example", (str(example),))

    def upper(self, text: Token) -> Mark | Exponent:
        plain_text = "".join(signs.UPPER.get(character, character) for character in text)
        plain_text = re.sub(r"[\s^{}]", "", plain_text).replace("−", "-")
        if "prime" in plain_text:
            return Mark("prime")
        if re.fullmatch(r"\\(top|intercal|mathsfT|mathrmT)", plain_text):
            return (Variable(names.written("T")),)
        return Mark("upper", (plain_text,))

    def new(self, _: Token) -> Mark:
        return Mark("new")

    def argument(self, number: Token) -> Mark:
        return Mark("argument", (str(number),))

    def old(self, text: Token) -> Mark:
        is_now = text.strip("( )") in ("t", "n", "k")
        return Mark("upper", ("now" if is_now else "old",))


def index_letters(body: Expression) -> set[str]:
    """Return the letters that stand for indices in the terms of a sum: i of sum(w_i * x_i)."""
    found = (name for name in names_and_numerals(body) if isinstance(name, Written))
    return {sub for name in found for sub in name.subscripts if sub in ("i", "j", "k", "n")}


def of_one_entry(tree: Expression) -> Expression | None:
    """Return the number in brackets of its own, None for anything else."""
    match tree:
        case Matrix(((entry,),)):
            return entry
    return None


def numbers(entries: tuple[Expression, ...]) -> tuple[Expression, ...]:
    """Return entries with numbers for those in brackets of their own."""
    return tuple(of_one_entry(entry) or entry for entry in entries)


def of_rows(rows: Sequence[tuple[Expression, ...]]) -> Matrix:
    """Return rows of one length as a matrix."""
    nested = any(isinstance(entry, Matrix) for row in rows for entry in row)
    if nested or len(set(map(len, rows))) > 1:
        raise NotAFormula("the rows of this matrix differ in length")
    return Matrix(tuple(rows))


def axis(parts: tuple[Expression | Token, ...], number: Expression | None = None) -> str:
    """Return the axis that np.sum runs along, "" without one."""
    match number:
        case Variable(Numeral(text)):
            return text
        case Negative(Variable(Numeral(text))):
            return f"-{text}"
    return next((str(p) for p in parts if isinstance(p, Token) and p.type == "AXIS"), "")


def lowered(text: str) -> str:
    """Return unicode subscripts as plain characters."""
    return "".join(signs.LOWER.get(character, character) for character in text)
