"""Fast functions of float64: exp and tanh without branches or calls, so that loops over them are
vectorised. All others are the C library's.
"""

from math import erf, expm1, log, log1p, sqrt

import numpy as np

from clearprop.engine.intrinsics import float64_of_bits
from clearprop.engine.kernels.marks import kernel

__all__ = ["erf", "exp", "expm1", "log", "log1p", "sqrt", "tanh"]

LOG2_E = 1.4426950408889634
LN2_HIGH = 6.93147180369123816490e-01  # ln 2 in two parts, so that k · ln 2 loses nothing
LN2_LOW = 1.90821492927058770002e-10
TO_WHOLE = 6755399441055744.0  # 1.5 · 2^52: adding and taking it away rounds to a whole number


@kernel
def exp(x):
    """e^x = 2^k e^r with k whole and |r| <= ln 2 / 2; e^r by its Taylor series of degree 13.

    NaN stays NaN; the ends are those of float64, but for denormal results, which are 0.
    """
    clipped = min(max(x, -708.5), 709.8)
    k = (clipped * LOG2_E + TO_WHOLE) - TO_WHOLE
    r = (clipped - k * LN2_HIGH) - k * LN2_LOW
    p = 1.0 / 6227020800.0
    p = p * r + 1.0 / 479001600.0
    p = p * r + 1.0 / 39916800.0
    p = p * r + 1.0 / 3628800.0
    p = p * r + 1.0 / 362880.0
    p = p * r + 1.0 / 40320.0
    p = p * r + 1.0 / 5040.0
    p = p * r + 1.0 / 720.0
    p = p * r + 1.0 / 120.0
    p = p * r + 1.0 / 24.0
    p = p * r + 1.0 / 6.0
    p = p * r + 0.5
    p = (p * r * r + r) + 1.0
    # 2^k as 2^(k-1) · 2, for k reaches 1024
    power = float64_of_bits((np.int64(k) + np.int64(1022)) << np.int64(52)) * 2.0
    result = p * power
    result = 0.0 if x < -708.5 else result
    result = np.inf if x > 709.782712893384 else result
    return result if x == x else x


@kernel
def tanh(x):
    """tanh |x| = 1 - 2 / (e^(2|x|) + 1), below 0.625 a rational function that keeps all digits.

    Its coefficients are those of Cephes (Moshier 1989, tanh.c).
    """
    size = abs(x)
    large = 1.0 - 2.0 / (exp(2.0 * min(size, 30.0)) + 1.0)
    s = x * x
    top = (-9.64399179425052238628e-1 * s - 9.92877231001918586564e1) * s - 1.61468768441708447952e3
    bottom = ((s + 1.12811678491632931402e2) * s + 2.23548839060100448583e3) * s
    bottom = bottom + 4.84406305325125486048e3
    small = x + x * s * (top / bottom)
    signed = large if x > 0.0 else -large
    result = small if size < 0.625 else signed
    return result if x == x else x
