"""Modules as loops use them: shared activations, parts that are called alone, copies of a model."""

import copy
import io
import pickle

import pytest
import torch
from torch import nn
from torch.nn.utils import prune

from interop.loops import bits, setting, trained

BATCHES = [slice(start, start + 8) for start in range(0, 40, 8)]


def update(optimizer, loss):
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()


def with_one_activation():
    shared = nn.Tanh()
    return nn.Sequential(nn.Linear(4, 5), shared, nn.Linear(5, 5), shared, nn.Linear(5, 3), shared)


def with_one_activation_and_dropout():
    shared, dropped = nn.ReLU(), nn.Dropout(0.25)
    return nn.Sequential(nn.Linear(4, 5), shared, dropped, nn.Linear(5, 3), shared, dropped)


@pytest.mark.parametrize("make", [with_one_activation, with_one_activation_and_dropout])
def test_an_activation_that_stands_in_several_places_is_gone_through_in_each(make):
    torch.manual_seed(3)
    model = make()
    plain, _ = trained("adam", watched=False, model=copy.deepcopy(model))
    watched, run = trained("adam", model=copy.deepcopy(model))
    assert bits(watched) == bits(plain)
    for name in ("W1[2,1]", "W2[1,3]"):
        ledger = run.ledger(name)
        assert ledger.sources["visits"].sum() == 15 * 8
        assert "not by example" not in ledger.frame["entry"].to_list()


@pytest.mark.parametrize("pruned", ["weight", "bias"])
def test_a_layer_that_is_pruned_is_decomposed_as_far_as_the_optimizer_goes(pruned):
    def with_a_pruned_layer():
        model = setting()[0]
        prune.l1_unstructured(model[0], pruned, 2)
        return model

    plain, _ = trained("adam", watched=False, model=with_a_pruned_layer())
    watched, run = trained("adam", model=with_a_pruned_layer())
    assert bits(watched) == bits(plain)
    left = watched[0].get_buffer(f"{pruned}_mask").nonzero()[0].tolist()
    ledger = run.ledger(f"0.{pruned}_orig{left}")
    assert "not by example" in ledger.frame["entry"].to_list()
    assert run.ledger("2.weight[1,3]").sources["visits"].sum() == 15 * 8


def heads(model, optimizer, loss, x, y):
    """Train the last layer alone, on what comes out of the others."""
    for batch in BATCHES:
        with torch.no_grad():
            features = model[:2](x[batch])
        update(optimizer, loss(model[2](features), y[batch]))


def test_a_last_layer_that_is_called_alone_is_recorded_as_a_whole():
    plain, _ = trained("momentum", watched=False, epoch=heads)
    watched, run = trained("momentum", epoch=heads)
    assert bits(watched) == bits(plain)
    found = run.explain("2.weight[1,3]", at=7)
    assert found.new_value == run.at(8).parameters["2.weight"][1, 3]
    assert run.at(15).parameters["2.weight"].tolist() == plain[2].weight.tolist()


class ByName(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(4, 5), nn.Tanh())
        self.out = nn.Linear(5, 3)

    def forward(self, x):
        return self.out(input=self.layers[1](input=self.layers[0](input=x)))


def test_layers_that_are_given_their_input_by_name_are_recorded_by_example():
    model = ByName()
    plain, _ = trained(watched=False, model=copy.deepcopy(model))
    watched, run = trained(model=model)
    assert bits(watched) == bits(plain)
    for name in ("layers.0.weight[2,1]", "out.weight[1,3]"):
        assert run.ledger(name).sources["visits"].sum() == 15 * 8


def saved_and_loaded(model):
    file = io.BytesIO()
    torch.save(model, file)
    assert len(file.getvalue()) < 20_000  # and not what was recorded
    file.seek(0)
    return torch.load(file, weights_only=False)


@pytest.mark.parametrize(
    "copied", [copy.deepcopy, saved_and_loaded, lambda m: pickle.loads(pickle.dumps(m))]
)
def test_a_copy_of_a_watched_model_is_not_watched(copied, tmp_path):
    def twins(model, optimizer, loss, x, y):
        twin = copied(model)
        beside = torch.optim.SGD(twin.parameters(), lr=0.3)
        for batch in BATCHES:
            update(beside, loss(twin(x[batch] + 1), y[batch]))
            update(optimizer, loss(model(x[batch]), y[batch]))

    plain, _ = trained(epoch=twins, watched=False)
    watched, run = trained(epoch=twins, out=tmp_path / "run")
    assert bits(watched) == bits(plain)
    assert run.history["examples"].to_list() == [8] * 15
    assert (tmp_path / "run" / "rows" / "float64-4.rows").stat().st_size == 40 * 4 * 8
