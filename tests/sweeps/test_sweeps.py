"""Sweeps as Python offers them: what a row says, and that it says the same under `train`."""

import signal

import numpy as np
import polars as pl
import pytest

import clearprop as cp
from clearprop.errors import ClearpropError
from clearprop.network.initializers import initialize
from clearprop.render.histogram import histogram_lines, histogram_svg
from clearprop.sweeps.one_by_one import OneTraining
from clearprop.sweeps.planning import planned_sweep
from clearprop.sweeps.sweep import wilson
from clearprop.training.choices import Wishes
from sweeps.plain_lanes import in_plain_python

XOR = {"hidden": [2], "rate": 0.05, "epochs": 120}
FIGURES = pl.col("converged", "epoch", "loss", "stuck", "diverged")


# --- a row is a training -------------------------------------------------------------------------


@pytest.mark.parametrize("strict", [True, False])
def test_a_row_is_what_train_gives_with_its_settings(strict):
    goal = {"goal": 0.3} if strict else {}  # the goal of the next test, and so its program
    sweep = cp.sweep("xor", **XOR, **goal, seeds=range(20, 26), strict=strict)
    assert sweep.engine == f"lanes, {'strict' if strict else 'fast'}"
    for place, row in enumerate(sweep.frame.iter_rows(named=True)):
        run = cp.train("xor", **sweep.settings(place))
        assert run.settings.seed == row["seed"] == 20 + place
        loss = run.history["held_out_loss"][-1]  # of the training rows: xor holds none out
        assert row["loss"] == (loss if strict else pytest.approx(loss, rel=1e-9))
        assert row["accuracy"] == run.history["score"][-1]


def test_it_has_converged_after_the_first_epoch_whose_loss_reaches_the_goal():
    sweep = cp.sweep("xor", **XOR, goal=0.3, seeds=12, strict=True)
    assert 0 < sweep.summary.converged < 12
    for place, row in enumerate(sweep.frame.iter_rows(named=True)):
        reached = cp.train("xor", **sweep.settings(place)).history.filter(
            pl.col("held_out_loss") <= 0.3
        )
        assert row["epoch"] == (reached["epoch"][0] if len(reached) else None)


@pytest.mark.parametrize("options", [{}, {"test_size": 0.0}, {"clip_norm": 0.5, "dropout": 0.1}])
def test_rows_of_larger_data_are_what_train_gives_too(options):
    given = {"hidden": [3], "epochs": 12, "strict": True, **options}
    sweep = cp.sweep("iris", **given, seeds=3)
    assert sweep.engine == "one network after another"
    for place, row in enumerate(sweep.frame.iter_rows(named=True)):
        run = cp.train("iris", **sweep.settings(place))
        assert row["loss"] == pytest.approx(run.scores["train"]["loss"], rel=1e-12)
        assert row["accuracy"] == run.scores["train"]["accuracy"]
        if "test_size" not in options:
            assert row["held_out_loss"] == run.history["held_out_loss"][-1]
            assert row["held_out_accuracy"] == run.scores["test"]["accuracy"]


def test_larger_networks_converge_when_all_outputs_are_near_their_targets():
    sweep = cp.sweep("xor", hidden=[20], rate=0.05, epochs=60, seeds=5, strict=True)
    assert sweep.engine == "one network after another"
    assert sweep.summary.converged == 5
    for place, row in enumerate(sweep.frame.iter_rows(named=True)):
        options = {**sweep.settings(place), "epochs": row["epoch"]}
        near, before = (cp.train("xor", **{**options, "epochs": row["epoch"] - k}) for k in (0, 1))
        assert worst(near) < 0.4 <= worst(before)


def worst(run):
    """Return the largest distance of an output of xor from its target."""
    probabilities = run.predict_probabilities([[0, 0], [0, 1], [1, 0], [1, 1]])
    return np.abs(probabilities[:, 1] - [0, 1, 1, 0]).max()


# --- how often XOR is stuck ----------------------------------------------------------------------


def xor_by_hand(seeds, epochs, rate, momentum):
    """Train 2-2-1 sigmoid networks on XOR in plain NumPy, all seeds at once.

    Squared error, averaged over the four rows, with momentum. Return the epochs after which each
    had all outputs less than 0.4 from their targets, NaN where it never had.
    """
    network = cp.Network([2, 2, 1])
    starts = [initialize(network, "glorot_uniform", seed) for seed in seeds]
    first = np.stack([one.weights[0] for one in starts])  # (seeds, 2, 2)
    last = np.stack([one.weights[1] for one in starts])  # (seeds, 1, 2)
    parameters = [first, np.zeros((len(seeds), 2)), last, np.zeros((len(seeds), 1))]
    steps = [np.zeros_like(one) for one in parameters]
    x = np.array([[-1.0, -1], [-1, 1], [1, -1], [1, 1]])  # 0 and 1, scaled
    y = np.array([0.0, 1, 1, 0])
    found = np.full(len(seeds), np.nan)
    for epoch in range(epochs + 1):
        w1, b1, w2, b2 = parameters
        h = 1 / (1 + np.exp(-(np.einsum("sui,ki->sku", w1, x) + b1[:, None])))
        out = 1 / (1 + np.exp(-(np.einsum("su,sku->sk", w2[:, 0], h) + b2)))
        found[np.isnan(found) & (np.abs(out - y) < 0.4).all(axis=1)] = epoch
        delta = -2 * (y - out) / 4 * out * (1 - out)
        below = delta[:, :, None] * w2 * h * (1 - h)
        gradients = [
            np.einsum("sku,ki->sui", below, x),
            below.sum(axis=1),
            np.einsum("sk,sku->su", delta, h)[:, None],
            delta.sum(axis=1, keepdims=True),
        ]
        steps = [momentum * s - rate * g for s, g in zip(steps, gradients, strict=True)]
        parameters = [p + s for p, s in zip(parameters, steps, strict=True)]
    return found


def test_xor_is_stuck_as_often_as_an_independent_simulation_says():
    seeds, epochs = range(400), 500
    sweep = cp.sweep(
        [2, 2, 1], "xor", activation="sigmoid", loss="squared_error", optimizer="momentum",
        rate=0.5, momentum=0.9, epochs=epochs, seeds=seeds,
    )  # fmt: skip
    expected = xor_by_hand(seeds, epochs, 0.5, 0.9)
    assert sweep.frame["converged"].to_list() == np.isfinite(expected).tolist()
    assert sweep.summary.low < np.isfinite(expected).mean() < sweep.summary.high
    assert 0.5 < sweep.summary.share < 0.9
    reached = np.isfinite(expected)
    np.testing.assert_array_equal(sweep.frame["epoch"].drop_nulls(), expected[reached])


# --- no option is for nothing --------------------------------------------------------------------

CHANGES = {
    "widths": {"widths": [3], "hidden": None},
    "rates": {"rates": [0.4], "rate": None},
    "momenta": {"momenta": [0.2]},
    "activation": {"activation": "sigmoid"},
    "loss": {"loss": "squared_error"},
    "reduction": {"reduction": "sum"},
    "optimizer": {"optimizer": "nesterov"},
    "rate": {"rate": 0.4},
    "momentum": {"momentum": 0.2},
    "weight_decay": {"weight_decay": 0.1},
    "batch_size": {"batch_size": 3},
    "epochs": {"epochs": 5},
    "test_size": {"test_size": 0.25},
    "dtype": {"dtype": "float32"},
    "initializer": {"initializer": "he_normal"},
    "frozen": {"frozen": ["w1"]},
    "schedule": {"schedule": "cosine"},
    "decay_factor": {"schedule": "exponential", "decay_factor": 0.5},
    "decay_every": {"schedule": "step", "decay_every": 2},
    "warmup": {"warmup": 2},
    "clip_norm": {"clip_norm": 0.01},
    "dropout": {"dropout": 0.5},
    "seeds": {"seeds": "5:8"},
    "goal": {"goal": 0.8},
}


@pytest.mark.parametrize("changed", CHANGES.values(), ids=CHANGES.keys())
def test_every_option_changes_what_comes_out(changed, monkeypatch):
    in_plain_python(monkeypatch)
    options = {"hidden": [2], "optimizer": "momentum", "rate": 0.3, "epochs": 4, "seeds": 3}
    before = cp.sweep("xor", **options).frame
    after = cp.sweep("xor", **{**options, **changed}).frame
    assert not before.select(FIGURES).equals(after.select(FIGURES))


def test_sample_weights_change_what_comes_out():
    frame = pl.DataFrame(
        {"a": [0, 1, 0, 1], "b": [0, 0, 1, 1], "y": list("nyyn"), "c": [1, 2, 3, 4]}
    )
    given = {"target": "y", "hidden": [2], "epochs": 4, "seeds": 2, "test_size": 0.0}
    weighted = cp.sweep(frame, **given, sample_weight="c").frame
    assert not weighted["loss"].equals(cp.sweep(frame, **given, drop=["c"]).frame["loss"])


def test_threads_change_nothing_but_the_time():
    one, two = (cp.sweep("xor", **XOR, seeds=700, threads=threads) for threads in (1, 2))
    assert one.frame.equals(two.frame)


# --- grids, networks, data -----------------------------------------------------------------------


def test_a_grid_has_a_row_for_each_point_and_seed(monkeypatch):
    in_plain_python(monkeypatch)
    sweep = cp.sweep(
        "xor", widths=[2, 3], rates=[0.1, 0.5], momenta=[0.0, 0.9], optimizer="momentum",
        epochs=3, seeds="4:6",
    )  # fmt: skip
    assert sweep.grid == ("width", "rate", "momentum")
    assert len(sweep) == 16
    assert sweep.frame["seed"].to_list() == [4, 5] * 8
    assert sweep.frame["width"].to_list() == [2] * 8 + [3] * 8
    alone = cp.sweep("xor", hidden=[3], rate=0.5, momentum=0.9, optimizer="momentum", epochs=3,
                     seeds="4:6")  # fmt: skip
    assert sweep.frame.tail(2).select(FIGURES).equals(alone.frame.select(FIGURES))
    assert [len(rows) for _, rows in sweep.cells()] == [2] * 8
    assert sweep.command(-1) == (
        "clearprop train xor --hidden 3 --optimizer momentum --rate 0.5 --momentum 0.9"
        " --epochs 3 --seed 5"
    )


def test_a_network_may_be_given_first(monkeypatch):
    in_plain_python(monkeypatch)
    options = {"epochs": 3, "seeds": 2}
    by_name = cp.sweep("xor", hidden=[2], activation="sigmoid", **options).frame
    assert cp.sweep(cp.Network([2, 2, 1]), "xor", **options).frame.equals(by_name)
    x, y = [[0, 0], [0, 1], [1, 0], [1, 1]], ["0", "1", "1", "0"]
    pair = cp.sweep([2, 2, 1], (x, y), activation="sigmoid", test_size=0.0, **options)
    assert len(pair) == 2
    assert pair.command(1).startswith("cp.train(data, hidden=[2], activation='sigmoid'")


def test_ctrl_c_keeps_what_is_finished():
    whole = cp.sweep("xor", **XOR, seeds=3000)

    asked = []

    def interrupt(progress):
        if progress.done > 500 and not asked:
            asked.append(True)
            signal.raise_signal(signal.SIGINT)

    sweep = cp.sweep("xor", **XOR, seeds=300_000, progress=interrupt)
    assert sweep.interrupted
    assert 0 < len(sweep) < 300_000
    both = sweep.frame.join(whole.frame, on="seed", how="semi").sort("seed")
    assert len(both)
    assert both.equals(whole.frame.join(both, on="seed", how="semi").sort("seed"))


def test_ctrl_c_is_heard_within_an_epoch():
    x = np.random.default_rng(0).normal(size=(4000, 3))
    labels = np.where(x.sum(axis=1) > 0, "a", "b")
    plan = planned_sweep((x, labels), Wishes(hidden=(20,), epochs=3, batch_size=1), seeds=1)
    told = []
    found = OneTraining.of(plan, 0, 0).carry_out(lambda: sum(told) > 0.001, told.append)
    assert found is None
    assert sum(told) < 1 / 3


def test_a_diverged_row_has_no_figures(monkeypatch):
    in_plain_python(monkeypatch)
    options = {"activation": "relu", "loss": "squared_error", "optimizer": "gradient_descent"}
    frame = cp.sweep("xor", hidden=[2], **options, rate=1e300, epochs=5, seeds=2).frame
    assert frame["diverged"].all()
    assert not (frame["stuck"] | frame["converged"]).any()
    assert frame.select("epoch", "loss", "accuracy").null_count().row(0) == (2, 2, 2)


# --- the sum of it -------------------------------------------------------------------------------


def test_wilson_interval_is_that_of_the_textbook():
    # Newcombe 1998, Statistics in Medicine 17, table I: 81 of 263, 15 of 148
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson(15, 148) == pytest.approx((0.0624, 0.1605), abs=5e-5)
    assert wilson(0, 20) == pytest.approx((0.0, 0.1611), abs=5e-5)


def test_the_summary_counts_the_rows():
    sweep = cp.sweep("xor", **XOR, seeds=60)
    summary, frame = sweep.summary, sweep.frame
    assert summary.networks == 60
    assert summary.converged == frame["epoch"].count() == frame["converged"].sum()
    assert summary.epochs[2] == frame["epoch"].median()
    assert summary.losses[2] == frame["loss"].median()


def test_stuck_is_a_loss_that_no_longer_falls():
    assert cp.sweep("xor", hidden=[2], rate=1e-6, epochs=20, seeds=3).frame["stuck"].all()
    sweep = cp.sweep("xor", hidden=[2], rate=0.05, epochs=60, seeds=9)
    for place, stuck in enumerate(sweep.frame["stuck"]):
        losses = cp.train("xor", **sweep.settings(place)).history["held_out_loss"]
        fell = (losses[53] - losses[59]) / losses[53]  # the last tenth: from epoch 54 to 60
        assert stuck == (fell < 0.01 and not sweep.frame["converged"][place])
    assert 0 < sweep.summary.stuck < 9


def test_the_frame_is_written_as_csv_and_parquet(tmp_path):
    sweep = cp.sweep("xor", **XOR, seeds=5)
    assert pl.read_parquet(sweep.write(tmp_path / "a.parquet")).equals(sweep.frame)
    assert len(pl.read_csv(sweep.write(tmp_path / "a.csv"))) == 5


def test_the_histogram_holds_every_network():
    epochs = [1, 1, 7, 30, 31, 480]
    lines = histogram_lines(epochs, never=4)
    assert sum(int(line.split()[-1]) for line in lines) == 10
    assert lines[-1].split()[0] == "never"
    svg = histogram_svg(epochs, 4, "xor")
    assert svg.count("<title>") == 1 + 3 + 1  # of the picture, three bars, and the last one
    assert "4 networks never converged" in svg
    assert "never" not in histogram_svg(epochs, 0, "xor").split("</style>")[-1]
    assert histogram_svg([], 3, "xor")


# --- what does not fit ---------------------------------------------------------------------------

RANGE = (
    "seeds must be a count of at least 1, or a range such as 100:200, which ends before 200, not "
)
NO_MOMENTUM = (
    "momentum is a constant of momentum and nesterov, and the optimizer is adam;"
    " add --optimizer momentum"
)
MISTAKES = [
    ({"seeds": 0}, f"{RANGE}0"),
    ({"seeds": "9:3"}, f"{RANGE}'9:3'"),
    ({"seeds": "some"}, f"{RANGE}'some'"),
    ({"rates": []}, "rates must be a list with at least one number, not []"),
    ({"rates": [0.1, "fast"]}, "rates must be a list of numbers, and 'fast' is none"),
    ({"rates": [0.1, 0.1]}, "rates has 0.1 twice; give each value once"),
    ({"rates": [0.1], "rate": 0.2}, "rates were given, and rate too; leave out one of them"),
    ({"widths": [2], "hidden": [2]}, "widths were given, and hidden too; leave out one of them"),
    ({"momenta": [0.5]}, NO_MOMENTUM),
    ({"widths": [0]}, "hidden layer 1 must have a whole number of at least 1 unit, not 0"),
    ({"goal": 0}, "goal must be a training loss, a number above 0, not 0"),
    ({"threads": 0}, "threads must be a whole number of at least 1, not 0"),
    ({"seeds": 20_000_000}, "this sweep has 20,000,000 networks; at most 10,000,000 are allowed"),
]


@pytest.mark.parametrize(("options", "sentence"), MISTAKES)
def test_a_mistake_is_told_in_a_sentence(options, sentence):
    with pytest.raises(ClearpropError) as told:
        cp.sweep("xor", **{"epochs": 3, "seeds": 2, **options})
    assert str(told.value) == sentence


def test_mistakes_about_network_and_data_are_told():
    def told(*given, **options):
        with pytest.raises(ClearpropError) as error:
            cp.sweep(*given, seeds=2, epochs=2, **options)
        return str(error.value)

    assert told([3, 2, 1], "xor") == (
        "the network given is 3-2-1, but this data needs 2 inputs and 1 outputs: 2-2-1"
    )
    assert told(cp.Network([2, 2, 1], biases=False), "xor") == (
        "a sweep's networks have biases in all layers, outputs of sigmoid, and no names or"
        " constants of their own; the network given differs in one of these"
    )
    assert told([2, 2, 1], "xor", hidden=[2]) == (
        "a network was given, and hidden too; leave out one of them"
    )
    assert told("diabetes") == (
        "the target 'progression' is numbers, so say which training loss counts as converged, as"
        " in --goal 0.05"
    )
