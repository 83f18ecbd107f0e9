"""The units in a solution's own formulas: which is computed from which, and by what rule.

Comes in: a solution. Goes out: its `Structure`. A net input is a sum of products of two names, an
activation a function of one net input.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from dataclasses import replace as replace_fields
from functools import cached_property

from clearprop.checking import by_value
from clearprop.checking.keys import Key, key_of, without_bar
from clearprop.checking.kinds import (
    OF_UNITS,
    fit_of,
    is_input,
    kind,
    may_be_bias,
    may_be_of_unit,
    may_be_weight,
    weightiness,
)
from clearprop.checking.numerals import is_close, number_of, values_of
from clearprop.checking.put_in import PutIn
from clearprop.checking.rules import (
    activation_name,
    as_leaky,
    fitting_rule,
    is_softmax,
    value_at,
    written_names,
)
from clearprop.checking.solution import Chain, Numeral, Solution, Written
from clearprop.checking.statements import Statements
from clearprop.checking.structure import Net, Structure, Unit, layered, worked_examples
from clearprop.formulas.expressions import (
    Call,
    Expression,
    Negative,
    Product,
    Sum,
    Variable,
    replace,
)

ANY = re.compile(r"[ijklmn]([+-]1)?")  # an index that stands for any number
DEEPEST = 8  # definitions put into definitions


@dataclass
class Reader:
    """Finds the units in a solution's formulas; none where an activation is not in our tables."""

    solution: Solution
    nets: dict[Key, Net] = field(default_factory=dict)
    numbers: dict[Key, float] = field(default_factory=dict)  # of weights without a name
    net_values: dict[float, Key] = field(default_factory=dict)
    by_number: bool = False  # whether a net input was told by its number alone

    @cached_property
    def statements(self) -> Statements:
        """What the solution says in words."""
        return Statements(self.solution.lines)

    @cached_property
    def definitions(self) -> dict[Key, list[Expression]]:
        """The formulas in names that each name is given, in order."""
        found: dict[Key, list[Expression]] = {}
        for chain in self.solution.chains:
            subject = subject_of(chain)
            if subject is None or subject.new or self.is_of_any(key_of(subject)):
                continue
            for link in chain.links[1:]:
                if link.tree is not None and any(written_names(link.tree)):
                    tree = as_leaky(link.tree, self.statements.leaky_slope)
                    found.setdefault(key_of(subject), []).append(tree)
        return found

    def is_of_any(self, key: Key) -> bool:
        """Return whether a name stands for each of several: a_i where a_1 has a number."""
        marks = "".join(key[1])
        return (
            bool(ANY.fullmatch(marks))
            and not self.printed.get(key)
            and any(other[0] == key[0] and "".join(other[1]).isdecimal() for other in self.printed)
        )

    @cached_property
    def examples(self) -> tuple[int | None, ...]:
        """The examples that are worked, by the numbers after @; None alone where there are none."""
        return worked_examples(self.definitions, filter(is_input, self.stated)) or (None,)

    def structure(self) -> Structure | None:
        """Return the network, None where the formulas do not make one."""
        if "" in self.functions.values():
            return None
        first = self.examples[0]
        for key, trees in self.definitions.items():
            if key[3] in (None, first) and self.may_be_of_unit(key) and not is_called(trees):
                for tree in trees:
                    if net := self.net(key, tree):
                        self.nets.setdefault(key, net)
        self.add_put_in({}, first)
        units = self.units(first)
        while self.add_put_in(units, first) or by_value.add_nets(self, units):
            units = self.units(first)
        if self.by_number and self.left_over(units):
            return None
        return layered(self.with_biases(units), self.examples) if units else None

    def left_over(self, units: Mapping[Key, Unit]) -> list[Key]:
        """Return the stated weights and units that are not among these: it is another network."""
        used = {key for unit in units.values() for key, _ in unit.net.products}
        used |= {unit.net.bias for unit in units.values() if unit.net.bias is not None}
        numbers = [*self.numbers.values(), *(self.stated[key] for key in used & {*self.stated})]
        sources = {source for unit in units.values() for _, source in unit.net.products}
        known = {*units, *self.nets, *sources}
        left = [key for key in self.stated if may_be_weight(key) and key not in used | known]
        others = [key for key in self.stated if kind(key) in OF_UNITS - {"net"}]
        unread = [key for key in others if key not in known]
        return [key for key in left if self.stated[key] not in numbers] + unread

    def with_biases(self, units: Mapping[Key, Unit]) -> dict[Key, Unit]:
        """Return units with the one stated bias that is left where one of a layer lacks its own."""
        nets = [unit.net for unit in units.values()]
        used = {net.bias for net in nets} | {weight for net in nets for weight, _ in net.products}
        left = [key for key in self.stated if may_be_bias(key) and key not in used]
        without = [key for key, unit in units.items() if unit.net.bias is None]
        if len(left) != 1 or len(without) != 1:
            return dict(units)
        unit = units[without[0]]
        net = replace_fields(unit.net, bias=left[0])
        return {**units, without[0]: replace_fields(unit, net=net)}

    def add_put_in(self, units: Mapping[Key, Unit], example: int | None) -> bool:
        """Add the net inputs that are written in numbers alone; return whether there are more."""
        before, known = len(self.nets), set(self.nets) | set(units)
        put_in = self.put_in(units, example)
        for key, trees in self.in_numbers.items():
            if key[3] in (None, example) and key not in known and OF_UNITS & set(fit_of(key)):
                nets = (put_in.net(key, tree) for tree in trees)
                if net := next((net for net in nets if net), None):
                    self.nets[key] = net
                    put_in = self.put_in(units, example)
        return len(self.nets) > before

    def put_in(self, units: Mapping[Key, Unit], example: int | None) -> PutIn:
        """Return the names for numbers, by what is stated and by the units found so far."""
        nets = [*self.nets.values(), *(unit.net for unit in units.values())]
        below = {source for net in nets for _, source in net.products} | set(units)
        sources = {
            key: numbers
            for key, numbers in self.printed.items()
            if key[3] in (None, example) and (key in below or key in self.inputs)
        }
        return PutIn(self.stated, sources, nets)

    @cached_property
    def inputs(self) -> set[Key]:
        """The names that can be inputs: by their letter, else those that can be no parameter."""
        by_letter = {key for key in self.printed if is_input(key)}
        parameters = ("weight", "bias", "rate", "net", "loss", "delta")
        return by_letter or {key for key in self.stated if kind(key) not in parameters}

    @cached_property
    def printed(self) -> dict[Key, list[float]]:
        """The numbers that the chains of each name come to."""
        found: dict[Key, list[float]] = {}
        for chain in self.solution.chains:
            subject = subject_of(chain)
            if subject is not None and not subject.new:
                found.setdefault(key_of(subject), []).extend(map(float, values_of(chain)))
        return found

    @cached_property
    def stated(self) -> dict[Key, float]:
        """The numbers that names are given without a formula."""
        found: dict[Key, float] = {}
        for chain in self.solution.chains:
            subject = subject_of(chain)
            if subject is not None and not subject.new and len(chain.links) == 2:
                for text in values_of(chain):
                    found.setdefault(key_of(subject), float(text))
        return found

    def lacks(self, names: Container[Key], numbers: Sequence[float]) -> bool:
        """Return whether a network with these parameters lacks a stated one, and so is another."""
        return any(
            value and not any(is_close(abs(value), abs(number)) for number in numbers)
            for key, value in self.stated.items()
            if kind(key) in ("weight", "bias") and key not in names
        )

    def units(self, example: int | None) -> dict[Key, Unit]:
        """Return the units by the name of their activation."""
        found: dict[Key, Unit] = {}
        self.net_values = self.values_of_nets()
        in_numbers = self.in_numbers
        for key in dict.fromkeys((*self.definitions, *in_numbers)):
            if key[3] in (None, example) and key not in self.nets and self.may_be_of_unit(key):
                alone = in_numbers.get(key, [])
                trees = [*self.definitions.get(key, []), *map(self.lifted, alone), *alone]
                units = (self.unit(key, tree, found) for tree in trees)
                if unit := next((unit for unit in units if unit), None):
                    found[key] = unit
        by_value.add_units(self, found)
        taken = {unit.net.name for unit in found.values()}
        for key, net in self.nets.items():  # a net input that goes on as it is
            if key not in taken:
                found[key] = Unit(key, net, "identity")
        return found

    def may_be_of_unit(self, key: Key) -> bool:
        """Return whether a name can be of what a unit computes: no slope h̄ beside h."""
        return without_bar(key[0], self.printed) is None and may_be_of_unit(key)

    @cached_property
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
        terms = list(terms_of(tree))
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

    def unit(
        self, name: Key, tree: Expression, known: Mapping[Key, Unit] | None = None
    ) -> Unit | None:
        """Return the unit whose activation a formula is."""
        tree = as_leaky(tree, self.statements.leaky_slope)
        if isinstance(tree, Call) and len(tree.arguments) == 1:
            rule = self.functions.get(tree.function) or activation_name(tree.function)
            argument = tree.arguments[0]
            if rule and not any(written_names(argument)):
                argument = self.lifted(argument)
            if rule and not any(written_names(argument)):
                put_in = self.put_in(known or {}, name[3])
                net = put_in.net(None, argument) or by_value.net(
                    self, None, number_of(argument), known or {}
                )
                return Unit(name, net, rule) if net else None
            if rule and isinstance(argument, Variable) and isinstance(argument.name, Written):
                net = self.nets.get(key_of(argument.name))
                return Unit(name, net, rule) if net else None
            if rule and (net := self.net(None, argument)):
                return Unit(name, net, rule)
        return self.unit_by_values(name, tree) or by_value.unit(self, name, tree, known or {})

    @cached_property
    def functions(self) -> dict[str, str]:
        """The activations that functions are defined to be: f(x) = max(0, x); "" for another."""
        found: dict[str, str] = {}
        for chain in self.solution.chains:
            match chain.links[0].tree:
                case Call(function, (Variable(Written() as z),)) if activation_name(function):
                    trees = [link.tree for link in chain.links[1:] if link.tree is not None]
                    own = [tree for tree in trees if set(written_names(tree)) == {z}]
                    for tree in own:
                        if value_at(tree, {key_of(z): 1.0}) is not None:
                            found.setdefault(function, fitting_rule(tree) or "")
        return found

    def values_of_nets(self) -> dict[float, Key]:
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
                case Variable(Numeral() as numeral) if -numeral.value in self.net_values:
                    return -written(self.net_values[-numeral.value])
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


def terms_of(tree: Expression) -> Iterator[Expression]:
    """Yield the terms of a sum, those of a sum in it too: (w₁x₁ + w₂x₂) + b of a vector's entry."""
    match tree:
        case Sum(terms):
            for term in terms:
                yield from terms_of(term)
        case _:
            yield tree


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
