"""An optimizer's options -> its update as lines of trees, as `formulas/optimizers.py` has them.

Plain gradient descent, RMSprop, Adam and AdamW are the entries of that table. PyTorch's momentum
adds up gradients, not changes (b = μ b + g, then w - η b), so it has lines of its own; so have
RMSprop's options. `PyTorch 2.13: torch.optim` is the source of what differs. The variables are
those of the table: w, g, the options by their letters, the state by its names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from clearprop.errors import SettingError
from clearprop.formulas.expressions import Comparison, Expression, Select, Variable, sqrt
from clearprop.formulas.optimizers import (
    ADAM_MOMENTS,
    Lines,
    descend,
    epsilon,
    g,
    momentum,
    optimizer,
    rate,
    rho,
    v_new,
)
from clearprop.interop.watching.options import Options

b, b_new, c, c_new, top, top_new = map(Variable, ("b", "b_new", "c", "c_new", "top", "top_new"))
mhat = Variable("mhat")
PYTORCH = "torch.optim"


@dataclass(frozen=True)
class Rule:
    """The update of one group, with its options.

    lines       from the gradient to the new weight, in order
    constants   the value of each option by the name that the lines have for it
    state       what is carried, and under which key PyTorch keeps it
    powers      what is carried for all parameters: β₁ᵗ and β₂ᵗ, by the power of which option
    carried     the state that gradients are added up in; None where nothing is carried
    decay       λ; `coupled` says whether it is added to the gradient
    """

    name: str
    lines: Lines
    source: str
    constants: Mapping[str, float]
    state: Mapping[str, str]
    powers: Mapping[str, str]
    carried: str | None
    decay: float
    coupled: bool

    @property
    def has_denominators(self) -> bool:
        """Whether it divides by second moments, which gradients enter squared."""
        return any(name != self.carried for name in self.state)


def rule_of(kind: str, options: Options) -> Rule:
    """Return the update of an optimizer's group with some options.

    Raises
    ------
    SettingError: it is recorded, but how its gradients change a weight is not told.
    """
    makers = {"SGD": of_sgd, "RMSprop": of_rmsprop, "Adam": of_adam, "AdamW": of_adam}
    wanted = [name for name in ("maximize", "differentiable") if options.get(name)]
    if kind not in makers or wanted:
        what = f"{kind} with {wanted[0]}" if wanted else kind
        raise SettingError(
            f"the recording has every step of {what}, but its update is not decomposed: find and"
            f" show read it; explain and ledger take {', '.join(makers)}"
        )
    return makers[kind](kind, options)


def of_sgd(kind: str, options: Options) -> Rule:
    """Return the lines of SGD: plain, with momentum, or Nesterov's."""
    base = optimizer("gradient_descent")
    constants = {"rate": options["lr"], "momentum": options["momentum"],
                 "dampening": options["dampening"]}  # fmt: skip
    rule = Rule(
        "gradient descent", base.lines, f"gradient_descent: {base.source}", constants, {}, {}, None,
        options["weight_decay"], coupled=True,
    )  # fmt: skip
    if not options["momentum"]:
        return rule
    taken = (1 - Variable("dampening")) * g if options["dampening"] else g
    kept = ("b_new", momentum * b + taken)
    step = g + momentum * b_new if options["nesterov"] else b_new
    name = "SGD with Nesterov momentum" if options["nesterov"] else "SGD with momentum"
    return replace(
        rule, name=name, lines=(kept, descend(rate * step)), source=f"{name}: {PYTORCH}.SGD",
        state={"b": "momentum_buffer"}, carried="b",
    )  # fmt: skip


def of_rmsprop(kind: str, options: Options) -> Rule:
    """Return the lines of RMSprop: plain, centered, with momentum."""
    base = optimizer("rmsprop")
    constants = {"rate": options["lr"], "rho": options["alpha"], "epsilon": options["eps"],
                 "momentum": options["momentum"]}  # fmt: skip
    rule = Rule(
        "RMSprop", base.lines, f"rmsprop: {base.source}", constants, {"v": "square_avg"}, {}, None,
        options["weight_decay"], coupled=True,
    )  # fmt: skip
    state, lines, carried = dict(rule.state), list(base.lines[:1]), None
    spread: Expression = v_new
    if options["centered"]:
        lines.append(("c_new", rho * c + (1 - rho) * g))
        state["c"], spread = "grad_avg", v_new - c_new**2
    slope = g / (sqrt(spread) + epsilon)
    if options["momentum"]:
        lines += [("b_new", momentum * b + slope), descend(rate * b_new)]
        state["b"], carried = "momentum_buffer", "b"
    elif options["centered"]:
        lines.append(descend(rate * g / (sqrt(spread) + epsilon)))
    else:
        return rule
    return replace(
        rule, lines=tuple(lines), source=f"RMSprop: {PYTORCH}.RMSprop", state=state, carried=carried
    )


def of_adam(kind: str, options: Options) -> Rule:
    """Return the lines of Adam or AdamW, with AMSGrad where it is asked for."""
    coupled = not options.get("decoupled_weight_decay", kind == "AdamW")
    base = optimizer("adam" if coupled else "adamw")
    beta1, beta2 = options["betas"]
    constants = {"rate": options["lr"], "beta1": beta1, "beta2": beta2, "epsilon": options["eps"]}
    state = {"m": "exp_avg", "v": "exp_avg_sq"}
    lines = base.lines
    if options["amsgrad"]:
        larger = Select(Comparison(v_new, ">", top), v_new, top)
        vhat = top_new / (1 - Variable("beta2_t_new"))
        lines = (*ADAM_MOMENTS[:-1], ("top_new", larger), ("vhat", vhat), base.lines[-1])
        state["top"] = "max_exp_avg_sq"
    if not coupled and options["weight_decay"] and base.decoupled_update is not None:
        lines = (*lines[:-1], ("w_new", base.decoupled_update))
    return Rule(
        kind, lines, f"{base.name}: {base.source}", constants, state,
        {"beta1_t": "beta1", "beta2_t": "beta2"}, "m", options["weight_decay"], coupled,
    )  # fmt: skip
