"""Which engine trains what: by network, data and settings alone."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import clearprop as cp
from clearprop.errors import SettingError
from clearprop.runs.making import Plan, planned
from clearprop.training import shapes
from clearprop.training.choices import Wishes
from clearprop.training.shapes import Shape, engine_of, shape_of

TOO_LARGE = "it is for networks of at most 50 parameters, and this one has 129 parameters"


def plan(data: str = "xor", **wishes: Any) -> Plan:
    return planned(data, Wishes(**{"hidden": (2,), "epochs": 500, **wishes}))


@pytest.mark.parametrize(
    ("wishes", "name", "arithmetic"),
    [
        ({}, "straight-line in plain Python", "strict"),
        ({"epochs": 500_000}, "straight-line", "strict"),
        ({"hidden": (32,)}, "reference", "fast"),
        ({"hidden": (32,), "epochs": 500_000}, "generic", "fast"),
        ({"hidden": (32,), "epochs": 500_000, "arithmetic": "strict"}, "generic", "strict"),
        ({"hidden": (32,), "arithmetic": "strict", "epochs": 50}, "reference", "strict"),
        ({"dropout": 0.1, "epochs": 500_000}, "generic", "fast"),
        ({"clip_norm": 1.0, "epochs": 500_000}, "generic", "fast"),
        ({"dtype": "float32", "epochs": 500_000}, "straight-line", "fast"),
        ({"arithmetic": "fast", "epochs": 500_000}, "straight-line", "fast"),
        ({"dtype": "float32"}, "reference", "fast"),
        ({"arithmetic": "fast"}, "reference", "fast"),
        ({"engine": "generic"}, "generic", "fast"),
        ({"engine": "generic", "arithmetic": "strict"}, "generic", "strict"),
        ({"engine": "straight-line"}, "straight-line", "strict"),
        ({"engine": "reference"}, "reference", "fast"),
    ],
)
def test_the_engine_follows_from_the_job(
    wishes: dict[str, Any], name: str, arithmetic: str
) -> None:
    found = shape_of(plan(**wishes).job)
    assert (found.name, found.arithmetic) == (name, arithmetic)


@pytest.mark.parametrize(
    ("wishes", "why_not"),
    [
        ({"dropout": 0.1}, "the equations of a trace know nothing of dropout"),
        ({"clip_norm": 1.0}, "the equations of a trace know nothing of clipping"),
        ({"hidden": (32,)}, TOO_LARGE),
    ],
)
def test_a_straight_line_that_cannot_be_is_refused_in_a_sentence(
    wishes: dict[str, Any], why_not: str
) -> None:
    with pytest.raises(SettingError) as refused:
        shape_of(plan(engine="straight-line", **wishes).job)
    assert str(refused.value) == f"the straight-line engine cannot train this: {why_not}"


def test_every_shape_can_be_made_and_gives_the_same_bits_in_strict_arithmetic() -> None:
    found = plan(batch_size=3, optimizer="adam")  # as in runs/test_time_travel.py: compiled once
    trained = [shapes.MAKERS[name](found.job, Shape(name, "strict", "")) for name in shapes.MAKERS]
    ends = [engine.advance(engine.first_state(found.parameters), 400).state for engine in trained]
    assert {end.step for end in ends} == {400}
    vectors = [end.parameters.vector for end in ends]
    assert all(np.array_equal(vector, vectors[0]) for vector in vectors)


def test_what_lies_in_the_cache_decides_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    job = plan(hidden=(32,), epochs=500_000).job
    before = shape_of(job)
    monkeypatch.setenv("CLEARPROP_CACHE", str(tmp_path))
    assert shape_of(job) == before


def test_the_run_records_which_engine_trained_it_and_why() -> None:
    run = cp.train("xor", hidden=[2], epochs=20)
    assert run.outcome.engine == "straight-line in plain Python, strict"
    assert run.outcome.engine_reason == "a tiny network, and few steps"
    asked = cp.train("xor", hidden=[2], epochs=20, engine="reference", arithmetic="strict")
    assert asked.outcome.engine == "reference, strict"
    assert np.array_equal(asked.parameters.vector, run.parameters.vector)


def test_more_steps_are_never_thought_shorter() -> None:
    job = plan(hidden=(32,)).job
    longer = replace(job, settings=replace(job.settings, epochs=5000))
    for arithmetic in ("strict", "fast"):
        assert shapes.reference_seconds(job, arithmetic) < shapes.reference_seconds(
            longer, arithmetic
        )
    assert engine_of(job).job is job
