"""One formula, written in many ways, and the tree that is read from it."""

import pytest

from checking.written import chains
from clearprop.checking.reading import read
from clearprop.checking.solution import Written, WrittenSlope
from clearprop.network.names import Names
from clearprop.network.network import Network

NAMES = {
    # Unicode
    "w₃": "w3",
    "ŷ": "yhat",
    "ŷ₁": "yhat1",
    "m̂_w₃": "mhat_w3",
    "z_h₁": "z_h1",
    "β₁ᵗ": "beta1_t",
    "Δw₃": "step_w3",
    "θ₄": "theta4",
    # ASCII
    "w_3": "w3",
    "w3": "w3",
    "w[3]": "w[3]",
    "W1[3,7]": "W1[3,7]",
    "yhat": "yhat",
    "y_hat": "yhat",
    "y_pred": "y_pred",
    "net_h1": "net_h1",
    "E_total": "E_total",
    "z_h@2": "z_h@2",
    "δ2[5]": "delta2[5]",
    "h1_2": "h1_2",
    "theta": "theta",
    "loss": "loss",
    # LaTeX
    "out_{o1}": "out_o1",
    r"\hat{y}_1": "yhat1",
    r"\hat y": "yhat",
    r"\text{target}_{o1}": "target_o1",
    r"\mathrm{net}_{h1}": "net_h1",
    r"z_{\text{out}_{1}}^{@1}": "z_out1@1",
    r"\mathbf{W}^{(1)}": "W^(1)",
    "w_{11}^{(1)}": "w11^(1)",
    "a^{[1]}_2": "a2^[1]",
    "a^{[1](i)}": "a^[1](i)",
    "h_{1,2}": "h1_2",
    # after the update
    "w₃_new": "w3_new",
    "w3+": "w3_new",
    "w₁⁺": "w1_new",
    "w_5^{+}": "w5_new",
    "w1'": "w1_new",
    "w^{new}": "w_new",
    "w_{new}": "w_new",
    r"w_{3}^{\text{new}}": "w3_new",
    "w3(new)": "w3_new",
    "w1(t+1)": "w1_new",
    "new w3": "w3_new",
    "new_w5": "w5_new",
    # derivatives
    "∂L/∂w₃": "dL/dw3",
    "∂L/∂ŷ": "dL/dyhat",
    "dL/dw3": "dL/dw3",
    "d L / d w3": "dL/dw3",
    "dL_dw3": "dL/dw3",
    "grad_w3": "dL/dw3",
    "∇w3": "dL/dw3",
    "dE/dout_h1": "dE/dout_h1",
    "δE/δw₅": "dE/dw5",
    r"\frac{\partial E_{total}}{\partial w_5}": "dE_total/dw5",
    r"\dfrac{dE}{dw_5}": "dE/dw5",
    r"\partial L/\partial w": "dL/dw",
    r"\frac{\partial L}{\partial w_{3}}\Big|^{@1}": "dL/dw3@1",
    # no derivatives
    "delta": "delta",
    "data": "data",
    "d": "d",
}

FORMULAS = {
    "-2(y - ŷ)": "(-2 * (y + -yhat))",
    "−2·(y − ŷ)": "(-2 * (y + -yhat))",
    "h(1-h)": "(h * (1 + -h))",
    "η δ h": "(eta * delta * h)",
    "0.1 × -0.5": "(0.1 * -0.5)",
    "0.1 * (-0.162)": "(0.1 * -0.162)",
    "a / b × c": "((a / b) * c)",
    "a + (b + c)": "(a + (b + c))",
    "a - b - c": "(a + -b + -c)",
    r"\frac{a}{b} \cdot c": "((a / b) * c)",
    r"\frac12 (t - o)^2": "((1 / 2) * (t + -o)^2)",
    "½(t − o)²": "((1 / 2) * (t + -o)^2)",
    "(a)**2": "a^2",
    "(0.354)²": "0.354^2",
    "x^{2}": "x^2",
    "x^-1": "pow<x, -1>",
    "1/(1 + e^(-1.1))": "(1 / (1 + exp<-1.1>))",
    "e^{-z_{h_1}}": "exp<-z_h1>",
    "e^-z_h1": "exp<-z_h1>",
    "e⁻¹·¹": "exp<-1.1>",
    r"\exp(-1.1)": "exp<-1.1>",
    "np.exp(-z)": "exp<-z>",
    "np.outer(dz2, h)": "outer<dz2, h>",
    "W.T @ d": "matmul<W^T, d>",
    "√2": "sqrt<2>",
    r"\sqrt{a + b}": "sqrt<(a + b)>",
    "ln 0.75": "log<0.75>",
    r"-\log \hat{y}": "-log<yhat>",
    "|x - y|": "abs<(x + -y)>",
    "max(0, z)": "max<0, z>",
    "ReLU(z)": "relu<z>",
    "sigmoid(net)": "sigmoid<net>",
    r"\sigma\left(z_2\right)": "sigma<z2>",
    "σ’(z) h": "(sigma'<z> * h)",
    r"\sigma^{\prime}(z)": "sigma'<z>",
    "f(net)": "f<net>",
    "g'(z)": "g'<z>",
    "1.2 × 10^{-5}": "1.2e-05",
    "1.20×10⁻⁵": "1.20e-05",
    "1.2e-05": "1.2e-05",
    ".15": ".15",
    "Σ_k ½(t_k − o_k)²": "sum_k<((1 / 2) * (t_k + -o_k)^2)>",
    r"\sum_{i=1}^{2} w_i x_i + b": "(sum_i<(w_i * x_i)> + b)",
    "[0.1, 0.2]": "[0.1, 0.2]",
    "[[1, 2], [3, 4]]": "[1, 2; 3, 4]",
    r"\begin{bmatrix} 1 & 2 \\ 3 & 4 \end{bmatrix}": "[1, 2; 3, 4]",
    r"\begin{pmatrix} 1 \\ 2 \end{pmatrix}": "[1; 2]",
    "W^T δ": "(W^T * delta)",
    "(a + b)ᵀ": "transpose<(a + b)>",
    r"a \odot b": "hadamard<a, b>",
    "∂L/∂ŷ × ∂ŷ/∂z_out": "(dL/dyhat * dyhat/dz_out)",
    "5 x 2": "(5 * 2)",
    "target - output": "(target + -output)",
    "old weight - learning rate × gradient": "(weight + -(eta * gradient))",
}


@pytest.mark.parametrize(("written", "text"), NAMES.items())
def test_a_name_is_read(written: str, text: str) -> None:
    assert chains(f"{written} = 0.5") == [f"{text} = 0.5"]


@pytest.mark.parametrize(("written", "tree"), FORMULAS.items())
def test_a_formula_is_read(written: str, tree: str) -> None:
    assert chains(f"q = {written}") == [f"q = {tree}"]


def test_the_parts_of_a_name_are_told_apart() -> None:
    (chain,) = read("net_{h1} = w_{11}^{(1)} + w₃_new + z_h@2 + W1[3,7]").chains
    net, total = (link.tree for link in chain.links)
    assert net.name == Written("net_h1", "net", ("h1",))
    weight, new, example, indexed = (term.name for term in total.terms)
    assert weight == Written("w11^(1)", "w", ("11",), "(1)")
    assert new == Written("w3_new", "w", ("3",), new=True)
    assert example == Written("z_h@2", "z", ("h",), example=2)
    assert indexed == Written("W1[3,7]", "W", ("3", "7"), "1")


def test_a_slope_holds_the_names_of_both_its_halves() -> None:
    (chain,) = read(r"\frac{\partial E_{total}}{\partial w_5} = 0.0822").chains
    assert chain.links[0].tree.name == WrittenSlope(
        Written("E_total", "E", ("total",)), Written("w5", "w", ("5",))
    )


def test_our_own_names_can_be_looked_up_as_they_are_read() -> None:
    names = Names(Network([2, 2, 1]))
    for written in ("w₃", "ŷ", "z_h₁", "∂L/∂w₃", "∂ŷ/∂z_out", "w₃_new", "η", "δ_h₂", "b₃", "L"):
        (chain,) = read(f"{written} = 1").chains
        assert names.find(chain.links[0].tree.name.text) == names.find(written)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("h = 0.5 ×", "the formula breaks off after ‘×’"),
        ("h = 0.5 × ⟂", "the formula breaks off after ‘×’"),
        ("h = 50%", "‘%’ cannot stand here"),
        ("h = " + "(" * 90 + "1" + ")" * 90, ""),
    ],
)
def test_what_is_no_formula_is_said_to_be_none(line: str, problem: str) -> None:
    (chain,) = read(line).chains
    if problem:
        assert chain.links[-1].tree is None
        assert chain.links[-1].problem
