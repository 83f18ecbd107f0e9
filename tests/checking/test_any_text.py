"""Any text at all: it is marked or told why not, whatever stands in it."""

import tomllib
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clearprop.checking.marking import check
from clearprop.network.lesson import lesson_from_tables, seed_lesson

ONE_HOT = lesson_from_tables(  # one output's share of the loss is 0
    tomllib.loads("""\
[network]
layers = [1, 2, 2]
activations = ["relu", "softmax"]
[parameters]
weights = [[[0.5], [0.3]], [[0.2, 0.4], [-0.5, 0.3]]]
[example]
x = [[1]]
y = [[0, 1]]
[learning]
loss = "cross_entropy"
rate = 0.1
""")
)


def test_a_share_of_the_loss_that_is_nothing_has_no_mistake_behind_it():
    judgement = check("E_o1 = 0.3", ONE_HOT).judgements[0]
    assert (judgement.mark, judgement.exact, judgement.mistakes) == ("wrong", 0.0, ())


def test_a_number_of_more_digits_than_a_float_has_is_no_slip_of_the_pen():
    wrong = check("z_h = 1.17" + "7" * 40, seed_lesson()).first_wrong
    assert wrong.mistakes == ()


PIECES = st.sampled_from(
    [*"()[]{}=≈→+-*/^_|&,;:@'$\n\n\n ", "x1", "w₃", "∂L/∂w₃", "σ(", "ŷ", "h = ", "0.5", "-0.24",
     "1e400", "\\frac{1}{2}", "\\sum_k", "e^(-z)", "max(0,", "a^{[1]}", "w_{11}", "softmax(", "0/0",
     "η = 0.1", "y = 1", "z = w1*x1", "h = σ(z)", "E_total", "δ_h", "new", "E_o1 = 0.3",
     "∂E_o2/∂h_1 = 0.1", "y = [0, 1]", "0.7" + "7" * 40, "Δw₃ = 0", "0 × "]
)  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(PIECES, max_size=80).map("".join) | st.text(max_size=200))
def test_any_text_at_all_is_marked_or_told(text):
    for lesson in (None, seed_lesson(), ONE_HOT):
        report = check(text, lesson)
        assert report.exit_code in (0, 1, 2)


WHOLE = sorted((Path(__file__).parent / "told").glob("*.[mt]*")) + [
    path
    for path in sorted((Path(__file__).parent / "solutions").iterdir())
    if path.suffix in (".md", ".txt", ".tex")
]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(WHOLE), st.sampled_from(WHOLE), st.randoms(use_true_random=False))
def test_damaged_solutions_are_marked_or_told(first, second, chance):
    """Lines are dropped and moved, a block of another solution stands among them, signs differ."""
    text, other = (path.read_text("utf-8").splitlines() for path in (first, second))
    lines = [line for line in text if chance.random() > 0.1]
    start, place = chance.randrange(len(other)), chance.randrange(len(lines) + 1)
    lines[place:place] = other[start : start + chance.randrange(20)]
    if chance.random() < 0.3:
        chance.shuffle(lines)
    old, new = (
        chance.choice("0123456789xyzwbh12()=_^"),
        chance.choice(["1", "(", "", "@", "^", "x"]),
    )
    lines = [line.replace(old, new, chance.randrange(2)) for line in lines]
    assert check("\n".join(lines)).exit_code in (0, 1, 2)
