"""When a network of a sweep counts as converged, and when as stuck.

Both are seen on the training rows, with the parameters as they are after an epoch.
"""

from dataclasses import dataclass

from clearprop.data.kinds import Kind
from clearprop.errors import SettingError

MARGIN = 0.4  # (Fahlman 1988, An Empirical Study of Learning Speed, section 3.2: 40-20-40)
STUCK_SHARE = 0.1  # of the epochs, the last ones
STUCK_FALL = 0.01  # of the loss


@dataclass(frozen=True)
class Goal:
    """What has to be reached: a mean loss of at most `limit`, or outputs nearer than it to targets.

    >>> print(Goal(by_loss=False, limit=MARGIN))
    every output less than 0.4 from its target
    """

    by_loss: bool
    limit: float

    def __str__(self) -> str:
        if self.by_loss:
            return f"a training loss of at most {self.limit:g}"
        return f"every output less than {self.limit:g} from its target"


def goal_for(kind: Kind, target: str, loss: object) -> Goal:
    """Return the goal: the loss that was asked for, or for classes all right, with a margin.

    Raises
    ------
    SettingError: a loss that is no number above 0; none, where the target is numbers.
    """
    if loss is None and kind == "numbers":
        raise SettingError(
            f"the target '{target}' is numbers, so say which training loss counts as converged,"
            " as in --goal 0.05"
        )
    if loss is None:
        return Goal(by_loss=False, limit=MARGIN)
    if isinstance(loss, bool) or not isinstance(loss, int | float) or not 0 < loss < float("inf"):
        raise SettingError(f"goal must be a training loss, a number above 0, not {loss!r}")
    return Goal(by_loss=True, limit=float(loss))


def stuck_from(epochs: int) -> int:
    """Return the epoch from which on the loss must have fallen, or the network is stuck.

    >>> stuck_from(500), stuck_from(3)
    (450, 2)
    """
    return epochs - max(1, int(epochs * STUCK_SHARE))
