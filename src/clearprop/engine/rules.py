"""The rules of the tables as program text: one small function for each entry.

Comes in: the trees of `formulas`. Goes out: text whose functions are compiled one by one, each when
a network first needs it, and called by their address (`Rule` says with what):

    activate_sigmoid              a = g(z)
    through_sigmoid               δ = ∂L/∂a · g'(z), in place
    losses_of_huber               L(y, ŷ) of each example
    slopes_of_huber               ∂L/∂ŷ, or by a short form ∂L/∂z
    share_adam, update_adam       the update rule: what all parameters share, then the parameters

Names that end in _ are addresses, rows and columns sizes; F is the type of the network's numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
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
DECAY = "weight_decay"
LAYER_PARTS = 2  # numbers of a whole layer that an activation may keep: softmax has m and s

# role -> its arguments: "F" and "float64" are addresses of such numbers
ROLES: Mapping[str, Mapping[str, str]] = {
    "activate": {
        "z_": "F", "a_": "F", "parts_": "F",
        "constants_": "float64", "rows": "int", "columns": "int",
    },
    "through": {
        "z_": "F", "a_": "F", "delta_": "F",
        "constants_": "float64", "rows": "int", "columns": "int",
    },
    "losses": {
        "z_": "F", "a_": "F", "y_": "F", "parts_": "F", "each_": "float64",
        "constants_": "float64", "rows": "int", "columns": "int",
    },
    "slopes": {
        "a_": "F", "y_": "F", "delta_": "F",
        "constants_": "float64", "rows": "int", "columns": "int",
    },
    "share": {"shared_": "float64", "constants_": "float64"},
    "update": {
        "vector_": "F", "states_": "F", "shared_": "float64", "gradient_": "F", "delta_": "F",
        "below_": "F", "constants_": "float64", "rate": "number", "start": "int", "rows": "int",
        "columns": "int", "parameters": "int", "decays": "int", "by_row": "int",
    },
}  # fmt: skip
MATRICES = ("z_", "a_", "y_", "delta_")


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
        calls, rest = shared_calls(by_magnitude(tree), f"{name}_part")
        shared = [f"{called} = {self.expression(call)}" for called, call in calls]
        return [*shared, f"{name} = {self.expression(rest)}"]

    def constants(self, *trees: Expression) -> list[str]:
        """Return the statements that unpack the constants of some trees."""
        used = dict.fromkeys(n for tree in trees for n in variables(tree) if n in CONSTANT_PLACES)
        return [f"{name} = F(constants_[{CONSTANT_PLACES[name]}])" for name in used]

    def fold(self, name: str, over: OverUnits, before: list[str]) -> list[str]:
        """Return the loop that reduces over u, the units of a layer; `before` unpacks a unit."""
        value = self.assign("term", over.body)
        if over.reduction == "sum":
            start, join = "F(-0.0)", f"{name} = {name} + term"
        else:
            start, join = "F(-np.inf)", f"{name} = largest({name}, term)"
        return [f"{name} = {start}", "for u in range(columns):", *inner(before, value, [join])]

    # --- activations -----------------------------------------------------------------------------

    def activate(self, rule: Activation) -> str:
        """Return the function a = g(z)."""
        trees = [rule.formula, *(part.formula for part in rule.parts)]
        if rule.couples:
            rows = ["for k in range(rows):", *inner(self.coupled_row(rule))]
        else:
            last = [*self.assign("a", rule.formula), "a_[i] = a"]
            rows = ["for i in range(rows * columns):",
                    *inner(["z = z_[i]"], self.parts(rule), last)]  # fmt: skip
        return function("activate", rule.name, rule.source, self.constants(*trees), rows,
                        flat=not rule.couples)  # fmt: skip

    def coupled_row(self, rule: Activation) -> list[str]:
        """Return the statements for a row of a layer whose units depend on each other.

        A part of each unit (softmax: e) is kept in a until the formula replaces it. Those of the
        whole layer (softmax: m, s) are kept for the loss's short form.
        """
        unpack, lines = ["z = z_[k, u]"], list[str]()
        for part in rule.parts:
            if isinstance(part.formula, OverUnits):
                lines += self.fold(part.name, part.formula, unpack)
                lines += [f"{place_of_part(rule, part.name)} = {part.name}"]
            else:
                keep = self.assign(part.name, part.formula)
                lines += ["for u in range(columns):",
                          *inner(unpack, keep, [f"a_[k, u] = {part.name}"])]  # fmt: skip
                unpack = [*unpack, f"{part.name} = a_[k, u]"]
        last = [*self.assign("a", rule.formula), "a_[k, u] = a"]
        return [*lines, "for u in range(columns):", *inner(unpack, last)]

    def parts(self, rule: Activation) -> list[str]:
        """Return the statements for the parts of one unit."""
        return [line for part in rule.parts for line in self.assign(part.name, part.formula)]

    def through(self, rule: Activation) -> str:
        """Return the function that makes δ of ∂L/∂a, in place."""
        trees = [rule.derivative, *(part.formula for part in rule.parts)]
        rows = self.coupled_delta(rule) if rule.cross_derivative else self.separate_delta(rule)
        return function("through", rule.name, rule.source, self.constants(*trees), rows,
                        flat=rule.cross_derivative is None)  # fmt: skip

    def separate_delta(self, rule: Activation) -> list[str]:
        """Return the loop of δ = ∂L/∂a · g'(z)."""
        used = {part.name for part in rule.parts}.intersection(variables(rule.derivative))
        last = [*self.assign("own", rule.derivative), "delta_[i] = delta_[i] * own"]
        unpack = ["z = z_[i]", "a = a_[i]"]
        return ["for i in range(rows * columns):",
                *inner(unpack, self.parts(rule) if used else [], last)]  # fmt: skip

    def coupled_delta(self, rule: Activation) -> list[str]:
        """Return the loops of δ_j = Σ_i ∂L/∂a_i · ∂a_i/∂z_j, in the reference's order.

        z is no longer needed here, and holds the errors ∂L/∂a meanwhile.
        """
        assert rule.cross_derivative is not None
        return [
            "for k in range(rows):",
            "    for u in range(columns):",
            "        z_[k, u] = delta_[k, u]",
            "    for j in range(columns):",
            "        total = F(-0.0)",
            "        for u in range(columns):",
            "            a, a_other = a_[k, u], a_[k, j]",
            "            if u == j:",
            *inner(self.assign("slope", rule.derivative), depth=4),
            "            else:",
            *inner(self.assign("slope", rule.cross_derivative), depth=4),
            "            total = total + z_[k, u] * slope",
            "        delta_[k, j] = total",
        ]

    # --- losses ----------------------------------------------------------------------------------

    def losses(self, key: LossKey) -> str:
        """Return the function that gives the loss of each example."""
        unpack = ["z = z_[k, u]", "a = a_[k, u]", "y = y_[k, u]"]
        before, folds = list[str](), list[str]()

        def summed(node: Expression) -> Expression | None:
            if not isinstance(node, OverUnits):
                return None
            same, body = hoisted(node.body, {"z", "a", "y"}, "c")
            folds.extend(f"{name} = {self.expression(tree)}" for name, tree in same)
            folds.extend(self.fold("over_units", OverUnits(node.reduction, body), unpack))
            return Variable("over_units")

        formula = rule_of(key).formula
        before += ["n = F(columns)", *self.constants(formula)]
        tree = replace(formula, summed)
        each = [*self.row_parts(key), *folds, f"each_[k] = {self.expression(tree)}"]
        rows = ["for k in range(rows):", *inner(each)]
        return function("losses", name_of(key), rule_of(key).source, before, rows)

    def row_parts(self, key: LossKey) -> list[str]:
        """Return the statements for the output activation's parts that a short form uses."""
        if isinstance(key, str):
            return []
        rule, used = ACTIVATIONS[key[1]], set(variables(rule_of(key).formula))
        names = [part.name for part in rule.parts if part.per_layer and part.name in used]
        return [f"{name} = {place_of_part(rule, name)}" for name in names]

    def slopes(self, key: LossKey) -> str:
        """Return the function that gives ∂L/∂ŷ, or by a short form ∂L/∂z."""
        tree = slope_of(key)
        body = ["a = a_[i]", "y = y_[i]", *self.assign("slope", tree), "delta_[i] = slope"]
        rows = ["for i in range(rows * columns):", *inner(body)]
        before = ["n = F(columns)", *self.constants(tree)]
        return function("slopes", name_of(key), rule_of(key).source, before, rows, flat=True)

    # --- update rules ----------------------------------------------------------------------------

    def share(self, rule: Optimizer) -> str:
        """Return the function that carries on what all parameters share, in float64."""
        places = {name: place for place, name in enumerate(rule.shared_state)}
        names = dict.fromkeys(n for _, tree in rule.shared_lines for n in variables(tree))
        unpack = [f"{n} = constants_[{CONSTANT_PLACES[n]}]" for n in names if n not in places]
        unpack += [f"{name} = shared_[{place}]" for name, place in places.items()]
        lines = [
            f"shared_[{places[line.removesuffix('_new')]}] = {code(tree, str)}"
            for line, tree in rule.shared_lines
        ]
        return function("share", rule.name, rule.source, unpack, lines)

    def update(self, rule: Optimizer) -> str:
        """Return the function that changes some rows of parameters by their gradient.

        The gradient is given, or with `by_row` made here, one row δ_u a_i at a time.
        """
        before, each = self.update_lines(rule)
        names = dict.fromkeys([DECAY, *constants_of(rule)])
        unpack = [f"{n} = constants_[{CONSTANT_PLACES[n]}]" for n in names]
        views = [
            f"s{i} = carray(states_, parameters * {len(rule.state)})"
            f"[{i} * parameters + at : {i} * parameters + at + columns]"
            for i in range(len(rule.state))
        ]
        rows = [
            f"decays = decays * ({DECAY} > 0.0)",
            f"decay = F({DECAY})",
            *before,
            "for u in range(rows):",
            "    at = start + u * columns",
            "    w_ = carray(vector_, parameters)[at : at + columns]",
            "    g_ = carray(gradient_, parameters)[at : at + columns]",
            *inner(views),
            "    if by_row:",
            "        d = delta_[u]",
            "        for i in range(columns):",
            *inner(["w = w_[i]", "g = d * below_[i]", *each], depth=3),
            "    else:",
            "        for i in range(columns):",
            *inner(["w = w_[i]", "g = g_[i]", *each], depth=3),
        ]
        return function("update", rule.name, rule.source, unpack, rows, flat=True)

    def update_lines(self, rule: Optimizer) -> tuple[list[str], list[str]]:
        """Return the statements before the loop, and those for one parameter."""
        own = {"w", "g", *rule.state, *(name for name, _ in rule.own_lines)}
        places = {f"{name}_new": place for place, name in enumerate(rule.shared_state)}
        before = [f"{name} = shared_[{place}]" for name, place in places.items()]

        def statement(name: str, tree: Expression) -> list[str]:
            constant, rest = hoisted(tree, own, f"{name}_")
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

    >>> rules_text().splitlines()[0]
    'def activate_identity(z_, a_, parts_, constants_, rows, columns):'
    """
    writer = Writer(dtype, fast)
    functions = [
        *map(writer.activate, ACTIVATIONS.values()),
        *map(writer.through, ACTIVATIONS.values()),
        *map(writer.losses, LOSS_KEYS),
        *map(writer.slopes, LOSS_KEYS),
        *(writer.share(rule) for rule in OPTIMIZERS.values() if rule.shared_lines),
        *map(writer.update, OPTIMIZERS.values()),
    ]
    return "\n\n".join(functions)


def rule_of(key: LossKey) -> Loss | ShortForm:
    """Return the entry of a loss or of a short form."""
    return LOSSES[key] if isinstance(key, str) else SHORT_FORMS[key]


def slope_of(key: LossKey) -> Expression:
    """Return the tree of ∂L/∂ŷ, or by a short form of ∂L/∂z."""
    return LOSSES[key].derivative if isinstance(key, str) else SHORT_FORMS[key].delta


def name_of(key: LossKey) -> str:
    """Return the identifier of a loss, or of the short form of a loss and an activation."""
    return f"of_{key if isinstance(key, str) else '_of_'.join(key)}"


def place_of_part(rule: Activation, name: str) -> str:
    """Return where a layer's part lies for example k, as program text."""
    names = [part.name for part in rule.parts if part.per_layer]
    return f"parts_[{LAYER_PARTS} * k + {names.index(name)}]"


def constants_of(rule: Optimizer) -> list[str]:
    """Return the constants of an update rule's lines, but for the rate, which may change."""
    trees = [tree for _, tree in rule.own_lines]
    trees += [] if rule.decoupled_update is None else [rule.decoupled_update]
    names = (name for tree in trees for name in variables(tree))
    return [name for name in names if name in CONSTANT_PLACES and name != "rate"]


def function(
    role: str, name: str, source: str, before: list[str], rows: list[str], flat: bool = False
) -> str:
    """Return the text of a rule: its matrices made of addresses, then its statements.

    `flat` says that rows and columns are taken in one loop.
    """
    shape = "rows * columns" if flat else "(rows, columns)"
    used = " ".join((*before, *rows))
    matrices = [f"{m} = carray({m}, {shape})" for m in ROLES[role] if m in MATRICES and m in used]
    return "\n".join(
        [
            f"def {role}_{name}({', '.join(ROLES[role])}):",
            f'    """{source}"""',
            *inner(matrices, before, rows),
            "",
        ]
    )


def inner(*groups: list[str], depth: int = 1) -> list[str]:
    """Return the lines of some groups, indented."""
    return [indent(line, "    " * depth) for group in groups for line in group]
