"""Starting weights, and weights in scikit-learn's layout: coefs (inputs, units) and intercepts.

Comes in: a random state, or lists of arrays. Goes out: `Parameters`. The draws are those of an
MLPClassifier with the same random state, so that both start from the same weights.

(Glorot & Bengio 2010, eq. 16: uniform within ±√(6 / (inputs + units)), for sigmoid units a third of
that variance; here the biases too.)
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain, pairwise
from typing import Any

import numpy as np

from clearprop.network.network import Network
from clearprop.network.parameters import Array, Parameters


def drawn(network: Network, random: Any, dtype: str, activation: str) -> Parameters:
    """Return starting parameters for hidden units of an activation, from a random state."""
    factor = 2.0 if activation == "sigmoid" else 6.0
    coefs, intercepts = list[Array](), list[Array]()
    for inputs, units in pairwise(network.layers):
        bound = np.sqrt(factor / (inputs + units))
        coefs.append(random.uniform(-bound, bound, (inputs, units)))
        intercepts.append(random.uniform(-bound, bound, units))
    return joined(network, coefs, intercepts, dtype)


def joined(
    network: Network, coefs: Sequence[Array], intercepts: Sequence[Array], dtype: str
) -> Parameters:
    """Return the parameters of weights and biases in scikit-learn's layout."""
    pairs = zip(coefs, intercepts, strict=True)
    parts = chain.from_iterable((np.asarray(w).T.ravel(), np.ravel(b)) for w, b in pairs)
    return Parameters(network, np.concatenate(list(parts)).astype(dtype))


def parted(parameters: Parameters) -> tuple[list[Array], list[Array]]:
    """Return coefs and intercepts, arrays of their own that may be written to."""
    coefs = [np.array(w.T, order="C") for w in parameters.weights]
    return coefs, [np.array(b) for b in parameters.biases]


def given(
    network: Network, init: Any, dtype: str, what: str = "init", way_out: str = ""
) -> Parameters:
    """Return the parameters that are given as (coefs, intercepts), in words `what`.

    `way_out` is what can be done where their shapes are others.

    Raises
    ------
    ValueError: there are not as many arrays as layers, or one has another shape or is not finite.
    """
    try:
        coefs, intercepts = init
        arrays = [[np.asarray(each, dtype=dtype) for each in part] for part in (coefs, intercepts)]
    except (TypeError, ValueError):
        raise ValueError(
            f"{what} must be a pair (coefs, intercepts), each a list with one array for each layer"
        ) from None
    shapes = [
        [tuple(pair) for pair in pairwise(network.layers)],
        [(n,) for n in network.layers[1:]],
    ]
    for name, part, wanted in zip(("coefs", "intercepts"), arrays, shapes, strict=True):
        found = [array.shape for array in part]
        if found != wanted:
            raise ValueError(
                f"the {name} of {what} must have the shapes {wanted} for this network,"
                f" but have {found}{way_out}"
            )
        if not all(np.isfinite(array).all() for array in part):
            raise ValueError(f"the {name} of {what} hold a number that is not finite")
    return joined(network, arrays[0], arrays[1], dtype)
