"""How a network is trained: every setting of a run, checked and complete.

Comes in: values that were chosen or given. Goes out: `TrainingSettings`, which together with the
data determine every bit of the trained network.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from clearprop.errors import SettingError, UnknownName
from clearprop.formulas.activations import activation
from clearprop.network.initializers import INITIALIZERS
from clearprop.network.learning import Learning

DTYPES = ("float64", "float32")
SEEDS = 2**32  # scikit-learn's seeds end here


@dataclass(frozen=True)
class TrainingSettings:
    """Everything that is decided before the first step.

    hidden, activation     units of the hidden layers, and their activation
    learning               loss, update rule and its constants
    batch_size, epochs     examples per step, passes over the training part
    seed                   of the split, the starting weights and the order of the examples
    early_stopping         stop after `patience` epochs without a better validation loss
    test_size, validation_size   shares of all rows that are held out
    dtype, initializer     of the parameters

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
        if self.early_stopping and self.validation_size == 0:
            raise SettingError(
                "early stopping watches the validation part, but the validation size is 0;"
                " give a share such as 0.1"
            )

    def json(self) -> dict[str, object]:
        """Return the settings as plain values for JSON; `settings_from` reads them back."""
        values: dict[str, object] = {
            name: getattr(self, name) for name in self.__dataclass_fields__ if name != "learning"
        }
        return {**values, "hidden": list(self.hidden)}


def settings_from(values: Mapping[str, object], learning: Learning) -> TrainingSettings:
    """Return the settings that `json` gave."""
    given = {**values, "hidden": tuple(values["hidden"])}  # type: ignore[arg-type]
    return TrainingSettings(learning=learning, **given)  # type: ignore[arg-type]


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
