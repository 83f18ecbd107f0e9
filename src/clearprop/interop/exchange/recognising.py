"""An activation known by what it does: whatever it is written as, its values give it away.

Comes in: a function of arrays. Goes out: the name in the table of activations, and its constants.
x·σ(x) is the SiLU, ½x(1 + erf(x/√2)) the GELU, ln(1 + eˣ) softplus, however it is spelt.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from clearprop.formulas.activations import ACTIVATIONS
from clearprop.formulas.arithmetic import FAST, evaluate
from clearprop.formulas.constants import DEFAULTS
from clearprop.interop.exchange.assembling import shortest
from clearprop.network.parameters import Array

NEAR = np.concatenate([np.linspace(-6, 6, 49), [-17.0, -0.01, 0.01, 17.0]])
FAR = np.array([-1e6, -1e3, 1e3, 1e6])  # a ReLU that ends at 20 or at 255 is no ReLU
PROBES = np.concatenate([NEAR, FAR])
TOLERANCE = 1e-5  # float32 has seven digits; GELU by tanh is 5e-4 off
Found = tuple[str, dict[str, float]]


def recognised(function: Callable[[Array], Array]) -> Found | None:
    """Return the name and the constants of an activation; None where it is none of the table.

    >>> recognised(lambda z: z / (1 + np.exp(-z)))
    ('silu', {})
    >>> recognised(lambda z: np.where(z > 0, z, 0.2 * z))
    ('leaky_relu', {'leaky_relu_slope': 0.2})
    >>> recognised(np.sin)
    """
    with np.errstate(all="ignore"):  # far out ln(1 + eˣ) overflows, and does not count
        values = np.asarray(function(PROBES), dtype=np.float64)
    counts = np.isfinite(values) | np.isin(PROBES, NEAR)
    for name, constants in candidates(values):
        formula_values = value_of(name, constants)
        if np.allclose(values[counts], formula_values[counts], rtol=TOLERANCE, atol=TOLERANCE):
            return name, constants
    return None


def candidates(values: Array) -> Iterator[Found]:
    """Yield the activations, with the constants that the values would mean."""
    at = dict(zip(PROBES.tolist(), values.tolist(), strict=True))
    for name, rule in ACTIVATIONS.items():
        if rule.couples:
            continue
        if name == "leaky_relu":
            yield name, {"leaky_relu_slope": shortest(-at[-1.0])}
        elif name == "elu":
            yield name, {"elu_alpha": shortest(at[-17.0] / np.expm1(-17.0))}
        else:
            yield name, {}


def value_of(name: str, constants: dict[str, float]) -> Array:
    """Return the activation's values at the probes."""
    rule = ACTIVATIONS[name]
    known = {"z": PROBES, **DEFAULTS, **constants}
    for part in rule.parts:
        known[part.name] = evaluate(part.formula, known, FAST)
    return np.asarray(evaluate(rule.formula, known, FAST), dtype=np.float64)
