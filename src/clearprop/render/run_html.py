"""Runs and what they are asked -> pieces of HTML for notebooks: their pages, and their pictures."""

from __future__ import annotations

import re

from rich.console import RenderableType

from clearprop.render.differences_text import differences_page
from clearprop.render.evaluation_text import evaluation_page
from clearprop.render.finding_text import findings_page
from clearprop.render.health_text import health_page
from clearprop.render.histogram import sweep_svg
from clearprop.render.loss_curve import run_curve
from clearprop.render.moment_text import facts as moment_facts
from clearprop.render.moment_text import parameter_tables
from clearprop.render.page_html import page_html
from clearprop.render.run_text import facts, headline, score_table
from clearprop.render.sweep_text import counts, grid_table, spread
from clearprop.runs.differences import Differences
from clearprop.runs.evaluation import Evaluation
from clearprop.runs.finding import Findings
from clearprop.runs.health import Health
from clearprop.runs.moment import Moment
from clearprop.runs.run import Run
from clearprop.sweeps.sweep import Sweep

OWN = re.compile(r'<style>.*?</style>|\s*<rect class="paper"[^>]*>', re.DOTALL)


def piece(*pages: RenderableType) -> str:
    """Return pages of the terminal as a piece of HTML."""
    return "\n".join(part for page in pages for part in page_html(page))


def chart(svg: str) -> str:
    """Return a picture as a part of the page, in its colours: without paper and style."""
    bare = OWN.sub("", svg).replace("<svg ", '<svg class="chart" ', 1)
    # as a style, which no rule of the page overrules
    return re.sub(r'text-anchor="(\w+)"', r'style="text-anchor: \1"', bare)


def run_piece(run: Run) -> str:
    """Return the summary of a run with its loss curve."""
    scores = [score_table(run.scores)] if run.scores else []
    curve = chart(run_curve(run)) if len(run.history) else ""
    return f"{piece(headline(run), facts(run), *scores)}\n{curve}"


def moment_piece(moment: Moment) -> str:
    """Return where in a run a moment is, what the network was worth, and its parameters."""
    title = f"{moment.run.name} · after step {moment.step:,}"
    return piece(title, moment_facts(moment), *parameter_tables(moment.parameters))


def sweep_piece(sweep: Sweep) -> str:
    """Return how the networks of a sweep ended, and when they had converged."""
    grid = [grid_table(sweep)] if sweep.grid and len(sweep.plan.cells) > 1 else []
    picture = chart(sweep_svg(sweep)) if len(sweep) else ""
    return f"{piece(counts(sweep.summary), *spread(sweep), *grid)}\n{picture}"


def evaluation_piece(evaluation: Evaluation) -> str:
    """Return scores, with the confusions of classes."""
    return piece(evaluation_page(evaluation))


def findings_piece(findings: Findings) -> str:
    """Return where a condition holds."""
    return piece(findings_page(findings, every=len(findings.found) > 1))


def health_piece(health: Health) -> str:
    """Return the signs of each layer, and what is wrong."""
    return piece(health_page(health))


def differences_piece(differences: Differences) -> str:
    """Return where two runs part."""
    return piece(differences_page(differences))
