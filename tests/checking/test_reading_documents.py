"""Whole documents: prose, Markdown, LaTeX, tables, sheets and drawings, and the chains in them."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import clearprop as cp
from checking.written import chains, short_chain
from clearprop.checking.reading import read
from clearprop.checking.reading.document import decided_from_0
from clearprop.checking.reading.formula import kept

HERE = Path(__file__).parent
SEED = HERE.parents[2] / "shared" / "seed" / "how-it-works-step-by-step.txt"
LESSONS = sorted((HERE.parents[1] / "examples").glob("*.toml"))

LINES = {
    "x₁ = 1, x₂ = 2": ["x1 = 1", "x2 = 2"],
    "w1 = .15 and w2 = .20": ["w1 = .15", "w2 = .20"],
    "w1=0.5 w2=0.3 w3=0.8": ["w1 = 0.5", "w2 = 0.3", "w3 = 0.8"],
    "x₁ = 1 · x₂ = 2 · y = 1": ["x1 = 1", "x2 = 2", "y = 1"],
    "x₁ = 1   x₂ = 2   y = 1": ["x1 = 1", "x2 = 2", "y = 1"],
    "x₁=1; x₂=2": ["x1 = 1", "x2 = 2"],
    "z = 0.8 · h = 0.6": ["z = (0.8 * h) = 0.6"],
    "so h ≈ 0.750 to 3 digits": ["h ≈ 0.750"],
    "h = 0.750 (rounded)": ["h = 0.750"],
    "ŷ ≈ 0.646, close to 1": ["yhat ≈ 0.646"],
    "Since z_out = w₃ × h:": ["z_out = (w3 * h)"],
    "The error is E = ½(1 − 0.646)² = 0.0627.": ["E = ((1 / 2) * (1 + -0.646)^2) = 0.0627"],
    "- **Hidden**: `h` = *0.75*": ["h = 0.75"],
    "* out_h1 = 0.5933 and out_h2 = 0.5969": ["out_h1 = 0.5933", "out_h2 = 0.5969"],
    "(a) z₃ = 0.3": ["z3 = 0.3"],
    "## Step 7: w₁ = 0.5": ["w1 = 0.5"],
    "Step 2 - h = 0.75": ["h = 0.75"],
    "z1 = w1*x1 + b1  # 0.3775": ["z1 = ((w1 * x1) + b1) = 0.3775"],
    "0.5×1 + 0.3×2 = 1.1": ["((0.5 * 1) + (0.3 * 2)) = 1.1"],
    "w₁: 0.500 → 0.502": ["w1 = 0.500", "w1_new = 0.502"],
    "w₁ = 0.500 -> 0.502": ["w1 = 0.500", "w1_new = 0.502"],
    "w1 ← w1 - 0.1 × 0.2 = 0.48": ["w1_new = (w1 + -(0.1 * 0.2)) = 0.48"],
    "w1 := w1 - 0.1*g": ["w1_new = (w1 + -(0.1 * g))"],
    "w1 -= 0.1 * dw1": ["w1_new = (w1 + -(0.1 * dw1))"],
    "w → w − 0.1·0.2 = 0.48": ["w_new = (w + -(0.1 * 0.2)) = 0.48"],
    "Learning rate: 0.1": ["eta = 0.1"],
    "a learning rate of 0.5": ["eta = 0.5"],
    "lr = 0.1": ["eta = 0.1"],
    "target: 0.01": ["target = 0.01"],
    "∂L/∂w3: -0.122": ["dL/dw3 = -0.122"],
    "Gradient wrt w3: -0.122": [],
    "The gradient of w3 = -0.122": ["dL/dw3 = -0.122"],
    "The gradient of L with respect to w3 = -0.122": ["dL/dw3 = -0.122"],
    "The error of o1 = 0.2748": ["? = 0.2748"],
    "z (hidden) = 1.1": ["z = 1.1"],
    "z2 = W2 @ a1 + b2": ["z2 = (matmul<W2, a1> + b2)"],
    "a1 = np.array([0.5933, 0.5969])": ["a1 = [0.5933, 0.5969]"],
    "The loss L(y, ŷ) = (y - ŷ)²": ["L = (y + -yhat)^2"],
    "dσ/dz = σ(1-σ)": ["dsigma/dz = (sigma * (1 + -sigma))"],
    "x1, x2 = 1, 2": ["x1 = 1", "x2 = 2"],
    "x = 1,200": ["x = 1200"],
    r"$\eta = 0{,}1$": ["eta = 0.1"],
    "w1: 0.15, w2: 0.20": ["w1 = 0.15", "w2 = 0.20"],
    "Inputs: 0.05 and 0.10": ["x1 = 0.05", "x2 = 0.10"],
    "If η = 0.1, then w_new = 0.8 + 0.0122 = 0.8122.": [
        "eta = 0.1",
        "w_new = (0.8 + 0.0122) = 0.8122",
    ],
    r"$\eta$ = 0.1 and $x_{1} = 1$\quad": ["eta = 0.1", "x1 = 1"],
    "<b>h</b><sub>1</sub> = 0.5": ["h1 = 0.5"],
    # no equalities, or none of mathematics
    "Cost = how wrong we are": [],
    "η = learning rate": [],
    "The network predicts 0.646. The correct answer is 1.": [],
    "2 inputs → 1 hidden neuron → 1 output neuron.": [],
    "The hidden neuron takes inputs 1 and 2.": [],
    # never cut short where something was not understood
    r"$w = a \frac{\partial}{\partial b} c$": ["w = ?"],
    r"\nabla_{w} L = -0.5": ["dL/dw = -0.5"],
    "h = 0.5 ∓ 3": ["h = ?"],
    "z = 1.1 > 0, so h = 1.1 ✓": ["z = 1.1", "h = 1.1"],
    "损失 L = 0.125。": ["L = 0.125"],
    "h = 0.8 × what it was": ["h = ?"],
}

SEVERAL = {
    # a single space between two equalities, or between two factors
    "act = 0.6457\nnet = -0.3 - 0.2 = -0.5 act = 0.3775": [
        "act = 0.6457",
        "net = (-0.3 + -0.2) = -0.5",
        "act = 0.3775",
    ],
    "z2 = -0.5 a2 = 0.3775": ["z2 = -0.5", "a2 = 0.3775"],
    "h = 0.75\nz = 0.8 h = 0.6": ["h = 0.75", "z = (0.8 * h) = 0.6"],
    "z = w x = 0.8 x = 1.6": ["z = (w * x) = (0.8 * x) = 1.6"],
    "z_h = 0.5×1 +\n      0.3×2\n    = 1.1": ["z_h = ((0.5 * 1) + (0.3 * 2)) = 1.1"],
    "z_h = 0.5×1\n    + 0.3×2\n    = 1.1": ["z_h = ((0.5 * 1) + (0.3 * 2)) = 1.1"],
    "h =\n  0.75": ["h = 0.75"],
    "- h = 0.75\n- z = 1.1": ["h = 0.75", "z = 1.1"],
    "$$\n\\begin{aligned}\nz &= w x \\\\\n &= 1.1\n\\end{aligned}\n$$": ["z = (w * x) = 1.1"],
    "\\[ h = \\frac{1}\n{1+e^{-1.1}} \\]": ["h = (1 / (1 + exp<-1.1>))"],
    "| weight | value |\n|---|---|\n| $w_1$ | 0.5 |\n| w₂ | -0.3 |": ["w1 = 0.5", "w2 = -0.3"],
    "| name | before | after | gradient |\n|--|--|--|--|\n| w1 | 0.5 | 0.502 | -0.02 |": [
        "w1 = 0.5",
        "w1_new = 0.502",
        "dL/dw1 = -0.02",
    ],
    "| Quantity | Calculation | Value |\n|--|--|--|\n| z | 0.5×1 + 0.3×2 | 1.1 |": [
        "z = ((0.5 * 1) + (0.3 * 2)) = 1.1"
    ],
    "| x1 | x2 | y |\n|--|--|--|\n| 1 | 2 | 1 |": ["x1 = 1", "x2 = 2", "y = 1"],
    "| quantity | threshold | value |\n|--|--|--|\n| z_h | 9 | 1.1 |": ["z_h = 1.1"],
    "| weight | w_old | wnew | grade |\n|--|--|--|--|\n| w1 | 0.5 | 0.6 | 3 |": [
        "w1 = 0.5",
        "w1_new = 0.6",
    ],
    "| quantity | name | value |\n|--|--|--|\n| $z_{h_1}$ | `z_h1` | ____ |\n| h | `h` | |": [],
    "| quantity | answer | value |\n|--|--|--|\n| $z_{h_1}$ | `z_h1` | 1.1 |": ["z_h1 = 1.1"],
    "| quantity | by hand | exactly |\n|--|--|--|\n| h | 0.75 | 0.7503 |": [
        "h = 0.7503",
        "h = 0.75",
    ],
    "\\begin{tabular}{lr}\n & after \\\\ \\hline\n$w_{1}$ & 0.502 \\\\\n\\end{tabular}": [
        "w1_new = 0.502"
    ],
    "Weight   Old value   New value\nw1       0.15        0.1498": ["w1 = 0.15", "w1_new = 0.1498"],
    "h = 0,75\nz = 0,5·1 + 0,3·2 = 1,1": ["h = 0.75", "z = ((0.5 * 1) + (0.3 * 2)) = 1.1"],
    "h = 0,75 and z = 1.1": ["h = ?", "z = 1.1"],
    "name,value\nw1,0.5\nW1[3,7],-0.4\ndL/dw3,": ["w1 = 0.5", "W1[3,7] = -0.4"],
    "w1;0.5\nw2;0.3": ["w1 = 0.5", "w2 = 0.3"],
    '{"w1": 0.5, "dL/dw3": "-0.122"}': ["w1 = 0.5", "dL/dw3 = -0.122"],
    '[{"name": "w1", "value": 0.5}]': ["w1 = 0.5"],
}


@pytest.mark.parametrize(("line", "expected"), LINES.items())
def test_a_line_is_read(line: str, expected: list[str]) -> None:
    assert chains(line) == expected


@pytest.mark.parametrize(("text", "expected"), SEVERAL.items())
def test_several_lines_are_read(text: str, expected: list[str]) -> None:
    assert chains(text) == expected


def test_each_link_knows_its_text_and_its_line() -> None:
    (chain,) = read("Hidden layer:\n\nSo h = σ(1.1)\n   = 1/(1 + 0.3329)\n   ≈ 0.750").chains
    assert [(link.relation, link.text, link.line) for link in chain.links] == [
        ("", "h", 3),
        ("=", "σ(1.1)", 3),
        ("=", "1/(1 + 0.3329)", 4),
        ("≈", "0.750", 5),
    ]


def test_the_words_before_a_chain_are_its_label() -> None:
    assert [chain.label for chain in read("Correct answer: y = 1").chains] == ["Correct answer"]


def test_a_drawing_gives_edges_and_no_chain() -> None:
    drawing = "x₁ ──w₁──┐\n         ├──► h ──w₃──► ŷ ──► Loss\nx₂ ──w₂──┘"
    solution = read(drawing)
    assert solution.chains == ()
    assert solution.edges == (("x1", "h"), ("x2", "h"), ("h", "yhat"), ("yhat", "Loss"))


@pytest.mark.skipif(not SEED.exists(), reason="the seed's text is not here")
def test_every_equation_of_the_seed_is_read() -> None:
    text = SEED.read_text(encoding="utf-8")
    solution = read(text)
    assert all(link.tree is not None for chain in solution.chains for link in chain.links)
    with_equality = {n for n, line in enumerate(text.splitlines(), 1) if set("=≈") & set(line)}
    assert with_equality <= {link.line for chain in solution.chains for link in chain.links}
    found = [short_chain(chain) for chain in solution.chains]
    assert "sigma<z> = (1 / (1 + exp<-z>))" in found
    assert "dL/dyhat = (-2 * (y + -yhat)) = (-2 * (1 + -0.646)) = (-2 * 0.354) = -0.708" in found
    assert "sigma'<z> = (sigma<z> * (1 + -sigma<z>))" in found
    assert (
        "dL/dz_h = (dL/dz_out * dz_out/dh * dh/dz_h) = (-0.162 * 0.8 * 0.1875) ≈ -0.0243" in found
    )
    assert found[-2:] == ["w3 = 0.800", "w3_new = 0.812"]


@pytest.mark.parametrize("format_name", ["text", "markdown", "latex"])
@pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.stem)
def test_every_equation_of_our_own_pages_is_read(lesson: Path, format_name: str) -> None:
    """With 4 digits in every format, with 17 in one; large pages with 4 alone."""
    trace = cp.trace(lesson)
    formats = ["text", "markdown", "latex"]
    longest = formats[LESSONS.index(lesson) % 3] == format_name and len(trace.steps) < 10
    for digits in [4, 17] if longest else [4]:
        chains_read = read(cp.document(trace, format_name, digits=digits)).chains
        assert [link for chain in chains_read for link in chain.links if link.tree is None] == []
        assert len(chains_read) >= sum(len(step.lines) for step in trace.steps)


PIECES = (
    r"w w_1 \frac { } ( ) [ ] = ≈ + - × \times ^ _ 1 0.5 e \hat{y} ∂ \partial L / dL dw \text{new} "
    r"$ $$ \[ \] \begin{align} \end{align} & \\ | → Σ \sum_{k} ½ √ σ ' @2 , . : ; word the new old "
    r"² ₁ \begin{bmatrix} \end{bmatrix} \left \right ~ 10^ * ** ` # ─ ► Δ ∇ log max grad_ {,}000 "
    r"learning rate % ⁻ ŷ"
)
MATHEMATICS = st.lists(
    st.sampled_from([*PIECES.split(), "\n", "  ", "\0", "\u0302", "\ud800", "\x85"]), max_size=40
)


@settings(max_examples=100, deadline=None)
@given(MATHEMATICS.map("".join) | MATHEMATICS.map(" ".join))
def test_nothing_that_looks_like_mathematics_is_an_error(text: str) -> None:
    assert read(text).lines == tuple(text.splitlines())


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200))
def test_no_text_is_an_error(text: str) -> None:
    read(text)


@pytest.mark.parametrize(
    "text",
    [
        "a = " + "1+" * 500_000,
        "a = " + "(" * 3000 + "1" + ")" * 3000,
        "a = " + "-" * 3000 + "1",
        r"\frac{1}{" * 800 + "= 2",
        r"\[" * 50_000,
        "a =" * 2000,
        "x1 = 1 " * 1000,
        "[" * 50_000,
        "\0" * 5000 + "= 1",
    ],
    ids=range(9),
)
def test_long_and_deep_texts_are_no_error(text: str) -> None:
    read(text)


def test_long_texts_are_not_kept_in_memory() -> None:
    terms = " + ".join(f"w{k}·x{k}" for k in range(1, 60))
    formulas, stretches = kept.cache_info().currsize, decided_from_0.cache_info().currsize
    first = read(f"z = {terms} = 1")
    assert first.chains == read(f"z = {terms} = 1").chains
    assert len(first.chains[0].links) == 3
    assert decided_from_0.cache_info().currsize == stretches
    assert kept.cache_info().currsize <= formulas + 1  # that of z


@pytest.mark.parametrize(
    ("line", "read"),
    [
        ("sigmoid, loss (y - o)², rate 0.1", "loss = (y + -o)^2"),
        ("Loss function: ½(t - o)^2", "loss = ((1 / 2) * (t + -o)^2)"),
        ("The loss is $(t - o)^2$.", "loss = (t + -o)^2"),
    ],
)
def test_a_loss_is_read_without_an_equality(line, read):
    assert chains(line) == [read]


@pytest.mark.parametrize(
    "line", ["The loss (0.25) is small", "the error (y - o) of 2", "loss L in 3 steps"]
)
def test_what_stands_behind_a_loss_may_be_a_remark(line):
    assert chains(line) == []


def test_a_noun_may_stand_before_the_equality_of_a_formula_between_dollars():
    assert chains("* Sum $= 1.5 + 1.25 = 2.75$") == ["sum = (1.5 + 1.25) = 2.75"]
    assert chains("So $= 1.5 + 1.25 = 2.75$")[0].startswith("?")


PARAMETERS = """\
| Parameter | Value |
|---|---|
| x₁ | 0.6 |
| w₁₁ (x₁→h₁) | 0.2 |
| w₁₂ (from x₁ to h₂) | -0.3 |
| b₁, b₂ | 0.1, 0.2 |
| target t | 1 |
| Learning rate (η) | 0.5 |
| w₁₁ (new) | 0.4 |
"""


def test_a_row_of_a_table_begins_with_its_name_and_words_of_it():
    chains = read(PARAMETERS).chains
    found = [tuple(link.text for link in chain.links) for chain in chains]
    assert found[:7] == [
        ("x₁", "0.6"), ("w₁₁", "0.2"), ("w₁₂", "-0.3"), ("b₁", "0.1"), ("b₂", "0.2"), ("t", "1"),
        ("Learning rate (η)", "0.5"),
    ]  # fmt: skip
    assert all(link.tree.name.new for chain in chains[7:] for link in chain.links[:1])
