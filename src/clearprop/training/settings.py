"""How a network is trained: every setting of a run, checked and complete.

Comes in: values that were chosen or given. Goes out: `TrainingSettings`, which together with the
data determine every bit of the trained network.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from clearprop.errors import SettingError, UnknownName
from clearprop.formulas.activations import activation
from clearprop.formulas.schedules import SCHEDULES, schedule
from clearprop.network.initializers import INITIALIZERS
from clearprop.network.learning import Learning

DTYPES = ("float64", "float32")
ARITHMETICS = ("auto", "strict", "fast")
ENGINES = ("auto", "reference", "straight-line", "generic")
SEEDS = 2**32  # scikit-learn's seeds end here
SCHEDULE_CONSTANTS = ("decay_factor", "decay_every", "decay_power", "decay_scale")
# what early stopping goes by, to be as small as may be; only the last needs no validation part
STOPS_ON = ("validation loss", "validation score", "training loss")
# settings that came later: run.json has them where they are not as they always were
LATER = ("shuffle", "penalty", "stop_on", "tolerance", "decay_power", "decay_scale")


@dataclass(frozen=True)
class TrainingSettings:
    """Everything that is decided before the first step.

    hidden, activation     units of the hidden layers, and their activation
    learning               loss, update rule and its constants
    batch_size, epochs     examples per step, passes over the training part
    seed                   of the split, the starting weights, the order of the examples and the
                           masks of dropout
    early_stopping         stop after `patience` epochs without a better validation loss, or
                           what else `stop_on` says; with a `tolerance` the epochs count that are
                           not better by as much
    test_size, validation_size   shares of all rows that are held out
    dtype, initializer     of the parameters
    schedule               of the learning rate, with its constants decay_factor, decay_every,
                           decay_power, decay_scale (None: its defaults, or none that it uses)
    warmup                 epochs in which the rate grows from near 0 to the scheduled one
    clip_norm              the largest norm of a gradient, None for any
    dropout                probability that a hidden unit is left out for an example of a step
    arithmetic, engine     what computes the steps; "auto": chosen from network and batch
    threads                how many of them the engine may use
    shuffle                whether each epoch has an order of its own, or that of the data
    penalty                p in p/2 · ‖W‖², which the loss of a batch's examples has added before
                           it is divided among them: a weight decay of p/m

    Raises
    ------
    SettingError, UnknownName: one sentence that names the setting, its value and what is allowed.

    >>> TrainingSettings(learning=Learning(), epochs=5).batch_size
    32
    """

    learning: Learning
    epochs: int
    hidden: tuple[int, ...] = (32,)
    activation: str = "tanh"
    batch_size: int = 32
    seed: int = 0
    early_stopping: bool = False
    patience: int = 10
    test_size: float = 0.25
    validation_size: float = 0.0
    dtype: str = "float64"
    initializer: str = "glorot_uniform"
    schedule: str = "constant"
    decay_factor: float | None = None
    decay_every: int | None = None
    warmup: int = 0
    clip_norm: float | None = None
    dropout: float = 0.0
    arithmetic: str = "auto"
    engine: str = "auto"
    threads: int = 1
    shuffle: bool = True
    penalty: float = 0.0
    stop_on: str = "validation loss"
    tolerance: float | None = None
    decay_power: float | None = None
    decay_scale: float | None = None

    def __post_init__(self) -> None:
        check_hidden(self.hidden)
        activation(self.activation)
        for name in ("epochs", "batch_size", "patience"):
            check_whole(name, getattr(self, name), least=1)
        check_whole("seed", self.seed, least=0, most=SEEDS - 1)
        check_share("test_size", self.test_size)
        check_share("validation_size", self.validation_size)
        if self.dtype not in DTYPES:
            raise UnknownName.of("dtype", str(self.dtype), DTYPES)
        if self.initializer not in INITIALIZERS:
            raise UnknownName.of("initializer", str(self.initializer), INITIALIZERS)
        self.check_stopping()
        self.check_rates()
        self.check_steps()

    def check_stopping(self) -> None:
        """Raise unless early stopping has something to watch."""
        if self.stop_on not in STOPS_ON:
            raise UnknownName.of("thing to stop on", str(self.stop_on), STOPS_ON)
        if self.early_stopping and self.stop_on != "training loss" and self.validation_size == 0:
            raise SettingError(
                "early stopping watches the validation part, but the validation size is 0;"
                " give a share such as 0.1"
            )
        if self.tolerance is not None and not at_least_zero(self.tolerance):
            raise SettingError(f"tolerance must be a number of at least 0, not {self.tolerance!r}")

    def check_rates(self) -> None:
        """Raise unless schedule and warm-up are in their ranges; put in the schedule's defaults."""
        given = {name: getattr(self, name) for name in SCHEDULE_CONSTANTS}
        for name, value in schedule_constants(self.schedule, given):
            object.__setattr__(self, name, value)
        check_whole("warmup", self.warmup, least=0)
        if self.schedule == "adaptive" and not self.early_stopping:
            raise SettingError(
                "an adaptive rate is cut where early stopping would end the training;"
                " add early stopping, or take another schedule"
            )

    def check_steps(self) -> None:
        """Raise unless what changes a step, or computes it, is in its range."""
        if self.clip_norm is not None and not is_number(self.clip_norm, above=0):
            raise SettingError(f"clip norm must be a number above 0, not {self.clip_norm!r}")
        if not is_number(self.dropout, below=1) or self.dropout < 0:
            raise SettingError(
                f"dropout must be a probability, at least 0 and less than 1, not {self.dropout!r}"
            )
        if self.dropout > 0 and not self.hidden:
            raise SettingError(
                "dropout leaves out hidden units, and this network has none;"
                " leave out dropout, or give the network a hidden layer"
            )
        if self.arithmetic not in ARITHMETICS:
            raise UnknownName.of("arithmetic", str(self.arithmetic), ARITHMETICS)
        if self.engine not in ENGINES:
            raise UnknownName.of("engine", str(self.engine), ENGINES)
        check_whole("threads", self.threads, least=1)
        if not at_least_zero(self.penalty):
            raise SettingError(f"penalty must be a number of at least 0, not {self.penalty!r}")
        if self.penalty > 0 and self.learning.constant("weight_decay") > 0:
            raise SettingError(
                "a penalty is a weight decay that a batch's examples share; give one of the two"
            )
        if self.arithmetic == "strict" and self.dtype == "float32":
            raise SettingError(
                "strict arithmetic is that of float64, and the dtype is float32;"
                " take float64, or leave the arithmetic open"
            )

    def json(self) -> dict[str, object]:
        """Return the settings as plain values for JSON; `settings_from` reads them back."""
        fields = self.__dataclass_fields__
        values: dict[str, object] = {
            name: getattr(self, name)
            for name in fields
            if name != "learning"
            and not (name in LATER and getattr(self, name) == fields[name].default)
        }
        return {**values, "hidden": list(self.hidden)}


def settings_from(values: Mapping[str, object], learning: Learning) -> TrainingSettings:
    """Return the settings that `json` gave."""
    given = {**values, "hidden": tuple(values["hidden"])}  # type: ignore[arg-type]
    return TrainingSettings(learning=learning, **given)  # type: ignore[arg-type]


def schedule_constants(name: str, given: Mapping[str, Any]) -> Iterator[tuple[str, float | None]]:
    """Yield a schedule's constants as given, by default its own; None without use."""
    used = schedule(name).constants
    for constant, value in given.items():
        if value is not None and constant not in used:
            users = [other for other, rule in SCHEDULES.items() if constant in rule.constants]
            raise SettingError(
                f"{spoken(constant)} goes with the schedule {' or '.join(users)},"
                f" and the schedule is {name}; add --schedule {users[0]}"
            )
        yield constant, used.get(constant) if value is None else value
    factor, every = given["decay_factor"], given["decay_every"]
    if factor is not None and not (is_number(factor, above=0) and factor <= 1):
        raise SettingError(f"decay factor must be a number above 0 and at most 1, not {factor!r}")
    if every is not None:
        check_whole("decay_every", every, least=1)
    for constant in ("decay_power", "decay_scale"):
        if given[constant] is not None and not at_least_zero(given[constant]):
            raise SettingError(
                f"{spoken(constant)} must be a number of at least 0, not {given[constant]!r}"
            )


def at_least_zero(value: object) -> bool:
    """Return whether a value is a finite number of at least 0."""
    return is_number(value) and value >= 0  # type: ignore[operator]


def is_number(value: object, above: float = -math.inf, below: float = math.inf) -> bool:
    """Return whether a value is a number between two others, which are not allowed themselves.

    >>> is_number(0.5, above=0), is_number("0.5"), is_number(float("nan"))
    (True, False, False)
    """
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and above < value < below  # type: ignore[operator]


def check_hidden(hidden: object) -> None:
    """Raise SettingError unless the hidden layers are a tuple of whole numbers above 0."""
    if not isinstance(hidden, tuple):
        raise SettingError(f"hidden must list the units of each hidden layer, not {hidden!r}")
    for place, units in enumerate(hidden, start=1):
        if not isinstance(units, int) or isinstance(units, bool) or units < 1:
            raise SettingError(
                f"hidden layer {place} must have a whole number of at least 1 unit, not {units!r}"
            )


def check_whole(name: str, value: object, least: int, most: int | None = None) -> None:
    """Raise SettingError unless the value is a whole number in its range."""
    whole = isinstance(value, int) and not isinstance(value, bool)
    if whole and least <= value and (most is None or value <= most):  # type: ignore[operator]
        return
    allowed = f"of at least {least}" if most is None else f"from {least} to {most}"
    raise SettingError(f"{spoken(name)} must be a whole number {allowed}, not {value!r}")


def check_share(name: str, value: object) -> None:
    """Raise SettingError unless the value is a share: at least 0 and less than 1."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not 0 <= value < 1:  # type: ignore[operator]
        raise SettingError(
            f"the {spoken(name)} must be a share of all rows, at least 0 and less than 1,"
            f" not {value!r}"
        )


def spoken(name: str) -> str:
    """Return a setting's name in words: batch_size -> batch size."""
    return name.replace("_", " ")
