"""Many steps in a row: compiled where they are very many, to the same bits."""

import subprocess
import sys
from dataclasses import replace

import pytest

from clearprop.errors import Diverged
from clearprop.network.learning import Learning
from clearprop.network.lesson import seed_lesson
from clearprop.tracing import history
from clearprop.tracing.history import repeat


def of_history(lesson, steps):
    last, found = repeat(lesson, steps)
    return last.updated.vector.tolist(), found.rows


@pytest.mark.parametrize("optimizer", ["gradient_descent", "adam"])
def test_compiled_steps_have_the_bits_of_plain_python(monkeypatch, optimizer):
    lesson = replace(seed_lesson(), learning=Learning("squared_error", optimizer))
    plain = of_history(lesson, 30_000)
    monkeypatch.setattr(history, "COMPILED_FROM", 0)
    assert of_history(lesson, 30_000) == plain


def test_compiled_steps_end_where_plain_python_does(monkeypatch):
    lesson = replace(
        seed_lesson(),
        learning=Learning("squared_error", constants={"rate": 1.0, "weight_decay": 3.0}),
    )
    with pytest.raises(Diverged) as plain:
        repeat(lesson, 30_000)
    monkeypatch.setattr(history, "COMPILED_FROM", 0)
    with pytest.raises(Diverged) as compiled:
        repeat(lesson, 30_000)
    assert str(plain.value) == str(compiled.value)


def test_few_steps_need_no_compiler():
    code = "import sys; import clearprop as cp; cp.trace(steps=5000); print('numba' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout == "False\n"
