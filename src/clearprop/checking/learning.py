"""How a solution says it learns: its rate, its optimizer, their numbers, and what stays open.

Comes in: a solution, the numbers that its names are given, what it says in words. Goes out: the
constants of the update, and what the letters for them mean. A rate that nothing says is looked for
in the updates that are written in numbers: the 0.05 of w_new = 0.5 - 0.05 × 0.2 - 0.05 × 0.1.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import product

from clearprop.checking.keys import Key, key_of
from clearprop.checking.kinds import is_carried, is_state, may_be_bias, may_be_weight
from clearprop.checking.letters import LETTERS
from clearprop.checking.meanings import Meaning
from clearprop.checking.numerals import has_names
from clearprop.checking.put_in import number_in
from clearprop.checking.reading.signs import GREEK
from clearprop.checking.rules import value_at
from clearprop.checking.solution import Solution, Written
from clearprop.checking.statements import Number, Statements
from clearprop.checking.units import subject_of
from clearprop.checking.written_losses import written_losses
from clearprop.errors import SettingError
from clearprop.formulas.constants import DEFAULTS, checked
from clearprop.formulas.expressions import (
    Expression,
    Negative,
    Product,
    Sum,
    Variable,
    children,
    variables,
)
from clearprop.formulas.losses import check_outputs
from clearprop.formulas.optimizers import OPTIMIZERS, optimizer
from clearprop.network.learning import Learning
from clearprop.network.quantities import Constant

RATES = ("eta", "lr", "rate", "learningrate")  # that stand for nothing else
MOMENTA = ("momentum", "mu", "gamma", "beta", "alpha")
HUBER_DELTA: Key = ("delta", (), "", None)
OF_RULES: Mapping[str, Key] = {
    "beta1": ("beta", ("1",), "", None),
    "beta2": ("beta", ("2",), "", None),
    "epsilon": ("epsilon", (), "", None),
}


@dataclass(frozen=True)
class LearningTold:
    """What a solution tells of its update; `stated` has the numbers that its names are given."""

    solution: Solution
    statements: Statements
    stated: Mapping[Key, float]

    @cached_property
    def optimizer(self) -> str:
        """The optimizer by our name, "" for one that is said and cannot be followed.

        One that carries something from step to step is followed where it starts from nothing.
        """
        match self.statements.optimizers:
            case []:
                return "gradient_descent"
            case [name] if self.starts_afresh and (name != "momentum" or self.momentum):
                return name
        return ""

    @cached_property
    def starts_afresh(self) -> bool:
        """Whether nothing is carried into the step: it is said, or a velocity or m is 0."""
        carried = [value for key, value in self.stated.items() if is_state(key)]
        stated = bool(carried) and not any(carried)
        return self.statements.starts_afresh or stated or adds_to_zero(self.solution)

    @cached_property
    def momentum(self) -> Number | None:
        """The momentum, said in words or stated for its letter."""
        if number := self.statements.momentum:
            return number
        for letter in MOMENTA:
            value = self.stated.get((letter, (), "", None))
            if value is not None and self.rate_key != (letter, (), "", None):
                return Number(value, letter)
        return None

    @property
    def rho(self) -> Number | None:
        """The ρ of RMSprop, stated for its letter or said in words."""
        for letter in ("rho", "beta", "gamma"):
            value = self.stated.get((letter, (), "", None))
            if value is not None and self.rate_key != (letter, (), "", None):
                return Number(value, letter)
        return self.statements.rho

    @cached_property
    def decay(self) -> Number | None:
        """The factor of weight decay, said in words or stated for λ; None where none is said.

        Where no word says what λ is, a λw in a formula does.
        """
        value = self.stated.get(("lambda", (), "", None))
        stated = None if value is None else Number(value, "lambda")
        if self.statements.has_decay:
            return self.statements.weight_decay or stated
        trees = [link.tree for chain in self.solution.chains for link in chain.links if link.tree]
        return stated if any(map(decays_a_weight, trees)) else None

    @cached_property
    def adds_penalty(self) -> bool:
        """Whether a sum has λw in it, as a gradient has where the loss has λ/2 w²."""
        weights = {abs(value) for key, value in self.stated.items() if may_be_weight(key)}
        return self.decay is not None and self.has_penalty(self.decay, weights)

    def has_penalty(self, decay: Number, weights: Collection[float]) -> bool:
        """Return whether a sum has the factor of weight decay times a weight, or its number."""
        trees = [link.tree for chain in self.solution.chains for link in chain.links]
        return any(
            is_penalty(term, decay, weights)
            for tree in trees
            if tree is not None
            for part in sums_in(tree)
            for term in part.terms
        )

    @cached_property
    def decays_biases(self) -> bool:
        """Whether a bias's own update has λb in it, which is not reckoned with here."""
        decay = self.decay
        if decay is None or self.optimizer != "adamw":
            return False
        biases = {abs(value) for key, value in self.stated.items() if may_be_bias(key)}
        return any(
            is_penalty(term, decay, biases)
            for chain in self.solution.chains
            if (subject := subject_of(chain)) is not None and may_be_bias(key_of(subject))
            for link in chain.links[1:]
            if link.tree is not None
            for part in sums_in(link.tree)
            for term in part.terms
        )

    # --- the rate --------------------------------------------------------------------------------

    @cached_property
    def rate_key(self) -> Key | None:
        """The name that is stated and stands for the rate."""
        said = self.statements.momentum
        taken = {GREEK.get(said.letter, said.letter)} if said else set()
        taken |= {"epsilon"} if set(self.statements.optimizers) - {"momentum"} else set()
        keys = [key for key in self.stated if "rate" in LETTERS.get(key[0], {})]
        usual = sorted(keys, key=lambda key: key[0] not in RATES)
        return next((key for key in usual if key[0] not in taken), None)

    @cached_property
    def rates(self) -> list[float]:
        """The rates that it can be: the one that is stated or said, else those of the updates.

        None where that is no rate, such as 0. What is said in words is not taken back by the number
        that an update has in its place.
        """
        key, said = self.rate_key, self.statements.rate
        if key is not None and (said is None or (key[0] in RATES and key in self.given)):
            return [self.stated[key]] if is_allowed("rate", self.stated[key]) else []
        if said is None:
            return list(self.rates_put_in())
        return [said.value] if is_allowed("rate", said.value) else []

    def rates_put_in(self) -> Iterator[float]:
        """Yield the factors that stand in all updates in numbers: 0.05 of 0.5 - 0.05 × 0.2."""
        for factor in dict.fromkeys(self.updates[0] if self.updates else ()):
            if factor > 0 and all(factor in other for other in self.updates):
                yield factor

    @cached_property
    def updates(self) -> list[list[float]]:
        """The factors of what each update takes off the number that its weight was given."""
        found = []
        for chain in self.solution.chains:
            subject = subject_of(chain)
            if subject is not None:
                key = key_of(subject)
                trees = [link.tree for link in chain.links[1:] if link.tree is not None]
                found += [factors_of_step(tree, key, self.stated.get(key)) for tree in trees]
        return [factors for factors in found if factors]

    # --- what goes into the lesson ---------------------------------------------------------------

    @cached_property
    def constants(self) -> dict[str, float]:
        """The constants of the update but for the rate, as far as they can be such."""
        return {name: value for name, value in self.said.items() if is_allowed(name, value)}

    @cached_property
    def said(self) -> dict[str, float]:
        """What is said for these constants, whether or not they can be so."""
        found: dict[str, float] = {}
        if self.optimizer in ("momentum", "nesterov") and self.momentum:
            found["momentum"] = self.momentum.value
        found |= {name: self.given[key] for name, key in self.of_rule.items() if key in self.given}
        if self.optimizer == "rmsprop" and (rho := self.rho):
            found["rho"] = rho.value
        if self.decay:
            found["weight_decay"] = self.decay.value
        return found

    @cached_property
    def names(self) -> dict[Key, Meaning | None]:
        """What the letters for these constants mean; None for one that could be a rate but is not.

        Where η = 0.1 is the rate, ε = 10⁻⁴ is something else.
        """
        found: dict[Key, Meaning | None] = {}
        if self.rate_key is not None:
            rates = [key for key in self.given if "rate" in LETTERS.get(key[0], {}) and not key[1]]
            found |= {key: None for key in rates if self.given[key] not in self.rates}
        pairs = [("rate", self.statements.rate), ("momentum", self.momentum)]
        for name, number in (*pairs, ("weight_decay", self.decay), ("rho", self.rho)):
            if number is not None and number.letter and (name == "rate" or name in self.constants):
                letter = GREEK.get(number.letter, number.letter)
                found[(letter, (), "", None)] = Variable(Constant(name))
        return found | {key: Variable(Constant(name)) for name, key in self.of_rule.items()}

    @cached_property
    def of_rule(self) -> dict[str, Key]:
        """The letters of Adam's and RMSprop's own constants."""
        lines = optimizer(self.optimizer).lines if self.optimizer else ()
        used = {name for _, tree in lines for name in variables(tree)}
        return {name: key for name, key in OF_RULES.items() if name in used}

    @cached_property
    def given(self) -> dict[Key, float]:
        """The numbers that names are given first, 10⁻⁸ among them."""
        found: dict[Key, float] = {}
        for chain in self.solution.chains:
            subject, tree = subject_of(chain), chain.links[-1].tree
            if subject is not None and tree is not None and len(chain.links) == 2:
                value = None if has_names(tree) else value_at(tree, {})
                if value is not None:
                    found.setdefault(key_of(subject), value)
        return found

    # --- all of it -------------------------------------------------------------------------------

    def losses(self, ending: str) -> list[str]:
        """Return the losses that it can be behind the last activation: said, written out, usual."""
        said = list(self.statements.possible_losses(ending))
        written = written_losses(self.solution.chains)
        allowed = [name for name in written if is_loss_of(name, ending)]
        return [name for name in said if name in allowed] or allowed or said

    def ways(self, losses: Iterable[str], reductions: Iterable[str]) -> Iterator[Learning]:
        """Yield the ways to learn that it can mean, with one of some losses and reductions.

        A reduction that is said in words is the only one, where it is among these.
        """
        reductions = list(reductions)
        reductions = [
            name for name in self.statements.reductions if name in reductions
        ] or reductions
        rules, delta = self.statements.rules, self.statements.huber_delta
        optimizer = rules.get("opti") or self.optimizer
        for loss, reduction, rate in product(losses, reductions, self.rates or [DEFAULTS["rate"]]):
            constants = self.constants | {"rate": rate}
            if loss == "huber" and delta is not None and is_allowed("huber_delta", delta.value):
                constants["huber_delta"] = delta.value
            yield Learning(
                loss=loss,
                reduction=reduction,
                optimizer=optimizer if optimizer in OPTIMIZERS else "gradient_descent",
                constants=constants,
                frozen=tuple(re.findall(r"[\w\[\],]+", rules.get("froz", ""))),
            )

    def names_for(self, learning: Learning) -> dict[Key, Meaning | None]:
        """Return what the letters mean for one of these ways."""
        is_huber = learning.loss == "huber" and self.statements.huber_delta is not None
        return self.names | ({HUBER_DELTA: Variable(Constant("huber_delta"))} if is_huber else {})

    @property
    def gaps(self) -> Iterator[str]:
        """Yield what stays open, by the names of `gaps.py`; nothing is where a rule is named."""
        if "" in self.statements.losses:
            yield "loss"
        if self.statements.rules.get("opti"):
            return
        if not self.rates:
            yield "rate"
        if not self.optimizer or self.constants != self.said:
            yield "optimizer"
        if self.decays_biases or (self.statements.has_decay and not self.adds_penalty):
            yield "decay"


def adds_to_zero(solution: Solution) -> bool:
    """Return whether the first velocity or moment is added up from 0: v_w = 0.9 × 0 + 0.2."""
    for chain in solution.chains:
        subject = subject_of(chain)
        if subject is not None and is_carried(key_of(subject)):
            for link in chain.links[1:]:
                match link.tree:
                    case Sum((Product(factors), _)) if 0.0 in map(number_in, factors):
                        return True
                    case Sum((start, _)) if number_in(start) == 0.0:
                        return True
            return False
    return False


def is_loss_of(name: str, ending: str) -> bool:
    """Return whether a loss is defined behind an activation."""
    try:
        check_outputs(name, ending)
    except SettingError:
        return False
    return True


def is_allowed(name: str, value: float) -> bool:
    """Return whether a constant can have a value.

    >>> is_allowed("rate", 0.1), is_allowed("rate", 0), is_allowed("momentum", 2)
    (True, False, False)
    """
    try:
        checked(name, value)
    except SettingError:
        return False
    return True


def sums_in(tree: Expression) -> Iterator[Sum]:
    """Yield the sums in a formula, the outermost first."""
    if isinstance(tree, Sum):
        yield tree
    for part in children(tree):
        yield from sums_in(part)


def is_penalty(term: Expression, decay: Number, weights: Collection[float]) -> bool:
    """Return whether a term is the factor of weight decay times a weight, and nothing more."""

    def is_factor(tree: Expression) -> bool:
        match tree:
            case Variable(Written() as name):
                return name.letter == GREEK.get(decay.letter, decay.letter)
        return number_in(tree) == decay.value

    def is_weight(tree: Expression) -> bool:
        match tree:
            case Variable(Written() as name):
                return may_be_weight(key_of(name))
        value = number_in(tree)
        return value is not None and abs(value) in weights

    match term:
        case Product((first, second)):
            pairs = (first, second), (second, first)
            return any(is_factor(factor) and is_weight(weight) for factor, weight in pairs)
    return False


def decays_a_weight(tree: Expression) -> bool:
    """Return whether a tree has a product of λ and a weight, by their letters."""
    if isinstance(tree, Product):
        names = [factor.name for factor in tree.factors if isinstance(factor, Variable)]
        keys = [key_of(name) for name in names if isinstance(name, Written)]
        if any(key[0] == "lambda" for key in keys) and any(map(may_be_weight, keys)):
            return True
    return any(map(decays_a_weight, children(tree)))


def factors_of_step(tree: Expression, key: Key, before: float | None) -> list[float]:
    """Return the factors of what a sum adds to a weight or its number, none where it has not that.

    `key` is the weight's name, `before` its number where one is stated: 0.5 of w - 0.5 × 0.2.
    """
    match tree:
        case Sum((start, step)) if is_before(start, key, before):
            inner = step.operand if isinstance(step, Negative) else step
            factors = inner.factors if isinstance(inner, Product) else ()
            return [abs(n) for n in map(number_in, factors) if n is not None]
    return []


def is_before(start: Expression, key: Key, before: float | None) -> bool:
    """Return whether a term is a weight before its update, by its name or its number."""
    match start:
        case Variable(Written() as name):
            return key_of(name) == key
    return before is not None and number_in(start) == before
