"""Weights that are listed by two numbers, or stand in a table of units."""

import pytest

from checking.reports import marks, network_of
from clearprop.checking.marking import check

LISTED = """\
v₁₁ = 0.1, v₁₂ = 0.4, v₂₁ = -0.3, v₂₂ = 0.2, v₃₁ = 0.6, v₃₂ = -0.5, b₁ = 0.2, b₂ = 0.1, b₃ = -0.1
w₁ = 0.3, w₂ = -0.7, w₃ = 0.5, b = 0.2
"""
TABLES = """
| | x₁ | x₂ | bias |
|---|---|---|---|
| h₁ | 0.1 | 0.4 | 0.2 |
| h₂ | −0.3 | 0.2 | 0.1 |
| h₃ | 0.6 | −0.5 | −0.1 |

| | h₁ | h₂ | h₃ | bias |
|---|---|---|---|---|
| y | 0.3 | −0.7 | 0.5 | 0.2 |

"""
TURNED = """
| from \\ to | h₁ | h₂ | h₃ |
|---|---|---|---|
| x₁ | 0.1 | −0.3 | 0.6 |
| x₂ | 0.4 | 0.2 | −0.5 |
| bias | 0.2 | 0.1 | −0.1 |

| weights | y |
|---|---|
| h₁ | 0.3 |
| h₂ | −0.7 |
| h₃ | 0.5 |
| bias | 0.2 |

"""
TWO_THREE_ONE = """\
All units are sigmoid, φ(u) = 1/(1+e^{{−u}}). x₁ = 0.5, x₂ = 1.0, t = 0, η = 0.25
{}
u₁ = 0.1·0.5 + 0.4·1 + 0.2 = 0.6500, h₁ = φ(u₁) = 0.6570
u₂ = 0.1500, h₂ = 0.5374
u₃ = -0.3000, h₃ = 0.4256
u = 0.3·0.6570 − 0.7·0.5374 + 0.5·0.4256 + 0.2 = 0.2337
y = φ(u) = 0.5582
E = ½(t − y)² = 0.1558
δ = (y − t)·y·(1 − y) = 0.1377
Δw₁ = −η·δ·h₁ = -0.0226
Δw₃ = −η·δ·h₃ = -0.0147
δ₁ = δ·w₁·h₁·(1−h₁) = {}
w₁: 0.3 → 0.2774
w₂: −0.7 → -0.7185
"""


@pytest.mark.parametrize("given", [LISTED, LISTED.replace("v", "V"), TABLES, TURNED])
def test_weights_are_listed_by_two_numbers_or_in_a_table_of_units(given):
    text = TWO_THREE_ONE.format(given, "0.1377·0.3·0.2254 = 0.0093")
    assert network_of(text) == ((2, 3, 1), ("sigmoid", "sigmoid"), "half_squared_error")
    assert set(marks(text)) <= {"right", "rounding"}


@pytest.mark.parametrize("given", [LISTED, TABLES, TURNED])
def test_a_mistake_below_a_table_of_weights_is_found(given):
    text = TWO_THREE_ONE.format(given, "0.1377·0.3 = 0.0413")
    wrong = [j for j in check(text).judgements if j.mark == "wrong"]
    assert wrong[0].text.endswith("= 0.1377·0.3")
    assert {j.line for j in wrong} == {wrong[0].line}


def test_a_second_table_of_the_same_units_holds_no_weights():
    slopes = TABLES.replace("0.1 | 0.4", "0.0047 | 0.0093")
    text = TWO_THREE_ONE.format(TABLES, "0.1377·0.3·0.2254 = 0.0093") + slopes
    assert set(marks(text)) <= {"right", "rounding"}
