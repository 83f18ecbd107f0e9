"""Whatever a loop does, it runs under watch as without, to the bit, and its steps come back."""

import copy
import gc
import sys
import weakref

import numpy as np
import pytest
import torch
from torch import nn

import clearprop as cp
from clearprop.interop.watching import recorder as recording
from interop.loops import bits, setting, trained

STEPS = 12


class Doing(nn.Module):
    """A Linear layer, and what is done with the input before it, and with the output after."""

    def __init__(self, before=lambda x: x * 1, after=lambda z: z, width=4):
        super().__init__()
        self.linear, self.before, self.after = nn.Linear(width, 3), before, after

    def forward(self, x):
        return self.after(self.linear(self.before(x)))


class Wrapped(torch.Tensor):
    """A tensor that has no memory of its own."""

    @staticmethod
    def __new__(cls, inner):
        return torch.Tensor._make_wrapper_subclass(cls, inner.shape, dtype=inner.dtype)

    def __init__(self, inner):
        self.inner = inner

    @classmethod
    def __torch_dispatch__(cls, function, types, args=(), kwargs=None):
        return function(*[a.inner if isinstance(a, cls) else a for a in args], **(kwargs or {}))


def same_and_replayed(model, epoch, optimizer="momentum"):
    """Train with and without a watch; hold the ends against each other and against the replay."""
    options = {"optimizer": optimizer, "epoch": epoch, "epochs": 1, "dtype": torch.float32}
    alone, _ = trained(watched=False, model=copy.deepcopy(model), **options)
    watched, run = trained(model=copy.deepcopy(model), **options)
    assert bits(watched) == bits(alone)
    assert run.outcome.status == "finished"
    for step in range(run.steps + 1):
        moment = run.at(step)
    for name, parameter in watched.named_parameters():
        assert np.array_equal(moment.parameters[name], parameter.detach().numpy())
    return run


def epoch_with(batch=lambda x, step: x, targets=lambda y, step: y, between=None):
    """Return a loop of some steps: what it makes of batches, and does before its steps."""

    def epoch(model, optimizer, loss, x, y):
        for step in range(STEPS):
            optimizer.zero_grad()
            output = model(batch(x[:8], step))
            loss(output, targets(y[: len(output)], step)).backward()
            if between is not None:
                between(model, optimizer, x, step)
            optimizer.step()

    return epoch


# --- tensors of every kind -----------------------------------------------------------------------

DENSE = Doing(lambda x: x * 1 if x.layout is torch.strided else x.to_dense())
BATCHES = {
    # those of the first half go into columns; others of the same shape follow
    "negated": (lambda x: torch.complex(x, x).conj().imag, Doing(lambda x: x)),
    "conjugated": (lambda x: torch.complex(x, x).conj(), Doing(lambda x: x.real + x.imag)),
    "bfloat16": (lambda x: x.bfloat16(), Doing(lambda x: x.float())),
    "quantized": (
        lambda x: torch.quantize_per_tensor(x, 0.1, 0, torch.qint8),
        Doing(lambda x: x.dequantize() if x.is_quantized else x * 1),
    ),
    "sparse": (lambda x: x.to_sparse(), DENSE),
    "sparse by rows": (lambda x: x.to_sparse_csr(), DENSE),
    "of MKL-DNN": (lambda x: x.to_mkldnn(), DENSE),
    "nested": (
        lambda x: torch.nested.nested_tensor([*x]),
        Doing(lambda x: torch.nested.to_padded_tensor(x, 0.0) if x.is_nested else x * 1),
    ),
    "without memory": (lambda x: Wrapped(x.clone()), Doing()),
    "numbers as bits": (lambda x: x.view(torch.int32), Doing(lambda x: x.view(torch.float32))),
    "empty": (lambda x: x[:0], Doing()),
}


@pytest.mark.filterwarnings("ignore:Sparse CSR", "ignore:The PyTorch API of nested", "ignore:torch")
@pytest.mark.parametrize("kind", BATCHES)
def test_batches_may_be_tensors_of_any_kind(kind):
    made, model = BATCHES[kind]
    as_they_are = kind not in ("conjugated", "bfloat16", "numbers as bits")
    epoch = epoch_with(lambda x, step: x if as_they_are and step < STEPS // 2 else made(x))
    assert same_and_replayed(model, epoch).steps == STEPS


def test_empty_batches_of_odd_rows_run():
    epoch = epoch_with(lambda x, step: x[: 8 * (step % 2), :3])
    same_and_replayed(Doing(width=3), epoch)


def test_targets_may_have_no_memory():
    epoch = epoch_with(targets=lambda y, step: y if step < STEPS // 2 else Wrapped(y.clone()))
    same_and_replayed(Doing(), epoch)


def test_a_buffer_that_grows_stays_one_that_can():
    def epoch(model, optimizer, loss, x, y):
        buffer = torch.empty(0)
        for size in range(1, 30, 3):
            torch.index_select(x[:, :3], 0, torch.arange(size), out=buffer)
            optimizer.zero_grad()
            loss(model(buffer), y[:size]).backward()
            optimizer.step()

    with pytest.warns(UserWarning, match="resized"):
        same_and_replayed(Doing(width=3), epoch)


# --- what comes back, and what does not ----------------------------------------------------------


def cut(module, args, output):
    return output.detach().requires_grad_()


def paired(module, args, output):
    return output, 1


def negative(slope):
    return torch.complex(slope, slope).conj().imag


@pytest.mark.parametrize("hook", [cut, paired])
def test_a_hook_of_the_loop_may_put_anything_in_the_place_of_an_output(hook):
    model = nn.Sequential(Doing(after=lambda z: z[0] if isinstance(z, tuple) else z, width=4))
    model.append(nn.Linear(3, 3))
    model[0].linear.register_forward_hook(hook)
    same_and_replayed(model, epoch_with())


def test_slopes_may_be_negated():
    def hooked(z):
        z.register_hook(negative)
        return z

    same_and_replayed(Doing(after=hooked), epoch_with())


def jacobian(model, optimizer, x, step):
    torch.autograd.functional.jacobian(model, x[:8], vectorize=True)


def per_row(model, optimizer, x, step):
    values = {name: each.detach() for name, each in model.named_parameters()}

    def size(values, row):
        return torch.func.functional_call(model, values, (row[None],)).square().sum()

    torch.func.vmap(torch.func.grad(size), (None, 0))(values, x[:8])


def hessian(model, optimizer, x, step):
    torch.func.hessian(lambda row: model(row).sum())(x[0])


@pytest.mark.filterwarnings("ignore:.*torch.jit.script")
@pytest.mark.parametrize("between", [jacobian, per_row, hessian])
def test_many_slopes_at_once_are_of_no_step(between):
    model = nn.Sequential(nn.Linear(4, 5), nn.Tanh(), nn.Linear(5, 3))
    run = same_and_replayed(model, epoch_with(between=between))
    assert "not by example" not in run.ledger("W1[1,2]").frame["entry"].to_list()


# --- options -------------------------------------------------------------------------------------


def unreadable(model, optimizer, x, step):
    group = optimizer.param_groups[0]
    group.update(mask=torch.ones(3), steps={1, 2}, function=len, table=np.ones(3))


def rate_of_numpy(model, optimizer, x, step):
    optimizer.param_groups[0]["lr"] = np.float32(0.03) / (step + 1)


def beta_in_place(model, optimizer, x, step):
    optimizer.param_groups[0]["betas"][0].fill_(0.9 if step < 9 else 0.5)


def adam_of_tensors(parameters):
    betas = (torch.tensor(0.9), torch.tensor(0.99))
    return torch.optim.Adam(parameters, lr=0.01, betas=betas, foreach=False)


OPTIONS = {unreadable: "momentum", rate_of_numpy: "adam", beta_in_place: adam_of_tensors}


@pytest.mark.parametrize("between", OPTIONS)
def test_groups_may_have_any_options(between):
    same_and_replayed(Doing(), epoch_with(between=between), OPTIONS[between])


# --- steps that break off, and questions in between ----------------------------------------------


def test_a_step_that_broke_off_half_way_leaves_the_state_that_it_made(monkeypatch):
    add = torch.Tensor.addcdiv_

    def epoch(model, optimizer, loss, x, y):
        for step in range(STEPS):
            calls = []

            def breaking(tensor, *args, calls=calls, step=step, **kwargs):
                calls.append(step)
                if step == 9 and len(calls) == 2:
                    raise ValueError
                return add(tensor, *args, **kwargs)

            monkeypatch.setattr(torch.Tensor, "addcdiv_", breaking)
            optimizer.zero_grad()
            loss(model(x[:8]), y[:8]).backward()
            try:
                optimizer.step()
            except ValueError:
                assert step == 9
        monkeypatch.undo()

    run = same_and_replayed(
        nn.Linear(4, 3), epoch, lambda p: torch.optim.Adam(p, lr=0.01, foreach=False)
    )
    assert run.steps == STEPS - 1


@pytest.mark.parametrize("place", ["before the step", "in a hook of the step"])
def test_a_run_can_be_asked_while_a_step_is_under_way(place):
    model, optimizer, loss, x, y = setting("momentum", torch.float32)
    with cp.torch.watch(model, optimizer, loss) as run:
        for step in range(STEPS):
            optimizer.zero_grad()
            loss(model(x[:8]), y[:8]).backward()
            if place == "before the step":
                assert run.steps == step
            elif step == 3:
                optimizer.register_step_pre_hook(lambda *given: run.at(run.steps) and None)
            optimizer.step()
    assert run.history["loss"].null_count() == 0
    assert "not by example" not in run.ledger("W1[1,2]").frame["entry"].to_list()


def test_ctrl_c_anywhere_in_a_hook_after_the_step_leaves_a_run_that_comes_back():
    def interrupted(lines):
        """Break off at a line of the hook or of what it calls; return the run and how many ran."""
        model, optimizer, loss, x, y = setting("momentum", torch.float32)
        ran = []

        def trace(frame, event, _):
            names = [frame.f_code.co_name, frame.f_back.f_code.co_name]
            return counted if "after_step" in names else None

        def counted(frame, event, _):
            if event == "line" and recorder.steps in (6, 7):  # the seventh and eighth
                ran.append(frame.f_lineno)
                if len(ran) == lines:
                    sys.settrace(None)
                    raise KeyboardInterrupt
            return counted

        try:
            with cp.torch.watch(model, optimizer, loss) as run:
                recorder = run.recorder
                for _ in range(9):
                    optimizer.zero_grad()
                    loss(model(x[:8]), y[:8]).backward()
                    sys.settrace(trace)
                    optimizer.step()
                    sys.settrace(None)
        except KeyboardInterrupt:
            pass
        finally:
            sys.settrace(None)
        return run, len(ran)

    _, lines = interrupted(0)
    assert lines > 40
    for line in range(1, lines + 1):
        run, _ = interrupted(line)
        assert run.outcome.status == "interrupted"
        run.at(run.steps - 1)  # what follows is held against the checkpoint of the end


def test_a_disk_that_is_full_breaks_no_other_hook_of_the_step(monkeypatch):
    def full(*given):
        raise OSError(28, "No space left on device")

    model, optimizer, loss, x, y = setting("sgd", torch.float32)
    steps = []

    def loop():
        with cp.torch.watch(model, optimizer, loss) as run:
            optimizer.register_step_post_hook(lambda *given: steps.append(run.recorder.note))
            monkeypatch.setattr(recording, "write_chunk", full)
            monkeypatch.setattr(recording, "CHUNK_STEPS", 4)
            epoch_with()(model, optimizer, loss, x, y)
            assert not model._forward_hooks

    with pytest.warns(RuntimeWarning, match="No space left"):
        loop()
    assert len(steps) == STEPS
    assert steps[0] is None
    assert "cannot be written" in steps[-1]
    assert len(optimizer._optimizer_step_post_hooks) == 1  # the loop's own


# --- memory --------------------------------------------------------------------------------------


def test_a_loop_that_keeps_its_losses_keeps_no_batches():
    model, optimizer, loss, x, y = setting("sgd", torch.float32)
    alive, total = weakref.WeakSet(), 0.0
    gc.disable()
    try:
        with cp.torch.watch(model, optimizer, loss):
            for _ in range(STEPS):
                batch = x[:8].clone()
                alive.add(batch)
                optimizer.zero_grad()
                value = loss(model(batch), y[:8])
                value.backward()
                optimizer.step()
                total = total + value  # with its graph
            del batch
            assert len(alive) <= 1
    finally:
        gc.enable()


def test_slopes_that_no_step_follows_are_kept_in_no_tensors():
    def tensors():
        return sum(type(each) is torch.Tensor for each in gc.get_objects())

    model, optimizer, loss, x, y = setting("sgd", torch.float32)
    with cp.torch.watch(model, optimizer, loss) as run:
        counts = []
        for _ in range(3):
            for _ in range(STEPS):
                batch = x[:8].clone().requires_grad_()
                torch.autograd.grad(loss(model(batch), y[:8]), batch)
            counts.append(tensors() + sum(isinstance(t, torch.Tensor) for *_, t in held(run)))
    assert counts[1] == counts[2]


def held(run):
    """Return what a recorder has of the losses since the last step."""
    return run.recorder.losses.gone
