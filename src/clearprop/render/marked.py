"""A marked solution as every format shows it: its lines with their marks, the words around them.

Comes in: a `Report`. Goes out: what was understood, the lines with what stands beside and under
them, the counts and the verdict, as plain strings that a format sets in its own way.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from clearprop.checking.mistakes import sentence
from clearprop.checking.reading.sheet import lacking
from clearprop.checking.report import DOUBTED, SLIPPED, Judgement, Mark, Report
from clearprop.errors import counted
from clearprop.network.lesson import Lesson, one_if_equal
from clearprop.network.quantities import Constant, Quantity, State, Target
from clearprop.render.numbers import number_text
from clearprop.render.text_symbols import links_text, mark_text
from clearprop.tracing.trace import trace_steps

SIGNS: Mapping[Mark, str] = {
    "right": "✓",
    "rounding": "≈",
    "follows": "↪",
    "wrong": "✗",
    "not understood": "?",
}
WEIGHT: Sequence[Mark] = ("wrong", "follows", "not understood", "rounding", "right")
SHOWN = 3  # mistakes that are told in full under a wrong line
ARITHMETIC_ALONE = (
    "Only the arithmetic was marked, for the network could not be read out of the text{}. Say more "
    "there, or give the network as a lesson file."
)
NOTHING = 1e-15  # in size: a slope of 0 that was computed in floats
FEWEST, MOST = 3, 17  # significant digits that an exact value is shown with
NUMERAL = re.compile(r"(\d[\d ,]*(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
# What a terminal would obey and a page may not hold: shown as a picture of itself.
CONTROLS = {code: 0x2400 + code for code in range(0x20)}
CONTROLS |= dict.fromkeys((*range(0x7F, 0xA0), *range(0xD800, 0xE000)), 0xFFFD)


@dataclass(frozen=True)
class MarkedLine:
    """A line of the solution: its mark, the weightiest of its equalities', None without any.

    `beside` is what fits behind the line, `under` the lines of explanation below it.
    """

    number: int
    text: str
    mark: Mark | None
    beside: str
    under: tuple[str, ...]


def marked_lines(report: Report) -> Iterator[MarkedLine]:
    """Yield every line of the solution with its mark and remarks."""
    found: dict[int, list[Judgement]] = {}
    for judgement in report.judgements:
        found.setdefault(judgement.line, []).append(judgement)
    for number, text in enumerate(report.source, start=1):
        here = found.get(number, [])
        marks = {judgement.mark for judgement in here}
        mark = next((mark for mark in WEIGHT if mark in marks), None)
        yield MarkedLine(number, visible(text), mark, beside(here, mark), tuple(under(here)))


def visible(text: str) -> str:
    r"""Return a line in which control characters are seen, not obeyed.

    >>> visible("\t\x1b[2J")
    '    ␛[2J'
    """
    return text.expandtabs(4).translate(CONTROLS)


def once(texts: Iterable[str]) -> list[str]:
    """Return texts without repetitions, in their order."""
    return list(dict.fromkeys(texts))


# --- remarks -------------------------------------------------------------------------------------


def beside(judgements: Iterable[Judgement], mark: Mark | None) -> str:
    """Return what stands behind a line that is not wrong: exact values, where others are printed.

    Of the links of a chain the last speaks for its quantity.
    """
    here = list(judgements)
    digits = max(map(digits_printed, here), default=0)
    found = {
        judgement.quantity: exact_text(judgement, digits)
        for judgement in here
        if judgement.exact is not None and judgement.mark in ("rounding", "follows")
    }
    return "" if mark == "wrong" or not found else f"exact {', '.join(found.values())}"


def under(judgements: Sequence[Judgement]) -> list[str]:
    """Return what stands under a line: what is expected, of each quantity once, and mistakes."""
    expected = {j.quantity: expectation(j, judgements) for j in judgements if is_expected(j)}
    remarks: list[str] = []
    for judgement in judgements:
        remarks += [expected[judgement.quantity]] if is_expected(judgement) else []
        remarks += explanation(judgement)
    return once(remarks)


def is_expected(judgement: Judgement) -> bool:
    """Return whether it is to be said what a quantity should be."""
    is_known = judgement.exact is not None and judgement.note != DOUBTED
    return judgement.mark == "wrong" and is_known


def expectation(judgement: Judgement, of_line: Iterable[Judgement]) -> str:
    """Return what a quantity should be, to a digit more than any of its numbers on the line has."""
    alike = [other for other in of_line if other.quantity == judgement.quantity]
    value = exact_text(judgement, max(map(digits_printed, alike)))
    sign = "=" if float(value) == judgement.exact else "≈"
    return " ".join(filter(None, ("expected", judgement.quantity, sign, value)))


def explanation(judgement: Judgement) -> Iterator[str]:
    """Yield why an equality is wrong or could not be read, the likely mistakes first."""
    if judgement.mark == "wrong":
        if judgement.note.startswith(SLIPPED):
            yield judgement.note
        yield from likely(judgement.mistakes)
    if judgement.note and judgement.mark not in ("right", "rounding"):
        yield judgement.note


def likely(mistakes: Sequence[str]) -> Iterator[str]:
    """Yield the mistakes that give a wrong value in words, the likeliest first."""
    shown = SHOWN if len(mistakes) > SHOWN + 1 else len(mistakes)
    for place, name in enumerate(mistakes[:shown]):
        yield f"or: {sentence(name)}" if place else sentence(name)
    if others := mistakes[shown:]:
        yield f"or one of {len(others)} more that give these digits"


def exact_text(judgement: Judgement, beside: int = 0) -> str:
    """Return the exact value to a digit more than was printed, or as many as tell the two apart.

    `beside` is how many digits another number on its line has. What is left of 0 in floats is 0.
    """
    assert judgement.exact is not None
    if abs(judgement.exact) < NOTHING < abs(judgement.printed or 1):
        return "0"
    first = max(FEWEST, digits_printed(judgement) + 1, beside + 1)
    for digits in range(first, MOST):
        text = number_text(judgement.exact, digits)[0]
        if judgement.printed is None or float(text) != judgement.printed:
            return text
    return number_text(judgement.exact, MOST)[0]


def digits_printed(judgement: Judgement) -> int:
    """Return with how many significant digits the number on the right side is printed.

    A formula there is as if its value were printed with so many that one more is usual.

    >>> digits_printed(Judgement(1, "L = (0.354)² ≈ 0.125", "rounding", printed=0.125))
    3
    """
    right_side = re.split(r"[=≈→]|\\approx", judgement.text)[-1].strip(" $-−()")
    if not NUMERAL.fullmatch(right_side):
        return FEWEST
    mantissa = re.split("[eE]", right_side)[0]
    return len(re.sub(r"[ ,.]", "", mantissa).lstrip("0"))


# --- what was understood -------------------------------------------------------------------------


def understood(report: Report) -> list[tuple[str, str]]:
    """Return what was read out of the solution itself, as pairs of words."""
    facts = []
    if report.from_text and report.lesson is not None:
        facts += [*lesson_facts(report.lesson, report.unsaid)]
    differ = [(theirs, ours) for theirs, ours in report.names if theirs.replace("_", "") != ours]
    if mapped := [f"{theirs} is {ours}" for theirs, ours in differ if theirs != ours]:
        facts.append(("names", visible(", ".join(mapped))))
    return facts


def lesson_facts(
    lesson: Lesson, unsaid: Collection[str] = frozenset()
) -> Iterator[tuple[str, str]]:
    """Yield the network, how it learns as far as that is said, and its numbers."""
    network, learning = lesson.network, lesson.learning
    activations = one_if_equal(network.activations)
    names = activations if isinstance(activations, str) else ", ".join(activations)
    biases = "with biases" if any(network.biases) else "no biases"
    yield "network", f"{'-'.join(map(str, network.layers))}, {names}, {biases}"
    loss = "unknown" if "loss" in unsaid else learning.loss
    examples = f"{learning.reduction} over {counted(len(lesson.x), 'example')}"
    yield "loss", "not said" if "no loss" in unsaid else f"{loss}, {examples}"
    optimizer = "unknown optimizer" if "optimizer" in unsaid else learning.optimizer
    rate = "rate not given" if "rate" in unsaid else f"rate {learning.constant('rate'):g}"
    yield "learning", f"{optimizer}, {rate}"
    if learning.frozen:
        yield "frozen", ", ".join(learning.frozen)
    if lesson.readable:
        trace = trace_steps(lesson)
        pairs = zip(trace.given_quantities, trace.given, strict=True)
        given = [line for quantity, line in pairs if is_said(quantity, unsaid)]
        texts = (" ".join([mark_text(line.symbol), *links_text(line, MOST)]) for line in given)
        yield "numbers", ", ".join(texts)


def is_said(quantity: Quantity, unsaid: Collection[str]) -> bool:
    """Return whether a number that a lesson needs is the solution's, not put in for one left out.

    >>> is_said(Constant("rate"), {"rate"}), is_said(Constant("rate"), {"targets"})
    (False, True)
    """
    match quantity:
        case Target():
            return "targets" not in unsaid
        case Constant("rate"):
            return "rate" not in unsaid
        case Constant() | State():
            return "optimizer" not in unsaid
    return True


# --- the verdict ---------------------------------------------------------------------------------


def counts(report: Report) -> str:
    """Return how many equalities have which mark.

    >>> counts(Report(("z = 1",), (Judgement(1, "z = 1", "right"),)))
    '1 equality: 1 right'
    """
    total = len(report.judgements)
    parts = [f"{report.count(mark):,} {mark}" for mark in SIGNS if report.count(mark)]
    return f"{total:,} {'equality' if total == 1 else 'equalities'}: {', '.join(parts) or 'none'}"


def verdict(report: Report) -> str:
    """Return in a sentence or two what the marks come to."""
    if not report.understood:
        return f"{nothing_understood(report)}."
    if report.first_wrong is None:
        unread = report.count("not understood")
        rest = f"; {unread:,} could not be read and {are(unread)} not marked" if unread else ""
        if report.lesson is None:
            return f"Nothing is wrong in the arithmetic{rest}. {arithmetic_alone(report)}"
        return f"Nothing is wrong{rest}."
    told = f"{first_mistake(report.first_wrong)} {after_it(report, report.first_wrong)}"
    return told if report.lesson is not None else f"{told} {arithmetic_alone(report)}"


def arithmetic_alone(report: Report) -> str:
    """Return the sentence that no value was held against the network, and why."""
    return ARITHMETIC_ALONE.format(report.missing and f": {report.missing}")


def are(count: int) -> str:
    """Return "is" or "are"."""
    return "is" if count == 1 else "are"


def first_mistake(wrong: Judgement) -> str:
    """Return the sentence that names the first mistake."""
    start = f"The first mistake is on line {wrong.line}"
    if not wrong.mistakes:
        why = wrong.note or f"{visible(wrong.text)} does not hold"
        return f"{start}: {why.rstrip('.')}."
    why, likely = sentence(wrong.mistakes[0]).rstrip("."), how_likely(wrong)
    if wrong.note.startswith(SLIPPED):
        behind = f"Behind the number printed is {' '.join([*likely, 'this'])}"
        return f"{start}: {wrong.note}. {behind}: {why}."
    return f"{', '.join([start, *likely])}: {why}."


def how_likely(wrong: Judgement) -> list[str]:
    """Return the word for how sure a mistake is: none where its digits speak for no other.

    >>> how_likely(Judgement(1, "h = 0.6", "wrong", mistakes=("bias_forgotten",)))
    ['perhaps']
    """
    if digits_printed(wrong) == 1:
        return ["perhaps"]
    return ["most likely"] if len(wrong.mistakes) > 1 else []


def after_it(report: Report, wrong: Judgement) -> str:
    """Return the sentence on what comes after the first mistake."""
    others = {j.line for j in report.judgements if j.mark == "wrong"} - {wrong.line}
    if others:
        lines = ", ".join(map(str, sorted(others)))
        return f"More is wrong on line{'s' * (len(others) > 1)} {lines}."
    if report.count("follows"):
        return "Everything after it that differs follows from it."
    unread = report.count("not understood")
    return f"Nothing else is wrong{', of what could be read' if unread else ''}."


def nothing_understood(report: Report) -> str:
    """Return why nothing could be marked, and the way out."""
    if not report.judgements and (why := lacking("\n".join(report.source))):
        return why
    if not report.judgements:
        return "There is nothing to mark: no equality such as z = 0.5 × 1 = 0.5 was found"
    if report.lesson is None:
        return (
            "The network and its numbers could not be read out of the solution; "
            "give them with --lesson LESSON.toml"
        )
    return (
        f"None of {counted(len(report.judgements), 'line')} with an equality could be understood; "
        "say whose names are meant, as in --name net_h1=z_h1"
    )
