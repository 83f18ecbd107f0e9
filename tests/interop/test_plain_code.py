"""Programs in Python, JavaScript and C predict what the run predicts, to 1e-12."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

import clearprop as cp
from clearprop.errors import SettingError
from clearprop.formulas.activations import ACTIVATIONS
from clearprop.formulas.expressions import Variable, select
from clearprop.interop.exchange.c_code import c_code
from clearprop.interop.exchange.export import export
from clearprop.interop.exchange.javascript_code import javascript_code
from clearprop.interop.exchange.models import model_of
from clearprop.interop.exchange.python_code import python_code
from clearprop.network.learning import Learning
from clearprop.network.lesson import Lesson
from clearprop.network.network import Network
from clearprop.network.parameters import Parameters
from clearprop.training.scoring import outputs_of
from interop.programs import run_c, run_javascript, run_python
from interop.trained import cases, raw, rows, trained

CASES = cases()
WRITERS = {"py": python_code, "js": javascript_code, "c": c_code}


def jobs(language, folder):
    """Write the program of every case, and return it with the rows to predict."""
    found = []
    for case in CASES:
        run = trained(case)
        path = folder / f"case{case.seed}.{language}"
        path.write_text(WRITERS[language](model_of(run)), "utf-8")
        found.append((path, raw(run, rows(case))))
    return found


@pytest.fixture(scope="module")
def by_python(tmp_path_factory):
    folder = tmp_path_factory.mktemp("python")
    return run_python(jobs("py", folder), folder)


@pytest.fixture(scope="module")
def by_javascript(tmp_path_factory):
    folder = tmp_path_factory.mktemp("javascript")
    found = run_javascript(jobs("js", folder), folder)
    return [[as_pair(result) for result in results] for results in found]


def as_pair(result):
    return (result["label"], result["probabilities"]) if isinstance(result, dict) else result


def assert_predicts(run, frame, results):
    """Hold results, labels with probabilities or numbers, to those of the run."""
    if not run.encoding.labels:
        np.testing.assert_allclose(results, run.predict(frame), rtol=1e-12)
        return
    labels, shares = zip(*results, strict=True)
    assert list(map(str, labels)) == run.predict(frame).tolist()
    if isinstance(shares[0], dict):  # in C the labels are texts; JSON has texts alone as keys
        assert all(isinstance(k, int) == ("3" in run.encoding.labels) for k in labels)
        shares = [[share[label] for label in run.encoding.labels] for share in shares]
    np.testing.assert_allclose(shares, run.predict_probabilities(frame), rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_python_predicts_what_the_run_predicts(case, by_python):
    assert_predicts(trained(case), rows(case), by_python[case.seed])


@pytest.mark.parametrize("case", CASES, ids=str)
def test_javascript_predicts_what_the_run_predicts(case, by_javascript):
    assert_predicts(trained(case), rows(case), by_javascript[case.seed])


@pytest.mark.parametrize("case", CASES, ids=str)
def test_c_predicts_what_the_run_predicts(case, tmp_path):
    run = trained(case)
    path = tmp_path / "model.c"
    path.write_text(c_code(model_of(run)), "utf-8")
    results = run_c(model_of(run), raw(run, rows(case)), path, tmp_path)
    assert_predicts(run, rows(case), results)


def test_labels_that_are_whole_numbers_are_numbers_of_the_language():
    predict = program_of(trained(next(c for c in CASES if c.target == "digit" and c.impute)))
    label, shares = predict([None] * len(predict.__globals__["COLUMNS"]))
    assert list(shares) == [3, 5, 11]
    assert shares[label] == max(shares.values())


# --- rows as they come, and what is no row -------------------------------------------------------

MIXED = next(c for c in CASES if c.columns == "mixed" and c.target == "three" and not c.impute)


def program_of(run):
    found = {}
    exec(python_code(model_of(run)), found)
    return found["predict"]


def test_python_takes_a_dict_and_says_what_is_missing():
    run = trained(MIXED)
    predict, row = program_of(run), raw(run, rows(MIXED))[0]
    named = dict(zip([c.name for c in run.encoding.columns], row, strict=True))
    assert predict(named) == predict(row)
    for gap in (None, float("nan"), "", " "):
        with pytest.raises(ValueError, match="'size' has no value"):
            predict({**named, "size": gap})
    with pytest.raises(ValueError, match="'town' has no value"):
        predict({**named, "town": " "})
    for wrong in (float("inf"), "tall", [1], date(2020, 1, 1)):
        with pytest.raises(ValueError, match="'size' is no finite number: "):
            predict({**named, "size": wrong})
    with pytest.raises(ValueError, match="a row has 5 values, not 4"):
        predict(row[:4])


def test_javascript_takes_an_object_and_says_what_is_missing(tmp_path):
    run = trained(MIXED)
    row = raw(run, rows(MIXED))[0]
    named = dict(zip([c.name for c in run.encoding.columns], row, strict=True))
    (tmp_path / "m.js").write_text(javascript_code(model_of(run)), "utf-8")
    ((by_name, by_place),) = run_javascript([(tmp_path / "m.js", [named, row])], tmp_path)
    assert by_name == by_place
    for wrong, sentence in (
        ({**named, "size": None}, "'size' has no value"),
        ({**named, "size": " "}, "'size' has no value"),
        ({**named, "size": [1]}, "'size' is no finite number"),
        ({**named, "town": " "}, "'town' has no value"),
        ({**named, "size": "tall"}, "'size' is no finite number"),
        (row[:4], "a row has 5 values, not 4"),
    ):
        with pytest.raises(AssertionError, match=sentence):
            run_javascript([(tmp_path / "m.js", [wrong])], tmp_path)


def test_c_gives_no_label_to_a_row_that_lacks_a_value(tmp_path):
    run = trained(MIXED)
    (tmp_path / "m.c").write_text(c_code(model_of(run)), "utf-8")
    whole = raw(run, rows(MIXED))[0]
    gaps = [[None if place == k else v for place, v in enumerate(whole)] for k in range(5)]
    found = run_c(model_of(run), [whole, *gaps], tmp_path / "m.c", tmp_path)
    assert [label == "NULL" for label, _ in found] == [False] + [True] * 5


def test_a_network_without_columns_gives_its_outputs_as_they_are(tmp_path):
    network = Network([3, 4, 2], ["softplus", "tanh"], names={"x1": "height"})
    vector = np.random.default_rng(2).normal(size=network.parameter_count)
    lesson = Lesson(Parameters(network, vector), np.ones((1, 3)), np.ones((1, 2)), Learning())
    model, x = model_of(lesson), [[0.5, -1.0, 2.0], [1e3, 1e-3, 0.0]]
    expected = outputs_of(lesson.parameters, np.array(x))
    paths = {}
    for language, write in WRITERS.items():
        paths[language] = tmp_path / f"m.{language}"
        paths[language].write_text(write(model), "utf-8")
    (by_python,) = run_python([(paths["py"], x)], tmp_path)
    (by_javascript,) = run_javascript([(paths["js"], x)], tmp_path)
    by_c = run_c(model, x, paths["c"], tmp_path)
    assert [flag for flag, _ in by_c] == ["1", "1"]
    for found in (by_python, by_javascript, [outputs for _, outputs in by_c]):
        np.testing.assert_allclose(found, expected, rtol=1e-12)
    assert "height" in paths["c"].read_text("utf-8")


@pytest.mark.parametrize("write", WRITERS.values())
def test_the_lines_of_a_program_fit_a_page(write):
    for run in (trained(MIXED), cp.train("digits", epochs=1), cp.train("moons", epochs=1)):
        lines = write(model_of(run)).splitlines()
        assert max(map(len, lines)) <= 112
        assert not any(line.endswith(" ") for line in lines)


def test_a_change_of_one_tree_is_a_change_of_every_program(monkeypatch):
    run = trained(next(c for c in CASES if c.activation == "relu" and c.target == "price"))
    before = [write(model_of(run)) for write in WRITERS.values()]
    changed = replace(ACTIVATIONS["relu"], formula=select(Variable("z") > 7, Variable("z"), 0))
    monkeypatch.setitem(ACTIVATIONS, "relu", changed)
    after = [write(model_of(run)) for write in WRITERS.values()]
    for one, other in zip(before, after, strict=True):
        assert one != other
        assert "7.0" in other


def test_a_network_too_large_for_a_program_is_refused():
    network = Network([1200, 900], "identity")
    parameters = Parameters(network, np.zeros(network.parameter_count))
    lesson = Lesson(parameters, np.zeros((1, 1200)), np.zeros((1, 900)), Learning())
    with pytest.raises(SettingError) as raised:
        export(lesson, "c")
    assert str(raised.value) == (
        "1,080,900 parameters are too many for a program (at most 1,000,000); take onnx or"
        " safetensors"
    )


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_several_numbers_of_an_estimator_go_out_as_they_are(tmp_path):
    from sklearn.datasets import make_regression

    from clearprop.sklearn import BackpropRegressor

    x, y = make_regression(40, 3, n_targets=2, random_state=0)
    estimator = BackpropRegressor(hidden_layer_sizes=(4,), max_iter=5, tol=0.0, random_state=0)
    estimator.fit(x, y)
    program = {}
    exec(cp.export(estimator.run_, "python"), program)
    np.testing.assert_allclose(program["predict"](x[0].tolist()), estimator.predict(x[:1])[0])
