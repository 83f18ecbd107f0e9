"""A kernel as notebooks have it: cells go in, what is shown comes out."""

import queue
import time

import pytest
from jupyter_client.manager import start_new_kernel

SHOWN = ("stream", "display_data", "update_display_data", "execute_result", "error")
LONGEST = 60  # seconds that a cell may take


class Cells:
    """The cells of one notebook."""

    def __init__(self, manager, client):
        self.manager, self.client = manager, client

    def run(self, code, interrupt_when=None):
        """Run a cell and return what it shows, as (kind, content); interrupt it at a moment."""
        asked = self.client.execute(code)
        shown, over = [], time.monotonic() + LONGEST
        while time.monotonic() < over:
            try:
                message = self.client.get_iopub_msg(timeout=1)
            except queue.Empty:
                continue
            if message["parent_header"].get("msg_id") != asked:
                continue
            kind, content = message["msg_type"], message["content"]
            if kind == "status" and content["execution_state"] == "idle":
                return shown
            if kind in SHOWN:
                shown.append((kind, content))
            if interrupt_when is not None and interrupt_when(shown):
                self.manager.interrupt_kernel()
                interrupt_when = None
        raise AssertionError(f"still running after {LONGEST} s: {code}, {shown}")

    def value(self, code):
        """Return what an expression is shown as, in plain text."""
        (kind, content), *more = self.run(code)
        assert (kind, more) == ("execute_result", []), content
        return content["data"]["text/plain"]


@pytest.fixture(scope="module")
def cells():
    manager, client = start_new_kernel()
    yield Cells(manager, client)
    client.stop_channels()
    manager.shutdown_kernel(now=True)
