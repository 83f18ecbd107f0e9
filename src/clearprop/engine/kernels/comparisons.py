"""The functions of formulas that are no formulas of the C library: the larger of two, the sign."""

from clearprop.engine.kernels.marks import F, kernel


@kernel
def largest(a, b):
    """Return the larger number, the first of equals; NaN where one is."""
    return b if (b > a or b != b) else a


@kernel
def sign(x):
    """Return -1, 0 or 1; NaN stays NaN."""
    up = F(1.0) if x > F(0.0) else x
    return F(-1.0) if x < F(0.0) else up
