"""The rules of the tables as program text: for each role one function, a branch for each entry.

Comes in: the trees of `formulas`. Goes out: the text of

    activate                  a = g(z)
    through_activation        δ = ∂L/∂a · g'(z), in place
    loss_of_example           L(y, ŷ) of one row
    slope_at_outputs          ∂L/∂ŷ, or by the short form ∂L/∂z
    update_shared, update_rows    the update rules

An entry is chosen by its number in its table. F is the type of the network's numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from textwrap import indent

from clearprop.engine.trees import by_magnitude, hoisted, pairwise, shared_calls
from clearprop.formulas.activations import ACTIVATIONS, Activation
from clearprop.formulas.code import code
from clearprop.formulas.constants import CONSTANTS
from clearprop.formulas.expressions import Expression, OverUnits, Variable, replace, variables
from clearprop.formulas.losses import LOSSES, SHORT_FORMS, Loss, ShortForm
from clearprop.formulas.optimizers import OPTIMIZERS, Optimizer

LossKey = str | tuple[str, str]  # a loss, or the short form of a loss and an activation
CONSTANT_PLACES: Mapping[str, int] = {name: place for place, name in enumerate(CONSTANTS)}
LOSS_KEYS: tuple[LossKey, ...] = (*LOSSES, *SHORT_FORMS)
LOSS_CODES: Mapping[LossKey, int] = {key: number for number, key in enumerate(LOSS_KEYS)}
ACTIVATION_CODES: Mapping[str, int] = {name: number for number, name in enumerate(ACTIVATIONS)}
OPTIMIZER_CODES: Mapping[str, int] = {name: number for number, name in enumerate(OPTIMIZERS)}
DECAY = "weight_decay"


@dataclass(frozen=True)
class Writer:
    """Writes trees as statements, in strict or fast arithmetic, for float64 or float32."""

    dtype: str = "float64"
    fast: bool = False

    def number(self, value: float) -> str:
        """Return a number of a formula: a plain one would make float64 of float32."""
        return repr(float(value)) if self.dtype == "float64" else f"F({float(value)!r})"

    def expression(self, tree: Expression) -> str:
        """Return a tree as text; its variables keep their names."""
        return code(pairwise(tree), str, self.number)

    def assign(self, name: str, tree: Expression) -> list[str]:
        """Return the statements that give a name the tree's value.

        >>> from clearprop.formulas.activations import ACTIVATIONS
        >>> print(*Writer().assign("a", ACTIVATIONS["relu"].formula))
        a = (z if z > 0.0 else 0.0)
        """
        if not self.fast:
            return [f"{name} = {self.expression(tree)}"]
        calls, rest = shared_calls(by_magnitude(tree), f"{name}_part")
        shared = [f"{called} = {self.expression(call)}" for called, call in calls]
        return [*shared, f"{name} = {self.expression(rest)}"]

    def constants(self, *trees: Expression) -> list[str]:
        """Return the statements that unpack the constants of some trees."""
        used = dict.fromkeys(n for tree in trees for n in variables(tree) if n in CONSTANT_PLACES)
        return [f"{name} = F(constants[{CONSTANT_PLACES[name]}])" for name in used]

    def fold(self, name: str, over: OverUnits, count: str, before: list[str]) -> list[str]:
        """Return the loop that reduces over u, the units of a layer; `before` unpacks a unit."""
        value = self.assign("term", over.body)
        if over.reduction == "sum":
            start, join = "F(-0.0)", f"{name} = {name} + term"
        else:
            start, join = "F(-np.inf)", f"{name} = largest({name}, term)"
        return [f"{name} = {start}", f"for u in range({count}):", *inner(before, value, [join])]

    # --- activations -----------------------------------------------------------------------------

    def activate(self) -> str:
        """Return the function a = g(z)."""
        lines = ["def activate(code, z_, a_, constants):",
                 *inner(self.constants(*all_trees(ACTIVATIONS.values())))]  # fmt: skip
        for number, rule in enumerate(ACTIVATIONS.values()):
            rows = self.coupled_row(rule) if couples(rule) else self.separate_row(rule)
            lines += inner(branch(number, rule.name, rule.source))
            lines += inner(["for k in range(z_.shape[0]):", *inner(rows)], depth=2)
        return text(lines)

    def separate_row(self, rule: Activation) -> list[str]:
        """Return the statements for a row of a layer whose units do not touch each other."""
        last = [*self.assign("a", rule.formula), "a_[k, u] = a"]
        return ["for u in range(z_.shape[1]):", *inner(["z = z_[k, u]"], self.parts(rule), last)]

    def coupled_row(self, rule: Activation) -> list[str]:
        """Return the statements for a row of a layer whose units depend on each other.

        A part of each unit (softmax: e) is kept in a until the formula replaces it.
        """
        unpack, lines = ["z = z_[k, u]"], list[str]()
        for part in rule.parts:
            if isinstance(part.formula, OverUnits):
                lines += self.fold(part.name, part.formula, "z_.shape[1]", unpack)
            else:
                keep = self.assign(part.name, part.formula)
                lines += ["for u in range(z_.shape[1]):",
                          *inner(unpack, keep, [f"a_[k, u] = {part.name}"])]  # fmt: skip
                unpack = [*unpack, f"{part.name} = a_[k, u]"]
        last = [*self.assign("a", rule.formula), "a_[k, u] = a"]
        return [*lines, "for u in range(z_.shape[1]):", *inner(unpack, last)]

    def parts(self, rule: Activation) -> list[str]:
        """Return the statements for the parts of one unit."""
        return [line for part in rule.parts for line in self.assign(part.name, part.formula)]

    def through_activation(self) -> str:
        """Return the function that makes δ of ∂L/∂a, in place."""
        lines = ["def through_activation(code, z_, a_, delta, constants):",
                 *inner(self.constants(*all_trees(ACTIVATIONS.values())))]  # fmt: skip
        for number, rule in enumerate(ACTIVATIONS.values()):
            rows = self.coupled_delta(rule) if rule.cross_derivative else self.separate_delta(rule)
            lines += inner(branch(number, rule.name, rule.source))
            lines += inner(["for k in range(z_.shape[0]):", *inner(rows)], depth=2)
        return text(lines)

    def separate_delta(self, rule: Activation) -> list[str]:
        """Return the loop of δ = ∂L/∂a · g'(z)."""
        used = {part.name for part in rule.parts}.intersection(variables(rule.derivative))
        last = [*self.assign("own", rule.derivative), "delta[k, u] = delta[k, u] * own"]
        return ["for u in range(z_.shape[1]):",
                *inner(["z = z_[k, u]", "a = a_[k, u]"], self.parts(rule) if used else [], last),
                ]  # fmt: skip

    def coupled_delta(self, rule: Activation) -> list[str]:
        """Return the loops of δ_j = Σ_i ∂L/∂a_i · ∂a_i/∂z_j, in the reference's order.

        z is no longer needed here, and holds the errors ∂L/∂a meanwhile.
        """
        assert rule.cross_derivative is not None
        return [
            "for u in range(z_.shape[1]):",
            "    z_[k, u] = delta[k, u]",
            "for j in range(z_.shape[1]):",
            "    total = F(-0.0)",
            "    for u in range(z_.shape[1]):",
            "        a, a_other = a_[k, u], a_[k, j]",
            "        if u == j:",
            *inner(self.assign("slope", rule.derivative), depth=3),
            "        else:",
            *inner(self.assign("slope", rule.cross_derivative), depth=3),
            "        total = total + z_[k, u] * slope",
            "    delta[k, j] = total",
        ]

    # --- losses ----------------------------------------------------------------------------------

    def loss_of_example(self) -> str:
        """Return the function that gives the loss of example k."""
        entries = [rule_of(key) for key in LOSS_CODES]
        lines = ["def loss_of_example(code, k, z_, a_, y_, constants):",
                 "    n = F(a_.shape[1])",
                 "    over_units = F(np.nan)",
                 *inner(self.constants(*(entry.formula for entry in entries)))]  # fmt: skip
        for key, number in LOSS_CODES.items():
            lines += inner(branch(number, name_of(key), rule_of(key).source))
            lines += inner(self.loss(key), depth=2)
        return text([*lines, "    return over_units"])

    def loss(self, key: LossKey) -> list[str]:
        """Return the statements that give one loss."""
        folds, formula = list[str](), rule_of(key).formula
        unpack = ["z = z_[k, u]", "a = a_[k, u]", "y = y_[k, u]"]

        def summed(node: Expression) -> Expression | None:
            if not isinstance(node, OverUnits):
                return None
            same, body = hoisted(node.body, {"z", "a", "y"}, f"c{LOSS_CODES[key]}_")
            folds.extend(f"{name} = {self.expression(tree)}" for name, tree in same)
            over = OverUnits(node.reduction, body)
            folds.extend(self.fold("over_units", over, "a_.shape[1]", unpack))
            return Variable("over_units")

        tree = replace(formula, summed)
        return [*self.row_parts(key), *folds, f"over_units = {self.expression(tree)}"]

    def row_parts(self, key: LossKey) -> list[str]:
        """Return the statements for the output activation's parts that a short form uses."""
        if isinstance(key, str):
            return []
        rule = ACTIVATIONS[key[1]]
        used = {part.name for part in rule.parts}.intersection(variables(rule_of(key).formula))
        lines, unpack = list[str](), ["z = z_[k, u]"]
        for part in rule.parts if used else ():
            if isinstance(part.formula, OverUnits):
                lines += self.fold(part.name, part.formula, "z_.shape[1]", unpack)
            else:
                unpack = [*unpack, *self.assign(part.name, part.formula)]
        return lines

    def slope_at_outputs(self) -> str:
        """Return the function that fills ∂L/∂ŷ or ∂L/∂z, and says whether it is the latter."""
        trees = {key: slope_of(key) for key in LOSS_CODES}
        lines = ["def slope_at_outputs(code, a_, y_, delta, constants):",
                 "    n = F(a_.shape[1])",
                 *inner(self.constants(*trees.values()))]  # fmt: skip
        for key, number in LOSS_CODES.items():
            lines += inner(branch(number, name_of(key), rule_of(key).source))
            lines += inner(["for k in range(a_.shape[0]):", "    for u in range(a_.shape[1]):",
                            *inner(["a = a_[k, u]", "y = y_[k, u]"],
                                   self.assign("slope", trees[key]),
                                   ["delta[k, u] = slope"], depth=2)], depth=2)  # fmt: skip
        return text([*lines, f"    return code >= {len(LOSSES)}  # a short form"])

    # --- update rules ----------------------------------------------------------------------------

    def update_shared(self) -> str:
        """Return the function that carries on what all parameters share, in float64."""
        lines = ["def update_shared(code, shared, constants):"]
        for number, rule in enumerate(OPTIMIZERS.values()):
            if not rule.shared_lines:
                continue
            places = {name: place for place, name in enumerate(rule.shared_state)}
            lines += inner([f"if code == {number}:  # {rule.name}"])
            for name, tree in rule.shared_lines:
                value = code(tree, lambda n: in_shared(n, places))  # noqa: B023
                place = places[name.removesuffix("_new")]
                lines += inner([f"shared[{place}] = {value}"], depth=2)
        return text(lines)

    def update_rows(self) -> str:
        """Return the function that changes some rows of parameters by their gradient.

        The gradient is given, or with `by_row` made here, one row δ_u a_i at a time.
        """
        names = [DECAY, *(n for rule in OPTIMIZERS.values() for n in constants_of(rule))]
        unpack = [f"{n} = constants[{CONSTANT_PLACES[n]}]" for n in dict.fromkeys(names)]
        lines = [
            "def update_rows(code, carried, gradient, delta, below, start, rows, width,",
            "                decays, by_row, rate, constants):",
            *inner(unpack),
            f"    decays = decays and {DECAY} > 0.0",
            f"    decay = F({DECAY})",
        ]
        for number, rule in enumerate(OPTIMIZERS.values()):
            before, each = self.update_lines(rule)
            lines += inner(branch(number, rule.name, rule.source))
            lines += inner(before, depth=2)
            views = [f"s{i} = carried.states[{i}, at : at + width]" for i in range(len(rule.state))]
            lines += inner([
                "for u in range(rows):",
                "    at = start + u * width",
                "    w_, g_ = carried.vector[at : at + width], gradient[at : at + width]",
                *inner(views),
                "    if by_row:",
                "        for i in range(width):",
                "            g_[i] = delta[u] * below[i]",
                "    for i in range(w_.shape[0]):",
                *inner(["w = w_[i]", "g = g_[i]", *each], depth=2),
            ], depth=2)  # fmt: skip
        return text(lines)

    def update_lines(self, rule: Optimizer) -> tuple[list[str], list[str]]:
        """Return the statements before the loop, and those for one parameter."""
        own = {"w", "g", *rule.state, *(name for name, _ in rule.own_lines)}
        places = {f"{name}_new": place for place, name in enumerate(rule.shared_state)}
        before = [f"{name} = carried.shared[{place}]" for name, place in places.items()]

        def statement(name: str, tree: Expression) -> list[str]:
            constant, rest = hoisted(tree, own, f"{rule.name}_{name}_")
            before.extend(f"{called} = F({code(part, str)})" for called, part in constant)
            return self.assign(name, rest)

        lines = list[str]()
        if rule.decoupled_update is None:
            lines += ["if decays:", "    g = g + decay * w"]
        lines += [f"{name} = s{place}[i]" for place, name in enumerate(rule.state)]
        for name, tree in rule.own_lines:
            lines += statement(name, tree)
        if rule.decoupled_update is not None:
            shrunk = statement("w_shrunk", rule.decoupled_update)
            lines += ["if decays:", *inner(shrunk, ["w_new = w_shrunk"])]
        lines += [f"s{place}[i] = {name}_new" for place, name in enumerate(rule.state)]
        return before, [*lines, "w_[i] = w_new"]


def rules_text(dtype: str = "float64", fast: bool = False) -> str:
    """Return the program text of all rules.

    >>> rules_text().splitlines()[1]
    'def activate(code, z_, a_, constants):'
    """
    writer = Writer(dtype, fast)
    functions = (
        writer.activate(),
        writer.through_activation(),
        writer.loss_of_example(),
        writer.slope_at_outputs(),
        writer.update_shared(),
        writer.update_rows(),
    )
    return "\n\n".join(functions)


def couples(rule: Activation) -> bool:
    """Return whether the units of a layer depend on each other."""
    return any(part.per_layer for part in rule.parts)


def all_trees(rules: Iterable[Activation]) -> Iterator[Expression]:
    """Yield every tree of some activations."""
    for rule in rules:
        yield from (rule.formula, rule.derivative, *(part.formula for part in rule.parts))


def rule_of(key: LossKey) -> Loss | ShortForm:
    """Return the entry of a loss or of a short form."""
    return LOSSES[key] if isinstance(key, str) else SHORT_FORMS[key]


def slope_of(key: LossKey) -> Expression:
    """Return the tree of ∂L/∂ŷ, or by a short form of ∂L/∂z."""
    return LOSSES[key].derivative if isinstance(key, str) else SHORT_FORMS[key].delta


def name_of(key: LossKey) -> str:
    """Return a loss's name, or that of the short form of a loss and an activation."""
    return key if isinstance(key, str) else " of ".join(key)


def constants_of(rule: Optimizer) -> list[str]:
    """Return the constants of an update rule's lines, but for the rate, which may change."""
    trees = [tree for _, tree in rule.own_lines]
    trees += [] if rule.decoupled_update is None else [rule.decoupled_update]
    names = (name for tree in trees for name in variables(tree))
    return [name for name in names if name in CONSTANT_PLACES and name != "rate"]


def in_shared(name: str, places: Mapping[str, int]) -> str:
    """Return a shared number or a constant by its place."""
    return f"shared[{places[name]}]" if name in places else f"constants[{CONSTANT_PLACES[name]}]"


def branch(number: int, name: str, source: str) -> list[str]:
    """Return the line that opens an entry's branch, with the formula's source."""
    return [f"{'if' if number == 0 else 'elif'} code == {number}:  # {name}: {source}"]


def inner(*groups: list[str], depth: int = 1) -> list[str]:
    """Return the lines of some groups, indented."""
    return [indent(line, "    " * depth) for group in groups for line in group]


def text(lines: list[str]) -> str:
    """Return a kernel's text."""
    return "\n".join(["@kernel", *lines, ""])
