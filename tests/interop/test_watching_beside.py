"""What the hooks of model and optimizer do not see: functions as losses, other optimizers; and how
a recording is listed and shown.
"""

import io
import json

import pytest
import torch
from torch import nn
from torch.nn import functional as F

import clearprop as cp
from clearprop.errors import Disagreement, RunError, SettingError
from clearprop.interop.watching.pages import step_facts
from clearprop.render.run_text import run_list
from clearprop.runs.listing import list_runs
from interop.loops import bits, setting, trained
from rendered.well_formed import faults


def watched(model, optimizer, loop):
    with cp.torch.watch(model, optimizer) as run:
        loop()
    return run


def step(model, optimizer, x, y, loss=nn.CrossEntropyLoss()):  # noqa: B008
    optimizer.zero_grad()
    loss(model(x), y).backward()
    optimizer.step()


# --- losses that are functions -------------------------------------------------------------------


def functional_epoch(model, optimizer, loss, x, y):
    for start in range(0, len(x), 8):
        optimizer.zero_grad()
        F.cross_entropy(model(x[start : start + 8]), target=y[start : start + 8]).backward()
        optimizer.step()


def test_a_loss_of_torch_nn_functional_is_recorded_with_its_targets():
    own = F.cross_entropy
    model, optimizer, _, x, y = setting()
    with cp.torch.watch(model, optimizer, F.cross_entropy) as run:
        functional_epoch(model, optimizer, None, x, y)
        with torch.no_grad():
            F.cross_entropy(model(x), y)
    assert F.cross_entropy is own
    plain, by_module = trained(epochs=1)
    assert bits(plain) == bits(model)
    assert run.history.equals(by_module.history)
    assert run.find("loss > 0").step == 0
    assert run.explain("W1[0,0]", at=2).shares["label"].to_list() == (
        by_module.explain("W1[0,0]", at=2).shares["label"].to_list()
    )


def test_a_loss_of_ones_own_is_none_and_find_says_so():
    model, optimizer, _, x, y = setting()
    with (
        pytest.warns(RuntimeWarning, match="no loss was recorded: what is heard is a module"),
        cp.torch.watch(model, optimizer, lambda a, b: F.cross_entropy(a, b)) as run,
    ):
        functional_epoch(model, optimizer, None, x, y)
    assert run.history["loss"].null_count() == 5
    with pytest.raises(
        cp.errors.SettingError, match=r"or a function of torch\.nn\.functional, as in"
    ):
        run.find("loss > 0")


def test_a_loop_that_fails_gives_the_function_back():
    own = F.cross_entropy
    model, optimizer, *_ = setting()
    with pytest.raises(ZeroDivisionError), cp.torch.watch(model, optimizer, own):
        raise ZeroDivisionError
    assert F.cross_entropy is own


# --- what is not followed ------------------------------------------------------------------------


def test_another_optimizer_in_the_place_of_the_watched_one_is_told():
    model, optimizer, _, x, y = setting()

    def loop():
        step(model, optimizer, x, y)
        another = torch.optim.Adam(model.parameters())
        step(model, another, x, y)
        step(model, another, x, y)

    with pytest.warns(RuntimeWarning, match=r"another optimizer \(Adam\) took 2 steps on the same"):
        run = watched(model, optimizer, loop)
    assert (run.steps, run.outcome.status) == (1, "finished")
    assert run.outcome.note.startswith("another optimizer (Adam) took 2 steps")


def test_an_optimizer_of_other_parameters_is_nobodys_matter():
    model, _, _, x, y = setting()
    first, last = (torch.optim.SGD(model[place].parameters(), lr=0.1) for place in (0, 2))
    with cp.torch.watch(model, first) as run:
        for _ in range(3):
            step(model, first, x, y)
            last.step()
    assert (run.steps, run.outcome.note) == (3, None)


def test_a_group_that_was_added_in_the_loop_is_told():
    model, _, _, x, y = setting()
    optimizer = torch.optim.SGD(model[2].parameters(), lr=0.1)

    def loop():
        step(model, optimizer, x, y)
        optimizer.add_param_group({"params": list(model[0].parameters())})
        step(model, optimizer, x, y)

    with pytest.warns(RuntimeWarning, match="another group of parameters in the loop"):
        run = watched(model, optimizer, loop)
    assert run.history.height == 2
    with pytest.raises(RunError) as error:
        run.explain("W2[0,0]", at=1)
    assert str(error.value) == (
        "step 2 went by 2 groups of parameters, but the optimizer had 1 when the watch began, and"
        " what it was given since cannot be brought back; give it all its groups before the watch"
    )


@pytest.mark.parametrize("name", ["momentum", "adam"])
@pytest.mark.parametrize("fresh", [False, True])
def test_a_state_that_is_loaded_into_the_optimizer_is_part_of_the_recording(name, fresh):
    model, optimizer, _, x, y = setting(name)
    file, after, first = io.BytesIO(), [], optimizer.state_dict()

    def loop():
        for number in range(8):
            step(model, optimizer, x, y)
            after.append(bits(model)[::2])
            if number == 2:
                torch.save((model.state_dict(), optimizer.state_dict()), file)
            elif number in (4, 7):  # back to where it was before, or to where it began
                file.seek(0)
                parameters, state = torch.load(file)
                model.load_state_dict(parameters)
                optimizer.load_state_dict(first if fresh else state)

    run = watched(model, optimizer, loop)
    for number in range(8):
        again = run.at(number + 1).parameters
        assert [array.tobytes() for array in again.values()] == after[number]
    assert (after[3] == after[5]) != fresh
    found = run.explain("W1[2,1]", at=5)
    assert found.new_value == run.at(6).parameters["0.weight"][2, 1]
    assert "A state was loaded into the optimizer since the update before." in found.remarks
    assert ("optimizer", "a state was loaded into it") in [*step_facts(run.at(5).following, set())]
    for since in (0, 5):
        ledger = run.ledger("W1[2,1]", since=since)
        assert ledger.closing == run.at(8).parameters["0.weight"][2, 1]
        assert abs(ledger.amount("rounding")) < 1e-12


def test_a_state_that_is_edited_by_hand_is_found_by_the_replay():
    model, optimizer, _, x, y = setting("momentum")

    def loop():
        for _ in range(3):
            step(model, optimizer, x, y)
            optimizer.state[model[0].weight]["momentum_buffer"].zero_()

    with pytest.raises(Disagreement, match=r"such as optimizer\.state"):
        watched(model, optimizer, loop).explain("W1[0,0]", at=1)


@pytest.mark.parametrize("name", ["sgd", "momentum", "adamw"])
def test_a_parameter_that_changes_between_backward_and_step_is_told(name):
    model, optimizer, loss, x, y = setting(name)
    mask, before = torch.arange(20).reshape(5, 4) % 3 > 0, []

    def loop():
        for number in range(6):
            optimizer.zero_grad()
            loss(model(x), y).backward()
            if number in (2, 3):
                model[0].weight.data.mul_(mask)
            optimizer.step()
            before.append(bits(model)[::2])
            if number == 4:
                model[0].weight.data.mul_(mask)

    run = watched(model, optimizer, loop)
    for number in range(6):
        again = run.at(number + 1).parameters
        assert [array.tobytes() for array in again.values()] == before[number]
    remarks = [run.explain("W1[0,0]", at=number).remarks for number in range(6)]
    assert [sum("changed it between" in each for each in found) for found in remarks] == (
        [0, 0, 1, 1, 0, 0]
    )
    assert [sum("had changed it" in each for each in found) for found in remarks] == (
        [0, 0, 0, 0, 0, 1]
    )
    found = run.explain("W1[0,0]", at=3)
    assert (found.shares.height, found.other) == (40, 0.0)  # by example, all of it
    ledger = run.ledger("W1[0,0]")
    assert ledger.closing == run.at(6).parameters["0.weight"][0, 0]
    assert ledger.amount("changed from outside") != 0
    assert abs(ledger.amount("rounding")) < 1e-12


def test_a_loss_that_is_called_with_keywords_keeps_its_targets():
    model, optimizer, loss, x, y = setting()
    with cp.torch.watch(model, optimizer, loss) as run:
        for start in range(0, len(x), 8):
            optimizer.zero_grad()
            loss(target=y[start : start + 8], input=model(x[start : start + 8])).backward()
            optimizer.step()
    _, by_place = trained(epochs=1)
    assert run.history.equals(by_place.history)
    labels = run.explain("W1[0,0]", at=2).shares["label"].to_list()
    assert labels == by_place.explain("W1[0,0]", at=2).shares["label"].to_list() != [""] * 8
    run.ledger("W1[0,0]", by="class")  # which is refused where there are no targets


def test_what_a_recording_cannot_tell_is_said_in_one_sentence(tmp_path):
    _, run = trained(out=tmp_path / "loop")
    with pytest.raises(SettingError) as caught:
        run.health()
    assert str(caught.value) == (
        f"{tmp_path / 'loop'} is the recording of a PyTorch loop, of whose units no health is"
        " known; run.at(step).parameters has its weights, and run.explain their gradients"
    )
    with pytest.raises(RunError) as missing:
        cp.torch.open_watched(tmp_path / "none")
    assert str(missing.value) == f"{tmp_path / 'none'} is no folder"


# --- lists and notebooks -------------------------------------------------------------------------


def test_recordings_are_listed_beside_runs(tmp_path):
    trained(out=tmp_path / "loop")
    cp.train("xor", epochs=2, out=tmp_path / "xor")
    (tmp_path / "torn").mkdir()
    values = json.loads((tmp_path / "loop" / "run.json").read_text())
    (tmp_path / "torn" / "run.json").write_text(json.dumps({**values, "outcome": {}}))
    found = list_runs(tmp_path)
    assert [entry.path.name for entry in found] == ["xor", "loop", "torn"]
    assert [entry.problem for entry in found] == [
        None, None, f"{tmp_path / 'torn' / 'run.json'} is damaged",
    ]  # fmt: skip
    columns = [[str(cell) for cell in column.cells] for column in run_list(found).columns]
    assert [column[1] for column in columns[1:5]] == [
        "PyTorch loop", "Sequential", "", "finished, 15 steps",
    ]  # fmt: skip


def test_a_notebook_shows_a_watched_loop_with_its_loss_curve(tmp_path):
    _, run = trained(out=tmp_path / "loop")
    html = run._repr_html_()
    assert faults(html) == []
    assert "<script" not in html
    assert html.count("<polyline") == 1
    assert ">step</text>" in html
    assert 'points="72.0,' in html  # the first step stands where the axis begins
    assert "0.weight" in html
    assert repr(run) == "<WatchedRun loop: Sequential, SGD, 15 steps>"
    ledger = run.ledger("W1[0,0]")._repr_html_()
    assert "<td>row " in ledger
    assert '<td class="number">row' not in ledger
    assert '<th class="number">amount</th>' in ledger
    moment = run.at(3)
    assert faults(moment._repr_html_()) == []
    assert "next step" in moment._repr_html_()
    assert repr(moment) == "<WatchedMoment of loop: after 3 steps>"


def test_a_notebook_shows_a_loop_without_losses_and_one_without_steps():
    model, optimizer, _, x, y = setting()
    with cp.torch.watch(model, optimizer) as run:
        assert "<polyline" not in run._repr_html_()
        step(model, optimizer, x, y)
    assert "<polyline" not in run._repr_html_()
    assert "not recorded" in run._repr_html_()
    assert repr(run) == "<WatchedRun: Sequential, SGD, 1 step>"
    assert run.explain("W1[0,0]", at=0).run == "Sequential"
    assert "Next" not in run.find("W1[0,0] < 9")._repr_html_()  # of a folder that vanishes


def test_a_watch_that_was_not_entered_says_how_to():
    model, optimizer, *_ = setting()
    shown = repr(cp.torch.watch(model, optimizer))
    assert shown == ("<a watch over Sequential and SGD: with cp.torch.watch(…) as run: your loop>")


def test_a_gradient_as_a_whole_has_no_empty_columns():
    model = nn.Sequential(nn.Conv1d(1, 2, 3), nn.Flatten(), nn.Linear(4, 3))
    model, optimizer, loss, x, y = setting(model=model)
    with cp.torch.watch(model, optimizer, loss) as run:
        step(model, optimizer, x.unsqueeze(1), y, loss)
    from clearprop.render.explanation_text import share_rows

    rows = share_rows(run.explain("0.weight[0,0,0]", at=0), 20, 4)
    assert rows[0] == ("", "share")
    assert {len(row) for row in rows} == {2}
