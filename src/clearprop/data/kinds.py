"""The two kinds of target: a class to choose, or numbers to meet."""

from typing import Literal

Kind = Literal["classes", "numbers"]
KINDS: tuple[Kind, ...] = ("classes", "numbers")
