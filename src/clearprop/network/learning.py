"""How a network learns: loss, reduction, update rule, its constants, what stays frozen."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from clearprop.errors import SettingError, UnknownName
from clearprop.formulas.constants import CONSTANTS, DEFAULTS, checked
from clearprop.formulas.losses import SHORT_FORMS, ShortForm, check_outputs, check_reduction, loss
from clearprop.formulas.optimizers import optimizer
from clearprop.network.network import SHAPE_CONSTANTS, Network

LEARNING_CONSTANTS = tuple(c for c in CONSTANTS if c not in (*SHAPE_CONSTANTS, "pi"))


@dataclass(frozen=True)
class Learning:
    """The loss and the update rule, by name, with the constants that differ from their defaults.

    `frozen` names what the update leaves alone: "weights", "biases", or single parameters.

    Raises
    ------
    UnknownName: a loss, reduction, optimizer or constant that is not in its table.
    SettingError: a constant out of its range.

    >>> Learning(loss="squared_error", constants={"rate": 0.5}).constant("rate")
    0.5
    """

    loss: str = "squared_error"
    optimizer: str = "gradient_descent"
    reduction: str = "mean"
    constants: Mapping[str, float] = field(default_factory=dict)
    frozen: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        loss(self.loss)
        optimizer(self.optimizer)
        check_reduction(self.reduction)
        for name in self.constants:
            if name not in LEARNING_CONSTANTS:
                raise UnknownName.of("learning option", name, LEARNING_CONSTANTS)
        values = {name: checked(name, value) for name, value in self.constants.items()}
        object.__setattr__(self, "constants", MappingProxyType(values))
        if not all(isinstance(name, str) for name in self.frozen):
            raise SettingError(f"frozen must be a list of names, not {self.frozen!r}")

    def __repr__(self) -> str:
        given = {
            "reduction": self.reduction if self.reduction != "mean" else None,
            "constants": dict(self.constants),
            "frozen": self.frozen,
        }
        words = [f", {name}={value!r}" for name, value in given.items() if value]
        return f"Learning({self.loss!r}, {self.optimizer!r}{''.join(words)})"

    def __reduce__(self) -> tuple[object, ...]:
        """Return how a copy is made: a table that is read-only cannot be pickled."""
        given = self.loss, self.optimizer, self.reduction, dict(self.constants), self.frozen
        return Learning, given

    def constant(self, name: str) -> float:
        """Return a constant as set, or its default."""
        return self.constants.get(name, DEFAULTS[name])

    def short_form(self, network: Network) -> ShortForm | None:
        """Return the short form of loss and output activation, where the table has one.

        Raises
        ------
        SettingError: the loss is not defined for the output layer's activation.
        """
        outputs = network.activation(network.depth)
        check_outputs(self.loss, outputs)
        return SHORT_FORMS.get((self.loss, outputs))

    def values(self, network: Network) -> dict[str, float]:
        """Return every constant of the step by name, the network's own included."""
        return {**DEFAULTS, **network.constants, **self.constants}
