from dataclasses import replace

import numpy as np
import pytest

from clearprop.data.table import load
from clearprop.runs.making import Plan, planned
from clearprop.training.choices import Wishes
from clearprop.training.loop import Progress, training
from clearprop.training.reference import ReferenceEngine
from clearprop.training.scoring import Figures, figures
from clearprop.training.stopping import Stopping


def plan(data: str = "iris", **wishes: object) -> Plan:
    return planned(data, Wishes(**wishes))  # type: ignore[arg-type]


def progress_of(found: Plan) -> list[Progress]:
    return list(training(found.engine, found.parameters))


def test_progress_counts_epochs_and_steps() -> None:
    found = progress_of(plan(epochs=3, batch_size=50))
    assert found[0].step == 0
    assert found[-1].step == 9
    assert all(progress.epoch == progress.step // 3 for progress in found)
    assert sum(len(progress.finished) for progress in found) == 3
    assert {progress.steps for progress in found} == {9}


def test_the_training_loss_is_the_mean_over_the_examples_before_their_own_updates() -> None:
    found = plan(epochs=1, batch_size=1000, weight_decay=0.5)
    progress = progress_of(found)[-1]
    x, y = found.examples.part("train")
    start = figures(found.parameters, found.settings.learning, x, y, "classes")
    assert progress.loss == pytest.approx(start.loss, rel=1e-12)


def test_sum_and_mean_report_the_same_loss_per_example() -> None:
    one = progress_of(plan(epochs=1, batch_size=1000, reduction="sum"))[-1]
    other = progress_of(plan(epochs=1, batch_size=1000, reduction="mean"))[-1]
    assert one.loss == pytest.approx(other.loss, rel=1e-12)


def test_watching_changes_nothing() -> None:
    found = plan(epochs=4)
    *_, quiet = training(ReferenceEngine(replace(found.job, watched=None)), found.parameters)
    watched = progress_of(found)[-1]
    assert quiet.held_out is None
    assert np.array_equal(quiet.state.parameters.vector, watched.state.parameters.vector)


def test_early_stopping_keeps_the_best_by_validation_loss_and_never_looks_at_the_test_part() -> (
    None
):
    found = plan("diabetes", early_stopping=True, patience=3, epochs=500)
    assert found.examples.watched == "validation"
    progress = progress_of(found)
    closing = np.concatenate([p.finished.held_out for p in progress])
    last = progress[-1]
    assert last.stopped_early
    assert last.epoch < 500
    best = int(np.argmin(closing)) + 1
    step, parameters = last.kept
    assert step == best * found.job.batches.per_epoch
    x, y = found.examples.part("validation")
    kept = figures(parameters, found.settings.learning, x, y, "numbers")
    assert kept.loss == min(closing)


def test_patience_counts_epochs_since_the_best() -> None:
    stopping = Stopping(patience=2)
    waited = []
    for loss in (5.0, 4.0, 4.5, 3.0, 3.0, 3.5):
        stopping = stopping.after(loss, None, 0)
        waited.append((stopping.waited, stopping.is_over))
    assert waited == [(0, False), (0, False), (1, False), (0, False), (1, False), (2, True)]


def test_a_loss_that_is_not_a_number_is_never_the_best() -> None:
    assert Stopping(patience=1).after(float("nan"), None, 0).is_over


def test_training_stops_at_the_first_number_that_is_not_finite() -> None:
    found = plan("diabetes", optimizer="gradient_descent", rate=1e6, activation="relu", epochs=50)
    last = progress_of(found)[-1]
    assert last.broke is not None
    assert last.broke.step == last.step + 1
    assert np.isfinite(last.state.parameters.vector).all()


def test_r_squared_and_accuracy_are_those_of_the_scores() -> None:
    from clearprop.data.scores import number_scores

    found = plan("diabetes", epochs=1)
    x, y = found.examples.part("test")
    from clearprop.training.scoring import outputs_of

    expected = number_scores(y[:, 0], outputs_of(found.parameters, x)[:, 0]).r2
    got = figures(found.parameters, found.settings.learning, x, y, "numbers")
    assert got.score == pytest.approx(expected, rel=1e-12)
    assert isinstance(got, Figures)
    assert load("diabetes").kind == "numbers"
