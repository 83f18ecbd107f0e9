"""One formula and its print in every format, side by side."""
# ruff: noqa: E501 - a formula in MathML is long, and does not read better in pieces

from xml.etree.ElementTree import tostring

import pytest

from clearprop.formulas.expressions import (
    Call,
    Number,
    Variable,
    cos,
    erf,
    exp,
    expm1,
    floor,
    log,
    log1p,
    magnitude,
    maximum,
    power,
    sign,
    sqrt,
    tanh,
)
from clearprop.formulas.notation import Ratio, Symbol
from clearprop.network.lesson import seed_lesson
from clearprop.render.html import trace_html
from clearprop.render.latex import formula_latex, line_latex
from clearprop.render.markdown import trace_markdown
from clearprop.render.mathml import formula_mathml, line_mathml
from clearprop.render.text import line_text
from clearprop.render.text_symbols import formula_text
from clearprop.tracing.trace import trace_steps

W3 = Symbol("w", "3")
x, w, z = Variable(Symbol("x", "1")), Variable(W3), Variable(Symbol("z", Symbol("h")))
slope, slope_at_2 = Variable(Ratio(Symbol("L"), W3)), Variable(Ratio(Symbol("L"), W3, 2))

# tree, text, LaTeX, MathML
FORMULAS = [
    (
        w * x,
        "w₃ × x₁",
        r"w_{3} \times x_{1}",
        "<mrow><msub><mi>w</mi><mn>3</mn></msub><mo>×</mo><msub><mi>x</mi><mn>1</mn></msub></mrow>",
    ),
    (
        x - w * x,
        "x₁ - w₃ × x₁",
        r"x_{1} - w_{3} \times x_{1}",
        "<mrow><msub><mi>x</mi><mn>1</mn></msub><mo>−</mo><mrow><msub><mi>w</mi><mn>3</mn></msub><mo>×</mo><msub><mi>x</mi><mn>1</mn></msub></mrow></mrow>",
    ),
    (
        w - Number(-0.1),
        "w₃ - (-0.1)",
        r"w_{3} - \left(-0.1\right)",
        '<mrow><msub><mi>w</mi><mn>3</mn></msub><mo>−</mo><mrow><mo>(</mo><mrow><mo form="prefix">−</mo><mn>0.1</mn></mrow><mo>)</mo></mrow></mrow>',
    ),
    (
        Number(-0.5) * Number(-0.25),
        "-0.5 × (-0.25)",
        r"-0.5 \times \left(-0.25\right)",
        '<mrow><mrow><mo form="prefix">−</mo><mn>0.5</mn></mrow><mo>×</mo><mrow><mo>(</mo><mrow><mo form="prefix">−</mo><mn>0.25</mn></mrow><mo>)</mo></mrow></mrow>',
    ),
    (
        Number(-0.5) * (Number(2) - Number(-3)),
        "-0.5 × (2 - (-3))",
        r"-0.5 \times \left(2 - \left(-3\right)\right)",
        '<mrow><mrow><mo form="prefix">−</mo><mn>0.5</mn></mrow><mo>×</mo><mrow><mo>(</mo><mrow><mn>2</mn><mo>−</mo><mrow><mo>(</mo><mrow><mo form="prefix">−</mo><mn>3</mn></mrow><mo>)</mo></mrow></mrow><mo>)</mo></mrow></mrow>',
    ),
    (
        x - (w - z),
        "x₁ - (w₃ - z_h)",
        r"x_{1} - \left(w_{3} - z_{h}\right)",
        "<mrow><msub><mi>x</mi><mn>1</mn></msub><mo>−</mo><mrow><mo>(</mo><mrow><msub><mi>w</mi><mn>3</mn></msub><mo>−</mo><msub><mi>z</mi><mi>h</mi></msub></mrow><mo>)</mo></mrow></mrow>",
    ),
    (
        x - (-w),
        "x₁ - (-w₃)",
        r"x_{1} - \left(-w_{3}\right)",
        '<mrow><msub><mi>x</mi><mn>1</mn></msub><mo>−</mo><mrow><mo>(</mo><mrow><mo form="prefix">−</mo><msub><mi>w</mi><mn>3</mn></msub></mrow><mo>)</mo></mrow></mrow>',
    ),
    (
        -(x + w),
        "-(x₁ + w₃)",
        r"-\left(x_{1} + w_{3}\right)",
        '<mrow><mo form="prefix">−</mo><mrow><mo>(</mo><mrow><msub><mi>x</mi><mn>1</mn></msub><mo>+</mo><msub><mi>w</mi><mn>3</mn></msub></mrow><mo>)</mo></mrow></mrow>',
    ),
    (
        -x * w,
        "-x₁ × w₃",
        r"-x_{1} \times w_{3}",
        '<mrow><mrow><mo form="prefix">−</mo><msub><mi>x</mi><mn>1</mn></msub></mrow><mo>×</mo><msub><mi>w</mi><mn>3</mn></msub></mrow>',
    ),
    (
        x / (w + 1),
        "x₁ / (w₃ + 1)",
        r"\frac{x_{1}}{w_{3} + 1}",
        "<mfrac><msub><mi>x</mi><mn>1</mn></msub><mrow><msub><mi>w</mi><mn>3</mn></msub><mo>+</mo><mn>1</mn></mrow></mfrac>",
    ),
    (
        x / (w * z),
        "x₁ / (w₃ × z_h)",
        r"\frac{x_{1}}{w_{3} \times z_{h}}",
        "<mfrac><msub><mi>x</mi><mn>1</mn></msub><mrow><msub><mi>w</mi><mn>3</mn></msub><mo>×</mo><msub><mi>z</mi><mi>h</mi></msub></mrow></mfrac>",
    ),
    (
        x * (w / z),
        "x₁ × (w₃ / z_h)",
        r"x_{1} \times \frac{w_{3}}{z_{h}}",
        "<mrow><msub><mi>x</mi><mn>1</mn></msub><mo>×</mo><mfrac><msub><mi>w</mi><mn>3</mn></msub><msub><mi>z</mi><mi>h</mi></msub></mfrac></mrow>",
    ),
    (
        w / z * x,
        "w₃ / z_h × x₁",
        r"\frac{w_{3}}{z_{h}} \times x_{1}",
        "<mrow><mfrac><msub><mi>w</mi><mn>3</mn></msub><msub><mi>z</mi><mi>h</mi></msub></mfrac><mo>×</mo><msub><mi>x</mi><mn>1</mn></msub></mrow>",
    ),
    (
        (x - w) ** 2,
        "(x₁ - w₃)²",
        r"\left(x_{1} - w_{3}\right)^{2}",
        "<msup><mrow><mo>(</mo><mrow><msub><mi>x</mi><mn>1</mn></msub><mo>−</mo><msub><mi>w</mi><mn>3</mn></msub></mrow><mo>)</mo></mrow><mn>2</mn></msup>",
    ),
    (
        Number(-0.7) ** 2,
        "(-0.7)²",
        r"\left(-0.7\right)^{2}",
        '<msup><mrow><mo>(</mo><mrow><mo form="prefix">−</mo><mn>0.7</mn></mrow><mo>)</mo></mrow><mn>2</mn></msup>',
    ),
    (
        z**2,
        "z_h²",
        r"{z_{h}}^{2}",
        "<msup><msub><mi>z</mi><mi>h</mi></msub><mn>2</mn></msup>",
    ),
    (
        w**3,
        "w₃³",
        r"{w_{3}}^{3}",
        "<msup><msub><mi>w</mi><mn>3</mn></msub><mn>3</mn></msup>",
    ),
    (
        slope**2,
        "(∂L/∂w₃)²",
        r"\left(\frac{\partial L}{\partial w_{3}}\right)^{2}",
        "<msup><mrow><mo>(</mo><mfrac><mrow><mo>∂</mo><mi>L</mi></mrow><mrow><mo>∂</mo><msub><mi>w</mi><mn>3</mn></msub></mrow></mfrac><mo>)</mo></mrow><mn>2</mn></msup>",
    ),
    (
        slope * x,
        "∂L/∂w₃ × x₁",
        r"\frac{\partial L}{\partial w_{3}} \times x_{1}",
        "<mrow><mfrac><mrow><mo>∂</mo><mi>L</mi></mrow><mrow><mo>∂</mo><msub><mi>w</mi><mn>3</mn></msub></mrow></mfrac><mo>×</mo><msub><mi>x</mi><mn>1</mn></msub></mrow>",
    ),
    (
        slope_at_2 * x,
        "∂L/∂w₃@2 × x₁",
        r"\frac{\partial L}{\partial w_{3}}\Big|^{@2} \times x_{1}",
        "<mrow><msup><mfrac><mrow><mo>∂</mo><mi>L</mi></mrow><mrow><mo>∂</mo><msub><mi>w</mi><mn>3</mn></msub></mrow></mfrac><mtext>@2</mtext></msup><mo>×</mo><msub><mi>x</mi><mn>1</mn></msub></mrow>",
    ),
    (
        exp(-z),
        "e^(-z_h)",
        r"e^{-z_{h}}",
        '<msup><mi>e</mi><mrow><mo form="prefix">−</mo><msub><mi>z</mi><mi>h</mi></msub></mrow></msup>',
    ),
    (
        exp(Number(-1.5)),
        "e^(-1.5)",
        r"e^{-1.5}",
        '<msup><mi>e</mi><mrow><mo form="prefix">−</mo><mn>1.5</mn></mrow></msup>',
    ),
    (
        exp(Number(2)) ** 2,
        "(e^(2))²",
        r"\left(e^{2}\right)^{2}",
        "<msup><mrow><mo>(</mo><msup><mi>e</mi><mn>2</mn></msup><mo>)</mo></mrow><mn>2</mn></msup>",
    ),
    (
        1 / (1 + exp(-z)),
        "1 / (1 + e^(-z_h))",
        r"\frac{1}{1 + e^{-z_{h}}}",
        '<mfrac><mn>1</mn><mrow><mn>1</mn><mo>+</mo><msup><mi>e</mi><mrow><mo form="prefix">−</mo><msub><mi>z</mi><mi>h</mi></msub></mrow></msup></mrow></mfrac>',
    ),
    (
        expm1(z) * w,
        "(e^(z_h) - 1) × w₃",
        r"\left(e^{z_{h}} - 1\right) \times w_{3}",
        "<mrow><mrow><mo>(</mo><mrow><msup><mi>e</mi><msub><mi>z</mi><mi>h</mi></msub></msup><mo>−</mo><mn>1</mn></mrow><mo>)</mo></mrow><mo>×</mo><msub><mi>w</mi><mn>3</mn></msub></mrow>",
    ),
    (
        log(x) * w,
        "ln(x₁) × w₃",
        r"\ln\left(x_{1}\right) \times w_{3}",
        "<mrow><mrow><mi>ln</mi><mrow><mo>(</mo><mrow><msub><mi>x</mi><mn>1</mn></msub></mrow><mo>)</mo></mrow></mrow><mo>×</mo><msub><mi>w</mi><mn>3</mn></msub></mrow>",
    ),
    (
        log1p(exp(-z)),
        "ln(1 + e^(-z_h))",
        r"\ln\left(1 + e^{-z_{h}}\right)",
        '<mrow><mi>ln</mi><mrow><mo>(</mo><mrow><mrow><mn>1</mn><mo>+</mo><msup><mi>e</mi><mrow><mo form="prefix">−</mo><msub><mi>z</mi><mi>h</mi></msub></mrow></msup></mrow></mrow><mo>)</mo></mrow></mrow>',
    ),
    (
        sqrt(x) + 1,
        "√(x₁) + 1",
        r"\sqrt{x_{1}} + 1",
        "<mrow><msqrt><msub><mi>x</mi><mn>1</mn></msub></msqrt><mo>+</mo><mn>1</mn></mrow>",
    ),
    (
        magnitude(x - w),
        "|x₁ - w₃|",
        r"\left|x_{1} - w_{3}\right|",
        "<mrow><mo>|</mo><mrow><msub><mi>x</mi><mn>1</mn></msub><mo>−</mo><msub><mi>w</mi><mn>3</mn></msub></mrow><mo>|</mo></mrow>",
    ),
    (
        cos(x),
        "cos(x₁)",
        r"\cos\left(x_{1}\right)",
        "<mrow><mi>cos</mi><mrow><mo>(</mo><mrow><msub><mi>x</mi><mn>1</mn></msub></mrow><mo>)</mo></mrow></mrow>",
    ),
    (
        w * power(x, floor(z / 2)),
        "w₃ × x₁^(⌊z_h / 2⌋)",
        r"w_{3} \times {x_{1}}^{\left\lfloor \frac{z_{h}}{2} \right\rfloor}",
        "<mrow><msub><mi>w</mi><mn>3</mn></msub><mo>×</mo><msup><msub><mi>x</mi><mn>1</mn></msub><mrow><mo>⌊</mo><mfrac><msub><mi>z</mi><mi>h</mi></msub><mn>2</mn></mfrac><mo>⌋</mo></mrow></msup></mrow>",
    ),
    (
        power(x + w, z),
        "(x₁ + w₃)^(z_h)",
        r"\left(x_{1} + w_{3}\right)^{z_{h}}",
        "<msup><mrow><mo>(</mo><mrow><msub><mi>x</mi><mn>1</mn></msub><mo>+</mo><msub><mi>w</mi><mn>3</mn></msub></mrow><mo>)</mo></mrow><msub><mi>z</mi><mi>h</mi></msub></msup>",
    ),
    (
        sign(x),
        "sign(x₁)",
        r"\operatorname{sign}\left(x_{1}\right)",
        "<mrow><mi>sign</mi><mrow><mo>(</mo><mrow><msub><mi>x</mi><mn>1</mn></msub></mrow><mo>)</mo></mrow></mrow>",
    ),
    (
        maximum(x, w, 0),
        "max(x₁, w₃, 0)",
        r"\max\left(x_{1}, w_{3}, 0\right)",
        "<mrow><mi>max</mi><mrow><mo>(</mo><mrow><msub><mi>x</mi><mn>1</mn></msub><mo>,</mo><msub><mi>w</mi><mn>3</mn></msub><mo>,</mo><mn>0</mn></mrow><mo>)</mo></mrow></mrow>",
    ),
    (
        tanh(Number(-0.5)),
        "tanh(-0.5)",
        r"\tanh\left(-0.5\right)",
        '<mrow><mi>tanh</mi><mrow><mo>(</mo><mrow><mrow><mo form="prefix">−</mo><mn>0.5</mn></mrow></mrow><mo>)</mo></mrow></mrow>',
    ),
    (
        erf(z / sqrt(2)),
        "erf(z_h / √(2))",
        r"\operatorname{erf}\left(\frac{z_{h}}{\sqrt{2}}\right)",
        "<mrow><mi>erf</mi><mrow><mo>(</mo><mrow><mfrac><msub><mi>z</mi><mi>h</mi></msub><msqrt><mn>2</mn></msqrt></mfrac></mrow><mo>)</mo></mrow></mrow>",
    ),
    (
        Number(1e-8) * Number(2.5e-9),
        "1e-08 × 2.5e-09",
        r"1 \times 10^{-8} \times \left(2.5 \times 10^{-9}\right)",
        '<mrow><mrow><mn>1</mn><mo>×</mo><msup><mn>10</mn><mrow><mo form="prefix">−</mo><mn>8</mn></mrow></msup></mrow><mo>×</mo><mrow><mo>(</mo><mrow><mn>2.5</mn><mo>×</mo><msup><mn>10</mn><mrow><mo form="prefix">−</mo><mn>9</mn></mrow></msup></mrow><mo>)</mo></mrow></mrow>',
    ),
    (
        x - Number(1e-8),
        "x₁ - 1e-08",
        r"x_{1} - 1 \times 10^{-8}",
        '<mrow><msub><mi>x</mi><mn>1</mn></msub><mo>−</mo><mrow><mn>1</mn><mo>×</mo><msup><mn>10</mn><mrow><mo form="prefix">−</mo><mn>8</mn></mrow></msup></mrow></mrow>',
    ),
    (
        Number(float("inf")) - Number(float("nan")),
        "inf - nan",
        r"\infty - \text{NaN}",
        "<mrow><mn>∞</mn><mo>−</mo><mn>NaN</mn></mrow>",
    ),
    (
        Number(float("-inf")) * Number(2),
        "-inf × 2",
        r"-\infty \times 2",
        '<mrow><mrow><mo form="prefix">−</mo><mn>∞</mn></mrow><mo>×</mo><mn>2</mn></mrow>',
    ),
    (
        Variable(Symbol("w", "3", new=True)) ** 2,
        "w₃_new²",
        r"\left(w_{3}^{\text{new}}\right)^{2}",
        "<msup><msubsup><mi>w</mi><mn>3</mn><mtext>new</mtext></msubsup><mn>2</mn></msup>",
    ),
    (
        Variable(Symbol("beta1_t", new=True)) * x,
        "β₁ᵗ_new × x₁",
        r"{\beta_1^t}^{\text{new}} \times x_{1}",
        "<mrow><msup><msup><msub><mi>β</mi><mn>1</mn></msub><mi>t</mi></msup><mtext>new</mtext></msup><mo>×</mo><msub><mi>x</mi><mn>1</mn></msub></mrow>",
    ),
    (
        Variable(Symbol("beta1_t")) ** 2,
        "β₁ᵗ²",
        r"\left(\beta_1^t\right)^{2}",
        "<msup><msup><msub><mi>β</mi><mn>1</mn></msub><mi>t</mi></msup><mn>2</mn></msup>",
    ),
    (
        Variable(Symbol("step", W3, new=True)),
        "Δw₃_new",
        r"\Delta w_{3}^{\text{new}}",
        "<msup><mrow><mi>Δ</mi><msub><mi>w</mi><mn>3</mn></msub></mrow><mtext>new</mtext></msup>",
    ),
    (
        Variable(Symbol("W", layer=1, index=(3, 7))),
        "W1[3,7]",
        r"W_{3,7}^{(1)}",
        "<msubsup><mi>W</mi><mtext>3,7</mtext><mtext>(1)</mtext></msubsup>",
    ),
    (
        Variable(Symbol("delta", layer=2, index=(0,), example=3)) ** 2,
        "δ2[0]@3²",
        r"\left(\delta_{0}^{(2),@3}\right)^{2}",
        "<msup><msubsup><mi>δ</mi><mtext>0</mtext><mtext>(2) @3</mtext></msubsup><mn>2</mn></msup>",
    ),
    (
        Variable(Symbol("yhat", "2", example=1)),
        "ŷ₂@1",
        r"\hat{y}_{2}^{@1}",
        "<msubsup><mover><mi>y</mi><mo>^</mo></mover><mn>2</mn><mtext>@1</mtext></msubsup>",
    ),
    (
        Variable(Symbol("h", "1_2")),
        "h1_2",
        r"h_{1,2}",
        "<msub><mi>h</mi><mn>1,2</mn></msub>",
    ),
    (
        Variable(Symbol("z", Symbol("h", "1_2"), new=True, example=4)),
        "z_h1_2_new@4",
        r"z_{h_{1,2}}^{\text{new},@4}",
        "<msubsup><mi>z</mi><msub><mi>h</mi><mn>1,2</mn></msub><mtext>new @4</mtext></msubsup>",
    ),
    (
        Variable(Symbol("mhat", W3)),
        "m̂_w₃",
        r"\hat{m}_{w_{3}}",
        "<msub><mover><mi>m</mi><mo>^</mo></mover><msub><mi>w</mi><mn>3</mn></msub></msub>",
    ),
    (
        Variable(Symbol("edge")),
        "edge",
        r"\text{edge}",
        "<mi>edge</mi>",
    ),
    (
        Call("sigmoid", (z,)),
        "σ(z_h)",
        r"\sigma\left(z_{h}\right)",
        "<mrow><mi>σ</mi><mrow><mo>(</mo><mrow><msub><mi>z</mi><mi>h</mi></msub></mrow><mo>)</mo></mrow></mrow>",
    ),
    (
        Call("leaky_relu", (z,)),
        "LeakyReLU(z_h)",
        r"\operatorname{LeakyReLU}\left(z_{h}\right)",
        "<mrow><mi>LeakyReLU</mi><mrow><mo>(</mo><mrow><msub><mi>z</mi><mi>h</mi></msub></mrow><mo>)</mo></mrow></mrow>",
    ),
]


@pytest.mark.parametrize(("tree", "text", "latex", "mathml"), FORMULAS)
def test_a_formula_in_every_format(tree, text, latex, mathml):
    assert formula_text(tree, 4) == text
    assert formula_latex(tree, 4) == latex
    found = tostring(formula_mathml(tree, 4), encoding="unicode")
    assert found.replace("<mn>e</mn>", "<mi>e</mi>") == mathml


def test_a_line_in_every_format():
    line = trace_steps(seed_lesson(), verify=True)["dL/dw3"]
    remark = "central difference -0.121621"
    assert list(line_text(line, 4)) == [
        "∂L/∂w₃ = ∂L/∂z_out × ∂z_out/∂w₃ = -0.1621 × 0.7503 ≈ -0.1216   (" + remark + ")"
    ]
    assert line_latex(line, 4) == (
        r"\frac{\partial L}{\partial w_{3}} & = \frac{\partial L}{\partial z_{\text{out}}} \times "
        r"\frac{\partial z_{\text{out}}}{\partial w_{3}} = -0.1621 \times 0.7503 \approx -0.1216 "
        rf"\quad\text{{({remark})}}"
    )
    mathml = line_mathml(line, 4)
    assert mathml.startswith('<math displaystyle="true"><mfrac><mrow><mo>∂</mo><mi>L</mi></mrow>')
    assert mathml.endswith(
        '<mo form="infix" lspace="0" rspace="0.278em">=</mo><mrow><mrow><mo form="prefix">−</mo><mn>0.1621</mn></mrow>'
        "<mo>×</mo><mn>0.7503</mn></mrow></mrow></math> "
        '<math displaystyle="true"><mrow><mo form="infix" lspace="0" rspace="0.278em">≈</mo>'
        '<mrow><mo form="prefix">−</mo><mn>0.1216</mn></mrow>'
        "</mrow></math>"
    )


def test_markdown_and_html_hold_the_same_lines_as_latex_and_mathml():
    trace = trace_steps(seed_lesson())
    markdown, html = trace_markdown(trace), trace_html(trace)
    for step in trace.steps:
        for line in step.lines:
            assert line_latex(line, 4) in markdown
            assert line_mathml(line, 4) in html


def test_a_long_line_is_broken_at_its_equals_signs_and_aligned():
    line = trace_steps(seed_lesson())["L_new"]
    text = "\n".join(line_text(line, 4))
    assert text == (
        "L_new = (y - 1 / (1 + e^(-w₃_new × (1 / (1 + e^(-(w₁_new × x₁ + w₂_new × x₂)))))))²\n"
        "      = (1 - 1 / (1 + e^(-0.8122 × (1 / (1 + e^(-(0.5024 × 1 + 0.3049 × 2)))))))²\n"
        "      ≈ 0.1238"
    )
