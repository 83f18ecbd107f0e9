"""Runs as text for the terminal: summary, list, sparkline.

Comes in: a `Run` or a list of them. Goes out: something that rich prints. (The scores of some
rows are in `evaluation_text.py`.)
"""

import itertools
import math
import shlex
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from clearprop.errors import counted
from clearprop.network.names import Names
from clearprop.network.network import Network
from clearprop.network.quantities import Weight
from clearprop.render.pages import commands, fact_table
from clearprop.runs.listing import Listed
from clearprop.runs.lock import is_locked
from clearprop.runs.run import RECORDING, RESUMABLE, TRAINING, Run
from clearprop.training.settings import SCHEDULE_CONSTANTS, TrainingSettings

BARS = "▁▂▃▄▅▆▇█"
PARTS = {"train": "training", "validation": "validation", "test": "held out"}
SCORES = {
    "accuracy": "accuracy",
    "r2": "R²",
    "mean_absolute_error": "mean abs. error",
    "root_mean_squared_error": "root mean sq. error",
}
REMARKS = 3  # on what is wrong, at the end of a training
STATUS_STYLES = {
    "training": "yellow",
    "finished": "green",
    "stopped early": "green",
    "interrupted": "yellow",
    "diverged": "red",
}


# --- one run -------------------------------------------------------------------------------------


def headline(run: Run) -> Text:
    """Return one line: the name and how the training ended."""
    line = Text.assemble((run.name, "bold"), " · ", status(run))
    if run.outcome.note:
        line.append(f": {run.outcome.note}")
    return line


def status(run: Run) -> Text:
    """Return how a training ended; one that no process goes on with was cut off."""
    word = run.outcome.status
    return Text(ended(word, run.path), STATUS_STYLES.get(word, ""))


def ended(status: str, folder: Path | None) -> str:
    """Return a status in words: what no process goes on with was cut off."""
    goes_on = status in (TRAINING, RECORDING)
    return "cut off" if goes_on and folder and not is_locked(folder) else status


def facts(run: Run) -> Table:
    """Return what was trained, on what, and how, as two columns."""
    outcome, settings, source = run.outcome, run.settings, run.source
    found = (
        ("data", data_line(source.name, source.rows, run.encoding.n_inputs, run.encoding.labels)),
        ("target", source.target),
        ("row weights", source.sample_weight or ""),
        ("network", network_line(run.network)),
        ("loss", f"{run.learning.loss}, {run.learning.reduction} over the examples"),
        ("learning", learning_line(settings)),
        ("trained", (f"{outcome.epochs:,} of {counted(settings.epochs, 'epoch')},"
                    f" {counted(outcome.steps, 'step')},"
                    f" {duration(outcome.seconds)}")),
        ("kept", f"the parameters after step {outcome.step:,}, the best"
                 if outcome.step != outcome.steps else ""),
        ("seed", str(settings.seed)),
        ("engine", f"{outcome.engine}, {settings.dtype} ({outcome.engine_reason})"),
        ("goes on from", run.init or ""),
        ("fork of", run.branch.words if run.branch else ""),
    )  # fmt: skip
    return fact_table((name, value) for name, value in found if value)


def data_line(name: str, rows: int, inputs: int, labels: Sequence[str]) -> str:
    """Return "digits: 1,797 rows, 64 inputs, 10 classes"."""
    what = f"{len(labels)} classes" if labels else "a number to predict"
    return f"{name}: {counted(rows, 'row')}, {counted(inputs, 'input')}, {what}"


def network_line(network: Network) -> str:
    """Return "64-32-10, tanh then softmax, 2,410 parameters"."""
    sizes = "-".join(map(str, network.layers))
    activations = ", ".join(network.activations)
    return f"{sizes} ({activations}), {counted(network.parameter_count, 'parameter')}"


def learning_line(settings: TrainingSettings) -> str:
    """Return "adam, rate 0.005, weight decay 0.001, batches of 32"."""
    learning = settings.learning
    constants = [
        f"{name.replace('_', ' ')} {value:g}" for name, value in learning.constants.items()
    ]
    frozen = [f"frozen: {', '.join(learning.frozen)}"] if learning.frozen else []
    options = [*schedule_words(settings), *step_words(settings)]
    batches = f"batches of {settings.batch_size}"
    return ", ".join([learning.optimizer, *constants, *options, batches, *frozen])


def schedule_words(settings: TrainingSettings) -> Iterator[str]:
    """Yield how the rate changes: "step schedule (decay factor 0.1, decay every 10)"."""
    if settings.schedule != "constant":
        given = {name: getattr(settings, name) for name in SCHEDULE_CONSTANTS}
        used = [f"{name.replace('_', ' ')} {value:g}" for name, value in given.items() if value]
        yield f"{settings.schedule} schedule" + (f" ({', '.join(used)})" if used else "")
    if settings.warmup:
        yield f"warm-up of {counted(settings.warmup, 'epoch')}"


def step_words(settings: TrainingSettings) -> Iterator[str]:
    """Yield what changes a step: "gradients clipped at 1", "dropout 0.2"."""
    if settings.clip_norm is not None:
        yield f"gradients clipped at {settings.clip_norm:g}"
    if settings.dropout:
        yield f"dropout {settings.dropout:g}"
    if settings.penalty:
        yield f"penalty {settings.penalty:g}"
    if not settings.shuffle:
        yield "in the order of the data"


def score_table(scores: Mapping[str, Mapping[str, Any]]) -> Table:
    """Return one row per part of the data."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    names = [name for name in SCORES if any(name in figures for figures in scores.values())]
    for name in ("part", "rows", "loss", *(SCORES[name] for name in names)):
        table.add_column(name, justify="left" if name == "part" else "right", no_wrap=True)
    for part, figures in scores.items():
        style = "bold" if part == "test" else ""
        cells = [f"{figures['rows']:,}", number(figures.get("loss"))]
        cells += [score_text(name, figures.get(name)) for name in names]
        table.add_row(PARTS.get(part, part), *cells, style=style)
    return table


def score_text(name: str, value: float | None) -> str:
    """Return a score as people write it: an accuracy in percent."""
    if value is None:
        return "–"
    if name == "accuracy":
        return f"{100 * value:.2f} %"
    return f"{value:.4f}" if name == "r2" and abs(value) < 1e6 else number(value)


def number(value: float | None) -> str:
    """Return a number with four significant digits."""
    return "–" if value is None else f"{value:.4g}"


def told_apart(pair: tuple[float | None, float | None]) -> Iterator[str]:
    """Yield two numbers with four digits, or as many as tell them apart.

    >>> list(told_apart((0.12341, 0.12342))), list(told_apart((0.5, 0.5)))
    (['0.12341', '0.12342'], ['0.5', '0.5'])
    """
    one, two = pair
    if one is None or two is None or one == two:
        yield from (number(one), number(two))
        return
    digits = next((d for d in range(4, 18) if f"{one:.{d}g}" != f"{two:.{d}g}"), 4)
    yield from (f"{one:.{digits}g}", f"{two:.{digits}g}")


def next_commands(run: Run, first: str) -> Text:
    """Return the commands that are worth a try now, ready to be copied: `first RUN`, and traces."""
    path = shlex.quote(spelled(run.path)) if run.path else "RUN"
    lines = (
        *way_on(run),
        f"clearprop {first} {path}",
        f"clearprop trace {path} --example 0",
        f"clearprop trace {path} --example 0 --explain '{some_weight(run.network)}'",
    )
    return commands(lines)


def spelled(path: Path) -> str:
    """Return a path as a command takes it: one that begins like an option gets a `./`."""
    return f"./{path}" if str(path).startswith("-") else str(path)


def some_weight(network: Network) -> str:
    """Return the name of a weight of the first layer that exists: W1[3,7], or the nearest."""
    unit, source = min(3, network.layers[1] - 1), min(7, network.layers[0] - 1)
    return Names(network).id(Weight(1, unit, source))


def curve_lines(run: Run) -> Table:
    """Return the losses as sparklines, with their first, least and last values."""
    table = Table.grid(padding=(0, 2))
    history = run.history
    columns = [("training loss", "loss")]
    if run.watched != "train":
        columns.append((f"{PARTS[run.watched].replace(' ', '-')} loss", "held_out_loss"))
    for title, column in columns:
        values = [value for value in history[column].to_list() if value is not None]
        values = [value for value in values if math.isfinite(value)]
        if values:
            span = f"{number(values[0])} → {number(values[-1])}, least {number(min(values))}"
            table.add_row(Text(title, "dim"), Text(sparkline(values), "cyan"), span)
    return table


def sparkline(values: Sequence[float], width: int = 28) -> str:
    """Return values as a line of bars, by their logarithm where they span decades.

    >>> sparkline([1, 2, 3, 4])
    '▁▃▅█'
    """
    if len(values) > width:
        edges = [round(place * len(values) / width) for place in range(width + 1)]
        pairs = itertools.pairwise(edges)
        values = [sum(values[a:b]) / (b - a) for a, b in pairs]
    low, high = min(values), max(values)
    if low > 0 and high > 20 * low:
        values = [math.log(value) for value in values]
        low, high = math.log(low), math.log(high)
    scale = (len(BARS) - 1) / (high - low) if high > low else 0.0
    return "".join(BARS[int((value - low) * scale)] for value in values)


def way_on(run: Run) -> list[str]:
    """Return the commands that go on with a run that is not over, and compare a fork."""
    found = list[str]()
    if run.path is not None and run.outcome.status in RESUMABLE:
        found.append(f"clearprop train --resume {shlex.quote(spelled(run.path))}")
    if run.path is not None and run.branch is not None and run.branch.path is not None:
        origin = shlex.quote(nearby(Path(run.branch.path)))
        found.append(f"clearprop diff {origin} {shlex.quote(spelled(run.path))}")
    return found


def nearby(path: Path) -> str:
    """Return a path as a command takes it, from the current folder where it lies in there."""
    try:
        return spelled(path.relative_to(Path.cwd()))
    except (ValueError, OSError):
        return str(path)


def run_page(run: Run) -> RenderableType:
    """Return the summary that `clearprop show` prints."""
    parts: list[RenderableType] = [headline(run), "", facts(run)]
    if run.scores:
        parts += ["", score_table(run.scores)]
    if len(run.history):
        parts += ["", curve_lines(run)]
    if run.path:
        parts += ["", Text("Next:", "dim"), next_commands(run, "evaluate")]
    return Group(*parts)


def run_result(run: Run, remarks: Sequence[str] = ()) -> RenderableType:
    """Return what `clearprop train` prints at its end: scores, the place, what to do next.

    `remarks` are sentences on what is wrong, of which the first three are shown.
    """
    said: list[RenderableType] = [Text(remark, "yellow") for remark in remarks[:REMARKS]]
    if said and run.path:
        path = shlex.quote(spelled(run.path))
        said.append(Text(f"clearprop show {path} --health has the figures of every layer.", "dim"))
    took = duration(run.outcome.seconds)
    outcome = run.outcome
    done = f"{counted(outcome.epochs, 'epoch')}, {counted(outcome.steps, 'step')} in {took}"
    return Group(
        "", Text.assemble(headline(run), f" · {done}"), "",
        score_table(run.scores), *hint(run), *([Text(), *said] if said else []), "",
        Text.assemble(("The result lies in ", "dim"), (f"{run.path}", "bold")),
        Text("Next:", "dim"), next_commands(run, "show"),
    )  # fmt: skip


def hint(run: Run) -> list[RenderableType]:
    """Return a line of advice where the training loss rose, else nothing."""
    losses = run.history["loss"]
    if len(losses) < 2 or not losses[-1] > losses[0]:
        return []
    rose = f"from {number(losses[0])} to {number(losses[-1])}"
    return ["", Text(f"The training loss rose {rose}; a smaller --rate may help.", "yellow")]


# --- many runs -----------------------------------------------------------------------------------


def run_list(found: Sequence[Listed], now: datetime | None = None) -> Table:
    """Return one row per run: name, data, network, score, status, size, age."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for name in ("run", "data", "network", "score", "status", "size", "age"):
        table.add_column(name, justify="right" if name in ("size", "age") else "left")
    for entry in found:
        table.add_row(*row_of(entry, now or datetime.now(UTC)))
    return table


def row_of(entry: Listed, now: datetime) -> list[RenderableType]:
    """Return the cells of one run."""
    size = byte_text(entry.bytes)
    if entry.recorded is not None:
        recorded = entry.recorded
        word = ended(recorded.status, entry.path)
        past = since(recorded.created, now)
        shown = Text(f"{word}, {counted(recorded.steps, 'step')}" if recorded.steps else word)
        return [Text(str(entry.path)), "PyTorch loop", Text(recorded.model), "", shown, size, past]
    if entry.run is None:
        return [str(entry.path), "", "", "", Text(f"unreadable: {entry.problem}", "red"), size, ""]
    run = entry.run
    part, score = run.headline
    value = "–" if score is None else f"{score_text(run.score_name, score)} {PARTS[part]}"
    age = since(run.outcome.created, now)
    sizes = "-".join(map(str, run.network.layers))
    return [Text(str(entry.path)), Text(run.source.name), sizes, value, status(run), size, age]


def since(created: str, now: datetime) -> str:
    """Return how long ago something was."""
    return duration((now - datetime.fromisoformat(created)).total_seconds())


def byte_text(size: int) -> str:
    """Return a size for people.

    >>> byte_text(36_000)
    '36 kB'
    """
    for unit, power in (("GB", 3), ("MB", 2), ("kB", 1)):
        if size >= 1000**power:
            return f"{size / 1000**power:.3g} {unit}"
    return f"{size} B"


def duration(seconds: float) -> str:
    """Return a length of time for people, in its two largest units.

    >>> duration(3.25), duration(200), duration(90_000)
    ('3.2 s', '3 min 20 s', '1 d 1 h')
    """
    if seconds < 60:
        return f"{max(0.0, seconds):.1f} s"
    whole = int(seconds)
    for unit, size, below, small in (("d", 86400, "h", 3600), ("h", 3600, "min", 60)):
        if whole >= size:
            return f"{whole // size} {unit} {whole % size // small} {below}"
    return f"{whole // 60} min {whole % 60} s"
