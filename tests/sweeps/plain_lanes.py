"""Programs of lanes run as they are written, without a compiler, on blocks of few networks."""

import numba
import numpy as np

from clearprop.engine import compilation, lanes
from clearprop.sweeps import in_lanes


def in_plain_python(monkeypatch):
    """Let the sweeps of a test run in plain Python."""
    functions = {}

    def entry(source):
        if not source.name.startswith("lanes"):
            return compilation.entry(source)
        if source not in functions:
            monkeypatch.setattr(numba.config, "DISABLE_JIT", True)
            names = {}
            exec(compile(source.text, source.name, "exec"), names)
            monkeypatch.setattr(numba.config, "DISABLE_JIT", False)
            functions[source] = np.errstate(all="ignore")(names["run"])
        return functions[source]

    monkeypatch.setattr(in_lanes, "entry", entry)
    monkeypatch.setattr(in_lanes, "announce", lambda what: None)
    monkeypatch.setattr(lanes, "MOST_LANES", 2)
    monkeypatch.setattr(lanes, "FEWEST_LANES", 2)
