"""The number of threads: it reaches the libraries that compute, and a slow choice is told."""

import logging

import numpy as np
import pytest
from threadpoolctl import threadpool_info

import clearprop as cp
from clearprop.training import threads


@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("engine", ["reference", "generic"])
def test_the_products_of_a_training_run_on_as_many_threads(engine: str, count: int) -> None:
    seen = set()

    def look(progress: object) -> None:
        found = [each for each in threadpool_info() if each["user_api"] == "blas"]
        seen.update(each["num_threads"] for each in found)

    cp.train("xor", hidden=[8], epochs=2, engine=engine, threads=count, progress=look)
    assert seen == {count}


def test_threads_that_are_slower_than_one_are_told(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threads, "product_seconds", lambda count, a, w: 1.0 + count)
    with caplog.at_level(logging.WARNING, "clearprop"):
        cp.train("xor", hidden=[32], epochs=2, threads=2)
        assert caplog.messages == [
            "2 threads are slower than one here: a layer's product takes 1.5 times as long"
        ]
        caplog.clear()
        cp.train("xor", hidden=[32], epochs=2, threads=1)
        cp.train("xor", hidden=[32], epochs=2, threads=2, arithmetic="strict")  # no products
    assert caplog.messages == []


def test_a_slow_product_is_timed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    clock = iter(range(100))
    monkeypatch.setattr(threads, "perf_counter", lambda: next(clock))
    monkeypatch.setattr(threads.np, "dot", lambda a, w, out: calls.append(out))
    threads.product_seconds(1, np.ones((2, 2)), np.ones((2, 2)))
    assert len(calls) == 1


def blas_threads() -> set[int]:
    found = [each for each in threadpool_info() if each["user_api"] == "blas"]
    return {each["num_threads"] for each in found}


def test_trainings_beside_each_other_may_end_in_any_order() -> None:
    with threads.threads(2):
        first, second = threads.threads(1), threads.threads(1)
        first.__enter__()
        second.__enter__()
        first.__exit__(None, None, None)
        assert blas_threads() == {1}
        second.__exit__(None, None, None)
        assert blas_threads() == {2}
    assert threads.LIMITS == []
