"""Re-evaluates what a trace prints, from what it printed before; knows nothing of networks.

In comes a page of `clearprop trace` as text or LaTeX. Every chain

    symbol = formula in names = formula with numbers put in = value

is held to three things: the formula in names, evaluated from the values printed on earlier lines,
gives the value; the formula with numbers gives the value; and the numbers are the values of the
names they stand for. Each to what the printed digits allow: `≈` before a value means rounded, so
that the number stands for an interval of one unit of its last digit, and `=` means exact.
Out come problems, each a sentence, and a count of what was compared.

What it leaves out: whether a formula is the right one for a network.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lark import Lark, Token, Transformer, UnexpectedInput

from closure.chains import (
    EXACT,
    TEXT_NUMBER,
    Chain,
    Link,
    chains_in_latex,
    chains_in_text,
    symbol_end,
)
from closure.intervals import (
    FUNCTIONS,
    Interval,
    exactly,
    exp,
    magnitude,
    printed,
    sqrt,
)

HERE = Path(__file__).parent
FIRST_PLACEHOLDER = 0xF0000
PLACEHOLDER = re.compile("[\U000f0000-\U000ffffd]")
LATEX_NUMBER = r"-?\d+(?:\.\d+)?(?:e[-+]?\d+)?"


@dataclass(frozen=True)
class Problem:
    """A line that does not follow from the lines before it."""

    line: int
    source: str
    what: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.what}\n    {self.source}"


@dataclass
class Report:
    """What a page held: problems, how much was compared, and what was taken on trust."""

    problems: list[Problem] = field(default_factory=list)
    compared: int = 0  # formulas evaluated and held against their value
    undecided: int = 0  # of these, how many the printed digits leave wide open (a division by ~0)
    derived: dict[str, str] = field(default_factory=dict)  # symbol -> value, with a formula
    givens: dict[str, str] = field(default_factory=dict)  # symbol -> value, without one
    skipped: list[str] = field(default_factory=list)  # links with functions not known here
    valueless: list[str] = field(default_factory=list)  # chains without a number at their end
    passed_over: list[str] = field(default_factory=list)  # sentences with a relation in them


def check_text(output: str, *, by_hand: bool = False) -> list[Problem]:
    """Return what does not close in a page of `--format text`."""
    return examine_text(output, by_hand=by_hand).problems


def check_latex(output: str, *, by_hand: bool = False) -> list[Problem]:
    """Return what does not close in a page of `--format latex`."""
    return examine_latex(output, by_hand=by_hand).problems


def examine_text(output: str, *, by_hand: bool = False) -> Report:
    """Return the whole report on a page of text.

    `by_hand`: lines were computed from the written numbers, so these stand for themselves.
    """
    return Page(TEXT, by_hand).read(chains_in_text(output))


def examine_latex(output: str, *, by_hand: bool = False) -> Report:
    """Return the whole report on a page of LaTeX."""
    return Page(LATEX, by_hand).read(chains_in_latex(output))


# --------------------------------------------------------------------------------------- formulas

Tree = tuple  # ("number", "0.5"), ("symbol", "w₁"), ("add", left, right), ("max", a, b, …), …


class ToTree(Transformer[Token, Tree]):
    """Makes plain tuples of lark's tree; subtraction becomes the addition of a negative."""

    def number(self, parts: list[Token]) -> Tree:
        return ("number", parts[0].replace("−", "-"))

    def symbol(self, parts: list[Token]) -> Tree:
        return ("symbol", str(parts[0]))

    def unknown(self, parts: list[Token]) -> Tree:
        raise NotPrinted(str(parts[0]))

    def call(self, parts: list[Tree]) -> Tree:
        return (str(parts[0]).lstrip("\\"), *parts[1:])

    def call_number(self, parts: list[Token]) -> Tree:
        return self.call([parts[0], self.number(parts[1:])])

    def call_symbol(self, parts: list[Token]) -> Tree:
        return self.call([parts[0], self.symbol(parts[1:])])

    def subtract(self, parts: list[Tree]) -> Tree:
        return ("add", parts[0], ("negate", parts[-1]))  # between them stands the sign

    def multiply(self, parts: list[Tree]) -> Tree:
        return ("multiply", parts[0], parts[-1])

    def square(self, parts: list[Tree]) -> Tree:
        return ("power", parts[0], ("number", "2"))

    def cube(self, parts: list[Tree]) -> Tree:
        return ("power", parts[0], ("number", "3"))

    def half(self, _: list[Tree]) -> Tree:
        return ("number", "0.5")

    def pi(self, _: list[Tree]) -> Tree:
        return ("pi",)

    def group(self, parts: list[Tree]) -> Tree:
        return parts[0]

    def __default__(self, data: Token, children: list[Tree], meta: object) -> Tree:
        kept = [child for child in children if not isinstance(child, Token)]
        return (str(data), *kept)


OPERATIONS: dict[str, Callable[..., Interval]] = {
    "add": Interval.__add__,
    "multiply": Interval.__mul__,
    "divide": Interval.__truediv__,
    "negate": Interval.__neg__,
    "power": Interval.__pow__,
    "exponential": exp,
    "root": sqrt,
    "magnitude": magnitude,
    "pi": lambda: exactly(math.pi),
    **FUNCTIONS,
}


class NotPrinted(Exception):
    """A symbol that stands on no earlier line."""


class UnknownFunction(Exception):
    """A function that this program does not know: the link is skipped."""


def value_of(tree: Tree, leaf: Callable[[Tree], Interval]) -> Interval:
    """Return all values that a formula may have, when its leaves may have those of `leaf`."""
    kind, *parts = tree
    if kind in ("number", "symbol"):
        return leaf(tree)
    if kind not in OPERATIONS:
        raise UnknownFunction(kind)
    return OPERATIONS[kind](*(value_of(part, leaf) for part in parts))


def leaves(tree: Tree) -> list[Tree]:
    if tree[0] in ("number", "symbol"):
        return [tree]
    return [leaf for part in tree[1:] for leaf in leaves(part)]


def paired(names: Tree, numbers: Tree) -> list[tuple[str, Tree]] | None:
    """Return which number stands for which symbol, or None where the shapes differ."""
    if names[0] == "symbol":
        unsigned = numbers
        while unsigned[0] == "negate":
            unsigned = unsigned[1]
        return [(names[1], numbers)] if unsigned[0] == "number" else None
    if names[0] == "number":
        same = numbers[0] == "number" and float(names[1]) == float(numbers[1])
        return [] if same else None
    if names[0] != numbers[0] or len(names) != len(numbers):
        return None
    pairs = []
    for left, right in zip(names[1:], numbers[1:], strict=True):
        below = paired(left, right)
        if below is None:
            return None
        pairs += below
    return pairs


# --------------------------------------------------------------------------------------- notations


@dataclass(frozen=True)
class Notation:
    """How one format is read."""

    parser: Lark
    number: str
    marked: Callable[[str, Mapping[str, int]], str]  # a formula with placeholders for its symbols
    stranger: Callable[[str], str]  # the first symbol that is none of those printed


def marked_text(formula: str, symbols: Mapping[str, int]) -> str:
    name = r"[\w\u0300-\u036F@∂]"
    begins = re.compile(rf"(?<!{name})(?=[^\W\d]|∂)")
    goes_on = re.compile(rf"(?![²³]){name}|[\[′']")
    return marked(formula, symbols, begins, goes_on)


def marked_latex(formula: str, symbols: Mapping[str, int]) -> str:
    begins = re.compile(r"\\|\{|(?<![A-Za-z\\])[A-Za-z]")
    goes_on = re.compile(r"[_'A-Za-z⎸]|\^\{(?:\\text|[(@])")
    return marked(formula, symbols, begins, goes_on)


def marked(
    formula: str, symbols: Mapping[str, int], begins: re.Pattern[str], goes_on: re.Pattern[str]
) -> str:
    """Return the formula with the longest known symbol at each place as one character."""
    lengths = sorted({len(symbol) for symbol in symbols}, reverse=True)
    result, position = "", 0
    while position < len(formula):
        known = (
            length
            for length in lengths
            if formula[position : position + length] in symbols
            and not goes_on.match(formula, position + length)
        )
        length = next(known, 0) if begins.match(formula, position) else 0
        if length:
            result += placeholder(symbols[formula[position : position + length]])
        else:
            result += formula[position]
        position += max(length, 1)
    return result


def placeholder(index: int) -> str:
    return chr(FIRST_PLACEHOLDER + index)


def stranger_in_latex(formula: str) -> str:
    """Return the first name in a formula that is no symbol printed before, or nothing."""
    for match in re.finditer(r"\\[A-Za-z]+|[A-Za-z]", formula):
        end = symbol_end(formula, match.start())
        name = formula[match.start() : end] if end else ""
        is_function = name.lstrip("\\") in OPERATIONS or formula[end or 0 :].startswith("(")
        if name and not is_function and not name.startswith("e^"):
            return name
    return ""


def grammar(name: str) -> Lark:
    return Lark((HERE / name).read_text(encoding="utf-8"), parser="lalr")


TEXT = Notation(grammar("text.lark"), TEXT_NUMBER, marked_text, lambda formula: "")
LATEX = Notation(grammar("latex.lark"), LATEX_NUMBER, marked_latex, stranger_in_latex)


# ------------------------------------------------------------------------------------------- pages


class Page:
    """Reads chains in order and remembers the values that were printed."""

    def __init__(self, notation: Notation, by_hand: bool) -> None:
        self.notation = notation
        self.by_hand = by_hand
        self.values: dict[str, Interval] = {}
        self.places: dict[str, int] = {}  # symbol -> its place among the symbols, from 0
        self.names: list[str] = []
        self.exact_strings: set[str] = set()
        self.rounded_strings: set[str] = set()
        self.report = Report()

    def read(self, chains: Iterable[Chain]) -> Report:
        for chain in chains:
            try:
                if not chain.symbol:
                    raise Unreadable("no symbol stands before the first relation")
                self.follow(chain)
            except (NotPrinted, Unreadable) as trouble:
                if chain.labelled:  # words before it and no formula after: a sentence
                    self.report.passed_over.append(chain.source)
                    continue
                self.blame(chain, str(trouble))
                if chain.symbol:
                    self.trust(chain)
        return self.report

    def blame(self, chain: Chain, what: str) -> None:
        self.report.problems.append(Problem(chain.line, chain.source, what))

    def follow(self, chain: Chain) -> None:
        """Hold one chain to the lines before it, then remember its value."""
        *formulas, last = chain.links
        digits = bare_number(last.formula, self.notation.number)
        if digits is None:
            if any(self.mentions_numbers(link) for link in chain.links):
                raise Unreadable(f"'{last.formula}' at the end is not a number")
            self.report.valueless.append(chain.source)
            return
        rounded = last.relation != EXACT
        self.compare(chain, formulas, digits, printed(digits, rounded=rounded))
        self.remember(chain, digits, rounded)

    def trust(self, chain: Chain) -> None:
        """Remember the value of a chain that does not close: one fault, one problem."""
        last = chain.links[-1]
        digits = bare_number(last.formula, self.notation.number)
        if digits is not None:
            self.remember(chain, digits, last.relation != EXACT)

    def mentions_numbers(self, link: Link) -> bool:
        return bool(re.search(r"\d[.\d]*\s*(?:$|[-+×/)]|\\times)", link.formula))

    def compare(self, chain: Chain, formulas: list[Link], digits: str, value: Interval) -> None:
        """Evaluate each formula of a chain and hold it against the value at the end."""
        in_names: Tree | None = None
        compared = 0
        for link in formulas:
            tree = self.parse(link.formula)
            has_symbols = any(leaf[0] == "symbol" for leaf in leaves(tree))
            pairs = None
            names_a_function = in_names is not None and in_names[0] in FUNCTIONS
            if names_a_function and tree[0] != in_names[0]:
                in_names = None  # h = ReLU(z) = 0 = 0: the function was only named
            if in_names is not None and not has_symbols:
                pairs = self.matched(chain, in_names, tree)
            in_names = tree if has_symbols else None
            leaf_value = self.leaf_reader(pairs or [], constants=has_symbols or pairs is not None)
            try:
                result = value_of(tree, leaf_value)
            except UnknownFunction:
                self.report.skipped.append(link.formula)
                in_names = None
                continue
            compared += 1
            self.report.undecided += not result.is_bounded
            if not result.meets(value):
                self.blame(
                    chain,
                    f"{link.formula} is {span(result)}, but {digits} is printed ({span(value)})",
                )
        if formulas and not compared:
            self.blame(chain, "no formula of this line can be evaluated")
        self.report.compared += compared

    def matched(self, chain: Chain, names: Tree, numbers: Tree) -> list[tuple[str, Tree]] | None:
        """Return which number stands for which symbol, after a look that it may."""
        pairs = paired(names, numbers)
        if pairs is None:
            self.blame(chain, "the numbers put in do not have the shape of the formula in names")
            return None
        for symbol, number in pairs:
            known = self.symbol_value(symbol)
            as_printed = value_of(number, lambda leaf: printed(leaf[1], rounded=True))
            if not as_printed.meets(known):
                self.blame(
                    chain, f"{plain(number)} stands for {self.name(symbol)}, which is {span(known)}"
                )
        return pairs

    def leaf_reader(
        self, pairs: list[tuple[str, Tree]], *, constants: bool
    ) -> Callable[[Tree], Interval]:
        """Return what a leaf may be worth.

        A number that is paired with a symbol is worth what the symbol is; other numbers are
        `constants` of the formula, or results of a step between, which may be rounded.
        """
        worth = {id(unsigned(number)): (symbol, number) for symbol, number in pairs}

        def leaf_value(leaf: Tree) -> Interval:
            if leaf[0] == "symbol":
                return self.symbol_value(leaf[1])
            if id(leaf) in worth:
                symbol, number = worth[id(leaf)]
                value = self.symbol_value(symbol)
                return -value if is_negated(number) else value
            return printed(leaf[1], rounded=not constants and self.is_rounded(leaf[1]))

        return leaf_value

    def is_rounded(self, digits: str) -> bool:
        """Tell whether a number that stands for no symbol may have been rounded."""
        if self.by_hand:
            return False
        if digits in self.rounded_strings or f"-{digits}" in self.rounded_strings:
            return True
        exact = {digits, f"-{digits}"} & self.exact_strings
        return not (exact or re.fullmatch(r"\d+|0\.5", digits))

    def parse(self, formula: str) -> Tree:
        marked = self.notation.marked(formula, self.places)
        try:
            return ToTree().transform(self.notation.parser.parse(marked))
        except UnexpectedInput as error:
            stranger = self.notation.stranger(marked)
            if stranger:
                name = PLACEHOLDER.sub(lambda mark: self.name(mark.group()), stranger)
                raise NotPrinted(f"{name} is used before it is printed") from error
            raise Unreadable(f"cannot read '{formula}'") from error
        except Exception as error:
            # lark wraps what a transformer raises
            origin = getattr(error, "orig_exc", None)
            if isinstance(origin, NotPrinted):
                raise NotPrinted(f"{origin} is used before it is printed") from error
            raise

    def remember(self, chain: Chain, digits: str, rounded: bool) -> None:
        value = printed(digits, rounded=rounded)
        stands_for = printed(digits, rounded=False) if self.by_hand else value
        known = self.values.get(chain.symbol)
        if known is None:
            self.places[chain.symbol] = len(self.names)
            self.names.append(chain.symbol)
            self.values[chain.symbol] = stands_for
        elif known.meets(stands_for):
            self.values[chain.symbol] = known.common(stands_for)
        elif not known.meets(by_another_way(stands_for, self.by_hand)):
            self.blame(chain, f"{chain.symbol} was {span(known)} before")
        (self.rounded_strings if rounded else self.exact_strings).add(digits)
        kept = self.report.derived if len(chain.links) > 1 else self.report.givens
        kept.setdefault(chain.symbol, digits)

    def symbol_value(self, mark: str) -> Interval:
        return self.values[self.name(mark)]

    def name(self, mark: str) -> str:
        return self.names[ord(mark) - FIRST_PLACEHOLDER]


class Unreadable(Exception):
    """A chain that is not in the grammar."""


def bare_number(formula: str, pattern: str) -> str | None:
    """Return the digits of a formula that is one number, in brackets or not."""
    inner = re.sub(r"^[({]+|[)}]+$", "", formula.strip())
    return inner.replace("−", "-") if re.fullmatch(pattern, inner) else None


def unsigned(number: Tree) -> Tree:
    while number[0] == "negate":
        number = number[1]
    return number


def is_negated(number: Tree) -> bool:
    return number[0] == "negate" and not is_negated(number[1])


def plain(number: Tree) -> str:
    return f"-{plain(number[1])}" if number[0] == "negate" else str(number[1])


def by_another_way(value: Interval, by_hand: bool) -> Interval:
    """Return what the same quantity may be by another formula: rounding takes other turns."""
    relative = 1e-2 if by_hand else 1e-12
    slack = relative * max(abs(value.low), abs(value.high)) + 1e-15
    return Interval(value.low - slack, value.high + slack)


def span(value: Interval) -> str:
    """Return an interval for people, by the digits its ends share and one more.

    >>> span(Interval(0.75025, 0.75035))
    'in 0.75025 … 0.75035'
    """
    low, high = f"{value.low:.10g}", f"{value.high:.10g}"
    return low if low == high else f"in {low} … {high}"
