"""Units whose formulas a solution does not show: their numbers alone tell what they are.

Comes in: a `Reader` with the units found so far. Goes out: units and net inputs with the values
that the solution prints: h = 0.7503 after z_h = 1.1, and 1.1 itself where w₁x₁ + w₂x₂ is just that.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import exp, isfinite
from typing import TYPE_CHECKING

from clearprop.checking.evidence import VALUE, fits
from clearprop.checking.keys import Key
from clearprop.checking.kinds import OF_UNITS, kind, may_be_bias, may_be_weight
from clearprop.checking.numerals import has_many_digits, has_names, is_close, number_of
from clearprop.checking.rules import OWN, activated, fitting_rule, value_at
from clearprop.checking.solution import Numeral, Written, names_and_numerals
from clearprop.checking.structure import Net, Unit, in_order
from clearprop.formulas.expressions import Expression, Variable, replace

if TYPE_CHECKING:
    from clearprop.checking.units import Reader

ABOUT = 0.02  # how far a printed activation may be from the one of the printed net input
CURVED = ("sigmoid", "tanh", "softplus", "silu", "gelu")  # whose value tells which they are
MOST_NUMERALS = 5  # in a formula whose net input is looked for
NET = Variable(Written("z", "z"))


def unit(reader: Reader, name: Key, tree: Expression, known: Mapping[Key, Unit]) -> Unit | None:
    """Return the unit of a formula in numbers that is an activation of a net input's number.

    In 1 / (1 + e^-1) the numbers themselves do not tell which of them is the net input.
    """
    is_formula = not has_names(tree) and number_of(tree) is None
    value = value_at(tree, {}) if is_formula else None
    if value is None:
        return None
    for z, net in reversed(reader.net_values.items()):
        for rule in CURVED:
            exact = activated(rule, z)
            if exact is not None and is_close(value, exact):
                return Unit(name, reader.nets[net], rule)
    return of_open_net(reader, name, tree, known)


def of_open_net(
    reader: Reader, name: Key, tree: Expression, known: Mapping[Key, Unit]
) -> Unit | None:
    """Return the unit of a formula such as max(0, 0.6), whose net input has no name: it is 0.6."""
    texts = dict.fromkeys(n.text for n in names_and_numerals(tree) if isinstance(n, Numeral))
    for text in texts if len(texts) <= MOST_NUMERALS else ():
        for sign, z in ((1, NET), (-1, -NET)):
            found = net(reader, None, text if sign > 0 else f"-{text}", known)
            rule = fitting_rule(put(tree, text, z)) if found else None
            if found and rule and rule != "identity":
                return Unit(name, found, rule)
    return None


def put(tree: Expression, text: str, z: Expression) -> Expression:
    """Return a formula with a net input for one of its numbers."""
    return replace(
        tree,
        lambda node: z if isinstance(node, Variable) and node.name == Numeral(text) else None,
    )


# --- activations ---------------------------------------------------------------------------------


def add_units(reader: Reader, units: dict[Key, Unit]) -> None:
    """Add the activations that are stated without a formula: out_h2 = 0.5969, after net_h2.

    Where no activation gives the number, it is the one that is said in words.
    """
    said = reader.statements.activations
    rules = {unit.activation for unit in units.values() if unit.net.name} - {OWN}
    rules |= set(said.values()) - {"identity"}
    values = {name: z for z, name in reader.net_values.items() if name in open_nets(reader, units)}

    def add(name: Key, key: Key, of_place: str | None) -> None:
        printed = reader.printed[key]
        rule = fitting(sorted(rules), name, values, printed) or of_place
        if rule is None and not has_passed_on(values.get(name), printed):
            rule = said.get("")
        if rule:
            units[key] = Unit(key, reader.nets[name], rule)

    for name in open_nets(reader, units):
        for key in reader.printed:
            if key not in units and key not in reader.nets and goes_with(key, name):
                add(name, key, None)
    for name, key in list(outputs(reader, units)):
        add(name, key, said.get("output"))


def open_nets(reader: Reader, units: Mapping[Key, Unit]) -> list[Key]:
    """Return the net inputs whose activations are not known."""
    taken = {unit.net.name for unit in units.values()}
    return [name for name in reader.nets if name not in taken]


def outputs(reader: Reader, units: Mapping[Key, Unit]) -> Iterator[tuple[Key, Key]]:
    """Yield the last net inputs, each with the output that it must be of: ŷ after z_out."""
    nets = [*reader.nets.values(), *(unit.net for unit in units.values())]
    sources = {source for net in nets for _, source in net.products}
    last = [name for name in open_nets(reader, units) if name not in sources]
    found = [key for key in reader.printed if kind(key) == "output" and key not in sources]
    found = [key for key in found if key not in units and key not in reader.nets]
    found = [key for key in found if last and key[3] == last[0][3]]
    if len(last) == len(found):
        yield from zip(in_order(last), in_order(found), strict=True)


def fitting(
    rules: Sequence[str], net: Key, values: Mapping[Key, float], printed: Sequence[float]
) -> str | None:
    """Return the rule that makes a printed number of a net input's, None without one."""
    for rule in rules:
        numbers = results(rule, net, values)
        if any(abs(v - p) <= ABOUT * abs(v) for v in numbers for p in printed):
            return rule
    return None


def has_passed_on(net: float | None, printed: Sequence[float]) -> bool:
    """Return whether a unit has the very number of its net input."""
    return net is not None and any(is_close(net, number) for number in printed)


def goes_with(key: Key, net: Key) -> bool:
    """Return whether a name can be the activation of a net input: a₁ of z₁, h of z_h."""
    if kind(key) not in OF_UNITS or key[3] != net[3]:
        return False
    return key[1:] == net[1:] or key[0] + "".join(key[1]) == "".join(net[1])


def results(rule: str, name: Key, values: Mapping[Key, float]) -> list[float]:
    """Return what an activation makes of a net input, beside others where it is a softmax."""
    if name not in values:
        return []
    if rule == "softmax":
        top = max(values.values())
        parts = {key: exp(z - top) for key, z in values.items()}
        return [parts[name] / sum(parts.values())] if len(parts) > 1 else []
    exact = activated(rule, values[name])
    return [] if exact is None else [exact]


# --- net inputs ----------------------------------------------------------------------------------


def add_nets(reader: Reader, units: Mapping[Key, Unit]) -> bool:
    """Add the net inputs that are stated as numbers; return whether there are more now."""
    before = len(reader.nets)
    nets = [*reader.nets.values(), *(unit.net for unit in units.values())]
    of_weights = {weight[0] for net in nets for weight, _ in net.products}  # V and u may be either
    for key, printed in reader.printed.items():
        is_new = kind(key) == "net" and key not in reader.nets and key not in units
        is_new = is_new and key[0] not in of_weights
        is_stated = is_new and key in reader.stated and len(printed) == 1
        if is_stated and (found := net(reader, key, repr(printed[0]), units)):
            reader.nets[key] = found
    return len(reader.nets) > before


def net(
    reader: Reader, name: Key | None, digits: str | None, known: Mapping[Key, Unit]
) -> Net | None:
    """Return the net input of a whole layer that has a number, by weights that no other one has."""
    if digits is None:
        return None
    nets = [*reader.nets.values(), *(unit.net for unit in known.values())]
    taken = {weight for net in nets for weight, _ in net.products}
    taken |= {net.bias for net in nets if net.bias is not None}
    free = [key for key in reader.stated if key not in taken]
    weights = in_order([key for key in free if may_be_weight(key) and not may_be_bias(key)])
    biases = [key for key in free if may_be_bias(key)]
    for below in layers(reader, nets, known):
        for row in runs(weights, len(below)):
            pairs = tuple(zip(row, below, strict=True))
            total = sum(reader.stated[weight] * below[source] for weight, source in pairs)
            for bias in (None, *biases):
                if is_surely(digits, total + (reader.stated[bias] if bias else 0.0)):
                    reader.by_number = True
                    return Net(name, pairs, bias)
    return None


def layers(
    reader: Reader, nets: Sequence[Net], known: Mapping[Key, Unit]
) -> Iterator[Mapping[Key, float]]:
    """Yield the layers that a net input can be of, with their values: inputs, the last units."""
    inputs = in_order([key for key in reader.stated if kind(key) == "input"])
    if inputs:
        yield {key: reader.stated[key] for key in inputs}
    sources = {source for net in nets for _, source in net.products}
    last = in_order([key for key in known if key not in sources and reader.printed.get(key)])
    if last:
        yield {key: reader.printed[key][-1] for key in last}


def is_surely(digits: str, value: float) -> bool:
    """Return whether a number is a value exactly, or rounded to so many digits that no other is."""
    if not isfinite(float(digits)):
        return False
    rounded = has_many_digits(digits) and fits(digits, value) >= VALUE
    return rounded or is_close(float(digits), value)


def runs(keys: Sequence[Key], length: int) -> Iterator[Sequence[Key]]:
    """Yield all stretches of a list that have a length, and one number above all their names."""
    for start in range(len(keys) - length + 1):
        if len({key[2] for key in keys[start : start + length]}) == 1:
            yield keys[start : start + length]
