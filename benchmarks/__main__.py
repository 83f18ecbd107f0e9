"""`python -m benchmarks`: runs the suite and writes docs/benchmarks.md with its pictures.

python -m benchmarks                     everything
python -m benchmarks workloads --only W3 one part, here one workload; the rest is kept as it lies in
                                         benchmarks/results, from which the page is written
python -m benchmarks report              only writes the page again
python -m benchmarks --quick             small workloads, few rounds: for development
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from benchmarks.growth import CURVES, LONGEST, grown
from benchmarks.machine import machine, versions
from benchmarks.measure import Effort, measured
from benchmarks.peers import peers
from benchmarks.recording import recordings
from benchmarks.report import write_report
from benchmarks.startup import starts
from benchmarks.studio import studios
from benchmarks.watching import watchings
from benchmarks.workloads import QUICK, WORKLOADS

ROOT = Path(__file__).parents[1]
PARTS = ("workloads", "growth", "startup", "recording", "watching", "studio", "report")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the parts that are asked for, and write the page from all there is."""
    options = parsed(arguments)
    parts = options.parts or PARTS
    options.results.mkdir(parents=True, exist_ok=True)
    if "workloads" in parts:
        run_workloads(options)
        save(options.results, "machine", {"machine": machine(), "versions": versions()})
    if "startup" in parts:
        times = (1, 1) if options.quick else ()
        save_each(options.results, "startup", starts(*times))
    if "growth" in parts:
        curves = [curve for curve in CURVES if not options.quick]
        save_each(options.results, "growth", grown(options.longest, curves))
    if "recording" in parts:
        small = (640, 2, 1, ("adam",)) if options.quick else ()
        save_each(options.results, "recording", recordings(*small))
    if "watching" in parts:
        small = (6_400, 2) if options.quick else ()
        save_each(options.results, "watching", watchings(*small))
    if "studio" in parts:
        few = (1, 3) if options.quick else ()
        save_each(options.results, "studio", studios(*few))
    write_report(options.results, options.out)


def parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Return the options."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("parts", nargs="*", help="of " + ", ".join(PARTS) + "; default: all")
    parser.add_argument("--only", default="", help="workloads, separated by commas")
    parser.add_argument("--peers", default="", help="programs, separated by semicolons")
    parser.add_argument("--quick", action="store_true", help="small workloads, few rounds")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=0.25, help="of a program in a round")
    parser.add_argument("--longest", type=float, default=LONGEST, help="seconds of a growth point")
    parser.add_argument("--out", type=Path, default=ROOT / "docs", help="where the page goes")
    parser.add_argument("--results", type=Path, default=ROOT / "benchmarks" / "results")
    options = parser.parse_args(arguments)
    if unknown := set(options.parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    return options


def run_workloads(options: argparse.Namespace) -> None:
    """Time the workloads and save each as soon as it is done."""
    workloads = QUICK if options.quick else WORKLOADS
    effort = Effort(3, 0.02) if options.quick else Effort(options.rounds, options.seconds)
    names = [name for name in options.only.split(",") if name] or list(workloads)
    chosen = [name for name in options.peers.split(";") if name]
    contestants = [peer for peer in peers() if not chosen or peer.name in chosen]
    absent = {peer.name: peer.missing() for peer in contestants if peer.missing()}
    save(options.results, "absent", absent)
    for name in names:
        rows = [said(row).json() for row in measured(workloads[name], contestants, effort)]
        save(options.results, f"workload {name}", rows)


def save_each(folder: Path, name: str, results: Iterable) -> None:
    """Write results as they come, so that a run that is broken off has left something."""
    found = []
    for result in results:
        found.append(said(result).json())
        save(folder, name, found)


def said(result: object) -> object:
    """Print a result and return it."""
    print(result, flush=True)
    return result


def save(folder: Path, name: str, values: object) -> None:
    """Write some results."""
    (folder / f"{name}.json").write_text(json.dumps(values, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
