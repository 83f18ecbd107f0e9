"""Several training steps worked one after another: each held against the step it is.

Comes in: the marker of the first step, the chains in order. Goes out: judgements. A further step
begins where, after an update, a net input is computed again or an input is given another number.
It starts from the weights as the step before left them; as printed they are on its papers. Where
its weights are stated anew, it is the step that has them: some may have been passed over.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import replace

from clearprop.checking.evidence import VALUE, fits
from clearprop.checking.gaps import Gaps
from clearprop.checking.interpretation import NotKnown
from clearprop.checking.intervals import Interval, left_open, unit_of
from clearprop.checking.judging import Marker
from clearprop.checking.meanings import Meaning, Meanings
from clearprop.checking.names import NameMatcher
from clearprop.checking.numerals import has_names, number_of, values_of
from clearprop.checking.report import Judgement
from clearprop.checking.solution import Chain, Numeral, names_and_numerals
from clearprop.errors import ClearpropError
from clearprop.formulas.expressions import Variable
from clearprop.network.lesson import Lesson
from clearprop.network.parameters import place_of
from clearprop.network.quantities import (
    Activation,
    Bias,
    Constant,
    NetInput,
    State,
    Target,
    Updated,
    Weight,
)
from clearprop.tracing.values import Step, Values, run_step

Group = Sequence[Chain]
Start = Weight | Bias | State  # what a step begins with
PASSED_OVER = 1000  # steps at most between two that are worked
LAST_DIGITS = 5  # by how many units of it a weight may differ after steps on rounded numbers


def judgements(first: Marker, groups: Sequence[Group]) -> Iterator[Judgement]:
    """Yield the judgement of every equality, of one training step after another.

    All are judged as one step first: what the names mean is found on the way, in their order.
    """
    as_one = list(first.judgements(groups))
    end = next_start(first, groups)
    if end == len(groups):
        yield from as_one
        return
    first = marker = Marker(first.meanings, first.names, first.gaps)
    yield from first.judgements(groups[:end])
    rest = groups[end:]
    while rest:
        marker = following(marker, rest)
        end = next_start(marker, rest)
        for group in rest[:end]:
            yield from better(list(marker.judgements([group])), first, group)
        rest = rest[end:]


def better(judged: list[Judgement], first: Marker, group: Group) -> list[Judgement]:
    """Return the judgements of a group; what is right for the first step may look back on it."""
    if any(judgement.mark == "wrong" for judgement in judged):
        earlier = list(first.judgements([group]))
        if all(judgement.mark == "right" for judgement in earlier):
            return earlier
    return judged


def next_start(marker: Marker, groups: Sequence[Group]) -> int:
    """Return where the next step begins, the number of groups where there is none."""
    computed: set[Meaning] = set()
    updated: set[str] = set()
    changed_so_far: set[Meaning] = set()
    after: Meanings | None = None
    for place, group in enumerate(groups):
        for chain in group:
            meaning = meaning_of(chain, marker.names)
            match meaning:
                case Variable(NetInput() | Activation() as of) if of.layer > 0:
                    if meaning in computed and updated:
                        begin = statements_before(place, groups, marker.names)
                        begin = without_updates(begin, place, groups, marker, changed_so_far)
                        if has_weights(stated_start(groups[begin:place], marker.names)):
                            return begin
                        after = after or Meanings.of(following_lesson(marker.meanings, {}))
                        if is_from(chain, updated) or is_later(chain, meaning, marker, after):
                            return place
                    computed.add(meaning)
                case Variable(Activation()) if updated and is_other(chain, meaning, marker):
                    return place
                case Variable(Weight() | Bias() | Updated(Weight() | Bias())):
                    numbers = changed(chain, meaning)
                    updated |= {text for text in numbers if is_new(text, marker)}
                    changed_so_far |= {before_update(meaning)} if numbers else set()
                    if isinstance(meaning.name, Updated) and not values_of(chain):
                        updated.add("")  # code that does not print it
                case None if updated and (formula := formula_of(chain, marker.names)):
                    after = after or Meanings.of(following_lesson(marker.meanings, {}))
                    if is_later(chain, formula, marker, after):  # the loss anew, without its name
                        return place
    return len(groups)


def meaning_of(chain: Chain, names: NameMatcher) -> Meaning | None:
    """Return what a chain begins with, None where that is not known."""
    tree = chain.links[0].tree
    try:
        return names.interpreter.tree(tree) if isinstance(tree, Variable) else None
    except (NotKnown, ClearpropError, LookupError, ValueError):
        return None


def formula_of(chain: Chain, names: NameMatcher) -> Meaning | None:
    """Return the formula of names that a chain begins with, None for a name or for numbers."""
    tree = chain.links[0].tree
    if tree is None or isinstance(tree, Variable) or not has_names(tree):
        return None
    try:
        return names.interpreter.tree(tree)
    except (NotKnown, ClearpropError, LookupError, ValueError):
        return None


def changed(chain: Chain, meaning: Meaning) -> list[str]:
    """Return the number that a chain computes for a weight, none where it merely states one."""
    is_before = isinstance(meaning, Variable) and not isinstance(meaning.name, Updated)
    return [] if is_before and stated(chain) is not None else values_of(chain)


def is_new(text: str, marker: Marker) -> bool:
    """Return whether a number is none of those that the step starts from."""
    lesson = marker.meanings.lesson
    numbers = (*lesson.parameters.vector, *lesson.x.ravel(), *lesson.y.ravel())
    return abs(float(text)) not in {abs(float(number)) for number in numbers}


def is_other(chain: Chain, meaning: Meaning, marker: Marker) -> bool:
    """Return whether a chain states another number than an input or a weight had so far."""
    text = stated(chain)
    return text is not None and float(text) != marker.meanings.exact(meaning)


def stated(chain: Chain) -> str | None:
    """Return the number that a chain merely states, None where it computes one."""
    return number_of(chain.links[1].tree) if len(chain.links) == 2 else None


def is_from(chain: Chain, updated: set[str]) -> bool:
    """Return whether a chain computes with the number of an updated weight."""
    trees = [link.tree for link in chain.links[1:] if link.tree is not None]
    found = [n for t in trees if number_of(t) is None for n in names_and_numerals(t)]
    plain = {abs(float(text)) for text in updated if text}
    return any(isinstance(name, Numeral) and name.value in plain for name in found)


def is_later(chain: Chain, meaning: Meaning, marker: Marker, after: Meanings) -> bool:
    """Return whether the number of a chain is the next step's and not this one's."""
    digits = values_of(chain)
    return bool(digits) and (
        not fits(digits[0], marker.meanings.exact(meaning))
        and fits(digits[0], after.exact(meaning)) >= VALUE
    )


def statements_before(place: int, groups: Sequence[Group], names: NameMatcher) -> int:
    """Return where the numbers begin that are stated right before a place."""
    while place > 0 and all(gives(chain, names) for chain in groups[place - 1]):
        place -= 1
    return place


def without_updates(
    begin: int, place: int, groups: Sequence[Group], marker: Marker, changed: Container[Meaning]
) -> int:
    """Return where the numbers begin that are no answers of the step before: w = 0.4 after it.

    The step before has not `changed` these weights yet, and so their new numbers are its own.
    """

    def is_update(chain: Chain) -> bool:
        match meaning_of(chain, marker.names):
            case Variable(Weight() | Bias()) as meaning if meaning not in changed:
                return is_other(chain, meaning, marker)
        return False

    while begin < place and all(map(is_update, groups[begin])):
        begin += 1
    return begin


def before_update(meaning: Variable) -> Meaning:
    """Return a weight for what it is after the update, itself for itself."""
    name = meaning.name
    return Variable(name.quantity) if isinstance(name, Updated) else meaning


def gives(chain: Chain, names: NameMatcher) -> bool:
    """Return whether a chain merely states a number that a step begins with."""
    if stated(chain) is None:
        return False
    match meaning_of(chain, names):
        case None | Variable(Weight() | Bias() | Target() | Activation(0) | Constant() | State()):
            return True
    return False


def stated_start(groups: Sequence[Group], names: NameMatcher) -> dict[Start, str]:
    """Return what some chains merely state of the weights before an update and what is carried."""
    found: dict[Start, str] = {}
    for chain in (chain for group in groups for chain in group):
        text = stated(chain)
        match meaning_of(chain, names):
            case Variable(Weight() | Bias() | State() as name) if text is not None:
                found[name] = text
    return found


# --- the next step -------------------------------------------------------------------------------


def following_lesson(meanings: Meanings, given: Mapping[Meaning, float]) -> Lesson:
    """Return the lesson of the step after this one, with other numbers for inputs and targets."""
    lesson = next_lesson(meanings.step_values.step)
    x, y = lesson.x.copy(), lesson.y.copy()
    for meaning, number in given.items():
        match meaning:
            case Variable(Activation(0, unit, example)):
                x[example, unit] = number
            case Variable(Target(unit, example)):
                y[example, unit] = number
    return replace(lesson, x=x, y=y)


def following(marker: Marker, groups: Sequence[Group]) -> Marker:
    """Return the marker of the next step, which begins with these chains.

    Where its first net input does not come out, it is not the step that it should be, and is not
    judged: it may have another rate, or a network of its own.
    """
    given, computed = beginning(groups, marker.names)
    before = groups[: next((at for at, group in enumerate(groups) if computed is group), 0)]
    stated = stated_start(before, marker.names)
    mistaken = follow(stated, marker)
    try:
        lesson = lesson_with({} if mistaken else stated, marker.meanings, given)
        is_next = mistaken or has(following_lesson(marker.meanings, given), stated)
        meanings = Meanings.of(lesson)
    except (ClearpropError, LookupError):  # targets that the loss does not take; other weights
        return replace(marker, gaps=Gaps(frozenset({"step"})))
    names = replace(marker.names, meanings=meanings, known=dict(marker.names.known))
    found = Marker(meanings, names, marker.gaps)
    found.any_wrong, found.made = marker.any_wrong, dict(marker.made)
    if is_next:
        found.sound.written |= start(marker.sound.written)
        found.all.written |= start(marker.all.written) | expected_start(stated, marker)
    if not all(comes_out(chain, found) for chain in computed):
        found.gaps = Gaps(frozenset({"step"}))
    return found


def follow(stated: Mapping[Start, str], marker: Marker) -> bool:
    """Return whether weights that are stated follow from a mistake of the step before."""
    if not marker.any_wrong or has(following_lesson(marker.meanings, {}), stated):
        return False
    return all(
        marker.all.looked_up(Updated(name)).meets(left_open(text, "="))
        for name, text in stated.items()
        if isinstance(name, Weight | Bias)
    )


def expected_start(stated: Mapping[Start, str], marker: Marker) -> dict[Meaning, Interval]:
    """Return what weights that are stated should be by what the step before has on paper."""
    return {
        Variable(name): marker.all.looked_up(Updated(name))
        for name in stated
        if isinstance(name, Weight | Bias)
    }


def lesson_with(
    stated: Mapping[Start, str], meanings: Meanings, given: Mapping[Meaning, float]
) -> Lesson:
    """Return the lesson of the first step with weights as stated: the next, this one, or a later.

    Raises
    ------
    LookupError: none of them has.
    """
    lesson = following_lesson(meanings, given)
    if has(lesson, stated):
        return with_stated(lesson, stated)
    if has(meanings.lesson, stated):
        return replace(meanings.lesson, x=lesson.x, y=lesson.y)
    for _ in range(PASSED_OVER):
        lesson = next_lesson(run_step(lesson))
        if has(lesson, stated):
            return with_stated(lesson, stated)
    raise LookupError


def has_weights(stated: Mapping[Start, str]) -> bool:
    """Return whether a weight is among what is stated."""
    return any(isinstance(name, Weight | Bias) for name in stated)


def has(lesson: Lesson, stated: Mapping[Start, str]) -> bool:
    """Return whether a lesson has the weights that are stated, but for some last digits."""
    values = Values(run_step(lesson))
    return all(
        abs(float(text) - values[name]) <= LAST_DIGITS * unit_of(text)
        for name, text in stated.items()
        if isinstance(name, Weight | Bias)
    )


def with_stated(lesson: Lesson, stated: Mapping[Start, str]) -> Lesson:
    """Return a lesson with what is stated, where rounding led to other last digits."""
    values = Values(run_step(lesson))
    state, weights = values.step.state, lesson.parameters.vector.copy()
    vectors = {name: vector.copy() for name, vector in state.vectors.items()}
    for name, text in stated.items():
        off = abs(float(text) - values[name])
        if fits(text, values[name]) >= VALUE or off > LAST_DIGITS * unit_of(text):
            continue
        match name:
            case State(letter, Weight() | Bias() as parameter) if letter in vectors:
                vectors[letter][place_of(lesson.network, parameter)] = float(text)
            case Weight() | Bias():
                weights[place_of(lesson.network, name)] = float(text)
    parameters = lesson.parameters.with_vector(weights)
    return replace(lesson, parameters=parameters, carried={**state.shared, **vectors})


def next_lesson(step: Step) -> Lesson:
    """Return the lesson of the step after a step."""
    state = step.next_state
    carried = {**state.vectors, **state.shared}
    return replace(step.lesson, parameters=step.updated, carried=carried)


def beginning(
    groups: Sequence[Group], names: NameMatcher
) -> tuple[dict[Meaning, float], Sequence[Chain]]:
    """Return the inputs and targets that a step is given anew, and the first chains it computes.

    A target alone is not given anew: t = 2 may count the steps.
    """
    given: dict[Meaning, float] = {}
    inputs = 0
    for group in groups:
        for chain in group:
            meaning, text = meaning_of(chain, names), stated(chain)
            match meaning:
                case Variable(Activation(0) | Target() as of) if text is not None:
                    given[meaning] = float(text)
                    inputs += isinstance(of, Activation)
                case Variable(NetInput() | Activation()):
                    return (given if inputs else {}), group
    return {}, ()


def comes_out(chain: Chain, marker: Marker) -> bool:
    """Return whether the value of a chain is about that of its quantity, or follows on paper."""
    meaning, digits = meaning_of(chain, marker.names), values_of(chain)
    if meaning is None:
        return False
    exact, expected = marker.meanings.exact(meaning), marker.all.expected(meaning)
    may_follow = marker.any_wrong and "optimizer" not in marker.gaps.open
    return all(
        fits(text, exact) or (may_follow and expected.meets(left_open(text, "=")))
        for text in digits
    )


def start(written: dict[Meaning, Interval]) -> dict[Meaning, Interval]:
    """Return what stands on a paper after the update and is carried into the next step."""
    return {
        Variable(meaning.name.quantity): value
        for meaning, value in written.items()
        if isinstance(meaning, Variable) and isinstance(meaning.name, Updated)
        if isinstance(meaning.name.quantity, Weight | Bias | State)
    }
