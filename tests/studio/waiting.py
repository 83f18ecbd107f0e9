"""Waiting for a page: its policy allows no eval, which playwright's own wait_for_function takes."""

import time


def until(page, expression, arg=None, timeout=20.0):
    """Wait until a JavaScript expression holds."""
    end = time.monotonic() + timeout
    while not page.evaluate(expression, arg):
        assert time.monotonic() < end, f"it never came about: {expression}"
        page.wait_for_timeout(30)
