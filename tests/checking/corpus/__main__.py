"""`make corpus`: marks the whole corpus and writes docs/check-corpus.md.

python -m checking.corpus                      everything: 1,000 networks for each mistake
python -m checking.corpus --networks 50        a part of it
python -m checking.corpus --minutes 30         what can be marked in that time
python -m checking.corpus --only sign_flipped  one mistake
python -m checking.corpus --keep FILE          what is marked goes to another file, and to no page

It is marked in parts: what lies in the file already is not marked again, and ctrl-C keeps the rest.
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import product
from multiprocessing import Pool
from pathlib import Path
from signal import SIG_IGN, SIGINT, signal
from time import monotonic

from checking.corpus.kept import keep, outcomes_in
from checking.corpus.marking import Outcome, outcome
from checking.corpus.page import page
from clearprop.checking.mistakes import MISTAKES

ROOT = Path(__file__).parents[3]
KEPT = Path(__file__).with_name("outcomes.parquet")
PART = 500  # solutions, after which the file is written again
Task = tuple[str, int, int]


def main(arguments: Sequence[str] | None = None) -> None:
    """Mark the corpus, and write the page of all that was marked."""
    options = parsed(arguments)
    outcomes = outcomes_in(options.keep)
    known = {(each.mistake, each.seed, each.digits) for each in outcomes}
    tasks = [task for task in all_tasks(options) if task not in known]
    with suppress(KeyboardInterrupt):
        for found in all_marked(tasks, options):
            outcomes.append(found)
            if len(outcomes) % PART == 0:
                keep(options.keep, outcomes)
    keep(options.keep, outcomes)
    for failed in sorted(failures(outcomes), key=lambda each: (each.mistake, each.seed)):
        print(failed)
    if options.keep != KEPT:
        print(Counter((each.found, each.first, each.named) for each in outcomes))
        return
    path = ROOT / "docs" / "check-corpus.md"
    path.write_text(page(outcomes), encoding="utf-8")
    print(f"wrote {path.relative_to(ROOT)}")


def all_marked(tasks: Sequence[Task], options: argparse.Namespace) -> Iterator[Outcome]:
    """Yield what becomes of the cases, by several processes, as long as there is time."""
    until = monotonic() + 60 * options.minutes
    with Pool(options.jobs, begun) as pool:
        results = pool.imap_unordered(marked, tasks, chunksize=len(MISTAKES))
        for done, found in enumerate(results, start=1):
            yield found
            if done % 50 == 0 or done == len(tasks):
                print(f"\r{done:,} of {len(tasks):,} solutions marked", end="", file=sys.stderr)
            if monotonic() > until:
                break
    print(file=sys.stderr)


def begun() -> None:
    """Let a process leave ctrl-C to the first, and look for garbage seldom: a fifth quicker."""
    signal(SIGINT, SIG_IGN)
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)


def parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Return the options."""
    parser = argparse.ArgumentParser(
        prog="python -m checking.corpus",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--networks", type=int, default=1000, help="for each mistake")
    parser.add_argument("--right", type=int, default=10_000, help="right solutions")
    parser.add_argument("--digits", type=int, nargs="+", default=[6, 4, 3], help="of a number")
    kinds = [*MISTAKES, "right"]
    parser.add_argument("--only", nargs="+", default=[], choices=kinds, metavar="MISTAKE")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="at most")
    parser.add_argument("--keep", type=Path, default=KEPT, help="the file of outcomes")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="processes")
    return parser.parse_args(arguments)


def all_tasks(options: argparse.Namespace) -> list[Task]:
    """Return what is to be marked: mistake (none of a right solution), seed, digits.

    All kinds are mixed, so that a run that is broken off has some of each. The mistakes of one
    network follow each other: one process draws it once, and reads most of its lines once.
    """
    mistakes = [name for name in MISTAKES if not options.only or name in options.only]
    wrong = product(range(options.networks), options.digits, mistakes)
    tasks = [(mistake, seed, digits) for seed, digits, mistake in wrong]
    if not options.only or "right" in options.only:
        tasks += [("", seed, 3 + seed % 4) for seed in range(options.right)]
    return sorted(
        tasks, key=lambda task: task[1] / (options.networks if task[0] else options.right)
    )


def marked(task: Task) -> Outcome:
    """Return what becomes of one case."""
    return outcome(*task)


def failures(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Return the cases at 6 digits that were not marked as they should be, and false alarms."""
    return [
        each
        for each in outcomes
        if each.drawn
        and not (each.found and (each.named or not each.mistake))
        and (each.digits == 6 or not each.mistake)
    ]


if __name__ == "__main__":
    main()
