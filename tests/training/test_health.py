"""Health: what is wrong with a network in training, in sentences, and nothing where all is well."""

from typing import Any

import numpy as np
import pytest
from rich.console import Console

import clearprop.api as cp
from clearprop.backprop.backpropagation import forward_pass
from clearprop.runs.run import Run
from clearprop.training import loop
from clearprop.training.loop import training
from clearprop.training.symptoms import HealthWatch, Remark
from clearprop.training.vital_signs import ROWS, dead_units, sample_of

GIVEN: dict[str, Any] = {"optimizer": "gradient_descent", "engine": "reference"}


@pytest.fixture(scope="module")
def healthy() -> Run:
    return cp.train("iris", hidden=[6], activation="relu", epochs=8, engine="reference")


@pytest.fixture(scope="module")
def dying() -> Run:
    return cp.train("diabetes", hidden=[5], activation="relu", rate=0.5, epochs=3, **GIVEN)


@pytest.fixture(scope="module")
def deep() -> Run:
    return cp.train("iris", hidden=[6] * 7, activation="sigmoid", rate=0.1, epochs=3, **GIVEN)


def printed(health: Any) -> list[str]:
    console = Console(width=200, record=True, quiet=True)
    with console.capture() as captured:
        console.quiet = False
        console.print(health)
    return [line.rstrip() for line in captured.get().splitlines()]


def test_nothing_is_said_of_a_healthy_network(healthy: Run) -> None:
    for step in (0, 13, None):
        assert healthy.health(step).sentences == []
    assert printed(healthy.health())[-1] == "Nothing is wrong that these figures could show."


def test_norms_and_ratios_are_those_of_the_step(dying: Run) -> None:
    before, after = dying.at(13), dying.at(14)
    for signs in dying.health(13).layers:
        w, w_new = (moment.parameters.weights[signs.layer - 1] for moment in (before, after))
        step = float(np.linalg.norm(w_new - w))
        assert signs.weights == pytest.approx(np.linalg.norm(w))
        assert signs.update_ratio == pytest.approx(step / np.linalg.norm(w))
        assert signs.gradient == pytest.approx(step / 0.5)  # gradient descent: rate × gradient


def test_a_relu_network_that_dies_is_told_with_its_step(dying: Run) -> None:
    health = dying.health()
    x = dying.replay.plan.job.batches.x
    dead = np.flatnonzero((forward_pass(dying.parameters, x).a[1] == 0).all(axis=0))
    assert health.layers[0].dead == tuple(dead)
    assert len(dead) == 3
    (sentence,) = health.sentences
    assert sentence == (
        "After step 33: 3 of the 5 units of layer 1 are dead (0 for every training row, so that"
        " no row changes them); a smaller rate or the activation leaky_relu may help."
    )
    assert dying.health(0).sentences == []


def test_a_deep_sigmoid_network_has_gradients_that_vanish(deep: Run) -> None:
    health = deep.health()
    gradients = [signs.gradient_per_weight for signs in health.layers]
    least = min(gradients)
    (remark,) = health.remarks
    assert (remark.symptom, remark.layer) == ("vanishing", gradients.index(least) + 1)
    assert remark.sentence == (
        f"After step 12: the gradient vanishes: per weight that of layer {remark.layer} is"
        f" {least / gradients[-1]:.1e} of the last layer's; fewer layers, or relu with its"
        " initializer he_uniform, may help."
    )


def test_a_rate_of_50_saturates_and_the_cause_is_said_not_its_effect() -> None:
    run = cp.train("iris", hidden=[8], activation="tanh", rate=50.0, epochs=5, **GIVEN)
    assert [remark.symptom for remark in run.health(0).remarks] == ["exploding"]
    assert [remark.symptom for remark in run.health().remarks] == ["saturated"]
    assert "99 % of the activations of layer 1 are saturated" in run.health().sentences[0]


def test_a_diverged_run_says_which_number_broke() -> None:
    with pytest.raises(cp.DivergedRun) as error:
        cp.train("diabetes", hidden=[5], activation="relu", rate=1.0, epochs=3, **GIVEN)
    run = error.value.run
    (sentence,) = run.health().sentences
    assert sentence.startswith(
        "Training broke in step 8: a net input z of layer 2 became negative infinite: z2[0]@7"
        " (row 230), from W2[0,0] = -1"
    )
    assert sentence.endswith("; a smaller rate may help.")
    assert "times as long as the weights" in run.health(3).sentences[0]


def test_an_update_that_is_infinite_is_said_to_be_so() -> None:
    with pytest.raises(cp.DivergedRun) as error:
        cp.train("diabetes", activation="relu", rate=1e6, **GIVEN)
    _, exploding = error.value.run.health().sentences
    assert exploding == (
        "After step 3: the update of layer 1 is infinite; a smaller rate or a --clip-norm may help."
    )


def test_a_watch_looks_rarely_and_says_a_symptom_once(
    dying: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "SECONDS_PER_CALL", 0.0)  # each step is a call of its own
    said: list[Remark] = []
    plan = dying.replay.plan
    watch = HealthWatch(plan.job, say=said.append)
    looks = []
    for progress in training(plan.engine, dying.at(0).state):
        watch.watch(progress)
        looks.append(watch.looked)
    assert sorted(set(looks)) == [0, 1, 2, 4, 8, 16, 32]
    assert len([remark for remark in said if remark.symptom == "dead"]) == 1
    since = next(remark.step for remark in said if remark.symptom == "dead")
    (remark,) = watch.look(dying.at(33).state)
    assert remark.since == since in (4, 8, 16)
    assert f"(seen first after step {since})" in remark.sentence


def test_a_gradient_that_vanished_at_the_start_is_said_to_be_as_at_the_start(deep: Run) -> None:
    plan = deep.replay.plan
    watch = HealthWatch(plan.job)
    for progress in training(plan.engine, deep.at(0).state):
        watch.watch(progress)
    (remark,) = watch.look(deep.at(12).state)
    assert (remark.symptom, remark.since) == ("vanishing", 0)
    assert "of the last layer's (as at the start); fewer layers" in remark.sentence


def test_of_many_rows_some_are_drawn_always_the_same() -> None:
    x = np.random.default_rng(1).normal(size=(3000, 2))
    run = cp.train((x, x[:, 0]), hidden=[3], activation="relu", epochs=1, engine="reference")
    sample = sample_of(run.replay.plan.job)
    assert sample.x.shape == (ROWS, 2)
    assert np.array_equal(sample.x, sample_of(run.replay.plan.job).x)
    assert sample.words == "2,000 of the 2,250 training rows"
    assert dead_units(run.parameters, 1, sample).tolist() == [False] * 3


def test_the_table_has_a_row_for_each_layer(deep: Run) -> None:
    lines = printed(deep.health())
    assert lines[2].split() == [
        "layer", "units", "‖W‖", "‖∂L/∂W‖", "‖ΔW‖/‖W‖", "dead", "saturated",
    ]  # fmt: skip
    assert [line.split()[:3] for line in lines[3:11]] == [
        *([str(layer), "sigmoid", "6"] for layer in range(1, 8)),
        ["8", "softmax", "3"],
    ]
    looked_at = "activations on all 112 training rows"
    assert lines[12] == f"gradient and update of the batch after the last step; {looked_at}"
    assert printed(deep.health(11))[12] == f"gradient and update of step 12; {looked_at}"


def test_a_network_without_any_gradient_is_said_to_be_stuck() -> None:
    run = cp.train(
        "wine", hidden=[3], activation="relu", loss="squared_error", rate=1e6, epochs=3,
        optimizer="gradient_descent",
    )  # fmt: skip
    (said,) = run.health().remarks[-1:]
    assert said.sentence.endswith(
        "no weight has a gradient any more (all are exactly 0), so that no row changes one; a"
        " smaller rate from the start on may help."
    )
