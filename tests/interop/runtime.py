"""ONNX files as others run them: by onnxruntime."""

import numpy as np
import onnxruntime
import polars as pl


def session_of(content):
    """Return a session on the CPU, and nothing said on the way."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])


def run_graph(content, feeds):
    """Return what a graph gives, by name."""
    session = session_of(content)
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(None, feeds), strict=True))


def feeds_of(model, frame):
    """Return a frame as the inputs of the graph of a model."""
    feeds = {}
    if model.numbers:
        columns = [in_seconds(frame[c.name]).cast(pl.Float64).to_numpy() for c in model.numbers]
        feeds["numbers"] = np.column_stack(columns)
    if model.categories:
        columns = [[(v or "").strip() for v in frame[c.name]] for c in model.categories]
        feeds["categories"] = np.array(columns, dtype=object).T
    return feeds


def in_seconds(column):
    if column.dtype == pl.Date:
        return column.cast(pl.Datetime("us")).to_physical() / 1e6
    return column
