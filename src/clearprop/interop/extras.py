"""Packages that are installed only with an extra: imported where they are used."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from clearprop.errors import MissingExtra


def needed(package: str, what: str, extra: str) -> Any:
    """Return a package of an extra.

    Raises
    ------
    MissingExtra: it is not installed; the sentence has the install line.

    >>> needed("not_there", "a test", "onnx")
    Traceback (most recent call last):
    clearprop.errors.MissingExtra: a test needs not_there; install it with pip install \
'clearprop[onnx]'
    """
    try:
        return import_module(package)
    except ModuleNotFoundError as error:
        raise MissingExtra(
            f"{what} needs {error.name}; install it with pip install 'clearprop[{extra}]'"
        ) from None
