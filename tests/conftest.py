"""Compiled programs of the tests lie in the checkout's own cache; a browser, where there is one."""

import os
import shutil
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest

CACHE = Path(__file__).parents[1] / ".pytest_cache" / "programs"
LONGEST = {
    "test_documents.py",
    "test_lanes.py",
    "test_pytorch_trainings.py",
    "test_straight_line.py",
}
# The same engine without its windows takes half the time, so it comes first.
CHROMIUM = ("chromium-headless-shell", "chromium", "chromium-browser")
os.environ.setdefault("CLEARPROP_CACHE", str(CACHE))


def needed(name):
    """Return a module that the tests in a browser need."""
    try:
        return import_module(name)
    except ImportError:
        return missing(f"{name.partition('.')[0]} is not installed: pip install 'clearprop[test]'")


def pytest_collection_modifyitems(items):
    """Begin with what takes longest, so that at the end no core waits for another."""
    items.sort(key=lambda item: item.path.name not in LONGEST)
    leave_out(items)


def leave_out(items):
    """Leave out the examples of docstrings that need PyTorch where it is not installed."""
    if find_spec("torch") is not None:
        return
    for item in items:
        examples = getattr(getattr(item, "dtest", None), "examples", ())
        if any("torch" in example.source for example in examples):
            item.add_marker(pytest.mark.skip(reason="PyTorch is not installed"))


def missing(what):
    """Skip a test for what is not there; in CI it fails."""
    return pytest.fail(what) if "CI" in os.environ else pytest.skip(what)


@pytest.fixture(scope="session")
def browser():
    """Chromium, driven by Playwright."""
    sync_api = needed("playwright.sync_api")
    path = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if path is None:
        missing("no chromium is found: apt-get install chromium-headless-shell")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def axe():
    """Return a function that says what axe-core finds amiss with a page: rules and places."""
    checker = needed("axe_playwright_python.sync_playwright").Axe()

    def faults(page):
        found = checker.run(page).response["violations"]
        return [(rule["id"], node["target"]) for rule in found for node in rule["nodes"]]

    return faults
