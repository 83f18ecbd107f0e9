"""The units in a solution's own formulas: which is computed from which, and by what rule.

Comes in: a solution. Goes out: its `Structure`. A net input is a sum of products of two names, an
activation a function of one net input.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from clearprop.checking.keys import Key, key_of
from clearprop.checking.letters import LETTERS
from clearprop.checking.numerals import number_of, values_of
from clearprop.checking.rules import activation_name, fitting_rule, is_softmax, written_names
from clearprop.checking.solution import Chain, Numeral, Solution, Written
from clearprop.checking.structure import Net, Structure, Unit, layered
from clearprop.formulas.expressions import (
    Call,
    Expression,
    Negative,
    Product,
    Sum,
    Variable,
    replace,
)

DEEPEST = 8  # definitions put into definitions
OF_UNITS = {"net", "unit", "hidden", "output"}  # what a letter must be able to mean


@dataclass
class Reader:
    """Finds the units in a solution's formulas."""

    solution: Solution
    nets: dict[Key, Net] = field(default_factory=dict)
    numbers: dict[Key, float] = field(default_factory=dict)  # of weights without a name

    @cached_property
    def definitions(self) -> dict[Key, list[Expression]]:
        """The formulas in names that each name is given, in order."""
        found: dict[Key, list[Expression]] = {}
        for chain in self.solution.chains:
            subject = subject_of(chain)
            if subject is None or subject.new:
                continue
            for link in chain.links[1:]:
                if link.tree is not None and any(written_names(link.tree)):
                    found.setdefault(key_of(subject), []).append(link.tree)
        return found

    @cached_property
    def examples(self) -> tuple[int | None, ...]:
        """The examples that are worked, by the numbers after @; None alone where there are none."""
        found = {key[3] for key in self.definitions if key[3] is not None}
        return tuple(sorted(found)) or (None,)

    def structure(self) -> Structure | None:
        """Return the network, None where the formulas do not make one."""
        first = self.examples[0]
        for key, trees in self.definitions.items():
            if key[3] in (None, first) and may_be_of_unit(key) and not is_called(trees):
                for tree in trees:
                    if net := self.net(key, tree):
                        self.nets.setdefault(key, net)
        units = self.units(first)
        return layered(units, self.examples) if units else None

    def units(self, example: int | None) -> dict[Key, Unit]:
        """Return the units by the name of their activation."""
        found: dict[Key, Unit] = {}
        in_numbers = self.in_numbers
        for key in dict.fromkeys((*self.definitions, *in_numbers)):
            if key[3] in (None, example) and key not in self.nets and may_be_of_unit(key):
                trees = [*self.definitions.get(key, []), *map(self.lifted, in_numbers.get(key, []))]
                units = (self.unit(key, tree) for tree in trees)
                if unit := next((unit for unit in units if unit), None):
                    found[key] = unit
        taken = {unit.net.name for unit in found.values()}
        for key, net in self.nets.items():  # a net input that goes on as it is
            if key not in taken:
                found[key] = Unit(key, net, "identity")
        return found

    @property
    def in_numbers(self) -> dict[Key, list[Expression]]:
        """The formulas in numbers alone that each name is given."""
        found: dict[Key, list[Expression]] = {}
        for chain in self.solution.chains:
            subject = subject_of(chain)
            if subject is not None and not subject.new:
                trees = [link.tree for link in chain.links[1:] if link.tree is not None]
                alone = [t for t in trees if not any(written_names(t)) and number_of(t) is None]
                found.setdefault(key_of(subject), []).extend(alone)
        return found

    # --- one formula -----------------------------------------------------------------------------

    def net(self, name: Key | None, tree: Expression) -> Net | None:
        """Return the net input that a formula is, None where it is another formula."""
        terms = tree.terms if isinstance(tree, Sum) else (tree,)
        products, biases = [], []
        for term in terms:
            sign, keys = self.term(term)
            if len(keys) == 2 and (sign > 0 or "#" in keys[0][2]):
                products.append(self.with_weight_first((keys[0], keys[1])))
            elif len(keys) == 1 and len(terms) > 1:
                biases.append((keys[0], sign < 0 and "#" not in keys[0][2]))
            else:
                return None
        if not products or len(biases) > 1:
            return None
        bias, threshold = biases[0] if biases else (None, False)
        return Net(name, tuple(products), bias, threshold)

    def term(self, term: Expression) -> tuple[int, list[Key]]:
        """Return the sign and the names of a term; a number stands for a weight without a name."""
        sign = -1 if isinstance(term, Negative) else 1
        inner = term.operand if isinstance(term, Negative) else term
        keys: list[Key] = []
        for factor in inner.factors if isinstance(inner, Product) else (inner,):
            negative = isinstance(factor, Negative)
            match factor.operand if isinstance(factor, Negative) else factor:
                case Variable(Numeral(text)) if abs(float(text)) == 1 and isinstance(
                    inner, Product
                ):
                    sign = -sign if negative else sign
                case Variable(Numeral(text)):
                    keys.insert(0, self.unnamed(float(text) * (-sign if negative else sign)))
                case Variable(Written() as name) if not name.new and not negative:
                    keys.append(key_of(name))
                case _:
                    return sign, []
        return sign, keys

    def unnamed(self, value: float) -> Key:
        """Return a key for a weight that stands there as a number."""
        key = ("", (repr(value),), f"#{len(self.numbers)}", None)
        self.numbers[key] = value
        return key

    def with_weight_first(self, pair: tuple[Key, Key]) -> tuple[Key, Key]:
        """Return the weight and the source of a product, by their letters."""
        first, second = pair
        return pair if weightiness(first) >= weightiness(second) else (second, first)

    def unit(self, name: Key, tree: Expression) -> Unit | None:
        """Return the unit whose activation a formula is."""
        if isinstance(tree, Call) and len(tree.arguments) == 1:
            rule = activation_name(tree.function)
            argument = tree.arguments[0]
            if rule and not any(written_names(argument)):
                argument = self.lifted(argument)
            if rule and isinstance(argument, Variable) and isinstance(argument.name, Written):
                net = self.nets.get(key_of(argument.name))
                return Unit(name, net, rule) if net else None
            if rule and (net := self.net(None, argument)):
                return Unit(name, net, rule)
        return self.unit_by_values(name, tree)

    @cached_property
    def net_values(self) -> dict[float, Key]:
        """The net inputs by the number that the solution has for them."""
        found: dict[float, Key] = {}
        for chain in self.solution.chains:
            subject = subject_of(chain)
            if subject is not None and key_of(subject) in self.nets:
                found |= {float(text): key_of(subject) for text in values_of(chain)}
        return found

    def lifted(self, tree: Expression) -> Expression:
        """Return a formula in numbers with net inputs for the numbers that are theirs."""

        def change(node: Expression) -> Expression | None:
            match node:
                case Negative(Variable(Numeral() as numeral)) if -numeral.value in self.net_values:
                    return written(self.net_values[-numeral.value])
                case Variable(Numeral() as numeral) if numeral.value in self.net_values:
                    return written(self.net_values[numeral.value])
            return None

        return replace(tree, change)

    def unit_by_values(self, name: Key, tree: Expression) -> Unit | None:
        """Return the unit of a formula spelled out, such as 1 / (1 + e^-z), or e^z over a sum."""
        expanded = self.expanded(tree)
        keys = list(dict.fromkeys(map(key_of, written_names(expanded))))
        if not keys or any(key not in self.nets for key in keys):
            return None
        if len(keys) == 1:
            rule = fitting_rule(expanded)
            return Unit(name, self.nets[keys[0]], rule) if rule else None
        for key in keys:
            if is_softmax(expanded, keys, key):
                return Unit(name, self.nets[key], "softmax")
        return None

    def expanded(self, tree: Expression, depth: int = 0) -> Expression:
        """Return a formula with definitions put in until only net inputs are left."""

        def change(node: Expression) -> Expression | None:
            match node:
                case Variable(Written() as name) if key_of(name) not in self.nets:
                    trees = self.definitions.get(key_of(name), [])
                    if trees and depth < DEEPEST:
                        return self.expanded(trees[0], depth + 1)
            return None

        return replace(tree, change)


def subject_of(chain: Chain) -> Written | None:
    """Return the name that a chain begins with."""
    tree = chain.links[0].tree
    match tree:
        case Variable(Written() as name):
            return name
    return None


def written(key: Key) -> Expression:
    """Return a name of its key."""
    letter, subscripts, superscript, example = key
    text = letter + ",".join(subscripts)
    return Variable(Written(text, letter, subscripts, superscript, example=example))


def is_called(trees: list[Expression]) -> bool:
    """Return whether one of a name's formulas is an activation by name: SiLU(z) = z × g."""
    return any(isinstance(tree, Call) and activation_name(tree.function) for tree in trees)


def may_be_of_unit(key: Key) -> bool:
    """Return whether a letter can stand for what a unit computes; an unknown one can."""
    return key[0] not in LETTERS or bool(OF_UNITS & set(LETTERS[key[0]]))


def weightiness(key: Key) -> float:
    """Return how much a letter speaks for a weight, against an input or a unit."""
    if "#" in key[2]:
        return 9.0
    fit = LETTERS.get(key[0], {})
    source = max((fit.get(kind, 0.0) for kind in ("input", "unit", "hidden", "output")), default=0)
    return fit.get("weight", 0.0) - source
