"""The rate of every step, against torch.optim and plain Python floats."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clearprop.formulas.arithmetic import FLOATS, evaluate
from clearprop.formulas.schedules import SCHEDULES, WARM_UP, schedule
from clearprop.network.learning import Learning
from clearprop.training.schedules import scheduled_rates
from clearprop.training.settings import TrainingSettings

EPOCHS, PER_EPOCH = 30, 4


def settings(rate: float = 0.3, **options: object) -> TrainingSettings:
    learning = Learning(constants={"rate": rate})
    if options.get("schedule") == "adaptive":  # it goes by what early stopping waits for
        options = {"early_stopping": True, "validation_size": 0.1, **options}
    return TrainingSettings(learning, **{"epochs": EPOCHS, **options})  # type: ignore[arg-type]


def rates(**options: object) -> np.ndarray:
    return scheduled_rates(settings(**options), 0, EPOCHS * PER_EPOCH, PER_EPOCH)


def rates_of_torch(scheduler: str, per_step: bool = False, **options: object) -> np.ndarray:
    torch = pytest.importorskip("torch")
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.3)
    falling = getattr(torch.optim.lr_scheduler, scheduler)(optimizer, **options)
    found = []
    for step in range(EPOCHS * PER_EPOCH):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        if per_step or step % PER_EPOCH == PER_EPOCH - 1:
            falling.step()
    return np.array(found)


def test_a_constant_rate_stays() -> None:
    assert set(rates().tolist()) == {0.3}


def test_steps_fall_as_in_torch() -> None:
    expected = rates_of_torch("StepLR", step_size=7, gamma=0.5)
    found = rates(schedule="step", decay_factor=0.5, decay_every=7)
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    assert rates(schedule="step")[10 * PER_EPOCH] == 0.3 * 0.1  # every 10 epochs unless told


def test_exponential_decay_is_torchs() -> None:
    expected = rates_of_torch("ExponentialLR", gamma=0.9)
    found = rates(schedule="exponential", decay_factor=0.9)
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    assert rates(schedule="exponential")[PER_EPOCH] == 0.3 * 0.95


def test_the_cosine_is_torchs_step_by_step() -> None:
    expected = rates_of_torch("CosineAnnealingLR", per_step=True, T_max=EPOCHS * PER_EPOCH)
    np.testing.assert_allclose(rates(schedule="cosine"), expected, rtol=1e-10)


@pytest.mark.parametrize("name", SCHEDULES)
def test_warm_up_grows_from_near_nothing_to_the_scheduled_rate(name: str) -> None:
    warm, plain = rates(schedule=name, warmup=3), rates(schedule=name)
    share = warm / plain
    np.testing.assert_allclose(share[:12], np.arange(1, 13) / 12, rtol=1e-15)
    assert (warm[12:] == plain[12:]).all()


@given(
    st.sampled_from(list(SCHEDULES)),
    st.floats(1e-6, 10),
    st.floats(1e-3, 1),
    st.integers(1, 9),
    st.integers(0, 4),
    st.integers(1, 40),
    st.integers(1, 9),
)
def test_rates_are_to_the_bit_those_of_plain_floats_however_they_are_asked_for(
    name: str, rate: float, factor: float, every: int, warmup: int, epochs: int, per_epoch: int
) -> None:
    given_constants = {
        "decay_factor": factor, "decay_every": every, "decay_power": factor, "decay_scale": every,
    }  # fmt: skip
    constants = {key: given_constants[key] for key in schedule(name).constants}
    asked = settings(rate, schedule=name, warmup=warmup, epochs=epochs, **constants)
    expected = []
    for step in range(epochs * per_epoch):
        values = {
            "rate": rate,
            "epoch": float(step // per_epoch),
            "progress": step / (epochs * per_epoch),
            "pi": math.pi,
            "cuts": 0.0,
            **{key: float(value) for key, value in constants.items()},
        }
        found = evaluate(schedule(name).formula, values, FLOATS)
        if step < warmup * per_epoch:
            warming = {"scheduled": found, "update": step + 1.0, "warmup_steps": warmup * per_epoch}
            found = evaluate(WARM_UP, warming, FLOATS)
        expected.append(found)
    steps = epochs * per_epoch
    assert scheduled_rates(asked, 0, steps, per_epoch).tolist() == expected
    middle = steps // 2
    parts = [scheduled_rates(asked, *part, per_epoch) for part in ((0, middle), (middle, steps))]
    assert np.concatenate(parts).tolist() == expected
    assert parts[0].dtype == np.float64
