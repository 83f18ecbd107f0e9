"""Draws from counters against splitmix64 and Durstenfeld's shuffle in plain Python integers."""

from collections import Counter
from time import process_time

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from clearprop.backprop.draws import DROPOUT, SHUFFLING, draws, dropout_mask, shuffled, stream

WORD = 2**64 - 1
GOLDEN = 0x9E3779B97F4A7C15
SEEDS = st.integers(0, 2**32 - 1)


def finalised(z: int) -> int:
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 & WORD
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB & WORD
    return z ^ (z >> 31)


def key_of(*numbers: int) -> int:
    key = 0
    for number in numbers:
        key = finalised((key ^ number) + GOLDEN & WORD)
    return key


def draw(key: int, i: int) -> int:
    return finalised(key + (i + 1) * GOLDEN & WORD)


def test_the_draws_of_a_stream_are_those_of_splitmix64() -> None:
    # java.util.SplittableRandom(1234567).nextLong(), as listed with Rosetta Code's splitmix64
    assert draws(1234567, 5).tolist() == [
        6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431,
        16408922859458223821,
    ]  # fmt: skip


@given(st.lists(st.integers(0, WORD), min_size=1, max_size=4), st.integers(0, 20))
def test_a_stream_is_named_by_its_numbers_in_their_order(numbers: list[int], count: int) -> None:
    key = stream(*numbers)
    assert key == key_of(*numbers)
    assert draws(key, count).tolist() == [draw(key, i) for i in range(count)]


@given(st.integers(0, 60), SEEDS, st.integers(0, 10**6))
def test_an_order_is_durstenfelds_shuffle(n: int, seed: int, epoch: int) -> None:
    key, order = key_of(SHUFFLING, seed, epoch), list(range(n))
    for i in range(n - 1, 0, -1):
        j = (draw(key, n - 1 - i) >> 32) * (i + 1) >> 32
        order[i], order[j] = order[j], order[i]
    found = shuffled(n, seed, epoch)
    assert found.tolist() == order
    assert found.dtype == np.int64


def test_every_order_of_three_is_as_likely_as_the_others() -> None:
    found = Counter(tuple(shuffled(3, 0, epoch).tolist()) for epoch in range(6000))
    assert len(found) == 6
    assert all(abs(count - 1000) < 130 for count in found.values())  # four deviations


def test_a_million_rows_are_shuffled_in_a_moment() -> None:
    started = process_time()
    shuffled(10**6, 0, 0)
    assert process_time() - started < 3  # about 0.5 s; a busy machine may take longer


@given(
    SEEDS,
    st.integers(0, 10**6),
    st.integers(1, 3),
    st.integers(1, 5),
    st.integers(1, 5),
    st.floats(0, 0.99),
)
def test_a_mask_leaves_out_what_is_drawn_below_the_share(
    seed: int, step: int, layer: int, m: int, units: int, p: float
) -> None:
    key = key_of(DROPOUT, seed, step, layer)
    wanted = [
        [0.0 if (draw(key, k * units + u) >> 11) * 2.0**-53 < p else 1 / (1 - p)
         for u in range(units)]
        for k in range(m)
    ]  # fmt: skip
    assert dropout_mask(seed, step, layer, (m, units), p).tolist() == wanted


def test_a_mask_has_the_type_that_is_asked_for_and_keeps_the_expected_sum() -> None:
    mask = dropout_mask(0, 0, 1, (1000, 100), 0.2, "float32")
    assert mask.dtype == np.float32
    assert abs(float(mask.mean()) - 1) < 0.006  # four deviations
