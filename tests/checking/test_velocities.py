"""What a velocity means, and what follows from one that an earlier slip made wrong."""

import pytest

from clearprop.checking.marking import check

STEPS = """ŷ = w x + b. x = 2, y = 3, w = 0.5, b = 0.1. L = (ŷ − y)². η = 0.05, momentum α = 0.9.
The velocities start at 0: v_w = 0, v_b = 0.

ŷ = 0.5·2 + 0.1 = 1.1
dL/dŷ = 2(1.1 − 3) = -1.9
dL/dw = -1.9·2 = -3.8
dL/db = -1.9
{first}

Step 2:
ŷ = 0.69·2 + 0.195 = 1.575
dL/dŷ = 2(1.575 − 3) = -2.85
dL/dw = -2.85·2 = -5.7
dL/db = -2.85
{second}
"""
STEP = (
    (
        "v_w = 0.9·0 − 0.05·(-3.8) = 0.19\nv_b = 0.9·0 − 0.05·(-1.9) = 0.095\n"
        "w = 0.5 + 0.19 = 0.69\nb = 0.1 + 0.095 = 0.195"
    ),
    (
        "v_w = 0.9·0.19 − 0.05·(-5.7) = 0.456\nv_b = 0.9·0.095 − 0.05·(-2.85) = 0.228\n"
        "w = 0.69 + 0.456 = 1.146\nb = 0.195 + 0.228 = 0.423"
    ),
)
SUM = (
    (
        "v_w = 0.9·0 + (-3.8) = -3.8\nv_b = 0.9·0 + (-1.9) = -1.9\n"
        "w = 0.5 − 0.05·(-3.8) = 0.69\nb = 0.1 − 0.05·(-1.9) = 0.195"
    ),
    (
        "v_w = 0.9·(-3.8) + (-5.7) = -9.12\nv_b = 0.9·(-1.9) + (-2.85) = -4.56\n"
        "w = 0.69 − 0.05·(-9.12) = 1.146\nb = 0.195 − 0.05·(-4.56) = 0.423"
    ),
)


@pytest.mark.parametrize("written", [STEP, SUM], ids=["step", "sum"])
def test_a_velocity_that_a_slip_made_wrong_follows_in_each_step(written: tuple[str, str]) -> None:
    report = check(STEPS.format(first=written[0], second=written[1]))
    wrong = [j for j in report.judgements if j.mark == "wrong"]
    assert [(j.line, j.mistakes[0]) for j in wrong] == [(5, "factor_two_lost")]
    assert report.count("not understood") == 0


NEURON = "ŷ = w x + b. x = 2, y = 3, w = 0.5, b = 0.1. L = ½ (ŷ − y)².\n"
FORWARD = """ŷ = 0.5·2 + 0.1 = 1.1
dL/dŷ = 1.1 − 3 = -1.9
dL/dw = -1.9·2 = -3.8
dL/db = -1.9
"""
ADDED_UP = {
    "Adam with η = 0.1, β1 = 0.9, β2 = 0.999, ε = 1e-8.": """
m_w = 0.9·0 + 0.1·(-3.8) = -0.38
v_w = 0.999·0 + 0.001·(-3.8)² = 0.01444
m̂_w = -0.38/(1 − 0.9) = -3.8
v̂_w = 0.01444/(1 − 0.999) = 14.44
w = 0.5 − 0.1·(-3.8)/√14.44 = 0.6
""",
    "Nesterov momentum with μ = 0.9, η = 0.05.": """
v_w = 0.9·0 − 0.05·(-3.8) = 0.19
w = 0.5 − 0.05·(-3.8) + 0.9·0.19 = 0.861
""",
    "RMSprop with η = 0.1, ρ = 0.9, ε = 1e-8.": """
s_w = 0.9·0 + 0.1·(-3.8)² = 1.444
w = 0.5 − 0.1·(-3.8)/√1.444 = 0.8162
""",
}


@pytest.mark.parametrize("said", ADDED_UP)
def test_what_is_added_up_from_zero_carries_nothing_into_the_step(said: str) -> None:
    report = check(NEURON + said + "\n" + FORWARD + ADDED_UP[said])
    assert {judgement.mark for judgement in report.judgements} == {"right"}


def test_a_step_after_an_optimizer_that_is_not_known_is_not_judged() -> None:
    slip = FORWARD.replace("1.1 − 3 = -1.9", "1.1 − 3 = -3.8").replace(
        "-1.9·2 = -3.8", "-3.8·2 = -7.6"
    )
    text = (
        f"{NEURON}Adagrad with η = 0.1.\n{slip}\nG_w = 0 + (-7.6)² = 57.76\n"
        "w = 0.5 − 0.1·(-7.6)/√57.76 = 0.6\n\nŷ = 0.6·2 + 0.1 = 1.3\n"
        "dL/dw = (1.3 − 3)·2 = -3.4\nG_w = 57.76 + (-3.4)² = 69.32\n"
    )
    wrong = {j.line for j in check(text).judgements if j.mark == "wrong"}
    assert wrong == {4}


def test_a_bias_that_adamw_decays_too_is_no_mistake() -> None:
    said = "AdamW with η = 0.1, β1 = 0.9, β2 = 0.999, ε = 1e-8, weight decay λ = 0.01."
    update = (
        "m_b = 0.9·0 + 0.1·(-1.9) = -0.19\nv_b = 0.999·0 + 0.001·(-1.9)² = 0.00361\n"
        "m̂_b = -0.19/(1 − 0.9) = -1.9\nv̂_b = 0.00361/(1 − 0.999) = 3.61\n"
        "w = 0.5 − 0.1·((-3.8)/√14.44 + 0.01·0.5) = 0.5995\n"
        "b = 0.1 − 0.1·((-1.9)/√3.61 + 0.01·0.1) = 0.1999\n"
    )
    report = check(f"{NEURON}{said}\n\n{FORWARD}\n{update}")
    assert report.count("wrong") == report.count("follows") == 0
