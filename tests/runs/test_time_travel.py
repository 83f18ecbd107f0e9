"""Time travel: any step of a run, bit for bit, or an error that says why not."""

import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import clearprop.api as cp
from clearprop.errors import ClearpropError, DataError, Disagreement, RunError, SettingError
from clearprop.formulas.optimizers import OPTIMIZERS
from clearprop.runs import recording
from clearprop.runs.checkpoints import state_hash, steps_in, thinned
from clearprop.runs.recording import Spacing
from clearprop.runs.run import Run
from clearprop.training import loop
from clearprop.training.engine import TrainingState

PAIRS = 1_000  # of a step and a weight, for each training


def sentence(error: type[ClearpropError], call: Any) -> str:
    with pytest.raises(error) as raised:
        call()
    return str(raised.value)


@pytest.fixture
def close(monkeypatch: pytest.MonkeyPatch) -> None:
    """A checkpoint after every step, of which at most five are kept."""
    monkeypatch.setattr(loop, "SECONDS_PER_CALL", 0.0)
    spacing = Spacing(0.0, longest=0.0, room=1, least=5, share=math.inf, aside=False)
    monkeypatch.setattr(recording, "SPACING", spacing)


@pytest.fixture(scope="module")
def iris() -> Run:
    return cp.train("iris", hidden=[5], epochs=10, seed=1)


def every_state(run: Run) -> Iterator[TrainingState]:
    """The states of a training in which each step is a call of its own, and each is stored."""
    engine, state = run.replay.plan.engine, run.at(0).state
    while state.step < run.outcome.steps:
        yield state
        state = engine.advance(state, state.step + 1).state
    yield state


ENGINES: dict[str, dict[str, Any]] = {
    "reference, fast": {"engine": "reference"},
    "reference, strict": {"engine": "reference", "arithmetic": "strict"},
    "straight-line in plain Python, strict": {"hidden": [2]},
    "straight-line, strict": {"hidden": [2], "engine": "straight-line"},
    "generic, fast": {"engine": "generic"},
    "generic, strict": {"engine": "generic", "arithmetic": "strict"},
}


# of one of the engines, each program takes seconds to compile; its text is that of plain Python
TRAININGS = [
    (engine, optimizer)
    for engine in ENGINES
    for optimizer in (OPTIMIZERS if engine != "straight-line, strict" else ["adam"])
]


def sizes_and_types(engine: str, optimizer: str) -> list[tuple[int, str]]:
    """Batch sizes, with and without mini-batches, and types of a training.

    Every optimizer has all four pairs, two by each fast engine; the strict ones take turns.
    """
    if engine == "straight-line, strict":
        return [(3, "float64")]
    place = list(ENGINES).index(engine)
    if "fast" in engine:
        return [(4, "float64"), (3, "float32")] if place else [(3, "float64"), (4, "float32")]
    return [((4, 3)[(place + list(OPTIMIZERS).index(optimizer)) % 2], "float64")]


@pytest.mark.parametrize(("engine", "optimizer"), TRAININGS)
def test_replay_equals_a_training_that_stored_every_step(
    engine: str, optimizer: str, close: None, tmp_path: Path
) -> None:
    for batch_size, dtype in sizes_and_types(engine, optimizer):
        options: dict[str, Any] = {"hidden": [7], **ENGINES[engine], "optimizer": optimizer}
        run = cp.train(
            "xor", epochs=30, batch_size=batch_size, dtype=dtype, seed=4, **options,
            out=tmp_path / "run", force=True,
        )  # fmt: skip
        assert run.outcome.engine == engine
        assert len(steps_in(tmp_path / "run" / "checkpoints")) == 5
        stored = np.array([state.parameters.vector for state in every_state(run)])
        generator = np.random.default_rng(1)
        steps = generator.integers(0, len(stored), PAIRS)
        weights = generator.integers(0, stored.shape[1], PAIRS)
        opened = cp.open_run(tmp_path / "run")
        then = {step: opened.at(step).parameters.vector for step in set(steps.tolist())}
        found = np.array([then[s][w] for s, w in zip(steps.tolist(), weights, strict=True)])
        assert found.dtype == dtype
        assert np.array_equal(found, stored[steps, weights])


def test_replay_brings_back_all_of_a_state_whatever_the_options(
    close: None, tmp_path: Path
) -> None:
    options: dict[str, Any] = {
        "dropout": 0.3, "clip_norm": 0.5, "schedule": "cosine", "warmup": 1, "frozen": ["W1[0,1]"],
        "early_stopping": True, "patience": 2, "hidden": [6, 5], "batch_size": 16, "rate": 0.05,
    }  # fmt: skip
    for engine in ("reference", "generic"):
        run = cp.train("iris", epochs=8, engine=engine, out=tmp_path / engine, **options)
        opened = cp.open_run(tmp_path / engine)
        for state in every_state(run):
            moment = opened.at(state.step)
            assert state_hash(moment.state) == state_hash(state), state.step
        assert opened.at(run.outcome.step).parameters.vector.tobytes() == (
            run.parameters.vector.tobytes()
        )


def test_a_run_in_memory_travels_too(iris: Run) -> None:
    assert iris.at(0).parameters.vector.tobytes() != iris.at(1).parameters.vector.tobytes()
    assert iris.at(40).parameters.vector.tobytes() == iris.parameters.vector.tobytes()
    assert [iris.at(step).epoch for step in (0, 3, 4, 39, 40)] == [0, 0, 1, 9, 10]


# --- the moment ----------------------------------------------------------------------------------


def test_the_lesson_of_a_batch_ends_with_the_parameters_of_the_next_step() -> None:
    for optimizer in OPTIMIZERS:
        run = cp.train(
            "iris", hidden=[5], epochs=4, optimizer=optimizer, schedule="exponential", warmup=1,
            arithmetic="strict", engine="reference",
        )  # fmt: skip
        for step in (0, 5, 11):
            moment = run.at(step)
            traced = cp.trace(moment.lesson()).step
            after = run.at(step + 1)
            assert traced.updated.vector.tobytes() == after.parameters.vector.tobytes()
            assert traced.loss == moment.loss
            assert {**traced.next_state.vectors}.keys() == {**after.optimizer.vectors}.keys()
            for name, vector in after.optimizer.vectors.items():
                assert traced.next_state.vectors[name].tobytes() == vector.tobytes()
            assert dict(traced.next_state.shared) == dict(after.optimizer.shared)


def test_a_moment_knows_its_batch_rate_and_score(iris: Run) -> None:
    moment = iris.at(13)
    assert moment.rows.tolist() == iris.split.train[iris.replay.plan.job.batches.rows(13)].tolist()
    assert moment.rate == 0.005
    x, y = iris.encoded_data[1:]
    lesson = moment.lesson()
    assert lesson.x.tolist() == x[moment.rows].tolist()
    assert lesson.y.tolist() == y[moment.rows].tolist()
    end = iris.at(40)
    assert end.watched is not None
    assert end.watched.score == iris.scores["test"]["accuracy"]
    assert lesson.about == (
        "update 14: the batch of 32 rows (" + ", ".join(map(str, moment.rows[:8])) + ", …) of iris"
    )


def test_a_row_alone_is_traced_with_the_numbers_then(iris: Run) -> None:
    lesson = iris.at(13).lesson(example=7)
    assert lesson.x.shape == (1, 4)
    assert lesson.about.startswith("row 7 of iris (")
    assert lesson.about.endswith(" alone, with the numbers after 13 updates")
    trace = cp.trace(lesson)
    assert trace["w1"].value == iris.at(13).parameters.vector[0]
    assert trace.step.state.vectors["m"][3] == iris.at(13).optimizer.vectors["m"][3] != 0
    assert "m_w1" in " ".join(line.id for line in trace.given) or trace.explain("w1_new")


def test_a_trace_of_a_moment_says_what_it_goes_without() -> None:
    run = cp.train("xor", hidden=[2], epochs=4, dropout=0.5, clip_norm=1)
    assert run.at(2).lesson(2).about == (
        "row 2 of xor (trained on) alone, with the numbers after 2 updates; the step is shown"
        " without the training's dropout and clipping"
    )


# --- what bad input gets -------------------------------------------------------------------------


@pytest.mark.parametrize("step", [-1, 41, 1.5, "3", True, None])
def test_a_step_that_the_run_has_not_is_one_sentence(iris: Run, step: Any) -> None:
    assert sentence(SettingError, lambda: iris.at(step)) == (
        f"the step must be a whole number from 0 (the start) to 40 (the run's last), not {step!r}"
    )


def test_a_row_beyond_the_data_is_one_sentence(iris: Run) -> None:
    assert sentence(SettingError, lambda: iris.at(3).lesson(150)) == (
        "example must be a row of the data, from 0 to 149, not 150"
    )


def test_a_replay_that_drifts_is_never_shown(tmp_path: Path, close: None) -> None:
    """As on a machine whose libraries round otherwise: the engine's arithmetic is another."""
    run = cp.train("iris", hidden=[5], epochs=10, engine="reference", arithmetic="strict")
    run.save(tmp_path / "run")
    opened = cp.open_run(tmp_path / "run")
    plan = opened.replay.plan
    fast = replace(plan.settings, arithmetic="fast")
    other = replace(plan, settings=fast)
    assert opened.made_with is not None
    there = {**opened.made_with, "machine": "abacus, wood"}
    opened = replace(opened, made_with=there)
    opened.replay.__dict__["plan"] = replace(
        other, source=replace(other.source)
    )  # what the machine would compute
    object.__setattr__(opened, "outcome", replace(opened.outcome, engine="reference, fast"))
    said = sentence(Disagreement, lambda: opened.at(7))
    assert said.startswith("the replay of run drifts: at step 40 its bits are not those of the")
    assert "(abacus, wood then, " in said
    assert opened.at(40).parameters.vector.tobytes() == run.parameters.vector.tobytes()


def test_a_replay_after_the_last_whole_checkpoint_is_held_against_the_run_s_parameters(
    tmp_path: Path, close: None
) -> None:
    run = cp.train("iris", hidden=[5], epochs=10, engine="reference", seed=1, out=tmp_path / "run")
    for step in steps_in(tmp_path / "run" / "checkpoints")[1:]:
        path = tmp_path / "run" / "checkpoints" / f"{step:012}.safetensors"
        path.write_bytes(path.read_bytes()[:-9])
    opened, last = cp.open_run(tmp_path / "run"), run.outcome.steps
    assert opened.at(last).parameters.vector.tobytes() == run.parameters.vector.tobytes()
    assert opened.ledger("w1").closing == run.ledger("w1").closing
    manifest = tmp_path / "run" / "run.json"
    manifest.write_text(manifest.read_text().replace('"seed": 1', '"seed": 2'))
    drifting = cp.open_run(tmp_path / "run")
    for asked in (
        lambda: drifting.at(last),
        lambda: drifting.ledger("w1"),
        lambda: drifting.find("w1 > 100"),
    ):
        assert sentence(Disagreement, asked).startswith("the replay of run drifts: at step")


def test_steps_and_rows_may_be_numpy_s_integers(iris: Run) -> None:
    assert iris.at(np.int64(3)).step == 3
    assert iris.lesson(iris.split.test[0]).x.shape == (1, 4)


def test_a_run_of_another_engine_is_not_replayed(iris: Run) -> None:
    other = replace(iris, outcome=replace(iris.outcome, engine="abacus, strict"))
    assert sentence(Disagreement, lambda: other.at(3)) == (
        "iris was computed by the engine 'abacus, strict', and this version of clearprop would"
        " take 'reference, fast': its steps cannot be replayed"
    )


def test_data_that_changed_are_no_ground_for_a_replay(tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    table.write_text("a,y\n" + "".join(f"{k},{3 * k}\n" for k in range(20)))
    cp.train(table, target="y", epochs=3, out=tmp_path / "run")
    table.write_text(table.read_text().replace("19,57", "19,58"))
    said = sentence(DataError, lambda: cp.open_run(tmp_path / "run").at(1))
    assert said.startswith(f"the data of the run have changed: {table} no longer holds the rows")
    assert cp.open_run(tmp_path / "run").at(0).step == 0  # a checkpoint needs no data
    table.write_text(table.read_text().removeprefix("a,y\n"))
    said = sentence(DataError, lambda: cp.open_run(tmp_path / "run").at(1))
    assert said.startswith("the data of the run have changed, and cannot be read as they were: ")
    assert said.endswith("; restore them")


def test_data_in_memory_are_given_again(tmp_path: Path) -> None:
    x = np.arange(40.0).reshape(20, 2)
    run = cp.train((x, x[:, 0]), epochs=2, out=tmp_path / "run")
    opened = cp.open_run(tmp_path / "run")
    said = (
        "the run was trained on data in memory, which it cannot load again; in Python,"
        " cp.open_run(RUN).with_data(data) gives them back"
    )
    assert sentence(DataError, lambda: opened.at(1)) == said
    given = opened.with_data((x, x[:, 0]))
    assert given.at(1).parameters.vector.tobytes() == run.at(1).parameters.vector.tobytes()
    assert sentence(DataError, lambda: opened.with_data((x + 1, x[:, 0])).at(1)).startswith(
        "the data of the run have changed"
    )


def test_a_damaged_checkpoint_is_passed_over_and_told_once(
    close: None, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    run = cp.train("iris", hidden=[5], epochs=10, out=tmp_path / "run")
    expected = run.at(39).parameters.vector.tobytes()
    folder = tmp_path / "run" / "checkpoints"
    first, *middle, _ = sorted(folder.iterdir())
    for path in middle:
        content = path.read_bytes()
        path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    opened = cp.open_run(tmp_path / "run")
    for _ in range(2):
        assert opened.at(39).parameters.vector.tobytes() == expected
    assert sorted(caplog.messages) == [
        f"{path} is damaged or changed: its SHA-256 is not the one in its header; another"
        " checkpoint is taken in its place"
        for path in middle
        if int(path.stem) <= 39
    ]
    first.write_bytes(b"")
    assert sentence(RunError, lambda: cp.open_run(tmp_path / "run").at(5)) == (
        "run is damaged: no checkpoint up to step 5 is whole"
    )


def test_the_last_checkpoint_of_another_run_is_told(tmp_path: Path) -> None:
    for seed in (1, 2):
        cp.train("iris", hidden=[5], epochs=10, seed=seed, out=tmp_path / f"run-{seed}")
    last = Path("checkpoints") / f"{40:012}.safetensors"
    (tmp_path / "run-1" / last).write_bytes((tmp_path / "run-2" / last).read_bytes())
    mixed = cp.open_run(tmp_path / "run-1")
    assert sentence(RunError, lambda: mixed.at(40)) == (
        "run-1 is damaged: its checkpoint of step 40 has other parameters than the run, as one of"
        " another run would"
    )
    assert "drifts: at step 40" in sentence(Disagreement, lambda: mixed.at(39))


def test_a_run_of_format_1_opens_and_does_not_travel(tmp_path: Path, iris: Run) -> None:
    old = replace(iris, made_with=None, checkpoints=None).save(tmp_path / "old")
    assert '"format_version": 1' in (tmp_path / "old" / "run.json").read_text()
    opened = cp.open_run(tmp_path / "old")
    assert opened.parameters.vector.tobytes() == old.parameters.vector.tobytes()
    assert sentence(RunError, lambda: opened.at(3)) == (
        "old has no checkpoints (they were removed, or an older version of clearprop recorded"
        " none), so only its last parameters are known; train it again to see other steps of it"
    )
    opened.save(tmp_path / "copy")
    assert (tmp_path / "copy" / "run.json").read_bytes() == (
        tmp_path / "old" / "run.json"
    ).read_bytes()


# --- which checkpoints are kept ------------------------------------------------------------------


def test_checkpoints_that_are_kept_are_about_evenly_spaced() -> None:
    steps: list[int] = []
    for step in range(0, 100_000, 10):
        steps = thinned([*steps, step], 25)
    assert (steps[0], steps[-1], len(steps)) == (0, 99_990, 25)
    gaps = np.diff(steps)
    assert gaps.max() <= 3 * 99_990 / 24


def test_a_short_run_has_the_start_and_the_end(tmp_path: Path) -> None:
    cp.train("xor", epochs=5, out=tmp_path / "run")
    assert steps_in(tmp_path / "run" / "checkpoints") == [0, 5]


def test_checkpoints_are_due_by_the_pace_of_training_and_writing() -> None:
    spacing = Spacing()
    most = spacing.most(1_200_000)
    assert most == 30
    assert not spacing.due(since=0.24, trained=1.0, most=most, cost=0.001)
    assert spacing.due(since=0.26, trained=1.0, most=most, cost=0.001)
    assert not spacing.due(since=0.31, trained=1.0, most=most, cost=0.1)  # a slow disk
    assert not spacing.due(since=9.0, trained=3600.0, most=most, cost=0.001)
    assert spacing.due(since=10.1, trained=3600.0, most=most, cost=0.001)
