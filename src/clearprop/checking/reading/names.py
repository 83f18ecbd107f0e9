"""From the parts of a name to the name: its letter, subscripts and marks, and its ASCII spelling.

Comes in: a letter or word and the marks behind it, as `formula.py` has read them. Goes out:
`Written` or `WrittenSlope`, with a `text` that `Names.find` knows where it is one of our names.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from clearprop.checking.solution import STEP_BEFORE, Written, WrittenSlope

NEW_WORDS = {"new", "updated", "neu", "nuevo", "nueva", "nouveau", "novo", "nuovo"}
NEW = NEW_WORDS | {"next", "+", "t+1", "(t+1)", "(new)", "(k+1)", "(n+1)", "(1+t)"}
BEFORE = {"old", "alt", "(old)", "prev", "previous"}
OLD = BEFORE | {"now", "current", "initial", "init"}  # of a weight in an update: before it
SPELLINGS = {
    "delta_huber": "huber_delta",
    "alpha_elu": "elu_alpha",
    "slope": "leaky_relu_slope",
}
CARRIED = re.compile(r"([vm])([wb]\d*)")  # vw, the velocity of w
UNPRIMED = {"f", "g", "sigma", "phi", "sigmoid", "y", "d"}  # with a prime they are something else


@dataclass(frozen=True)
class Mark:
    """What stands behind a letter.

    kind is "lower" (a subscript, its parts between commas), "upper" (a superscript), "index"
    ([3,7]), "example" (@2), "argument" (a number in brackets), "prime" or "new".
    """

    kind: str
    parts: tuple[str, ...] = ()


def written(head: str, marks: Sequence[Mark] = ()) -> Written:
    """Return the name of a letter with its marks.

    >>> written("w", [Mark("lower", ("3",)), Mark("lower", ("new",))]).text
    'w3_new'
    >>> written("z", [Mark("lower", ("out", "1")), Mark("example", ("2",))]).text
    'z_out1@2'
    """
    name = Parts(head)
    for mark in marks:
        name.take(mark)
    return name.written()


class Parts:
    """A name while its marks are being read, from left to right."""

    def __init__(self, head: str) -> None:
        letter = re.fullmatch(r"([^\d]+)(\d+)", head)
        self.letter = letter[1] if letter else head
        self.subscripts = [letter[2]] if letter else []
        if carried := CARRIED.fullmatch(head):
            self.letter, self.subscripts = carried[1], [carried[2]]
        self.index: tuple[str, ...] = ()
        self.superscript = ""
        self.argument = ""
        self.new = self.old = False
        self.example: int | None = None

    def take(self, mark: Mark) -> None:
        """Add a mark."""
        match mark.kind:
            case "lower":
                for part in mark.parts:
                    self.lower(part)
            case "upper":
                for part in mark.parts:
                    self.upper(part)
            case "index":
                self.index = mark.parts
            case "example":
                self.example = int(mark.parts[0][:9] or 0)
            case "argument":
                self.argument = f"({mark.parts[0]})"
            case "new":
                self.new = True
            case "prime":
                self.prime()

    def prime(self) -> None:
        """Take a prime: the value after the update, but for functions and some letters."""
        if self.letter in UNPRIMED:
            self.letter += "'"
        else:
            self.new = True

    def lower(self, part: str) -> None:
        """Add one part of a subscript."""
        number = re.fullmatch(r"(hat|new|old)(\d*)", part)
        if part in NEW or (number and number[1] == "new"):
            self.new = True
        elif number and number[1] == "hat":
            self.letter += "hat"
        elif part in OLD or (number and number[1] == "old"):
            self.old |= part in BEFORE
        else:
            self.add(part)
        if number and number[2]:
            self.add(number[2])

    def add(self, part: str) -> None:
        """Add a subscript; a number behind a word belongs to it: out, 1 -> out1."""
        last = self.subscripts[-1] if self.subscripts else ""
        if part.isdigit() and last[:1].isalpha() and not self.index:
            between = "_" if last[-1].isdigit() else ""
            self.subscripts[-1] = f"{last}{between}{part}"
        elif part:
            self.subscripts.append(part)

    def upper(self, part: str) -> None:
        """Add a superscript that is no power."""
        if part in NEW:
            self.new = True
        elif part in OLD:
            self.old |= part in BEFORE
        else:
            self.superscript += part

    def written(self) -> Written:
        """Return the name."""
        if self.letter in ("new", "old", "updated") and self.subscripts:  # new_w5
            self.new = self.new or self.letter != "old"
            inner = Parts(self.subscripts[0])
            self.letter, self.subscripts = inner.letter, inner.subscripts + self.subscripts[1:]
        subscripts, superscript = tuple(self.subscripts), self.superscript
        text = spelling(self.letter, subscripts, superscript)
        if self.index:
            text = f"{spelling(self.letter, subscripts, '')}[{','.join(self.index)}]"
            subscripts, superscript = self.index, "".join(self.subscripts)
        text, superscript = f"{text}{self.argument}", f"{superscript}{self.argument}"
        text = SPELLINGS.get(text, text) + ("_new" if self.new else "")
        if self.example is not None:
            text += f"@{self.example}"
        return Written(text, self.letter, subscripts, superscript, self.new, self.example, self.old)


def spelling(letter: str, subscripts: Sequence[str], superscript: str) -> str:
    """Return a name in ASCII, without what tells of updates and examples."""
    text = letter
    for place, part in enumerate(subscripts):
        text += part if place == 0 and part[:1].isdigit() else f"_{part}"
    if superscript == "t" and letter == "beta":
        return f"{text}_t"
    return f"{text}^{superscript}" if superscript else text


def step(of: Written) -> Written:
    """Return Δ of a name: the step of a weight; of w_old the step before."""
    inner = replace(of, new=False, example=None)
    name = written("step", [Mark("lower", (inner.text,))])
    text, above = f"step_{of.text}", ""
    if of.old:
        text, above = f"{text}^{STEP_BEFORE}", STEP_BEFORE
    return replace(name, new=of.new, example=of.example, text=text, superscript=above)


def slope(top: Written, bottom: Written, example: int | None = None) -> WrittenSlope:
    """Return ∂top/∂bottom, with the example, wherever it stands, written once."""
    for name in (top, bottom):
        example = name.example if example is None else example
    return WrittenSlope(without_example(top), without_example(bottom), example)


def without_example(name: Written) -> Written:
    """Return the name without its example."""
    return replace(name, text=name.text.partition("@")[0], example=None)
