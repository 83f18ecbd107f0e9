"""Programs in Python, JavaScript and C predict what the run predicts, to 1e-12."""

import numpy as np
import pytest

from clearprop.interop.c_code import c_code
from clearprop.interop.javascript_code import javascript_code
from clearprop.interop.models import model_of
from clearprop.interop.python_code import python_code
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
    assert list(labels) == run.predict(frame).tolist()
    if isinstance(shares[0], dict):
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
