"""The sums of a step, as fast as they go: tiles for small layers, BLAS products for large ones.

For a small product the library's preparations cost as much as the sums; tiny ones are plain loops.
"""

import numpy as np

from clearprop.engine.kernels.marks import F, kernel, matrix, product, spliced, tile

FEW = 1000  # multiplications, below which plain loops do
MANY = 200_000  # multiplications, above which the library's preparations pay
ROWS, COLUMNS = 4, 64 // np.dtype(F).itemsize  # of a tile, which is two vectors of 32 bytes wide


@spliced
def fits_tiles(rows, terms, columns):
    """Return whether a product is of the size for tiles."""
    return rows >= ROWS and columns >= COLUMNS and rows * terms * columns < MANY


@kernel
def in_tiles(a, a_row, a_term, b, c):
    """c[k,u] = Σ_i a[k,i] b[i,u]; `a_row` and `a_term` are the steps from k to k + 1, i to i + 1.

    The last tiles lie over those before where the sizes are no multiples: the same sums again.
    """
    rows, columns = c.shape
    for below in range(0, rows, ROWS):
        k = min(below, rows - ROWS)
        for beside in range(0, columns, COLUMNS):
            u = min(beside, columns - COLUMNS)
            tile(a, k * a_row, a_row, a_term, b, u, columns, c, k * columns + u, columns,
                 b.shape[0])  # fmt: skip


@spliced
def weighted_inputs(a, w, z, turned):
    """z[k,u] = Σ_i a[k,i] W[u,i]"""
    units, inputs = w.shape
    work = a.shape[0] * units * inputs
    if work < FEW:
        for k in range(a.shape[0]):
            for u in range(units):
                z[k, u] = F(0.0)
                for i in range(inputs):
                    z[k, u] += a[k, i] * w[u, i]
    elif fits_tiles(a.shape[0], inputs, units):
        t = matrix(turned, 0, inputs, units)
        for u in range(units):
            for i in range(inputs):
                t[i, u] = w[u, i]
        in_tiles(a, inputs, 1, t, z)
    else:
        product(a, w.T, z)


@spliced
def errors_below(delta, w, error):
    """error[k,i] = Σ_u δ[k,u] W[u,i]"""
    units, inputs = w.shape
    work = delta.shape[0] * units * inputs
    if delta.shape[0] == 1 or work < FEW:
        for k in range(delta.shape[0]):
            for i in range(inputs):
                error[k, i] = F(0.0)
            for u in range(units):
                for i in range(inputs):
                    error[k, i] += delta[k, u] * w[u, i]
    elif fits_tiles(delta.shape[0], units, inputs):
        in_tiles(delta, units, 1, w, error)
    else:
        product(delta, w, error)


@spliced
def over_examples(delta, a, gradient):
    """gradient[u,i] = Σ_k δ[k,u] a[k,i]"""
    units, inputs = gradient.shape
    work = delta.shape[0] * units * inputs
    if work < FEW:
        for u in range(units):
            for i in range(inputs):
                gradient[u, i] = F(0.0)
            for k in range(delta.shape[0]):
                for i in range(inputs):
                    gradient[u, i] += delta[k, u] * a[k, i]
    elif fits_tiles(units, delta.shape[0], inputs):
        in_tiles(delta, 1, units, a, gradient)
    else:
        product(delta.T, a, gradient)
