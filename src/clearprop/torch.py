"""`cp.torch`: clearprop beside PyTorch. `import clearprop` does not import PyTorch; using this
does.

watch           record anybody's training loop, and explain it
open_watched    what `cp.open_run` opens the folder of a recording with
"""

from __future__ import annotations

from importlib.util import find_spec
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clearprop.errors import MissingExtra

if TYPE_CHECKING:
    from clearprop.interop.watching.run import WatchedRun
    from clearprop.interop.watching.watch import Watch

__all__ = ["open_watched", "watch"]


def watch(
    model: Any,
    optimizer: Any,
    loss: Any = None,
    *,
    out: str | PathLike[str] | None = None,
    force: bool = False,
) -> Watch:
    """Record a PyTorch training loop: `with cp.torch.watch(model, optimizer, loss) as run:`.

    The loop inside is anybody's, and its results are the same bits as without. `loss` is the loss
    that the loop calls, a module or a function of torch.nn.functional, which shows targets and
    losses; or left out. `out` is a folder for the recording, which
    `cp.open_run` and the command line read; without it the recording vanishes with the run.

    Raises
    ------
    MissingExtra: PyTorch is not installed.
    SettingError: the model, its parameters or its optimizer cannot be watched.
    RunError: something lies at `out` already, and `force` is not given.

    >>> import torch
    >>> import clearprop as cp
    >>> x, y = torch.rand(20, 3), torch.rand(20, 1)
    >>> model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Tanh(), torch.nn.Linear(4, 1))
    >>> optimizer, loss = torch.optim.SGD(model.parameters(), lr=0.1), torch.nn.MSELoss()
    >>> with cp.torch.watch(model, optimizer, loss) as run:
    ...     for _ in range(5):
    ...         optimizer.zero_grad()
    ...         loss(model(x), y).backward()
    ...         optimizer.step()
    >>> found = run.explain("W1[2,0]", at=4)
    >>> found.new_value == model[0].weight[2, 0].item()
    True
    >>> found.shares.height
    20
    """
    needs_torch()
    from clearprop.interop.watching.watch import Watch

    return Watch(model, optimizer, loss, out, force)


def open_watched(path: Path) -> WatchedRun:
    """Return the recording of a folder, as `cp.open_run` does.

    Raises
    ------
    MissingExtra: PyTorch is not installed.
    RunError: there is none, or it is damaged.
    """
    needs_torch()
    from clearprop.interop.watching.run import open_watched

    return open_watched(path)


def needs_torch() -> None:
    """Raise MissingExtra where PyTorch is not installed."""
    if find_spec("torch") is None:
        raise MissingExtra(
            "this works beside PyTorch, which is not installed: pip install 'clearprop[torch]'"
        )
