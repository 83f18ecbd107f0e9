"""Trainings in the kernel of a notebook: progress on one line, and what an interrupt leaves."""

import pytest

START = "import clearprop as cp"
LONG = "cp.train('digits', epochs=100_000, engine='reference'{})"


@pytest.fixture(scope="module", autouse=True)
def imported(cells):
    assert cells.run(START) == []


def progress_seen(shown):
    return any("epoch" in str(content) for _, content in shown)


def test_an_interrupted_training_is_kept_and_the_cell_goes_on(cells):
    shown = cells.run(f"run = {LONG.format('')}\nafter = 'went on'", interrupt_when=progress_seen)
    assert "error" not in dict(shown)
    assert cells.value("run.outcome.status, after") == "('interrupted', 'went on')"
    assert cells.value("run.outcome.steps == run.at(run.outcome.steps).step > 0") == "True"


def test_progress_is_one_line_that_changes_in_its_place_and_is_gone_at_the_end(cells):
    shown = cells.run(f"run = {LONG.format('')}", interrupt_when=lambda shown: len(shown) > 3)
    kinds = [kind for kind, _ in shown]
    assert kinds[0] == "display_data"
    assert set(kinds[1:]) == {"update_display_data"}
    places = {content["transient"]["display_id"] for _, content in shown}
    assert len(places) == 1
    assert "<progress" in shown[0][1]["data"]["text/html"]
    assert shown[-1][1]["data"] == {"text/plain": "", "text/html": ""}


def test_a_short_training_and_one_that_asks_for_none_show_no_progress(cells):
    assert cells.run("run = cp.train('xor', hidden=[2], epochs=20)") == []
    code = "run = cp.train('digits', epochs=40, engine='reference', progress=False)"
    assert cells.run(code) == []


def test_a_function_is_told_instead(cells):
    code = "told = []\nrun = cp.train('xor', hidden=[2], epochs=20, progress=told.append)"
    assert cells.run(code) == []
    assert cells.value("told[-1].epoch") == "20"


def test_an_interrupt_leaves_a_kernel_that_can_be_asked(cells):
    sweep = "found = cp.sweep('digits', hidden=[8], seeds=500, epochs=200)"
    shown = cells.run(sweep, interrupt_when=lambda shown: "networks" in str(shown))
    assert "error" not in dict(shown)
    assert cells.value("found.interrupted, len(found) < 500") == "(True, True)"


def test_what_stands_on_a_last_line_is_shown_as_html_and_as_text(cells):
    shown = cells.run("cp.Network([2, 1, 1])")
    (kind, content), *more = shown
    assert (kind, more) == ("execute_result", [])
    assert content["data"]["text/plain"].startswith("Network([2, 1, 1]")
    assert content["data"]["text/html"].startswith('<div class="clearprop">')
