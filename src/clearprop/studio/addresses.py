"""Where the studio is found: the addresses that are printed, for this machine and for others.

Comes in: the host and the port it listens on, and its token. Goes out: sentences with addresses.
"""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import quote

ELSEWHERE = {4: "192.0.2.1", 6: "2001:db8::1"}  # of no machine: kept for documents (RFC 5737, 3849)
HERE = {4: "127.0.0.1", 6: "::1"}
FAMILIES = {4: socket.AF_INET, 6: socket.AF_INET6}


def address(host: str, port: int, token: str | None) -> str:
    """Return an address to open in a browser.

    >>> address("127.0.0.1", 8817, None), address("::1", 8817, "a b")
    ('http://127.0.0.1:8817/', 'http://[::1]:8817/?token=a%20b')
    """
    name = f"[{host}]" if ":" in host else host
    return f"http://{name}:{port}/" + (f"?token={quote(token, safe='')}" if token else "")


def here_and_elsewhere(host: str, port: int, token: str | None) -> tuple[str, str]:
    """Return the address to open on this machine, and a sentence that says where it is.

    A host that stands for all addresses of this machine, 0.0.0.0 or ::, is none that can be opened:
    this machine opens its own, and others that by which the network reaches it.
    """
    every = any_address(host)
    if every is None:
        here = address(host, port, token)
        return here, f"The studio is at {here}"
    own, outer = HERE[every.version], outer_address(every.version)
    here = address(own, port, token)
    others = (
        f"this machine's name or address in place of {own}"
        if outer is None
        else address(outer, port, token)
    )
    return here, f"The studio is at {here}\nFor other machines it is at {others}"


def any_address(host: str) -> IPv4Address | IPv6Address | None:
    """Return a host that stands for all addresses of this machine, or None."""
    try:
        found = ip_address(host)
    except ValueError:
        return None
    return found if found.is_unspecified else None


def outer_address(version: int) -> str | None:
    """Return the address from which this machine would send to another, or None without a network.

    Nothing is sent: a datagram's socket that is connected only chooses the way.
    """
    with socket.socket(FAMILIES[version], socket.SOCK_DGRAM) as way:
        try:
            way.connect((ELSEWHERE[version], 9))
            return str(way.getsockname()[0])
        except OSError:
            return None
