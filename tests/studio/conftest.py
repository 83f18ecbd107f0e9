"""The studio in a real browser: what is fetched stays on this machine, and nothing goes amiss."""

import pytest

from studio.serving import served

SIZES = {"desk": {"width": 1280, "height": 720}, "phone": {"width": 390, "height": 844}}


@pytest.fixture
def studio(browser):
    """Return a function that opens the studio: `studio("step", opening, size="phone")`.

    At the end nothing was asked of another machine, and the console has no complaint.
    """
    amiss, contexts, servers = [], [], []

    def open_studio(hash="", opening=None, size="desk", **options):
        server = served(opening)
        address = server.__enter__()
        servers.append(server)
        context = browser.new_context(viewport=SIZES[size], **options)
        contexts.append(context)
        return open_tab(context, address, hash)

    def open_tab(context, address, hash=""):
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("console", lambda m: amiss.append(m.text) if m.type in ("error", "warning") else 0)
        page.on("pageerror", lambda error: amiss.append(str(error)))
        own = (address, address.replace("http", "ws"), "data:", "blob:")
        for asked in ("request", "websocket"):
            page.on(asked, lambda r: None if r.url.startswith(own) else amiss.append(r.url))
        page.goto(address + (f"#{hash}" if hash else ""))
        page.locator(".studio main:not([hidden])").wait_for()
        return page

    open_studio.tab = open_tab
    yield open_studio
    for context in contexts:
        context.close()
    for server in servers:
        server.__exit__(None, None, None)
    assert amiss == []
