import numpy as np
import pytest

from clearprop.network.learning import Learning
from clearprop.network.network import Network
from clearprop.network.parameters import Parameters, place_of
from clearprop.network.quantities import Bias, Quantity, Weight
from clearprop.training.batches import Batches
from clearprop.training.divergence import Break, find_break
from clearprop.training.engine import TrainingState
from clearprop.training.job import Job
from clearprop.training.reference import ReferenceEngine
from clearprop.training.settings import TrainingSettings

NETWORK = Network([1, 1, 1], "identity", biases=False)


def broken(w1: float, w2: float, x: float = 1.0, rate: float = 0.1) -> Break:
    learning = Learning("squared_error", constants={"rate": rate})
    parameters = Parameters(NETWORK, np.array([w1, w2]))
    one = np.array([[x]])
    settings = TrainingSettings(learning, epochs=50)
    job = Job(NETWORK, settings, Batches(one, one, 1, 0))
    engine = ReferenceEngine(job)
    state = TrainingState(parameters, engine.first_state(parameters).optimizer, step=41)
    assert engine.advance(state, 42).broke
    return find_break(job, state)


def test_the_first_number_that_breaks_is_named_with_step_layer_and_operands() -> None:
    assert broken(1e200, 1, x=1e200).sentence() == (
        "training broke in step 42: a net input z of layer 1 became infinite: z_h (row 0),"
        " from w1 = 1e+200 and x1 = 1e+200"
    )
    assert broken(1e200, -1e200).sentence() == (
        "training broke in step 42: a net input z of layer 2 became negative infinite: z_out"
        " (row 0), from w2 = -1e+200 and h = 1e+200"
    )
    assert broken(1e180, 1).sentence() == (
        "training broke in step 42: the loss at the outputs of layer 2 became infinite: L (row 0),"
        " from yhat = 1e+180 and y = 1"
    )
    assert broken(1 + 1e-10, 1, x=1e160).sentence() == (
        "training broke in step 42: the gradient of a weight of layer 2 became infinite: dL/dw2,"
        " from dL/dz_out = 2e+150 and h = 1e+160"
    )
    assert broken(1, 9e153, rate=1e6).sentence() == (
        "training broke in step 42: the updated value of a weight of layer 1 became"
        " negative infinite: w1_new, from w1 = 1 and dL/dw1 = 1.62e+308 and eta = 1e+06"
    )


WIDE = Network([6, 8, 2], "identity")


def wide_break(
    changed: dict[Quantity, float], optimizer: str = "gradient_descent", dtype: str = "float64"
) -> Break:
    """Return how three examples break a network all of whose numbers are 1, but for some."""
    vector = np.ones(WIDE.parameter_count, dtype)
    for parameter, value in changed.items():
        assert isinstance(parameter, Weight | Bias)
        vector[place_of(WIDE, parameter)] = value
    x, y = np.ones((3, 6), dtype), np.zeros((3, 2), dtype)
    x[1] *= 2
    learning = Learning("squared_error", optimizer=optimizer)
    settings = TrainingSettings(learning, epochs=9, batch_size=3, dtype=dtype)
    job = Job(WIDE, settings, Batches(x, y, 3, 0, numbers=np.array([5, 7, 11])))
    state = ReferenceEngine(job).first_state(Parameters(WIDE, vector))
    return find_break(job, state)


def test_operands_are_those_of_the_largest_product_and_rows_are_those_of_the_data() -> None:
    found = wide_break({Weight(1, 3, 4): 1e308})
    assert (found.number, found.row) == ("z1[3]@2", 7)
    assert found.operands == (("W1[3,4]", 1e308), ("x[4]@2", 2.0))
    found = wide_break({Bias(2, 1): 1.7e308, Weight(2, 1, 0): 1e307})
    assert found.number == "z2[1]@1"
    assert found.operands == (("b2[1]", 1.7e308),)
    found = wide_break({Weight(1, 3, 4): 1e200, Weight(2, 1, 3): 1e-60})
    assert (found.number, found.row) == ("L@1", 5)
    assert [name for name, _ in found.operands] == ["a2[0]@1", "y[0]@1"]


def test_the_operands_of_a_delta_and_of_what_an_optimizer_carries_are_named() -> None:
    silent = {Weight(1, 5, source): 0.0 for source in range(6)}
    found = wide_break({**silent, Bias(1, 5): 1e-60, Weight(2, 0, 5): 1e200})
    assert (found.quantity, found.number) == ("a delta", "delta1[5]@1")
    assert found.operands == (("delta2[0]@1", pytest.approx(2 / 3 * 1e140)), ("W2[0,5]", 1e200))
    found = wide_break({**silent, Bias(1, 5): 1e80, Weight(2, 0, 5): 1e20}, "adam")
    assert (found.quantity, found.number) == ("the optimizer's v of a weight", "v_W2[0,5]_new")
    assert found.operands == (("dL/dW2[0,5]", pytest.approx(2e180)), ("v_W2[0,5]", 0.0))
    assert found.row is None


def test_a_number_too_large_for_float32_is_told_as_that() -> None:
    assert wide_break({Weight(1, 3, 4): 3e38}, dtype="float32").words == (
        "a net input z of layer 1 became infinite (beyond the 3.4e+38 of float32): z1[3]@2 (row 7),"
        " from W1[3,4] = 3e+38 and x[4]@2 = 2"
    )
