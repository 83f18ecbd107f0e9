"""The studio as a widget: the same modules in a page of a notebook, answered by its kernel."""

import base64
import builtins
import queue
import re
import sys
import time
from pathlib import Path

import pytest

import clearprop as cp
from clearprop.errors import MissingExtra
from clearprop.studio import answers
from clearprop.studio.bundle import PLACE, script, styles
from clearprop.studio.showing import ON_THEIR_WAY

pytest.importorskip("anywidget")

EXAMPLES = Path(__file__).parents[2] / "examples"
XOR = {"data": "xor", "hidden": [4], "batch_size": 2}


class Kernel:
    """A widget whose messages to the page are kept."""

    def __init__(self, source=None):
        self.sent, self.count = queue.Queue(), 0
        self.widget = cp.open_studio(source)
        self.widget.send = lambda content, buffers=None: self.sent.put((content, buffers or []))

    def tell(self, message):
        self.widget.take(self.widget, message, [])

    def ask(self, what, **given):
        self.count += 1
        self.tell({**given, "id": self.count, "ask": what})
        return self.answer(self.count)

    def answer(self, number):
        while True:
            content, _ = self.sent.get(timeout=30)
            if "answer" in content:
                found = answers.asked(content["answer"])
                if found["id"] == number:
                    return found

    def frames(self, seconds):
        time.sleep(seconds)
        found = []
        while not self.sent.empty():
            found.append(self.sent.get())
        return [buffers[0] for content, buffers in found if "frame" in content]


@pytest.fixture
def kernel():
    made = []

    def make(source=None):
        made.append(Kernel(source))
        return made[-1]

    yield make
    for each in made:
        each.widget.close()


# --- without a browser ---------------------------------------------------------------------------


def test_it_opens_what_it_is_given(kernel):
    assert kernel().ask("hello")["opening"]["view"] == "step"
    assert kernel("moons").ask("hello")["opening"]["data"] == "moons"
    lesson = cp.read_lesson(EXAMPLES / "seed.toml")
    assert "layers = [2, 1, 1]" in kernel(lesson).ask("hello")["opening"]["lesson"]
    points = ([[0, 0], [0, 1], [1, 0], [1, 1]] * 2, ["a", "b", "b", "a"] * 2)
    of = kernel(points)
    name = of.ask("hello")["opening"]["data"]
    assert of.ask("train.choose", chosen={"data": name, "hidden": [3]})["rows"] == 8


def test_a_run_is_opened_by_its_own_door():
    run = cp.train("xor", hidden=[2], epochs=2)
    widget = run.studio()
    assert widget.session.opening.run is run
    assert widget.session.opening.view == "train"
    widget.close()


def test_without_anywidget_a_sentence_says_what_to_install(monkeypatch):
    for name in list(sys.modules):
        if name.startswith("anywidget") or name == "clearprop.studio.widget":
            monkeypatch.delitem(sys.modules, name)
    whole = builtins.__import__

    def without(name, *rest, **more):
        if name.partition(".")[0] == "anywidget":
            raise ModuleNotFoundError("No module named 'anywidget'", name="anywidget")
        return whole(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingExtra) as told:
        cp.open_studio()
    assert str(told.value) == (
        "the studio in a notebook needs anywidget; install it with pip install"
        " 'clearprop[notebook]'"
    )


def test_frames_go_to_a_page_that_watches_and_draws(kernel):
    of = kernel()
    of.tell({"watch": True})
    of.ask("train.choose", chosen=XOR)
    of.ask("train.play")
    while of.ask("train.stands")["step"] < 10:
        time.sleep(0.01)
    of.frames(0.3)
    assert of.widget.showing.undrawn == ON_THEIR_WAY
    assert of.frames(0.2) == []
    of.tell({"drawn": 1})
    assert len(of.frames(0.5)) == 1
    of.tell({"watch": True})  # shown a second time: it has seen nothing yet
    assert len(of.frames(0.5)) == ON_THEIR_WAY


def test_nonsense_does_not_end_a_widget(kernel):
    of = kernel()
    for content in (
        None,
        7,
        "hello",
        [],
        {},
        {"ask": None},
        {"ask": []},
        {"drawn": []},
        {"id": []},
    ):
        of.tell(content)
    assert of.ask("no.such")["error"] == "the studio has no answer to 'no.such'; reload its page"


def test_a_widget_that_is_closed_ends_its_training(kernel):
    of = kernel()
    of.ask("train.choose", chosen=XOR)
    of.ask("train.play")
    thread = of.widget.session.painter.trainer.thread
    of.widget.close()
    thread.join(20)
    assert not thread.is_alive()
    of.tell({"ask": "hello", "id": 1})  # nobody answers, nothing fails


def test_the_modules_are_one_without_imports():
    text = script()
    assert not re.search(r"^\s*(import|export) (?!default load)", text, re.MULTILINE)
    assert text.count("export default") == 1
    assert "http" not in re.sub(r"http://www\.w3\.org/\S+", "", text).replace("https:", "").replace(
        "http:", ""
    )


def test_the_styles_reach_nothing_outside():
    text = styles()
    assert text.startswith(PLACE)
    assert text.count("{") == text.count("}")
    assert "@import" not in text
    assert "@keyframes" not in text


# --- in a browser --------------------------------------------------------------------------------

MODEL = """async (text) => {
  const heard = new Set();
  window.fromKernel = (content, buffers) => {
    const views = buffers.map((text) =>
      new DataView(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer));
    for (const hear of heard) hear(content, views);
  };
  window.model = {
    send: (content) => window.toKernel(content),
    on: (_, hear) => heard.add(hear),
    off: (_, hear) => heard.delete(hear),
  };
  const address = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
  window.widget = (await import(address)).default;
  window.close = window.widget.render({ model: window.model, el: document.querySelector("#cell") });
}"""


class Page:
    """A page with a cell, wired to a kernel as anywidget wires it."""

    def __init__(self, page, kernel):
        self.page, self.kernel = page, kernel
        page.expose_function("toKernel", kernel.tell)
        page.set_content("<h1 class='bar'>A notebook</h1><div id='cell'></div>")
        page.add_style_tag(content=kernel.widget._css)
        page.evaluate(MODEL, kernel.widget._esm)

    def until(self, condition, seconds=30):
        """Carry messages until a condition of the page holds."""
        over = time.monotonic() + seconds
        while not self.page.evaluate(condition):
            assert time.monotonic() < over, condition
            while not self.kernel.sent.empty():
                content, buffers = self.kernel.sent.get()
                texts = [base64.b64encode(buffer).decode() for buffer in buffers]
                self.page.evaluate("([c, b]) => window.fromKernel(c, b)", [content, texts])
            self.page.wait_for_timeout(5)


@pytest.fixture
def notebook(browser, kernel):
    amiss, pages = [], []

    def open_notebook(source=None):
        page = browser.new_page()
        pages.append(page)
        page.on("console", lambda m: amiss.append(m.text) if m.type in ("error", "warning") else 0)
        page.on("pageerror", lambda error: amiss.append(str(error)))
        page.on("request", lambda r: r.url.startswith(("blob:", "data:")) or amiss.append(r.url))
        return Page(page, kernel(source))

    yield open_notebook
    for page in pages:
        page.close()
    assert amiss == []


@pytest.mark.browser
def test_the_widget_shows_the_step_of_a_lesson(notebook):
    cell = notebook(cp.read_lesson(EXAMPLES / "seed.toml"))
    cell.until("!!document.querySelector('main.step:not([hidden])')")
    cell.until("document.querySelector('main.step').innerText.length > 200")
    assert cell.page.url == "about:blank"


@pytest.mark.browser
def test_the_widget_trains_and_draws(notebook):
    cell = notebook("xor")
    cell.until("!!document.querySelector('main.train:not([hidden])')")
    cell.until("!!document.querySelector('main.train [data-do=play]')")
    cell.page.locator("main.train [data-do=play]").click()
    session = cell.kernel.widget.session
    cell.until("document.querySelector('main.train [data-do=play]').textContent.includes('Pause')")
    seen = cell.kernel.widget.showing.seen[1]
    cell.until("(window.turns = (window.turns ?? 0) + 1) > 60")  # drawn frames call for more
    assert cell.kernel.widget.showing.seen[1] > seen
    session.painter.trainer.pause()


@pytest.mark.browser
def test_a_run_is_shown_as_it_was_trained(notebook):
    run = cp.train("xor", hidden=[3], epochs=5)
    cell = notebook(run)
    cell.until("document.querySelectorAll('main.train .unit').length > 0")
    painter = cell.kernel.widget.session.painter
    assert cell.kernel.widget.session.chosen == {"data": "run"}
    assert painter.plan.network.layers == (2, 3, 1)
    assert painter.trainer.step == run.outcome.steps


@pytest.mark.browser
def test_keys_of_other_cells_are_not_the_widgets(notebook):
    cell = notebook("xor")
    cell.until("document.querySelectorAll('main.train .unit').length > 0")
    trainer = cell.kernel.widget.session.painter.trainer
    cell.page.evaluate("document.activeElement.blur()")
    cell.page.keyboard.press("s")
    cell.page.keyboard.press(" ")
    cell.until("(window.turns = (window.turns ?? 0) + 1) > 20")
    assert (trainer.step, trainer.goal) == (0, 0)


@pytest.mark.browser
def test_what_lies_outside_keeps_its_looks_and_the_address(notebook):
    cell = notebook()
    cell.until("!!document.querySelector('main.step:not([hidden])')")
    style = "getComputedStyle(document.querySelector('h1.bar')).display"
    assert cell.page.evaluate(style) == "block"
    assert (
        cell.page.evaluate("getComputedStyle(document.querySelector('#cell .bar')).display")
        == "flex"
    )
    cell.page.locator("nav a", has_text="Check").click()
    cell.until("!!document.querySelector('main.check:not([hidden])')")
    assert cell.page.evaluate("location.hash") == ""


@pytest.mark.browser
def test_a_view_that_is_closed_is_told(notebook):
    cell = notebook()
    cell.until("!!document.querySelector('main.step:not([hidden])')")
    assert cell.kernel.widget.session.watchers == 1
    cell.page.evaluate("window.close()")
    assert cell.kernel.widget.session.watchers == 0
