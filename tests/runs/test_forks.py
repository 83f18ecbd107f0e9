"""What if: forks that change nothing or something, and where two runs part."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import clearprop.api as cp
from clearprop.api.forks import fork
from clearprop.backprop.backpropagation import backward_pass, first_state, forward_pass, update
from clearprop.backprop.products import STRICT_PRODUCTS
from clearprop.errors import ClearpropError, DataError, RunError, SettingError, UnknownName
from clearprop.formulas.optimizers import OPTIMIZERS
from clearprop.network.parameters import Array, Parameters
from clearprop.runs.checkpoints import state_hash, steps_in
from clearprop.runs.run import Run

ENGINES: dict[str, dict[str, Any]] = {
    "reference, fast": {"engine": "reference"},
    "reference, strict": {"engine": "reference", "arithmetic": "strict"},
    "straight-line in plain Python, strict": {"hidden": [2]},
    "straight-line, strict": {  # in batches of 3 and one of 1, as in test_time_travel.py
        "hidden": [2], "engine": "straight-line", "batch_size": 3, "test_size": 0.05,
    },
    "generic, fast": {"engine": "generic"},
    "generic, strict": {"engine": "generic", "arithmetic": "strict"},
}  # fmt: skip
SOME = ("momentum", "adam")  # loading and compiling of programs is what takes the time
TRAININGS = [
    *(
        (engine, optimizer)
        for engine in ENGINES
        if "reference" in engine
        for optimizer in OPTIMIZERS
    ),
    *((engine, optimizer) for engine in ("generic, fast", "generic, strict") for optimizer in SOME),
    *(("straight-line in plain Python, strict", optimizer) for optimizer in SOME),
    ("straight-line, strict", "adam"),
]
UNCOMPILED = [pair for pair in TRAININGS if pair[0] != "straight-line, strict"]
ROWS = 20  # rows of a small table
X = np.random.default_rng(3).normal(size=(ROWS, 2))
LABELS = np.where(X[:, 0] * X[:, 1] > 0, "yes", "no")


def sentence(error: type[ClearpropError], call: Any) -> str:
    with pytest.raises(error) as raised:
        call()
    return str(raised.value)


def same(one: Run, two: Run) -> bool:
    """Whether two runs end with the same bits: parameters, optimizer, history."""
    ends = [state_hash(run.at(run.outcome.steps).state) for run in (one, two)]
    return (
        ends[0] == ends[1]
        and one.parameters.vector.tobytes() == two.parameters.vector.tobytes()
        and one.history.equals(two.history)
        and one.outcome.step == two.outcome.step
    )


@pytest.fixture(scope="module")
def iris() -> Run:
    return cp.train("iris", hidden=[5], epochs=10, seed=1)


def trained(options: dict[str, Any], weights: Any = None, **others: Any) -> Run:
    """A training on the small table, whose last batch of an epoch is short."""
    settings = {
        "hidden": [7], "epochs": 6, "batch_size": 4, "seed": 4, "test_size": 0.1,
        **options, **others,
    }  # fmt: skip
    return cp.train((X, LABELS), sample_weight=weights, **settings)


def without(row: int) -> Array:
    weights = np.ones(ROWS)
    weights[row] = 0
    return weights


# --- an empty fork -------------------------------------------------------------------------------


@pytest.mark.parametrize(("engine", "optimizer"), TRAININGS)
def test_an_empty_fork_ends_with_the_bits_of_its_run(engine: str, optimizer: str) -> None:
    for dtype in ("float64", "float32") if "fast" in engine else ("float64",):
        run = trained(ENGINES[engine], optimizer=optimizer, dtype=dtype)
        assert run.outcome.engine == engine
        for step in (0, 13):
            found = run.fork(step)
            assert found.outcome.engine == engine
            assert same(run, found)
            assert run.diff(found).equal


def test_an_empty_fork_keeps_every_bit_whatever_the_options(tmp_path: Path) -> None:
    options: dict[str, Any] = {
        "dropout": 0.3, "clip_norm": 0.5, "schedule": "cosine", "warmup": 1, "frozen": ["W1[0,1]"],
        "early_stopping": True, "patience": 2, "hidden": [6, 5], "batch_size": 16, "rate": 0.05,
    }  # fmt: skip
    run = cp.train("iris", epochs=12, out=tmp_path / "run", **options)
    for step in (0, 17, run.outcome.steps):
        found = fork(tmp_path / "run", step, out=tmp_path / "fork", force=True)
        assert found.outcome.status == run.outcome.status
        assert same(run, cp.open_run(tmp_path / "fork"))


# --- a dropped example ---------------------------------------------------------------------------


@pytest.mark.parametrize(("engine", "optimizer"), UNCOMPILED)
def test_a_fork_without_an_example_equals_a_fresh_run_without_it(
    engine: str, optimizer: str
) -> None:
    for reduction in ("mean", "sum") if optimizer == "adam" else ("mean",):
        options = {**ENGINES[engine], "optimizer": optimizer, "reduction": reduction}
        run = trained(options)
        row = int(run.split.train[3])
        found = run.fork(0, drop_examples=[row])
        if engine.startswith("straight-line"):  # it has no weights, and gives way to the same bits
            assert found.outcome.engine == "reference, strict"
            options |= {"engine": "auto", "arithmetic": "strict"}
        fresh = trained(options, without(row))
        assert found.outcome.engine == fresh.outcome.engine
        assert same(fresh, found)
        assert not same(run, found)


def scripted(run: Run, row: int, branch: int) -> Iterator[Parameters]:
    """The parameters after each step of a training written out: from `branch` on without a row.

    The row is taken out of its batch, whose mean is then one over those that remain.
    """
    parameters, batches = run.at(0).parameters, run.replay.plan.job.batches
    state = first_state(parameters, run.learning)
    yield parameters
    for step in range(run.outcome.steps):
        rows = batches.rows(step)
        if step >= branch:
            rows = rows[run.split.train[rows] != row]
        x, y = batches.x[rows], batches.y[rows]
        forward = forward_pass(parameters, x, STRICT_PRODUCTS)
        back = backward_pass(parameters, run.learning, forward, y, STRICT_PRODUCTS)
        parameters, state = update(
            parameters, back.gradient, run.learning, state, None, STRICT_PRODUCTS
        )
        yield parameters


@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_a_dropped_example_keeps_its_place_and_adds_nothing(reduction: str) -> None:
    for engine in ("reference, strict", "straight-line in plain Python, strict", "generic, strict"):
        for optimizer in OPTIMIZERS if engine == "reference, strict" else SOME:
            run = trained(ENGINES[engine], optimizer=optimizer, reduction=reduction, epochs=4)
            row = int(run.split.train[5])
            found = run.fork(8, drop_examples=[row])
            for step, parameters in enumerate(scripted(run, row, 8)):
                if step in (8, 10, run.outcome.steps):
                    assert np.array_equal(found.at(step).parameters.vector, parameters.vector)


def test_a_dropped_example_changes_one_step_by_its_own_part_of_the_gradient() -> None:
    run = trained(
        {}, optimizer="gradient_descent", reduction="sum", weight_decay=0, engine="reference"
    )
    moment = run.at(7)
    row = int(moment.rows[0])
    alone = cp.trace(moment.lesson(example=row)).step
    with_it, without_it = run.at(8).parameters.vector, run.fork(7, drop_examples=[row]).at(8)
    part = -moment.rate * alone.backward.gradient.vector
    assert np.allclose(with_it - without_it.parameters.vector, part, rtol=0, atol=1e-15)


def test_the_lesson_of_a_batch_goes_without_the_dropped_example() -> None:
    run = trained({"engine": "reference", "arithmetic": "strict"})
    moment = run.at(7)
    row = int(moment.rows[1])
    then = run.fork(7, drop_examples=[row]).at(7)
    assert then.rows.tolist() == moment.rows.tolist()
    assert f"row {row} of table (left out) alone" in then.lesson(row).about
    lesson = then.lesson()
    assert len(lesson.x) == len(moment.rows) - 1
    assert lesson.about.startswith("update 8: the batch of 3 rows (")
    after = then.run.at(8).parameters.vector
    assert np.array_equal(cp.trace(lesson).step.updated.vector, after)
    bare = run.fork(7, drop_examples=moment.rows.tolist())
    assert sentence(SettingError, lambda: bare.at(7).lesson()) == (
        "update 8 has no rows to learn from: all of its batch are left out; ask for another step,"
        " or for one example"
    )


# --- other changes -------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", dict(UNCOMPILED))
def test_a_weight_that_is_set_has_its_value_at_the_step(engine: str) -> None:
    run = trained(ENGINES[engine])
    found = run.fork(9, set={"W2[0,1]": 0.25, "b1[1]": -1})
    before, then = run.at(9), found.at(9)
    assert then.parameters.weights[1][0, 1] == 0.25
    assert then.parameters.biases[0] is not None
    assert then.parameters.biases[0][1] == -1
    assert np.count_nonzero(before.parameters.vector != then.parameters.vector) == 2
    assert {**before.optimizer.vectors}.keys() == {**then.optimizer.vectors}.keys()
    first = run.diff(found).first
    assert first is not None
    assert (first.step, first.other, first.count) == (9, -1, 2)
    assert first.name in ("b2", "b1[1]")


@pytest.mark.parametrize("engine", dict(UNCOMPILED))
def test_another_rate_holds_from_the_step_on(engine: str) -> None:
    run = trained(ENGINES[engine], schedule="exponential")
    found = run.fork(9, rate=0.02)
    assert found.at(9).parameters.vector.tobytes() == run.at(9).parameters.vector.tobytes()
    assert found.at(9).rate == 4 * run.at(9).rate
    first = run.diff(found).first
    assert first is not None
    assert first.step == 10
    assert same(run.fork(0, rate=0.02), trained(ENGINES[engine], schedule="exponential", rate=0.02))


@pytest.mark.parametrize("engine", dict(UNCOMPILED))
def test_a_relabelled_row_is_learnt_with_its_new_label(engine: str) -> None:
    run = trained(ENGINES[engine])
    row = int(run.split.train[2])
    other = {"yes": "no", "no": "yes"}[LABELS[row]]
    found = run.fork(0, relabel={row: other})
    table = (X, np.where(np.arange(ROWS) == row, other, LABELS))
    plan = run.replay.plan
    y = run.encoding.targets(replace(run, table=run.source.load(data=table)).table.frame)
    scripted = replace(plan, examples=replace(plan.examples, y=y))
    engine_of = scripted.engine
    state = engine_of.advance(run.at(0).state, run.outcome.steps).state
    assert state_hash(state) == state_hash(found.at(run.outcome.steps).state)
    assert found.lesson(row).y.tolist() == y[row : row + 1].tolist() != run.lesson(row).y.tolist()


def test_a_number_is_relabelled_with_a_number(tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    table.write_text("a,y\n" + "".join(f"{k},{3 * k}\n" for k in range(30)))
    run = cp.train(table, target="y", epochs=3, out=tmp_path / "run")
    row = int(run.split.train[0])
    found = fork(tmp_path / "run", 1, relabel={row: "7.5"}, out=tmp_path / "fork")
    assert cp.open_run(tmp_path / "fork").data().frame["y"][row] == 7.5
    assert found.branch is not None
    assert found.branch.changes.relabel == {row: "7.5"}
    assert sentence(SettingError, lambda: run.fork(1, relabel={row: "much"})) == (
        "'y' holds numbers, so a row is relabelled with one, not 'much'"
    )


# --- a fork is a run like any other --------------------------------------------------------------


def test_a_fork_is_replayed_from_its_own_folder_alone(tmp_path: Path) -> None:
    run = cp.train("iris", hidden=[5], epochs=10, out=tmp_path / "run")
    rows = [*run.split.train[:2], int(run.split.train[2])]  # NumPy's numbers are rows, too
    changes: dict[str, Any] = {
        "drop_examples": rows[:2], "relabel": {rows[2]: "virginica"}, "set": {"w1": 0}, "rate": 0.1,
    }  # fmt: skip
    found = run.fork(13, **changes, out=tmp_path / "fork")
    left = state_hash(run.at(13).state)
    for path in sorted((tmp_path / "run").rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    opened = cp.open_run(tmp_path / "fork")
    assert opened.branch == found.branch
    assert opened.branch is not None
    assert opened.branch.words == (
        f"{tmp_path / 'run'}, step 13: without rows {min(rows[:2])}, {max(rows[:2])},"
        f" row {rows[2]} labelled 'virginica', w1 set to 0, rate 0.1"
    )
    assert opened.branch.fingerprint == run.source.fingerprint != opened.source.fingerprint
    assert opened.branch.state == left
    assert steps_in(tmp_path / "fork" / "checkpoints") == [13, 40]
    for step in (13, 14, 27, 40):
        assert state_hash(opened.at(step).state) == state_hash(found.at(step).state)
    assert len(opened.history) == 10
    assert opened.history[:3].equals(run.history[:3])
    assert sentence(SettingError, lambda: opened.at(12)) == (
        f"fork is a fork that begins at step 13; the steps before that are those of"
        f" {tmp_path / 'run'}"
    )


class CutOff(BaseException):
    pass


def test_a_fork_that_was_cut_off_is_resumed_to_the_same_bits(tmp_path: Path) -> None:
    run = cp.train("iris", hidden=[5], epochs=10, out=tmp_path / "run")
    row = int(run.split.train[0])
    whole = run.fork(13, drop_examples=[row], rate=0.02)

    def cut_off(progress: Any) -> None:
        if progress.step > 13:
            raise CutOff

    with pytest.raises(CutOff):
        fork(run, 13, drop_examples=[row], rate=0.02, out=tmp_path / "fork", progress=cut_off)
    assert cp.open_run(tmp_path / "fork").outcome.status == "training"
    assert len(cp.open_run(tmp_path / "fork").history) == 3
    cp.resume(tmp_path / "fork")
    opened = cp.open_run(tmp_path / "fork")
    assert same(whole, opened)
    assert opened.branch is not None
    assert (opened.branch.step, opened.branch.changes) == (13, whole.branch.changes)  # type: ignore[union-attr]


def test_a_fork_of_a_fork_keeps_the_changes_of_both(iris: Run) -> None:
    rows = iris.split.train[:2].tolist()
    once = iris.fork(10, drop_examples=[rows[0]])
    twice = once.fork(20, drop_examples=[rows[1]])
    assert twice.source.left_out == tuple(sorted(rows))
    assert same(once, once.fork(20))
    assert same(twice, once.fork(20, drop_examples=rows))
    with pytest.raises(SettingError, match="is a fork that begins at step 10"):
        once.fork(5)


def test_a_fork_of_data_in_memory_is_given_them_again(tmp_path: Path) -> None:
    run = trained({})
    row = int(run.split.train[0])
    run.fork(5, drop_examples=[row], relabel={}, out=tmp_path / "fork")
    opened = cp.open_run(tmp_path / "fork")
    assert sentence(DataError, lambda: opened.at(9)) == (
        "the run was trained on data in memory, which it cannot load again; in Python,"
        " cp.open_run(RUN).with_data(data) gives them back"
    )
    given = opened.with_data((X, LABELS))
    assert state_hash(given.at(9).state) == state_hash(run.fork(5, drop_examples=[row]).at(9).state)
    fewer = sentence(DataError, lambda: opened.with_data((X[:row], LABELS[:row])))
    assert fewer.startswith("the data of the run have changed") or row < 2


# --- where two runs part -------------------------------------------------------------------------


def test_the_first_number_that_differs_is_found(iris: Run) -> None:
    row = int(iris.split.train[0])
    found = iris.fork(10, drop_examples=[row])
    rows = [set(iris.at(step).rows.tolist()) for step in range(10, 40)]
    step = next(10 + place for place, batch in enumerate(rows) if row in batch)
    first = iris.diff(found).first
    assert first is not None
    assert (first.step, first.name) == (step + 1, "w1")
    assert first.value == iris.at(step + 1).parameters.vector[0]
    assert first.other == found.at(step + 1).parameters.vector[0]
    assert not iris.diff(found).equal


def test_what_two_runs_were_told_otherwise_stands_side_by_side(iris: Run) -> None:
    other = cp.train("iris", hidden=[5], epochs=12, seed=2, rate=0.01, optimizer="momentum")
    found = iris.diff(other)
    assert found.first is not None
    assert (found.first.step, found.first.name) == (0, "w1")
    assert {name: found.settings[name] for name in ("epochs", "seed", "rate", "optimizer")} == {
        "epochs": (10, 12), "seed": (1, 2), "rate": (0.005, 0.01),
        "optimizer": ("adam", "momentum"),
    }  # fmt: skip
    assert found.losses.height == 12
    assert found.losses["loss"].null_count() == 2
    assert found.losses["other_loss"].to_list() == other.history["loss"].to_list()
    assert found.scores["test"]["accuracy"] == (
        iris.scores["test"]["accuracy"], other.scores["test"]["accuracy"],
    )  # fmt: skip


def test_forks_of_other_steps_or_runs_are_told_apart_by_what_they_left(iris: Run) -> None:
    rows = iris.split.train[:2].tolist()
    once = iris.fork(10, drop_examples=rows)
    twice = iris.fork(10, drop_examples=rows[:1]).fork(20, drop_examples=rows[1:])
    name = iris.name
    assert iris.diff(iris.fork(10)).settings == {}
    assert "fork of" not in iris.diff(once).settings
    assert once.diff(iris.fork(15, drop_examples=rows)).settings == {
        "fork of": (f"{name}, step 10", f"{name}, step 15"),
    }
    assert once.diff(twice).settings == {"fork of": (f"{name}, step 10", f"{name}, step 20")}


def test_a_run_is_compared_with_a_fork_of_its_fork(iris: Run, tmp_path: Path) -> None:
    run = cp.train("iris", hidden=[5], epochs=5, seed=1, out=tmp_path / "run")
    once = run.fork(3, set={"w1": 0}, out=tmp_path / "once")
    twice = once.fork(8, out=tmp_path / "twice")
    assert run.diff(once).settings == {"w1 at step 3": (None, 0.0)}
    assert once.diff(twice).settings == {}
    assert run.diff(twice).settings == {"fork of": (None, "once, step 8")}
    assert twice.diff(run).settings == {"fork of": ("once, step 8", None)}


def test_a_run_is_compared_with_a_longer_one_as_far_as_it_goes(iris: Run) -> None:
    longer = cp.train("iris", hidden=[5], epochs=12, seed=1)
    found = iris.diff(longer)
    assert (found.first, found.compared, found.equal) == (None, (0, 40), False)
    assert found.settings == {"epochs": (10, 12)}


def test_runs_of_other_shapes_are_not_compared(iris: Run) -> None:
    other = cp.train("iris", hidden=[6], epochs=2)
    assert sentence(SettingError, lambda: iris.diff(other)) == (
        "iris and iris cannot be compared number by number: their networks have different shapes"
        " (4-5-3 and 4-6-3)"
    )


# --- what bad input gets -------------------------------------------------------------------------


def test_what_does_not_fit_is_one_sentence(iris: Run, tmp_path: Path) -> None:
    held_out, row = int(iris.split.test[0]), int(iris.split.train[0])
    first = ", ".join(map(str, iris.split.train[:3]))
    label = iris.data().frame["species"][row]
    not_trained = f"the training part has rows such as {first}"
    wrong: dict[str, dict[str, Any]] = {
        "example must be a row of the data, from 0 to 149, not 150": {"drop_examples": [150]},
        f"row {held_out} is not trained on (held out), so it cannot be dropped; {not_trained}": {
            "drop_examples": [held_out]
        },
        f"row {held_out} is not trained on (held out), so it cannot be relabelled; {not_trained}": {
            "relabel": {held_out: "setosa"}
        },
        f"row {row} is labelled '{label}' already": {"relabel": {row: label}},
        f"row {row} cannot be both dropped and relabelled": {
            "drop_examples": [row], "relabel": {row: "setosa"},
        },
        "unknown label 'setossa'; did you mean 'setosa'? Known: setosa, versicolor, virginica": {
            "relabel": {row: "setossa"}
        },
        "only weights and biases can be set, and 'z_h1' is neither": {"set": {"z_h1": 0}},
        "w1 must be set to a finite number of float64, not 'much'": {"set": {"w1": "much"}},
        "w1 and W1[0,0] are the same number; set it once": {"set": {"w1": 0, "W1[0,0]": 1}},
        "rate must be a number above 0, not 0": {"rate": 0},
        "all rows that are trained on are left out: nothing is left to learn": {
            "drop_examples": iris.split.train.tolist()
        },
    }  # fmt: skip
    for said, changes in wrong.items():
        assert sentence(ClearpropError, lambda: iris.fork(3, **changes)) == said  # noqa: B023
    assert sentence(UnknownName, lambda: iris.fork(3, set={"w99": 0})) == (
        "no quantity is called 'w99'; did you mean 'w35'?"
    )
    assert sentence(SettingError, lambda: iris.fork(41)) == (
        "the step must be a whole number from 0 (the start) to 40 (the run's last), not 41"
    )
    assert sentence(SettingError, lambda: iris.fork(3, set=[0])) == (  # type: ignore[arg-type]
        "set takes a dictionary such as {'W1[3,7]': 0}, not [0]"
    )
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "letter").write_text("dear")
    assert sentence(RunError, lambda: iris.fork(3, out=tmp_path / "taken")) == (
        f"{tmp_path / 'taken'} is there already; choose another --out,"
        " or --force (force=True) to replace it"
    )


def test_a_damaged_record_of_a_fork_is_one_sentence(iris: Run, tmp_path: Path) -> None:
    row = int(iris.split.train[0])
    iris.fork(3, drop_examples=[row], out=tmp_path / "fork")
    manifest = tmp_path / "fork" / "run.json"
    text = manifest.read_text()
    for was, becomes, said in (
        ('"step": 3,', '"step": "3",', "step of fork is '3'"),
        ('"drop_examples": [', '"drop_examples": [-1, ', "rows are whole numbers from 0"),
        ('"left_out": [', '"left_out": ["a", ', "rows are whole numbers from 0"),
        ('"relabel": {}', '"relabel": {"1": 2}', "labels are texts, not [2]"),
    ):
        assert was in text
        manifest.write_text(text.replace(was, becomes))
        with pytest.raises(RunError, match="is damaged: ") as raised:
            cp.open_run(tmp_path / "fork")
        assert said in str(raised.value)
