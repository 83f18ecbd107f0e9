"""The estimators in scikit-learn's world: what they take, and what they can be put into."""

import pickle
import warnings
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy.sparse import csr_array
from sklearn.base import clone
from sklearn.datasets import (
    load_diabetes,
    load_iris,
    make_multilabel_classification,
    make_regression,
)
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from clearprop.errors import UnknownName
from clearprop.sklearn import BackpropClassifier, BackpropRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X, Y = load_iris(return_X_y=True)
NAMES = ["sepal length", "sepal width", "petal length", "petal width"]
LABELS = np.array(["setosa", "versicolor", "virginica"])[Y]
SMALL: dict[str, Any] = {"hidden_layer_sizes": (6,), "max_iter": 30, "random_state": 0,
                         "learning_rate_init": 0.02}  # fmt: skip


def classifier(**options: Any) -> BackpropClassifier:
    return BackpropClassifier(**{**SMALL, **options})


# --- what stands in their place ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("theirs", "ours"), [(MLPClassifier, BackpropClassifier), (MLPRegressor, BackpropRegressor)]
)
def test_the_arguments_are_scikit_learns_with_its_defaults(theirs: Any, ours: Any) -> None:
    mine, other = ours().get_params(), theirs().get_params()
    assert mine.pop("init") is None
    assert mine == other


def test_swapping_the_class_in_a_pipeline_and_a_search_is_one_line() -> None:
    found = {}
    for estimator in (MLPClassifier, BackpropClassifier):
        pipeline = make_pipeline(StandardScaler(), estimator(**SMALL))
        name = pipeline.steps[-1][0]
        grid = {f"{name}__alpha": [1e-4, 0.1]}
        search = GridSearchCV(pipeline, grid, n_jobs=2, cv=3).fit(X, LABELS)
        found[estimator] = search
        assert search.best_estimator_.predict(X[:1]).tolist() == ["setosa"]
    assert found[BackpropClassifier].best_score_ >= found[MLPClassifier].best_score_ - 0.03
    est = found[BackpropClassifier].best_estimator_[-1]
    assert est.explain("W1[0,0]", at=3).at == 3


def test_a_search_spreads_over_a_dask_cluster_unchanged() -> None:
    distributed = pytest.importorskip("distributed", reason="dask[distributed] is not installed")
    joblib = pytest.importorskip("joblib")
    quiet = {"dashboard_address": None, "silence_logs": 50}
    with (
        warnings.catch_warnings(),
        distributed.LocalCluster(1, threads_per_worker=2, processes=False, **quiet) as cluster,
        distributed.Client(cluster),
        joblib.parallel_backend("dask"),
    ):
        warnings.simplefilter("ignore")  # dask's own
        search = GridSearchCV(classifier(), {"alpha": [1e-4, 0.1]}, cv=2).fit(X, Y)
    alone = GridSearchCV(classifier(), {"alpha": [1e-4, 0.1]}, cv=2).fit(X, Y)
    scores = "mean_test_score"
    assert search.cv_results_[scores].tolist() == alone.cv_results_[scores].tolist()


def test_a_pickle_predicts_the_same_and_has_its_run() -> None:
    est = classifier().fit(X, Y)
    again = pickle.loads(pickle.dumps(est))
    assert np.array_equal(again.predict_proba(X), est.predict_proba(X))
    assert again.run_.parameters.vector.tobytes() == est.run_.parameters.vector.tobytes()
    assert again.explain("b1[0]", at=2).new_value == est.explain("b1[0]", at=2).new_value


def test_a_pickle_goes_on_where_the_other_would() -> None:
    est = classifier(solver="sgd").partial_fit(X, Y, classes=[0, 1, 2])
    again = pickle.loads(pickle.dumps(est))
    for each in (est, again):
        each.partial_fit(X, Y)
    assert np.array_equal(again.coefs_[0], est.coefs_[0])


def test_a_clone_fits_to_the_same_bits() -> None:
    est = classifier(batch_size=16).fit(X, Y)
    assert np.array_equal(clone(est).fit(X, Y).coefs_[0], est.coefs_[0])
    assert cross_val_score(clone(est), X, Y, cv=3).min() > 0.8


# --- what they take ------------------------------------------------------------------------------


def test_frames_of_pandas_and_polars_are_taken_and_their_names_kept() -> None:
    pd = pytest.importorskip("pandas")
    expected = classifier().fit(X, LABELS)
    for frame, labels in (
        (pd.DataFrame(X, columns=NAMES), pd.Series(LABELS, name="species")),
        (pl.DataFrame(X, schema=NAMES), pl.Series("species", LABELS)),
    ):
        est = classifier().fit(frame, labels)
        assert est.feature_names_in_.tolist() == NAMES
        assert np.array_equal(est.coefs_[0], expected.coefs_[0])
        assert est.predict(frame).tolist() == expected.predict(X).tolist()
        assert est.run_.encoding.input_names == tuple(NAMES)
        assert est.run_.source.target == "species"


def test_sparse_rows_give_the_bits_of_dense_ones() -> None:
    sparse = pytest.importorskip("scipy.sparse")
    dense = classifier().fit(X, Y)
    for matrix in (sparse.csr_array(X), sparse.csc_matrix(X)):
        est = classifier().fit(matrix, Y)
        assert np.array_equal(est.coefs_[0], dense.coefs_[0])
        np.testing.assert_allclose(est.predict_proba(matrix), dense.predict_proba(X), rtol=1e-12)


def test_numbers_of_single_precision_stay_so() -> None:
    est = classifier(max_iter=150).fit(X.astype(np.float32), Y)
    assert est.coefs_[0].dtype == est.intercepts_[1].dtype == np.float32
    assert est.run_.settings.dtype == "float32"
    assert est.score(X.astype(np.float32), Y) > 0.9


@pytest.mark.parametrize("activation", ["logistic", "sigmoid", "leaky_relu", "gelu", "softplus"])
def test_activations_go_by_scikit_learns_names_and_by_ours(activation: str) -> None:
    est = classifier(activation=activation, max_iter=150).fit(X, Y)
    assert est.score(X, Y) > 0.9
    ours = "sigmoid" if activation == "logistic" else activation
    assert est.run_.network.activation(1) == ours


def test_several_labels_and_several_numbers_are_learnt_and_have_runs() -> None:
    x, labels = make_multilabel_classification(80, 6, n_classes=3, random_state=0)
    est = classifier(hidden_layer_sizes=20, max_iter=200).fit(x, labels)
    assert est.predict(x).shape == labels.shape
    assert est.score(x, labels) > 0.5
    assert est.trace(x[0], labels[0]).step.lesson.y.tolist() == [labels[0].tolist()]
    sparse = csr_array(labels)
    assert est.gradients(x, sparse).loss == est.gradients(x, labels).loss
    x, y = make_regression(80, 6, n_targets=2, random_state=0)
    numbers = BackpropRegressor(**{**SMALL, "solver": "lbfgs", "max_iter": 300}).fit(x, y)
    assert numbers.score(x, y) > 0.95
    assert numbers.run_.scores["train"]["r2"] == pytest.approx(numbers.score(x, y))


def test_one_class_alone_is_predicted_and_has_a_run() -> None:
    est = classifier().fit(X, np.ones(len(X)))
    assert est.predict(X[:2]).tolist() == [1.0, 1.0]
    assert est.run_.at(1).step == 1


# --- what scikit-learn's cannot ------------------------------------------------------------------


@pytest.mark.parametrize("other", ["", "a "])
def test_classes_that_only_blanks_tell_apart_have_a_run(other: str) -> None:
    est = classifier().fit(X, np.where(Y > 0, "a", other))
    assert est.run_.predict(X).tolist() == [repr(str(label)) for label in est.predict(X)]


def test_the_run_is_a_run_and_its_weights_are_the_estimators() -> None:
    est = classifier(batch_size=40)
    run = est.fit(X, LABELS).run_
    assert run.outcome.status == "finished"
    assert run.outcome.epochs == len(run.history) == est.n_iter_
    assert run.history["loss"].to_list() == est.loss_curve_
    assert np.array_equal(run.parameters.weights[0].T, est.coefs_[0])
    assert run.predict(X).tolist() == est.predict(X).tolist()
    assert run.at(run.outcome.steps).parameters.vector.tobytes() == run.parameters.vector.tobytes()
    assert run.scores["train"]["accuracy"] == est.score(X, LABELS)


@pytest.mark.parametrize(
    "options",
    [
        {"solver": "sgd", "alpha": 2.0},
        {"solver": "sgd", "learning_rate": "invscaling", "alpha": 2.0},
        {"solver": "sgd", "learning_rate": "adaptive", "tol": 0.1, "n_iter_no_change": 1},
        {"solver": "adam", "alpha": 2.0},
    ],
    ids=["sgd", "inverse", "adaptive", "adam"],
)
def test_an_explanation_comes_to_the_new_value_with_penalty_and_weights(
    options: dict[str, Any],
) -> None:
    weights = np.random.default_rng(1).uniform(0.5, 2, len(X))
    est = classifier(batch_size=40, max_iter=60, **options).fit(X, Y, weights)
    last = est.run_.outcome.steps - 1
    for at in (0, 5, last):
        found = est.explain("W1[0,1]", at)
        assert abs(found.rounding) <= 1e-12 * abs(found.value)
        assert len(found.shares) in (40, 30)
        share = "W1[0,1]"
        assert any(line.note == "with weight decay" for line in found.lines), share


def test_a_ledger_adds_up_with_the_penalty_as_its_weight_decay() -> None:
    est = classifier(solver="sgd", batch_size=40, alpha=3.0).fit(X, Y)
    ledger = est.ledger("W2[1,2]")
    assert ledger.opening + sum(ledger.frame["amount"]) == pytest.approx(ledger.closing, rel=1e-9)
    assert abs(ledger.amount("weight decay")) > 1e-3
    assert ledger.closing == est.coefs_[1][2, 1]


def test_the_step_of_partial_fit_is_explained_with_what_was_carried_into_it() -> None:
    est = classifier(solver="sgd", nesterovs_momentum=False, batch_size=150, shuffle=False)
    for _ in range(3):
        est.partial_fit(X, Y, classes=[0, 1, 2])
    found = est.explain("W1[0,0]", at=0)
    assert found.new_value == est.coefs_[0][0, 0]
    assert any(line.note == "carried in" and line.value != 0 for line in found.lines)


def test_a_weight_asked_for_as_scikit_learn_has_it_is_told_as_ours() -> None:
    est = classifier().fit(X, Y)
    for question in (est.explain, est.ledger):
        with pytest.raises(UnknownName, match=r"did you mean 'W1\[5,2\]'\?"):
            question("coefs_[0][2,5]")
    assert est.run_.parameters.weights[0][5, 2] == est.coefs_[0][2, 5]
    assert est.run_.parameters.biases[0][5] == est.intercepts_[0][5]


def test_the_run_is_that_of_the_last_call_alone() -> None:
    est = classifier(batch_size=50, max_iter=4, tol=0.0, warm_start=True).fit(X, Y)
    before = est.coefs_[0][2, 5]
    for _ in range(2):
        before = est.coefs_[0][2, 5]
        est.partial_fit(X, Y)
    assert est.run_.outcome.steps == 3
    ledger = est.ledger("W1[5,2]")
    assert (ledger.opening, ledger.closing) == (before, est.coefs_[0][2, 5])
    est.fit(X, Y)
    assert est.run_.outcome.steps == 12


def test_gradients_are_central_differences_of_the_loss() -> None:
    est = classifier(activation="tanh", alpha=0.7, max_iter=5).fit(X, Y)
    weights = np.random.default_rng(0).uniform(0.5, 2, len(X))
    found = est.gradients(X, Y, weights)
    for arrays, slopes in ((est.coefs_, found.coefs), (est.intercepts_, found.intercepts)):
        for array, slope in zip(arrays, slopes, strict=True):
            place = (0,) * array.ndim
            before, losses = array[place], []
            for step in (1e-5, -1e-5):
                array[place] = before + step
                losses.append(est.gradients(X, Y, weights).loss)
            array[place] = before
            assert slope[place] == pytest.approx((losses[0] - losses[1]) / 2e-5, rel=1e-6)


def test_the_loss_of_gradients_is_that_of_the_next_full_step() -> None:
    est = classifier(solver="sgd", batch_size=150, shuffle=False).fit(X, Y)
    loss = est.gradients(X, Y).loss
    assert est.partial_fit(X, Y).loss_ == pytest.approx(loss, rel=1e-12)


def test_a_trace_shows_one_example_of_the_fitted_network() -> None:
    est = classifier().fit(X, LABELS)
    trace = est.trace(X[60], LABELS[60])
    outputs = [trace[f"a2[{unit}]"].value for unit in range(3)]
    assert outputs == pytest.approx(est.predict_proba(X[60:61])[0].tolist(), rel=1e-12)


def test_a_run_can_be_saved_and_opened(tmp_path: Any) -> None:
    import clearprop as cp

    est = classifier(solver="sgd", learning_rate="adaptive", alpha=0.3, shuffle=False).fit(X, Y)
    est.run_.save(tmp_path / "run")
    opened = cp.open_run(tmp_path / "run").with_data((X, Y.astype(str)))
    assert opened.settings == est.run_.settings
    assert opened.explain("W1[0,0]", at=4).new_value == est.explain("W1[0,0]", at=4).new_value


def test_lbfgs_has_the_weights_and_no_steps() -> None:
    from clearprop.errors import SettingError

    est = classifier(solver="lbfgs").fit(X, Y)
    assert est.run_.outcome.steps == 0
    assert est.run_.predict(X).tolist() == [str(label) for label in est.predict(X)]
    for ask in (est.explain, est.ledger):
        with pytest.raises(SettingError, match="a fit by lbfgs has no update to explain"):
            ask("W1[0,0]")


def test_held_out_rows_to_stop_by_are_those_of_the_run() -> None:
    est = classifier(early_stopping=True, validation_fraction=0.2, max_iter=200).fit(X, Y)
    run = est.run_
    assert len(run.split.validation) == 30
    assert len(est.validation_scores_) == est.n_iter_ == run.outcome.epochs
    assert run.history["score"].to_list() == est.validation_scores_
    assert max(est.validation_scores_) == est.best_validation_score_
    kept = run.at(run.outcome.step).parameters
    assert np.array_equal(kept.weights[0].T, est.coefs_[0])


# --- what does not fit ---------------------------------------------------------------------------


def test_numbers_that_overflow_end_in_a_sentence() -> None:
    x, y = load_diabetes(return_X_y=True)
    with pytest.raises(ValueError, match=r"^training broke in step \d+: .* became .*; scale"):
        BackpropRegressor(**SMALL).fit(x * 1e200, y)


def test_other_classes_do_not_go_with_a_warm_start() -> None:
    est = classifier(warm_start=True).fit(X, Y)
    with pytest.raises(ValueError, match=r"classes of the previous fit, \[0 1 2\], but y has"):
        est.fit(X[:100], Y[:100])
    with pytest.raises(ValueError, match=r"y has the classes \[3\], which are none of classes_"):
        classifier().fit(X, Y).partial_fit(X, Y + 1)


@pytest.mark.parametrize(
    ("init", "sentence"),
    [
        (([],), "a pair"),
        (([np.ones((4, 6))], [np.ones(6)]), "the coefs of init must have the shapes"),
        (
            ([np.ones((4, 6)), np.full((6, 3), np.nan)], [np.ones(6), np.ones(3)]),
            "not finite",
        ),
    ],
)
def test_starting_weights_that_do_not_fit_are_refused(init: Any, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        classifier(init=init).fit(X, Y)


@pytest.mark.parametrize("sizes", [(5, 0), (2.5,), "ab", [None], -3])
def test_layers_without_units_are_refused(sizes: Any) -> None:
    with pytest.raises(ValueError, match="hidden_layer_sizes"):
        classifier(hidden_layer_sizes=sizes).fit(X, Y)


def test_weights_of_other_layers_cannot_be_gone_on_with() -> None:
    est = classifier(warm_start=True).fit(X, Y).set_params(hidden_layer_sizes=(5,))
    with pytest.raises(ValueError, match="the weights to go on with must have") as raised:
        est.fit(X, Y)
    assert str(raised.value).endswith(
        "; keep hidden_layer_sizes as they were, or fit anew with warm_start=False"
    )


def test_a_warm_start_that_gets_no_better_keeps_the_best_weights_of_before() -> None:
    est = classifier(early_stopping=True, warm_start=True, max_iter=100).fit(X, Y)
    best = est.coefs_[0].copy()
    est.set_params(learning_rate_init=50.0, max_iter=3).fit(X, Y)
    assert est.best_validation_score_ == max(est.validation_scores_)
    assert np.array_equal(est.coefs_[0], best)


def test_a_fit_that_failed_leaves_nothing_to_predict_with() -> None:
    x, y = load_diabetes(return_X_y=True)
    est = BackpropRegressor(**SMALL)
    with pytest.raises(ValueError, match="training broke"):
        est.fit(x * 1e200, y)
    with pytest.raises(NotFittedError):
        est.predict(x)


def test_questions_before_a_fit_and_about_other_classes_are_refused() -> None:
    with pytest.raises(NotFittedError):
        classifier().explain("W1[0,0]")
    est = classifier().fit(X, LABELS)
    with pytest.raises(ValueError, match="none of classes_"):
        est.trace(X[0], "tulip")
    with pytest.raises(ValueError, match="X has 3 features, but BackpropClassifier is"):
        est.trace(X[0, :3], "setosa")


def test_examples_that_are_asked_about_are_checked_as_those_to_predict() -> None:
    frame = pd.DataFrame(X, columns=NAMES)
    est = classifier().fit(frame, LABELS)
    loss = est.gradients(frame, LABELS).loss
    losses = [est.trace(row, "setosa")["L"].value for row in (frame.iloc[0], frame[:1])]
    assert losses[0] == losses[1]
    plain = classifier().fit(X, LABELS)
    assert plain.gradients(csr_array(X), LABELS).loss == loss
    for ask in (est.predict, lambda x: est.gradients(x, LABELS), lambda x: est.trace(x, LABELS)):
        with pytest.raises(ValueError, match="in the same order as they were in fit"):
            ask(frame[NAMES[::-1]])
        with pytest.raises(ValueError, match="Input X contains NaN"):
            ask(frame.where(frame != frame.iloc[0, 0]))


@pytest.mark.parametrize(
    ("weights", "sentence"),
    [
        (np.ones(3), r"sample_weight.shape == \(3,\), expected \(150,\)"),
        (-np.ones(150), "the sample weights must sum to more than 0, not -150"),
    ],
)
def test_sample_weights_of_gradients_that_do_not_fit_are_refused(
    weights: Any, sentence: str
) -> None:
    est = classifier(max_iter=2).fit(X, Y)
    with pytest.raises(ValueError, match=sentence):
        est.gradients(X, Y, weights)


def test_an_interrupted_fit_keeps_what_was_learnt() -> None:
    import signal

    class Stopped(BackpropClassifier):
        def _told(self, progress: Any) -> None:
            if progress.step > 3:
                signal.raise_signal(signal.SIGINT)

    est = Stopped(**{**SMALL, "max_iter": 5000, "tol": 0.0})
    with pytest.warns(UserWarning, match="interrupted by hand"):
        est.fit(X, Y)
    assert 3 < est.n_iter_ < 5000
    assert est.run_.outcome.status == "interrupted"
    assert est.score(X, Y) > 0.3


def test_a_target_of_a_columns_name_leaves_the_columns_theirs() -> None:
    frame = pl.DataFrame(X, schema=["x", "y", "z", "w"])
    table = classifier().fit(frame, Y).run_.table
    assert table.frame.columns == ["x", "y", "z", "w", "y_"]
    assert table.target == "y_"


def test_a_fit_that_has_not_converged_says_so() -> None:
    for solver in ("adam", "lbfgs"):
        with pytest.warns(ConvergenceWarning, match="not converged") as told:
            classifier(solver=solver, max_iter=2).fit(X, Y)
        assert "take a larger max_iter" in str(told[0].message)
        assert told[0].filename == __file__  # it points at the line that called fit
