"""What follows from the data, and what is chosen when nobody says it.

Comes in: a table and what was asked for (None: not said). Goes out: `TrainingSettings` and the
network. Classes: two -> one sigmoid output, more -> softmax; numbers -> identity outputs.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from clearprop.data.encoding import Encoding
from clearprop.data.kinds import Kind
from clearprop.data.table import Table
from clearprop.errors import SettingError
from clearprop.formulas.losses import LOSSES
from clearprop.formulas.losses import loss as loss_rule
from clearprop.formulas.optimizers import optimizer as optimizer_rule
from clearprop.network.learning import Learning
from clearprop.network.network import Network
from clearprop.training.settings import TrainingSettings

HIDDEN = (32,)
ACTIVATION = "tanh"
OPTIMIZER = "adam"
RATES: Mapping[str, float] = {
    "gradient_descent": 0.1,
    "momentum": 0.05,
    "nesterov": 0.05,
    "rmsprop": 0.003,
    "adam": 0.005,
    "adamw": 0.005,
}
# A little weight decay with adam: held-out scores are better for it, most of all on numbers, where
# noise is learnt by heart within a few epochs. adamw without any would be adam (0.01: PyTorch's).
DECAYS: Mapping[str, Mapping[Kind, float]] = {
    "adam": {"classes": 0.001, "numbers": 0.03},
    "adamw": {"classes": 0.01, "numbers": 0.01},
}
# A rectified unit is silent half of the time and wants larger weights (He et al. 2015).
INITIALIZERS = dict.fromkeys(("relu", "leaky_relu", "elu", "gelu", "silu"), "he_uniform")
UPDATES = 2000  # as many as about suffice, on small data and large
FEWEST_EPOCHS, MOST_EPOCHS = 10, 500
VALIDATION_SIZE = 0.1  # with early stopping
PATIENCE = 10  # epochs
# what is taken as it was asked for
AS_ASKED = (
    "schedule", "decay_factor", "decay_every", "warmup", "clip_norm", "dropout", "arithmetic",
    "engine", "threads",
)  # fmt: skip
WITH_MOMENTUM = ("momentum", "nesterov")


@dataclass(frozen=True)
class Wishes:
    """What was asked for; None where it was left open. Meanings as in `TrainingSettings`."""

    hidden: Sequence[int] | None = None
    activation: str | None = None
    loss: str | None = None
    reduction: str = "mean"
    optimizer: str | None = None
    rate: float | None = None
    momentum: float | None = None
    weight_decay: float | None = None
    batch_size: int = 32
    epochs: int | None = None
    seed: int = 0
    early_stopping: bool = False
    patience: int | None = None
    test_size: float | None = None
    validation_size: float | None = None
    dtype: str = "float64"
    initializer: str | None = None
    frozen: Sequence[str] = ()
    schedule: str = "constant"
    decay_factor: float | None = None
    decay_every: int | None = None
    warmup: int = 0
    clip_norm: float | None = None
    dropout: float = 0.0
    arithmetic: str = "auto"
    engine: str = "auto"
    threads: int = 1


def settings_for(table: Table, wishes: Wishes) -> TrainingSettings:
    """Return the settings for a table: what was asked for, the rest chosen.

    Raises
    ------
    SettingError, UnknownName: a wish out of its range, or wishes that do not fit each other.
    """
    activation = wishes.activation or ACTIVATION
    test_size = (0.25 if table.holds_out else 0.0) if wishes.test_size is None else wishes.test_size
    settings = TrainingSettings(
        learning=learning_for(table, wishes),
        epochs=MOST_EPOCHS if wishes.epochs is None else wishes.epochs,
        hidden=HIDDEN if wishes.hidden is None else as_tuple(wishes.hidden),
        activation=activation,
        batch_size=wishes.batch_size,
        seed=wishes.seed,
        early_stopping=wishes.early_stopping,
        patience=patience_of(wishes),
        test_size=test_size,
        validation_size=validation_size_of(wishes),
        dtype=wishes.dtype,
        initializer=wishes.initializer or INITIALIZERS.get(activation, "glorot_uniform"),
        **{name: getattr(wishes, name) for name in AS_ASKED},
    )
    if wishes.epochs is not None:
        return settings
    return replace(settings, epochs=epochs_for(table.rows, settings))


def as_tuple(hidden: object) -> tuple[int, ...]:
    """Return the hidden layers given as a list or one number; others are left to the check."""
    if isinstance(hidden, Sequence) and not isinstance(hidden, str):
        return tuple(hidden)
    return (hidden,)  # type: ignore[return-value]


def patience_of(wishes: Wishes) -> int:
    """Return the patience; SettingError where it is given without early stopping."""
    if wishes.patience is not None and not wishes.early_stopping:
        raise SettingError("patience is a matter of early stopping; add --early-stopping")
    return PATIENCE if wishes.patience is None else wishes.patience


def validation_size_of(wishes: Wishes) -> float:
    """Return the share of rows to validate on: none, or a tenth with early stopping."""
    if wishes.validation_size is None:
        return VALIDATION_SIZE if wishes.early_stopping else 0.0
    return wishes.validation_size


def epochs_for(rows: int, settings: TrainingSettings) -> int:
    """Return the epochs that give about `UPDATES` updates, within reason."""
    training_rows = max(1, round(rows * (1 - settings.test_size - settings.validation_size)))
    steps = math.ceil(training_rows / settings.batch_size)
    return min(MOST_EPOCHS, max(FEWEST_EPOCHS, math.ceil(UPDATES / steps)))


def learning_for(table: Table, wishes: Wishes) -> Learning:
    """Return loss and update rule."""
    name = wishes.optimizer or OPTIMIZER
    optimizer_rule(name)
    constants = {"rate": RATES[name] if wishes.rate is None else wishes.rate}
    if wishes.momentum is not None:
        if name not in WITH_MOMENTUM:
            raise SettingError(
                f"momentum is a constant of momentum and nesterov, and the optimizer is {name};"
                " add --optimizer momentum"
            )
        constants["momentum"] = wishes.momentum
    if wishes.weight_decay is not None:
        constants["weight_decay"] = wishes.weight_decay
    elif name in DECAYS:
        constants["weight_decay"] = DECAYS[name][table.kind]
    return Learning(
        loss_for(table.kind, len(table.labels), wishes.loss, table.target),
        name,
        wishes.reduction,
        constants,
        tuple(wishes.frozen),
    )


def loss_for(kind: Kind, classes: int, wish: str | None, target: str) -> str:
    """Return the loss asked for, or the one that belongs to the kind of target.

    >>> loss_for("classes", 3, None, "species")
    'cross_entropy'
    """
    if wish is None:
        if kind == "numbers":
            return "mean_squared_error"
        return "binary_cross_entropy" if classes == 2 else "cross_entropy"
    if kind == "numbers" and loss_rule(wish).targets != "any":
        fitting = ", ".join(name for name, rule in LOSSES.items() if rule.targets == "any")
        raise SettingError(
            f"{wish} is for classes, but the target '{target}' is numbers;"
            f" take one of {fitting}, or read the target as classes with --kind classes"
        )
    return wish


def network_for(encoding: Encoding, kind: Kind, settings: TrainingSettings) -> Network:
    """Return the network between the encoding's inputs and outputs."""
    activations = [settings.activation] * len(settings.hidden)
    outputs = output_activation(kind, settings.learning.loss)
    return Network(
        [encoding.n_inputs, *settings.hidden, encoding.n_outputs], [*activations, outputs]
    )


def output_activation(kind: Kind, loss: str) -> str:
    """Return the activation of the outputs: numbers as they are, classes from 0 to 1."""
    if kind == "numbers":
        return "identity"
    return "softmax" if loss == "cross_entropy" else "sigmoid"
