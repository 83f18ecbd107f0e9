"""The plane of the Train view: points picked and drawn, by mouse and by keyboard; its axes."""

import re

import pytest

from studio.test_training_in_the_browser import ready, scrub, wait_for_step
from studio.waiting import until

pytestmark = pytest.mark.browser
PLACES = "[...document.querySelectorAll('.plane span')].map((one) => one.textContent).join(' ')"


def place_of_row(row):
    """Return where a row of xor lies on the plane, as a share of its width and height."""
    a, b = ((0, 0), (0, 1), (1, 0), (1, 1))[row]
    margin = 0.08 / 1.16  # around the data, of their width with it on both sides
    return margin + a * (1 - 2 * margin), 1 - margin - b * (1 - 2 * margin)


def test_a_click_on_a_point_explains_its_row(studio):
    page = studio("train?data=xor&hidden=3")
    ready(page)
    plane = page.locator(".plane .points")
    box = plane.bounding_box()
    for row in (2, 1):
        x, y = place_of_row(row)
        plane.click(position={"x": x * box["width"], "y": y * box["height"]})
        page.locator(".panel h2", has_text=f"row {row}").wait_for()
        assert page.locator("[name=row]").input_value() == str(row)


def test_a_row_is_picked_by_keyboard(studio):
    page = studio("train?data=xor&hidden=3")
    ready(page)
    plane = page.locator(".plane .points")
    plane.focus()
    page.keyboard.press("Enter")  # no cross yet: nothing is picked
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowDown")
    page.locator(".plane output", has_text="nearest: row 2").wait_for()
    page.keyboard.press("Space")
    page.locator(".panel h2", has_text="row 2").wait_for()
    page.keyboard.press("Escape")
    assert page.locator(".plane output").text_content() == ""
    assert page.locator("[data-do=play]").inner_text().endswith("Play")


def test_points_are_drawn_and_taken_away_by_keyboard(studio):
    page = studio("train?data=drawn")
    plane = page.locator(".plane .points")
    plane.wait_for()
    for kind, way in ((0, "ArrowLeft"), (1, "ArrowRight")):
        page.locator(f"[name=class][value='{kind}']").check()
        plane.focus()
        for _ in range(4):
            page.keyboard.press(way)
        page.keyboard.press("Enter")
        page.keyboard.press("ArrowUp")
        page.keyboard.press("Enter")
    page.locator(".about", has_text="4 rows").wait_for()
    assert plane.evaluate("(canvas) => canvas === document.activeElement")
    page.keyboard.press("Enter")
    page.locator(".about", has_text="5 rows").wait_for()
    page.keyboard.press("Delete")
    page.locator(".about", has_text="4 rows").wait_for()


def test_network_and_learning_are_chosen_before_points_are_drawn(studio):
    page = studio("train?data=drawn&rate=0.5")
    page.locator(".points-wanted", has_text="Draw at least two points").wait_for()
    assert page.locator("[name=rate]").input_value() == "0.5"
    assert page.locator("[name=seed]").input_value() == "0"
    page.locator("[name=optimizer]").select_option("momentum")
    page.locator("[name=momentum]").wait_for()
    page.locator("[name=layer]").first.fill("3")
    page.locator("[name=layer]").first.press("Enter")
    page.locator("[name=rate]").fill("0.25")
    page.locator("[name=rate]").press("Enter")
    until(page, "location.hash.includes('rate=0.25')")
    plane = page.locator(".plane .points")
    box = plane.bounding_box()
    for kind in (0, 1):
        page.locator(f"[name=class][value='{kind}']").check()
        for at in (0.2, 0.3):  # faster than an answer comes
            plane.click(position={"x": (at + kind / 2) * box["width"], "y": at * box["height"]})
    page.locator(".about", has_text="4 rows").wait_for()
    ready(page)
    assert page.locator("[name=optimizer]").input_value() == "momentum"
    assert page.locator("[name=layer]").first.input_value() == "3"
    assert page.locator("[name=rate]").input_value() == "0.25"


def test_what_is_explained_is_said(studio):
    page = studio("train?data=xor&hidden=3")
    ready(page)
    page.locator("[name=row]").fill("w2")
    page.locator("[name=row]").press("Enter")
    page.locator(".explained[role=status]", has_text="w₂ after step 0 is explained.").wait_for(
        state="attached"
    )


def test_a_step_of_the_address_that_is_none_is_said(studio):
    page = studio("train?data=xor&at=abc")
    page.locator(
        ".saying", has_text="A step is a whole number; the address asks for abc."
    ).wait_for()
    page = studio(
        "step?lesson=W25ldHdvcmtdCmxheWVycyA9IFsyLDEsMV0KW2V4YW1wbGVdCng9W1sxLDJdXQp5PVtbMV1dCg&at=abc"
    )
    page.locator(
        "body", has_text="the address asks for step abc, and a step is a number"
    ).wait_for()


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_what_is_chosen_can_be_read_to_its_end(studio, size):
    page = studio("train?data=xor&optimizer=gradient_descent", size=size)
    ready(page)
    widths = """selects => selects.filter(select => select.offsetParent).map(select => {
      const shown = select.offsetWidth;
      select.style.maxWidth = "none";
      return [select.name, shown, select.offsetWidth];
    })"""
    for name, shown, wanted in page.locator(".choices select").evaluate_all(widths):
        assert shown == wanted, name


def test_while_a_table_is_read_the_data_set_that_is_shown_stays_chosen(studio, tmp_path):
    page = studio("train?data=xor")
    ready(page)
    page.evaluate("""() => {
      window.seen = [];
      const select = document.querySelector("[name=data]");
      const seen = new MutationObserver(() => window.seen.push(select.value));
      seen.observe(select, { childList: true });
    }""")
    table = tmp_path / f"{'a_long_name' * 6}.csv"
    table.write_text("a,b,y\n" + "".join(f"{i},{i * 7 % 11},{'uv'[i % 2]}\n" for i in range(40)))
    page.locator("input[type=file]").set_input_files(table)
    page.locator(".about", has_text="40 rows").wait_for()
    assert page.evaluate("seen") == ["xor"]
    assert page.locator(".choices").evaluate("e => e.scrollWidth - e.clientWidth") == 0


def test_other_axes_leave_the_training_and_its_moment_as_they_are(studio, tmp_path):
    page = studio("train?data=xor")
    ready(page)
    table = tmp_path / "petals.csv"
    rows = "".join(f"{i % 7},{i * 7 % 11},{i % 3},{'ab'[i % 2]}\n" for i in range(40))
    table.write_text(f'length,"width, in %",weight,kind\n{rows}')
    page.locator("input[type=file]").set_input_files(table)
    page.locator(".about", has_text="40 rows").wait_for()
    for epoch in (1, 2):
        page.locator("[data-do=epoch]").click()
        wait_for_step(page, epoch)
    newest = int(page.locator(".figures .step dd").inner_text())
    scrub(page, 1)
    page.select_option("[name=axis-x]", "width, in %")
    until(page, f"{PLACES}.startsWith('width, in % →')")
    assert page.locator(".figures .step dd").inner_text() == "1"
    assert page.locator("[name=moment]").get_attribute("max") == str(newest)
    assert page.url.endswith("at=1")
    page.reload()
    ready(page)
    until(page, f"{PLACES}.startsWith('width, in % →')")
    assert page.locator("[name=moment]").get_attribute("max") == str(newest)


def test_an_axis_that_the_other_has_changes_places_with_it(studio):
    page = studio("train?data=iris&hidden=3")
    ready(page)
    across, up = page.locator(".plane span").all_inner_texts()
    page.select_option("[name=axis-x]", up.removesuffix(" →"))
    until(page, f"{PLACES} === '{up} {across}'")


def test_the_plane_stays_where_it_is_while_points_are_drawn(studio):
    page = studio("train?data=drawn")
    points = page.locator(".plane .points")
    page.locator(".points-wanted", has_text="Draw at least two points").wait_for()
    before = points.bounding_box()
    for kind, down in ((0, 0.2), (1, 0.7)):
        page.locator(f"[name=class][value='{kind}']").check()
        for across in (0.3, 0.6):
            points.click(position={"x": across * before["width"], "y": down * before["height"]})
            assert points.bounding_box() == before
    page.locator(".about", has_text="4 rows").wait_for()
    ready(page)
    assert points.bounding_box() == before
    assert page.locator(".points-wanted").is_hidden()


def test_when_the_points_are_cleared_nothing_of_the_training_is_left(studio):
    page = studio("train?data=drawn")
    page.locator(".plane .points").wait_for()
    page.locator("[name=row]").press("Enter")
    page.locator(".points-wanted", has_text="Draw at least two points").wait_for()
    box = page.locator(".plane .points").bounding_box()
    for kind, places in ((0, (0.2, 0.3)), (1, (0.7, 0.8))):
        page.locator(f"[name=class][value='{kind}']").check()
        for at in places:
            page.locator(".plane .points").click(
                position={"x": at * box["width"], "y": at * box["height"]}
            )
    page.locator(".about", has_text="4 rows").wait_for()
    ready(page)
    page.locator("[data-do=epoch]").click()
    wait_for_step(page, 1)
    page.locator("[data-clear]").click()
    until(page, "document.querySelector('.figures .step dd').textContent === '–'")
    page.locator("[data-do=play]").click()
    page.locator(".points-wanted", has_text="Draw at least two points").wait_for()
    assert page.locator(".about").inner_text() == ""
    assert page.locator(".figures .step dd").inner_text() == "–"
    page.evaluate("location.hash = 'train?data=xor&hidden=3'")
    page.locator(".about", has_text="4 rows").wait_for()
    ready(page)
    assert page.locator(".saying").inner_text() == ""


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("data=circles&hidden=6&activation=relu&optimizer=gradient_descent&rate=30", "dead"),
        ("data=iris&hidden=8&activation=tanh&optimizer=gradient_descent&rate=50", "saturated"),
    ],
)
def test_what_is_wrong_with_a_network_is_said_with_its_step(studio, options, said):
    page = studio(f"train?{options}")
    ready(page)
    page.select_option("[name=speed]", "1000")
    page.locator("[data-do=play]").click()
    sentence = re.compile(rf"After step [\d,]+: .* {said}")
    page.locator(".sentences li", has_text=sentence).wait_for(timeout=30_000)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("rate=abc", "rate must be a number, not 'abc'"),
        ("at=99999999999", "the training ends with"),
    ],
)
def test_an_address_that_makes_no_sense_is_told(studio, given, said):
    page = studio(f"train?data=xor&hidden=3&{given}")
    page.locator(".saying", has_text=said).wait_for()
    ready(page)
    assert page.locator(".figures .step dd").inner_text() == "0"
