"""The sums of a step, from left to right: the bits of plain Python floats.

A sum begins with -0.0, the number that changes no other when it is added (0.0 would turn -0.0 into
0.0). The innermost loops run over what is not summed, so that they can be vectorised.
"""

from clearprop.engine.kernels.marks import F, matrix, spliced


@spliced
def weighted_inputs(a, w, z, turned):
    """z[k,u] = Σ_i a[k,i] W[u,i], with W turned round beforehand."""
    units, inputs = w.shape
    t = matrix(turned, 0, inputs, units)
    for u in range(units):
        for i in range(inputs):
            t[i, u] = w[u, i]
    for k in range(a.shape[0]):
        for u in range(units):
            z[k, u] = F(-0.0)
        for i in range(inputs):
            for u in range(units):
                z[k, u] = z[k, u] + a[k, i] * t[i, u]


@spliced
def errors_below(delta, w, error):
    """error[k,i] = Σ_u δ[k,u] W[u,i]"""
    units, inputs = w.shape
    for k in range(delta.shape[0]):
        for i in range(inputs):
            error[k, i] = F(-0.0)
        for u in range(units):
            for i in range(inputs):
                error[k, i] = error[k, i] + delta[k, u] * w[u, i]


@spliced
def over_examples(delta, a, gradient):
    """gradient[u,i] = Σ_k δ[k,u] a[k,i]"""
    units, inputs = gradient.shape
    for u in range(units):
        for i in range(inputs):
            gradient[u, i] = F(-0.0)
        for k in range(delta.shape[0]):
            for i in range(inputs):
                gradient[u, i] = gradient[u, i] + delta[k, u] * a[k, i]
