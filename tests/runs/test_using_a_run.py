"""What a run is good for: predictions, scores, lessons, going on."""

import signal
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import clearprop.api as cp
from clearprop.data.scores import ClassScores, NumberScores
from clearprop.errors import ClearpropError, DataError, SettingError, UnknownName
from clearprop.runs.run import Run
from clearprop.training.loop import Progress

CSV = "size,colour,price\n" + "".join(
    f"{size},{colour},{3.5 * size + bonus}\n"
    for size in range(1, 13)
    for colour, bonus in (("red", 1.25), ("blue", -2.5))
)


@pytest.fixture(scope="module")
def iris() -> Run:
    return cp.train("iris", hidden=[8], epochs=60)


@pytest.fixture
def prices(tmp_path: Path) -> Path:
    (tmp_path / "prices.csv").write_text(CSV)
    return tmp_path / "prices.csv"


def sentence(error: type[ClearpropError], call: object) -> str:
    with pytest.raises(error) as raised:
        call()  # type: ignore[operator]
    return str(raised.value)


# --- predictions ---------------------------------------------------------------------------------


def test_predictions_are_labels_in_the_order_of_the_rows(iris: Run) -> None:
    frame = iris.data().frame
    predicted = iris.predict(frame)
    assert predicted.shape == (150,)
    assert (predicted == frame["species"].to_numpy()).mean() > 0.9
    assert iris.predict(frame[::-1]).tolist() == predicted[::-1].tolist()


def test_probabilities_add_to_one_and_name_the_prediction(iris: Run) -> None:
    frame = iris.predictions("iris")
    assert frame.columns == ["prediction", *(f"probability_{k}" for k in iris.encoding.labels)]
    shares = iris.predict_probabilities("iris")
    assert shares.sum(axis=1) == pytest.approx(1)
    best = np.asarray(iris.encoding.labels)[shares.argmax(axis=1)]
    assert best.tolist() == frame["prediction"].to_list()


def test_a_single_output_gives_two_probabilities() -> None:
    run = cp.train("moons", hidden=[4], epochs=3)
    shares = run.predict_probabilities("moons")
    assert shares.shape == (500, 2)
    labels = np.asarray(run.encoding.labels)[(shares[:, 1] >= 0.5).astype(int)]
    assert labels.tolist() == run.predict("moons").tolist()


def test_arrays_learn_and_predict() -> None:
    x = np.random.default_rng(0).normal(size=(60, 2))
    run = cp.train((x, 3 * x[:, 0] - x[:, 1]), epochs=150)
    assert run.source.kind == "numbers"
    assert np.corrcoef(run.predict(x), 3 * x[:, 0] - x[:, 1])[0, 1] > 0.98


def test_an_array_without_names_is_read_by_place_where_it_has_as_many_columns(iris: Run) -> None:
    frame = iris.data().frame.drop("species")
    assert iris.predict(frame.to_numpy()).tolist() == iris.predict(frame).tolist()
    assert iris.predict([[5.1, 3.5, 1.4, 0.2]]).tolist() == ["setosa"]
    assert sentence(DataError, lambda: iris.predict([[5.1, 3.5, 1.4]])) == (
        "the data lack the column 'sepal length (cm)' that was there in training;"
        " the columns given are: x1, x2, x3"
    )


def test_texts_of_an_array_are_categories_by_their_place(prices: Path) -> None:
    run = cp.train(prices, target="price", epochs=20)
    rows = np.array([[3, "red"], [7, "blue"]], dtype=object)
    frame = pl.DataFrame({"size": [3, 7], "colour": ["red", "blue"]})
    assert run.predict(rows).tolist() == run.predict(frame).tolist()
    assert run.predict([["3", "red"], ["7", "blue"]]).tolist() == run.predict(frame).tolist()


def test_numbers_have_no_probabilities(prices: Path) -> None:
    run = cp.train(str(prices), target="price", epochs=2)
    assert sentence(SettingError, lambda: run.predict_probabilities(prices)) == (
        "the run predicts numbers ('price'), which have no probabilities"
    )


def test_the_target_column_may_be_absent(prices: Path) -> None:
    run = cp.train(prices, target="price", epochs=2)
    frame = pl.read_csv(prices)
    assert run.predict(frame.drop("price")).tolist() == run.predict(prices).tolist()


# --- scores --------------------------------------------------------------------------------------


def test_evaluation_without_data_is_of_the_held_out_rows(iris: Run) -> None:
    found = iris.evaluate()
    assert isinstance(found.scores, ClassScores)
    assert (found.part, found.rows) == ("test", 38)
    assert found.score == iris.scores["test"]["accuracy"]
    assert found.loss == iris.scores["test"]["loss"]


def test_evaluation_of_numbers_is_in_their_units(prices: Path) -> None:
    run = cp.train(prices, target="price", epochs=400)
    found = run.evaluate(prices)
    assert isinstance(found.scores, NumberScores)
    errors = np.abs(run.predict(prices) - pl.read_csv(prices)["price"].to_numpy())
    assert found.scores.mean_absolute_error == pytest.approx(errors.mean(), rel=1e-12)


def test_without_held_out_rows_the_training_rows_are_scored() -> None:
    run = cp.train("xor", hidden=[4], epochs=3)
    assert list(run.scores) == ["train"]
    assert run.evaluate().part == "train"


# --- lessons -------------------------------------------------------------------------------------


def test_a_lesson_is_one_row_of_the_data_as_given(iris: Run, tmp_path: Path) -> None:
    lesson = cp.open_run(iris.save(tmp_path / "run").path or "").lesson(example=120)
    table = iris.data()
    assert lesson.x.tolist() == iris.encoding.inputs(table.frame[120:121]).tolist()
    assert lesson.y.tolist() == [[0, 0, 1]]
    assert np.array_equal(lesson.parameters.vector, iris.parameters.vector)
    assert lesson.learning == iris.learning


def test_a_lesson_of_a_float32_run_computes_in_float64() -> None:
    run = cp.train("xor", hidden=[2], epochs=2, dtype="float32")
    lesson = run.lesson(example=1)
    assert lesson.parameters.vector.dtype == np.float64
    assert lesson.parameters.vector.astype("float32").tolist() == run.parameters.vector.tolist()


def test_an_example_beyond_the_data_is_one_sentence(iris: Run) -> None:
    for example in (150, -1, 1.5):
        assert sentence(SettingError, lambda k=example: iris.lesson(example=k)) == (
            f"example must be a row of the data, from 0 to 149, not {example!r}"
        )


def test_data_that_are_gone_or_changed_are_one_sentence(prices: Path, tmp_path: Path) -> None:
    cp.train(prices, target="price", epochs=2, out=tmp_path / "run")
    prices.write_text(CSV.replace("9,red", "10,red"))
    changed = (
        f"the data of the run have changed: {prices} no longer holds the rows that were trained"
        " on; restore it"
    )
    assert sentence(DataError, lambda: cp.open_run(tmp_path / "run").lesson(0)) == changed
    prices.write_text(CSV.replace("red", "green"))
    assert sentence(DataError, lambda: cp.open_run(tmp_path / "run").evaluate()) == changed
    prices.unlink()
    assert sentence(DataError, lambda: cp.open_run(tmp_path / "run").lesson(0)) == (
        f"the data of the run are gone: there is no file {prices}; put it back, or in"
        " Python give the data: cp.open_run(RUN).with_data(data)"
    )


def test_data_in_memory_cannot_be_loaded_again(tmp_path: Path) -> None:
    x = np.arange(20.0).reshape(10, 2)
    run = cp.train((x, x[:, 0] * 1.5), epochs=1, out=tmp_path / "run")
    assert run.lesson(example=3).x.shape == (1, 2)
    assert sentence(DataError, lambda: cp.open_run(tmp_path / "run").lesson(3)) == (
        "the run was trained on data in memory, which it cannot load again; in Python,"
        " cp.open_run(RUN).with_data(data) gives them back"
    )


# --- options of the training ---------------------------------------------------------------------


def test_weights_in_a_file_are_part_of_the_data(prices: Path, tmp_path: Path) -> None:
    prices.write_text(
        "count,rooms,price\n" + "".join(f"{row % 3},{row},{row * 2}\n" for row in range(12))
    )
    made = cp.train(prices, target="price", sample_weight="count", epochs=2, out=tmp_path / "run")
    run = cp.open_run(tmp_path / "run")
    assert run.source == made.source
    assert run.source.sample_weight == "count"
    assert run.network.layers[0] == 1
    assert run.evaluate().loss == made.scores["test"]["loss"]
    assert "the step is shown without the training's sample weights" in run.lesson(0).about
    assert run.predict(pl.DataFrame({"rooms": [3]})).shape == (1,)
    plain = cp.train(prices, target="price", drop=["count"], epochs=2)
    assert plain.source.fingerprint != run.source.fingerprint
    prices.write_text(prices.read_text().replace("2,5,10", "1,5,10"))
    assert sentence(DataError, lambda: cp.open_run(tmp_path / "run").lesson(0)) == (
        f"the data of the run have changed: {prices} no longer holds the rows that were trained"
        " on; restore it"
    )


def test_weights_that_leave_no_training_row_are_one_sentence() -> None:
    x = np.arange(8.0).reshape(8, 1)
    split = cp.train((x, x[:, 0]), epochs=1).split
    weights = np.isin(np.arange(8), split.test).astype(float)
    assert sentence(DataError, lambda: cp.train((x, x[:, 0]), sample_weight=weights, epochs=1)) == (
        "all rows of the training part have the sample weight 0, so there is nothing to learn;"
        " take another seed, or a smaller test size"
    )


def test_names_to_freeze_are_looked_at_before_training() -> None:
    with pytest.raises(UnknownName, match="no quantity is called 'W9"):
        cp.train("xor", frozen=["W9[0,0]"], epochs=1)


def test_a_lesson_has_the_rate_of_the_last_step() -> None:
    options = {"epochs": 7, "rate": 0.5, "optimizer": "gradient_descent", "hidden": [2]}
    run = cp.train("xor", schedule="exponential", decay_factor=0.5, **options)  # type: ignore[arg-type]
    assert run.last_rate == run.lesson(0).learning.constant("rate") == 0.5 * 0.5**6
    assert run.learning.constant("rate") == 0.5
    plain = cp.train("xor", **options)  # type: ignore[arg-type]
    assert plain.lesson(0).learning == plain.learning


def test_a_rate_that_has_decayed_to_nothing_is_shown_as_next_to_nothing() -> None:
    run = cp.train("xor", hidden=[2], epochs=80, schedule="exponential", decay_factor=1e-5)
    assert run.lesson(0).learning.constant("rate") == 5e-324


def test_a_lesson_says_what_its_step_goes_without() -> None:
    run = cp.train("xor", hidden=[2], epochs=2, dropout=0.5, clip_norm=1)
    assert run.lesson(2).about == (
        "row 2 of xor (trained on); the optimizer starts afresh; the step is shown without the"
        " training's dropout and clipping"
    )


# --- going on ------------------------------------------------------------------------------------


def test_init_goes_on_from_the_weights_encoding_and_parts_of_a_run(iris: Run) -> None:
    further = cp.train("iris", init=iris, epochs=1, rate=1e-12, seed=9)
    assert further.parameters.vector == pytest.approx(iris.parameters.vector, abs=1e-9)
    assert further.encoding == iris.encoding
    assert np.array_equal(further.split.test, iris.split.test)
    assert further.network == iris.network


def test_init_of_another_shape_is_one_sentence(iris: Run) -> None:
    assert sentence(SettingError, lambda: cp.train("iris", init=iris, hidden=[9])) == (
        "the weights of iris are of a network of 4-8-3, but this data and these settings need"
        " 4-9-3; the shapes must be the same"
    )
    assert sentence(SettingError, lambda: cp.train("iris", init=iris, activation="relu")) == (
        "the weights of iris were learnt with the activations tanh, softmax, not relu, softmax;"
        " leave out --activation and --loss to go on with its own"
    )
    assert sentence(SettingError, lambda: cp.train("iris", init=iris, test_size=0.5)) == (
        "--init goes on with the run's own parts of the data; leave out --test-size,"
        " for rows it has learnt from cannot test it"
    )
    assert sentence(SettingError, lambda: cp.train("iris", init=iris, early_stopping=True)) == (
        "--init goes on with the run's own parts of the data, and those have no validation rows"
        " that --early-stopping could watch"
    )


# --- how training ends ---------------------------------------------------------------------------


def test_divergence_keeps_the_last_finite_parameters_and_says_where(tmp_path: Path) -> None:
    def train() -> None:
        cp.train(
            "diabetes", activation="relu", optimizer="gradient_descent", rate=1e6,
            out=tmp_path / "run",
        )  # fmt: skip

    text = sentence(cp.DivergedRun, train)
    run = cp.open_run(tmp_path / "run")
    assert run.outcome.status == "diverged"
    assert np.isfinite(run.parameters.vector).all()
    assert text.startswith(
        f"training broke in step {run.outcome.step + 1}: the loss at the outputs of layer 2 became"
        " infinite: L@1 (row 361), from a2[0]@1 = -"
    )
    assert text.endswith(
        f"; the parameters after step {run.outcome.step} are kept in {tmp_path / 'run'}."
        " A smaller rate may help"
    )


def test_progress_may_be_watched_and_changes_nothing(iris: Run) -> None:
    seen: list[Progress] = []
    watched = cp.train("iris", hidden=[8], epochs=60, progress=seen.append)
    assert seen[-1].epoch == 60
    assert np.array_equal(watched.parameters.vector, iris.parameters.vector)


@pytest.mark.parametrize("data", ["iris", "xor", "diabetes"])
def test_the_picture_is_drawn(data: str) -> None:
    import xml.etree.ElementTree as ET

    picture = cp.train(data, epochs=4).pictures["loss.svg"]
    svg = ET.fromstring(picture)
    curves = svg.findall("{http://www.w3.org/2000/svg}polyline")
    assert len(curves) == (1 if data == "xor" else 2)
    assert all(len((curve.get("points") or "").split()) == 4 for curve in curves)


def test_init_on_the_same_data_records_the_parts_it_kept() -> None:
    first = cp.train("iris", epochs=1, test_size=0.4, validation_size=0.1)
    further = cp.train("iris", init=first, epochs=1)
    assert (further.settings.test_size, further.settings.validation_size) == (0.4, 0.1)
    assert further.scores["test"]["rows"] == 60


def test_init_on_the_same_rows_with_weights_keeps_the_parts() -> None:
    x = np.arange(40.0).reshape(20, 2)
    pair = (x, x[:, 0])
    first = cp.train(pair, hidden=[2], epochs=1, test_size=0.4, seed=5)
    further = cp.train(pair, sample_weight=np.arange(20), init=first, epochs=1)
    assert further.split.test.tolist() == first.split.test.tolist()


def test_a_run_interrupted_before_its_first_epoch_is_whole(tmp_path: Path) -> None:
    run = cp.train(
        "iris", out=tmp_path / "run", progress=lambda progress: signal.raise_signal(signal.SIGINT)
    )
    assert (run.outcome.status, run.outcome.epochs, run.outcome.step) == ("interrupted", 0, 0)
    found = cp.open_run(tmp_path / "run")
    assert len(found.history) == 0
    assert "no epoch was finished" in found.pictures["loss.svg"]
    assert found.evaluate().rows == 38


def test_going_on_reads_the_columns_as_the_run_did(tmp_path: Path) -> None:
    def table(name: str, flags: tuple[str, ...]) -> Path:
        rows = (f"{flags[k % len(flags)]},{k / 7},{'ab'[k % 2]}\n" for k in range(40))
        (tmp_path / name).write_text("flag,x,y\n" + "".join(rows))
        return tmp_path / name

    first = cp.train(table("1.csv", ("True", "False", "unknown")), target="y", epochs=1)
    run = cp.train(table("2.csv", ("True", "False")), target="y", epochs=1, init=first)
    assert run.encoding.unseen(run.data().frame) == {}
    opened = cp.open_run(run.save(tmp_path / "run").path or "")
    assert opened.lesson(1).x[0, :3].tolist() == [1, 0, 0]
