"""Fast functions of float32: exp and tanh without branches or calls, so that loops over them are
vectorised. All others are the C library's.
"""

from math import erf, expm1, log, log1p, sqrt

import numpy as np

from clearprop.engine.intrinsics import float32_of_bits
from clearprop.engine.kernels.marks import F, kernel

__all__ = ["erf", "exp", "expm1", "log", "log1p", "sqrt", "tanh"]

LOG2_E = np.float32(1.44269504)
LN2_HIGH = np.float32(0.693359375)  # ln 2 in two parts, so that k · ln 2 loses nothing
LN2_LOW = np.float32(-2.12194440e-4)
TO_WHOLE = np.float32(12582912.0)  # 1.5 · 2^23: adding and taking it away rounds to a whole number


@kernel
def exp(x):
    """e^x = 2^k e^r with k whole and |r| <= ln 2 / 2; e^r by its Taylor series of degree 7.

    NaN stays NaN; the ends are those of float32, but for denormal results, which are 0.
    """
    clipped = min(max(x, F(-87.3)), F(88.8))
    k = (clipped * LOG2_E + TO_WHOLE) - TO_WHOLE
    r = (clipped - k * LN2_HIGH) - k * LN2_LOW
    p = F(1.0 / 5040.0)
    p = p * r + F(1.0 / 720.0)
    p = p * r + F(1.0 / 120.0)
    p = p * r + F(1.0 / 24.0)
    p = p * r + F(1.0 / 6.0)
    p = p * r + F(0.5)
    p = (p * r * r + r) + F(1.0)
    # 2^k as 2^(k-1) · 2, for k reaches 128
    power = float32_of_bits((np.int32(k) + np.int32(126)) << np.int32(23)) * F(2.0)
    result = p * power
    result = F(0.0) if x < F(-87.3) else result
    result = F(np.inf) if x > F(88.72283) else result
    return result if x == x else x


@kernel
def tanh(x):
    """tanh |x| = 1 - 2 / (e^(2|x|) + 1), and below 0.625 a polynomial that keeps all digits.

    Its coefficients are those of Cephes (Moshier 1989, tanhf.c).
    """
    size = abs(x)
    large = F(1.0) - F(2.0) / (exp(F(2.0) * min(size, F(15.0))) + F(1.0))
    s = x * x
    p = F(-5.70498872745e-3)
    p = p * s + F(2.06390887954e-2)
    p = p * s + F(-5.37397155531e-2)
    p = p * s + F(1.33314422036e-1)
    p = p * s + F(-3.33332819422e-1)
    small = x + x * s * p
    signed = large if x > F(0.0) else -large
    result = small if size < F(0.625) else signed
    return result if x == x else x
