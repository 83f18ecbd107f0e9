"""The functions that formulas call, as the C library has them: the bits of Python's `math`."""

from math import erf, exp, expm1, log, log1p, sqrt, tanh

__all__ = ["erf", "exp", "expm1", "log", "log1p", "sqrt", "tanh"]
