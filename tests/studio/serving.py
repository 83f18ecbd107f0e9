"""A studio on a port of its own, in a thread, for tests."""

import threading
from contextlib import contextmanager

import uvicorn

from clearprop.studio.app import studio_app
from clearprop.studio.serving import LARGEST_MESSAGE, LOCAL, listening
from clearprop.studio.sessions import Opening


@contextmanager
def served(opening=None, hosts=LOCAL, token=None):
    """Serve a studio and yield its address."""
    with listening("127.0.0.1", 0) as listener:
        app = studio_app(opening or Opening(), hosts, token)
        server = uvicorn.Server(
            uvicorn.Config(
                app,
                ws="websockets-sansio",
                ws_max_size=LARGEST_MESSAGE,
                log_level="warning",
                lifespan="on",
            )
        )
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
        finally:
            server.should_exit = True
            thread.join()
