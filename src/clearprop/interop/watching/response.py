"""What the lines of a rule make of a gradient, and of what is carried into a step.

Comes in: a rule, an update, some entries of a parameter. Goes out: by how much a gradient of one
changes the weight at once, how much of it is carried on, and the same of a carried state of one.
The denominators are those that the step really had: what PyTorch kept after it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from clearprop.interop.watching.lines import lines_of
from clearprop.interop.watching.replay import Update
from clearprop.interop.watching.rules import Rule
from clearprop.ledgers.carrying import response
from clearprop.network.parameters import Array


class Response:
    """What the lines of a rule make of a gradient of one, and of a carried state of one."""

    def __init__(self, rule: Rule, update: Update, name: str, places: Array) -> None:
        self.rule = rule
        before, after = update.state_before[name], update.state_after[name]
        self.lines = tuple(lines_of(rule, before))
        steps = int(after["step"].ravel()[0]) if "step" in after else 0
        self.given: dict[str, Any] = {**rule.constants, "weight_decay": rule.decay, "w": 0.0}
        for line, key in rule.state.items():
            if line != rule.carried:
                self.given[f"{line}_new"] = after[key].ravel()[places].astype(np.float64)
        for line, of in rule.powers.items():
            self.given[f"{line}_new"] = rule.constants[of] ** steps

    def of(self, g: float, carried: float) -> tuple[Any, Any]:
        """Return the change of the weight, and what is carried on."""
        return response(self.lines, self.given, self.rule.carried, g, carried)

    def shrunk(self, w: Array) -> Any:
        """Return what the decay of the weights themselves takes off: nothing for most rules."""
        if self.rule.coupled or not self.rule.decay:
            return 0.0
        return -self.rule.constants["rate"] * self.rule.decay * w
