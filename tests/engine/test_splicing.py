"""Functions put in the place of their calls: the program does what it did, and no name is lost."""

import pytest

from clearprop.engine.splicing import with_calls_spliced

HELPERS = '''
def spliced(function):
    return function

def outer(x):
    return x + 1

@spliced
def half(x):
    return x / 2

@spliced
def add_up(numbers, total):
    """Add numbers to a total."""
    for i in range(len(numbers)):
        total += half(numbers[i])
    return total

@spliced
def put(numbers, i, value):
    numbers[i] = value

@spliced
def shadowing(numbers):
    outer = add_up(numbers, 0)
    numbers = [outer]
    return numbers
'''
CALLERS = """
def run(numbers):
    found = []
    for i in range(3):
        total = add_up(numbers, i)
        total = add_up([total, half(i)], total)
        found.append(total * half(i + 1))
    put(found, 0, half(found[1]))
    kept = shadowing(found)
    return [*found, *kept, *numbers, outer(1)]

def returned(numbers):
    return add_up(numbers, half(1))
"""


def test_a_spliced_program_does_what_the_program_does() -> None:
    plain, spliced = {}, {}
    exec(HELPERS + CALLERS, plain)
    exec(with_calls_spliced(HELPERS + CALLERS), spliced)
    assert spliced["run"]([1, 2, 3]) == plain["run"]([1, 2, 3])
    assert spliced["returned"]([1, 2, 3]) == plain["returned"]([1, 2, 3])


def test_nothing_of_what_is_spliced_stays_as_a_function() -> None:
    text = with_calls_spliced(HELPERS + CALLERS)
    assert "@spliced" not in text
    assert "add_up" not in text
    assert "def outer" in text


def test_a_text_without_marks_stays_as_it_is() -> None:
    text = "x = (1)  # one\n"
    assert with_calls_spliced(text) == text


def test_a_function_of_many_statements_has_no_place_in_an_expression() -> None:
    with pytest.raises(ValueError, match=r"not a function of one expression: add_up\(x, 0\)"):
        with_calls_spliced(HELPERS + "def run(x):\n    return 1 + add_up(x, 0)\n")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "@spliced\ndef f(x):\n    if x:\n        return 1\n    return 2",
            "f returns before its end",
        ),
        ("@spliced\ndef f(x):\n    return f(x)\ndef run(x):\n    return f(x)", "it calls itself"),
        ("@spliced\ndef f(x):\n    return x\ndef run(x):\n    return f(x=x)", "not its arguments"),
        ("@spliced\ndef f(x):\n    return x\ndef run(x):\n    return f(x, x)", "not its arguments"),
        (
            "@spliced\ndef f(x):\n    return exp(x)\ndef run(exp):\n    return f(exp)",
            "the caller has a exp of its own",
        ),
    ],
)
def test_what_cannot_be_spliced_is_an_error(text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        with_calls_spliced(text)
