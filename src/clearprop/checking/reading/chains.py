"""Chains: from the clauses of a document to its chains of equal formulas.

Comes in: rows of tokens, in order. Goes out: `Chain`s of `Link`s. The outer sides of a clause may
touch prose, so of the first the longest end that is a formula counts; nothing is left off where an
operator would be torn from its operand.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace

from lark import Token

from clearprop.checking.reading import names
from clearprop.checking.reading.clauses import Clause, clauses, parts_at_arrows
from clearprop.checking.reading.formula import formula, longest
from clearprop.checking.reading.lists import number
from clearprop.checking.reading.punctuation import apart
from clearprop.checking.reading.sides import (
    NAME_STARTS,
    as_new,
    as_slope,
    assigning,
    is_list,
    is_name,
    is_value,
    name_before,
    noun_before,
    noun_of,
    torn,
    updated,
)
from clearprop.checking.reading.superscripts import NotAFormula
from clearprop.checking.reading.words import OPERATORS
from clearprop.checking.solution import Chain, Link
from clearprop.formulas.expressions import Expression, Sum, Variable

TRIES = 30  # tokens that may be left off before or behind a formula


class Text:
    """The document as it is read: where which line starts."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.starts = [0, *(match.end() for match in re.finditer("\n", text))]

    def line(self, piece: Token) -> int:
        """Return the number of the line a token stands on, from 1."""
        return bisect_right(self.starts, piece.start_pos or 0)

    def written(self, pieces: Sequence[Token]) -> str:
        """Return what the tokens stand for, as it was written."""
        if not pieces:
            return ""
        found = self.text[pieces[0].start_pos or 0 : pieces[-1].end_pos or 0]
        return " ".join(found.replace("$", " ").replace("&", " ").split())

    def words(self, start: int, end: int) -> str:
        """Return the words between two places, without the punctuation around them."""
        found = re.sub(r"\\[A-Za-z]+\*?|[{}$&\\]", " ", self.text[start:end])
        return " ".join(found.split()).strip(" :;,.-–—•*#()[]|>=")


@dataclass
class Open:
    """A chain that is being read."""

    links: list[Link]
    label: str

    def close(self) -> Chain | None:
        """Return the chain; None where it came to one formula only."""
        if len(self.links) < 2:
            return None
        first, second = self.links[0].tree, self.links[1].tree
        if len(self.links) == 2 and is_name(first) and first == second:
            return None  # a legend: η = learning rate
        return Chain(tuple(updated(self.links)), self.label)


def is_same(chain: Chain, value: Expression) -> bool:
    """Return whether a chain does nothing but state a value, however many zeros end it."""
    stated = number(chain.links[1].tree)
    return len(chain.links) == 2 and stated is not None and stated == number(value)


class ChainReader:
    """Collects the chains of a document, row by row."""

    def __init__(self, text: Text) -> None:
        self.text = text
        self.chains: list[Chain] = []
        self.open: Open | None = None

    def close(self) -> None:
        """End the chain that is being read."""
        chain = self.open.close() if self.open else None
        if chain:
            self.chains.append(chain)
        self.open = None

    def row(self, row: Sequence[Token]) -> bool:
        """Read a row of tokens; return whether it held an equality."""
        end = row[0].start_pos or 0 if row else 0
        found = self.pairs(row)
        if found:
            return True
        for clause in clauses(row):
            label = self.text.words(end, (clause.sides[0] or clause.relations)[0].start_pos or 0)
            if "→" in clause.relations:
                found |= self.arrow(clause, label) or self.parted(clause, label)
            elif "←" not in clause.relations[1:]:
                found |= self.clause(clause, label, not found)
            last = clause.sides[-1] or clause.relations
            end = last[-1].end_pos or 0
        return found

    def pairs(self, row: Sequence[Token]) -> bool:
        """Read `x1, x2 = 1, 2` as two equalities; return whether the row is such a one."""
        parts: list[list[Token]] = [[]]
        for piece in row:
            if piece.type in ("BREAK", "RELATION"):
                parts.append([])
            else:
                parts[-1].append(piece)
        count = len(parts) // 2
        seams = [str(piece) for piece in row if piece.type in ("BREAK", "RELATION")]
        commas = [","] * (count - 1)
        if count < 2 or len(parts) % 2 or [*commas, *seams[count - 1 : count], *commas] != seams:
            return False
        links = [self.whole(part, "=") if part else None for part in parts]
        names, values = links[:count], links[count:]
        if not all(link and is_name(link.tree) for link in names):
            return False
        if not all(link and is_value(link.tree) for link in values):
            return False
        self.close()
        for name, value in zip(names, values, strict=True):
            if name and value:
                self.chains.append(Chain((replace(name, relation=""), value)))
        return True

    # --- equalities ------------------------------------------------------------------------------

    def clause(self, clause: Clause, label: str, leads: bool) -> bool:
        """Read a clause whose sides are equal."""
        if clause.sides[0]:
            self.close()
            self.open = Open(self.begun(clause), label)
        elif self.open is None or (leads and not clause.first) or clause.is_of_a_noun:
            self.close()
            if not clause.sides[-1]:
                return False
            noun = noun_before(clause.before)
            words = noun or clause.before[-1:]
            first = self.problem(words, "", "no name stands before the equality")
            if noun:
                first = self.link(noun, "", Variable(names.written(noun[0].lower())))
            self.open = Open([first], "")
            if not words or words[0].type != "WORD":
                return False
        sign = assigning(clause)
        listed = is_list(clause)
        for place, relation in enumerate(clause.relations, start=1):
            side = clause.sides[place]
            if place == len(clause.relations):
                self.last(side, str(relation), clause)
            else:
                self.middle(side, str(relation), listed)
        if sign:
            self.step(sign)
        return True

    def step(self, sign: str) -> None:
        """Write the chain of `w -= …` as that of `w = w - …`."""
        assert self.open is not None
        first, *others = self.open.links
        if others and first.tree is not None and others[0].tree is not None:
            step = -others[0].tree if sign == "MINUS" else others[0].tree
            others[0] = replace(others[0], tree=first.tree + step)
        self.open.links = [first, *others]

    def add(self, link: Link) -> None:
        """Add a link to the chain that is being read."""
        assert self.open is not None
        self.open.links.append(link)

    def problem(self, side: Sequence[Token], relation: str, sentence: str) -> Link:
        """Return a link that was not understood."""
        line = self.text.line(side[0]) if side else 1
        return Link(relation, self.text.written(side), line, None, sentence)

    def link(self, side: Sequence[Token], relation: str, tree: Expression) -> Link:
        """Return a link that was understood."""
        relation = "=" if relation in "←→" and relation else relation
        return Link(relation, self.text.written(side), self.text.line(side[0]), tree)

    def whole(self, side: Sequence[Token], relation: str) -> Link:
        """Return a side that is a formula from end to end, or was not understood."""
        try:
            return self.link(side, relation, formula(side))
        except NotAFormula as error:
            return self.problem(side, relation, str(error))

    def first(self, clause: Clause) -> Link:
        """Return the link of the first side: the longest end of it that is a formula."""
        side = clause.sides[0][:-1] if assigning(clause) else clause.sides[0]
        found = longest(side, lambda tokens, count: tokens[count:], TRIES)
        if found is None or torn(side[: len(side) - len(found[1])], found[1]):
            return self.whole(side, "")
        noun = noun_of(clause.before)
        if noun == "slope":
            return self.link(found[1], "", as_slope(found[0]))
        if noun:
            return self.problem([*clause.before[-2:], *found[1]], "", f"the {noun} of it is meant")
        link = self.link(found[1], "", found[0])
        if clause.relations[0] == "←":
            return replace(link, tree=as_new(found[0]))
        return link

    def begun(self, clause: Clause) -> list[Link]:
        """Return the links that a chain begins with: `w₁: 0.5 - 0.1·0.2` is the update of w₁.

        That it is where w₁ was 0.5 before.
        """
        first = self.first(clause)
        of = longest(name_before(clause.before), lambda tokens, count: tokens[count:], TRIES)
        match first.tree:
            case Sum((start, *_)) if of is not None and is_name(of[0]) and is_value(start):
                if any(
                    chain.links[0].tree == of[0] and is_same(chain, start) for chain in self.chains
                ):
                    return [self.link(of[1], "", as_new(of[0])), replace(first, relation="=")]
        return [first]

    def middle(self, side: Sequence[Token], relation: str, listed: bool) -> None:
        """Add a side between two equality signs; it may end one chain and begin another."""
        link = self.whole(side, relation) if side else None
        if link is None:
            return
        halves = self.halves(side) if listed or link.tree is None else None
        if halves is None:
            self.add(link)
            return
        value, name = halves
        self.add(self.whole(value, relation))
        self.close()
        self.open = Open([self.whole(name, "")], "")

    def halves(self, side: Sequence[Token]) -> tuple[Sequence[Token], Sequence[Token]] | None:
        """Return a side as the value that ends a chain and the name that begins the next."""
        for place in range(len(side) - 1, 0, -1):
            if side[place].type not in NAME_STARTS or not apart(side[place - 1], side[place]):
                continue
            value, name = side[:place], side[place:]
            if value[-1].type == "TIMES":
                value = value[:-1]
            if self.whole(value, "").tree is not None and is_name(self.whole(name, "").tree):
                return value, name
        return None

    def last(self, side: Sequence[Token], relation: str, clause: Clause) -> None:
        """Add the last side; where only words follow, there is none, or one that was not read."""
        if not side:
            words = clause.words_after
            if any(piece.type in OPERATORS | {"NUMBER"} for piece in words):
                self.add(self.problem(words, relation, "words stand where a formula should"))
            return
        self.add(self.whole(side, relation))

    # --- arrows ----------------------------------------------------------------------------------

    def arrow(self, clause: Clause, label: str) -> bool:
        """Read `w₁: 0.500 → 0.502` as two chains; other arrows are drawings or prose."""
        place = [str(relation) for relation in clause.relations].index("→")
        before: Sequence[Token] = clause.sides[place]
        after = clause.sides[place + 1]
        subject = clause.sides[0] if place else name_before(clause.before)
        name = longest(subject, lambda tokens, count: tokens[count:], TRIES)
        if not place and name is None and len(before) > 1:
            name, before = self.name_and_value(before)
        values = [self.whole(side, "=") for side in (before, after)]
        if name is None or any(not is_value(link.tree) for link in values):
            return False
        self.close()
        for tree, link in zip((name[0], as_new(name[0])), values, strict=True):
            first = replace(self.link(name[1], "", tree), line=link.line)
            self.chains.append(Chain((first, link), label))
        return True

    def parted(self, clause: Clause, label: str) -> bool:
        """Read `w → w - …` as an update, and `x = 2 → y = 3` as two equalities."""
        name, second = self.whole(clause.sides[0], "").tree, self.whole(clause.sides[1], "").tree
        if clause.relations[0] == "→" and isinstance(second, Sum) and second.terms[0] == name:
            return self.clause(clause, label, True)
        found = False
        for part in parts_at_arrows(clause):
            found |= self.clause(part, label, not found)
        return found

    def name_and_value(
        self, side: Sequence[Token]
    ) -> tuple[tuple[Expression, Sequence[Token]] | None, Sequence[Token]]:
        """Return `w₁ 0.5` as the name and the value."""
        for place in range(1, len(side)):
            tree = self.whole(side[:place], "").tree
            if tree is not None and is_name(tree) and is_value(self.whole(side[place:], "").tree):
                return (tree, side[:place]), side[place:]
        return None, side
