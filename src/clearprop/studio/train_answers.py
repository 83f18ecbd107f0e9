"""What the Train view asks: choose, play, look back, explain. Each function answers one ask."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.data.builtin import BUILT_IN
from clearprop.data.codings import ClassTarget
from clearprop.errors import SettingError
from clearprop.formulas.activations import ACTIVATIONS
from clearprop.formulas.losses import LOSSES
from clearprop.formulas.optimizers import OPTIMIZERS
from clearprop.runs.making import Plan
from clearprop.studio.asking import Answer, Given, wanted
from clearprop.studio.choices import numeric_names, setup
from clearprop.studio.features import FEATURES, title
from clearprop.studio.frames import Painter
from clearprop.studio.panel import panel, part_of
from clearprop.studio.recorded import opened, setup_of_run, trainer_of
from clearprop.studio.trainer import Trainer
from clearprop.studio.wording import in_the_studio

if TYPE_CHECKING:
    from clearprop.studio.sessions import Session

RUN = "run"  # the name of the data of the run that the studio was opened with
SOME_POINTS = [[0.0, 0.0, "A"], [0.0, 1.0, "A"], [1.0, 0.0, "B"], [1.0, 1.0, "B"]]
MOST_POINTS = 2_000  # of the data, that are drawn
CURVE_POINTS = 500


def choices(session: Session, given: Given) -> Answer:
    """Return what there is to choose from."""
    data = [
        {"name": entry.name, "about": entry.description,
         "noise": entry.generated and entry.generated.noise,
         "rows": entry.generated and entry.generated.rows}
        for entry in BUILT_IN.values()
    ]  # fmt: skip
    return {
        "data": data,
        "uploaded": list(session.tables),
        "activations": list(ACTIVATIONS),
        "losses": list(LOSSES),
        "optimizers": list(OPTIMIZERS),
        "features": list(FEATURES),
    }


def choose(session: Session, given: Given) -> Answer:
    """Make a training of what was chosen, in place of the session's; return what it is of.

    The one that the session has already is kept where the same is chosen again, after a reload.
    """
    with session.choosing:
        painter = chosen_anew(session, dict(wanted(given, "chosen", dict)))
        return described(painter, session)


def chosen_anew(session: Session, chosen: dict[str, Any]) -> Painter:
    """Return the training of what was chosen; the session has it."""
    if session.painter is not None and session.chosen is not None:
        if session.chosen == chosen:
            return session.painter
        if without_axes(session.chosen) == without_axes(chosen):
            return seen_across(session, session.painter.trainer, chosen)
    if chosen.get("data") == RUN:
        run = opened(session.opening.run)
        found, trainer = setup_of_run(run), trainer_of(run)
    else:
        found = setup(chosen, session.tables)
        trainer = Trainer(found.plan)
    painter = Painter(trainer, found.board)
    session.show(painter, chosen)
    with trainer.change():
        pass  # whoever looks draws the start
    return painter


def without_axes(chosen: dict[str, Any]) -> dict[str, Any]:
    """Return what a training is of: all that was chosen but how it is looked at."""
    return {name: value for name, value in chosen.items() if name != "axes"}


def seen_across(session: Session, trainer: Trainer, chosen: dict[str, Any]) -> Painter:
    """Return the training that goes on, looked at across other columns."""
    board = setup(chosen, session.tables).board
    painter = Painter(trainer, board and replace(board, plan=trainer.plan))
    with trainer.change():
        session.painter, session.chosen = painter, chosen
    return painter


def described(painter: Painter, session: Session) -> Answer:
    """Return what a training is of: its data, network, settings and board."""
    plan, trainer = painter.plan, painter.trainer
    network, table = plan.network, plan.table
    return {
        "name": plan.source.name,
        "rows": table.rows,
        "held_out": len(plan.examples.split.test),
        "target": table.target,
        "kind": table.kind,
        "labels": list(plan.examples.encoding.labels),
        "inputs": list(plan.examples.encoding.input_names),
        "columns": list(table.frame.columns),
        "layers": list(network.layers),
        "activations": list(network.activations),
        "parameters": network.parameter_count,
        "settings": settings_of(plan),
        "per_epoch": trainer.per_epoch,
        "first": trainer.first.step,
        "last": plan.job.steps,
        "score": "accuracy" if table.kind == "classes" else "R²",
        "board": board(painter),
        **standing(painter),
    }


def settings_of(plan: Plan) -> Answer:
    """Return the network and the learning that were chosen, and what came of what was left open."""
    settings, learning = plan.settings, plan.settings.learning
    return {
        "hidden": list(settings.hidden),
        "activation": settings.activation,
        "loss": learning.loss,
        "optimizer": learning.optimizer,
        "rate": learning.constant("rate"),
        "momentum": learning.constants.get("momentum"),
        "weight_decay": learning.constants.get("weight_decay", 0.0),
        "batch_size": settings.batch_size,
        "seed": settings.seed,
        "test_size": settings.test_size,
    }


def settings(session: Session, given: Given) -> Answer:
    """Return the settings of points that are still to be drawn, as a few will have them."""
    chosen = {**wanted(given, "chosen", dict), "points": SOME_POINTS}
    return {"settings": settings_of(setup(chosen, session.tables).plan)}


def board(painter: Painter) -> Answer | None:
    """Return the plane that is drawn, and the points on it."""
    found, plan = painter.board, painter.plan
    if found is None:
        return None
    x, y = (plan.table.frame[name].to_numpy().astype(float) for name in found.columns)
    target = plan.examples.encoding.target
    if isinstance(target, ClassTarget):
        texts = plan.table.frame[plan.table.target].to_list()
        places = {label: place for place, label in enumerate(target.labels)}
        values = [float(places.get(text, 0)) for text in texts]
    else:
        low, high = found.targets
        values = ((plan.examples.y[:, 0] - low) / (high - low)).tolist()
    held_out = set(plan.examples.split.test.tolist())
    rows = np.linspace(0, len(x) - 1, min(len(x), MOST_POINTS)).astype(int).tolist()
    return {
        "columns": list(found.columns),
        "choices": numeric_names(plan, found.columns),
        "bounds": [list(pair) for pair in found.bounds],
        "points": [[row, x[row], y[row], values[row], row in held_out] for row in rows],
        "features": [title(name, found.columns) for name in FEATURES] if found.whole else [],
    }


def standing(painter: Painter) -> Answer:
    """Return where a training stands, in words where something is wrong."""
    trainer = painter.trainer
    return {
        "step": trainer.step,
        "shown": trainer.shown,
        "playing": trainer.playing,
        "per_second": trainer.per_second,
        "ready": trainer.ready or bool(trainer.trouble),
        "compiling": list(trainer.compiling),
        "sentences": [in_the_studio(sentence) for sentence in trainer.sentences],
        "engine": trainer.engine.name,
    }


def chosen_painter(session: Session) -> Painter:
    """Return the session's training; SettingError where none was chosen."""
    if session.painter is None:
        raise SettingError("there is no training yet; choose data and a network")
    return session.painter


# --- playing -------------------------------------------------------------------------------------


def play(session: Session, given: Given) -> Answer:
    """Take steps: all, or as many as are asked for; at most so many a second."""
    painter = chosen_painter(session)
    speed, steps = given.get("per_second"), given.get("steps")
    if steps == "epoch":
        steps = painter.trainer.to_epoch()
    fast = isinstance(speed, int | float) and 0 < speed < math.inf
    painter.trainer.play(float(speed) if fast else None, steps if isinstance(steps, int) else None)  # type: ignore[arg-type]
    return standing(painter)


def pause(session: Session, given: Given) -> Answer:
    """Take no more steps."""
    painter = chosen_painter(session)
    painter.trainer.pause()
    return standing(painter)


def reset(session: Session, given: Given) -> Answer:
    """Go back to the start, which is the same every time."""
    painter = chosen_painter(session)
    painter.trainer.reset()
    return standing(painter)


def show(session: Session, given: Given) -> Answer:
    """Look at a step; None for the newest."""
    painter = chosen_painter(session)
    step = given.get("step")
    painter.trainer.show(None if step is None else wanted(given, "step", int))
    return standing(painter)


def stands(session: Session, given: Given) -> Answer:
    """Return where the training stands."""
    return standing(chosen_painter(session))


def curve(session: Session, given: Given) -> Answer:
    """Return loss and score of the epochs so far, of at most 500, and where the training stands."""
    painter = chosen_painter(session)
    figures = painter.trainer.curve
    count = len(figures)
    places = np.unique(np.linspace(0, max(0, count - 1), min(count, CURVE_POINTS)).astype(int))
    columns = (figures.loss[places], figures.held_out[places], figures.score[places])
    return {
        "epochs": (places + 1).tolist(),
        **{
            name: [value if math.isfinite(value) else None for value in column.tolist()]
            for name, column in zip(("loss", "held_out", "score"), columns, strict=True)
        },
        **standing(painter),
    }


def find(session: Session, given: Given) -> Answer:
    """Return the weight, bias or unit of a name, as it can be explained."""
    network = chosen_painter(session).plan.network
    return {"part": part_of(network, wanted(given, "name", str))}


def explain(session: Session, given: Given) -> Answer:
    """Explain a weight, a unit or a row at a step."""
    painter = chosen_painter(session)
    trainer = painter.trainer
    at = given.get("at")
    step = trainer.moment.step if at is None else wanted(given, "at", int)
    if not trainer.first.step <= step <= trainer.step:
        raise SettingError(f"the training has the steps {trainer.first.step} to {trainer.step:,}")
    with trainer.looking:
        return {"at": step, **panel(trainer, step, given)}
