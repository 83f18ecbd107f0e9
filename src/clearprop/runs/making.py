"""Making a run: data and wishes -> a plan -> training -> Run.

A `Plan` is complete before the first step: everything that could be refused has been refused.
"""

from collections.abc import Collection
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import polars as pl

from clearprop import __version__
from clearprop.data.cells import NO_READINGS
from clearprop.data.encoding import Encoding
from clearprop.data.kinds import Kind
from clearprop.data.table import Table, load
from clearprop.errors import DataError, SettingError
from clearprop.network.initializers import initialize
from clearprop.network.lesson import frozen_mask
from clearprop.network.network import Network
from clearprop.network.parameters import Parameters
from clearprop.runs.branch import Branch
from clearprop.runs.checkpoints import Checkpoint, Checkpoints
from clearprop.runs.ending import Ended, Watcher, ending, followed, now
from clearprop.runs.evaluation import evaluate_arrays
from clearprop.runs.history import history_frame
from clearprop.runs.run import TRAINING, Outcome, Run
from clearprop.runs.source import DataSource, source_of
from clearprop.runs.starting import Given, started
from clearprop.training.batches import Batches
from clearprop.training.choices import Wishes, network_for, settings_for
from clearprop.training.engine import Engine, EpochFigures, TrainingState
from clearprop.training.examples import PARTS, Examples, examples_of, fingerprint
from clearprop.training.health import made_with
from clearprop.training.interruption import Interruption
from clearprop.training.job import Job
from clearprop.training.memory import check_memory
from clearprop.training.settings import TrainingSettings
from clearprop.training.shapes import Shape, engine_of, shape_of
from clearprop.training.threads import threads, warn_if_slower

if TYPE_CHECKING:
    from clearprop.runs.recording import Recorder


@dataclass(frozen=True)
class Before:
    """What a training that goes on has behind it: its last state, epochs, when it began, where."""

    checkpoint: Checkpoint
    figures: EpochFigures
    created: str
    checkpoints: Checkpoints


@dataclass(frozen=True)
class Plan:
    """A training that is ready to begin, or, with something `before`, to go on."""

    table: Table
    examples: Examples
    settings: TrainingSettings
    parameters: Parameters
    source: DataSource
    init: str | None = None
    before: Before | None = None
    branch: Branch | None = None

    @property
    def network(self) -> Network:
        """The network to be trained."""
        return self.parameters.network

    @cached_property
    def job(self) -> Job:
        """What is to be trained, on what."""
        settings = self.settings
        x, y = self.examples.part("train", settings.dtype)
        weights = self.examples.weights_of("train", settings.dtype)
        batches = Batches(
            x, y, settings.batch_size, settings.seed, weights, settings.shuffle,
            self.examples.split.train,
        )  # fmt: skip
        watched = self.examples.part(self.examples.watched, settings.dtype)
        return Job(self.network, settings, batches, watched, self.table.kind)

    @cached_property
    def shape(self) -> Shape:
        """Which engine will train, in which arithmetic, and why."""
        return shape_of(self.job)

    @cached_property
    def engine(self) -> Engine:
        """What will compute the steps."""
        return engine_of(self.job)

    def threads(self) -> AbstractContextManager[object]:
        """Return a context within which the engine has the threads that were asked for."""
        return threads(self.settings.threads, compiled=self.shape.name == "generic")

    @property
    def start(self) -> TrainingState:
        """The state before the first step that is to be taken."""
        if self.before is not None:
            return self.before.checkpoint.state
        return self.engine.first_state(self.parameters)


# --- planning ------------------------------------------------------------------------------------


def planned(
    data: object,
    wishes: Wishes,
    *,
    target: str | None = None,
    kind: Kind | None = None,
    drop: Collection[str] = (),
    impute: bool = False,
    sample_weight: object = None,
    init: Run | Given | None = None,
) -> Plan:
    """Return the plan for training on some data, from scratch or from the weights of a run.

    Or from those of a lesson (`starting.py`).

    Raises
    ------
    DataError, SettingError, UnknownName, ShapeError: one sentence each.
    """
    table = load(
        data, target, kind, drop=drop, missing="impute" if impute else "error",
        readings=init.encoding.readings if isinstance(init, Run) else NO_READINGS,
        sample_weight=sample_weight,
    )  # fmt: skip
    if isinstance(init, Given):
        settings, examples, parameters = started(table, wishes, impute, init)
        check_training(parameters.network, settings, examples)
        source = source_of(data, table, examples.fingerprint, tuple(drop), impute)
        return Plan(table, examples, settings, parameters, source, init.origin)
    settings = settings_for(table, like_run(wishes, init) if init else wishes)
    known = encoding_to_keep(table, init) if init else None
    examples = examples_of(table, settings, impute=impute, encoding=known)
    if init and has_rows_of(examples, init):
        settings = with_parts_of(settings, wishes, init)
        examples = replace(examples, split=init.split)
    network = network_for(examples.encoding, table.kind, settings)
    if init and goes_on_as_it_was(network, wishes, init):
        network = init.network
    check_training(network, settings, examples)
    parameters = start(network, settings, init)
    source = source_of(data, table, examples.fingerprint, tuple(drop), impute)
    return Plan(table, examples, settings, parameters, source, origin_of(init) if init else None)


def check_training(network: Network, settings: TrainingSettings, examples: Examples) -> None:
    """Raise where what is frozen does not exist, or the memory does not suffice."""
    frozen_mask(network, settings.learning.frozen)
    check_memory(network, settings, len(examples.split.train))


def goes_on_as_it_was(network: Network, wishes: Wishes, init: Run) -> bool:
    """Return whether a run's own network is to be taken: it may have been somebody else's."""
    same = network.layers == init.network.layers
    same_outputs = network.activations[-1] == init.network.activations[-1]
    return same and same_outputs and wishes.activation is None and wishes.loss is None


def has_rows_of(examples: Examples, init: Run) -> bool:
    """Return whether the rows are those of a run, whose sample weights may be none."""
    rows = fingerprint(examples.x, examples.y)
    return init.source.fingerprint in (examples.fingerprint, rows)


def start(network: Network, settings: TrainingSettings, init: Run | None) -> Parameters:
    """Return the starting parameters: drawn from the seed, or those of a run of the same shape."""
    if init is None:
        drawn = initialize(network, settings.initializer, settings.seed)
        return drawn.with_vector(drawn.vector.astype(settings.dtype))
    if network.layers != init.network.layers:
        raise SettingError(
            f"the weights of {init.name} are of a network of {shape(init.network)}, but this data"
            f" and these settings need {shape(network)}; the shapes must be the same"
        )
    if network.activations != init.network.activations:
        raise SettingError(
            f"the weights of {init.name} were learnt with the activations"
            f" {', '.join(init.network.activations)}, not {', '.join(network.activations)};"
            " leave out --activation and --loss to go on with its own"
        )
    return Parameters(network, init.parameters.vector.astype(settings.dtype))


def origin_of(init: Run) -> str:
    """Return where the starting weights came from, for the record."""
    return str(init.path.absolute()) if init.path else f"a run on {init.name} in memory"


def shape(network: Network) -> str:
    """Return the layer sizes as people write them: 64-32-10."""
    return "-".join(map(str, network.layers))


def like_run(wishes: Wishes, init: Run) -> Wishes:
    """Return the wishes, with the run's network and loss where nothing else is asked for."""
    same_kind = init.settings
    return replace(
        wishes,
        hidden=same_kind.hidden if wishes.hidden is None else wishes.hidden,
        activation=wishes.activation or same_kind.activation,
        loss=wishes.loss or same_kind.learning.loss,
    )


def encoding_to_keep(table: Table, init: Run) -> Encoding | None:
    """Return the run's encoding if the table has its columns: its weights go with its scales."""
    known = init.encoding
    same_columns = {column.name for column in known.columns} == set(table.columns)
    same_target = known.target.name == table.target and known.labels == table.labels
    return known if same_columns and same_target else None


def with_parts_of(settings: TrainingSettings, wishes: Wishes, init: Run) -> TrainingSettings:
    """Return the settings with the run's own parts: rows it learnt from must not test it."""
    for name in ("test_size", "validation_size"):
        asked, had = getattr(wishes, name), getattr(init.settings, name)
        if asked is not None and asked != had:
            raise SettingError(
                f"--init goes on with the run's own parts of the data; leave out"
                f" --{name.replace('_', '-')}, for rows it has learnt from cannot test it"
            )
    if settings.early_stopping and not init.split.validation.size:
        raise SettingError(
            "--init goes on with the run's own parts of the data, and those have no validation"
            " rows that --early-stopping could watch"
        )
    sizes = {name: getattr(init.settings, name) for name in ("test_size", "validation_size")}
    return replace(settings, **sizes)


# --- training ------------------------------------------------------------------------------------


def prepare(plan: Plan, interruption: Interruption) -> None:
    """Make the engine ready; where it has to compile, ctrl-C ends everything at once."""
    compiles = plan.engine.to_compile
    with interruption.suspended() if compiles else nullcontext():
        plan.engine.prepare()


def carry_out(
    plan: Plan,
    interruption: Interruption,
    watch: Watcher | None = None,
    recorder: "Recorder | None" = None,
) -> Run:
    """Train as planned and return the run, whichever way it ended (`run.outcome.status`).

    `interruption` is open: ctrl-C and SIGTERM end the training after the step in work, and what
    was learnt is kept. `recorder` writes down what happens on the way.
    """
    settings, network = plan.settings, plan.network
    if plan.shape.has_products:
        warn_if_slower(settings.threads, plan.job.batches.sizes[0], network.layers, settings.dtype)
    with plan.threads():
        return trained(plan, interruption, watch, recorder)


def trained(
    plan: Plan, interruption: Interruption, watch: Watcher | None, recorder: "Recorder | None"
) -> Run:
    """Train as planned and return the run."""
    return run_from(plan, followed(plan.engine, plan.start, interruption, watch, recorder))


def run_from(plan: Plan, ended: Ended) -> Run:
    """Return the run of a training that is over."""
    progress, last = ended.progress, ended.last
    status = ending(plan.settings, progress, ended.asked)
    outcome = outcome_of(plan, last, progress.kept[0], ended.created, **status)
    before = () if plan.before is None else (plan.before.figures,)
    frame = history_frame([*before, *ended.history], plan.job.batches.per_epoch)
    return run_of(plan, progress.kept[1], outcome, last, frame)


def outcome_of(
    plan: Plan, last: Checkpoint, step: int, created: str, status: str, note: str | None
) -> Outcome:
    """Return how a training ended, or how it stands."""
    return Outcome(
        status=status,
        epochs=last.state.step // plan.job.batches.per_epoch,
        step=step,
        steps=last.state.step,
        seconds=round(last.seconds, 3),
        created=plan.before.created if plan.before else created,
        version=__version__,
        engine=plan.engine.name,
        engine_reason=plan.shape.reason,
        note=note,
    )


def run_of(
    plan: Plan, parameters: Parameters, outcome: Outcome, last: Checkpoint, history: pl.DataFrame
) -> Run:
    """Return the run of trained parameters, with the scores of every part."""
    states = {plan.start.step: Checkpoint(plan.start), last.state.step: last}
    earlier = plan.before.checkpoints.folder if plan.before else None
    return Run(
        parameters=parameters,
        settings=plan.settings,
        encoding=plan.examples.encoding,
        split=plan.examples.split,
        source=plan.source,
        outcome=outcome,
        scores={} if outcome.status == TRAINING else scores(plan, parameters),
        init=plan.init,
        made_with=made_with(plan.shape.name == "generic"),
        branch=plan.branch,
        checkpoints=Checkpoints(plan.network, plan.settings, earlier, states),
        read_history=history,
        table=plan.table,
        examples=plan.examples,
    )


def run_in_training(plan: Plan) -> Run:
    """Return the run of a training that has not taken a step, or stands where it goes on."""
    first = plan.before.checkpoint if plan.before else Checkpoint(plan.start)
    figures = [plan.before.figures] if plan.before else [EpochFigures()]
    outcome = outcome_of(plan, first, plan.start.step, now(), TRAINING, None)
    frame = history_frame(figures, plan.job.batches.per_epoch)
    return run_of(plan, plan.start.parameters, outcome, first, frame)


def scores(plan: Plan, parameters: Parameters) -> dict[str, dict[str, Any]]:
    """Return the scores of every part that has rows; only rows and loss where outputs overflow."""
    found = {}
    for part in PARTS:
        x, y = plan.examples.part(part)
        if not len(x):
            continue
        try:
            found[part] = evaluate_arrays(
                parameters, plan.settings.learning, plan.examples.encoding, x, y, part
            ).json()
        except DataError:  # predictions that are not finite
            found[part] = {"rows": len(x)}
    return found
