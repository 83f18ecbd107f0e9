"""A lesson page, opened in the browser."""

import pytest

import clearprop as cp


@pytest.fixture
def lesson(browser, tmp_path):
    """Return a function that opens a trace's page; at the end nothing was fetched or amiss."""
    seen, contexts = [], []

    def open_page(trace, hash="", **options):
        file = tmp_path / "lesson.html"
        file.write_text(cp.document(trace, "lesson"), encoding="utf-8")
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 720}, **options})
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: seen.append(message.text))
        page.on("pageerror", lambda error: seen.append(str(error)))
        address = file.as_uri()
        page.on("request", lambda r: None if r.url == address else seen.append(r.url))
        page.goto(address + hash)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert seen == []
