"""Writes docs/benchmarks.md and its pictures from the results of a run.

Comes in: a folder of results in JSON. Goes out: one page: promises, tables, starts, growth, what
each workload is, the machine. Every number on it is computed here from the results.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from benchmarks.growth import CURVES, LONGEST, Point, exponent
from benchmarks.measure import Row
from benchmarks.oracle import TOLERANCES
from benchmarks.peers import peers
from benchmarks.picture import growth_picture, ratios_picture
from benchmarks.recording import MOST_BYTES, MOST_SHARE, Recorded
from benchmarks.startup import Start
from benchmarks.studio import LEAST_FRAMES, MOST_MILLISECONDS, Seen
from benchmarks.targets import WHY, Verdict, best, verdicts
from benchmarks.watching import EXAMPLES, Watched, share
from benchmarks.watching import MOST_SHARE as MOST_WATCHING
from benchmarks.workloads import WORKLOADS, Workload

PAGE = "benchmarks.md"
WORDS = Path(__file__).with_name("method.md")  # what does not depend on the results


def write_report(results: Path, out: Path) -> None:
    """Write the page and the pictures."""
    rows = {name: found for name in WORKLOADS if (found := rows_of(results, name))}
    points = [Point(**values) for values in read(results, "growth", [])]
    begun = [Start(**values) for values in read(results, "startup", [])]
    sections = [
        WORDS.read_text(encoding="utf-8").strip(),
        *promises(verdicts([row for of in rows.values() for row in of], begun)),
        *tables(rows),
        *left_out(rows, read(results, "absent", {})),
        *starts_section(begun),
        *growth_section(points),
        *recording_section([Recorded(**values) for values in read(results, "recording", [])]),
        *watching_section([Watched(**values) for values in read(results, "watching", [])]),
        *studio_section([Seen(**values) for values in read(results, "studio", [])]),
        *machine_section(read(results, "machine", {})),
    ]
    out.mkdir(parents=True, exist_ok=True)
    (out / PAGE).write_text("\n\n".join(sections) + "\n", encoding="utf-8")
    (out / "benchmarks.svg").write_text(ratios_picture(rows), encoding="utf-8")
    (out / "benchmarks-growth.svg").write_text(growth_picture(points), encoding="utf-8")


def read(results: Path, name: str, default: object) -> object:
    """Return some results, or the default where there are none."""
    path = results / f"{name}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else default


def rows_of(results: Path, name: str) -> list[Row]:
    """Return the rows of a workload."""
    return [Row(**values) for values in read(results, f"workload {name}", [])]


# --- promises ------------------------------------------------------------------------------------


def promises(found: Sequence[Verdict]) -> Iterator[str]:
    """Yield the section of what was promised."""
    held = sum(verdict.held for verdict in found)
    yield "## What was promised"
    yield f"{held} of {len(found)} promises are held in this run."
    lines = [(v.name, v.said, limit_of(v), measured_of(v), outcome(v)) for v in found]
    yield table(("promise", "in words", "limit", "measured", ""), lines, right=(2, 3))
    reasons = [f"- *{v.name}*: {WHY[v.name]}" for v in found if not v.held and v.name in WHY]
    if reasons:
        yield "Why:"
        yield "\n".join(reasons)


def limit_of(verdict: Verdict) -> str:
    """Return the limit with its unit."""
    return f"{verdict.limit:g} {verdict.unit}"


def measured_of(verdict: Verdict) -> str:
    """Return what was measured, with its unit."""
    return "–" if verdict.measured is None else f"{significant(verdict.measured)} {verdict.unit}"


def outcome(verdict: Verdict) -> str:
    """Return whether a promise is held, and by how much it is missed."""
    note = f"; {verdict.note}" if verdict.note else ""
    if verdict.measured is None:
        return verdict.note or "not run"
    if verdict.held:
        return f"held{note}"
    percent = f"{100 * verdict.missed_by:,.0f}" if verdict.missed_by >= 0.01 else "less than 1"
    return f"**missed** by {percent} %{note}"


# --- workloads -----------------------------------------------------------------------------------


def tables(rows: Mapping[str, Sequence[Row]]) -> Iterator[str]:
    """Yield one table for each workload."""
    yield "## The workloads"
    yield "![Time of each program over that of clearprop](benchmarks.svg)"
    alone = [row.cores for of in rows.values() for row in of if row.seconds and row.threads == 1]
    if alone:
        share = 100 * sum(alone) / len(alone)
        yield (
            f"The machine is shared: on average a program of one thread had {share:.0f} % of a core"
            " while it was timed. Where two threads wait for each other this makes them slow."
        )
    for name, of in rows.items():
        yield f"### {name}"
        yield described(WORKLOADS[name], max(row.rounds for row in of))
        yield workload_table(of, WORKLOADS[name])


def described(work: Workload, rounds: int) -> str:
    """Return a workload in words."""
    unit = f"an {work.unit}" if work.unit[0] == "e" else f"a {work.unit}"
    return (
        f"{work.title[0].upper()}{work.title[1:]}. Rate {work.rate:g}, {work.dtype}. Weights"
        f" compared after {work.check_steps:,} updates. {rounds} rounds. Time for"
        f" {unit}:"
    )


def workload_table(rows: Sequence[Row], work: Workload) -> str:
    """Return the table of a workload, the fastest first; each program at its best threads."""
    ours = best([row for row in rows if row.kind == "ours"])
    chosen = [best([row for row in rows if row.peer == name]) for name in programs(rows)]
    timed = sorted((row for row in chosen if row), key=lambda row: row.seconds)
    lines = []
    for row in timed:
        other = [r for r in rows if r.peer == row.peer and r.threads != row.threads and r.seconds]
        threads = str(row.threads)
        if len(work.threads) > 1:
            threads += "".join(f" ({time_text(r.seconds)} on {r.threads})" for r in other)
        ratio = significant(row.seconds / ours.seconds) if ours else "–"
        name = f"**{row.peer}**" if row.kind == "ours" else row.peer
        name += f" ({row.instead})" if row.instead else ""
        lines.append(
            (
                name,
                {"ours": "ours", "peer": "peer", "limit": "limit"}[row.kind],
                time_text(row.seconds),
                f"{ratio} ×",
                f"±{50 * row.spread:.0f} %",
                threads,
                f"{row.peak / 2**20:,.0f} MiB",
                difference_text(row),
            )
        )
    head = ("program", "", "time", "over ours", "spread", "threads", "memory", "weights differ by")
    return table(head, lines, right=(2, 3, 4, 6))


def programs(rows: Sequence[Row]) -> list[str]:
    """Return the programs of some rows, each once."""
    return list(dict.fromkeys(row.peer for row in rows))


def difference_text(row: Row) -> str:
    """Return how far the weights are from the reference's."""
    if row.difference is None:
        return "no training"
    return "nothing: the same bits" if row.difference == 0 else f"{row.difference:.0e}"


def left_out(rows: Mapping[str, Sequence[Row]], absent: Mapping[str, str]) -> Iterator[str]:
    """Yield what was not timed, and why."""
    notes = [
        f"- {name}, {row.peer} on {row.threads} thread{'s' * (row.threads > 1)}"
        f"{f' ({row.instead})' if row.instead else ''}: {row.note}"
        for name, of in rows.items()
        for row in of
        if row.note
    ]
    for name, of in rows.items():
        here = [peer.name for peer in peers() if peer.takes(WORKLOADS[name]) and not peer.missing()]
        if others := [peer for peer in here if peer not in programs(of)]:
            notes.append(f"- {name}, left out of this run: {', '.join(others)}")
    yield "### Not timed"
    limits = ", ".join(f"{limit:.0e} in {dtype}" for dtype, limit in TOLERANCES.items())
    yield (
        "A program whose weights differ from the reference's by more of the largest weight than"
        f" {limits} is not timed; strict arithmetic must give the reference's bits."
    )
    if notes:
        yield "\n".join(notes)
    if absent:
        yield "Not installed, and so in no table:"
        yield "\n".join(f"- {name}: {reason}" for name, reason in absent.items())
    elif not notes:
        yield "There was none."


# --- starts, growth, machine ---------------------------------------------------------------------


def starts_section(begun: Sequence[Start]) -> Iterator[str]:
    """Yield the times of fresh processes."""
    if not begun:
        return
    yield "## From the start of a process"
    yield (
        "Each time is that of a new process from its start to its end, the fastest of some. *Cold*:"
        " the folder of compiled programs is empty; *warm*: it was filled by a run before. A"
        " process is charged"
        " with at least the memory of the one that starts it, which is what *Python itself* shows."
    )
    titles = {
        "imports": "Imports",
        "commands": "Commands",
        "first epoch": "A first epoch: 10-16-1 on 1,000 rows, everything included",
    }
    for group, title in titles.items():
        lines = [
            (f"`{s.name}`" if group != "first epoch" else s.name, s.cache or "–", start_text(s),
             f"{s.peak / 2**20:,.0f} MiB" if s.seconds else "–")
            for s in begun
            if s.group == group
        ]  # fmt: skip
        yield f"### {title}"
        yield table(("", "cache", "time", "memory"), lines, right=(2, 3))


def start_text(start: Start) -> str:
    """Return the time of a start, or what went wrong."""
    return time_text(start.seconds) if start.seconds else start.note


def growth_section(points: Sequence[Point]) -> Iterator[str]:
    """Yield the growth curves."""
    if not points:
        return
    yield "## How the cost grows"
    yield "![Seconds against parameters, examples and batch size](benchmarks-growth.svg)"
    yield (
        "Each program by itself on one thread. The exponent is that of a power law through the"
        " points from the size given on: 1 means that twice as much costs twice as long."
    )
    for curve in CURVES:
        of = [point for point in points if point.curve == curve.name]
        if not of:
            continue
        programs = list(dict.fromkeys(point.program for point in of))
        yield f"### By {curve.name}"
        yield f"{curve.title[0].upper()}{curve.title[1:]}. Time for {curve.unit}:"
        lines = [
            (f"{size:,}", *(point_text(of, program, size) for program in programs))
            for size in sorted(curve.workloads)
        ]
        powers = [
            exponent([p for p in of if p.program == name], curve.fit_from) for name in programs
        ]
        said = ("–" if power is None else f"{power:.2f}" for power in powers)
        lines.append((f"exponent from {curve.fit_from:,} on", *said))
        yield table((curve.name, *programs), lines, right=range(1, len(programs) + 1))
    notes = [f"- {p.curve} {p.size:,}, {p.program}: {p.note}" for p in points if p.note]
    yield f"Points beyond the machine's memory or {LONGEST / 60:.0f} minutes are not run:"
    yield "\n".join(notes) or "there was none."


def point_text(points: Sequence[Point], program: str, size: int) -> str:
    """Return the time of a point."""
    found = [p for p in points if p.program == program and p.size == size]
    return time_text(found[0].seconds) if found and found[0].seconds else "not run"


def recording_section(found: Sequence[Recorded]) -> Iterator[str]:
    """Yield what recording a run costs."""
    if not found:
        return
    yield "## What recording costs"
    yield (
        "784-128-10 in float32, batches of 32, with and without a folder that records the run. The"
        f" promise: at most {100 * MOST_SHARE:.0f} % of the training's time, at most"
        f" {MOST_BYTES / 1e6:.0f} MB. The work is the processor's time of recording as a share of"
        " the training's; a step is brought back and held against the next checkpoint."
    )
    head = ("optimizer", "training", "recorded", "longer by", "work", "size", "checkpoints",
            "a step", "longest")  # fmt: skip
    lines = [
        (r.optimizer, time_text(r.plain), time_text(r.recorded),
         f"{100 * r.overhead:.1f} %".replace("-", "−"), f"{100 * r.work:.1f} %",
         f"{r.bytes / 1e6:.1f} MB", str(r.checkpoints), time_text(r.back), time_text(r.furthest))
        for r in found
    ]  # fmt: skip
    yield table(head, lines, right=range(1, len(head)))


def watching_section(found: Sequence[Watched]) -> Iterator[str]:
    """Yield what watching a PyTorch loop costs."""
    if not found:
        return
    yield "## What watching a PyTorch loop costs"
    yield (
        f"784-128-10 by batches of 64, {EXAMPLES:,} random pictures, one thread: two loops in one"
        " process by turns of ten steps, one of them watched; of the turns the quarter in which the"
        " loop alone was quickest. The barest loop takes its batches out of a tensor, `x[batch]`;"
        f" others have a `DataLoader`. At most {100 * MOST_WATCHING:.0f} % were aimed at: see"
        " [what it costs](pytorch.md#what-it-costs). The rows are written once, in the first epoch."
    )
    head = ("optimizer", "a step alone", "watched", "on the average", "first epoch",
            "with a DataLoader", "watched")  # fmt: skip
    lines = [
        (w.optimizer, time_text(w.later[0]), share(w.later), share(w.mean), share(w.first),
         time_text(w.loader[0]), share(w.loader))
        for w in found
    ]  # fmt: skip
    yield table(head, lines, right=range(1, len(head)))
    yield "What such a recording takes, and one explanation of it:"
    head = ("optimizer", "steps", "rows", "each epoch", "an explanation")
    lines = [
        (w.optimizer, f"{w.steps:,}", f"{w.rows / 1e6:.0f} MB", f"{w.epoch / 1e6:.1f} MB",
         time_text(w.answer))
        for w in found
    ]  # fmt: skip
    yield table(head, lines, right=range(1, len(head)))


def studio_section(found: Sequence[Seen]) -> Iterator[str]:
    """Yield how fast the studio shows a training."""
    if not found:
        return
    yield "## How fast the studio shows a training"
    yield (
        "A 2-8-8-1 network on the spirals in Chromium without a window, whose screen has 60 frames"
        f" a second. The promise: at least {LEAST_FRAMES} frames a second, and from a click on a"
        f" weight to the panel that explains it at most {MOST_MILLISECONDS} ms (the median)."
    )
    head = ("speed", "steps taken in a second", "frames a second", "a click", "nine of ten within")
    lines = [
        (each.speed, f"{each.steps:,}", f"{each.frames:.1f}", f"{each.click:.0f} ms",
         f"{each.ninth:.0f} ms")
        for each in found
    ]  # fmt: skip
    yield table(head, lines, right=range(1, len(head)))


def machine_section(values: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    """Yield the machine and the versions."""
    yield "## Machine and versions"
    for group in values.values():
        yield table(("", ""), list(group.items()), right=())


# --- text ----------------------------------------------------------------------------------------


def table(head: Sequence[str], lines: Sequence[Sequence[str]], right: Sequence[int]) -> str:
    """Return a table in Markdown."""
    rule = ["---:" if place in right else "---" for place in range(len(head))]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, rule, *lines))


def time_text(seconds: float) -> str:
    """Return a time with three digits and its unit.

    >>> time_text(0.0001234), time_text(45.6e-9)
    ('123 µs', '45.6 ns')
    """
    for unit, factor in (("s", 1), ("ms", 1e3), ("µs", 1e6)):
        if seconds * factor >= 0.9995:
            return f"{significant(seconds * factor)} {unit}"
    return f"{significant(seconds * 1e9)} ns"


def significant(value: float) -> str:
    """Return a number with three digits, never as a power of ten.

    >>> significant(1234.5), significant(0.5), significant(12.345)
    ('1,234', '0.50', '12.3')
    """
    if value >= 99.95:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 9.995 else f"{value:.2f}"
