"""Only a backward pass that was added to a parameter's gradient counts for it: attacks that have
their own, adversaries, layers that are frozen for a while.
"""

import numpy as np
import pytest
import torch
from torch import nn

import clearprop as cp
from clearprop.errors import SettingError
from interop.loops import bits, setting, trained

BATCHES = [slice(start, start + 8) for start in range(0, 40, 8)]


def update(optimizer, loss):
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()


# --- passes that end elsewhere -------------------------------------------------------------------


def slope_of_rows(model, rows, loss):
    return torch.autograd.grad(loss(model(rows)), rows)[0]


def slope_while_frozen(model, rows, loss):
    model.requires_grad_(False)
    loss(model(rows)).backward()
    model.requires_grad_(True)
    return rows.grad


def slope_thrown_away(model, rows, loss):
    loss(model(rows)).backward()  # into the gradients that `update` puts to zero
    return rows.grad


@pytest.mark.parametrize("slope", [slope_of_rows, slope_while_frozen, slope_thrown_away])
@pytest.mark.parametrize("name", ["sgd", "adam"])
def test_an_attack_on_the_rows_is_no_part_of_the_step(slope, name):
    def epoch(model, optimizer, loss, x, y):
        for batch in BATCHES:
            rows = x[batch].clone().requires_grad_(True)
            found = slope(model, rows, lambda out, batch=batch: loss(out, y[batch]))
            attacked = (rows + 0.1 * found.sign()).detach()
            update(optimizer, loss(model(attacked), y[batch]))

    model, run = trained(name, epoch=epoch)
    alone, _ = trained(name, epoch=epoch, watched=False)
    assert bits(model) == bits(alone)
    for at in range(1, 15):
        found = run.explain("W1[2,1]", at=at)
        assert (found.shares.height, found.other) == (8, 0.0)
        assert found.shares["share"].sum() == pytest.approx(found.gradient, rel=1e-12)
    assert set(run.history["examples"]) == {8}
    ledger = run.ledger("W1[2,1]")
    assert ledger.sources["visits"].sum() == 15 * 8
    assert "not by example" not in ledger.frame["entry"].to_list()
    with torch.no_grad():  # and so is the loss that of the attacked rows
        assert run.history["loss"][14] == run_loss(run, 14)


def run_loss(run, at):
    """Return the loss of a step's rows, computed again."""
    model, _, loss, _, y = setting()
    model.load_state_dict(
        {name: torch.from_numpy(a.copy()) for name, a in run.at(at).parameters.items()}
    )
    batch = run.recording.tape.step(at).batches[0]
    from clearprop.interop.watching.folder import rows_path
    from clearprop.interop.watching.rows import stored_rows

    path = rows_path(run.folder, "rows", batch.dtype, batch.shape)
    rows = stored_rows(path, batch.dtype, batch.shape, batch.rows)
    return loss(model(torch.from_numpy(np.array(rows))), y[BATCHES[at % 5]]).item()


def test_gradients_that_are_looked_at_before_the_backward_pass_count_once():
    def epoch(model, optimizer, loss, x, y):
        for batch in BATCHES:
            value = loss(model(x[batch]), y[batch])
            torch.autograd.grad(value, list(model.parameters()), retain_graph=True)
            update(optimizer, value)

    _, run = trained(epoch=epoch)
    _, plain = trained()
    assert run.explain("W1[2,1]", at=7).shares.equals(plain.explain("W1[2,1]", at=7).shares)
    assert run.history.equals(plain.history)


def test_one_graph_gone_back_through_twice_counts_twice():
    def epoch(model, optimizer, loss, x, y):
        for batch in BATCHES:
            value = loss(model(x[batch]), y[batch])
            optimizer.zero_grad()
            value.backward(retain_graph=True)
            value.backward()
            optimizer.step()

    _, run = trained(epoch=epoch)
    found = run.explain("W1[2,1]", at=7)
    assert (found.shares.height, found.other) == (16, 0.0)
    assert "The gradients of 2 backward passes were added up." in found.remarks


@pytest.mark.parametrize("toggled", [False, True])
def test_what_a_generator_asks_of_its_adversary_is_not_the_adversarys(toggled):
    torch.manual_seed(0)
    x = torch.randn(32, 4)
    fakes = nn.Sequential(nn.Linear(2, 5), nn.ReLU(), nn.Linear(5, 4))
    judge = nn.Sequential(nn.Linear(4, 5), nn.ReLU(), nn.Linear(5, 1))
    makers, judges = (torch.optim.Adam(m.parameters(), 0.01) for m in (fakes, judge))
    loss, ones = nn.BCEWithLogitsLoss(), torch.ones(16, 1)
    sums = []
    with cp.torch.watch(judge, judges, loss) as run:
        for batch in (slice(0, 16), slice(16, 32), slice(0, 16)):
            made = fakes(torch.randn(16, 2))
            both = loss(judge(x[batch]), ones) + loss(judge(made.detach()), 0 * ones)
            sums.append(both.item())
            update(judges, both)
            judge.requires_grad_(not toggled)
            update(makers, loss(judge(made), ones))
            judge.requires_grad_(True)
    for at in range(3):
        found = run.explain("W1[3,0]", at=at)
        assert (found.shares.height, found.other) == (32, 0.0)
    assert run.ledger("W1[3,0]").sources["visits"].sum() == 3 * 32
    assert run.history["loss"].to_list() == pytest.approx(sums, rel=1e-6)


def test_a_penalty_with_a_backward_pass_of_its_own_is_not_by_example():
    def epoch(model, optimizer, loss, x, y):
        for number, batch in enumerate(BATCHES):
            optimizer.zero_grad()
            loss(model(x[batch]), y[batch]).backward()
            if number == 2:
                (0.1 * model[0].weight.square().sum()).backward()
            optimizer.step()

    _, run = trained(epoch=epoch, epochs=2)
    others = [run.explain("W1[1,2]", at=at).other != 0 for at in range(10)]
    assert others == [False, False, True, False, False] * 2


# --- layers that are frozen in the loop ----------------------------------------------------------


def frozen_from(number, freeze):
    """Return a loop in which a step is taken under other circumstances from some step on."""

    def epoch(model, optimizer, loss, x, y):
        for at, batch in enumerate(BATCHES):
            if at == number:
                freeze(model)
            update(optimizer, loss(model(x[batch]), y[batch]))

    return epoch


FREEZES = {
    "a weight": lambda model: model[0].weight.requires_grad_(False),
    "a layer": lambda model: model[0].requires_grad_(False),
    "the last layer": lambda model: model[2].requires_grad_(False),
    "a layer, by turns": lambda model: model[0].requires_grad_(not model[0].weight.requires_grad),
}


@pytest.mark.parametrize("how", FREEZES)
@pytest.mark.parametrize("name", ["momentum", "adamw"])
def test_a_layer_that_is_frozen_in_the_loop_is_recorded_as_such(how, name):
    options = {"epoch": frozen_from(3, FREEZES[how]), "epochs": 4}
    model, run = trained(name, **options)
    alone, _ = trained(name, watched=False, **options)
    assert bits(model) == bits(alone)
    assert all(
        np.array_equal(run.at(20).parameters[key], tensor.detach().numpy())
        for key, tensor in model.named_parameters()
    )
    frozen, trains = ("2.weight", "0.weight") if "last" in how else ("0.weight", "2.weight")
    assert run.explain(f"{frozen}[2,1]", at=2).shares.height == 8
    assert run.explain(f"{trains}[2,1]", at=4).other == 0
    with pytest.raises(SettingError, match=r"left W\d\[2,1\] alone: no gradient of it reached"):
        run.explain(f"{frozen}[2,1]", at=4)
    steps = 10 if "turns" in how else 3
    ledger = run.ledger(f"{frozen}[2,1]")
    assert ledger.sources["visits"].sum() == steps * 8
    assert abs(ledger.amount("rounding")) < 1e-12
    layer = run.ledger(layer=1)
    assert layer.frame["amount"].sum() == pytest.approx(layer.change, rel=1e-12)


def test_a_gradient_that_is_taken_away_before_the_step_is_recorded_as_such():
    def epoch(model, optimizer, loss, x, y):
        for number, batch in enumerate(BATCHES):
            optimizer.zero_grad()
            loss(model(x[batch]), y[batch]).backward()
            if number in (2, 3):
                model[2].bias.grad = None
            optimizer.step()

    model, run = trained("adam", epoch=epoch)
    assert np.array_equal(run.at(15).parameters["2.bias"], model[2].bias.detach().numpy())
    with pytest.raises(SettingError, match=r"left b2\[1\] alone"):
        run.explain("b2[1]", at=2)
    assert run.explain("b2[1]", at=4).other == run.explain("W2[1,1]", at=2).other == 0
    assert run.ledger("b2[1]").sources["visits"].sum() == 9 * 8


def test_frozen_gradients_that_stand_at_zero_still_move_by_momentum():
    def epoch(model, optimizer, loss, x, y):
        for number, batch in enumerate(BATCHES):
            model[0].requires_grad_(number < 2)
            optimizer.zero_grad(set_to_none=False)
            loss(model(x[batch]), y[batch]).backward()
            optimizer.step()

    model, run = trained("momentum", epoch=epoch)
    assert np.array_equal(run.at(15).parameters["0.weight"], model[0].weight.detach().numpy())
    found = run.explain("W1[1,1]", at=3)
    assert (found.gradient, found.shares.height, found.other) == (0.0, 0, 0.0)
    assert found.value != found.new_value
