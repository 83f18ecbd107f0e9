"""The benchmark suite runs, from the workloads to the page, and refuses what trains wrongly."""

import json
from dataclasses import replace

import numpy as np
import pytest
from benchmarks.__main__ import main
from benchmarks.growth import Point, exponent, too_large
from benchmarks.measure import Row, instead
from benchmarks.oracle import difference, expected_weights
from benchmarks.peers import peers
from benchmarks.report import outcome, significant, time_text
from benchmarks.studio import SPEEDS
from benchmarks.targets import Target, ratio
from benchmarks.workloads import QUICK, W1, W2, WORKLOADS, task


def test_a_quick_run_writes_page_and_pictures(tmp_path):
    arguments = [
        "workloads",
        "--quick",
        "--only",
        "W2",
        "--peers",
        "clearprop, reference;NumPy by hand",
    ]
    folders = ["--results", str(tmp_path / "results"), "--out", str(tmp_path / "docs")]
    main([*arguments, *folders])
    rows = [Row(**row) for row in json.loads((tmp_path / "results/workload W2.json").read_text())]
    assert {row.peer for row in rows} == {"clearprop, reference", "NumPy by hand"}
    assert [row.note for row in rows] == ["", ""]
    page = (tmp_path / "docs/benchmarks.md").read_text(encoding="utf-8")
    assert "### W2\n" in page
    assert (tmp_path / "docs/benchmarks.svg").read_text(encoding="utf-8").startswith("<svg")


def test_what_recording_costs_is_measured_and_written(tmp_path):
    folders = ["--results", str(tmp_path / "results"), "--out", str(tmp_path / "docs")]
    main(["recording", "--quick", *folders])
    (found,) = json.loads((tmp_path / "results/recording.json").read_text())
    assert (found["optimizer"], found["steps"]) == ("adam", 40)
    assert found["checkpoints"] >= 2
    assert found["bytes"] < 40e6
    page = (tmp_path / "docs/benchmarks.md").read_text(encoding="utf-8")
    assert "## What recording costs\n" in page
    assert "| adam |" in page


def test_what_watching_costs_is_measured_and_written(tmp_path):
    pytest.importorskip("torch")
    folders = ["--results", str(tmp_path / "results"), "--out", str(tmp_path / "docs")]
    main(["watching", "--quick", *folders])
    found = json.loads((tmp_path / "results/watching.json").read_text())
    assert [each["optimizer"] for each in found] == ["SGD", "SGD, momentum", "Adam"]
    assert all(each["steps"] == 500 and each["rows"] == 6_400 * 784 * 4 for each in found)
    page = (tmp_path / "docs/benchmarks.md").read_text(encoding="utf-8")
    assert "## What watching a PyTorch loop costs\n" in page


@pytest.mark.browser
def test_how_fast_the_studio_shows_a_training_is_measured_and_written(tmp_path):
    folders = ["--results", str(tmp_path / "results"), "--out", str(tmp_path / "docs")]
    main(["studio", "--quick", *folders])
    found = json.loads((tmp_path / "results/studio.json").read_text())
    assert [each["speed"] for each in found] == list(SPEEDS.values())
    assert all(each["frames"] > 0 and 0 < each["click"] <= each["ninth"] for each in found)
    page = (tmp_path / "docs/benchmarks.md").read_text(encoding="utf-8")
    assert "| as fast as it goes |" in page


def test_programs_in_numpy_reach_the_weights_of_the_plain_pass():
    program = {peer.name: peer for peer in peers()}["NumPy by hand"]
    for name in ("W1", "W2", "W3", "W4 batch 64", "W6"):
        workload = replace(QUICK[name], check_steps=10)
        work = task(workload)
        chosen, expected = expected_weights(work)
        trained = program.prepare(work, 1)
        trained.run(10)
        assert difference(trained.weights()[chosen], expected) < 1e-6, name


def test_weights_that_are_not_a_number_differ_by_more_than_any_tolerance():
    expected = np.ones((1, 3))
    assert not difference(expected * np.nan, expected) <= 1.0


def test_all_workloads_begin_with_finite_numbers_of_their_dtype():
    for workload in QUICK.values():
        work = task(workload)
        assert work.start.dtype == work.x.dtype == work.y.dtype == np.dtype(workload.dtype)
        assert np.isfinite(work.start).all()


def test_what_is_done_in_place_of_a_workload_is_said():
    other = replace(W1, biases=True, loss="half_squared_error")
    assert instead(W1, other) == "with biases, half squared error"
    assert instead(W2, replace(W2, momentum=0.0)) == "without momentum"
    assert instead(W2, W2) == ""


def test_peers_have_names_of_their_own_and_take_known_workloads():
    names = [peer.name for peer in peers()]
    assert len(set(names)) == len(names)
    for peer in peers():
        assert any(peer.takes(workload) for workload in WORKLOADS.values()), peer.name


def test_a_promise_is_judged_by_the_ratio_of_the_best():
    rows = [
        Row("W1", "clearprop, strict", "ours", 1, seconds=1.2e-8),
        Row("W1", "C", "limit", 1, seconds=1e-8),
    ]
    target = Target("W1 strict", "W1", ("clearprop, strict",), ("C",), 1.1, "at most 1.1 × C")
    verdict = ratio(target, rows)
    assert verdict.measured == pytest.approx(1.2)
    assert outcome(verdict) == "**missed** by 9 %"
    assert outcome(ratio(replace(target, limit=1.3), rows)) == "held"
    assert outcome(ratio(target, rows[:1])) == "not run: C"


def test_the_exponent_of_a_square_law_is_two():
    points = [Point("parameters", "clearprop", n, seconds=3e-9 * n * n) for n in (10, 100, 1000)]
    assert exponent(points, 10) == pytest.approx(2)
    assert exponent(points, 1000) is None


def test_a_point_that_would_take_too_long_is_not_run():
    before = Point("examples", "clearprop", 1_000, seconds=100.0)
    assert too_large(before, 10_000, 600.0) == "would take about 17 minutes"
    assert too_large(before, 2_000, 600.0) == ""


def test_times_have_three_digits_and_their_unit():
    assert [time_text(t) for t in (4.14e-8, 9.9999e-7, 0.02, 75.0)] == [
        "41.4 ns",
        "1.00 µs",
        "20.0 ms",
        "75.0 s",
    ]
    assert significant(12_345.6) == "12,346"
