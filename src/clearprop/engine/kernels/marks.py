"""What a kernel is marked with; in a compiled program these are Numba's decorators."""

from collections.abc import Callable
from typing import Any, TypeVar

F = float  # the type of the network's numbers
Function = TypeVar("Function", bound=Callable[..., Any])


def kernel(function: Function) -> Function:
    """Mark a function that is compiled into the program."""
    return function


def entry(function: Function) -> Function:
    """Mark the function that a program is called by."""
    return function
