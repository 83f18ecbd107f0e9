"""Watching changes no bit, and what it recorded brings back every step."""

import numpy as np
import polars as pl
import pytest
import torch
from torch import nn

import clearprop as cp
from cli.terminal import Terminal
from interop.loops import OPTIMIZERS, bits, plain_epoch, trained


def elaborate_epoch(model, optimizer, loss, x, y):
    """Two batches are added up for each step, clipped, and the rate falls."""
    for start in range(0, 32, 16):
        optimizer.zero_grad()
        for half in (start, start + 8):
            (loss(model(x[half : half + 8]), y[half : half + 8]) / 2).backward()
        nn.utils.clip_grad_norm_(model.parameters(), 0.1)
        optimizer.step()
        for group in optimizer.param_groups:
            group["lr"] *= 0.9


def convolutional():
    torch.manual_seed(1)
    return nn.Sequential(
        nn.Unflatten(1, (1, 2, 2)), nn.Conv2d(1, 3, 2), nn.Flatten(), nn.ReLU(),
        nn.Linear(3, 6), nn.Dropout(0.2), nn.Linear(6, 3),
    )  # fmt: skip


EPOCHS = {"plain": plain_epoch, "elaborate": elaborate_epoch}


@pytest.mark.parametrize("epoch", EPOCHS)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_watched_loop_comes_to_the_same_bits(optimizer, epoch):
    options = {"epoch": EPOCHS[epoch], "epochs": 2, "dtype": torch.float32}
    watched, _ = trained(optimizer, **options)
    alone, _ = trained(optimizer, watched=False, **options)
    assert bits(watched) == bits(alone)


def test_a_watched_net_of_convolutions_and_dropout_comes_to_the_same_bits():
    watched, run = trained("adam", model=convolutional(), dtype=torch.float32)
    alone, _ = trained("adam", watched=False, model=convolutional(), dtype=torch.float32)
    assert bits(watched) == bits(alone)
    assert run.steps == 15


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_an_explanation_closes_with_pytorchs_own_numbers(optimizer):
    states = []

    def epoch(model, *others):
        def keep(optimizer, args, kwargs):
            states.append(model[0].weight[2, 1].item())

        handle = others[0].register_step_post_hook(keep)
        plain_epoch(model, *others)
        handle.remove()

    _, run = trained(optimizer, epoch=epoch)
    for at in (0, 1, 7, 14):
        found = run.explain("W1[2,1]", at=at)
        assert found.new_value == states[at]
        assert at == 0 or found.value == states[at - 1]
        assert len(found.shares) == 8
        assert abs(found.gradient_rounding) < 1e-15
        assert abs(found.rounding) < 1e-15
        assert found.value + (found.lines[-1].value - found.value) + found.rounding == (
            pytest.approx(found.new_value, abs=1e-16)
        )


@pytest.mark.parametrize("epoch", EPOCHS)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_ledger_adds_up(optimizer, epoch):
    _, run = trained(optimizer, epoch=EPOCHS[epoch])
    for name in ("W1[2,1]", "b2[0]"):
        ledger = run.ledger(name)
        entries = ledger.frame.filter(pl.col("entry") != "rounding")
        size = abs(ledger.opening) + entries["amount"].abs().sum()
        assert abs(ledger.amount("rounding")) < 1e-12 * size
        assert set(ledger.sources["visits"]) == {3}
        if ledger.carried_out is not None:
            assert entries["carried"].sum() == pytest.approx(ledger.carried_out, rel=1e-9)


def test_a_part_of_a_span_carries_momentum_in():
    _, run = trained("momentum")
    ledger = run.ledger("W1[2,1]", since=4, until=9)
    entries = ledger.frame.filter(pl.col("entry") != "rounding")
    assert ledger.amount("carried in") != 0
    assert entries["amount"].sum() == pytest.approx(ledger.change, rel=1e-12)
    assert ledger.opening == run.at(4).parameters["0.weight"][2, 1]
    assert ledger.closing == run.at(9).parameters["0.weight"][2, 1]


def test_a_layer_and_its_classes_add_up():
    _, run = trained("adam")
    ledger = run.ledger(layer=2, by="class")
    assert ledger.sources["label"].sort().to_list() == ["0", "1", "2"]
    assert ledger.frame["amount"].sum() == pytest.approx(ledger.change, rel=1e-12)
    unit = run.ledger(unit="a1[3]")
    assert unit.frame["amount"].sum() == pytest.approx(unit.change, rel=1e-12)


def test_every_step_comes_back_to_the_bit():
    states = []

    def epoch(model, optimizer, *others):
        def keep(*_):
            states.append([p.detach().clone() for p in model.parameters()])

        handle = optimizer.register_step_post_hook(keep)
        elaborate_epoch(model, optimizer, *others)
        handle.remove()

    _, run = trained("adamw", epoch=epoch, dtype=torch.float32)
    for number, state in enumerate(states, 1):
        found = run.at(number).parameters.values()
        assert all(np.array_equal(a, b.numpy()) for a, b in zip(found, state, strict=True))


def test_a_recording_on_disk_is_that_of_memory(tmp_path):
    _, kept = trained("adam", out=tmp_path / "kept")
    _, held = trained("adam")
    opened = cp.open_run(tmp_path / "kept")
    assert opened.steps == kept.steps == held.steps == 15
    names = {"W1[2,1]": "0.weight[2,1]", "b2[0]": "2.bias[0]"}
    for name, other in names.items():
        one, two = opened.explain(name, at=6), held.explain(other, at=6)
        assert (one.value, one.new_value, one.lines) == (two.value, two.new_value, two.lines)
        assert one.shares.equals(two.shares)
        assert opened.ledger(name).frame.equals(held.ledger(other).frame)
    assert opened.history.equals(held.history)


def test_a_recording_that_was_not_kept_is_saved_later(tmp_path):
    _, run = trained("adam")
    kept = run.save(tmp_path / "kept")
    assert (run.path, kept.path, kept.name) == (None, tmp_path / "kept", "kept")
    assert kept.ledger("W1[3,2]").sources.equals(run.ledger("W1[3,2]").sources)
    with pytest.raises(cp.ClearpropError, match="kept is there already"):
        run.save(tmp_path / "kept")
    assert run.save(tmp_path / "kept", force=True).steps == run.steps


def test_rows_are_stored_once(tmp_path):
    _, run = trained("sgd", epochs=6, out=tmp_path / "run")
    rows = next((tmp_path / "run" / "rows").iterdir())
    assert rows.stat().st_size == 40 * 4 * 8
    assert run.history["examples"].sum() == 6 * 40


def test_a_run_can_be_asked_while_the_loop_goes_on():
    asked = []

    def epoch(*arguments):
        plain_epoch(*arguments)
        asked.append(run_so_far().explain("W1[0,0]", at=run_so_far().steps - 1).new_value)
        asked.append(arguments[0][0].weight[0, 0].item())

    import gc

    from clearprop.interop.watching.run import WatchedRun

    def run_so_far():
        return next(o for o in gc.get_objects() if type(o) is WatchedRun and o.recorder)

    trained("adam", epoch=epoch)
    assert asked[::2] == asked[1::2]
    assert len(asked) == 6


def test_clipping_is_a_factor_and_accumulation_a_longer_sum():
    _, run = trained("sgd", epoch=elaborate_epoch)
    found = run.explain("W2[1,3]", at=3)
    assert len(found.shares) == 16
    assert 0 < found["clipping"].value < 1
    assert found["eta"].value == pytest.approx(0.1 * 0.9**3)
    assert found.other == 0
    for at in (0, 3):  # of the first that is clipped the gradients are recorded as a whole
        clipping = run.explain("W2[1,3]", at=at)["clipping"].value
        assert f"gradients were multiplied by {clipping:.4g}" in run.at(at)._repr_html_()


def test_conditions_are_found(tmp_path):
    _, run = trained("momentum", epochs=6)
    losses = run.history["loss"].to_list()
    first = next(step for step, loss in enumerate(losses) if loss < 1.0)
    assert run.find("loss < 1").step == first
    values = [run.at(step).parameters["0.bias"][1] for step in range(31)]
    signs = [step for step in range(1, 31) if values[step] * values[step - 1] < 0]
    found = run.find("b1[1] changes sign", every=True).found
    assert [finding.step for finding in found] == signs
    largest = run.find("|dL/d0.weight[0,0]| > 0.5 * largest")
    explained = run.explain("W1[0,0]", at=largest.step)
    assert abs(explained.gradient) == largest.found[0].value
    assert run.find("update layer 2 > 100").step is None
    assert run.find("first nan").step is None


def test_the_command_line_reads_a_recording(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    trained("adam", out=tmp_path / "run")
    clearprop = Terminal(monkeypatch, capsys)

    assert "Its gradient: a sum over the 8 examples" in clearprop(
        "explain", "run", "W1[2,1]", "--at", "3"
    )
    assert "the ledger of b1[0], 15 updates" in clearprop("ledger", "run", "0.bias[0]")
    assert "first" in clearprop("find", "run", "loss < 2")
    assert "0.weight" in clearprop("show", "run", "--at", "3")
    assert "recording of a PyTorch loop" in clearprop("predict", "run", "iris", code=2)


class OfSequences(nn.Module):
    def __init__(self):
        super().__init__()
        self.words = nn.Embedding(9, 4)
        self.inner, self.outer = nn.Linear(4, 5), nn.Linear(5, 9)

    def forward(self, x):
        return self.outer(torch.relu(self.inner(self.words(x))))


def test_each_place_of_a_sequence_has_its_share():
    torch.manual_seed(2)
    model, x = OfSequences(), torch.randint(0, 9, (6, 3))
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01, fused=True)
    with cp.torch.watch(model, optimizer) as run:
        for _ in range(4):
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(x).flatten(0, 1), x.flatten()).backward()
            optimizer.step()
    found = run.explain("W1[3,2]", at=2)
    assert sorted(found.shares["row"].to_list()) == [k for k in range(6) for _ in range(3)]
    assert found.new_value == run.at(3).parameters["inner.weight"][3, 2]
    assert run.ledger("outer.weight[8,4]").sources["row"].n_unique() == 6
    assert run.explain("words.weight[3,1]", at=2).shares.is_empty()
    assert np.array_equal(run.at(4).parameters["words.weight"], model.words.weight.detach().numpy())
