"""What became of the gradients of one unit, and what the visits of each example added to it.

`bring` goes forward through steps, with what is asked of all of them alike; `follow` goes back
through them, as `Course.after` does. `measure` takes δ of the visits, what
a unit of gradient of each step has come to, and the inputs: a sum over visits is that of δ times a
row of `comes_to`; what was added is this sum times the inputs. Both lie in blocks, so that the rows
which the visits jump among stay near the CPU.
"""

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def bring(asked, direct, later, taken, kept, added, carried):
    """Bring gradients into the account of P parameters, and on through some steps.

    asked          the gradients, shape (T, P)
    direct, later  what a gradient, and what is carried, change at once, shape (T, P)
    taken, kept    what is carried on of them, shape (T,)
    added          what has changed, shape (P,); carried: what still will, likewise
    """
    for step in range(len(asked)):
        for p in range(len(added)):
            added[p] += direct[step, p] * asked[step, p] + later[step, p] * carried[p]
            carried[p] = taken[step] * asked[step, p] + kept[step] * carried[p]


@njit(cache=True, nogil=True)
def follow(direct, later, taken, kept, first, comes_to, stays, reach, left):
    """Write what gradients of some steps, from the step `first` on, have come to.

    direct, later  what a gradient, and what is carried, change at once, shape (T, P)
    taken, kept    what is carried on of them, shape (T,)
    comes_to       shape (blocks, all steps, width); stays: shape (all steps,)
    reach, left    of what is carried out of these steps, shape (P,) and (1,): moved before them
    """
    width = comes_to.shape[2]
    for step in range(len(direct) - 1, -1, -1):
        stays[first + step] = taken[step] * left[0]
        left[0] *= kept[step]
        for block in range(len(comes_to)):
            row, start = comes_to[block, first + step], block * width
            for j in range(min(width, len(reach) - start)):
                p = start + j
                row[j] = direct[step, p] + taken[step] * reach[p]
                reach[p] = later[step, p] + kept[step] * reach[p]


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
