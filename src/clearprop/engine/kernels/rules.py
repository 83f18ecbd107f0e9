"""The rules of the tables as plain functions, generated from their trees.

Only for who imports the kernels as they stand; a compiled program has its own text of them.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from clearprop.engine.kernels.comparisons import largest, sign
from clearprop.engine.kernels.marks import F, kernel
from clearprop.engine.rules import rules_text

names: dict[str, Any] = {**vars(math), "np": np, "F": F, "kernel": kernel}
names |= {"largest": largest, "sign": sign}
exec(rules_text(), names)

activate: Callable[..., Any] = names["activate"]
through_activation: Callable[..., Any] = names["through_activation"]
loss_of_example: Callable[..., Any] = names["loss_of_example"]
slope_at_outputs: Callable[..., Any] = names["slope_at_outputs"]
update_rows: Callable[..., Any] = names["update_rows"]
update_shared: Callable[..., Any] = names["update_shared"]
