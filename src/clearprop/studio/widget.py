"""The studio as a widget of a notebook: asks come as its messages, answers and frames go as such.

The kernel's own thread only takes messages; asks are answered in threads, those of a view in their
order, and another thread shows the training.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Thread, Timer

import anywidget

from clearprop.studio.answers import answer_text, checked
from clearprop.studio.bundle import script, styles
from clearprop.studio.sessions import REST_AFTER, Opening, Sessions
from clearprop.studio.showing import FRAMES_PER_SECOND, Showing


class StudioWidget(anywidget.AnyWidget):
    """The studio, in the output of a cell."""

    _esm = script()
    _css = styles()

    def __init__(self, opening: Opening) -> None:
        super().__init__()
        self.session = Sessions(opening).of("notebook")
        self.showing = Showing(self.session)
        self.views: dict[str, ThreadPoolExecutor] = defaultdict(lambda: ThreadPoolExecutor(1))
        self.over = Event()
        self.on_msg(self.take)
        Thread(target=self.show, name="clearprop-showing", daemon=True).start()

    def take(self, _: object, content: object, buffers: object) -> None:
        """Take a message of a page."""
        message = checked(content)
        if message is None or self.over.is_set():
            return
        if "watch" in message:
            self.watch(bool(message["watch"]))
        elif "drawn" in message:
            self.showing.drawn()
        else:
            view = str(message.get("ask")).partition(".")[0]
            self.views[view].submit(self.answer, message)

    def watch(self, begins: bool) -> None:
        """Take note that the widget is shown somewhere, or no more; then its training is paused."""
        self.session.watchers += 1 if begins else -1
        if begins:
            self.showing.begin()
        else:
            rest = Timer(REST_AFTER, self.session.rest)
            rest.daemon = True
            rest.start()

    def answer(self, message: Mapping[str, object]) -> None:
        """Answer an ask."""
        self.send({"answer": answer_text(self.session, message)})

    def show(self) -> None:
        """Show the training, whenever it has gone on."""
        while not self.over.wait(1 / FRAMES_PER_SECOND):
            if self.session.watchers and self.showing.due:
                frame = self.showing.frame()
                if frame is not None:
                    self.send({"frame": 1}, buffers=[frame])

    def close(self) -> None:
        """End the widget with its training."""
        self.over.set()
        for view in self.views.values():
            view.shutdown(wait=False)
        self.session.close()
        super().close()
