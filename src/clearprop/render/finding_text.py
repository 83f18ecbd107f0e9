"""The moment that was looked for, as text: `clearprop find RUN CONDITION`.

Comes in: `Findings`. Goes out: something that rich prints, with the command that explains it.
"""

import shlex
from collections.abc import Iterator
from itertools import groupby

from rich.console import Group, RenderableType
from rich.text import Text

from clearprop.errors import counted
from clearprop.network.names import Names
from clearprop.network.network import Network
from clearprop.network.quantities import Bias, Weight
from clearprop.render.pages import commands
from clearprop.render.run_text import number, spelled, told_apart
from clearprop.runs.conditions import Compared, Quantity
from clearprop.runs.finding import Finding, Findings
from clearprop.runs.measures import EPOCH, MEASURES, UPDATE


def findings_page(found: Findings, every: bool = False) -> RenderableType:
    """Return where the condition holds, or that it never does, and what to do next."""
    if not found.found:
        return Text(never(found))
    lines = [first_line(found)]
    if found.rows:
        lines.append(f"looked at {found.rows}")
    if every:
        lines += [f"  {line}" for line in spans(found)]
    if found.cut_off:
        lines.append(f"The search was cut off at step {found.looked_to:,}.")
    parts: list[RenderableType] = [Text(line) for line in lines]
    if found.run.path is not None:
        parts += ["", Text("Next:", "dim"), commands(next_commands(found))]
    return Group(*parts)


def first_line(found: Findings) -> str:
    """Return the first step, with the values that make the condition hold there."""
    first = found.found[0]
    place, steps = f"step {first.step:,}", found.run.per_epoch
    epoch = "" if steps is None else f" (epoch {first.step // steps + 1:,})"
    if found.broke:
        return f"first number that is not finite, in the update after {place}: {found.broke.words}"
    when = f"after {place}{epoch}"
    if MEASURES[found.condition.quantity.kind].of == UPDATE:
        when = f"in the update after {place}{epoch}"
    elif MEASURES[found.condition.quantity.kind].of == EPOCH:
        when = f"after {place} (the end of epoch {first.step // (steps or 1):,})"
    elif first.step == 0:
        when = "from the start"
    return f"{asked(found)}: first {when}{values_words(found, first)}"


def asked(found: Findings) -> str:
    """Return the condition, with the number that a statistic came to."""
    test = found.condition.test
    if isinstance(test, Compared) and test.threshold.statistic is not None:
        return f"{found.condition.text} (= {number(found.limit)})"
    return found.condition.text


def values_words(found: Findings, finding: Finding) -> str:
    """Return the value, with the one before where it is told by both."""
    quantity = found.condition.quantity
    if quantity.kind == "dead" and quantity.unit is not None:
        return ""
    if finding.before is not None:
        before, value = told_apart((finding.before, finding.value))
        return f": from {before} to {value}"
    return f": {quantity.words} is {value_text(quantity, finding.value)}"


def value_text(quantity: Quantity, value: float) -> str:
    """Return a value, a share in percent."""
    if quantity.kind in ("dead", "saturated"):
        return f"{100 * value:.3g} %"
    return number(value)


def never(found: Findings) -> str:
    """Return that the condition does not hold, and between what the values lie."""
    span, cut = span_words(found), ""
    if found.cut_off:
        cut = f"; the search was cut off before step {found.last:,}"
    if found.condition.quantity.kind == "non-finite":
        return f"No number in {span} is infinite or NaN{cut}."
    when = f"not at {span}" if span.startswith("step ") else f"at none of {span}"
    rows = f" (looked at {found.rows})" if found.rows else ""
    return f"{asked(found)}: {when}{rows}{range_words(found)}{cut}."


def span_words(found: Findings) -> str:
    """Return which steps were looked at."""
    if found.first == 0 and found.looked_to == found.run.outcome.steps:
        return f"the run's {counted(found.looked_to, 'step')}"
    if found.first == found.looked_to:
        return f"step {found.first:,}"
    return f"steps {found.first:,} to {found.looked_to:,}"


def range_words(found: Findings) -> str:
    """Return between what the values lie, where there are any that say something."""
    quantity = found.condition.quantity
    if found.least > found.largest:
        return nothing_words(found)
    if quantity.kind == "dead" and quantity.unit is not None:
        return ""
    low, high = (value_text(quantity, value) for value in (found.least, found.largest))
    if low == high:
        return f"; {quantity.words} is {low} throughout"
    return f"; {quantity.words} lies between {low} and {high}"


def nothing_words(found: Findings) -> str:
    """Return why there is no value in the span; "" where there are, though none is a number."""
    of = MEASURES[found.condition.quantity.kind].of
    if of == UPDATE and found.first == found.run.outcome.steps:
        return "; no update follows it"
    if of != EPOCH:
        return ""
    ends = found.run.history["step"]
    return "" if ends.is_between(found.first, found.last).any() else "; no epoch ends there"


def spans(found: Findings) -> Iterator[str]:
    """Yield all steps at which it holds, neighbours joined."""
    of, course = MEASURES[found.condition.quantity.kind].of, found.condition.test.needs_value_before
    if of == EPOCH or course:
        for finding in found.found:
            yield f"step {finding.step:,}{values_words(found, finding)}"
        return
    steps = [finding.step for finding in found.found]
    for _, group in groupby(enumerate(steps), lambda pair: pair[1] - pair[0]):
        run = [step for _, step in group]
        alone = f"step {run[0]:,}"
        yield alone if len(run) == 1 else f"steps {run[0]:,} to {run[-1]:,} ({len(run):,} steps)"


def next_commands(found: Findings) -> Iterator[str]:
    """Yield the commands that explain the first step: of the update that made it so."""
    run, step, quantity = found.run, found.found[0].step, found.condition.quantity
    path = shlex.quote(spelled(run.path)) if run.path else "RUN"
    of = MEASURES[quantity.kind].of
    before = step if of == UPDATE or found.broke else max(0, step - 1)
    start = f"clearprop trace {path} --at {before}"
    explain = f"clearprop explain {path} {{}} --at {before}"
    if not run.traceable:
        yield from of_watched(found, explain, f"clearprop show {path} --at {before}")
        return
    if found.broke and found.broke.number and run.shown_whole:
        yield f"{start} --explain {shlex.quote(found.broke.number)}"
    elif quantity.kind == "parameter":
        yield explain.format(shlex.quote(quantity.words.strip("|")))
    elif quantity.kind == "slope":
        yield f"{start} --explain {shlex.quote(quantity.words.strip('|'))}"
    elif quantity.kind in ("dead", "saturated") and quantity.unit is not None:
        yield explain.format(shlex.quote(incoming(run.network, quantity)))
    else:
        yield start
    if of == EPOCH:
        yield f"clearprop show {path} --at {step}"
    elif quantity.kind != "parameter" and not found.broke:
        yield f"clearprop show {path} --health --at {step}"


def of_watched(found: Findings, explain: str, show: str) -> Iterator[str]:
    """Yield the commands of a watched PyTorch loop, whose steps are not traced."""
    quantity = found.condition.quantity
    if quantity.kind in ("parameter", "slope"):
        yield explain.format(shlex.quote(quantity.words.strip("|").removeprefix("dL/d")))
    yield show


def incoming(network: Network, quantity: Quantity) -> str:
    """Return the name of a unit's bias, or of its first weight where it has none."""
    layer, unit = quantity.layer or 1, quantity.unit or 0
    has = network.has_biases(layer)
    return Names(network).id(Bias(layer, unit) if has else Weight(layer, unit, 0))
