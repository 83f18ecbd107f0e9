"""A training begins with the weights of a lesson, of parameters in memory, or of a file."""

import numpy as np
import polars as pl
import pytest

import clearprop as cp
from clearprop.errors import SettingError
from clearprop.interop.exchange.reading import lesson_with
from clearprop.network.lesson import lesson_toml
from clearprop.training.scoring import outputs_of


def parameters_of(layers, activations, biases=True):
    network = cp.Network(layers, activations, biases)
    vector = np.random.default_rng(6).normal(0, 0.3, network.parameter_count)
    return cp.Parameters(network, vector)


MIXED = parameters_of([4, 5, 6, 3], ["relu", "tanh", "softmax"], [False, True, True])


def test_the_network_is_the_one_given_and_takes_the_columns_as_they_are():
    run = cp.train("iris", init=MIXED, epochs=3)
    assert run.network == MIXED.network
    assert run.at(0).parameters.vector.tolist() == MIXED.vector.tolist()
    frame = run.data().frame
    x = frame.drop("species").to_numpy()
    np.testing.assert_allclose(
        run.predict_probabilities(frame), outputs_of(run.parameters, x), atol=1e-12
    )
    assert run.learning.loss == "cross_entropy"
    assert run.scores["test"]["loss"] < 1.2


def test_a_run_that_began_so_can_be_recorded_resumed_and_gone_on_from(tmp_path):
    path = tmp_path / "mixed.toml"
    path.write_text(lesson_toml(lesson_with(MIXED)), "utf-8")
    run = cp.train("iris", init=path, epochs=2, out=tmp_path / "run")
    opened = cp.open_run(tmp_path / "run")
    assert opened.init == str(path)
    assert opened.predict("iris").tolist() == run.predict("iris").tolist()
    further = cp.train("iris", init=opened, epochs=1)
    assert further.network == MIXED.network
    assert further.at(0).parameters.vector.tolist() == run.parameters.vector.tolist()


def test_numbers_are_learnt_in_their_own_units():
    frame = pl.DataFrame({"a": [0.0, 1.0, 2.0, 3.0], "b": [1.0, 0.0, 1.0, 0.0],
                          "y": [1.0, 2.5, 3.0, 4.5]})  # fmt: skip
    start = cp.Parameters.of(cp.Network([2, 1], "identity"), [[[1.0, 0.5]]], [[0.5]])
    run = cp.train(frame, target="y", init=start, epochs=1, test_size=0, rate=1e-12)
    assert run.predict(frame) == pytest.approx([1.0, 1.5, 3.0, 3.5])


def test_a_module_of_pytorch_is_trained_on(torch):
    nn = torch.nn
    torch.manual_seed(0)
    module = nn.Sequential(nn.Linear(2, 6), nn.SiLU(), nn.Linear(6, 1), nn.Sigmoid())
    run = cp.train("moons", init=cp.from_torch(module), epochs=30, rate=0.02)
    assert run.learning.loss == "binary_cross_entropy"
    assert run.scores["test"]["accuracy"] > 0.8


def refused(**options):
    with pytest.raises(SettingError) as raised:
        cp.train("iris", init=MIXED, epochs=1, **options)
    return str(raised.value)


def test_what_does_not_fit_the_network_is_refused():
    assert refused(hidden=[3]) == "--hidden is the network's own with --init LESSON; leave it out"
    assert refused(activation="relu").startswith("--activation is the network's own")
    assert refused(drop=["petal width (cm)"]) == (
        "the network of parameters in memory has 4 inputs and 3 outputs, but this data with the"
        " loss cross_entropy needs 3 and 3"
    )
    assert refused(impute=True).startswith("--impute fills in the mean of a scaled column")
    assert "binary_cross_entropy" in refused(loss="binary_cross_entropy")
