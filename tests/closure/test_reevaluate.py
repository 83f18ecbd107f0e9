"""The checker itself is proven: it passes pages that close and fails every damaged one."""

import re

import pytest

from closure.reevaluate import check_latex, check_text, examine_latex, examine_text

SEED_GIVENS = """\
Step 1: Forward pass
Inputs: x₁ = 1, x₂ = 2; target y = 1   learning rate η = 0.1
  • w₁ = 0.5
  w₂ = 0.3   w₃ = 0.8

      x₁ ──w₁──┐
               ├──► h ──w₃──► ŷ = output
"""

SEED_LINES = """\
  z_h = w₁ × x₁ + w₂ × x₂ = 0.5 × 1 + 0.3 × 2 = 1.1
  h = σ(z_h) = 1 / (1 + e^(-z_h))
    = 1 / (1 + e^(-1.1))
    ≈ 0.7503
  z_out = w₃ × h = 0.8 × 0.7503 ≈ 0.6002
  ŷ = σ(z_out) = 1 / (1 + e^(-z_out)) = 1 / (1 + e^(-0.6002)) ≈ 0.6457
  L = (y - ŷ)² = (1 - 0.6457)² ≈ 0.1255
  ∂L/∂ŷ = -2 × (y - ŷ) = -2 × (1 - 0.6457) ≈ -0.7086
  ∂ŷ/∂z_out = ŷ × (1 - ŷ) = 0.6457 × (1 - 0.6457) ≈ 0.2288
  ∂L/∂z_out = ∂L/∂ŷ × ∂ŷ/∂z_out = (-0.7086) × 0.2288 ≈ -0.1621
  ∂z_out/∂w₃ = h ≈ 0.7503
  ∂L/∂w₃ = ∂L/∂z_out × ∂z_out/∂w₃ = (-0.1621) × 0.7503 ≈ -0.1216
  ∂z_out/∂h = w₃ = 0.8
  ∂h/∂z_h = h × (1 - h) = 0.7503 × (1 - 0.7503) ≈ 0.1874
  ∂L/∂z_h = ∂L/∂z_out × ∂z_out/∂h × ∂h/∂z_h = (-0.1621) × 0.8 × 0.1874 ≈ -0.0243
  ∂L/∂w₁ = ∂L/∂z_h × x₁ = (-0.0243) × 1 ≈ -0.0243
  ∂L/∂w₂ = ∂L/∂z_h × x₂ = (-0.0243) × 2 ≈ -0.0486
  w₃_new = w₃ - η × ∂L/∂w₃ = 0.8 - 0.1 × (-0.1216) ≈ 0.8122
"""

SEED = SEED_GIVENS + SEED_LINES

SEED_BY_HAND = (
    SEED_GIVENS
    + """\
  z_h = w₁ × x₁ + w₂ × x₂ = 0.5 × 1 + 0.3 × 2 = 0.5 + 0.6 = 1.1
  h = σ(z_h) = 1 / (1 + e^(-z_h)) = 1 / (1 + e^(-1.1)) ≈ 0.750
  z_out = w₃ × h = 0.8 × 0.750 = 0.600
  ŷ = σ(z_out) = 1 / (1 + e^(-z_out)) = 1 / (1 + e^(-0.600)) ≈ 0.646
  L = (y - ŷ)² = (1 - 0.646)² ≈ 0.125
  ∂h/∂z_h = h × (1 - h) = 0.750 × (1 - 0.750) = 0.1875
"""
)

SOFTMAX = """\
z_out₁ = 2
z_out₂ ≈ 1.234e-05
y₁ = 1, y₂ = 0
m_out = max(z_out₁, z_out₂) = max(2, 1.234e-05) = 2
e_out1 = e^(z_out₁ - m_out) = e^(2 - 2) = 1
e_out2 = e^(z_out₂ - m_out) = e^(1.234e-05 - 2) ≈ 0.1353
s_out = e_out1 + e_out2 = 1 + 0.1353 ≈ 1.135
ŷ₁ = e_out1 / s_out = 1 / 1.135 ≈ 0.8808
ŷ₂ = e_out2 / s_out = 0.1353 / 1.135 ≈ 0.1192
L = -(y₁ × ln(ŷ₁)) - y₂ × ln(ŷ₂) = -(1 × ln(0.8808)) - 0 × ln(0.1192) ≈ 0.1269
δ1[0]@2 = ŷ₁ - y₁ = 0.8808 - 1 ≈ -0.1192
"""

OTHER_FUNCTIONS = """\
W1[3,7] = 0.25, β₁ᵗ = 0.9   slope = 0.01
z1[4]@2 = -0.7
a1[4]@2 = ReLU(z1[4]@2) = max(0, z1[4]@2) = max(0, -0.7) = 0
rest_dL/da1[3] ≈ 5.598e-06   (the 5 smaller terms, added)
∂L/∂a1[3] = slope × W1[3,7] + rest_dL/da1[3] = 0.01 × 0.25 + 5.598e-06 ≈ 0.002506
a1[5]@2 = ReLU(z1[4]@2) = 0 = 0
a2[0] = tanh(W1[3,7]) = tanh(0.25) ≈ 0.2449
g = ½ × (1 + erf(W1[3,7] / √(2))) = ½ × (1 + erf(0.25 / √(2))) ≈ 0.5987
m̂ = z1[4]@2 / (1 - β₁ᵗ) = (-0.7) / (1 - 0.9) = -7
d = |z1[4]@2| × sign(z1[4]@2) = |-0.7| × sign(-0.7) = -0.7
q = slope × z1[4]@2³ + z1[4]@2^(2) = 0.01 × (-0.7)³ + (-0.7)^(2) ≈ 0.4866
"""

SEED_LATEX = r"""
\section*{Step 1: forward pass}
The inputs are $x_1 = 1$, $x_{2} = 2$ and the target is $y = 1$; $\eta = 0.1$.
\[ w_1 = 0.5, \quad w_2 = 0.3, \quad w_3 = 0.8 \]
\begin{align*}
z_{h} &= w_{1} \times x_{1} + w_{2} \times x_{2} \\
      &= 0.5 \times 1 + 0.3 \times 2 = 1.1 \\
h &= \sigma\left(z_{h}\right) = \frac{1}{1 + e^{-z_{h}}}
   = \frac{1}{1 + e^{-1.1}} \approx 0.7503 \\[4pt]
z_{\text{out}} &= w_{3} \times h = 0.8 \times 0.7503 \approx 0.6002 \\
\hat{y} &= \frac{1}{1 + e^{-z_{\text{out}}}} = \frac{1}{1 + e^{-0.6002}} \approx 0.6457 \\
L &= \left(y - \hat{y}\right)^{2} = \left(1 - 0.6457\right)^{2} \approx 0.1255 \\
\frac{\partial L}{\partial \hat{y}} &= -2 \times \left(y - \hat{y}\right)
   = -2 \times \left(1 - 0.6457\right) \approx -7.086 \times 10^{-1} \\
\frac{\partial \hat{y}}{\partial z_{\text{out}}} &= \hat{y} \times \left(1 - \hat{y}\right)
   = 0.6457 \times \left(1 - 0.6457\right) \approx 0.2288 \\
\frac{\partial L}{\partial z_{\text{out}}}
   &= \frac{\partial L}{\partial \hat{y}} \times \frac{\partial \hat{y}}{\partial z_{\text{out}}}
   = \left(-0.7086\right) \times 0.2288 \approx -0.1621 \\
\frac{\partial L}{\partial w_{3}} &= \frac{\partial L}{\partial z_{\text{out}}} \times h
   = \left(-0.1621\right) \times 0.7503 \approx -0.1216 \\
w_{3}^{\text{new}} &= w_{3} - \eta \times \frac{\partial L}{\partial w_{3}}
   = 0.8 - 0.1 \times \left(-0.1216\right) \approx 0.8122
\end{align*}
$$s = \ln(w_{3}) + \max\left(\hat{y}, \sqrt{w_{3}}\right) - \left|\eta\right|
      - \operatorname{sign}(h)
    = \ln(0.8) + \max\left(0.6457, \sqrt{0.8}\right) - \left|0.1\right|
      - \operatorname{sign}(0.7503)
    \approx -0.4287$$
"""


@pytest.mark.parametrize("page", [SEED, SOFTMAX, OTHER_FUNCTIONS], ids=["seed", "softmax", "other"])
def test_a_page_of_text_that_closes_has_no_problems(page):
    assert list(map(str, check_text(page))) == []


def test_a_page_of_latex_that_closes_has_no_problems():
    assert list(map(str, check_latex(SEED_LATEX))) == []


def test_every_equality_is_counted():
    report = examine_text(SEED)
    assert len(report.derived) == 16
    assert report.givens == {
        "x₁": "1", "x₂": "2", "y": "1", "η": "0.1", "w₁": "0.5", "w₂": "0.3", "w₃": "0.8",
    }  # fmt: skip
    assert report.compared == 32
    assert (report.skipped, report.valueless, report.undecided) == ([], [], 0)
    assert examine_latex(SEED_LATEX).compared == 23


def test_by_hand_a_written_number_stands_for_itself():
    assert check_text(SEED_BY_HAND, by_hand=True) == []
    # 0.645 would do for a rounded 0.600, not for the 0.600 that is written.
    assert check_text("a ≈ 0.600\nb = a × 1 = 0.600 × 1 ≈ 0.6004") == []
    assert check_text("a ≈ 0.600\nb = a × 1 = 0.600 × 1 ≈ 0.6004", by_hand=True) != []


NUMBER_IN_PAGE = re.compile(r"(?<![\w.@\[,{])\d+(?:\.\d+)?(?:e-?\d+)?")


def other_number(digits: str) -> str:
    """Return a number with another first digit, or another sign of its power of ten."""
    first = re.search("[1-9]|0$", digits)
    return digits[: first.start()] + str(9 - int(first.group())) + digits[first.end() :]


def damaged_numbers(page: str, lines: str):
    start = page.index(lines)
    for match in NUMBER_IN_PAGE.finditer(page, start):
        if (changed := other_number(match.group())) != match.group():
            yield page[: match.start()] + changed + page[match.end() :]


def damaged_operators(page: str, lines: str, operators: dict[str, str]):
    start = page.index(lines)
    pattern = "|".join(map(re.escape, sorted(operators, key=len, reverse=True)))
    for match in re.finditer(pattern, page[start:]):
        at = start + match.start()
        yield page[:at] + operators[match.group()] + page[at + len(match.group()) :]


def lost_signs(page: str, lines: str):
    start = page.index(lines)
    for match in re.finditer(r"(?<![\w)}] )-(?=\d)(?!\d\}$)", page[start:]):
        at = start + match.start()
        yield page[:at] + page[at + 1 :]


TEXT_OPERATORS = {" + ": " - ", " - ": " + ", " × ": " / ", " / ": " × ", "²": "³"}
LATEX_OPERATORS = {" + ": " - ", " - ": " + ", r"\times ": "+ ", "^{2}": "^{3}"}


def test_every_wrong_digit_in_text_is_found():
    pages = list(damaged_numbers(SEED, SEED_LINES))
    assert len(pages) > 50
    assert [page for page in pages if not check_text(page)] == []


def test_every_wrong_digit_in_latex_is_found():
    pages = list(damaged_numbers(SEED_LATEX, r"\begin{align*}"))
    assert len(pages) > 30
    assert [page for page in pages if not check_latex(page)] == []


def test_every_wrong_operator_in_text_is_found():
    pages = list(damaged_operators(SEED, SEED_LINES, TEXT_OPERATORS))
    assert len(pages) > 40
    assert [page for page in pages if not check_text(page)] == []


def test_every_wrong_operator_in_latex_is_found():
    pages = list(damaged_operators(SEED_LATEX, r"\begin{align*}", LATEX_OPERATORS))
    assert len(pages) > 30
    assert [page for page in pages if not check_latex(page)] == []


def test_every_lost_sign_is_found():
    text = list(lost_signs(SEED, SEED_LINES))
    latex = list(lost_signs(SEED_LATEX, r"\begin{align*}"))
    assert (len(text), len(latex)) > (12, 8)
    assert [page for page in text if not check_text(page)] == []
    assert [page for page in latex if not check_latex(page)] == []


WHOLE_LINES = re.sub(r"\n +(?=[=≈])", " ", SEED_LINES)


@pytest.mark.parametrize("missing", WHOLE_LINES.splitlines()[:4], ids=lambda line: line.split()[0])
def test_a_line_left_out_is_missed_by_the_lines_after_it(missing):
    page = SEED_GIVENS + WHOLE_LINES.replace(missing + "\n", "")
    assert "is used before it is printed" in str(check_text(page)[0])


ONE_LINE = "a = 0.5\nb ≈ 0.7503\n"


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("c = a × b = 0.5 × 0.7503 ≈ 0.3751", None),
        ("c = a × b = 0.5 × 0.7503 ≈ 0.3761", "a × b is in 0.375125 … 0.375175, but 0.3761"),
        ("c = a × b = 0.5 × 0.7513 ≈ 0.3751", "0.7513 stands for b, which is in 0.75025 … 0.75035"),
        ("c = a × b = 0.5 ≈ 0.3751", "do not have the shape of the formula"),
        ("c = a × b = 0.5 × 0.7503 = 0.4", "but 0.4 is printed"),
        ("c = a × d = 0.5 × 0.7503 ≈ 0.3751", "d is used before it is printed"),
        ("c = a × b₁ = 0.5 × 0.7503 ≈ 0.3751", "b₁ is used before it is printed"),
        ("c = c × a = 0.5 × 0.7503 ≈ 0.3751", "c is used before it is printed"),
        ("c = a × ∂b/∂a = 0.5 × 0.7503 ≈ 0.3751", "∂b/∂a is used before it is printed"),
        ("c = a × = 0.5 × 0.7503 ≈ 0.3751", "cannot read 'a ×'"),
        ("c = swirl(a) = 0.4", "no formula of this line can be evaluated"),
        ("c = a × b = 0.5 × 0.7503 = x", "'x' at the end is not a number"),
        ("a = 0.6", "a was 0.5 before"),
    ],
)
def test_what_is_wrong_is_told(line, sentence):
    problems = list(map(str, check_text(ONE_LINE + line)))
    if sentence is None:
        assert problems == []
    else:
        assert len(problems) > 0
        assert any(sentence in problem for problem in problems), problems


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (r"c = w_{1} \times h = 0.5 \times 0.7503 \approx 0.3751", None),
        (r"c = w_{1} \times h_{2} = 0.5 \times 0.7503 \approx 0.3751", "h_{2} is used before"),
        (
            r"c = w_1^{\text{new}} \times h = 0.5 \times 0.7503 \approx 0.3751",
            r"w_{1}^{\text{new}} is used before it is printed",
        ),
        (r"c = w_1 \times \hat{h} = 0.5 \times 0.7503 \approx 0.3751", r"\hat{h} is used before"),
        (r"c = w_1 \times = 0.5 \times 0.7503 \approx 0.3751", "cannot read"),
        (
            r"c = \frac{\partial h}{\partial w_1} = 0.5 \approx 0.5",
            r"\frac{\partial h}{\partial w_{1}} is used before it is printed",
        ),
    ],
)
def test_what_is_wrong_in_latex_is_told(row, sentence):
    page = rf"\[ w_1 = 0.5 \] \[ h \approx 0.7503 \] \[ {row} \]"
    problems = list(map(str, check_latex(page)))
    if sentence is None:
        assert problems == []
    else:
        assert any(sentence in problem for problem in problems), problems


def test_prose_and_tables_are_passed_over():
    page = """\
    The network has 3 weights and learns with squared error.
    Deltas use the weights before the update: that is why w₃ = 0.8 stands in step 6, not 0.812.
    │ w₃ = 0.8 │ 0.8122 │
    | w₃ = 0.8 | 0.8122 |
    w₁: 0.500 → 0.502
    so that y = the correct answer
    """
    assert check_text(page) == []
    report = examine_text(page)
    assert (report.derived, report.givens) == ({}, {})
    assert (len(report.passed_over), len(report.valueless)) == (1, 1)


def test_17_digits_close_although_floats_round():
    page = """\
    h ≈ 0.75026010559511769
    d ≈ -0.16210489481264190
    g = d × h = (-0.16210489481264190) × 0.75026010559511769 ≈ -0.12162083549961815
    s = 1 - h = 1 - 0.75026010559511769 ≈ 0.24973989440488231
    """
    assert check_text(page) == []
    assert check_text(page.replace("0.12162083549961815", "0.12162083549961845")) != []


def test_a_value_may_be_printed_again_when_it_is_the_same():
    page = "a = 0.5\nL = a × a = 0.5 × 0.5 = 0.25\nL = 2 × a × a / 2 = 2 × 0.5 × 0.5 / 2 = 0.25"
    assert check_text(page) == []
    assert check_text(page.replace("/ 2 = 0.25", "/ 2 = 0.2500000000000001")) == []
    assert "L was 0.25 before" in str(check_text(page.replace("/ 2 = 0.25", "/ 2 = 0.26"))[-1])


def test_latex_symbols_with_a_step_before_them():
    page = r"""\[ \Delta w_{3} = 0.5 \] \[ \Delta_{w_4} = 0.25 \]
    \[ w_3^{\text{new}} = \Delta w_3 + \Delta_{w_4} = 0.5 + 0.25 = 0.75 \]"""
    report = examine_latex(page)
    assert report.problems == []
    page = r"""\[ \beta_1^t = 0.9 \]
    \[ {\beta_1^t}^{\text{new}} = \beta_1^t \times 0.9 = 0.9 \times 0.9 = 0.81 \]"""
    assert check_latex(page) == []
    assert check_latex(page.replace("0.81", "0.82")) != []
    assert list(report.givens) == [r"\Delta w_{3}", r"\Delta_{w_{4}}"]


def test_derivatives_at_one_example():
    page = r"""
    \[ \left.\frac{\partial L}{\partial w_{1}}\right|^{@1} = 0.5 \]
    \[ \frac{\partial L}{\partial w_{1}}\Big|^{@2} = 0.25 \]
    \[ L^{@2} = 2 \] \[ L = L^{@2} = 2 \]
    \begin{align*}
    \frac{\partial L}{\partial w_{1}} &= \left.\frac{\partial L}{\partial w_{1}}\right|^{@1}
      + \left.\frac{\partial L}{\partial w_{1}}\right|^{@2} \\ &= 0.5 + 0.25 \\ &= 0.75
    \end{align*}"""
    assert check_latex(page) == []
    assert check_latex(page.replace("0.5 + 0.25", "0.25 + 0.5")) != []
    assert "is used before" in str(check_latex(page.replace("|^{@2} = 0.25", "|^{@3} = 0.25"))[0])


def test_a_row_of_latex_that_names_nothing_is_a_problem():
    assert "no symbol stands" in str(check_latex(r"\[ 0.5 + 0.25 = 0.75 \]")[0])
