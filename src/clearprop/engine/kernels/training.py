"""The whole training: epochs of steps, the look after each epoch, early stopping."""

import math

import numpy as np

from clearprop.engine.kernels.carried import put_back, taken_up
from clearprop.engine.kernels.draws import shuffle
from clearprop.engine.kernels.marks import entry, kernel, matrix, spliced, stretch
from clearprop.engine.kernels.passes import look, train_step


@spliced
def gather(examples, room, start, m):
    """Copy the rows of a batch together, with their sample weights."""
    for k in range(m):
        row = np.uint64(room.order[start + k])
        for i in range(room.x.shape[1]):
            room.x[k, i] = examples.x[row, i]
        for u in range(room.y.shape[1]):
            room.y[k, u] = examples.y[row, u]
        if examples.weights.shape[0] > 0:
            room.weights[k] = examples.weights[row]


@kernel
def all_finite(vector):
    """Return whether no number of a vector is NaN or infinite."""
    for j in range(vector.shape[0]):
        if not math.isfinite(vector[j]):
            return False
    return True


@spliced
def judged(stopping, watched, loss, held_out, measured):
    """Return what early stopping goes by, to be as small as may be.

    `on` is 0 for the loss of the watched rows, 1 for their score with its sign turned, and 2 for
    the training loss.
    """
    value = held_out
    if stopping.on == 1:
        if watched.classes == 1:
            value = -(measured / watched.x.shape[0])
        else:
            value = -0.0
            if stopping.spread > 0.0 and math.isfinite(measured):
                value = -(1.0 - measured / stopping.spread)
    elif stopping.on == 2:
        value = loss
    return value


@spliced
def close_epoch(vector, stopping, value, step):
    """Early stopping after an epoch, by what it goes by; return whether it is over."""
    if stopping.patience > 0:
        least = stopping.figures[0]
        waits = not value < least
        if stopping.tolerance >= 0.0:
            waits = value > least - stopping.tolerance
        stopping.figures[2] = stopping.figures[2] + 1.0 if waits else 0.0
        if value < least:
            stopping.figures[0] = value
            if stopping.on != 2:
                stopping.figures[1] = step
                for j in range(vector.shape[0]):
                    stopping.best[j] = vector[j]
    return stopping.patience > 0 and stopping.figures[2] >= stopping.patience


@entry
def run(
    examples, watched, wiring, rules, rates, carried, stopping, room, figures,
    first, until, loss_sum, check,
):  # fmt: skip
    """Take the steps from `first` to `until`.

    Return whether a step broke, the finished steps, the loss sum of the unfinished epoch (it was
    `loss_sum` before), and the finished epochs. `rates` has one entry for each step of this call,
    or a single one. `figures` takes loss, loss of the watched rows and measure of each finished
    epoch. With `check` every parameter is looked at after every step. A step that breaks is not
    counted, but what it changed stays changed.
    """
    rows, size = examples.x.shape[0], examples.size
    per_epoch = (rows + size - 1) // size
    epoch, place = first // per_epoch, first % per_epoch
    step, finished, broke = first, 0, False
    x, y, weights = examples.x, examples.y, examples.weights
    held = taken_up(carried)
    if per_epoch > 1 and step < until and examples.shuffles == 1:
        shuffle(room.order, examples.seed, epoch)
    while step < until:
        m = min(size, rows - place * size)
        if per_epoch > 1:
            gather(examples, room, place * size, m)
            x = matrix(room.x, 0, m, room.x.shape[1])
            y = matrix(room.y, 0, m, room.y.shape[1])
            weights = stretch(room.weights, 0, min(m, room.weights.shape[0]))
        rate = rates[step - first] if rates.shape[0] > 1 else rates[0]
        loss = train_step(
            x, y, weights, held, rate, wiring, rules, examples.seed, step, room
        )  # fmt: skip
        broke = not math.isfinite(loss) or (check and not all_finite(held.vector))
        if broke:
            break
        loss_sum = loss_sum + (loss * m if rules.mean == 1 else loss)
        step += 1
        place += 1
        if place == per_epoch:
            held_out, measured = 0.0, 0.0
            figures[finished, 0] = loss_sum / rows
            if watched.x.shape[0] > 0:
                held_out, measured = look(watched, held.vector, wiring, rules, room)
                figures[finished, 1] = held_out
                figures[finished, 2] = measured
            value = judged(stopping, watched, loss_sum / rows, held_out, measured)
            loss_sum, place = 0.0, 0
            finished, epoch = finished + 1, epoch + 1
            enough = close_epoch(held.vector, stopping, value, step)
            if enough:
                break
            if per_epoch > 1 and step < until and examples.shuffles == 1:
                shuffle(room.order, examples.seed, epoch)
    put_back(held, carried)
    return broke, step, loss_sum, finished
