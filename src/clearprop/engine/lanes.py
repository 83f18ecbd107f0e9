"""Many tiny networks of one shape at once: one network in each lane of the machine's vectors.

Comes in: a network, how it learns, and how the examples are parted into batches. Goes out: a
program that trains blocks of networks, whose innermost loop runs over the networks of a block: one
instruction computes the same number of several of them. The statements are those of a trace.

What belongs to a block lies in one array, a row for each quantity: the parameters and what the
optimizer carries, then the rows of `OWN`, then a batch of examples where each network has its own
order. With everything at a fixed distance the compiler knows that no row touches another.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from clearprop.engine.assembly import Source, compiled_header, joined, kernel_text
from clearprop.engine.lane_text import GRID, LaneText, in_turn, is_shared
from clearprop.engine.rules import Writer, inner
from clearprop.equations.program import TAKEN, is_carried, lines, program_of
from clearprop.equations.step import StepEquations
from clearprop.network.learning import Learning
from clearprop.network.network import Network
from clearprop.network.quantities import (
    Activation,
    Bias,
    Constant,
    Loss,
    NetInput,
    Parameter,
    Quantity,
    Target,
    Updated,
    Weight,
)

MOST_STATEMENTS = 600  # of a step: the time to compile grows faster than they do
BLOCK_BYTES = 16_384  # half of a core's nearest memory
FEWEST_LANES, MOST_LANES = 8, 128
# rows of a block after those of what is carried:
# first    finished epochs when the network had converged, at the earliest; infinite if not yet
# health   0, or NaN from when a number was not finite
# worst    the largest distance of an output from its target, in a pass over all examples
# loss, right   of all examples: the mean loss, and the number of right classes
OWN = (*GRID, "first", "health", "worst", "loss", "right")
LOCAL = {
    *OWN, "block", "inputs", "targets", "constants", "shared", "finished", "goal", "lane", "row",
    "miss", "reached", "hit", "place", "most", "sought", "np", "F", "LANES", "largest",
}  # fmt: skip


def fits_lanes(network: Network, learning: Learning, examples: int, size: int) -> bool:
    """Return whether a step is short enough to be written statement by statement.

    >>> fits_lanes(Network([2, 2, 1]), Learning(), examples=4, size=32)
    True
    """
    least = min(examples, size) * sum(network.layers[1:]) + network.parameter_count
    if not network.readable or least > MOST_STATEMENTS:
        return False
    return LaneProgram(network, learning, examples, size).statements <= MOST_STATEMENTS


@dataclass(frozen=True)
class LaneProgram:
    """A program that trains blocks of networks, and where everything lies in a block.

    `size` is the number of examples in a batch, of `examples` in all. A network has converged when
    its mean loss is at most the goal (`by_loss`), or when each output is nearer than that to its
    target.
    """

    network: Network
    learning: Learning
    examples: int
    size: int
    frozen: frozenset[Parameter] = frozenset()
    by_loss: bool = False
    dtype: str = "float64"
    arithmetic: str = "fast"

    @property
    def whole(self) -> bool:
        """Whether one batch holds all examples: then all networks see them in the same order."""
        return self.size >= self.examples

    @property
    def per_epoch(self) -> int:
        """The number of steps in an epoch."""
        return -(-self.examples // self.size)

    @cached_property
    def sizes(self) -> tuple[int, ...]:
        """The sizes of batches: the last one of an epoch may be short."""
        if self.whole:
            return (self.examples,)
        rest = self.examples % self.size
        return (self.size, rest) if rest else (self.size,)

    def equations(self, m: int) -> StepEquations:
        """Return the equations of a step on m examples."""
        return StepEquations(self.network, self.learning, m, self.frozen)

    @cached_property
    def statements(self) -> int:
        """The number of statements of the longest step."""
        return len(lines(self.equations(self.sizes[0])))

    # --- what lies where -------------------------------------------------------------------------

    @cached_property
    def all_carried(self) -> tuple[Quantity, ...]:
        """What each step replaces."""
        found = lines(self.equations(self.sizes[0]))
        return tuple(q.quantity for q in found if isinstance(q, Updated) and is_carried(q))

    @cached_property
    def carried(self) -> tuple[Quantity, ...]:
        """What each network carries from step to step, in the order of its rows."""
        return tuple(q for q in self.all_carried if not is_shared(q))

    @cached_property
    def shared(self) -> tuple[Quantity, ...]:
        """What is carried once for a block, for it is the same for all networks."""
        return tuple(q for q in self.all_carried if is_shared(q))

    def row(self, what: str | Quantity) -> int:
        """Return the row of something in a block."""
        match what:
            case str():
                return len(self.carried) + OWN.index(what)
            case Constant(name):
                return self.row(name)
            case Activation(0, unit, example):
                return self.batch_start + example * self.width + unit
            case Target(unit, example):
                return self.batch_start + example * self.width + self.network.layers[0] + unit
        return self.places[what]

    @cached_property
    def places(self) -> dict[Quantity, int]:
        """The row of each of the carried quantities."""
        return {quantity: row for row, quantity in enumerate(self.carried)}

    @property
    def batch_start(self) -> int:
        """The first row of a batch."""
        return len(self.carried) + len(OWN)

    @property
    def width(self) -> int:
        """The numbers of an example."""
        return self.network.layers[0] + self.network.layers[-1]

    @cached_property
    def rows(self) -> int:
        """The number of rows of a block."""
        return self.batch_start + (0 if self.whole else self.size * self.width)

    @cached_property
    def lanes(self) -> int:
        """The number of networks in a block: as many as lie near the core together."""
        lanes = MOST_LANES
        while lanes > FEWEST_LANES and lanes * self.rows * 8 > BLOCK_BYTES:
            lanes //= 2
        return lanes

    # --- the program -----------------------------------------------------------------------------

    @cached_property
    def source(self) -> Source:
        """The program."""
        fast = self.arithmetic == "fast"
        parts = [
            f"LANES = {self.lanes}\nkernel = inlined",
            kernel_text(f"functions_{self.dtype if fast else 'strict'}"),
            kernel_text("comparisons"),
            kernel_text("draws"),
            *map(self.step, self.sizes),
            self.look(measured=True),
            *([] if self.whole else [self.gather()]),
            *([] if self.whole or self.by_loss else [self.look(measured=False)]),
            self.run(),
        ]
        name = f"lanes_{self.arithmetic}_{self.dtype}"
        return Source(
            name, joined(name, compiled_header(self.dtype, fast, makes_arrays=True), parts)
        )

    def step(self, m: int) -> str:
        """Return the function that takes one step on m examples for a block of networks.

        Where the step is a whole epoch it also sees whether the networks have converged before it.
        """
        equations = self.equations(m)
        text = self.text(equations, {q for q in lines(equations) if is_carried(q)}, m)
        new = {q: text.name(Updated(q)) for q in self.all_carried}  # type: ignore[arg-type]
        convergence = self.convergence("finished") if self.whole else []
        return function(
            f"step_{m}(block, inputs, targets, constants, shared, finished, goal)",
            text.constants,
            [f"{text.name(q)} = shared[{place}]" for place, q in enumerate(self.shared)],
            text.common,
            [f"shared[{place}] = {new[q]}" for place, q in enumerate(self.shared)],
            text.examples() if self.whole else [],
            ["for lane in range(LANES):"],
            inner(
                [self.read(text.name(q), q) for q in text.read],
                [] if self.whole else [self.read(text.name(q), q) for q in text.batch],
                text.statements,
                [self.write(new[q], q) for q in self.carried],
                self.judging(text, m, fresh=self.whole),
                [self.write("worst", "worst"), *convergence],
            ),
        )

    def look(self, measured: bool) -> str:
        """Return the function that looks at all examples with the parameters as they are.

        It sees whether the networks have converged, and if `measured` their losses and scores.
        """
        text = self.text(self.equations(1), {Loss()} if measured else set(), 1)
        begin = [self.write("F(0.0)", name) for name in ("worst", "loss", "right")]
        end = [self.read("worst", "worst")]
        scored = list[str]()
        if measured:
            scored = [self.read("loss", "loss"), self.write(f"loss + {text.name(Loss())}", "loss"),
                      *text.right(), self.read("right", "right"),
                      self.write("right + hit", "right")]  # fmt: skip
            end += [self.read("loss", "loss"), f"loss = loss / F({float(self.examples)!r})",
                    self.write("loss", "loss")]  # fmt: skip
        return function(
            f"{'look_measured' if measured else 'look'}"
            "(block, inputs, targets, constants, finished, goal)",
            text.constants,
            text.common,
            ["for lane in range(LANES):"],
            inner(begin),
            ["for row in range(inputs.shape[0]):"],
            inner(text.examples("row"), ["for lane in range(LANES):"]),
            inner(
                [self.read(text.name(q), q) for q in text.read],
                text.statements,
                self.judging(text, 1),
                [self.write("worst", "worst"), *scored],
                depth=2,
            ),
            ["for lane in range(LANES):"],
            inner(end, self.convergence("finished")),
        )

    def judging(self, text: LaneText, m: int, fresh: bool = False) -> list[str]:
        """Return the statements that see how far the outputs are from their targets.

        0 times a number that is not finite is NaN, and so is every sum with it from then on.
        """
        found = [self.read("health", "health")]
        found += ["worst = F(0.0)"] if fresh else [self.read("worst", "worst")]
        if Loss() in text.program.trees:
            mean = self.learning.reduction == "mean" or m == 1
            found += [f"loss = {text.name(Loss())}{'' if mean else f' / F({float(m)!r})'}",
                      "health = health + F(0.0) * loss"]  # fmt: skip
        for k in range(m):
            for u in range(self.network.layers[-1]):
                output, z = Activation(self.network.depth, u, k), NetInput(self.network.depth, u, k)
                found += [f"health = health + F(0.0) * {text.name(z)}",
                          f"miss = abs({text.name(Target(u, k))} - {text.name(output)})",
                          "worst = miss if miss > worst else worst"]  # fmt: skip
        return [*found, self.write("health", "health")]

    def convergence(self, finished: str) -> list[str]:
        """Return the statements that keep the epoch in which a network has converged."""
        reached = "loss <= goal" if self.by_loss else "worst < goal"
        return [
            self.read("first", "first"),
            f"reached = {finished} if {reached} else F(np.inf)",
            "first = reached if reached < first else first",
            self.write("first", "first"),
        ]

    def gather(self) -> str:
        """Return the function that puts a batch together, for each network in its own order."""
        to = "block[(to + {}) * LANES + lane]"
        columns = [f"inputs[row, {i}]" for i in range(self.network.layers[0])]
        columns += [f"targets[row, {u}]" for u in range(self.network.layers[-1])]
        start, width = self.batch_start, self.width
        return function(
            "gather(block, inputs, targets, order, start, m)",
            ["for lane in range(LANES):", "    for k in range(m):"],
            inner(
                [f"row, to = np.uint64(order[lane, start + k]), {start} + k * {width}"],
                [f"{to.format(place)} = {column}" for place, column in enumerate(columns)],
                depth=2,
            ),
        )

    def run(self) -> str:
        """Return the entry: the epochs from `first` to `until` for some blocks of networks.

        `rates` has a row for each step of this call, or a single one, and `which` the column of
        each network. With `measured` all examples are looked at in the end.
        """
        given, look = "block, inputs, targets, constants", self.look_name
        return function(
            "run(blocks, inputs, targets, constants, shared, seeds, rates, which, goal,"
            " first, until, measured)",
            [] if self.whole else ["order = np.empty((LANES, inputs.shape[0]), dtype=np.int64)"],
            ["for b in range(blocks.shape[0]):"],
            inner(["block, carried = blocks[b], shared[b]"]),
            inner([] if self.whole else ["if first == 0:", f"    {look}({given}, F(0.0), goal)"]),
            inner(["for epoch in range(first, until):"]),
            inner(self.epoch(given), depth=2),
            inner(["if measured:", f"    look_measured({given}, F(until), goal)"]),
            mark="entry",
        )

    def epoch(self, given: str) -> list[str]:
        """Return the statements of one epoch of a block."""
        if self.whole:
            step = f"step_{self.examples}({given}, carried, F(epoch), goal)"
            return [*self.own_rates("epoch - first"), step]
        found = ["for lane in range(LANES):", "    shuffle(order[lane], seeds[b, lane], epoch)"]
        full = self.examples // self.size
        for m, places in zip(self.sizes, (f"range({full})", f"({full},)"), strict=False):
            found += [f"for place in {places}:", *inner(
                [f"gather(block, inputs, targets, order, place * {self.size}, {m})"],
                self.own_rates(f"(epoch - first) * {self.per_epoch} + place"),
                [f"step_{m}({given}, carried, F(epoch), goal)"],
            )]  # fmt: skip
        return [*found, f"{self.look_name}({given}, F(epoch + 1), goal)"]

    @property
    def look_name(self) -> str:
        """What sees after an epoch of several steps whether the networks have converged."""
        return "look_measured" if self.by_loss else "look"

    def own_rates(self, step: str) -> list[str]:
        """Return the statements that give each network the rate of a step, where it changes."""
        return [
            "if rates.shape[0] > 1:",
            "    for lane in range(LANES):",
            f"        {self.write(f'rates[{step}, which[b, lane]]', 'rate')}",
        ]

    # --- text ------------------------------------------------------------------------------------

    def read(self, name: str, what: str | Quantity) -> str:
        """Return the statement that reads a network's number from its row."""
        return f"{name} = block[{self.row(what) * self.lanes} + lane]"

    def write(self, name: str, what: str | Quantity) -> str:
        """Return the statement that keeps a network's number in its row."""
        return f"block[{self.row(what) * self.lanes} + lane] = {name}"

    def text(self, equations: StepEquations, wanted: set[Quantity], m: int) -> LaneText:
        """Return the statements to the outputs, to a loss that is the goal, and to `wanted`."""
        depth, units = self.network.depth, range(self.network.layers[-1])
        outputs = {Activation(depth, u, k) for u in units for k in range(m)}
        nets = {NetInput(depth, u, k) for u in units for k in range(m)}
        wanted = wanted | outputs | nets | ({Loss()} if self.by_loss else set())
        computed = in_turn(lines(equations, set(wanted)))
        program = program_of(equations, computed, {*TAKEN, *LOCAL})
        writer = Writer(self.dtype, self.arithmetic == "fast")
        return LaneText(program, self.network, self.carried, writer)


def function(signature: str, *groups: list[str], mark: str = "inlined") -> str:
    """Return the text of a function of a compiled program."""
    return "\n".join([f"@{mark}", f"def {signature}:", *inner(*groups), ""])


def in_vector(network: Network) -> list[Parameter]:
    """Return the parameters in the order of the flat vector: per layer the weights, the biases.

    >>> in_vector(Network([1, 1]))
    [Weight(layer=1, unit=0, source=0), Bias(layer=1, unit=0)]
    """
    found = list[Parameter]()
    for layer in network.layer_numbers:
        units, sources = range(network.layers[layer]), range(network.layers[layer - 1])
        found += [Weight(layer, unit, source) for unit in units for source in sources]
        found += [Bias(layer, unit) for unit in units if network.has_biases(layer)]
    return found
