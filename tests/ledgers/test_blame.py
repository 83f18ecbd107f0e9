"""Blame: the terms between two classes, the weight most to blame, the examples that made it so."""

from functools import cache

import numpy as np
import polars as pl
import pytest

import clearprop.api as cp
from clearprop.backprop.backpropagation import forward_pass
from clearprop.errors import SettingError, UnknownName
from clearprop.ledgers.blame import Blame, images_of
from clearprop.network.names import Names
from clearprop.network.parameters import place_of
from clearprop.network.quantities import Activation
from clearprop.runs.forking import parameter_of
from clearprop.runs.run import Run


@cache
def trained(data: str, dtype: str = "float64") -> Run:
    """A run that makes mistakes."""
    epochs = {"digits": 2, "moons": 3, "iris": 3}[data]
    return cp.train(data, hidden=[4], epochs=epochs, dtype=dtype, seed=3, rate=0.02)


def net_inputs(run: Run, row: int, moved: dict[str, float] | None = None) -> np.ndarray:
    """Z of the last layer, with some weights moved."""
    vector = run.parameters.vector.astype(np.float64)
    for name, amount in (moved or {}).items():
        vector[place_of(run.network, parameter_of(run.network, name))] += amount
    parameters = run.parameters.with_vector(vector)
    return forward_pass(parameters, run.encoded_data[1][[row]]).z[-1][0]


def distance(found: Blame, moved: dict[str, float] | None = None) -> float:
    """z_said - z_right, or z of a single output in the direction of what is said."""
    z, labels = net_inputs(found.run, found.row, moved), found.run.encoding.labels
    if len(z) == 1:
        return float(z[0] if found.said == labels[1] else -z[0])
    return float(z[labels.index(found.said)] - z[labels.index(found.right)])


@pytest.mark.parametrize(
    ("data", "dtype"), [("digits", "float64"), ("moons", "float64"), ("iris", "float32")]
)
def test_the_terms_add_up_to_what_lies_between_the_classes(data: str, dtype: str) -> None:
    found = trained(data, dtype).blame()
    assert found.margin == pytest.approx(distance(found), rel=1e-12)
    assert found.margin > 0
    assert found.terms["term"].is_sorted(descending=True)
    assert found.terms["source"].null_count() == 1  # the biases


@pytest.mark.parametrize("data", ["digits", "moons", "iris"])
def test_the_weight_most_to_blame_says_most_of_the_largest_term(data: str) -> None:
    found = trained(data).blame()
    term = found.terms.drop_nulls("source").row(0, named=True)
    network, parameters = found.run.network, found.run.parameters
    weight = parameter_of(network, found.weight)
    assert Names(network).id(Activation(network.depth - 1, weight.source, 0)) == term["source"]
    value = float(parameters.vector[place_of(network, weight)])
    says = [term["to_said"] * term["input"]]
    if term["to_right"] is not None:
        says.append(-term["to_right"] * term["input"])
    largest = max(says) if len(says) > 1 else says[0]
    assert abs(largest) == pytest.approx(abs(value * term["input"]))
    moved = distance(found, {found.weight: 1e-3}) - distance(found)
    assert moved == pytest.approx(1e-3 * found.pushes * abs(term["input"]), abs=1e-12)


def test_the_examples_are_those_of_the_weight_s_ledger() -> None:
    found = trained("digits").blame()
    ledger = trained("digits").ledger(found.weight)
    assert found.ledger.frame.equals(ledger.frame)
    pushed = found.makers["pushed"].to_list()
    assert pushed == sorted((found.pushes * ledger.sources["amount"]).to_list(), reverse=True)


def test_without_a_row_it_is_the_worst_mistake_held_out() -> None:
    run = trained("digits")
    found, outputs = run.blame(), run.predict_probabilities(run.data().frame)
    right = [run.encoding.labels.index(label) for label in run.data().frame["digit"].cast(str)]
    wrong = [row for row in run.split.test.tolist() if outputs[row].argmax() != right[row]]
    worst = min(wrong, key=lambda row: outputs[row, right[row]])
    assert (found.row, list(found.mistaken), found.judged) == (worst, wrong, len(run.split.test))
    assert found.part == "held out"
    assert found.share == pytest.approx(outputs[worst].max())


def test_any_mistaken_row_may_be_asked_for() -> None:
    run = trained("iris")
    said = run.predict(run.data().frame)
    row = next(
        row for row in run.split.train.tolist() if said[row] != run.data().frame["species"][row]
    )
    found = run.blame(row)
    assert (found.row, found.part, found.said) == (row, "trained on", said[row])


def test_nothing_to_blame_is_a_sentence() -> None:
    run = trained("iris")
    said, given = run.predict(run.data().frame), run.data().frame["species"]
    row = next(row for row in range(150) if said[row] == given[row])
    with pytest.raises(SettingError, match=rf"^row {row} is '.*', and iris says so: nothing is"):
        run.blame(row)
    with pytest.raises(SettingError, match=r"^example must be a row of the data, from 0 to 149"):
        run.blame(150)
    with pytest.raises(UnknownName, match=r"^unknown option 'row'\. Known: example, progress$"):
        run.blame(row=0)
    with pytest.raises(SettingError, match=r"is a number; only a class can be taken for another$"):
        cp.train("diabetes", epochs=1, hidden=[2]).blame()
    flawless = cp.train("wine", epochs=200, seed=0)
    assert flawless.scores["test"]["accuracy"] == 1.0
    with pytest.raises(SettingError, match=r"^wine takes none of its held-out rows for another"):
        flawless.blame()


def test_rows_that_fill_a_square_are_images() -> None:
    run = trained("digits")
    images = images_of(run)
    assert images is not None
    raw = run.data().frame.drop("digit").to_numpy().reshape(-1, 8, 8)
    np.testing.assert_allclose(images, raw / 16)
    assert images_of(trained("iris")) is None
    assert images_of(trained("moons")) is None


def test_a_fork_s_ledger_begins_where_it_does() -> None:
    origin = trained("digits")
    fork = origin.fork(at=20, drop_examples=[int(origin.split.train[0])])
    found = fork.blame()
    assert (found.ledger.since, found.ledger.until) == (20, fork.outcome.step)
    assert fork.ledger(found.weight).frame.equals(found.ledger.frame)
    assert fork.find(f"{found.weight} < 100").first == 20
    dropped = found.ledger.sources.filter(pl.col("row") == int(origin.split.train[0]))
    assert dropped["amount"].to_list() == [0.0]


def test_a_blame_prints_itself_in_a_notebook() -> None:
    found = trained("digits").blame()
    page = found._repr_html_()
    assert f"Most to blame: {found.weight}." in page
    assert page.count("<table") == 2
