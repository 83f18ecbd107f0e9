"""What watching does at every step, part by part: rows, marks of parameters, forms of steps."""

import gc
import io
import json
import weakref

import numpy as np
import pytest
import torch
from torch import nn

from clearprop.interop.watching.rows import RowStore
from clearprop.interop.watching.standing import Marks
from clearprop.interop.watching.tape import Batch, Pass, Step, read_chunk, write_chunk
from clearprop.runs.tensors import header_of
from interop.loops import bits, plain_epoch, setting, trained

# --- rows ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 3, 4, 9, 64])
@pytest.mark.parametrize("dtype", ["float32", "int64", "uint8"])
def test_rows_are_numbered_in_the_order_in_which_they_come(tmp_path, dtype, size):
    generator = np.random.default_rng(size)
    store, expected = RowStore(tmp_path / "a.rows", dtype, (5,)), {}
    x = generator.integers(0, 4, size=(1200, 5)).astype(dtype)  # known, new and equal ones mixed
    for start in range(0, len(x), size):
        batch = x[start : start + size]
        wanted = [expected.setdefault(row.tobytes(), len(expected)) for row in batch]
        assert store.numbers(batch).tolist() == wanted
    assert store.count == len(expected) > 600


def test_rows_that_differ_in_one_bit_have_numbers_of_their_own(tmp_path):
    store = RowStore(tmp_path / "a.rows", "uint8", (4000,))
    row = np.random.default_rng(0).integers(0, 256, 4000).astype(np.uint8)
    rows = np.repeat(row[np.newaxis], 4001, axis=0)
    for place in range(4000):
        rows[place, place] ^= 1 << (place % 8)
    for start in range(0, 4001, 57):
        part = rows[start : start + 57]
        assert store.numbers(part).tolist() == list(range(start, start + len(part)))
    assert store.numbers(rows).tolist() == list(range(4001))


@pytest.mark.parametrize("fresh", [8, 20])
def test_rows_that_are_not_yet_written_are_known_too(tmp_path, monkeypatch, fresh):
    monkeypatch.setattr("clearprop.interop.watching.rows.most_fresh", lambda size: fresh)
    generator = np.random.default_rng(fresh)
    store, expected = RowStore(tmp_path / "a.rows", "int64", (2,)), {}
    x = generator.integers(0, 30, size=(1500, 2))
    for start in range(0, len(x), 33):
        batch = x[start : start + 33]
        wanted = [expected.setdefault(row.tobytes(), len(expected)) for row in batch]
        assert store.numbers(batch).tolist() == wanted
    assert 0 < store.count - store.stored <= fresh
    store.close()
    assert (tmp_path / "a.rows").read_bytes() == b"".join(expected)


def test_batches_that_lie_across_or_off_the_words_are_known_by_their_numbers():
    def laid(place):
        def epoch(model, optimizer, loss, x, y):
            for start in range(0, 40, 8):
                optimizer.zero_grad()
                loss(model(place(x[start : start + 8])), y[start : start + 8]).backward()
                optimizer.step()

        _, run = trained("sgd", epoch=epoch, dtype=torch.float32)
        return run.ledger("W1[1,2]").sources.select("row", "label", "visits")

    def off(x):
        return torch.cat([torch.zeros(1), x.reshape(-1)])[1:].reshape(x.shape)

    plain = laid(lambda x: x)
    for place in (lambda x: x.t().contiguous().t(), off):
        assert laid(place).equals(plain)


# --- marks ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("shape", [(), (1,), (7,), (3, 5), (8, 8)])
def test_a_single_number_that_changes_is_seen(shape, dtype):
    parameters = {"still": torch.ones(3), "other": torch.ones(shape, dtype=dtype)}
    marks = Marks(parameters)
    for place in range(parameters["other"].numel()):
        parameters["other"].detach().numpy().reshape(-1)[place] += 1  # which no version counts
        assert list(marks.changed()) == ["other"]
        marks.take()
        assert marks.changed() == {}


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_numbers_that_change_places_are_seen(dtype):
    parameter = torch.arange(40, dtype=dtype).reshape(8, 5)
    marks = Marks({"a": parameter})
    for one, other in ((0, 1), (0, 7), (2, 3), (6, 4)):
        parameter.numpy()[[one, other]] = parameter.numpy()[[other, one]]
        assert list(marks.changed()) == ["a"]
        marks.take()


@pytest.mark.parametrize("numbers", [16_400, 40_001])
def test_neighbours_in_a_large_parameter_are_seen(numbers):
    parameter = torch.rand(numbers)
    marks = Marks({"a": parameter})
    for place in [*range(0, numbers - 128, 997), numbers - 128]:
        parameter.numpy()[place : place + 128] += 1
        assert list(marks.changed()) == ["a"]
        marks.take()
        assert marks.changed() == {}


def test_parameters_that_lie_across_or_are_empty_or_move_are_seen():
    whole = torch.ones(6, 4)
    parameters = {"across": whole.t(), "part": torch.ones(6, 4)[:, 1:3], "none": torch.ones(0, 3)}
    marks = Marks(parameters)
    assert marks.changed() == {}
    whole.numpy()[5, 3] = 2
    assert np.array_equal(marks.changed()["across"], whole.t())
    marks.take()
    parameters["part"].numpy()[5, 1] = 2
    assert list(marks.changed()) == ["part"]
    marks.take()
    parameters["part"].data = torch.full((6, 2), 3.0)  # which lies elsewhere
    assert list(marks.changed()) == ["part"]


def test_a_weight_that_lies_across_and_is_changed_from_outside_comes_back_to_the_bit():
    def across():
        model = setting()[0]
        model[2].weight = nn.Parameter(model[2].weight.detach().t().contiguous().t())
        return model

    def epoch(model, optimizer, loss, x, y):
        plain_epoch(model, optimizer, loss, x, y)
        model[2].weight.data[1, 3] = 0.25

    model, run = trained("momentum", epoch=epoch, model=across())
    assert run.at(run.steps).parameters["2.weight"][1, 3] != 0.25  # what stood after the last step
    assert run.explain("W2[1,3]", at=10).value == 0.25
    alone, _ = trained("momentum", epoch=epoch, model=across(), watched=False)
    assert bits(model) == bits(alone)


# --- gradients -----------------------------------------------------------------------------------


def test_a_gradient_that_the_loop_changes_on_its_way_back_is_told_by_example():
    def epoch(model, optimizer, loss, x, y):
        for start in range(0, 40, 8):
            optimizer.zero_grad()
            output = model(x[start : start + 8])
            output.register_hook(lambda gradient: gradient * 0.5)
            loss(output, y[start : start + 8]).backward()
            optimizer.step()

    model, run = trained("sgd", epoch=epoch)
    alone, _ = trained("sgd", epoch=epoch, watched=False)
    assert bits(model) == bits(alone)
    for at in (0, 7, 14):
        assert run.explain("W1[1,2]", at=at).other == 0
    assert run.ledger("W2[1,2]").amount("not by example") == 0


@pytest.mark.parametrize("hooked", ["before", "after", "twice", "taken off"])
def test_hooks_of_the_loop_on_an_output_come_first_in_every_pass(hooked):
    def halve(gradient):
        return gradient * 0.5

    def epoch(model, optimizer, loss, x, y):
        before = model[2].register_forward_hook(hook_on) if hooked == "before" else None
        for start in range(0, 40, 8):
            optimizer.zero_grad()
            output = model(x[start : start + 8])
            if hooked != "before":
                handles = [output.register_hook(halve) for _ in range(1 + (hooked == "twice"))]
            if hooked == "taken off":
                handles[0].remove()
            value = loss(output, y[start : start + 8])
            value.backward(retain_graph=True)
            value.backward()
            optimizer.step()
        if before is not None:
            before.remove()

    def hook_on(module, args, output):
        output.register_hook(halve)

    model, run = trained("sgd", epoch=epoch)
    alone, _ = trained("sgd", epoch=epoch, watched=False)
    assert bits(model) == bits(alone)
    for at in (0, 7, 14):
        found = run.explain("W1[1,2]", at=at)
        assert (found.shares.height, found.other) == (16, 0.0)
    assert run.ledger("W2[1,2]").amount("not by example") == 0


def test_a_batch_is_let_go_with_its_step_and_its_output_is_saved_without_a_warning():
    gone = []

    def epoch(model, optimizer, loss, x, y):
        for start in range(0, 40, 8):
            batch = x[start : start + 8].clone()
            gone.append(weakref.ref(batch))
            output = model(batch)
            update = loss(output, y[start : start + 8])
            optimizer.zero_grad()
            update.backward()
            optimizer.step()
            torch.save(output, io.BytesIO())

    gc.disable()
    try:
        trained("adam", epochs=1, epoch=epoch)
        assert [each() for each in gone[:4]] == [None] * 4  # the last one may still be stepped on
    finally:
        gc.enable()


# --- the tape ------------------------------------------------------------------------------------


def step_of(generator, options, batches, factors):
    """Return a step as a loop could have made it."""
    passes = []
    for turn, rows in enumerate(batches, 1):
        batch = Batch(generator.integers(0, 99, rows), None, (2,), "float32")
        gradient = generator.normal(size=(rows, 3))
        passes += [Pass(0, turn, batch, gradient, None, (rows, 2))]
        passes += [Pass(1, turn, batch, gradient * 2, generator.normal(size=(rows, 4)), (rows, 4))]
    losses = generator.normal(size=len(batches)).tolist()
    return Step(options, [1], losses, passes, factors, {"a": generator.normal(size=(2, 2))}, {})


def plain(value):
    """Return a step as lists that can be compared."""
    if isinstance(value, np.ndarray):
        return [value.shape, value.tolist()]
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    return [plain(each) for each in value] if isinstance(value, tuple | list) else value


def test_steps_of_any_form_come_back_from_the_tape(tmp_path):
    generator = np.random.default_rng(0)
    steps = [
        step_of(generator, [{"lr": 0.1 / (k + 1)}], [[8], [8], [5, 3], []][k % 4], factors)
        for k, factors in enumerate([{}, {"a": 0.1}, {"b": 0.3, "a": 1 / 3}, {}, {}, {"a": 0.7}])
    ]
    write_chunk(tmp_path, 7, steps)
    assert plain(read_chunk(next(tmp_path.iterdir()))) == plain(steps)


def test_a_form_that_all_steps_have_is_written_once(tmp_path):
    trained("adam", epochs=20, out=tmp_path / "run")
    chunk = next((tmp_path / "run" / "tape").iterdir())
    values = json.loads(header_of(chunk.read_bytes(), "chunk")["steps"])
    assert (len(values["forms"]), len(values["steps"])) == (1, 100)
