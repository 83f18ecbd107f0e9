"""ONNX graphs predict the raw rows in onnxruntime as the run does, in float32."""

import numpy as np
import pytest

from clearprop.interop.models import model_of
from clearprop.interop.onnx_graph import onnx_bytes
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
