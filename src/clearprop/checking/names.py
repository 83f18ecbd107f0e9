"""Whose quantity a written name means: by what it is computed from, by its value, by its letter.

Comes in: a solution and the step that it is held against. Goes out: for each name its meaning. A
name given by hand comes first. Else every quantity that the letter can stand for is a candidate
(`letters.py`), and the formulas and values that the solution gives the name decide.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from clearprop.checking.carried_names import as_carried, carried_into, of_own_parameter
from clearprop.checking.conventions import (
    IN_SERIES,
    Conventions,
    by_net_input,
    is_of_same,
    is_of_unit,
)
from clearprop.checking.evidence import Evidence, fits
from clearprop.checking.interpretation import Interpreter, NotKnown
from clearprop.checking.keys import Key, bare, counts_from_zero, key_of
from clearprop.checking.letters import LETTERS, Candidate, Candidates
from clearprop.checking.meanings import Meaning, Meanings, is_given
from clearprop.checking.numerals import values_of
from clearprop.checking.other_examples import as_in_another, given_each
from clearprop.checking.shared_biases import of_all_units
from clearprop.checking.short_slopes import has_penalty, short_slope
from clearprop.checking.siblings import by_siblings
from clearprop.checking.solution import (
    STEP_BEFORE,
    Chain,
    Name,
    Solution,
    Written,
    WrittenSlope,
    names_and_numerals,
)
from clearprop.checking.versions import first_version
from clearprop.errors import ClearpropError
from clearprop.formulas.activations import activation
from clearprop.formulas.expressions import Expression, Negative, Number, Variable, variables
from clearprop.formulas.losses import loss
from clearprop.formulas.optimizers import optimizer
from clearprop.network.quantities import (
    Activation,
    Bias,
    Constant,
    Loss,
    NetInput,
    Part,
    Slope,
    State,
    Target,
    Updated,
    Weight,
)

LIKELY_SLOPE = 4.0  # that dw1 is the slope by what w1 means elsewhere
ENOUGH, ENOUGH_UNKNOWN_LETTER = 0.5, 3.0


@dataclass
class NameMatcher:
    """Finds the meaning of each name of a solution; `by_hand` maps names to clearprop's."""

    meanings: Meanings
    solution: Solution
    by_hand: Mapping[str, str] = field(default_factory=dict)
    known: dict[Key, Meaning | None] = field(default_factory=dict)
    open: set[Key] = field(default_factory=set)
    own_names: dict[str, Meaning | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.known = {key: self.with_place(meaning) for key, meaning in self.known.items()}

    @cached_property
    def interpreter(self) -> Interpreter:
        """What puts meanings into formulas."""
        return Interpreter(self.meaning, self.meanings.lesson.network)

    @cached_property
    def conventions(self) -> Conventions:
        """What the solution's letters keep to."""
        return Conventions(self)

    @cached_property
    def candidates(self) -> Candidates:
        """What letters can mean in this network."""
        lesson = self.meanings.lesson
        with_w, y_is_output = bool({"w", "W"} & self.letters), self.conventions.y_is_output
        constants = frozenset(self.constants)
        return Candidates(lesson.network, len(lesson.x), with_w, constants, y_is_output)

    def counted(self, name: Written) -> Key:
        """Return a name's key with its indices counted from 1."""
        letter, subscripts, superscript, example = key_of(first_version(name))
        if self.from_zero:
            subscripts = tuple(str(int(s[:9]) + 1) if s.isdigit() else s for s in subscripts)
        return letter, subscripts, superscript, example

    @cached_property
    def from_zero(self) -> bool:
        """Whether the solution counts indices from 0."""
        return counts_from_zero(self.solution)

    @cached_property
    def letters(self) -> set[str]:
        """The letters that the solution uses."""
        return {name.letter for name in self.written}

    @cached_property
    def written(self) -> list[Written]:
        """The names that stand in the solution."""
        links = (link for chain in self.solution.chains for link in chain.links)
        trees = [link.tree for link in links if link.tree is not None]
        names = (name for tree in trees for name in names_and_numerals(tree))
        return [name for name in names if isinstance(name, Written)]

    @cached_property
    def mapped(self) -> dict[str, Meaning]:
        """The names given by hand.

        Raises
        ------
        UnknownName: clearprop knows no quantity of that name.
        """
        return {bare(name): self.signed(ours) for name, ours in self.by_hand.items()}

    def check_names(self) -> None:
        """Raise UnknownName for a name given by hand that clearprop does not have."""
        for ours in self.by_hand.values():
            self.signed(ours)

    def signed(self, text: str) -> Meaning:
        """Return what clearprop calls so; a minus before it changes its sign: an error t - o."""
        meaning = Variable(self.own(text.removeprefix("-")))
        return -meaning if text.startswith("-") else meaning

    # --- looking up ------------------------------------------------------------------------------

    def meaning(self, name: Name) -> Meaning | None:
        """Return what a name means, None where that cannot be told."""
        if bare(name.text) in self.mapped:
            return self.mapped[bare(name.text)]
        if isinstance(name, WrittenSlope):
            return self.slope(name)
        if name.new:
            return self.updated(name)
        key = key_of(name)
        if key in self.open:  # a formula that leads back to the name itself
            return None
        if key not in self.known:
            self.open.add(key)
            told = given_each(self, name) or self.best(name)
            found = self.with_place(told or as_in_another(self, name))
            self.open.discard(key)
            if self.open and found is None:
                return None  # it may be told later, when the names in its formulas are
            self.known[key] = found
        return self.known[key]

    def with_place(self, meaning: Meaning | None) -> Meaning | None:
        """Return a meaning whose quantities the network has, None for another: W3 of two layers."""
        return meaning if meaning is not None and self.meanings.has(meaning) else None

    def own(self, text: str) -> Any:
        """Return the quantity that clearprop calls so."""
        quantity = self.meanings.lesson.names.find(re.sub(r"^Phi_", "cdf_", text))
        if len(self.meanings.lesson.x) == 1:
            if isinstance(quantity, Loss):
                return Loss()
            if isinstance(quantity, Slope):
                return Slope(quantity.of, quantity.wrt)
        return quantity

    def own_meaning(self, text: str) -> Meaning | None:
        """Return what clearprop calls so as a meaning, None where nothing is."""
        if "^" in text:  # no name of ours has a superscript; to look it up would take long
            return None
        if text not in self.own_names:
            self.own_names[text] = self.find_own(text)
        return self.own_names[text]

    def find_own(self, text: str) -> Meaning | None:
        """Return what clearprop calls so as a meaning, None where nothing is."""
        try:
            quantity = self.own(text)
            self.meanings[quantity]
            self.meanings.tree(quantity)  # x1_new has a value, but no equation
        except (ClearpropError, LookupError, ValueError, TypeError):
            return None
        if isinstance(quantity, Constant) and quantity.name not in self.constants:
            return None
        if isinstance(quantity, Target) and self.conventions.y_is_output:
            return None
        return Variable(quantity)

    @cached_property
    def constants(self) -> set[str]:
        """The constants that the step's rules have; α is the momentum only where there is one."""
        lesson = self.meanings.lesson
        learning, network = lesson.learning, lesson.network
        trees = [tree for _, tree in optimizer(learning.optimizer).lines]
        trees.append(loss(learning.loss).derivative)
        trees += [activation(name).formula for name in network.activations]
        return {str(name) for tree in trees for name in variables(tree)} | {"weight_decay", "pi"}

    def updated(self, name: Written) -> Meaning | None:
        """Return a quantity after the update."""
        if (own := self.own_meaning(name.text)) is not None and self.conventions.is_own_scheme:
            return own
        text = name.text.removesuffix("_new").rstrip("'+")
        before = self.meaning(replace(name, new=False, text=text))
        match before:
            case Variable(Weight() | Bias() | NetInput() | Part() | Loss() | State() as quantity):
                return of_all_units(self, name, Variable(Updated(quantity)))
            case Variable(Activation(layer, _, _) as quantity) if layer > 0:
                return Variable(Updated(quantity))
            case Negative(Variable(Bias() as bias)):
                return -Variable(Updated(bias))
        return own if (own := self.own_meaning(name.text)) is not None else None

    def slope(self, name: WrittenSlope) -> Meaning | None:
        """Return a derivative's meaning."""
        if (own := self.own_meaning(name.text)) is not None and self.conventions.is_own_scheme:
            return own
        of, wrt = self.meaning(name.top), self.meaning(name.bottom)
        if of is None and LETTERS.get(name.top.letter, {}).get("loss"):
            of = Variable(Loss())
        if of is None or wrt is None:
            return self.own_meaning(name.text)
        sign, of, wrt = 1, self.as_output(of), self.as_output(wrt)
        if isinstance(wrt, Negative):  # a threshold
            sign, wrt = -1, wrt.operand
        if not isinstance(of, Variable) or not isinstance(wrt, Variable):
            return None
        found = of_all_units(self, name, self.meanings.slope(of.name, wrt.name))
        return found if found is None or sign == 1 else -found

    def as_output(self, meaning: Meaning) -> Meaning:
        """Return the output where a derivative names the target: ∂y/∂z is of the output y."""
        match meaning:
            case Variable(Target(unit, example)):
                return Variable(Activation(self.meanings.lesson.network.depth, unit, example))
        return meaning

    # --- choosing --------------------------------------------------------------------------------

    def best(self, name: Written) -> Meaning | None:
        """Return the candidate that most speaks for, if that is enough."""
        if short := short_slope(name, self.about):
            return self.best_slope(name, short)
        if name.superscript == STEP_BEFORE:
            return self.change_of(name) if name.letter == "step" else carried_into(self, name)
        own = self.own_meaning(name.text)
        candidates = sorted(self.candidates.of(name, self.counted(name)), key=lambda c: c.fit)
        found = {candidate.meaning: candidate.fit for candidate in candidates}
        if own is not None and self.conventions.is_own_scheme:
            return own  # whatever its value: that is what is to be marked
        found = by_siblings(self, name, found, own)
        if name.letter.endswith("bar"):
            slopes = ((self.slope_by(meaning), fit) for meaning, fit in found.items())
            found |= {slope: fit for slope, fit in slopes if slope is not None}
        found = {meaning: found[meaning] for meaning in of_own_parameter(self, name, found)}
        evidence = Evidence(self, name)
        if own is None and (change := self.change_of(name)):
            found = {other: fit for other, fit in found.items() if is_of_same(other, change)}
            found[change] = found.get(change, 0.0) + LIKELY_SLOPE
        if not found:
            return evidence.definition
        found = {each: fit + self.conventions.fit(evidence, each) for each, fit in found.items()}
        found = {each: fit + as_carried(self, name, each) for each, fit in found.items()}
        if (of_series := self.conventions.in_series(name)) in found:
            found[of_series] += IN_SERIES
        scored = [Candidate(meaning, fit + evidence.of(meaning)) for meaning, fit in found.items()]
        best = max(scored, key=lambda candidate: candidate.fit)
        familiar = name.letter in LETTERS or own is not None or name.letter.startswith("masked")
        if best.fit >= (ENOUGH if familiar else ENOUGH_UNKNOWN_LETTER):
            return best.meaning
        return None if familiar else evidence.definition

    def change_of(self, name: Written) -> Meaning | None:
        """Return the change of what a name with a Δ before it stands for."""
        if name.letter != "step" or not name.subscripts:
            return None
        of = self.by_text.get(name.subscripts[0])
        by_hand = self.mapped.get(bare(name.subscripts[0]))
        match by_hand or (self.meaning(of) if of is not None else None):
            case Variable(Weight() | Bias() as parameter) if name.superscript == STEP_BEFORE:
                rule = optimizer(self.meanings.lesson.learning.optimizer)
                return Variable(State("step", parameter)) if "step" in rule.state else None
            case Variable(Weight() | Bias() as parameter):
                return Variable(Updated(parameter)) - Variable(parameter)
            case Negative(Variable(Bias() as bias)):
                return -Variable(Updated(bias)) - (-Variable(bias))
        return None

    @cached_property
    def by_text(self) -> dict[str, Written]:
        """The names of the solution by their text."""
        found = {name.text: name for name in self.written if not name.new}
        return found | {bare(text): name for text, name in found.items()}

    def best_slope(self, name: Written, short: WrittenSlope) -> Meaning | None:
        """Return the derivative that a short name such as dw1 stands for: code may count from 0."""
        assert isinstance(short.bottom, Written)
        usual = self.slope(short)
        if has_penalty(name) and usual is not None:
            return self.meanings.with_penalty(usual) or usual
        if usual is not None and self.is_stated(short.bottom):
            return usual  # w₂ has its number here, and so dw₂ is the slope by that very weight
        found: dict[Meaning, float] = {} if usual is None else {usual: LIKELY_SLOPE}
        match usual:
            case Variable(Slope(_, Weight() | Bias() as parameter, None)):  # in code dw is a step
                change = Variable(Updated(parameter)) - Variable(parameter)
                found |= {change: 0.0, -change: 0.0}
        for candidate in self.candidates.of(short.bottom, self.counted(short.bottom)):
            slope = self.slope_by(candidate.meaning)
            if slope is not None and slope != usual:
                found[slope] = max(candidate.fit, found.get(slope, 0.0))
        if (examples := len(self.meanings.lesson.x)) > 1:  # before the mean: dZ = A - Y of a batch
            of_units = (slope for slope in list(found) if is_of_unit(slope))
            usual_here = self.conventions.before_mean(name, Number(examples))
            found |= {Number(examples) * slope: found[slope] + usual_here for slope in of_units}
        found = {net: 0.0 for slope in found if (net := by_net_input(slope))} | found
        evidence = Evidence(self, name)
        return max(found, key=lambda slope: found[slope] + evidence.of(slope), default=None)

    def slope_by(self, meaning: Meaning) -> Meaning | None:
        """Return the slope of the loss with respect to a meaning, None where there is none."""
        if not isinstance(meaning, Variable):
            return None
        return self.meanings.slope(Loss(), meaning.name)

    def is_stated(self, name: Written) -> bool:
        """Return whether the solution merely states the number of what a name means."""
        meaning = self.meaning(name)
        chains = [chain for chain in self.about.get(key_of(name), []) if len(chain.links) == 2]
        texts = [text for chain in chains for text in values_of(chain)]
        return is_given(meaning) and any(
            fits(text, self.conventions.exact_or_nan(meaning)) > 0
            for text in texts
            if meaning is not None
        )

    @cached_property
    def about(self) -> dict[Key, list[Chain]]:
        """The chains of the solution by the name that they begin with."""
        found: dict[Key, list[Chain]] = defaultdict(list)
        for chain in self.solution.chains:
            match chain.links[0].tree:
                case Variable(Written() as name) if not name.new:
                    found[key_of(name)].append(chain)
        return found

    def numbers_of(self, chain: Chain) -> list[str]:
        """Return the number that a chain comes to, or that its name is given elsewhere."""
        match chain.links[0].tree:
            case Variable(Written() as name) if not values_of(chain):
                others = self.about.get(key_of(name), [])
                return [text for other in others for text in values_of(other)][:1]
        return values_of(chain)

    def value_with(self, tree: Expression, key: Key, meaning: Meaning) -> float | None:
        """Return a formula's exact value with a meaning tried for one name."""

        def tried(name: Name) -> Meaning | None:
            is_it = isinstance(name, Written) and not name.new and key_of(name) == key
            return meaning if is_it else self.meaning(name)

        try:
            network = self.meanings.lesson.network
            return self.meanings.exact(Interpreter(tried, network).tree(tree))
        except (NotKnown, ClearpropError, LookupError, ArithmeticError, ValueError):
            return None

    def numbers(self, key: Key) -> list[str]:
        """Return the numbers that the solution gives a name."""
        return [text for chain in self.about.get(key, []) for text in values_of(chain)]

    def has_digits(self, chain: Chain) -> bool:
        """Return whether the solution gives numbers for the name that a chain begins with."""
        match chain.links[0].tree:
            case Variable(Written() as name):
                return bool(self.numbers(key_of(name)))
        return False

    def is_taken(self, meaning: Meaning, key: Key) -> bool:
        """Return whether another name means this already: Y_1 is no other one than y_1."""
        own = (key[0].lower(), *key[1:])
        return any(
            known == meaning and (other[0].lower(), *other[1:]) != own
            for other, known in self.known.items()
        )
