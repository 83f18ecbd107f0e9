"""Fast functions of float32: exp and tanh without branches or calls, so that loops over them are
vectorised. All others are the C library's.
"""

from math import erf, expm1, log, log1p, sqrt

import numpy as np

from clearprop.engine.kernels.marks import F, kernel

__all__ = ["erf", "exp", "expm1", "log", "log1p", "sqrt", "tanh"]

LOG2_E = np.float32(1.44269504)
LN2_HIGH = np.float32(0.693359375)  # ln 2 in two parts, so that k · ln 2 loses nothing
LN2_LOW = np.float32(-2.12194440e-4)
TO_WHOLE = np.float32(12582912.0)  # 1.5 · 2^23: adding it rounds to a whole number, in the low bits


@kernel
def fraction(r):
    """e^r - 1 for |r| <= ln 2 / 2, as r + r² q(r) with a relative error below 3e-8.

    q is the polynomial of degree 4 through (e^r - 1 - r) / r² at the five Chebyshev points, its
    terms taken in pairs (Estrin 1960), of which none waits for another.
    """
    s = r * r
    low = F(0.5) + F(0.1666657702559799) * r
    high = F(0.041666554662050534) + F(0.008363173074513711) * r
    return r + s * (low + s * (high + s * F(0.001392617611993558)))


@kernel
def exp(x):
    """e^x = 2^k e^r with k whole and |r| <= ln 2 / 2. NaN stays NaN; below e^-87 all is 0."""
    shifted = x * LOG2_E + TO_WHOLE
    k = shifted - TO_WHOLE
    r = (x - k * LN2_HIGH) - k * LN2_LOW
    # 2^(k-1), for k reaches 128: the lowest bits of `shifted` are k, and become the exponent
    half = np.int32((np.float32(shifted).view(np.int32) + 126) << 23).view(np.float32)
    result = (F(2.0) + F(2.0) * fraction(r)) * half
    result = F(0.0) if x < F(-87.0) else result
    return F(np.inf) if x > F(88.72283) else result


@kernel
def tanh(x):
    """tanh |x| = -t / (2 + t) with t = e^(-2|x|) - 1 = 2^k (e^r - 1) + (2^k - 1)."""
    size = abs(x)
    size = min(size, F(10.0))  # where 1 is reached
    shifted = F(-2.0) * size * LOG2_E + TO_WHOLE
    k = shifted - TO_WHOLE
    r = (F(-2.0) * size - k * LN2_HIGH) - k * LN2_LOW
    power = np.int32((np.float32(shifted).view(np.int32) + 127) << 23).view(np.float32)
    t = power * fraction(r) + (power - F(1.0))
    result = -t / (F(2.0) + t)
    return result if x >= F(0.0) else -result
