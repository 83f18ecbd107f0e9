"""A worksheet: a step's quantities as blanks to be filled in, with their answers.

Comes in: a lesson. Goes out: a `Worksheet`, which is all that a renderer needs. Asked is what takes
arithmetic: not what is only copied (∂z/∂w = h), nor what is 0 or 1 whatever the numbers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, DecimalException

from clearprop.equations.order import sections
from clearprop.errors import SettingError, counted
from clearprop.formulas.arithmetic import FLOATS
from clearprop.formulas.expressions import Number, Variable
from clearprop.formulas.notation import Mark
from clearprop.network.lesson import Lesson
from clearprop.network.quantities import Bias, Loss, Part, Proof, Quantity, Updated, Weight
from clearprop.shown import Shown
from clearprop.tracing.lines import Line, chosen
from clearprop.tracing.trace import Trace, trace_steps
from clearprop.tracing.values import Values
from clearprop.worksheets.working import answers


@dataclass(frozen=True)
class Blank:
    """One blank: its name in ASCII, its symbol, what a person writes, and the exact value."""

    id: str
    symbol: Mark
    answer: Decimal
    exact: float


@dataclass(frozen=True)
class Question:
    """A titled step of the exercise, with its blanks."""

    title: str
    blanks: tuple[Blank, ...]


@dataclass(frozen=True)
class Worksheet(Shown):
    """One exercise; `seed` is what its numbers were drawn from, None where they were given.

    >>> from clearprop.network.lesson import seed_lesson
    >>> sheet = worksheet_of(seed_lesson())
    >>> [(blank.id, str(blank.answer)) for blank in sheet.blanks][:3]
    [('z_h', '1.1'), ('h', '0.750'), ('z_out', '0.600')]
    """

    trace: Trace
    questions: tuple[Question, ...]
    seed: int | None = None

    def __repr__(self) -> str:
        return f"<Worksheet {self.title!r}: {counted(len(self.blanks), 'blank')}>"

    @property
    def lesson(self) -> Lesson:
        """The network, its numbers and how it learns."""
        return self.trace.step.lesson

    @property
    def name(self) -> str:
        """What the exercise's files are called."""
        return exercise_name(self.seed)

    @property
    def title(self) -> str:
        """The heading of the exercise."""
        sizes = "-".join(map(str, self.lesson.network.layers))
        number = "" if self.seed is None else f" {self.seed}"
        return f"Exercise{number}: one training step of a {sizes} network"

    @property
    def loss(self) -> Line:
        """The line that defines the loss, of the first example where there are several."""
        batch = len(self.lesson.x) > 1
        name = "L@1" if batch else "L"
        if self.trace.equations.short_form is None:
            return self.trace[name]
        return self.trace[f"{name}:definition"]

    @property
    def blanks(self) -> tuple[Blank, ...]:
        """All blanks, in the order of the work."""
        return tuple(blank for question in self.questions for blank in question.blanks)


def exercise_name(seed: int | None) -> str:
    """Return what the files of an exercise are called.

    >>> exercise_name(7), exercise_name(None)
    ('exercise-07', 'exercise')
    """
    return "exercise" if seed is None else f"exercise-{seed:02d}"


def worksheet_of(lesson: Lesson, seed: int | None = None) -> Worksheet:
    """Return the worksheet of a lesson.

    Raises
    ------
    SettingError: too many numbers for a person, or rounded to 3 digits they cannot be worked out.
    """
    check_size(lesson)
    trace = trace_steps(lesson)
    values = trace.writer.values
    try:
        found = answers(values, asked(values))
    except DecimalException:
        raise SettingError(
            "with these numbers, rounded to 3 digits, the step cannot be worked out (a division by "
            "0 or the logarithm of 0); choose others"
        ) from None
    questions = []
    for section in sections(values.equations):
        blanks = tuple(
            Blank(trace.writer.id(q), trace.writer.symbol(q), found[q], values[q])
            for q in section.quantities
            if q in found
        )
        if blanks:
            questions.append(Question(section.title, blanks))
    return Worksheet(trace, tuple(questions), seed)


def check_size(lesson: Lesson) -> None:
    """Raise SettingError for more numbers than a person works with."""
    if not lesson.readable:
        raise SettingError(
            "a worksheet is worked by hand, so it takes a network of at most 50 parameters and "
            "100 examples"
        )


def asked(values: Values) -> tuple[Quantity, ...]:
    """Return the quantities that are asked for, in the order of the work."""
    return tuple(q for q in quantities(values) if takes_arithmetic(values, q))


def quantities(values: Values) -> Iterator[Quantity]:
    """Yield what a person writes down: nothing inside an activation or the second forward pass."""
    for section in sections(values.equations):
        for quantity in section.quantities:
            match quantity:
                case Updated(Loss(int())):
                    continue
                case Part() | Proof():
                    continue
                case Updated(of) if not isinstance(of, Weight | Bias | Loss):
                    continue
            yield quantity


def takes_arithmetic(values: Values, quantity: Quantity) -> bool:
    """Return whether a quantity is more than a copy of another, and not just 0 or 1."""
    tree = chosen(values.equations.equation(quantity).tree, values, FLOATS)
    return not isinstance(tree, Number | Variable) and values[quantity] not in (-1.0, 0.0, 1.0)
