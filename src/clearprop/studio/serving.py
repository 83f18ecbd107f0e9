"""The server: a socket of this machine, the application on it, and the browser opened."""

from __future__ import annotations

import socket
import webbrowser
from collections.abc import Callable
from ipaddress import ip_address
from threading import Timer

import uvicorn
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from clearprop.errors import SettingError
from clearprop.studio.addresses import here_and_elsewhere
from clearprop.studio.app import studio_app
from clearprop.studio.sessions import Opening

LOCAL = frozenset({"127.0.0.1", "localhost", "::1"})
PORTS_TRIED, LAST_PORT = 20, 65535
LARGEST_MESSAGE = 21_000_000  # bytes: an upload of 10 MB, of which JSON writes ends of lines,
# quotation marks and Latin letters in two bytes each, and the words around it


def is_local(host: str) -> bool:
    """Return whether a host is this machine alone.

    >>> is_local("127.0.0.1"), is_local("0.0.0.0")
    (True, False)
    """
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def serve(
    opening: Opening,
    host: str = "127.0.0.1",
    port: int = 8817,
    token: str | None = None,
    browser: bool = True,
    say: Callable[[str], object] = print,
) -> None:
    """Serve the studio until ctrl-C; `say` is told where it is, in a sentence.

    Raises
    ------
    SettingError: no port is free, the host is not one of this machine, or a host that others can
    reach is asked for without a token.
    """
    if not 0 <= port <= LAST_PORT:
        raise SettingError(f"port must be from 0 (any) to {LAST_PORT}, not {port}")
    if not is_local(host) and not token:
        raise SettingError(
            f"{host} can be reached by others, and whoever reaches the studio may run it; add"
            " --token WORD, which their address has to have"
        )
    with listening(host, port) as listener:
        here, where = here_and_elsewhere(host, listener.getsockname()[1], token)
        hosts = LOCAL | {host} if is_local(host) else None
        config = uvicorn.Config(
            studio_app(opening, hosts, token),
            ws=WebSocketsSansIOProtocol,
            ws_max_size=LARGEST_MESSAGE,
            log_level="warning",
            timeout_graceful_shutdown=1,
        )
        say(where)
        if browser:
            Timer(0.3, webbrowser.open, [here]).start()
        uvicorn.Server(config).run(sockets=[listener])


def listening(host: str, port: int) -> socket.socket:
    """Return a socket that listens on a port, or on the next that is free; 0 is any."""
    try:
        family, *_, where = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except (socket.gaierror, UnicodeError):  # UnicodeError: a name that no host can have
        raise SettingError(
            f"there is no host '{host}'; leave out --host for this machine"
        ) from None
    last = port if port == 0 else min(port + PORTS_TRIED - 1, LAST_PORT)
    problem = ""
    for candidate in range(port, last + 1):
        # asyncio sends at once, without Nagle's delay of 40 ms, where the protocol is named
        listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((where[0], candidate, *where[2:]))
            listener.listen()
        except OSError as error:
            listener.close()
            problem = error.strerror or str(error)
            continue
        return listener
    raise SettingError(
        f"the studio cannot listen on {host}, ports {port} to {last}: {problem}; choose another"
        " with --port, 0 for any"
    )
