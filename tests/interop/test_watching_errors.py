"""What cannot be watched is told in a sentence, and what was recorded is kept."""

import shutil
import warnings

import numpy as np
import pytest
import torch
from torch import nn

import clearprop as cp
from clearprop.errors import ClearpropError, Disagreement, RunError, SettingError, UnknownName
from clearprop.interop.watching.rows import RowStore
from clearprop.runs.lock import is_locked
from cli.terminal import Terminal
from interop.loops import bits, plain_epoch, setting, trained


def said(error, work):
    """Return the sentence of an error."""
    with pytest.raises(error) as caught:
        work()
    return str(caught.value)


def watched_step(make, **options):
    """Take one step under watch."""
    model, _, loss, x, y = setting("sgd")
    with cp.torch.watch(model, make(model.parameters()), loss):
        loss(model(x), y).backward()


# --- what cannot be watched ----------------------------------------------------------------------


def test_an_optimizer_of_another_model_is_refused():
    model, _, loss, *_ = setting()
    other = torch.optim.SGD(nn.Linear(2, 2).parameters(), lr=0.1)
    assert said(SettingError, lambda: cp.torch.watch(model, other, loss)) == (
        "the optimizer has none of the model's parameters; make it from model.parameters(), and"
        " before the watch"
    )


def test_what_is_no_model_and_no_optimizer_is_refused():
    model, optimizer, loss, *_ = setting()
    assert said(SettingError, lambda: cp.torch.watch(optimizer, model, loss)) == (
        "watch takes a torch.nn.Module first, then its optimizer, not SGD"
    )
    assert "then its optimizer, one of torch.optim, not Tanh" in said(
        SettingError, lambda: cp.torch.watch(model, nn.Tanh(), loss)
    )
    assert "not a str" in said(SettingError, lambda: cp.torch.watch(model, optimizer, "mse"))
    assert said(SettingError, lambda: cp.torch.watch(model, optimizer, nn.MSELoss)) == (
        "the loss is the one that the loop calls, and MSELoss is only its class; make it before the"
        " watch, loss = MSELoss(), and give that"
    )


def test_closures_are_refused():
    assert "LBFGS calls the model several times within a step" in said(
        SettingError, lambda: watched_step(torch.optim.LBFGS)
    )
    model, optimizer, loss, x, y = setting()

    def closure():
        value = loss(model(x), y)
        value.backward()
        return value

    with cp.torch.watch(model, optimizer, loss):
        assert "a step with a closure" in said(SettingError, lambda: optimizer.step(closure))


def test_other_optimizers_and_types_and_devices_are_refused():
    class Own(torch.optim.SGD):
        pass

    assert "the optimizer Own cannot be watched" in said(
        SettingError, lambda: watched_step(lambda p: Own(p, lr=0.1))
    )
    half = nn.Linear(2, 2, dtype=torch.bfloat16)
    assert (
        said(SettingError, lambda: cp.torch.watch(half, torch.optim.SGD(half.parameters(), lr=0.1)))
        == "the parameter weight is bfloat16; watch records float32 and float64"
    )
    away = nn.Linear(2, 2, device="meta")
    assert "the parameter weight is on meta; watch records training on the CPU" in said(
        SettingError, lambda: cp.torch.watch(away, torch.optim.SGD(away.parameters(), lr=0.1))
    )


def test_a_watch_in_a_watch_is_refused_and_the_outer_one_goes_on():
    model, optimizer, loss, x, y = setting()
    with cp.torch.watch(model, optimizer, loss) as run:
        with pytest.raises(SettingError, match="is being watched already"):
            cp.torch.watch(model, optimizer, loss).__enter__()
        plain_epoch(model, optimizer, loss, x, y)
    assert run.steps == 5
    with cp.torch.watch(model, optimizer, loss) as again:
        plain_epoch(model, optimizer, loss, x, y)
    assert again.steps == 5


def test_a_watch_without_with_says_how_it_begins():
    model, optimizer, loss, *_ = setting()
    run = cp.torch.watch(model, optimizer, loss)
    with pytest.raises(AttributeError, match="nothing is watched yet, so there is no explain"):
        run.explain("W1[0,0]")
    assert not hasattr(run, "nonsense")


def test_automatic_mixed_precision_is_refused():
    model, optimizer, loss, x, _ = setting(dtype=torch.float32)
    with cp.torch.watch(model, optimizer, loss), torch.autocast("cpu", dtype=torch.bfloat16):
        assert "not automatic mixed precision" in said(SettingError, lambda: model(x))


def test_a_taken_folder_is_refused_before_the_loop(tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "thesis.txt").write_text("mine")
    model, optimizer, loss, *_ = setting()
    for force in (False, True):
        with pytest.raises(RunError, match="is there already"):
            cp.torch.watch(model, optimizer, loss, out=tmp_path / "run", force=force)
    assert (tmp_path / "run" / "thesis.txt").read_text() == "mine"


def test_without_pytorch_one_sentence_says_what_to_install(monkeypatch):
    from clearprop import torch as door

    monkeypatch.setattr(door, "find_spec", lambda name: None)
    with pytest.raises(ClearpropError, match=r"pip install 'clearprop\[torch\]'"):
        cp.torch.watch(None, None)


# --- what is asked wrongly -----------------------------------------------------------------------


def test_questions_that_have_no_answer_are_told():
    _, run = trained("sgd", epochs=1)
    assert "no parameter is called 'W9[0,0]'" in said(
        UnknownName, lambda: run.explain("W9[0,0]", at=0)
    )
    assert "has the shape (5, 4)" in said(UnknownName, lambda: run.explain("W1[5,0]", at=0))
    assert "an entry of '0.weight', such as 0.weight[0,0]? The module has W1[0..4,0..3]" in said(
        UnknownName, lambda: run.explain("0.weigth[1,1]", at=0)
    )
    for name, entry in (("0.weight", "0.weight[0,0]"), ("W2", "W2[0,0]"), ("b1", "b1[0]")):
        assert said(UnknownName, lambda name=name: run.explain(name, at=0)) == (
            f"'{name}' is a whole parameter; name an entry of it, as {entry}"
        )
    assert "ends with step 5" in said(SettingError, lambda: run.explain("W1[0,0]", at=5))
    assert "from 0 (the start) to 5" in said(SettingError, lambda: run.at(6))
    assert "holds no update" in said(SettingError, lambda: run.ledger("W1[0,0]", since=3, until=3))
    assert "name one of them" in said(SettingError, lambda: run.ledger())
    assert "cannot be read as a condition" in said(SettingError, lambda: run.find("> >"))
    assert "which units are dead" in said(SettingError, lambda: run.find("dead a1[0]"))
    assert "has no held_out_loss" in said(SettingError, lambda: run.find("held_out_loss rises"))


def test_an_optimizer_without_decomposition_is_recorded_all_the_same():
    model, run = trained(lambda p: torch.optim.Adagrad(p, lr=0.1))
    assert "its update is not decomposed" in said(SettingError, lambda: run.explain("b1[0]", at=2))
    last = run.at(run.steps).parameters["0.weight"]
    assert np.array_equal(last, model[0].weight.detach().numpy())
    assert run.find("b1[0] > 100").step is None


# --- what happens in loops -----------------------------------------------------------------------


@pytest.mark.parametrize("error", [KeyboardInterrupt, ZeroDivisionError])
def test_a_loop_that_breaks_off_keeps_what_was_recorded(tmp_path, error):
    model, optimizer, loss, x, y = setting("adam")

    def loop():
        with cp.torch.watch(model, optimizer, loss, out=tmp_path / "run"):
            plain_epoch(model, optimizer, loss, x, y)
            loss(model(x), y).backward()
            raise error("stop")

    with pytest.raises(error, match="stop"):
        loop()
    run = cp.open_run(tmp_path / "run")
    assert run.steps == 5
    assert run.outcome.status == {KeyboardInterrupt: "interrupted"}.get(error, "failed")
    assert run.explain("W1[0,0]", at=4).new_value == model[0].weight[0, 0].item()


def test_a_loop_that_was_killed_can_be_read_up_to_its_last_chunk(tmp_path):
    model, optimizer, loss, x, y = setting("adam")
    with cp.torch.watch(model, optimizer, loss, out=tmp_path / "run") as run:
        plain_epoch(model, optimizer, loss, x, y)
        values = run.explain("W1[0,0]", at=4)  # what is asked for is on the disk
        plain_epoch(model, optimizer, loss, x, y)
        shutil.copytree(tmp_path / "run", tmp_path / "killed")
    killed = cp.open_run(tmp_path / "killed")
    assert (killed.steps, killed.outcome.status) == (5, "recording")
    assert killed.explain("W1[0,0]", at=4).lines == values.lines


def test_a_loop_that_goes_on_is_told_from_one_that_was_killed(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    clearprop = Terminal(monkeypatch, capsys)
    model, optimizer, loss, x, y = setting("adam")
    with cp.torch.watch(model, optimizer, loss, out="run") as run:
        plain_epoch(model, optimizer, loss, x, y)
        assert run.steps == 5  # what is asked for is on the disk
        shutil.copytree("run", "killed")
        rows = clearprop("runs", ".").splitlines()[1:]
        assert {row.split()[0]: row.split()[4] for row in rows} == {
            "run": "recording", "killed": "cut",
        }  # fmt: skip
        with pytest.raises(ClearpropError, match="run is being trained at this moment"):
            cp.torch.watch(model, optimizer, loss, out="run", force=True)
    assert "steps      5, cut off" in clearprop("show", "killed")
    assert "steps      5, finished" in clearprop("show", "run")
    assert not is_locked(tmp_path / "run")


def test_parameters_changed_behind_the_optimizers_back_are_told():
    def epoch(model, optimizer, loss, x, y):
        plain_epoch(model, optimizer, loss, x, y)
        model[0].weight.data.clamp_(-0.3, 0.3)  # which leaves no trace but the numbers

    model, run = trained("momentum", epochs=3, epoch=epoch)
    place = next(
        (unit, source)
        for unit in range(5)
        for source in range(4)
        if abs(model[0].weight[unit, source]) == 0.3
    )
    name = f"W1[{place[0]},{place[1]}]"
    found = run.explain(name, at=5)
    assert any("Something else than the optimizer" in remark for remark in found.remarks)
    ledger = run.ledger(name)
    assert ledger.amount("changed from outside") != 0
    assert abs(ledger.amount("rounding")) < 1e-12


def test_a_penalty_in_the_loss_is_told_apart_from_the_examples():
    def epoch(model, optimizer, loss, x, y):
        for start in range(0, 40, 8):
            optimizer.zero_grad()
            penalty = 0.1 * model[0].weight.square().sum()
            (loss(model(x[start : start + 8]), y[start : start + 8]) + penalty).backward()
            optimizer.step()

    _, run = trained("sgd", epoch=epoch)
    found = run.explain("W1[1,2]", at=7)
    assert found.other == pytest.approx(0.2 * found.value, rel=1e-12)
    assert run.explain("W2[1,2]", at=7).other == 0
    ledger = run.ledger("W1[1,2]")
    assert ledger.amount("not by example") != 0
    assert abs(ledger.amount("rounding")) < 1e-14


def test_gradients_that_are_cut_entry_by_entry_or_never_put_to_zero_are_recorded_as_a_whole():
    def cut(model, optimizer, loss, x, y):
        for start in range(0, 40, 8):
            optimizer.zero_grad()
            loss(model(x[start : start + 8]), y[start : start + 8]).backward()
            nn.utils.clip_grad_value_(model.parameters(), 0.02)
            optimizer.step()

    def kept(model, optimizer, loss, x, y):
        for start in range(0, 40, 8):
            loss(model(x[start : start + 8]), y[start : start + 8]).backward()
            optimizer.step()

    for epoch in (cut, kept):
        model, run = trained("sgd", epoch=epoch)
        alone, _ = trained("sgd", epoch=epoch, watched=False)
        assert bits(model) == bits(alone)
        found = run.at(run.steps).parameters["2.weight"]
        assert np.array_equal(found, model[2].weight.detach().numpy())
        ledger = run.ledger("W2[1,2]")
        assert ledger.amount("not by example") != 0
        assert abs(ledger.amount("rounding")) < 1e-13


@pytest.mark.parametrize("cut", [lambda g: g * 0.5, lambda g: g.clamp(-0.02, 0.02)])
@pytest.mark.parametrize("passes", [1, 2])  # others are put there after the first
def test_gradients_in_whose_place_others_were_put_are_seen(cut, passes):
    model, optimizer, loss, x, y = setting("sgd")
    reached = []
    with cp.torch.watch(model, optimizer, loss) as run:
        for step in range(15):
            optimizer.zero_grad()
            for each in range(passes):
                loss(model(x[each::5]), y[each::5]).backward()
                if step in (9, 11, 13) and not each:  # steps at which passes are not gone through
                    for parameter in model.parameters():
                        parameter.grad = cut(parameter.grad)
            optimizer.step()
            reached.append(model[2].weight.detach().numpy().copy())
    for step, values in enumerate(reached):
        assert np.array_equal(run.at(step + 1).parameters["2.weight"], values)
    assert abs(run.ledger("W2[1,2]").amount("rounding")) < 1e-13


def test_steps_without_backward_and_passes_thrown_away_are_followed():
    def epoch(model, optimizer, loss, x, y):
        optimizer.step()  # nothing to go by
        loss(model(x[:8]), y[:8]).backward()
        optimizer.zero_grad()  # thrown away
        loss(model(x[8:16]), y[8:16]).backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=False)
        optimizer.step()  # by zeros, and momentum
        loss(model(x[16:24]), y[16:24]).backward()
        optimizer.zero_grad(set_to_none=False)
        loss(model(x[24:32]), y[24:32]).backward()
        optimizer.step()
        optimizer.zero_grad()

    model, run = trained("momentum", epoch=epoch)
    assert run.steps == 12
    found = run.at(12).parameters["0.weight"]
    assert np.array_equal(found, model[0].weight.detach().numpy())
    assert run.history["examples"].to_list()[:4] == [0, 8, 0, 8]
    assert "left W1[0,0] alone" in said(SettingError, lambda: run.explain("W1[0,0]", at=0))


def test_evaluation_and_rows_of_other_shapes_are_no_matter():
    def epoch(model, optimizer, loss, x, y):
        plain_epoch(model, optimizer, loss, x, y)
        with torch.no_grad():
            loss(model(x), y)

    _, run = trained("sgd", epoch=epoch)
    assert run.history["examples"].unique().to_list() == [8]


# --- damage and disks ----------------------------------------------------------------------------


def test_damage_is_found(tmp_path):
    trained("adam", out=tmp_path / "run")
    chunk = next((tmp_path / "run" / "tape").iterdir())
    content = bytearray(chunk.read_bytes())
    content[-20] ^= 1
    chunk.write_bytes(content)
    assert "is damaged or changed" in said(
        RunError, lambda: cp.open_run(tmp_path / "run").explain("W1[0,0]", at=2)
    )


def test_rows_that_were_changed_are_found_by_the_replay(tmp_path):
    trained("adam", out=tmp_path / "run")
    rows = next((tmp_path / "run" / "rows").iterdir())
    content = np.frombuffer(rows.read_bytes(), dtype=np.float64).copy()
    content[:8] += 1
    rows.write_bytes(content.tobytes())
    for question in (
        lambda: cp.open_run(tmp_path / "run").explain("W1[0,0]", at=2),
        lambda: cp.open_run(tmp_path / "run").find("gradient > 0"),  # so at the first step already
    ):
        assert "drifts" in said(Disagreement, question)


def test_a_full_disk_ends_the_recording_and_not_the_loop(tmp_path, monkeypatch):
    from clearprop.runs import disk

    def full(path, content):
        raise OSError(28, "No space left on device")

    model, optimizer, loss, x, y = setting("sgd")
    alone, _ = trained("sgd", watched=False, epochs=1)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        with cp.torch.watch(model, optimizer, loss, out=tmp_path / "run"):
            monkeypatch.setattr(disk, "write", full)
            plain_epoch(model, optimizer, loss, x, y)
    assert "No space left on device" in str(told[0].message)
    assert bits(model) == bits(alone)


def test_a_disk_that_is_full_for_a_while_leaves_no_hole_in_the_tape(tmp_path, monkeypatch):
    from clearprop.runs import disk

    def full_once(path, content):
        if "8" in path.name and not refused:
            refused.append(path)
            raise OSError(28, "No space left on device")
        write(path, content)

    refused, write = [], disk.write
    monkeypatch.setattr("clearprop.interop.watching.recorder.CHUNK_STEPS", 4)
    monkeypatch.setattr(disk, "write", full_once)
    model, optimizer, loss, x, y = setting("sgd")
    alone, _ = trained("sgd", watched=False, epochs=4)

    def watched():
        with cp.torch.watch(model, optimizer, loss, out=tmp_path / "run"):
            for _ in range(4):
                plain_epoch(model, optimizer, loss, x, y)

    with pytest.warns(RuntimeWarning, match="No space left on device"):
        watched()
    assert bits(model) == bits(alone)
    run = cp.open_run(tmp_path / "run")
    assert (run.outcome.status, run.steps) == ("failed", 8)
    assert sorted(path.name[:12] for path in (tmp_path / "run" / "tape").iterdir()) == [
        "000000000000", "000000000004",
    ]  # fmt: skip
    run.ledger("W1[0,0]")


def test_rows_that_cannot_be_written_end_the_recording_and_not_the_loop(tmp_path, monkeypatch):
    def full(store):
        raise OSError(28, "No space left on device")

    model, optimizer, loss, x, y = setting("sgd")
    alone, _ = trained("sgd", watched=False, epochs=1)
    monkeypatch.setattr("clearprop.interop.watching.rows.most_fresh", lambda size: 8)

    def watched():
        with cp.torch.watch(model, optimizer, loss, out=tmp_path / "run") as run:
            monkeypatch.setattr(RowStore, "write", full)
            plain_epoch(model, optimizer, loss, x, y)
        return run

    with pytest.warns(RuntimeWarning, match="No space left on device"):
        run = watched()
    assert bits(model) == bits(alone)
    assert (run.outcome.status, run.steps) == ("failed", 0)


def test_older_commands_say_what_the_folder_is(tmp_path):
    from clearprop.runs.reading import open_run

    trained("sgd", out=tmp_path / "run")
    assert said(RunError, lambda: open_run(tmp_path / "run")) == (
        f"{tmp_path / 'run'} is the recording of a PyTorch loop, which this does not read; explain,"
        " ledger, find and show do"
    )


# --- rows ----------------------------------------------------------------------------------------


def test_equal_rows_have_one_number_and_others_their_own(tmp_path):
    generator = np.random.default_rng(0)
    store = RowStore(tmp_path / "a.rows", "float32", (3,))
    x = generator.integers(0, 3, size=(2000, 3)).astype(np.float32)  # 27 distinct rows
    numbers = np.concatenate([store.numbers(x[k : k + 7]) for k in range(0, 2000, 7)])
    assert store.count == 27
    assert np.array_equal(store.rows(numbers), x)


def test_rows_that_share_one_of_both_hashes_are_told_apart(tmp_path):
    store = RowStore(tmp_path / "a.rows", "int64", (2,))
    store.keys[:2] = 0  # the first hash of every row is 0
    x = np.arange(1400).reshape(700, 2)
    assert store.numbers(x).tolist() == list(range(700))
    assert store.numbers(x[::-1]).tolist() == list(range(699, -1, -1))
