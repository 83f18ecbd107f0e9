import numpy as np

from clearprop.network.learning import Learning
from clearprop.network.network import Network
from clearprop.network.parameters import Parameters
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


def test_the_first_number_that_breaks_is_named_with_step_and_layer() -> None:
    assert broken(1e200, 1, x=1e200).sentence() == (
        "training broke in step 42: a net input z of layer 1 became infinite"
    )
    assert broken(1e200, -1e200).sentence() == (
        "training broke in step 42: a net input z of layer 2 became negative infinite"
    )
    assert broken(1e180, 1).sentence() == (
        "training broke in step 42: the loss at the outputs of layer 2 became infinite"
    )
    assert broken(1 + 1e-10, 1, x=1e160).sentence() == (
        "training broke in step 42: the gradient of a weight of layer 2 became infinite"
    )
    assert broken(1, 9e153, rate=1e6).sentence() == (
        "training broke in step 42: the updated value of a weight of layer 1 became"
        " negative infinite"
    )
