"""The page of the corpus: from outcomes to docs/check-corpus.md."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from checking.corpus.marking import Outcome
from clearprop.checking.mistakes import MISTAKES
from clearprop.sweeps.sweep import wilson

OPENING = """\
# How well `clearprop check` names mistakes

Written by `make corpus`. Each known misconception is put into the worked step of random networks
(one to three hidden layers, every loss, activation and optimizer, one to three examples), at a
random quantity, and everything after it follows from it. The solutions are written in several
manners: with formulas or values alone, with the wrong formula or the right one beside a wrong
value, with every line or only the main ones, with exact or rounded numbers carried on. A case
counts where the mistake changes a digit beyond what rounding explains.

- **found**: the first line marked wrong is the one where the mistake shows.
- **named first**: its mistake is the first that is named.
- **named**: its mistake is named; before it stand only others that give the same digits.
"""


def page(outcomes: Sequence[Outcome]) -> str:
    """Return the page."""
    wrong = [each for each in outcomes if each.mistake and each.drawn]
    digits = sorted({each.digits for each in wrong}, reverse=True)
    right = sum(not each.mistake for each in outcomes)
    counted = f"{len(wrong):,} solutions with one of {len(MISTAKES)} mistakes, on random networks."
    lines = [OPENING, counted, ""]
    lines += ["| digits printed | solutions | found | named first | named |"]
    lines += ["|---:|---:|---:|---:|---:|"]
    for count in digits:
        of_digits = [each for each in wrong if each.digits == count]
        lines.append(f"| {count} | {len(of_digits):,} | {shares(of_digits)} |")
    lines += ["", *bounds(wrong)]
    lines += ["", "## Right solutions", "", *alarms(outcomes, right), "", "## Each mistake", ""]
    heads = " | ".join(f"named first, {count} | named, {count}" for count in digits)
    lines += [f"| mistake | what it is | {heads} |", "|---|---|" + "---:|" * (2 * len(digits))]
    lines += [row(name, wrong, digits) for name in MISTAKES]
    return "\n".join(lines) + "\n"


def bounds(wrong: Sequence[Outcome]) -> list[str]:
    """Return how sure a sample makes us that as many of all cases are found and named."""
    if not wrong:
        return []
    both = sum(each.found and each.named for each in wrong)
    least = 100 * wilson(both, len(wrong))[0]
    text = (
        f"{both:,} of them are found and named. They are a sample: with 95 % confidence so are at"
    )
    return [f"{text} at least {least:.1f} % of all such cases (Wilson 1927)."]


def shares(outcomes: Sequence[Outcome]) -> str:
    """Return the cells of a row: found, named first, named."""
    parts: tuple[Callable[[Outcome], bool], ...] = (
        lambda each: each.found,
        lambda each: each.first,
        lambda each: each.named,
    )
    return " | ".join(share(map(part, outcomes)) for part in parts)


def share(holds: Iterable[bool]) -> str:
    """Return how often something holds, in percent."""
    flags = list(holds)
    return f"{100 * sum(flags) / len(flags):.1f} %" if flags else "–"


def row(name: str, wrong: Sequence[Outcome], digits: Sequence[int]) -> str:
    """Return the row of one mistake."""
    cells = []
    for count in digits:
        own = [each for each in wrong if each.mistake == name and each.digits == count]
        cells += [share(each.first for each in own), share(each.named for each in own)]
    return f"| `{name}` | {MISTAKES[name].sentence} | {' | '.join(cells)} |"


def alarms(outcomes: Sequence[Outcome], right: int) -> list[str]:
    """Return what became of the right solutions."""
    false = sum(not each.found for each in outcomes if not each.mistake)
    given = f"{right:,} right solutions, rounded on every line to 3, 4, 5 or 6 significant digits"
    most = 100 * wilson(false, right)[1] if right else 100.0
    text = f"{given}: {false} of them with a line marked wrong. With 95 % confidence that happens"
    return [f"{text} in at most {most:.2f} % of all such solutions (Wilson 1927)."]
