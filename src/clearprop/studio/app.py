"""The application: its page, its modules and style sheets, and the socket."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.resources import files

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp
from starlette.websockets import WebSocket

from clearprop.studio.bundle import SHARED_STYLES
from clearprop.studio.guard import Guard
from clearprop.studio.sessions import Opening, Sessions
from clearprop.studio.talking import Talk

LONGEST_NAME = 64


def studio_app(
    opening: Opening, hosts: frozenset[str] | None = None, token: str | None = None
) -> ASGIApp:
    """Return the studio as an ASGI application that refuses whom it does not know."""
    sessions = Sessions(opening)
    static = files("clearprop.studio").joinpath("static")

    async def page(request: Request) -> Response:
        return FileResponse(str(static.joinpath("index.html")))

    async def style(request: Request) -> Response:
        name = request.path_params["name"]
        if name not in SHARED_STYLES:
            return PlainTextResponse("there is no such style sheet\n", 404)
        return FileResponse(str(files("clearprop.render").joinpath(name)))

    async def talk(socket: WebSocket) -> None:
        name = socket.query_params.get("session", "")[:LONGEST_NAME]
        await Talk(socket, sessions.of(name)).hold()

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        yield
        sessions.close()

    routes = [
        Route("/", page),
        Route("/shared/{name}", style),
        WebSocketRoute("/talk", talk),
        Mount("/static", StaticFiles(directory=str(static))),
    ]
    return Guard(Starlette(routes=routes, lifespan=lifespan), hosts, token)
