"""What a notebook shows of each value: HTML that stands alone, and a short text beside it."""

import re
from pathlib import Path

import pytest

import clearprop as cp
from clearprop.render.notebook import PIECES
from clearprop.runs.run import Run
from rendered.well_formed import Tags, faults

EXAMPLES = Path(__file__).parents[2] / "examples"
LONGEST = 120  # characters of a `repr`
NAMES = [
    "network",
    "large network",
    "parameters",
    "large parameters",
    "lesson",
    "large lesson",
    "trace",
    "trace of a batch",
    "line",
    "given line",
    "report",
    "worksheet",
    "run",
    "run of numbers",
    "moment",
    "evaluation",
    "findings",
    "health",
    "differences",
    "sweep",
    "ledger",
    "explanation",
    "blame",
]


@pytest.fixture(scope="module")
def values():
    """A value of each kind, and of some kinds a large one."""
    run = cp.train("iris", hidden=[5], epochs=10)
    digits = cp.train("digits", epochs=2)
    lesson = cp.read_lesson(EXAMPLES / "seed.toml")
    return {
        "network": run.network,
        "large network": digits.network,
        "parameters": run.parameters,
        "large parameters": digits.parameters,
        "lesson": lesson,
        "large lesson": digits.lesson(5),
        "trace": cp.trace(),
        "trace of a batch": cp.trace(run.at(13).lesson()),
        "line": cp.trace()["dL/dw3"],
        "given line": cp.trace()["w3"],
        "report": cp.check(EXAMPLES / "solution.md"),
        "worksheet": cp.worksheet([2, 1, 1], seed=1),
        "run": run,
        "run of numbers": cp.train("diabetes", epochs=2, test_size=0),
        "moment": run.at(13),
        "evaluation": run.evaluate(),
        "findings": run.find("w1 > 0", every=True),
        "health": run.health(),
        "differences": run.diff(cp.train("iris", hidden=[5], epochs=10, seed=1)),
        "sweep": cp.sweep("xor", hidden=[2], epochs=60, seeds=3, rates=[0.1, 0.5]),
        "ledger": run.ledger("w1"),
        "explanation": run.explain("w1", at=3),
        "blame": run.blame(),
    }


@pytest.mark.parametrize("name", NAMES)
def test_it_is_html_without_script_links_ids_or_anything_fetched(values, name):
    html = values[name]._repr_html_()
    for unwanted in ("<script", "href", " id=", "url(http", "@import", " src="):
        assert unwanted not in html
    assert faults(html) == []
    tags = Tags()
    tags.feed(re.sub(r"<[^<>]*/>", "", html))
    assert (tags.open, tags.wrong) == ([], [])


@pytest.mark.parametrize("name", NAMES)
def test_its_text_is_one_short_line(values, name):
    text = repr(values[name])
    assert len(text) <= LONGEST
    assert "\n" not in text
    assert type(values[name]).__name__ in text


@pytest.mark.parametrize("name", NAMES)
def test_its_style_reaches_nothing_outside(values, name):
    for style in re.findall(r"<style>(.*?)</style>", values[name]._repr_html_(), re.DOTALL):
        outside = re.sub(r"/\*.*?\*/", "", style, flags=re.DOTALL)
        while "{" in outside:
            outside = re.sub(r"\{[^{}]*\}", "\n", outside)
        rules = [rule.strip() for rule in outside.splitlines() if rule.strip()]
        assert all(rule.startswith(".clearprop ") or rule == ".clearprop" for rule in rules)


def test_every_kind_that_is_drawn_is_among_them(values):
    assert {type(value).__name__ for value in values.values()} == set(PIECES)
    assert list(values) == NAMES


def test_what_descends_from_a_kind_is_drawn_as_that():
    class Descendant(cp.Network):
        """A network of somebody's own."""

    assert Descendant([2, 1])._repr_html_() == cp.Network([2, 1])._repr_html_()


def test_a_network_prints_as_what_makes_it():
    for network in (
        cp.Network([2, 3, 1]),
        cp.Network([2, 2, 1], ["relu", "sigmoid"], [True, False], names={"x1": "height"}),
        cp.Network([2, 1], "leaky_relu", constants={"leaky_relu_slope": 0.2}),
    ):
        assert eval(repr(network), {"Network": cp.Network}) == network
        assert "mappingproxy" not in repr(network)


def test_a_learning_prints_as_what_makes_it():
    learning = cp.Learning("cross_entropy", "adam", "sum", {"rate": 0.1}, ("biases",))
    assert eval(repr(learning), {"Learning": cp.Learning}) == learning
    assert repr(cp.Learning()) == "Learning('squared_error', 'gradient_descent')"


def test_a_run_is_shown_with_its_numbers_and_its_loss_curve(values):
    run = values["run"]
    html = run._repr_html_()
    assert html.count("<polyline") == 2
    assert f"{100 * run.scores['test']['accuracy']:.2f} %" in html
    assert repr(run).startswith("<Run iris: 4-5-3 network, finished after 40 steps, accuracy 0.")


def test_a_line_of_a_trace_is_shown_with_its_formula_and_its_numbers(values):
    line = values["line"]
    assert repr(line) == "<Line dL/dw3 = -0.121621>"
    assert repr(cp.trace(by_hand=2)["dL/dw3"]) == "<Line dL/dw3 = -0.12>"
    assert "<span>= −0.1621 × 0.7503</span><b>≈ −0.1216</b>" in line._repr_html_()


def test_images_stand_beside_the_images_that_are_to_blame():
    run = cp.train("digits", epochs=3)
    blame = run.blame()
    html = blame._repr_html_()
    rows = [blame.row, *blame.makers["row"].head(3)]
    assert html.count('<svg class="image"') == len(rows)
    for row in rows:
        assert f'aria-label="row {row}: ' in html
    pixels = sum(round(float(v) * 100) > 0 for row in rows for v in blame.images[row].ravel())
    assert html.count("<rect") == pixels


def test_numbers_of_parameters_stand_in_the_drawing(values):
    html = values["lesson"].parameters._repr_html_().replace("−", "-")
    for number in ("0.5", "0.3", "0.8"):
        assert f">{number}<" in html


def test_what_a_person_wrote_is_text_and_no_markup():
    report = cp.check("z_h = 0.5 × 1 + 0.3 × 2 = 1.2 <img src=x onerror=alert(1)>")
    assert "<img" not in report._repr_html_()
    named = cp.train(([[0.0], [1.0]] * 4, ["<b>[red]a", "[/]b&amp;"] * 4), epochs=1, hidden=[2])
    html = named.evaluate()._repr_html_()
    assert "<b>" not in html
    assert "&lt;b&gt;[red]a" in html


def test_where_it_cannot_be_drawn_a_notebook_shows_its_text(values, tmp_path):
    data = tmp_path / "points.csv"
    data.write_text("x,y\n0,1\n1,3\n2,5\n3,7\n4,9\n5,11\n6,13\n7,15\n")
    cp.train(data, target="y", epochs=2, out=tmp_path / "run")
    data.unlink()
    run = cp.open_run(tmp_path / "run")
    assert isinstance(run, Run)
    assert "<polyline" in run._repr_html_()
    moment = values["moment"]
    gone = type(moment)(run, moment.state)
    assert gone._repr_html_() is None
    assert repr(gone) == "<Moment of run: after 13 steps>"


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_amiss_with_a_page_of_all_of_them(values, browser, axe, scheme):
    names = [name for name in values if "large" not in name]
    body = "\n".join(f"<h1>{name}</h1>{values[name]._repr_html_()}" for name in names)
    page = browser.new_page(color_scheme=scheme, viewport={"width": 800, "height": 600})
    page.set_content(
        "<!doctype html><html lang='en'><title>A notebook</title>"
        "<style>:root { color-scheme: light dark } body { background: Canvas }</style>"
        f"<main>{body}</main></html>"
    )
    ignored = {"heading-order", "page-has-heading-one"}  # a notebook has headings of its own
    assert [fault for fault in axe(page) if fault[0] not in ignored] == []
    page.close()


@pytest.mark.browser
@pytest.mark.parametrize(("ink", "paper"), [("#eee", "dark"), ("#111", "light")])
def test_a_drawing_has_the_paper_of_a_page_that_does_not_say_how_dark_it_is(browser, ink, paper):
    page = browser.new_page()
    page.set_content(f"<style>body {{ color: {ink}; }}</style>{cp.trace()._repr_html_()}")
    for part in ("circle", "rect"):
        fill = page.locator(f".network {part}").first.evaluate("e => getComputedStyle(e).fill")
        shares = [float(share) for share in re.findall(r" ([\d.]+)", fill)]
        assert len(shares) == 3, fill
        assert (max(shares) < 0.1) if paper == "dark" else (min(shares) > 0.9)
    page.close()
