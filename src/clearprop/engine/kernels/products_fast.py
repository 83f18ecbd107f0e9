"""The sums of a step, as fast as they go: the BLAS library's products, or loops where those of a
call would cost more than the sum.
"""

import numpy as np

from clearprop.engine.kernels.marks import F, kernel, stretch

FEW = 1000  # multiplications, below which a call costs more than they do


@kernel
def weighted_inputs(a, w, z, turned):
    """z[k,u] = Σ_i a[k,i] W[u,i]"""
    units, inputs = w.shape
    if a.shape[0] * units * inputs < FEW:
        for k in range(a.shape[0]):
            for u in range(units):
                z[k, u] = F(0.0)
                for i in range(inputs):
                    z[k, u] += a[k, i] * w[u, i]
    elif a.shape[0] == 1:
        np.dot(w, stretch(a, 0, inputs), stretch(z, 0, units))
    else:
        np.dot(a, w.T, z)


@kernel
def errors_below(delta, w, error):
    """error[k,i] = Σ_u δ[k,u] W[u,i]"""
    units, inputs = w.shape
    if delta.shape[0] == 1 or delta.shape[0] * units * inputs < FEW:
        for k in range(delta.shape[0]):
            for i in range(inputs):
                error[k, i] = F(0.0)
            for u in range(units):
                for i in range(inputs):
                    error[k, i] += delta[k, u] * w[u, i]
    else:
        np.dot(delta, w, error)


@kernel
def over_examples(delta, a, gradient):
    """gradient[u,i] = Σ_k δ[k,u] a[k,i]"""
    units, inputs = gradient.shape
    if delta.shape[0] * units * inputs < FEW:
        for u in range(units):
            for i in range(inputs):
                gradient[u, i] = F(0.0)
            for k in range(delta.shape[0]):
                for i in range(inputs):
                    gradient[u, i] += delta[k, u] * a[k, i]
    else:
        np.dot(delta.T, a, gradient)
