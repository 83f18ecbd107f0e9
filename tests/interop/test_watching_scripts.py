"""Five training scripts, unmodified but for the one line, with and without it."""

from pathlib import Path

import polars as pl
import pytest
import torch
from torch import nn

import clearprop as cp

torch.set_num_threads(1)
SCRIPTS = Path(__file__).parent / "scripts"
LOOP = "for _ in range("
NAMES = {  # of the model, the optimizer and the loss in each script
    "regression": "model, optimizer, loss_fn",
    "classifier": "model, optimizer, loss_fn",
    "accumulation": "model, optimizer, criterion",
    "convolutions": "net, optimizer, criterion",
    "dropout": "model, optimizer",
}
STEPS = {"regression": 40, "classifier": 32, "accumulation": 24, "convolutions": 18, "dropout": 15}


def ran(name, watched):
    """Run a script, its loop under one line more, and return its variables."""
    text = (SCRIPTS / f"{name}.py").read_text("utf-8")
    if watched:
        before, loop, rest = text.rpartition(LOOP)
        indented = "".join(f"    {line}" for line in (loop + rest).splitlines(keepends=True))
        text = f"{before}with cp.torch.watch({NAMES[name]}) as run:\n{indented}"
    variables = {"cp": cp}
    exec(compile(text, name, "exec"), variables)
    return variables


def model_of(variables):
    return variables.get("model", variables.get("net"))


@pytest.fixture(scope="module", params=NAMES)
def script(request):
    """A script's name, and its variables with and without the watch."""
    return request.param, ran(request.param, True), ran(request.param, False)


def test_the_script_comes_to_the_same_bits(script):
    _, watched, alone = script
    pairs = zip(model_of(watched).parameters(), model_of(alone).parameters(), strict=True)
    assert all(torch.equal(one, other) for one, other in pairs)


def test_its_last_step_comes_back_to_the_bit(script):
    name, watched, _ = script
    run = watched["run"]
    assert run.steps == STEPS[name]
    found = run.at(run.steps).parameters
    for key, parameter in model_of(watched).named_parameters():
        assert (found[key] == parameter.detach().numpy()).all()


def linear_names(model):
    """Return the name of the last weight and bias of each Linear layer."""
    for name, module in model.named_modules():
        if isinstance(module, nn.Linear):
            units, sources = module.weight.shape
            yield f"{name}.weight[{units - 1},{sources - 1}]"
            yield f"{name}.bias[{units - 1}]"


def test_its_linear_layers_are_explained_and_accounted_for_by_example(script):
    _, watched, _ = script
    run = watched["run"]
    for name in linear_names(model_of(watched)):
        found = run.explain(name, at=run.steps - 1)
        assert found.other == 0
        assert len(found.shares) > 0
        assert abs(found.rounding) <= 1e-6 * (abs(found.value) + abs(found.update))
        ledger = run.ledger(name)
        entries = ledger.frame.filter(pl.col("entry") != "rounding")
        size = abs(ledger.opening) + entries["amount"].abs().sum()
        assert abs(ledger.amount("rounding")) < 1e-5 * size
        assert ledger.amount("not by example") == 0


def test_other_parameters_are_decomposed_as_far_as_the_optimizer_goes(script):
    name, watched, _ = script
    run = watched["run"]
    outside = {"convolutions": "conv1.weight[2,0,1,1]", "dropout": "scale[3]"}.get(name)
    if outside is None:
        assert all(each.name.startswith(("0.", "2.", "stack.")) for each in run.parameters)
        return
    found = run.explain(outside, at=4)
    assert found.shares.is_empty()
    assert found.other == found.gradient != 0
    ledger = run.ledger(outside)
    assert ledger.sources.is_empty()
    assert ledger.opening + ledger.amount("not by example") == pytest.approx(
        ledger.closing, abs=1e-6
    )


def test_what_a_schedule_clipping_and_accumulation_do_is_seen():
    run = ran("accumulation", True)["run"]
    rates = run.history["rate"]
    assert rates[0] == 0.02
    assert rates.is_sorted(descending=True)
    found = run.explain("W1[3,2]", at=5)
    assert len(found.shares) == 32
    assert found["clipping"].value < 1
    assert found["eta"].value == rates[5]
