import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from clearprop.training.batches import Batches


def batches(examples: int, size: int, seed: int = 0) -> Batches:
    rows = np.arange(examples, dtype=float).reshape(-1, 1)
    return Batches(rows, rows, size, seed)


@given(st.integers(1, 50), st.integers(1, 60), st.integers(0, 3))
def test_an_epoch_takes_every_example_exactly_once(examples: int, size: int, epoch: int) -> None:
    found = batches(examples, size)
    steps = range(epoch * found.per_epoch, (epoch + 1) * found.per_epoch)
    taken = np.concatenate([found.rows(step) for step in steps])
    assert sorted(taken.tolist()) == list(range(examples))


def test_the_order_follows_from_seed_and_epoch_alone() -> None:
    assert batches(20, 4).order(7).tolist() == batches(20, 5).order(7).tolist()
    assert batches(20, 4).order(7).tolist() != batches(20, 4).order(8).tolist()
    assert batches(20, 4).order(7).tolist() != batches(20, 4, seed=1).order(7).tolist()


def test_a_batch_larger_than_the_data_is_all_of_the_data() -> None:
    found = batches(3, 100)
    assert found.per_epoch == 1
    assert found.batch(5)[0].shape == (3, 1)


def test_one_batch_of_all_examples_keeps_them_in_the_order_of_the_data() -> None:
    for size in (5, 100):
        assert batches(5, size).rows(3).tolist() == [0, 1, 2, 3, 4]
