"""The side panel: the same numbers, in the same strings, as `explain` and `trace` have."""

import re
from html import unescape

import numpy as np
import pytest

import clearprop as cp
from clearprop.errors import ClearpropError, SettingError
from clearprop.network.names import Names
from clearprop.network.quantities import Bias, Weight
from clearprop.render.explanation_text import explanation_page
from clearprop.render.ledger_html import explanation_html
from clearprop.render.numbers import number_text
from clearprop.render.pages import Screen
from clearprop.studio.panel import DIGITS, panel, part_of
from clearprop.studio.recorded import setup_of_run, trainer_of
from clearprop.tracing.trace import trace_steps
from studio.test_frames import painter

XOR = {"data": "xor", "hidden": [3], "batch_size": 2, "seed": 5, "test_size": 0}
SAME = {"hidden": [3], "batch_size": 2, "seed": 5, "test_size": 0.0}
PLACES = [
    {"kind": "weight", "layer": 1, "unit": 2, "source": 1},
    {"kind": "weight", "layer": 2, "unit": 0, "source": 2},
    {"kind": "bias", "layer": 1, "unit": 0},
]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return cp.train("xor", epochs=20, out=tmp_path_factory.mktemp("runs") / "xor", **SAME)


@pytest.fixture(scope="module")
def trainer():
    return painter(XOR, 40).trainer


def numbers(text):
    """Return the numbers with a point of a text of the terminal, or of HTML, as they are there."""
    text = unescape(re.sub(r"<[^>]*>", " ", text)).replace("\N{MINUS SIGN}", "-")
    return re.findall(r"\d+\.\d+", text)


def written(value):
    """Return a number as it is written among others."""
    return numbers(number_text(abs(float(value)), DIGITS)[0])


def worked(found):
    """Return the work of a weight's panel, below its facts."""
    return found["html"].partition("</dl>")[2]


def name_of(network, place):
    if place["kind"] == "bias":
        return Names(network).id(Bias(place["layer"], place["unit"]))
    return Names(network).id(Weight(place["layer"], place["unit"], place["source"]))


@pytest.mark.parametrize("at", [0, 1, 17, 39])
@pytest.mark.parametrize("place", PLACES)
def test_a_weights_panel_has_the_numbers_of_explain(run, trainer, place, at, capsys):
    found = panel(trainer, at, place)
    name = name_of(run.network, place)
    explained = run.explain(name, at)
    work = worked(found).replace("xor: ", "")
    assert work == explanation_html(explained).replace("xor: ", "")
    Screen(highlight=False, width=10_000).print(explanation_page(explained))
    printed = numbers(capsys.readouterr().out)
    for text in numbers(found["html"]):
        assert text in printed


def test_the_update_after_the_newest_step_is_explained_too(trainer):
    longer = cp.train("xor", epochs=25, **SAME)
    found = worked(panel(trainer, 40, PLACES[0]))
    assert found == explanation_html(longer.explain(name_of(longer.network, PLACES[0]), 40))


@pytest.mark.parametrize("at", [0, 17, 40])
@pytest.mark.parametrize("row", [0, 3])
def test_a_units_panel_has_the_numbers_of_the_trace(run, trainer, row, at):
    trace = trace_steps(run.at(at).lesson(row))
    for layer, unit, names in (
        (1, 1, ("z_h2", "h2", "dL/dz_h2")),
        (2, 0, ("z_out", "yhat", "dL/dz_out")),
    ):
        found = panel(trainer, at, {"kind": "unit", "layer": layer, "unit": unit, "row": row})
        shown = set(numbers(found["html"]))
        for name in names:
            assert set(written(trace[name].value)) <= shown
        assert f"for row {row}, trained on, after " in found["html"]
    inputs = panel(trainer, at, {"kind": "unit", "layer": 0, "unit": 1, "row": row})
    assert set(written(run.encoded_data[1][row, 1])) <= set(numbers(inputs["html"]))


@pytest.mark.parametrize("at", [0, 40])
def test_a_rows_panel_has_its_columns_and_what_is_made_of_them(run, trainer, at):
    trace = trace_steps(run.at(at).lesson(2))
    found = panel(trainer, at, {"kind": "row", "row": 2})
    values = run.data().frame.row(2, named=True)
    assert found["title"] == "row 2"
    assert f"{run.source.target}: {values[run.source.target]} (trained on)" in found["html"]
    for name in ("yhat", "L"):
        assert set(written(trace[name].value)) <= set(numbers(found["html"]))


def test_labels_of_the_data_are_escaped():
    points = [[0, 0, "<u>"], [1, 1, "<u>"], [0, 1, "&"], [1, 0, "&"]]
    of = painter({"data": "drawn", "points": points, "hidden": [2], "test_size": 0}, 2)
    html = panel(of.trainer, 1, {"kind": "row", "row": 0})["html"]
    assert "<u>" not in html
    assert "&lt;u&gt;" in html
    assert "<u>" not in panel(of.trainer, 1, PLACES[2])["html"]


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"kind": "weight", "layer": 3}, "layer must be a whole number from 0 to 2, not 3"),
        ({"kind": "weight", "layer": 1, "unit": 3},
         "unit must be a whole number from 0 to 2, not 3"),
        ({"kind": "weight", "layer": 1, "unit": True},
         "unit must be a whole number from 0 to 2, not True"),
        ({"kind": "row", "row": 4}, "row must be a whole number from 0 to 3, not 4"),
        ({"kind": "unit", "layer": 1, "unit": 0, "row": -1},
         "row must be a whole number from 0 to 3, not -1"),
    ],
)  # fmt: skip
def test_what_is_not_there_is_told(trainer, asked, sentence):
    with pytest.raises(SettingError) as told:
        panel(trainer, 3, asked)
    assert str(told.value) == sentence


def test_a_recorded_run_is_explained_as_it_was_recorded(run):
    trainer = trainer_of(run)
    assert trainer.step == 40
    assert setup_of_run(run).board.columns == ("x1", "x2")
    found = worked(panel(trainer, 17, PLACES[1]))
    assert found == explanation_html(run.explain(name_of(run.network, PLACES[1]), 17)).replace(
        f"{run.name}:", f"{run.source.name}:"
    )
    assert trainer.at(17).parameters.vector.tobytes() == (run.at(17).parameters.vector.tobytes())
    with pytest.raises(SettingError, match="ends with step 40"):
        trainer.play()


def test_a_run_that_stopped_early_is_over():
    run = cp.train("moons", hidden=[4], early_stopping=True, patience=1, epochs=2_000, rate=0.3)
    assert run.outcome.status == "stopped early"
    trainer = trainer_of(run)
    with pytest.raises(SettingError, match=r"^early stopping ended the training with step"):
        trainer.play()
    assert not trainer.playing


def test_an_update_that_breaks_is_told_as_what_it_is():
    of = painter({**XOR, "optimizer": "gradient_descent", "activation": "relu", "rate": 1e200})
    of.trainer.goal = 1000
    with np.errstate(all="ignore"):
        while of.trainer.broke is None:
            of.trainer.advance(of.trainer.step + 1)
    with pytest.raises(ClearpropError) as told:
        panel(of.trainer, of.trainer.step, PLACES[0])
    assert str(told.value).startswith(f"training broke in step {of.trainer.step + 1}: ")
    assert "unit" not in panel(of.trainer, of.trainer.step, {"kind": "row", "row": 0})["title"]


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("W1[2,1]", {"kind": "weight", "layer": 1, "unit": 2, "source": 1}),
        ("w1", {"kind": "weight", "layer": 1, "unit": 0, "source": 0}),
        ("b2[0]", {"kind": "bias", "layer": 2, "unit": 0}),
        ("a1[2]", {"kind": "unit", "layer": 1, "unit": 2}),
        ("delta_h2", {"kind": "unit", "layer": 1, "unit": 1}),
        ("dL/dw1", {"kind": "weight", "layer": 1, "unit": 0, "source": 0}),
    ],
)
def test_what_is_not_drawn_is_found_by_its_name(trainer, name, part):
    assert part_of(trainer.plan.network, name) == part


def test_a_name_of_something_else_is_told(trainer):
    with pytest.raises(SettingError, match="'L' is no weight, bias or unit"):
        part_of(trainer.plan.network, "L")
