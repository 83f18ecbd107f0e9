"""Ordinary steps are put into columns; what is on the tape is the same as without these."""

import pytest
import torch
from torch import nn

import clearprop as cp
from clearprop.interop.watching.stretch import Ordinary
from interop.loops import plain_epoch, setting


def accumulating(model, optimizer, loss, x, y):
    for start in range(0, 40, 8):
        loss(model(x[start : start + 8]), y[start : start + 8]).backward()
        if start % 16 == 0:
            optimizer.step()
            optimizer.zero_grad()


def scheduled(model, optimizer, loss, x, y):
    for start in range(0, 40, 8):
        optimizer.zero_grad()
        loss(model(x[start : start + 8]), y[start : start + 8]).backward()
        optimizer.step()
        optimizer.param_groups[0]["lr"] *= 0.99


def now_and_then_clipped(model, optimizer, loss, x, y):
    for start in range(0, 40, 4):
        optimizer.zero_grad()
        loss(model(x[start : start + 4]), y[start : start + 4]).backward()
        if start % 12 == 0:
            nn.utils.clip_grad_norm_(model.parameters(), 0.1)
        optimizer.step()


def thrown_away(model, optimizer, loss, x, y):
    for start in range(0, 40, 4):
        optimizer.zero_grad()
        loss(model(x[start : start + 4]), y[start : start + 4]).backward()
        if start % 12 == 0:
            optimizer.zero_grad()
            (2 * loss(model(x[:4]), y[:4])).backward()
        optimizer.step()


def of_two_losses(model, optimizer, loss, x, y):
    for start in range(0, 40, 4):
        optimizer.zero_grad()
        found = loss(model(x[start : start + 4]), y[start : start + 4])
        if start % 20 == 0:
            found = found + loss(model(x[:4]), y[:4])
        found.backward()
        optimizer.step()


def in_batches_of_three_sizes(model, optimizer, loss, x, y):
    for start, stop in ((0, 8), (8, 16), (16, 24), (24, 30), (30, 36), (36, 40)):
        optimizer.zero_grad()
        loss(model(x[start:stop]), y[start:stop]).backward()
        optimizer.step()


def changed_from_outside(model, optimizer, loss, x, y):
    for start in range(0, 40, 4):
        optimizer.zero_grad()
        loss(model(x[start : start + 4]), y[start : start + 4]).backward()
        optimizer.step()
        if start == 20:
            with torch.no_grad():
                next(model.parameters()).mul_(0.9)


def through_one_graph_twice(model, optimizer, loss, x, y):
    for start in range(0, 40, 4):
        optimizer.zero_grad()
        found = loss(model(x[start : start + 4]), y[start : start + 4])
        found.backward(retain_graph=start == 12)
        if start == 12:
            found.backward()
        optimizer.step()


def in_one_buffer(model, optimizer, loss, x, y):
    batch, targets = torch.empty_like(x[:8]), torch.empty_like(y[:8])
    for start in range(0, 40, 8):
        batch.copy_(x[start : start + 8])
        targets.copy_(y[start : start + 8])
        optimizer.zero_grad()
        loss(model(batch), targets).backward()
        batch.zero_()  # which PyTorch does not mind any more
        optimizer.step()


class LayerByLayer(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second, self.last = nn.Linear(4, 6), nn.Linear(6, 6), nn.Linear(6, 3)

    def forward(self, x):
        h = torch.tanh(self.first(x))
        return self.last(torch.relu(self.second(h)) + h)


class Flattening(nn.Module):
    def __init__(self):
        super().__init__()
        self.flatten = nn.Flatten()
        self.layers = nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 3))

    def forward(self, x):
        return self.layers(self.flatten(x.reshape(-1, 2, 2)))


LOOPS = {
    # a loop -> how many of the steps of 30 epochs are ordinary, at the least
    plain_epoch: 130, scheduled: 130, in_batches_of_three_sizes: 20, now_and_then_clipped: 130,
    thrown_away: 150, of_two_losses: 200, changed_from_outside: 230, through_one_graph_twice: 230,
    in_one_buffer: 130, accumulating: 0,
}  # fmt: skip
MODELS = {
    "a sequence": lambda: nn.Sequential(nn.Linear(4, 5), nn.Tanh(), nn.Linear(5, 3)),
    "layer by layer": LayerByLayer,
    "flattening": Flattening,
}


@pytest.mark.parametrize("kind", MODELS)
@pytest.mark.parametrize("epoch", LOOPS)
def test_columns_leave_the_same_tape(tmp_path, monkeypatch, epoch, kind):
    dtype = torch.float64 if kind == "layer by layer" else torch.float32

    def tape(folder, takes):
        torch.manual_seed(0)
        model, optimizer, loss, x, y = setting("momentum", dtype, MODELS[kind]())
        counted = []
        with monkeypatch.context() as patch:
            add = Ordinary.add
            patch.setattr(Ordinary, "add", lambda *given: counted.append(1) or add(*given))
            if not takes:
                patch.setattr(Ordinary, "takes", lambda *given: False)
            with cp.torch.watch(model, optimizer, loss, out=folder) as run:
                for _ in range(30):
                    epoch(model, optimizer, loss, x, y)
        files = [path.read_bytes() for path in sorted((folder / "tape").iterdir())]
        return files, len(counted), run

    columns, ordinary, run = tape(tmp_path / "columns", takes=True)
    plain, none, _ = tape(tmp_path / "plain", takes=False)
    assert columns == plain
    assert none == 0
    assert ordinary >= LOOPS[epoch]
    run.ledger("W1[1,2]")  # which replays all of it


def test_a_question_between_backward_and_step_takes_nothing_from_the_step(tmp_path):
    model, optimizer, loss, x, y = setting("momentum")
    with cp.torch.watch(model, optimizer, loss, out=tmp_path / "run") as run:
        for step in range(12):
            rows = slice(8 * (step % 5), 8 * (step % 5) + 8)
            optimizer.zero_grad()
            loss(model(x[rows]), y[rows]).backward()
            assert run.steps == step
            optimizer.step()
    assert run.steps == 12
    assert run.ledger("W1[1,2]").sources["visits"].sum() == 12 * 8
