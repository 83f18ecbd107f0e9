"""Names that are asked of a run's network; one that it does not have is told with the nearest."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from clearprop.errors import UnknownName
from clearprop.network.name_reader import ascii_name
from clearprop.network.names import Names
from clearprop.network.network import Network
from clearprop.network.quantities import Quantity

INDEXED = re.compile(r"(W|w|b|a|z|delta)(\d+)\[(\d+)(,\d+)?\]")  # W1[3,7], b1[0], delta2[4]


def find_quantity(network: Network, name: str) -> Quantity:
    """Return the quantity of a name, in either scheme.

    Raises
    ------
    UnknownName: nothing of that name is there; the nearest is offered.

    >>> network = Network([2, 1, 1])
    >>> find_quantity(network, "w3") == find_quantity(network, "W2[0,0]")
    True
    """
    with nearest_offered(network, name):
        return Names(network).find(name)


@contextmanager
def nearest_offered(network: Network, name: str | None) -> Iterator[None]:
    """Return a context in which an UnknownName for that name offers the nearest."""
    try:
        yield
    except UnknownName as error:
        near = None if name is None else nearest(network, name)
        if near is None:
            raise
        raise UnknownName(f"no quantity is called '{name}'; did you mean '{near}'?") from error


def nearest(network: Network, name: str) -> str | None:
    """Return a name that the network has, the numbers of the one asked for brought into range.

    >>> network = Network([9, 5, 3])
    >>> nearest(network, "W1[7,2]"), nearest(network, "dL/db3[0]"), nearest(network, "h9")
    ('W1[4,2]', 'dL/db2[0]', 'a1[4]')
    >>> nearest(Network([2, 3, 1]), "w99"), nearest(Network([2, 3, 1]), "h9")
    ('w9', 'h3')
    """
    asked, names = ascii_name(name), Names(network)
    if numbered := re.fullmatch(r"([wb])(\d+)", asked):
        return by_number(names, numbered[1], int(numbered[2]))
    if hidden := re.fullmatch(r"h(\d+_)?(\d+)", asked):
        asked = f"a{(hidden[1] or '1').rstrip('_')}[{max(int(hidden[2]), 1) - 1}]"
    near = INDEXED.sub(lambda match: in_range(network, match), asked)
    if not names.knows(near):
        return None
    near = names.id(names.find(near)) if hidden else near
    return None if near == ascii_name(name) else near  # it is there, but not as it was asked for


def by_number(names: Names, letter: str, number: int) -> str | None:
    """Return the weight or bias whose number is nearest; None where there are none."""
    count = (names.weight_starts if letter == "w" else names.bias_starts)[-1]
    return names.id(names.find(f"{letter}{min(max(number, 1), count)}")) if count else None


def in_range(network: Network, name: re.Match[str]) -> str:
    """Return an indexed name with its layer, unit and source within the network's."""
    layer = min(max(int(name[2]), 1), network.depth)
    unit = min(int(name[3]), network.layers[layer] - 1)
    if name[1] not in "Ww":
        return f"{name[1]}{layer}[{unit}]"
    source = min(int((name[4] or ",0")[1:]), network.layers[layer - 1] - 1)
    return f"W{layer}[{unit},{source}]"
