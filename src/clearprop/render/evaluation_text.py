"""Scores of some rows as text for the terminal.

Comes in: an `Evaluation`. Goes out: something that rich prints: confusion matrix and figures per
class, or R² and errors.
"""

import numpy as np
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from clearprop.data.scores import ClassScores, NumberScores
from clearprop.errors import counted
from clearprop.render.run_text import PARTS, number, score_text
from clearprop.runs.evaluation import Evaluation

ANY_WIDTH = 100_000
LISTED = 30


def evaluation_page(evaluation: Evaluation) -> RenderableType:
    """Return the scores of some rows: confusion matrix and classes, or R² and errors."""
    title = Text.assemble(
        (counted(evaluation.rows, "row"), "bold"),
        f" ({PARTS.get(evaluation.part, evaluation.part)})",
    )
    scores = evaluation.scores
    if isinstance(scores, ClassScores):
        accuracy = f"accuracy {score_text('accuracy', scores.accuracy)}"
        return Group(
            title, f"{accuracy} · loss {number(evaluation.loss)}", "",
            Confusion(scores), "", class_table(scores),
        )  # fmt: skip
    return Group(title, number_lines(scores, evaluation.loss))


class Confusion:
    """The confusion matrix where it fits; else the confusions one by one, the most frequent first.

    A table that is squeezed loses its figures: the width is asked before.
    """

    def __init__(self, scores: ClassScores) -> None:
        """Take the scores whose confusions are to be shown."""
        self.scores = scores

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        table = confusion_table(self.scores)
        wanted = console.measure(table, options=options.update(width=ANY_WIDTH)).maximum
        yield table if wanted <= options.max_width else confusion_list(self.scores)


def confusion_table(scores: ClassScores) -> Table:
    """Return the confusion matrix: a row per actual label, a column per predicted one."""
    table = Table(title="rows: actual, columns: predicted", title_justify="left", title_style="dim")
    table.add_column("", style="bold")
    for label in scores.labels:
        table.add_column(escape(label), justify="right")
    for place, label in enumerate(scores.labels):
        counts = scores.confusion[place]
        cells = [
            Text(str(count), "green" if column == place else "red" if count else "dim")
            for column, count in enumerate(counts.tolist())
        ]
        table.add_row(escape(label), *cells)
    return table


def confusion_list(scores: ClassScores) -> Table:
    """Return the largest confusions, one a row; those that are left out are counted."""
    counts = scores.confusion
    pairs = [
        (actual, predicted) for actual, predicted in np.argwhere(counts) if actual != predicted
    ]
    pairs.sort(key=lambda pair: -counts[pair])
    title = (
        f"confusions, {LISTED} largest of {len(pairs):,}" if len(pairs) > LISTED else "confusions"
    )
    table = Table(title=title, title_justify="left", title_style="dim")
    for name in ("actual", "predicted"):
        table.add_column(name, style="bold", overflow="fold")
    table.add_column("rows", justify="right", style="red", no_wrap=True)
    for actual, predicted in pairs[:LISTED]:
        labels = (escape(scores.labels[place]) for place in (actual, predicted))
        table.add_row(*labels, f"{counts[actual, predicted]:,}")
    return table


def class_table(scores: ClassScores) -> Table:
    """Return precision, recall and F1 of every class."""
    table = Table(title="per class", title_justify="left", title_style="dim")
    table.add_column("class", style="bold")
    for name in ("precision", "recall", "F1", "rows"):
        table.add_column(name, justify="right")
    for figures in scores.classes:
        shares = (f"{value:.3f}" for value in (figures.precision, figures.recall, figures.f1))
        table.add_row(escape(figures.label), *shares, f"{figures.support:,}")
    return table


def number_lines(scores: NumberScores, loss: float) -> Table:
    """Return R² and the errors in the units of the target."""
    table = Table.grid(padding=(0, 2))
    table.add_row("R²", score_text("r2", scores.r2))
    table.add_row("mean absolute error", number(scores.mean_absolute_error))
    table.add_row("root mean squared error", number(scores.root_mean_squared_error))
    table.add_row("loss", number(loss))
    return table
