"""Recording: a run's folder from its first step to its last.

Comes in: a plan, and the progress of its training. Goes out: a folder that is a run at any moment.
It appears whole, with the status "training" and the checkpoint of the start; while the training
goes on, checkpoints and the history are added, each file whole or not at all; at the end `run.json`
is replaced, which makes it a finished run. Whatever is cut off in between, `resuming.py` goes on
from the newest checkpoint.

Where checkpoints lie is decided by a clock and never changes a number: a state is what it is,
however the steps are parted into calls.
"""

import errno
import logging
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter, thread_time
from types import TracebackType

from clearprop.errors import RunError, counted
from clearprop.runs import disk
from clearprop.runs.checkpoints import (
    Checkpoint,
    Checkpoints,
    checkpoint_bytes,
    checkpoint_path,
    file_name,
    steps_in,
    thinned,
)
from clearprop.runs.folder import (
    CHECKPOINTS,
    GROWING,
    MANIFEST,
    SPLIT,
    free_path,
    lying,
    write_folder,
)
from clearprop.runs.growing import GrowingHistory, joined
from clearprop.runs.lock import Lock
from clearprop.runs.making import Plan, run_in_training
from clearprop.runs.manifest import run_files
from clearprop.runs.run import Run
from clearprop.training.engine import EpochFigures
from clearprop.training.loop import Progress

logger = logging.getLogger("clearprop")


@dataclass(frozen=True)
class Spacing:
    """How far apart checkpoints lie.

    seconds   of training from one to the next, at least: with the call of the engine in which they
              end 0.3, what a replay may take
    longest   but no more than these: what a crash may cost
    room      bytes that all of them may take; beyond, some are removed, the rest evenly spaced
    least     as many are kept of the largest network
    share     of the training's time that their writing may take
    aside     whether a thread of its own writes them
    """

    seconds: float = 0.25
    longest: float = 10.0
    room: int = 36_000_000
    least: int = 3
    share: float = 0.05
    aside: bool = True

    def most(self, size: int) -> int:
        """Return how many checkpoints of a size are kept."""
        return max(self.least, self.room // size)

    def due(self, since: float, trained: float, most: int, cost: float) -> bool:
        """Return whether the next one is due.

        `since` are the seconds since the last one, `trained` those of the whole training, and
        `cost` those of computing that the last one took to be written.
        """
        even = trained / most  # closer ones would soon be removed again
        wanted = max(self.seconds, min(even, self.longest))
        return since >= max(wanted, cost / self.share)


SPACING = Spacing()


class Recorder:
    """Writes the folder of a run while it is trained; to be closed at the end, for its lock.

    Checkpoints are written by a thread of its own. What cannot be written is tried again with the
    next one; the training goes on, and `problem` says why at the end.
    """

    def __init__(
        self, folder: Path, start: Checkpoint, epochs: int = 0, spacing: Spacing | None = None
    ) -> None:
        """Go on in a run's folder from a checkpoint and the epochs that lie in it."""
        self.folder, self.spacing = folder, spacing or SPACING
        self.before = self.last = start
        self.lock = Lock(folder)
        self.history = GrowingHistory(folder / GROWING, epochs)
        self.unwritten: list[EpochFigures] = []
        self.size, self.cost, self.spent = len(checkpoint_bytes(start)), 0.0, 0.0
        self.missed, self.problem = 0, ""
        self.writer = ThreadPoolExecutor(1) if self.spacing.aside else None
        self.writing: list[Future[None]] = []  # in their order; a disk may halt for seconds
        self.started = perf_counter()

    def __enter__(self) -> "Recorder":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.writer is not None:
            self.writer.shutdown()
        self.lock.close()

    # --- while it is trained ---------------------------------------------------------------------

    @property
    def seconds(self) -> float:
        """The seconds of training, those before a resumption included."""
        return self.before.seconds + perf_counter() - self.started

    def watch(self, progress: Progress) -> None:
        """Take note of progress, and write a checkpoint if one is due.

        States that wait for the disk take no more room in memory than it has for them.
        """
        self.unwritten.append(progress.finished)
        self.take_results([done for done in self.writing if done.done()])
        most = self.spacing.most(self.size)
        if progress.state.step == self.last.state.step or len(self.writing) >= most:
            return
        if self.spacing.due(self.seconds - self.last.seconds, self.seconds, most, self.cost):
            self.write(progress)

    def end(self, progress: Progress) -> Checkpoint:
        """Write the last state, so that nothing can be lost any more; return its checkpoint."""
        self.take_results(self.writing)
        if self.problem or progress.state.step != self.last.state.step:
            self.write(progress)
            self.take_results(self.writing)
        return self.last

    def write(self, progress: Progress) -> None:
        """Write a checkpoint, and the history up to it; return while it is being written."""
        self.last = Checkpoint(progress.state, self.seconds)
        figures, self.unwritten = joined(self.unwritten), []
        if self.writer is not None:
            self.writing.append(self.writer.submit(self.record, self.last, figures))
            return
        done = Future[None]()
        try:
            self.record(self.last, figures)
            done.set_result(None)
        except OSError as error:
            done.set_exception(error)
        self.writing.append(done)

    def record(self, checkpoint: Checkpoint, figures: EpochFigures) -> None:
        """Write history and checkpoint, in this order, then remove the checkpoints too many."""
        started = thread_time()  # waiting for the disk costs the training nothing
        try:
            self.history.write(figures)  # keeps the figures, whatever happens
            self.lock.check(self.folder)
            path = checkpoint_path(self.folder, checkpoint.state.step)
            content = checkpoint_bytes(checkpoint)
            self.size = max(self.size, len(content))  # early stopping's best comes with time
            disk.replace_whole(path, content)
            self.thin(path.parent)
        finally:
            self.cost = thread_time() - started
            self.spent += self.cost

    def thin(self, folder: Path) -> None:
        """Remove the checkpoints that are too many."""
        steps = steps_in(folder)
        kept = thinned(steps, self.spacing.most(self.size))
        for step in sorted(set(steps) - set(kept)):
            disk.remove(checkpoint_path(self.folder, step))

    def take_results(self, ended: list[Future[None]]) -> None:
        """Take note of how some writings ended, or wait until they do."""
        for writing in list(ended):
            self.writing.remove(writing)
            try:
                writing.result()
            except OSError as error:
                self.missed += 1
                self.problem = error.strerror or str(error)

    # --- at the end ------------------------------------------------------------------------------

    def finish(self, run: Run) -> Run:
        """Make the folder that of a run whose training is over, and return it with its path.

        Raises
        ------
        OSError: the disk is full, not writable or gone; the folder is one of a run still training.
        """
        self.lock.check(self.folder)
        if not ((self.folder / SPLIT).is_file() and steps_in(self.folder / CHECKPOINTS)):
            raise FileNotFoundError(errno.ENOENT, "the run's folder was emptied")
        files = run_files(replace(run, checkpoints=None))
        manifest = files.pop(MANIFEST)
        for name in files.keys() - {SPLIT}:
            disk.replace_whole(self.folder / name, files[name])
        disk.replace_whole(self.folder / MANIFEST, manifest)
        remove_parts(self.folder)
        self.say_what_is_missing()
        checkpoints = Checkpoints(run.network, run.settings, self.folder / CHECKPOINTS)
        return replace(run, path=self.folder, checkpoints=checkpoints)

    def say_what_is_missing(self) -> None:
        """Say so where checkpoints could not be written: the steps about them are replayed."""
        if self.missed:
            logger.warning(
                "%s of the training could not be recorded: %s; the steps there are replayed from"
                " the one before",
                counted(self.missed, "checkpoint"),
                self.problem,
            )


def begun(plan: Plan, out: Path, force: bool = False, series: str | None = None) -> Recorder:
    """Write the folder of a training that is about to begin, and return what goes on writing.

    Where another run took the place meanwhile it is written beside, as the next of the `series`
    (None: of the name of `out`): NAME-1, NAME-2, …

    Raises
    ------
    FailedRun: the disk is full, not writable or gone.
    """
    name = series or out.name
    try:
        write_folder(out, run_files(run_in_training(plan)), force)
        epochs = len(plan.before.figures) if plan.before else 0  # a fork has some of its run
        return Recorder(lying(out), Checkpoint(plan.start), epochs)
    except RunError:
        return begun(plan, free_path(out.parent, name), series=name)


def remove_parts(folder: Path) -> None:
    """Remove the parts of a history that lies in its own file now."""
    parts = folder / GROWING
    for step in steps_in(parts):
        disk.remove(parts / file_name(step))
    if parts.is_dir() and not any(parts.iterdir()):
        parts.rmdir()
