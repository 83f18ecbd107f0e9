"""What the visits of each example added to one unit, measured by a compiled loop.

Comes in: δ of the visits, what a unit of gradient of each step has come to, and the inputs. A sum
over visits is that of δ times a row of `comes_to`; what was added is this sum times the inputs.
Inputs lie in blocks, so that the rows which the visits jump among stay near the CPU.
"""

import numpy as np
from numba import njit


@njit(cache=True, nogil=True, fastmath={"contract", "reassoc"})
def measure(starts, steps, deltas, comes_to, inputs, direction, slots, parts, squares, totals):
    """Write how large what each of N examples added is, and what those of each slot did together.

    starts     where the visits of each example begin, shape (N + 1,)
    steps      of the visits, shape (V,); deltas: δ, shape (V,)
    comes_to   shape (blocks, T, width); inputs: shape (blocks, N, width)
    direction  shape (blocks, width); slots: where each example is counted, shape (N,)
    parts      along the direction, shape (N,); squares: of the lengths, shape (N,)
    totals     of the slots, shape (slots, blocks, width)
    """
    width = comes_to.shape[2]
    sums = np.empty(width)
    for block in range(len(comes_to)):
        come, sent, along = comes_to[block], inputs[block], direction[block]
        for n in range(len(slots)):
            total = totals[slots[n], block]
            sums[:] = 0.0
            visit, last = starts[n], starts[n + 1]
            while visit + 1 < last:  # by two: the sums are fetched and stored half as often
                d, row = deltas[visit], come[steps[visit]]
                e, next_row = deltas[visit + 1], come[steps[visit + 1]]
                for j in range(width):
                    sums[j] += d * row[j] + e * next_row[j]
                visit += 2
            if visit < last:
                d, row = deltas[visit], come[steps[visit]]
                for j in range(width):
                    sums[j] += d * row[j]
            part = square = 0.0
            for j in range(width):
                added = sums[j] * sent[n, j]
                total[j] += added
                part += added * along[j]
                square += added * added
            parts[n] += part
            squares[n] += square
