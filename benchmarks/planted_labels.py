"""Do ledgers find wrong labels? The digits with 5 % of the training rows' labels replaced.

A network learns the rows as they are; then they are ranked, the most suspect first:

    by ledger   by what each example added to a layer, for each layer by itself: the norm of its
                entry in the layer's ledger over the whole run, and nothing else
    by loss     by the example's loss with the trained parameters: the baseline

Printed is the share of the planted rows that is found in the worst 10 % of the training rows, for
some seeds (of planting, split, start and order alike), and for two lengths of training.

    python -m benchmarks.planted_labels
"""

from __future__ import annotations

import statistics
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from clearprop.api import train
from clearprop.backprop.backpropagation import forward_pass, losses
from clearprop.data.table import load
from clearprop.runs.run import Run

PLANTED, WORST = 0.05, 0.10
SEEDS = (0, 1, 2, 3, 4)
EPOCHS = (5, 30)


@dataclass(frozen=True)
class Found:
    """Which share of the planted rows a ranking finds, by the ranking's name."""

    seed: int
    epochs: int
    shares: Mapping[str, float]


def planted(seed: int) -> tuple[pl.DataFrame, np.ndarray]:
    """Return the digits with wrong labels, and which rows are wrong."""
    frame = load("digits").frame
    target = frame.columns[-1]
    labels = frame[target].cast(pl.String).to_numpy().astype(object)
    generator = np.random.default_rng([seed, 5])
    wrong = generator.random(len(labels)) < PLANTED
    names = np.unique(labels.astype(str))
    for row in np.flatnonzero(wrong):
        labels[row] = generator.choice(names[names != labels[row]])
    return frame.with_columns(pl.Series(target, labels.tolist())), wrong


def rankings(run: Run) -> Iterator[tuple[str, np.ndarray]]:
    """Yield, by name, how suspect each training row is."""
    rows = run.split.train
    for layer in run.network.layer_numbers:
        sources = run.ledger(layer=layer).sources
        norms = dict(zip(sources["row"].to_list(), sources["norm"].to_list(), strict=True))
        yield f"ledger of layer {layer}", np.array([norms[row] for row in rows.tolist()])
    _, x, y = run.encoded_data
    forward = forward_pass(run.parameters, x[rows])
    yield "loss", losses(run.network, run.learning, forward, y[rows])


def found(seed: int, epochs: int) -> Found:
    """Return what the rankings find after a training."""
    frame, wrong = planted(seed)
    target = frame.columns[-1]
    run = train(frame, target=target, kind="classes", epochs=epochs, seed=seed, hidden=[32])
    of_training = wrong[run.split.train]
    shares = {}
    for name, suspect in rankings(run):
        worst = np.argsort(-suspect)[: round(WORST * len(suspect))]
        shares[name] = float(of_training[worst].sum() / of_training.sum())
    return Found(seed, epochs, shares)


def main() -> None:
    """Print what is found, seed by seed, and the median."""
    for epochs in EPOCHS:
        all_found = []
        for seed in SEEDS:
            all_found.append(found(seed, epochs))
            line = ", ".join(f"{name} {share:.1%}" for name, share in all_found[-1].shares.items())
            sys.stdout.write(f"{epochs} epochs, seed {seed}: {line}\n")
        for name in all_found[0].shares:
            shares = [entry.shares[name] for entry in all_found]
            middle, least = statistics.median(shares), min(shares)
            sys.stdout.write(f"{epochs} epochs, {name}: median {middle:.1%}, least {least:.1%}\n")


if __name__ == "__main__":
    main()
