"""PyTorch: parameters of modules by the names of their layers.

Comes in: statements. Goes out: the same with W1 and b1 for fc1.weight and fc1.bias.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

COPIED = re.compile(r"^[\s.>]*([\w.\[\]]+\.(?:weight|bias))(?:\.data)?\.copy_\((.*)\)$")
OWNER = re.compile(r"\b((?:[A-Za-z_]\w*\.)*[A-Za-z_]\w*?(?:\[(\d+)\]|(\d*)))\.(weight|bias)\b")


def with_copies(lines: Sequence[str]) -> list[str]:
    """Return lines of PyTorch that fill a parameter as assignments.

    >>> with_copies(["...     lin1.weight.copy_(torch.tensor([[0.1, 0.2]]))"])
    ['>>> lin1.weight = torch.tensor([[0.1, 0.2]])']
    """
    return [COPIED.sub(r">>> \1 = \2", line) for line in lines]


def numbered(owners: Mapping[str, str]) -> dict[str, int]:
    """Return the layers of PyTorch's modules by the numbers in their names, {} for none.

    >>> numbered({"net[0]": "0", "net[2]": "2"}), numbered({"fc1": "1"}), numbered({"head": ""})
    ({'net[0]': 1, 'net[2]': 2}, {'fc1': 1}, {})
    """
    if not all(owners.values()) or not owners:
        return {}
    places = sorted({int(number) for number in owners.values()})
    if places[0] > 1:  # the first layer is not among them
        return {}
    return {owner: places.index(int(number)) + 1 for owner, number in owners.items()}


def with_layers(statement: str, layers: Mapping[str, int]) -> str:
    """Return a statement with W1 and b1 for net[0].weight and net[0].bias.

    >>> with_layers("h = tanh(lin1(x))", {"lin1": 1}), with_layers("fc.bias", {"fc": 2})
    ('h = tanh((x @ W1.T + b1))', 'b2')
    """

    def change(found: re.Match[str]) -> str:
        letter = "W" if found[4] == "weight" else "b"
        return f"{letter}{layers[found[1]]}" if found[1] in layers else ""

    for owner, layer in layers.items():
        called = rf"(?<![\w.]){re.escape(owner)}\((\w+)\)"
        statement = re.sub(called, rf"(\1 @ W{layer}.T + b{layer})", statement)
    return OWNER.sub(change, statement)
