"""What the drawing of a network shows at each step of the work: numbers known so far, parts lit.

Comes in: a trace. Goes out: a `Scene` for each of its sections, and one of the whole step. Parts
of the drawing are named as in `places.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from clearprop.network.quantities import (
    Activation,
    Bias,
    Loss,
    NetInput,
    Parameter,
    Quantity,
    Slope,
    Target,
    Updated,
    Weight,
    delta,
    gradient,
)
from clearprop.tracing.lines import Line
from clearprop.tracing.places import BACKWARD, FORWARD, UPDATE, everything, place
from clearprop.tracing.trace import Trace

STRENGTH = {FORWARD: 0, BACKWARD: 1, UPDATE: 2}  # the later way of a section is the one shown


@dataclass(frozen=True)
class Scene:
    """The drawing at one step.

    `values` are the numbers in its parts, `notes` those beside them, each with its way; `lit` says
    which parts the step is about and which way it goes there; `links` names the line that derives
    the number of a part. `fresh` are the lines of this very step; `new` says whether the weights
    are those after the update.
    """

    values: Mapping[Quantity, Line] = field(default_factory=dict)
    notes: Mapping[Quantity, tuple[tuple[str, Line], ...]] = field(default_factory=dict)
    lit: Mapping[Quantity, str] = field(default_factory=dict)
    links: Mapping[Quantity, str] = field(default_factory=dict)
    fresh: frozenset[str] = frozenset()
    new: bool = False


def scenes(trace: Trace) -> list[Scene]:
    """Return the scene before the step, that of each section, and that of all numbers together."""
    known = {line.id: line for line in (*trace.given, *(x for s in trace.steps for x in s.lines))}
    steps = [scene(trace, number) for number in range(len(trace.steps) + 1)]
    return [*steps, Stage(trace).whole(known)]


def scene(trace: Trace, number: int) -> Scene:
    """Return the scene of a section, counted from 1; 0 is the scene before the step."""
    stage, sections = Stage(trace), trace.steps[:number]
    known = {line.id: line for line in (*trace.given, *(x for s in sections for x in s.lines))}
    if not sections:
        return stage.scene(known, (), 0)
    return stage.section_scene(known, sections[-1].lines)


@dataclass(frozen=True)
class Stage:
    """Puts the numbers of a trace into the drawing."""

    trace: Trace

    @property
    def alone(self) -> bool:
        """Whether the step has one example, whose numbers the last scene keeps."""
        return self.trace.step.lesson.names.examples == 1

    def id(self, quantity: Quantity) -> str:
        """Return the id of a quantity's line."""
        return self.trace.writer.id(quantity)

    # --- the scenes ------------------------------------------------------------------------------

    def section_scene(self, known: Mapping[str, Line], lines: Iterable[Line]) -> Scene:
        """Return the scene of a section: the numbers known by its end, and what it lights."""
        now = {self.trace.find(line.id): line for line in lines}
        examples = {e for q in now if (e := example_of(q)) is not None}
        example = 0 if self.alone else min(examples) if len(examples) == 1 else None
        if Updated(Loss()) in now:
            return self.after(known, now)
        return self.scene(known, now, example)

    def scene(
        self, known: Mapping[str, Line], now: Iterable[Quantity], example: int | None
    ) -> Scene:
        """Return the scene of an example's numbers, or of those of all examples together."""
        quantities = tuple(now)
        ways = {way for way, _ in map(self.place, quantities)}
        values, notes = {}, {}
        for part in self.parts:
            here = self.at(part, example)
            if here is not None and (line := known.get(self.id(here))):
                values[part] = line
            candidates = [
                *((FORWARD, q) for q in self.net_input(part, example) if q in quantities),
                *((BACKWARD, q) for q in self.deltas(part, example) if BACKWARD in ways),
                *((BACKWARD, q) for q in self.gradients(part, example) if q in quantities),
                *((UPDATE, q) for q in self.updates(part) if q in quantities),
            ]
            shown = [(way, known[name]) for way, q in candidates if (name := self.id(q)) in known]
            if shown:
                notes[part] = tuple(shown)
        fresh = frozenset(map(self.id, quantities))
        return Scene(values, notes, self.lights(quantities), self.links(example), fresh)

    def after(self, known: Mapping[str, Line], now: Iterable[Quantity]) -> Scene:
        """Return the scene of the forward pass with the new weights."""
        values = {}
        for part in self.parts:
            again = part if is_given(part) else Updated(part)  # type: ignore[arg-type]
            if (self.alone or isinstance(part, Parameter | Loss)) and (
                line := known.get(self.id(again))
            ):
                values[part] = line
        links = self.links(0 if self.alone else None)
        return Scene(values, {}, self.lights(now), links, frozenset(map(self.id, now)), new=True)

    def whole(self, known: Mapping[str, Line]) -> Scene:
        """Return the scene of the whole step: of one example every number at once.

        What the update leaves as it was, a frozen bias or the weights of a dead unit, stands once.
        """
        found = self.scene(known, (), 0 if self.alone else None)
        notes: dict[Quantity, tuple[tuple[str, Line], ...]] = {}
        for part in self.parts:
            late = [(UPDATE, q) for q in self.updates(part) if self.changes(q, part, known)]
            late += [(BACKWARD, q) for q in self.deltas(part, 0) if self.alone]
            if shown := [(way, known[name]) for way, q in late if (name := self.id(q)) in known]:
                notes[part] = tuple(shown)
        return Scene(found.values, notes, {}, found.links)

    # --- their parts -----------------------------------------------------------------------------

    @property
    def parts(self) -> list[Quantity]:
        """All parts of the drawing."""
        return list(everything(self.trace.step.lesson.network))

    def place(self, quantity: Quantity) -> tuple[str, tuple[Quantity, ...]]:
        """Return the way and the parts of a quantity."""
        found = place(quantity, self.trace.equations)
        return found.way, found.parts

    def lights(self, quantities: Iterable[Quantity]) -> dict[Quantity, str]:
        """Return which parts quantities are about, and the way they go there."""
        found: dict[Quantity, str] = {}
        for way, parts in map(self.place, self.moving(quantities)):
            for part in parts:
                if STRENGTH[way] >= STRENGTH[found.get(part, FORWARD)]:
                    found[part] = way
        return found

    def at(self, part: Quantity, example: int | None) -> Quantity | None:
        """Return the quantity that a part stands for in an example; units stand for none in all."""
        match part:
            case Activation(layer, unit, _):
                return None if example is None else Activation(layer, unit, example)
            case Target(unit, _):
                return None if example is None else Target(unit, example)
            case Loss():
                return Loss(None if self.alone else example)
        return part

    def net_input(self, part: Quantity, example: int | None) -> list[Quantity]:
        """Return the net input of a unit."""
        match part:
            case Activation(layer, unit, _) if layer and example is not None:
                return [NetInput(layer, unit, example)]
        return []

    def deltas(self, part: Quantity, example: int | None) -> list[Quantity]:
        """Return the delta of a unit."""
        match part:
            case Activation(layer, unit, _) if layer and example is not None:
                return [delta(layer, unit, example)]
        return []

    def gradients(self, part: Quantity, example: int | None) -> list[Quantity]:
        """Return the gradient of a weight or bias: an example's share of it, where it has one."""
        if isinstance(part, Weight | Bias):
            return [gradient(part, None if self.alone else example)]
        return []

    def updates(self, part: Quantity) -> list[Quantity]:
        """Return a weight or bias after the update, one that is not frozen."""
        return [*self.moving([Updated(part)])] if isinstance(part, Parameter) else []

    def moving(self, quantities: Iterable[Quantity]) -> Iterator[Quantity]:
        """Yield quantities but for weights and biases that the update leaves alone."""
        frozen = {Updated(parameter) for parameter in self.trace.equations.frozen}
        return (quantity for quantity in quantities if quantity not in frozen)

    def changes(self, updated: Quantity, part: Quantity, known: Mapping[str, Line]) -> bool:
        """Return whether a weight or bias is written as another number after the update."""
        lines = [known.get(self.id(quantity)) for quantity in (part, updated)]
        return len({line.written for line in lines if line}) > 1

    def links(self, example: int | None) -> dict[Quantity, str]:
        """Return the line that derives each part: of a weight or bias, that of its gradient."""
        found = {}
        for part in self.parts:
            derived = [*self.gradients(part, example), self.at(part, example) or self.at(part, 0)]
            found[part] = self.id(derived[0] or part)
        return found


def is_given(part: Quantity) -> bool:
    """Return whether a part is the same after the step: an input or a target."""
    return isinstance(part, Target) or (isinstance(part, Activation) and part.layer == 0)


def example_of(quantity: Quantity) -> int | None:
    """Return the example that a quantity belongs to, or None."""
    match quantity:
        case Slope(_, _, int(example)):
            return example
        case Slope(of, wrt, None):
            found = example_of(wrt)
            return example_of(of) if found is None else found
    return getattr(quantity, "example", None)
