"""Fast functions of float64: exp and tanh without branches or calls, so that loops over them are
vectorised. All others are the C library's.
"""

from math import erf, expm1, log, log1p, sqrt

import numpy as np

from clearprop.engine.kernels.marks import kernel

__all__ = ["erf", "exp", "expm1", "log", "log1p", "sqrt", "tanh"]

LOG2_E = 1.4426950408889634
LN2_HIGH = 6.93147180369123816490e-01  # ln 2 in two parts, so that k · ln 2 loses nothing
LN2_LOW = 1.90821492927058770002e-10
TO_WHOLE = 6755399441055744.0  # 1.5 · 2^52: adding it rounds to a whole number, in the lowest bits


@kernel
def fraction(r):
    """e^r - 1 for |r| <= ln 2 / 2, as r + r² q(r) with a relative error below 5e-17.

    q is the polynomial of degree 9 through (e^r - 1 - r) / r² at the ten Chebyshev points, its
    terms taken in pairs (Estrin 1960), of which none waits for another.
    """
    s = r * r
    low = (0.5000000000000001 + 0.16666666666666669 * r) + (
        0.041666666666624164 + 0.008333333333330065 * r
    ) * s
    high = (0.0013888888917196719 + 0.00019841269863040545 * r) + (
        2.4801521322368692e-05 + 2.7557268480310024e-06 * r
    ) * s
    top = 2.7620075879983367e-07 + 2.5100375832561234e-08 * r
    return r + s * (low + (s * s) * (high + (s * s) * top))


@kernel
def exp(x):
    """e^x = 2^k e^r with k whole and |r| <= ln 2 / 2. NaN stays NaN; below e^-708 all is 0."""
    shifted = x * LOG2_E + TO_WHOLE
    k = shifted - TO_WHOLE
    r = (x - k * LN2_HIGH) - k * LN2_LOW
    # 2^(k-1), for k reaches 1024: the lowest bits of `shifted` are k, and become the exponent
    half = np.int64((np.float64(shifted).view(np.int64) + 1022) << 52).view(np.float64)
    result = (2.0 + 2.0 * fraction(r)) * half
    result = 0.0 if x < -708.0 else result
    return np.inf if x > 709.782712893384 else result


@kernel
def tanh(x):
    """tanh |x| = -t / (2 + t) with t = e^(-2|x|) - 1 = 2^k (e^r - 1) + (2^k - 1)."""
    size = abs(x)
    size = min(size, 20.0)  # where 1 is reached
    shifted = -2.0 * size * LOG2_E + TO_WHOLE
    k = shifted - TO_WHOLE
    r = (-2.0 * size - k * LN2_HIGH) - k * LN2_LOW
    power = np.int64((np.float64(shifted).view(np.int64) + 1023) << 52).view(np.float64)
    t = power * fraction(r) + (power - 1.0)
    result = -t / (2.0 + t)
    return result if x >= 0.0 else -result
