"""ONNX graphs predict the raw rows in onnxruntime as the run does, in float32."""

import json

import numpy as np
import onnx
import pytest

import clearprop as cp
from clearprop.formulas.activations import ACTIVATIONS
from clearprop.interop.exchange.models import model_of
from clearprop.interop.exchange.onnx_graph import onnx_bytes
from interop.runtime import feeds_of, run_graph
from interop.trained import cases, rows, trained

CASES = cases()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_onnxruntime_predicts_what_the_run_predicts(case):
    run, frame = trained(case), rows(case)
    found = run_graph(onnx_bytes(model_of(run)), feeds_of(model_of(run), frame))
    expected = run.predict(frame)
    if not run.encoding.labels:
        span = np.ptp(expected)
        np.testing.assert_allclose(found["prediction"], expected, rtol=0, atol=1e-5 * span)
        return
    shares = run.predict_probabilities(frame)
    np.testing.assert_allclose(found["probabilities"], shares, rtol=0, atol=1e-6)
    assert [str(label) for label in found["label"]] == expected.tolist()
    assert found["label"].dtype == (np.int64 if case.target == "digit" else object)


CLASSES = next(c for c in CASES if c.columns == "mixed" and c.target == "three" and not c.impute)
NUMBER = next(c for c in CASES if c.columns == "numbers" and c.target == "price" and not c.impute)
DIGIT = next(c for c in CASES if c.columns == "categories" and c.target == "digit" and not c.impute)


def test_a_row_that_lacks_a_value_has_no_label_and_probabilities_that_are_nan():
    run = trained(CLASSES)
    model = model_of(run)
    feeds = feeds_of(model, rows(CLASSES))
    feeds["numbers"][3, 1] = np.nan
    feeds["numbers"][4, 0] = np.inf
    feeds["categories"][5, 0] = ""
    found = run_graph(onnx_bytes(model), feeds)
    assert [row for row, label in enumerate(found["label"]) if label == ""] == [3, 4, 5]
    assert np.isnan(found["probabilities"]).all(axis=1).nonzero()[0].tolist() == [3, 4, 5]
    assert np.isnan(found["probabilities"]).sum() == 9


def test_a_number_of_a_row_that_lacks_a_value_is_nan():
    model = model_of(trained(NUMBER))
    feeds = feeds_of(model, rows(NUMBER))
    feeds["numbers"][2, 0] = np.nan
    found = run_graph(onnx_bytes(model), feeds)["prediction"]
    assert np.isnan(found).nonzero()[0].tolist() == [2]


def test_where_labels_are_integers_none_is_a_negative_one():
    model = model_of(trained(DIGIT))
    feeds = feeds_of(model, rows(DIGIT))
    feeds["categories"][1, 1] = ""
    found = run_graph(onnx_bytes(model), feeds)["label"]
    assert found[1] == -1
    assert set(np.delete(found, 1).tolist()) <= {3, 5, 11}


def test_any_number_of_rows_goes_in():
    model = model_of(trained(CLASSES))
    content = onnx_bytes(model)
    for count in (1, 7, 300):
        feeds = {
            name: np.repeat(value[:1], count, axis=0)
            for name, value in feeds_of(model, rows(CLASSES)).items()
        }
        assert run_graph(content, feeds)["probabilities"].shape == (count, 3)


def test_the_file_says_which_columns_it_takes_and_is_whole():
    run = trained(CLASSES)
    proto = onnx.load_from_string(onnx_bytes(model_of(run)))
    onnx.checker.check_model(proto, full_check=True)
    about = {value.name: value.doc_string for value in proto.graph.input}
    assert about == {
        "numbers": 'columns: ["size", "ok", "day"]',
        "categories": 'columns: ["colour", "town"]',
    }
    (entry,) = proto.metadata_props
    assert json.loads(entry.value)["encoding"] == run.encoding.to_json()


def test_the_network_of_a_lesson_is_a_graph_of_float32():
    lesson = cp.trace().step.lesson
    found = run_graph(cp.export(lesson, "onnx"), {"x": lesson.x.astype(np.float32)})
    assert found["outputs"].dtype == np.float32
    np.testing.assert_allclose(found["outputs"], [[cp.trace()["yhat"].value]], atol=1e-7)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_an_estimator_on_unscaled_numbers_keeps_its_probabilities(solver):
    from sklearn.datasets import load_wine

    from clearprop.sklearn import BackpropClassifier

    x, y = load_wine(return_X_y=True)
    estimator = BackpropClassifier(solver=solver, max_iter=60, random_state=0).fit(x, y)
    found = run_graph(cp.export(estimator.run_, "onnx"), {"numbers": x})
    assert found["probabilities"].dtype == np.float32
    np.testing.assert_allclose(
        found["probabilities"], estimator.predict_proba(x), rtol=0, atol=1e-7
    )
    assert found["label"].tolist() == estimator.predict(x).tolist()


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("kind", ["numbers", "labels"])
def test_an_estimator_of_several_outputs_gives_them_all(kind, dtype):
    from clearprop.sklearn import BackpropClassifier, BackpropRegressor

    x = np.random.default_rng(1).normal(size=(40, 3)).astype(dtype)
    if kind == "numbers":
        estimator = BackpropRegressor(max_iter=5, random_state=0).fit(x, 100 * x[:, :2])
        expected = estimator.predict(x)
    else:
        estimator = BackpropClassifier(max_iter=5, random_state=0).fit(x, (x > 0).astype(int))
        expected = estimator.predict_proba(x)
    gap = np.vstack([x, [[np.nan, 0, 0]]]).astype(float)
    found = run_graph(cp.export(estimator.run_, "onnx"), {"numbers": gap})["predictions"]
    tolerance = 1e-12 if dtype == "float64" else 1e-5 * np.ptp(expected)
    np.testing.assert_allclose(found[:-1], expected, rtol=0, atol=tolerance)
    assert np.isnan(found[-1]).all()


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation_is_computed_in_float64_where_numbers_are_unscaled(activation, tmp_path):
    rng = np.random.default_rng(3)
    x, y = rng.normal(0, 200, (50, 3)), rng.choice(["no", "yes"], 50)
    network = cp.Network([3, 5, 1], [activation, "sigmoid"])
    vector = rng.normal(size=network.parameter_count) * np.repeat([1, 0.003], [20, 6])
    run = cp.train((x, y), init=cp.Parameters(network, vector), epochs=1)
    (tmp_path / "m.onnx").write_bytes(cp.export(run, "onnx"))
    found = run_graph(cp.export(run, "onnx"), {"numbers": x})
    shares = run.predict_probabilities(x)
    np.testing.assert_allclose(found["probabilities"], shares, rtol=0, atol=5e-7)
    back = cp.from_onnx(tmp_path / "m.onnx")
    assert back.network.activations == (activation, "sigmoid")
    np.testing.assert_allclose(back.vector, run.parameters.vector, rtol=1e-15)


def test_the_digits_are_told_as_the_run_tells_them():
    run = cp.train("digits", epochs=8)
    frame = run.data().frame
    model = model_of(run)
    found = run_graph(onnx_bytes(model), feeds_of(model, frame))
    np.testing.assert_allclose(
        found["probabilities"], run.predict_probabilities(frame), rtol=0, atol=1e-6
    )
    assert (found["label"].astype(str) == run.predict(frame)).all()
