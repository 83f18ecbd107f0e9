"""An explanation: its shares add up to the gradient, its lines to the run's own new value."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import clearprop.api as cp
from clearprop.errors import ClearpropError, Disagreement, SettingError, UnknownName
from clearprop.formulas.optimizers import OPTIMIZERS
from clearprop.render.explanation_text import share_rows
from clearprop.render.moment_text import moment_page
from clearprop.runs.run import Run
from clearprop.training.reference import ReferenceEngine

OPTIONS: dict[str, dict[str, Any]] = {
    "plain": {},
    "strict": {"arithmetic": "strict"},
    "strict, with every option": {
        "arithmetic": "strict", "clip_norm": 0.3, "dropout": 0.2, "schedule": "cosine", "warmup": 1,
        "weight_decay": 0.01,
    },
    "float32": {"dtype": "float32", "weight_decay": 0.1, "clip_norm": 0.2, "schedule": "step"},
}  # fmt: skip


def sentence(error: type[ClearpropError], call: Any) -> str:
    with pytest.raises(error) as raised:
        call()
    return str(raised.value)


@pytest.fixture(scope="module")
def iris() -> Run:
    return cp.train("iris", hidden=[5], epochs=5, seed=3, engine="reference")


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("options", OPTIONS)
def test_the_lines_come_to_the_runs_own_next_value(options: str, optimizer: str) -> None:
    run = cp.train("iris", hidden=[5], epochs=3, seed=3, optimizer=optimizer, engine="reference",
                   **OPTIONS[options])  # fmt: skip
    for name, place in (("W1[3,2]", 14), ("w22", 26), ("b2", 21)):
        for at in (0, 4, 11):
            found = run.explain(name, at=at)
            before, after = (float(run.at(s).parameters.vector[place]) for s in (at, at + 1))
            assert (found.value, found.new_value) == (before, after)
            assert found.rounding == 0
            shares = found.shares["share"].to_list()
            assert math.fsum([*shares, found.gradient_rounding]) == found.gradient
            scale = 1e-6 if options == "float32" else 1e-14
            assert abs(found.gradient_rounding) <= scale * math.fsum(map(abs, shares))
            assert found.shares["share"].abs().is_sorted(descending=True)
            assert sorted(found.shares["row"].to_list()) == sorted(run.at(at).rows.tolist())


def test_an_engine_with_other_last_bits_has_a_line_for_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    step = ReferenceEngine.step

    def other(self: Any, *given: Any) -> Any:
        loss, after = step(self, *given)
        moved = np.nextafter(after.parameters.vector, 1)
        return loss, replace(after, parameters=after.parameters.with_vector(moved))

    monkeypatch.setattr(ReferenceEngine, "step", other)
    run = cp.train("iris", hidden=[5], epochs=1, seed=3, engine="reference")
    found = run.explain("w1", at=2)
    assert found.computed + found.rounding == found.new_value
    assert 0 < abs(found.rounding) < 1e-15
    assert "rounding: " in printed(found)
    strict = cp.train("iris", hidden=[5], epochs=1, seed=3, engine="reference", arithmetic="strict")
    assert "this is a fault of clearprop" in sentence(
        Disagreement, lambda: strict.explain("w1", at=2)
    )


def printed(found: Any) -> str:
    from rich.console import Console

    console = Console(width=100, highlight=False)
    with console.capture() as capture:
        console.print(found)
    return capture.get()


def test_a_share_is_delta_times_what_came_in(iris: Run) -> None:
    shares = iris.explain("W1[3,2]", at=6).shares
    products = shares["delta"].to_numpy() * shares["source"].to_numpy()
    assert np.array_equal(products, shares["share"].to_numpy())
    x = iris.encoded_data[1]
    assert shares["source"].to_list() == x[shares["row"].to_list(), 2].tolist()
    assert iris.explain("b2", at=6).shares["source"].to_list() == [1.0] * len(shares)


def test_the_lines_are_those_of_the_rules_table(iris: Run) -> None:
    found = iris.explain("w3", at=6)
    assert [line.id for line in found.lines] == [
        "eta", "dL/dw3", "beta1_t", "beta1_t_new", "beta2_t", "beta2_t_new",
        *(["g_w3"] if iris.learning.constant("weight_decay") else []),
        "m_w3", "m_w3_new", "v_w3", "v_w3_new", "mhat_w3", "vhat_w3", "w3_new",
    ]  # fmt: skip
    assert found["m_w3"].value == iris.at(6).optimizer.vectors["m"][2]
    assert found["m_w3_new"].value == iris.at(7).optimizer.vectors["m"][2]
    assert found.rule == "adam: Kingma & Ba 2015, algorithm 1"


def test_schedule_clipping_decay_and_dropout_are_spelled_out() -> None:
    run = cp.train("iris", hidden=[5], epochs=3, seed=3, optimizer="momentum", engine="reference",
                   **OPTIONS["strict, with every option"])  # fmt: skip
    found = run.explain("w22", at=2)
    assert [line.id for line in found.lines] == [
        "scheduled", "eta", "dL/dw22", "clipping", "clipped_w22", "g_w22", "step_w22",
        "step_w22_new", "w22_new",
    ]  # fmt: skip
    assert found["eta"].value == run.at(2).rate
    assert found["clipped_w22"].value == found["dL/dw22"].value * found["clipping"].value
    assert any("Dropout left the source out of" in remark for remark in found.remarks)
    page = printed(found)
    assert "clipped_w₂₂ = ∂L/∂w₂₂ × clipping = " in page
    assert "× (update / warmup_steps)" in page


def test_sample_weights_stand_beside_their_examples() -> None:
    x, y = np.random.default_rng(0).standard_normal((12, 2)), ["a", "b", "c"] * 4
    weights = np.linspace(0.5, 2, 12)
    run = cp.train((x, y), hidden=[3], epochs=2, sample_weight=weights, test_size=0.0)
    shares = run.explain("w1", at=0).shares
    assert shares["weight"].to_list() == weights[shares["row"].to_list()].tolist()


def test_the_mean_by_weights_is_said_with_what_it_is_divided_by() -> None:
    x, y = np.random.default_rng(0).standard_normal((12, 2)), ["a", "b", "c"] * 4
    weights = [0.0, 2.0, 2.5] * 4
    run = cp.train(
        (x, y), hidden=[3], epochs=1, sample_weight=weights, test_size=0.0, batch_size=12
    )
    found = run.explain("w1", at=0)
    assert found.remarks[0] == (
        "The loss is the mean over 8 examples by their weights, the sum divided by 18: each δ holds"
        " its part."
    )
    assert "Examples of the weight 0 add nothing, and are not listed." in found.remarks
    each = cp.train((x, y), hidden=[3], epochs=1, test_size=0.0, batch_size=12).explain("w1", at=0)
    assert each.remarks[0] == "The loss is the mean over 12 examples: each δ holds its part."


def test_examples_of_the_weight_0_are_not_counted(iris: Run) -> None:
    rows = iris.at(6).rows
    forked = iris.fork(6, drop_examples=rows[:2].tolist())
    found = forked.explain("W1[3,2]", at=6)
    page, shown = printed(found), found._repr_html_()
    assert "Its gradient: a sum over the 30 examples of the batch" in page
    for text in (page, shown):
        assert "The loss is the mean over 30 examples: each δ holds its part." in text
    assert len(found.shares) == 32  # the frame keeps them, the page leaves them out
    assert set(found.learnt["row"].to_list()) == set(rows[2:].tolist())
    assert [row[0] for row in share_rows(found, 32, 4)[1:31]] == [
        str(row) for row in found.learnt["row"].to_list()
    ]
    assert share_rows(found, 20, 4)[21][0] == "10 more"
    assert "not listed" in page
    moment = forked.at(6)
    named = ", ".join(map(str, rows[2:10]))
    assert f"on its 30 rows: {named}, …" in printed(moment_page(moment))
    assert len(moment.lesson().x) == 30


def test_a_frozen_weight_stays(iris: Run) -> None:
    run = cp.train("iris", hidden=[5], epochs=2, seed=3, frozen=["w3"])
    found = run.explain("w3", at=1)
    assert found.update == 0
    assert (found.lines[-1].id, found.lines[-1].note) == ("w3_new", "frozen")


def test_an_explanation_prints_itself(iris: Run) -> None:
    found = iris.explain("W1[3,2]", at=6)
    assert repr(found).startswith("Explanation(w15 in update 7: ")
    page = printed(found)
    assert "w₁₅ in update 7, from the parameters after 6 steps" in page
    assert "Its gradient: a sum over the 32 examples of the batch" in page
    assert "12 more" in page
    assert "<math" in found._repr_html_()
    assert "<table>" in found._repr_html_()


def test_bad_input_gets_one_sentence(iris: Run) -> None:
    assert sentence(SettingError, lambda: iris.explain("w3", at=20)) == (
        "the run ends with step 20, and no update follows it; the last one that can be explained"
        " is that from step 19"
    )
    with pytest.raises(cp.DivergedRun) as raised:
        cp.train("diabetes", rate=1e10, optimizer="gradient_descent", epochs=3)
    broken = raised.value.run
    last = broken.outcome.steps
    said = sentence(SettingError, lambda: broken.explain("W1[3,7]", at=last))
    assert said.startswith(f"training broke in step {last + 1}: the loss at the outputs of layer 2")
    assert said.endswith(
        f"that update is not in the run, and clearprop trace --at {last} shows it; the last one"
        f" that can be explained is that from step {last - 1}"
    )
    assert sentence(SettingError, lambda: iris.explain("w3", at=21)) == (
        "the step must be a whole number from 0 (the start) to 20 (the run's last), not 21"
    )
    assert sentence(SettingError, lambda: iris.explain("h3", at=2)) == (
        "it takes a weight or a bias, such as w1, and h3 is neither"
    )
    assert sentence(SettingError, lambda: iris.explain(3, at=2)) == (  # type: ignore[arg-type]
        "it takes the name of a weight or a bias, such as w1, not 3"
    )
    assert "did you mean 'w3'" in sentence(UnknownName, lambda: iris.explain("ww3", at=2))
