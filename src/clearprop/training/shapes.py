"""Which engine trains: decided by network, data and settings alone, and recorded with the run.

Never by what happens to be compiled already, nor by a clock: the same job takes the same path, and
with it the same bits, everywhere and each time.

    reference       NumPy, batch after batch: for jobs that are over before a compiler would be
    straight-line   the equations of a trace, one statement each: for tiny networks; compiled, or
                    for few steps in plain Python, to the same bits
    generic         compiled loops for any network

What compiles is imported where a job needs it, for that takes longer than a short job.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from clearprop.errors import SettingError, counted
from clearprop.network.lesson import frozen_mask
from clearprop.training.engine import Engine
from clearprop.training.job import Job
from clearprop.training.reference import ReferenceEngine

SHORT_JOB = 2.0  # estimated seconds in NumPy, up to which nothing is compiled
PLAIN = "straight-line in plain Python"
PLAIN_JOB = 3_000_000  # parameters × examples × steps that plain Python does in a second or two


@dataclass(frozen=True)
class Shape:
    """An engine's name, its arithmetic, and why it was taken."""

    name: str
    arithmetic: str
    reason: str

    @property
    def has_products(self) -> bool:
        """Whether it takes the products of the BLAS library, and may use threads for them."""
        return self.name in ("reference", "generic") and self.arithmetic == "fast"


def shape_of(job: Job) -> Shape:
    """Return the engine that trains a job.

    Raises
    ------
    SettingError: one is asked for that cannot train this network with these settings.
    """
    if job.settings.engine != "auto":
        return asked_for(job)
    arithmetic = arithmetic_of(job)
    tiny = obstacle(job, arithmetic) is None
    if tiny and arithmetic == "strict":
        work = job.network.parameter_count * job.batches.sizes[0] * job.steps
        if work <= PLAIN_JOB:
            return Shape(PLAIN, "strict", "a tiny network, and few steps")
        return Shape("straight-line", "strict", "a tiny network")
    if not tiny and job.settings.arithmetic == "auto":
        arithmetic = "fast"
    seconds = reference_seconds(job, arithmetic)
    if seconds <= SHORT_JOB:
        return Shape("reference", arithmetic, "a job too short to be worth compiling")
    if tiny:
        return Shape("straight-line", arithmetic, "a tiny network")
    return Shape("generic", arithmetic, f"about {seconds:,.0f} s of work for NumPy")


def arithmetic_of(job: Job) -> str:
    """Return the arithmetic that is asked for, or strict where the straight line would be."""
    if job.settings.arithmetic != "auto":
        return job.settings.arithmetic
    return "strict" if job.settings.dtype == "float64" else "fast"


def asked_for(job: Job) -> Shape:
    """Return the shape that the settings name."""
    name, arithmetic = job.settings.engine, job.settings.arithmetic
    if name == "straight-line":
        arithmetic = arithmetic_of(job)
        if why_not := obstacle(job, arithmetic):
            raise SettingError(f"the straight-line engine cannot train this: {why_not}")
    return Shape(name, "fast" if arithmetic == "auto" else arithmetic, "as asked for")


def obstacle(job: Job, arithmetic: str) -> str | None:
    """Return in words what keeps a job from the straight-line shape; None where it fits.

    Fast arithmetic has the equations of one example in a loop, strict those of each.
    """
    settings = job.settings
    not_in_equations = {
        "clipping": settings.clip_norm is not None,
        "dropout": settings.dropout > 0,
        "sample weights": job.batches.weights is not None,
        "a penalty": settings.penalty > 0,
    }
    for name, used in not_in_equations.items():
        if used:
            return f"the equations of a trace know nothing of {name}"
    if not job.network.readable:
        parameters = counted(job.network.parameter_count, "parameter")
        return f"it is for networks of at most 50 parameters, and this one has {parameters}"
    from clearprop.engine.straight_line import fits_straight_line

    sizes = job.batches.sizes if arithmetic == "strict" else (1,)
    if not fits_straight_line(job.network, job.learning, sizes):
        examples = counted(max(sizes), "example")
        way_out = ""
        if arithmetic == "strict" and fits_straight_line(job.network, job.learning, (1,)):
            way_out = "; fast arithmetic takes them in a loop"
        return f"a step of {examples} has too many equations to be compiled one by one{way_out}"
    return None


def reference_seconds(job: Job, arithmetic: str) -> float:
    """Return about how long the reference would take for all steps, on an ordinary machine."""
    examples = job.batches.sizes[0]
    units = examples * sum(job.network.layers[1:])
    products = 3 * examples * job.network.parameter_count
    if arithmetic == "strict":  # functions mapped one by one, sums term by term
        terms = sum(job.network.layers[:-1]) + job.network.depth * examples
        step = 200e-6 + 3e-6 * terms + 0.4e-6 * units + 1.5e-9 * products
    else:
        step = 100e-6 * job.network.depth + 10e-9 * units + 0.05e-9 * products
    watched = 0 if job.watched is None else len(job.watched[0])
    look = step / 3 * watched / examples if watched else 0.0
    return step * job.steps + look * job.settings.epochs


# --- the engines ---------------------------------------------------------------------------------


def engine_of(job: Job) -> Engine:
    """Return the engine that trains a job, ready to begin."""
    shape = shape_of(job)
    return MAKERS[shape.name](job, shape)


def straight_line_engine(job: Job, shape: Shape) -> Engine:
    """Return the engine that trains by equations, compiled or in plain Python."""
    from clearprop.engine.straight_line import straight_line_source
    from clearprop.training.compiled import CompiledEngine
    from clearprop.training.plain import PlainEngine

    frozen = frozen_mask(job.network, job.learning.frozen) if job.learning.frozen else None
    plain = shape.name == PLAIN
    source = straight_line_source(
        job.network,
        job.learning,
        job.batches.sizes,
        frozen,
        shape.arithmetic,
        plain,
        job.settings.dtype,
    )
    engine = PlainEngine if plain else CompiledEngine
    return engine(job, name_of(shape), source, shape.arithmetic)


def generic_engine(job: Job, shape: Shape) -> Engine:
    """Return the engine that trains any network by compiled loops."""
    from clearprop.engine.assembly import generic
    from clearprop.training.compiled import CompiledEngine

    source = generic(job.settings.dtype, shape.arithmetic)
    return CompiledEngine(job, name_of(shape), source, shape.arithmetic)


def name_of(shape: Shape) -> str:
    """Return what the record of a run calls an engine."""
    return f"{shape.name}, {shape.arithmetic}"


MAKERS: Mapping[str, Callable[[Job, Shape], Engine]] = {
    "reference": lambda job, shape: ReferenceEngine(job, shape.arithmetic),
    PLAIN: straight_line_engine,
    "straight-line": straight_line_engine,
    "generic": generic_engine,
}
