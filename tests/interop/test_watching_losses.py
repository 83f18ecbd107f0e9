"""Which losses are those of a step, and what is said where none is heard; what examples are."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

import clearprop as cp
from clearprop.errors import SettingError, UnknownName
from clearprop.interop.watching.beside import UNHEARD
from clearprop.interop.watching.pages import step_facts
from interop.loops import bits, setting, trained

BATCHES = [slice(start, start + 8) for start in range(0, 40, 8)]


def update(optimizer, loss):
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()


# --- what a step went by -------------------------------------------------------------------------


def test_a_loss_that_nothing_was_stepped_on_is_not_that_of_a_step():
    def validated(model, optimizer, loss, x, y):
        for batch in BATCHES:
            update(optimizer, loss(model(x[batch]), y[batch]))
            loss(model(x), y)  # without no_grad

    _, run = trained(epoch=validated)
    _, plain = trained()
    assert run.history.equals(plain.history)


def test_a_batch_that_is_passed_over_after_its_loss_is_not_of_the_next_step():
    told = []

    def epoch(model, optimizer, loss, x, y):
        for number, batch in enumerate(BATCHES):
            value = loss(model(x[batch]), y[batch])
            if number % 2:
                continue
            update(optimizer, value)
            told.append(value.item())

    _, run = trained(epoch=epoch)
    assert run.history["loss"].to_list() == told


def test_a_pass_that_was_thrown_away_takes_its_loss_along():
    told = []

    def epoch(model, optimizer, loss, x, y):
        for batch in BATCHES:
            loss(model(x), y).backward()
            value = loss(model(x[batch]), y[batch])
            update(optimizer, value)
            told.append(value.item())

    for model in (None, nn.Sequential(nn.Unflatten(1, (1, 4)), nn.Conv1d(1, 3, 4), nn.Flatten())):
        told.clear()
        _, run = trained(epoch=epoch, model=model)
        assert run.history["loss"].to_list() == told


class TwoHeads(nn.Module):
    def __init__(self):
        super().__init__()
        self.body, self.one, self.other = nn.Linear(4, 5), nn.Linear(5, 3), nn.Linear(5, 3)

    def forward(self, x):
        inner = torch.relu(self.body(x))
        return self.one(inner), self.other(inner)


def test_two_parts_of_one_loss_count_by_their_slopes_and_show_says_so():
    told = []

    def epoch(model, optimizer, loss, x, y):
        for batch in BATCHES:
            one, other = model(x[batch])
            value = loss(one, y[batch]) + 0.5 * loss(other, 2 - y[batch])
            update(optimizer, value)
            told.append(value.item())

    _, run = trained(epoch=epoch, model=TwoHeads())
    assert run.history["loss"].to_list() == pytest.approx(told, rel=1e-14)
    fact = dict(step_facts(run.at(3).following, set()))["next step"]
    assert "(of 2 parts, each times its slope) on 8 rows" in fact


def test_halves_of_a_batch_that_are_added_up_have_the_mean_of_their_losses():
    def epoch(model, optimizer, loss, x, y):
        optimizer.zero_grad()
        for half in (slice(0, 20), slice(20, 40)):
            (loss(model(x[half]), y[half]) / 2).backward()
        optimizer.step()

    _, run = trained(epoch=epoch)
    model, _, loss, x, y = setting()
    halves = [loss(model(x[half]), y[half]).item() for half in (slice(0, 20), slice(20, 40))]
    assert run.history["loss"][0] == sum(halves) / 2
    assert "parts" not in dict(step_facts(run.at(0).following, set()))["next step"]


# --- losses that are not heard -------------------------------------------------------------------

CALLED_AS = F.cross_entropy


def by_another_name(loss, out, y):
    return CALLED_AS(out, y)


def by_forward(loss, out, y):
    return loss.forward(out, y)


def one_by_one(loss, out, y):
    return loss(out, y).mean()


UNHEARD_LOSSES = {
    "a function by another name": (F.cross_entropy, by_another_name),
    "a lambda": (lambda out, y: F.nll_loss(F.log_softmax(out, 1), y), by_another_name),
    "forward": (nn.CrossEntropyLoss(), by_forward),
    "reduction none": (nn.CrossEntropyLoss(reduction="none"), one_by_one),
    "another module": (nn.MSELoss(), by_another_name),
    "a model": (nn.Sequential(nn.Linear(2, 2)), by_another_name),
}


@pytest.mark.parametrize("how", UNHEARD_LOSSES)
def test_a_loss_that_is_not_heard_is_told_once_and_never_searched(how):
    loss, called = UNHEARD_LOSSES[how]
    model, optimizer, _, x, y = setting()

    def watched():
        with cp.torch.watch(model, optimizer, loss) as run:
            for batch in BATCHES:
                update(optimizer, called(loss, model(x[batch]), y[batch]))
        return run

    with pytest.warns(RuntimeWarning) as told:
        run = watched()
    assert [str(each.message) for each in told] == [f"clearprop: {UNHEARD}"]
    assert run.outcome.note == UNHEARD
    sentence = "the loss is not recorded" if how == "a lambda" else "no loss was recorded: what is"
    with pytest.raises(SettingError, match=sentence):
        run.find("loss < 0.69")
    assert run.explain("W1[0,0]", at=2).shares.height == 8


# --- examples ------------------------------------------------------------------------------------


class OfDictionaries(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(4, 3)

    def forward(self, batch):
        return self.layer(batch["x"])


def test_rows_in_a_dictionary_are_counted():
    model, optimizer, loss, x, y = setting(model=OfDictionaries())
    with cp.torch.watch(model, optimizer, loss) as run:
        for batch in BATCHES:
            update(optimizer, loss(model({"x": x[batch]}), y[batch]))
    assert run.history["examples"].to_list() == [8] * 5
    assert run.explain("W1[0,0]", at=2).shares["row"].sort().to_list() == [*range(16, 24)]


def test_rows_that_the_model_is_not_called_with_are_not_known():
    model, optimizer, loss, x, y = setting()
    with cp.torch.watch(model, optimizer, loss) as run:
        update(optimizer, loss(model(x[:8]), y[:8]))
        update(optimizer, loss(model.forward(x[8:16]), y[8:16]))  # which are not those of before
        update(optimizer, loss(model(x[:8]), y[:8]))
        optimizer.zero_grad()
        optimizer.step()
    assert run.history["examples"].to_list() == [8, None, 8, 0]
    assert run.explain("W1[0,0]", at=1).shares["row"].to_list() == [None] * 8
    assert run.explain("W1[0,0]", at=2).shares["row"].sort().to_list() == [*range(8)]


# --- rates, and what the optimizer has -----------------------------------------------------------


@pytest.mark.parametrize(
    "make",
    [
        lambda p: torch.optim.Adam(p, lr=torch.tensor(0.01)),
        lambda p: torch.optim.AdamW(p, lr=torch.tensor([0.02]), fused=True),
        lambda p: torch.optim.SGD(p, lr=torch.tensor(0.1), momentum=0.9),
    ],
)
def test_a_rate_that_is_a_tensor_is_brought_back_as_one(make):
    def epoch(model, optimizer, loss, x, y):
        falling = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.9)
        for batch in BATCHES:
            update(optimizer, loss(model(x[batch]), y[batch]))
            falling.step()

    model, run = trained(make, epoch=epoch, dtype=torch.float32)
    alone, _ = trained(make, epoch=epoch, dtype=torch.float32, watched=False)
    assert bits(model) == bits(alone)
    last = run.at(15).parameters["0.weight"]
    assert np.array_equal(last, model[0].weight.detach().numpy())
    rates = run.history["rate"].to_list()
    assert rates[3] == pytest.approx(rates[0] * 0.9**3, rel=1e-6)
    assert run.explain("W1[0,0]", at=4)["eta"].value == rates[4]
    assert abs(run.ledger("W1[0,0]").amount("rounding")) < 1e-6


def test_sparse_gradients_are_refused_before_the_loop():
    model = nn.Sequential(nn.Embedding(9, 4, sparse=True), nn.Flatten(), nn.Linear(8, 3))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with pytest.raises(SettingError) as caught:
        cp.torch.watch(model, optimizer)
    assert str(caught.value) == (
        "the gradient of 0.weight is sparse, and watch records dense ones only; make the Embedding"
        " without sparse=True"
    )
    model[0].weight.requires_grad_(False)
    cp.torch.watch(model, optimizer)


def test_a_ledger_of_what_another_optimizer_trains_is_refused_as_an_explanation_is():
    model, _, loss, x, y = setting()
    first = torch.optim.SGD(model[0].parameters(), lr=0.1)
    with cp.torch.watch(model, first, loss) as run:
        for batch in BATCHES:
            update(first, loss(model(x[batch]), y[batch]))
    for ask, name in (({"weight": "2.weight[1,3]"}, "W2[1,3]"), ({"unit": "a2[1]"}, "a2[1]")):
        with pytest.raises(SettingError, match=r"every update left .* alone: no gradient of") as e:
            run.ledger(**ask)
        assert name in str(e.value)
    with pytest.raises(UnknownName):
        run.ledger("2.weights[1,3]")
    assert run.ledger(layer=1).closing != 0


def test_parameters_that_are_put_in_the_place_of_the_trained_ones_are_told():
    model, optimizer, loss, x, y = setting()
    state = {name: array.clone() for name, array in model.state_dict().items()}

    def watched():
        with cp.torch.watch(model, optimizer, loss) as run:
            update(optimizer, loss(model(x), y))
            model.load_state_dict(state, assign=True)
            update(optimizer, loss(model(x), y))
        return run

    with pytest.warns(
        RuntimeWarning, match="4 parameters that the optimizer trains, as after load"
    ):
        run = watched()
    assert run.history["loss"].null_count() == 1


def test_a_second_optimizer_of_a_model_that_is_watched_is_refused_with_a_way_out():
    model, optimizer, loss, *_ = setting()
    other = torch.optim.Adam(model.parameters())
    with cp.torch.watch(model, optimizer, loss), pytest.raises(SettingError) as caught:
        cp.torch.watch(model, other, loss).__enter__()
    assert str(caught.value) == (
        "this Sequential is being watched already; a model is watched with one optimizer at a time,"
        " so put the parameters of both optimizers into groups of one, or watch two loops one after"
        " the other"
    )
