"""The Step view in a real browser: walked, edited in place, undone, saved, shared."""

import random

import pytest

import clearprop as cp
from clearprop.network.lesson import lesson_from_tables, lesson_toml, parse_lesson, seed_lesson
from clearprop.render.numbers import number_text
from clearprop.studio.sessions import Opening
from studio.stepping import (
    ADDRESS_PAUSE,
    compare,
    link,
    loss_said,
    press,
    saved,
    settled,
    state,
    traced,
)

pytestmark = pytest.mark.browser
EDITOR = ".step .editor"


def lesson(layers, examples=1, **tables):
    """Return the text of a lesson of small round numbers."""
    drawn = random.Random(1)
    x, y = (
        [[drawn.randint(-20, 20) / 10 for _ in range(size)] for _ in range(examples)]
        for size in (layers[0], layers[-1])
    )
    network = {"layers": layers, "seed": 1}
    return lesson_toml(
        lesson_from_tables({"network": network, "example": {"x": x, "y": y}, **tables})
    )


def opened(studio, text=None, **options):
    """Return the studio's page with a lesson."""
    return settled(studio("step", Opening(lesson=text), **options))


def type_into(page, target, text):
    """Open the editor at a part of the drawing and type."""
    link(page, target).locator("text, circle").last.click()
    page.locator(EDITOR).wait_for()
    page.keyboard.type(text)


# --- walking and editing -------------------------------------------------------------------------


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_the_seeds_eight_steps_by_keyboard_and_a_weight_changed(studio, size):
    page = opened(studio, size=size)
    for number in range(1, 9):
        press(page, "ArrowRight")
        compare(page, cp.trace(), number)
    press(page, "ArrowRight")
    assert page.locator(".steps output").inner_text() == "Step 8 of 8"
    press(page, "Home", "ArrowRight", "ArrowRight", "ArrowRight")

    link(page, "dL/dw3").focus()
    press(page, "Enter")
    assert page.locator(f"{EDITOR} input").input_value() == "0.8"
    page.keyboard.type("−0.4")
    press(page, "Enter")
    trace = traced(page)
    assert trace["w3"].value == -0.4
    compare(page, trace, 3)
    assert loss_said(page) == [number_text(v, 4)[0] for v in (trace.loss, trace.new_loss)]
    assert page.evaluate("document.activeElement.getAttribute('href')") == "#dL/dw3"
    overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(overflow) == 0


@pytest.mark.parametrize("width", [568, 640, 844])
def test_on_a_phone_held_sideways_the_drawing_is_seen_whole_between_the_bars(studio, width):
    page = opened(studio)
    page.set_viewport_size({"width": width, "height": 360})
    page.get_by_label("Predict first").check()
    press(page, "ArrowRight")
    page.locator(".reveal").wait_for()
    tools, drawing, steps = (
        page.locator(f).bounding_box() for f in (".tools", ".network", "nav.steps")
    )
    assert steps["height"] < 45
    assert (steps["x"], steps["width"]) == (0, width)
    assert tools["y"] + tools["height"] <= drawing["y"]
    assert drawing["y"] + drawing["height"] <= steps["y"]
    assert page.evaluate("document.documentElement.scrollWidth") == width


def test_on_a_phone_all_constants_and_all_that_the_network_menu_has_are_within_the_screen(studio):
    page = opened(studio, lesson([2, 3, 2, 1], learning={"optimizer": "adam"}), size="phone")
    page.locator(".settings > summary").click()
    fields = page.locator(".constants input")
    assert fields.count() == 5
    page.locator("[data-menu=network] > summary").click()
    for inside in [*fields.all(), *page.locator(".sheet :is(button, select, input):visible").all()]:
        box = inside.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390 - 12
    sheet = page.locator("[data-menu=network] > .sheet")
    assert sheet.evaluate("sheet => sheet.scrollWidth - sheet.clientWidth") == 0


def test_the_arrows_step_a_number_and_every_other_follows(studio):
    page = opened(studio)
    press(page, "ArrowRight")
    link(page, "dL/dw1").focus()
    press(page, "Enter", "ArrowUp", "ArrowUp", "ArrowUp", "ArrowDown")
    assert page.locator(f"{EDITOR} input").input_value() == "0.7"
    assert link(page, "dL/dw1").text_content() == "w₁ 0.7"
    compare(page, traced(page), 1)
    press(page, "Escape")
    assert link(page, "dL/dw1").text_content() == "w₁ 0.5"
    assert page.locator(EDITOR).count() == 0


def test_the_way_from_a_number_to_its_derivation(studio):
    page = opened(studio)
    link(page, "dL/dw3").locator("text").click()
    page.locator(f"{EDITOR} .why").click()
    page.locator(".line.found").wait_for()
    assert page.locator(".line.found").get_attribute("id") == "dL/dw3"
    assert page.locator(".steps output").inner_text() == "Step 5 of 8"


def test_predict_first_holds_results_back_until_they_are_revealed(studio):
    page = opened(studio)
    verdict = page.locator(".stage .verdict")
    assert verdict.is_visible()
    page.get_by_label("Predict first").check()
    assert not verdict.is_visible()  # it says the loss
    press(page, "ArrowRight")
    shown, result = page.locator(".body .line:visible"), page.locator("[id=z_h] > b")
    assert shown.count() == 1
    assert result.evaluate("b => getComputedStyle(b).visibility") == "hidden"
    press(page, "Space")
    assert shown.count() == 2
    assert result.evaluate("b => getComputedStyle(b).visibility") == "visible"
    page.get_by_role("button", name="Reveal").click()
    assert page.locator(".reveal").is_hidden()
    compare(page, cp.trace(), 1)
    assert not verdict.is_visible()


def test_predict_first_by_keyboard_alone(studio):
    page = opened(studio)
    tick = page.get_by_label("Predict first")
    tick.focus()
    press(page, "Space", "ArrowRight", "Space")
    assert tick.is_checked()
    assert page.locator(".body .line:visible").count() == 2


def test_what_is_refused_stays_in_its_field_and_is_said(studio):
    page = opened(studio)
    type_into(page, "dL/dw3", "much")
    press(page, "Enter")
    field = page.locator(f"{EDITOR} input")
    assert field.input_value() == "much"
    assert field.get_attribute("aria-invalid") == "true"
    assert page.locator(".saying").inner_text() == (
        "w3 must be a number, as in 0.25, -2 or 1e-3, not 'much'"
    )
    page.keyboard.press("Control+a")
    page.keyboard.type("1e-3")
    press(page, "Enter")
    assert page.locator(".saying").inner_text() == ""
    rate = page.get_by_label("Rate")
    rate.fill("0")
    press(page, "Enter")
    assert rate.input_value() == "0"
    assert rate.get_attribute("aria-invalid") == "true"
    page.get_by_label("Loss").select_option("cross_entropy")
    settled(page)
    assert page.locator(".saying").inner_text().startswith("cross_entropy takes outputs of softmax")
    assert page.get_by_label("Loss").input_value() == "squared_error"
    link(page, "h").locator("circle").click()
    page.get_by_role("button", name="Remove h").click()
    settled(page)
    assert "layer 1 has only this unit" in page.locator(".saying").inner_text()
    assert state(page)["lesson"] == lesson_toml(seed_lesson()).replace("0.8", "0.001")


# --- the network ---------------------------------------------------------------------------------


def test_units_and_layers_come_and_go(studio):
    page = opened(studio)
    link(page, "h").locator("circle").click()
    page.get_by_role("button", name="Add a unit").click()
    settled(page)
    page.get_by_role("button", name="Add a unit").click()
    settled(page)
    page.locator(f"{EDITOR} select").select_option("tanh")
    settled(page)
    page.locator(EDITOR).get_by_label("biases").check()
    settled(page)
    page.keyboard.press("Escape")
    page.locator(".menu[data-menu=network] summary").click()
    page.get_by_role("button", name="Add a layer").focus()
    press(page, "Enter")
    assert page.evaluate("document.activeElement.textContent") == "Add a layer"
    page.get_by_role("button", name="Remove a unit of layer 2").click()
    settled(page)
    network = parse_lesson(state(page)["lesson"], "it").network
    assert network.layers == (2, 3, 1, 1)
    assert network.activations == ("tanh", "tanh", "sigmoid")
    assert network.biases == (True, True, False)
    assert page.locator(".sizes").inner_text() == "2-3-1-1"
    page.keyboard.press("Escape")
    press(page, "ArrowRight")
    compare(page, traced(page), 1)
    for _ in range(6):
        press(page, "Control+z")
    assert state(page)["lesson"] == lesson_toml(seed_lesson())


def test_a_batch_has_its_examples_and_each_can_be_changed(studio):
    page = opened(studio, lesson([2, 2, 1], examples=3))
    page.locator('.step .settable[href="#x2@3"]').click()
    page.keyboard.type("2.5")
    press(page, "Enter")
    trace = traced(page)
    assert trace["x2@3"].value == 2.5
    press(page, "ArrowRight", "ArrowRight", "ArrowRight")
    compare(page, trace, 3)
    page.get_by_label("over examples").select_option("sum")
    settled(page)
    compare(page, traced(page), 3)


def test_a_large_network_is_overviewed_and_changed_by_name(studio):
    page = opened(studio, lesson([20, 8, 4]))
    page.locator(".menu[data-menu=network] summary").click()
    page.get_by_label("Change", exact=True).first.fill("W2[3,7]")
    page.get_by_label("to", exact=True).fill("0.75")
    press(page, "Enter")
    assert traced(page)["W2[3,7]"].value == 0.75
    page.keyboard.press("Escape")
    press(page, "End")
    assert page.locator(".step h2").inner_text().startswith("One number from end to end")


# --- one hundred edits ---------------------------------------------------------------------------

OPEN = """target => {
  const link = document.querySelector(`.step figure a[href='${target}']`);
  link.focus();
  link.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true }));
}"""
FOCUSED = """async () => {
  while (document.querySelector("main.step").getAttribute("aria-busy") === "true")
    await new Promise(done => setTimeout(done, 2));
  return document.activeElement.getAttribute("href");
}"""
KEPT = "sessionStorage.getItem('clearprop lesson')"
KEYS = """([key, count]) => { for (let left = count; left > 0; left--) document.activeElement
    .dispatchEvent(new KeyboardEvent("keydown", { key, ctrlKey: true, bubbles: true })); }"""


def test_focus_selection_and_undo_survive_a_hundred_edits(studio):
    page = opened(studio)
    press(page, "ArrowRight", "ArrowRight", "ArrowRight")
    drawn = random.Random(7)
    texts = [page.evaluate(KEPT)]
    page.evaluate("document.querySelector('.step .network').kept = true")
    for count in range(100):
        target = f"#dL/dw{drawn.randint(1, 3)}"
        page.evaluate(OPEN, target)
        page.keyboard.insert_text(f"{drawn.uniform(-2, 2):.2f}{count + 1:03}")
        page.keyboard.press("Enter")
        assert page.evaluate(FOCUSED) == target
        if count % 25 == 24:
            texts.append(page.evaluate(KEPT))
    assert page.evaluate("document.querySelector('.step .network').kept") is True
    compare(page, traced(page), 3)

    field = page.get_by_label("Rate")
    field.focus()
    field.evaluate("input => input.setSelectionRange(1, 2)")
    page.locator("[data-do=undo]").evaluate("button => button.click()")
    settled(page)
    assert field.evaluate("input => [input.selectionStart, input.selectionEnd]") == [1, 2]
    page.locator("[data-do=redo]").evaluate("button => button.click()")
    settled(page)
    page.locator(".step h2").click()
    for text in reversed(texts[:-1]):
        page.evaluate(KEYS, ["z", 24])
        press(page, "Control+z")
        assert page.evaluate(KEPT) == text
    page.evaluate(KEYS, ["y", 98])
    press(page, "Control+y", "Control+Shift+Z")
    assert state(page)["lesson"] == texts[-1]


def test_a_reload_keeps_what_can_be_undone(studio):
    page = opened(studio)
    type_into(page, "dL/dw3", "0.7")
    press(page, "Enter")
    type_into(page, "dL/dw3", "0.6")
    press(page, "Enter", "Control+z")
    assert traced(page)["w3"].value == 0.7
    page.reload()
    settled(page)
    press(page, "Control+y")
    assert traced(page)["w3"].value == 0.6
    press(page, "Control+z", "Control+z")
    assert state(page)["lesson"] == lesson_toml(seed_lesson())


# --- files and addresses -------------------------------------------------------------------------


def test_an_arrow_key_that_is_held_down_loses_no_step(studio):
    page = opened(studio)
    link(page, "dL/dw2").first.click()
    field = page.locator(f"{EDITOR} input")
    for _ in range(25):
        field.press("ArrowUp")
    settled(page)
    assert field.input_value() == "2.8"
    press(page, "Enter")
    assert "0.5, 2.8" in state(page)["lesson"]


def test_what_is_frozen_is_said_where_the_numbers_are_given(studio):
    text = lesson([2, 2, 1], learning={"frozen": ["biases", "w1"]})
    page = opened(studio, text)
    body = page.locator(".step .body")
    assert "Frozen, so that the step leaves them as they are: biases, w1." in body.inner_text()


def test_a_lesson_is_opened_saved_and_exported(studio, tmp_path):
    page = opened(studio)
    text = lesson([2, 3, 2])
    page.locator("input.file").set_input_files(
        {"name": "mine.toml", "mimeType": "application/toml", "buffer": text.encode()}
    )
    page.locator(".sizes", has_text="2-3-2").wait_for()
    settled(page)
    assert saved(page, page.get_by_role("button", name="Save").click) == ("lesson.toml", text)
    trace = cp.trace(parse_lesson(text, "it"))
    for label, format in (("Markdown", "markdown"), ("LaTeX", "latex"), ("Image", "svg")):
        page.locator(".menu[data-menu=export] summary").click()
        name, found = saved(page, page.get_by_role("button", name=label).click)
        assert found == cp.document(trace, format), name
    page.locator("input.file").set_input_files(
        {"name": "bad.toml", "mimeType": "application/toml", "buffer": b"[network]\nlayers = 3"}
    )
    page.locator(".saying:not(:empty)").wait_for()
    assert page.locator(".saying").inner_text().startswith("the lesson: ")
    assert state(page)["lesson"] == text
    press(page, "Control+z")
    assert state(page)["lesson"] == lesson_toml(seed_lesson())


def test_a_reload_and_a_copied_address_show_the_same(studio):
    page = opened(studio)
    press(page, "ArrowRight", "ArrowRight")
    type_into(page, "dL/dw2", "0.7")
    press(page, "Enter")
    page.get_by_label("By hand").select_option("3")
    settled(page)
    page.get_by_label("Digits").select_option("6")
    settled(page)
    page.wait_for_timeout(ADDRESS_PAUSE)
    trace = traced(page, by_hand=3)
    compare(page, trace, 2, 6)
    page.reload()
    settled(page)
    compare(page, trace, 2, 6)
    address, _, hash = page.url.partition("#")
    other = settled(studio.tab(page.context, address, hash))
    compare(other, trace, 2, 6)
    assert other.get_by_label("By hand").input_value() == "3"


def test_an_address_that_holds_no_lesson_is_said_and_the_seed_is_there(studio):
    page = settled(studio("step?lesson=!!"))
    page.locator(".saying:not(:empty)").wait_for()
    assert page.locator(".saying").inner_text() == "the address holds no lesson that can be read"
    assert page.locator(".sizes").inner_text() == "2-1-1"
