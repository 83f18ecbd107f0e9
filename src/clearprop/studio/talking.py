"""One connection of a browser: its asks are answered, its training is shown as it goes.

Frames go out at most 60 times a second, only of the newest state, and at most two are on their way
that the browser has not drawn: a slow or hidden tab gets fewer and is waited for by nobody.
"""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from contextlib import suppress
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from clearprop.studio.answers import answer
from clearprop.studio.frames import Painter
from clearprop.studio.sessions import Session

FRAMES_PER_SECOND = 60
ON_THEIR_WAY = 2


class Talk:
    """A connection with a tab."""

    def __init__(self, socket: WebSocket, session: Session) -> None:
        self.socket, self.session = socket, session
        self.undrawn = 0
        self.rooms: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self.tasks: set[asyncio.Task[None]] = set()

    async def hold(self) -> None:
        """Talk until the tab is closed."""
        await self.socket.accept()
        showing = asyncio.create_task(self.show())
        try:
            while True:
                self.take(await self.socket.receive_text())
        except (WebSocketDisconnect, KeyError):  # KeyError: bytes, which no page of ours sends
            pass
        finally:
            for task in (showing, *self.tasks):
                task.cancel()

    def take(self, text: str) -> None:
        """Take a message: an ask is answered in its time, and those of a view in their order."""
        try:
            message = json.loads(text)
        except ValueError:
            return
        if not isinstance(message, dict):
            return
        if "drawn" in message:
            self.undrawn = max(0, self.undrawn - 1)
            return
        task = asyncio.create_task(self.answer(message))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def answer(self, message: dict[str, Any]) -> None:
        """Answer an ask."""
        view = str(message.get("ask")).partition(".")[0]
        async with self.rooms[view]:
            found = await asyncio.to_thread(answer, self.session, message)
        await self.send(found)

    async def send(self, message: dict[str, Any]) -> None:
        """Send a message, where anybody is there still."""
        with suppress(WebSocketDisconnect, RuntimeError):
            await self.socket.send_text(json.dumps(message, ensure_ascii=False, allow_nan=False))

    async def show(self) -> None:
        """Show the training of the session, whenever it has gone on."""
        seen: tuple[Painter, int] | None = None
        while True:
            await asyncio.sleep(1 / FRAMES_PER_SECOND)
            painter = self.session.painter
            if painter is None or self.undrawn >= ON_THEIR_WAY:
                continue
            now = painter, painter.trainer.version
            if now == seen:
                continue
            frame = await asyncio.to_thread(painter.frame)
            seen = now
            self.undrawn += 1
            await self.socket.send_bytes(frame)
