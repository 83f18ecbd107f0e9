"""The engine in plain Python: a straight-line program on Python floats, for the smallest jobs.

The same bits as the compiled program and the strict reference, and nothing to compile.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from clearprop.engine.plain import plain_entry
from clearprop.training.compiled import CompiledEngine
from clearprop.training.engine import Advance, TrainingState
from clearprop.training.reference import ReferenceEngine


@dataclass(frozen=True)
class PlainEngine(CompiledEngine):
    """Trains a network by a straight-line program with the header of plain Python."""

    @property
    def to_compile(self) -> list[str]:
        """What has to be compiled: nothing."""
        return []

    @cached_property
    def run(self) -> Any:
        """The program's entry."""
        return plain_entry(self.source)

    def advance(self, state: TrainingState, until: int) -> Advance:
        """Train until `until` updates are finished, one breaks, or early stopping says enough.

        Where Python raises an error instead of giving an infinity or NaN, the strict reference
        takes the steps of this call, to the same bits.
        """
        try:
            with np.errstate(all="ignore"):
                return super().advance(state, until)
        except (ArithmeticError, ValueError):
            return ReferenceEngine(self.job, "strict").advance(state, until)
