"""Watching a training from the terminal: the progress bar, and a look at the network's health.

Comes in: a plan. Goes out: the run, and sentences on what is wrong with it, none where all is well.
"""

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from clearprop.runs.making import Plan
    from clearprop.runs.recording import Recorder
    from clearprop.runs.run import Run
    from clearprop.training.interruption import Interruption
    from clearprop.training.loop import Progress
    from clearprop.training.symptoms import HealthWatch

ROOM_FOR_SPEED = 80  # columns of the terminal


def watched(
    plan: "Plan", interruption: "Interruption", recorder: "Recorder"
) -> tuple["Run", list[str]]:
    """Train and record, with a progress bar on the error stream if both streams are terminals.

    What is wrong is said above the bar when it is seen first, and returned if it is so at the end.
    """
    from clearprop.api import recorded
    from clearprop.runs.making import carry_out
    from clearprop.training.symptoms import HealthWatch

    health = HealthWatch(plan.job)
    with recorder:
        if not (sys.stderr.isatty() and sys.stdout.isatty()):
            run = carry_out(plan, interruption, health.watch, recorder)
            return recorded(run, recorder), remarks(plan, health, run)
        bar, task = progress_bar(plan)
        health.say = lambda remark: bar.console.print(
            remark.sentence, style="yellow", highlight=False, markup=False
        )

        def watch(now: "Progress") -> None:
            show(bar, task, plan, now)
            health.watch(now)

        with bar:
            run = carry_out(plan, interruption, watch, recorder)
        health.say = None
        return recorded(run, recorder), remarks(plan, health, run)


def remarks(plan: "Plan", health: "HealthWatch", run: "Run") -> list[str]:
    """Return what is wrong at the end of a training, in sentences."""
    from clearprop.training.threads import threads

    assert run.checkpoints is not None, "a training has its last state"
    last = run.checkpoints.load(run.outcome.steps).state
    with threads(plan.settings.threads):
        return [remark.sentence for remark in health.look(last)]


def progress_bar(plan: "Plan") -> tuple[Any, Any]:
    """Return a bar with loss, held-out score, speed and the time left."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    bar = Progress(
        TextColumn("epoch {task.fields[epoch]:>4}"),
        BarColumn(bar_width=None),
        TextColumn("[cyan]{task.fields[figures]}"),
        TimeRemainingColumn(compact=True),
        console=Console(stderr=True),
        expand=True,
        transient=True,
    )
    return bar, bar.add_task("", total=None, epoch=0, figures="")


def show(bar: Any, task: Any, plan: "Plan", progress: "Progress") -> None:
    """Move the bar to where training stands."""
    name = "accuracy" if plan.table.kind == "classes" else "r2"
    bar.update(
        task,
        completed=progress.step,
        total=progress.steps,
        epoch=progress.epoch,
        figures=figures_text(name, progress, bar.console.width),
    )


def figures_text(name: str, progress: "Progress", width: int) -> str:
    """Return loss, held-out score and speed; without the speed where the bar would lose its room.

    `name` is that of the score.
    """
    from clearprop.render.run_text import SCORES, number, score_text

    figures = [f"loss {number(progress.loss)}"] if progress.step else []
    if progress.held_out is not None:
        figures.append(f"{SCORES[name]} {score_text(name, progress.held_out.score)}")
    if width >= ROOM_FOR_SPEED:
        figures.append(f"{progress.examples_per_second:,.0f} examples/s")
    return " · ".join(figures)
