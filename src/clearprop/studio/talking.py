"""One connection of a browser: its asks are answered, its training is shown as it goes.

Frames go out at most 60 times a second.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import suppress

from starlette.websockets import WebSocket, WebSocketDisconnect

from clearprop.studio.answers import ANSWERS, answer_text, asked
from clearprop.studio.sessions import REST_AFTER, Session
from clearprop.studio.showing import FRAMES_PER_SECOND, Showing

MOST_ASKS = 64  # that are answered at once; more are waited for
LONGEST_WAIT = 0.1  # seconds that a frame waits for answers


class Talk:
    """A connection with a tab."""

    def __init__(self, socket: WebSocket, session: Session) -> None:
        self.socket, self.session = socket, session
        self.showing = Showing(session)
        self.views: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self.tasks: set[asyncio.Task[None]] = set()

    async def hold(self) -> None:
        """Talk until the tab is closed; a training that nobody comes back to is paused."""
        await self.socket.accept()
        self.session.watchers += 1
        showing = asyncio.create_task(self.show())
        try:
            async for text in self.texts():
                await self.take(text)
        finally:
            self.session.watchers -= 1
            for task in (showing, *self.tasks):
                task.cancel()
            asyncio.get_running_loop().call_later(REST_AFTER, self.session.rest)

    async def texts(self) -> AsyncIterator[str]:
        """Yield what the tab sends until it is closed, without bytes: no page of ours sends any."""
        while (message := await self.socket.receive())["type"] == "websocket.receive":
            if message.get("text") is not None:
                yield message["text"]

    async def take(self, text: str) -> None:
        """Take a message: an ask is answered in its time, and those of a view in their order."""
        message = asked(text)
        if message is None:
            return
        if "drawn" in message:
            self.showing.drawn()
            return
        while len(self.tasks) >= MOST_ASKS:
            await asyncio.wait(self.tasks, return_when=asyncio.FIRST_COMPLETED)
        task = asyncio.create_task(self.answer(message))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def answer(self, message: dict[str, object]) -> None:
        """Answer an ask."""
        name = str(message.get("ask"))
        async with self.views[name.partition(".")[0] if name in ANSWERS else ""]:
            text = await asyncio.to_thread(answer_text, self.session, message)
        with suppress(WebSocketDisconnect, RuntimeError):  # nobody is there any more
            await self.socket.send_text(text)

    async def show(self) -> None:
        """Show the training of the session, whenever it has gone on."""
        with suppress(WebSocketDisconnect, RuntimeError):
            clock, due = asyncio.get_running_loop().time, 0.0
            while True:
                due = max(due + 1 / FRAMES_PER_SECOND, clock())
                await asyncio.sleep(due - clock())
                if self.tasks:  # who asks something is answered first
                    await asyncio.wait(self.tasks, timeout=LONGEST_WAIT)
                if not self.showing.due:
                    continue
                if (frame := await asyncio.to_thread(self.showing.frame)) is not None:
                    await self.socket.send_bytes(frame)
