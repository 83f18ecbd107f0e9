"""A loss that is not defined for what the output layer gives is refused in one sentence."""

from itertools import product

import pytest

from clearprop.errors import SettingError
from clearprop.formulas.activations import ACTIVATIONS
from clearprop.formulas.losses import LOSSES
from oracles.cases import FITTING, Case, lesson_of

REFUSED = [pair for pair in product(LOSSES, ACTIVATIONS) if pair not in FITTING]


def test_what_is_refused_and_what_fits_are_the_whole_table():
    assert len(REFUSED) == 18
    assert len(FITTING) == 52


@pytest.mark.parametrize(("loss", "activation"), REFUSED)
def test_a_loss_without_its_outputs_is_refused_in_one_sentence(loss, activation):
    needed = {"binary_cross_entropy": "sigmoid", "cross_entropy": "softmax"}[loss]
    with pytest.raises(SettingError) as refused:
        lesson_of(Case(loss, activation, outputs=2))
    assert str(refused.value) == (
        f"{loss} takes outputs of {needed}, but the output layer is {activation}; "
        f"give the last layer the activation {needed} or choose another loss"
    )
