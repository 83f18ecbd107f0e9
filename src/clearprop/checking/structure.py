"""The network that a solution's own formulas describe: which unit is computed from which.

Comes in: a solution. Goes out: a `Structure`: the names of inputs, weights, biases, net inputs,
activations and targets, layer by layer, or None where the formulas do not make a network. A net
input is a sum of products of two names, an activation a function of one net input.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial

from clearprop.checking.interpretation import ANY_ACTIVATION, FUNCTIONS, Interpreter, NotKnown
from clearprop.checking.letters import LETTERS
from clearprop.checking.names import Key, key_of, number_of, values_of
from clearprop.checking.solution import Chain, Numeral, Solution, Written
from clearprop.errors import ClearpropError
from clearprop.formulas.activations import ACTIVATIONS
from clearprop.formulas.arithmetic import FLOATS, evaluate
from clearprop.formulas.constants import DEFAULTS
from clearprop.formulas.expressions import (
    Call,
    Expression,
    Negative,
    Number,
    OverUnits,
    Product,
    Sum,
    Variable,
    replace,
    total,
    variables,
)
from clearprop.formulas.losses import LOSSES

SAMPLES = (-1.3, 0.4, 2.1)  # where a formula of one net input is compared with the activations
DEEPEST = 8  # definitions put into definitions
OF_UNITS = {"net", "unit", "hidden", "output"}  # what a letter must be able to mean


@dataclass(frozen=True)
class Net:
    """A net input as written: its name (None inside its activation), weights with sources, bias."""

    name: Key | None
    products: tuple[tuple[Key, Key], ...]  # weight, source
    bias: Key | None
    threshold: bool = False  # the bias is taken off


@dataclass(frozen=True)
class Unit:
    """A unit as written: the name of its activation, its net input, its activation function."""

    name: Key
    net: Net
    activation: str


@dataclass(frozen=True)
class Structure:
    """A network as written, layer by layer, and how often it is worked (examples)."""

    inputs: tuple[Key, ...]
    layers: tuple[tuple[Unit, ...], ...]
    examples: tuple[int | None, ...] = (None,)


def natural(key: Key) -> tuple[object, ...]:
    """Return what sorts names as people count: h2 before h10."""
    text = " ".join((*key[1], key[2]))
    parts = re.findall(r"\d+|\D+", text)
    return tuple((0, int(part), "") if part.isdigit() else (1, 0, part) for part in parts)


def in_order(keys: list[Key]) -> list[Key]:
    """Return names by their numbers where one letter numbers them all, else as they came."""
    same = len({(key[0], re.sub(r"\d+", "", " ".join(key[1]))) for key in keys}) == 1
    return sorted(keys, key=natural) if same else keys


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
                if link.tree is not None and any(names_in(link.tree)):
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
                alone = [t for t in trees if not any(names_in(t)) and number_of(t) is None]
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
            if rule and not any(names_in(argument)):
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
        keys = list(dict.fromkeys(map(key_of, names_in(expanded))))
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


# --- formulas ------------------------------------------------------------------------------------


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


def names_in(tree: Expression) -> Iterator[Written]:
    """Yield the written names of a formula."""
    return (name for name in variables(tree) if isinstance(name, Written))


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


def activation_name(function: str) -> str | None:
    """Return the activation that a function's name stands for."""
    if function in ANY_ACTIVATION:
        return "sigmoid"
    name = FUNCTIONS.get(function, function)
    return name if name in ACTIVATIONS else None


def value_at(tree: Expression, values: Mapping[Key, float]) -> float | None:
    """Return a formula's value with numbers for its names, None where it has none."""
    try:
        plain = Interpreter(lambda name: Variable(name)).tree(tree)
        known = {
            name: name.value if isinstance(name, Numeral) else values[key_of(name)]
            for name in variables(plain)
        }
        return float(evaluate(plain, known, FLOATS))
    except (NotKnown, ClearpropError, LookupError, ArithmeticError, ValueError, TypeError):
        return None


def fitting_rule(tree: Expression) -> str | None:
    """Return the activation that a formula of one name is."""
    key = key_of(next(names_in(tree)))
    found = [value_at(tree, {key: z}) for z in SAMPLES]
    interpreter = Interpreter(lambda name: None)
    for rule in ACTIVATIONS:
        if rule == "softmax":
            continue
        z = Variable("z")
        formula = interpreter.activation(rule, z, slope=False)
        wanted = [float(evaluate(formula, {"z": at}, FLOATS)) for at in SAMPLES]
        if all(v is not None and abs(v - w) < 1e-6 for v, w in zip(found, wanted, strict=True)):
            return rule
    return None


def is_softmax(tree: Expression, keys: list[Key], own: Key) -> bool:
    """Return whether a formula of several net inputs is the softmax of one of them."""
    from math import exp

    values = {key: SAMPLES[place % 3] + 0.1 * place for place, key in enumerate(keys)}
    wanted = exp(values[own]) / sum(map(exp, values.values()))
    found = value_at(tree, values)
    return found is not None and abs(found - wanted) < 1e-6


# --- layers --------------------------------------------------------------------------------------


def layered(units: dict[Key, Unit], examples: tuple[int | None, ...]) -> Structure | None:
    """Return units in layers, None where they do not make a network of full layers."""
    units = {name: with_source_known(unit, units) for name, unit in units.items()}
    units = without_parts(units)
    depths: dict[Key, int] = {}

    def depth(key: Key, open_: tuple[Key, ...] = ()) -> int:
        if key not in units or key in open_:
            return 0
        if key not in depths:
            sources = [source for _, source in units[key].net.products]
            depths[key] = 1 + max(depth(source, (*open_, key)) for source in sources)
        return depths[key]

    rows: dict[int, list[Key]] = {}
    for key in units:
        rows.setdefault(depth(key), []).append(key)
    inputs = list(
        dict.fromkeys(
            source
            for unit in units.values()
            for _, source in unit.net.products
            if source not in units
        )
    )
    below, layers = in_order(inputs), []
    for level in range(1, max(rows) + 1):
        row = [units[key] for key in in_order(rows.get(level, []))]
        for unit in row:
            if {source for _, source in unit.net.products} != set(below):
                return None
        layers.append(tuple(sorted_products(unit, below) for unit in row))
        below = [unit.name for unit in row]
    return Structure(tuple(in_order(inputs)), tuple(layers), examples)


def without_parts(units: dict[Key, Unit]) -> dict[Key, Unit]:
    """Return the units without steps inside an activation, such as the gate g of h = z × g."""
    sources = {source for unit in units.values() for _, source in unit.net.products}
    nets = [unit.net.name for unit in units.values()]
    own = {key for key in units if key in sources}
    taken = {units[key].net.name for key in own} - {None}
    return {
        key: unit
        for key, unit in units.items()
        if key in own or unit.net.name not in taken or nets.count(unit.net.name) == 1
    }


def with_source_known(unit: Unit, units: Mapping[Key, Unit]) -> Unit:
    """Return a unit with its products turned so that a unit's activation is the source."""
    pairs = tuple(
        (second, first) if first in units and second not in units else (first, second)
        for first, second in unit.net.products
    )
    net = unit.net
    return Unit(unit.name, Net(net.name, pairs, net.bias, net.threshold), unit.activation)


def sorted_products(unit: Unit, sources: list[Key]) -> Unit:
    """Return a unit with its products in the order of the layer below."""
    pairs = tuple(sorted(unit.net.products, key=lambda pair: sources.index(pair[1])))
    net = unit.net
    return Unit(unit.name, Net(net.name, pairs, net.bias, net.threshold), unit.activation)


def loss_that_fits(tree: Expression, outputs: list[Key], targets: list[Key]) -> str | None:
    """Return the loss of the table that a formula over outputs and targets is."""
    samples = [
        {key: 0.17 + 0.11 * place + 0.05 * turn for place, key in enumerate(order)}
        for turn, order in enumerate(
            ((*outputs, *targets), (*targets, *outputs), (*outputs, *targets))
        )
    ]
    for name, rule in LOSSES.items():
        constants = {"n": Number(len(outputs)), "huber_delta": Number(DEFAULTS["huber_delta"])}
        pairs = list(zip(outputs, targets, strict=True))
        formula = replace(with_constants(rule.formula, constants), partial(spelled_out, pairs))
        values = [value_at(tree, sample) for sample in samples]
        wanted = [float(evaluate(formula, sample, FLOATS)) for sample in samples]
        if all(v is not None and abs(v - w) < 1e-6 for v, w in zip(values, wanted, strict=True)):
            return name
    return None


def with_constants(tree: Expression, constants: Mapping[str, Expression]) -> Expression:
    """Return a rule with numbers for its constants."""
    return replace(
        tree, lambda node: constants.get(node.name) if isinstance(node, Variable) else None
    )


def spelled_out(pairs: list[tuple[Key, Key]], node: Expression) -> Expression | None:
    """Return a sum over the outputs term by term, over their names and the targets'."""
    if not isinstance(node, OverUnits):
        return None
    return total(put_pair(node.body, output, target) for output, target in pairs)


def put_pair(body: Expression, output: Key, target: Key) -> Expression:
    """Return a loss's term over an output's and a target's name."""
    names = {Variable("a"): Variable(output), Variable("y"): Variable(target)}
    return replace(body, lambda node: names.get(node) if isinstance(node, Variable) else None)


__all__ = ["Reader", "Structure", "Unit", "loss_that_fits", "number_of", "subject_of"]
