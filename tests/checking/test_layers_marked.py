"""Networks whose weights say their layer, and sums over an index that stands beside a number."""

import pytest

import clearprop as cp

DEEP = r"""
Zwei Eingänge, zwei verdeckte Schichten mit $\tanh$, zwei lineare Ausgänge.
$x_1=0.5$, $x_2=-1$, $t_1=0.2$, $t_2=0.9$, $E=\tfrac12\sum_k (y_k-t_k)^2$.
$w^{(1)}_{11}=0.3$, $w^{(1)}_{12}=-0.2$, $w^{(1)}_{21}=0.1$, $w^{(1)}_{22}=0.4$,
$w^{(2)}_{11}=0.2$, $w^{(2)}_{12}=0.6$, $w^{(2)}_{21}=-0.5$, $w^{(2)}_{22}=0.3$,
$w^{(3)}_{11}=0.7$, $w^{(3)}_{12}=-0.3$, $w^{(3)}_{21}=0.2$, $w^{(3)}_{22}=0.8$, no biases.

$z^{(1)}_1 = 0.3500$, $a^{(1)}_1 = \tanh(0.3500) = 0.3364$
$z^{(1)}_2 = -0.3500$, $a^{(1)}_2 = \tanh(-0.3500) = -0.3364$
$z^{(2)}_1 = -0.1346$, $a^{(2)}_1 = \tanh(-0.1346) = -0.1338$
$z^{(2)}_2 = -0.2691$, $a^{(2)}_2 = \tanh(-0.2691) = -0.2628$
$y_1 = w^{(3)}_{11} a^{(2)}_1 + w^{(3)}_{12} a^{(2)}_2 = -0.0148$
$y_2 = w^{(3)}_{21} a^{(2)}_1 + w^{(3)}_{22} a^{(2)}_2 = -0.2370$
$\delta^{(3)}_1 = y_1-t_1 = -0.2148$
$\delta^{(3)}_2 = y_2-t_2 = -1.1370$
"""
SUM = r"$\delta^{(2)}_1 = (1-(a^{(2)}_1)^2)\sum_k w^{(3)}_{k1}\delta^{(3)}_k = DIGITS$"


@pytest.mark.parametrize(("digits", "mark"), [("-0.3710", "right"), ("-0.3170", "wrong")])
def test_weights_with_their_layer_above_them_make_a_network_of_any_depth(digits, mark):
    report = cp.check(DEEP + SUM.replace("DIGITS", digits))
    assert report.lesson.network.layers == (2, 2, 2, 2)
    assert report.count("not understood") == 0
    assert report.judgements[-1].mark == mark
    assert report.judgements[-2].mark == "right"
    assert report.count("wrong") == (mark == "wrong")
