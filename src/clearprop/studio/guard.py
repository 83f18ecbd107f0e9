"""Who may ask: only pages of the studio itself, and, where a token is set, only who has it.

Any page of the web may try to open a socket to this machine. So the Host that was asked has to be
one of the server's names (against rebound names of the DNS), and whoever opens a socket or writes
has to have the studio's own Origin.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from secrets import compare_digest
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket

READING = ("GET", "HEAD")
REFUSED = 1008  # the websocket's code for a broken rule (RFC 6455, section 7.4.1)
HEADERS = {  # of every answer: nothing is loaded from elsewhere, nothing runs that is not a file
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-cache",
}


@dataclass(frozen=True)
class Guard:
    """Asks who wants something before the application `app` answers.

    `hosts` are the server's names, None for any; `token`, if there is one, has to be shown once, in
    the address. From then on the browser has a cookie, named and made of the token's hash: cookies
    are shared by the studios at all ports of a host, tokens are not.
    """

    app: ASGIApp
    hosts: frozenset[str] | None
    token: str | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or refuse it."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        asked = HTTPConnection(scope)
        reason = self.refusal(asked)
        if reason is None and self.shows_token(asked) and scope["type"] == "http":
            await self.remembered()(scope, receive, with_headers(send))
        elif reason is None:
            await self.app(scope, receive, with_headers(send))
        elif scope["type"] == "websocket":
            await WebSocket(scope, receive, send).close(REFUSED, reason)
        else:
            await PlainTextResponse(f"{reason}\n", 403)(scope, receive, with_headers(send))

    def refusal(self, asked: HTTPConnection) -> str | None:
        """Return why a request is refused, or None."""
        host = asked.headers.get("host", "")
        if self.hosts is not None and name_of(host) not in self.hosts:
            return f"the studio is not called '{name_of(host)}'; open the address that it printed"
        writes = asked.scope["type"] == "websocket" or asked.scope["method"] not in READING
        if writes and not same_origin(asked.headers.get("origin", ""), host):
            return "only a page of the studio itself may do this; open the address that it printed"
        if self.token is not None and not (self.shows_token(asked) or self.knows(asked)):
            return "this studio asks for its token; open the whole address that it printed"
        return None

    def shows_token(self, asked: HTTPConnection) -> bool:
        """Return whether the address has the token."""
        given = asked.query_params.get("token")
        return self.token is not None and given is not None and self.is_key(hashed(given))

    def knows(self, asked: HTTPConnection) -> bool:
        """Return whether the browser has shown the token before."""
        return self.is_key(asked.cookies.get(self.cookie, ""))

    def is_key(self, given: str) -> bool:
        """Return whether a text is the token's hash; how long that takes tells nothing about it."""
        return compare_digest(given.encode("utf-8", "replace"), self.key.encode())

    @cached_property
    def key(self) -> str:
        """The token's hash."""
        return hashed(self.token or "")

    @property
    def cookie(self) -> str:
        """The name of the cookie."""
        return f"clearprop-studio-{self.key[:8]}"

    def remembered(self) -> Response:
        """Return the way to the page without the token in its address, and the cookie."""
        response = RedirectResponse("/", status_code=303)
        response.set_cookie(self.cookie, self.key, httponly=True, samesite="strict")
        return response


def hashed(token: str) -> str:
    """Return what a cookie can hold of a token, whatever its letters are."""
    return sha256(f"clearprop {token}".encode("utf-8", "replace")).hexdigest()


def name_of(host: str) -> str:
    """Return the name in a Host header, without its port.

    >>> name_of("localhost:8817"), name_of("[::1]:8817")
    ('localhost', '::1')
    """
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def same_origin(origin: str, host: str) -> bool:
    """Return whether a page of an origin was loaded from a host.

    >>> same_origin("http://localhost:8817", "localhost:8817")
    True
    >>> same_origin("https://evil.example", "localhost:8817")
    False
    """
    return bool(host) and origin.lower() in (f"http://{host.lower()}", f"https://{host.lower()}")


def with_headers(send: Send) -> Send:
    """Return what sends answers with the headers that each of them has."""

    async def sending(message: dict[str, object]) -> None:
        if message["type"] == "http.response.start":
            given = [(key.encode(), value.encode()) for key, value in HEADERS.items()]
            message = {**message, "headers": [*message.get("headers", []), *given]}  # type: ignore[misc]
        await send(message)

    return sending  # type: ignore[return-value]
