"""The Train view in a real browser: played, scrubbed, asked why; data opened and drawn."""

import json
import re
import time
from base64 import b64encode

import pytest

import clearprop as cp
from clearprop.data.builtin import builtin_frame
from clearprop.render.numbers import number_text
from studio.waiting import until

pytestmark = pytest.mark.browser
SPIRALS = "train?data=spirals&hidden=8,8"
XOR = "train?data=xor&hidden=3&seed=1"


def figure(page, name):
    return page.locator(f".figures .{name} dd").inner_text()


def step(page):
    return int(figure(page, "step").replace(",", ""))


def ready(page):
    """Wait until the engine is ready, before which nothing is played, and the start is drawn."""
    page.locator(".network-drawing .unit").first.wait_for()
    page.locator(".stage[aria-busy=false]").wait_for(timeout=90_000)
    page.locator(".figures .loss dd", has_text=re.compile(r"\d")).wait_for()


def wait_for_step(page, least):
    until(
        page,
        "least => Number((document.querySelector('.figures .step dd')?.textContent ?? '')"
        ".replace(/,/g, ''))"
        " >= least",
        arg=least,
        timeout=60,
    )


def pause(page):
    page.locator("[data-do=play]", has_text="Pause").click()
    page.locator("[data-do=play]", has_text="Play").wait_for()


def scrub(page, to):
    page.evaluate(
        "to => { const m = document.querySelector('[name=moment]'); m.value = to;"
        " m.dispatchEvent(new Event('input', {bubbles: true})); }",
        to,
    )
    until(
        page, "to => document.querySelector('.figures .step dd').textContent === to", arg=f"{to:,}"
    )


def click_weight(page, layer, unit, source):
    part = json.dumps(
        {"kind": "weight", "layer": layer, "unit": unit, "source": source}, separators=(",", ":")
    )
    page.locator(f".hit[data-part='{part}']").dispatch_event("click")
    page.locator(".panel .facts").wait_for()


@pytest.fixture(scope="module")
def recorded():
    """The run that the studio's spirals are: the same data, settings and seed."""
    frame = builtin_frame("spirals")
    return cp.train(frame, target="y", kind="classes", hidden=[8, 8], epochs=400, test_size=0.25)


def test_spirals_learn_and_any_moment_is_explained_as_the_command_does(studio, recorded):
    page = studio(SPIRALS)
    ready(page)
    page.select_option("[name=speed]", "0")
    page.locator("[data-do=play]").click()
    until(
        page,
        "parseFloat(document.querySelector('.figures .score dd').textContent) >= 95",
        timeout=60,
    )
    pause(page)
    for at, (layer, unit, source) in ((100, (1, 2, 1)), (1_000, (2, 0, 4)), (37, (3, 0, 7))):
        scrub(page, at)
        assert page.url.endswith(f"at={at}")
        click_weight(page, layer, unit, source)
        found = recorded.explain(f"W{layer}[{unit},{source}]", at)
        page.locator(".panel .at", has_text=f"after step {at:,}").wait_for()
        facts = page.locator(".panel .facts dd").all_inner_texts()
        values = (found.value, found.gradient, found.update, found.new_value)
        assert facts == [number_text(value, 4)[0] for value in values]
        shares = page.locator(".panel table tr").nth(1).locator("td").all_inner_texts()
        first = found.shares.row(0, named=True)
        assert shares[0] == str(first["row"])
        assert shares[-1] == number_text(first["share"], 4)[0]
    page.locator("[data-do=newest]").click()
    wait_for_step(page, 1_001)


def test_the_panel_has_every_line_once_however_fast_the_clicks_are(studio):
    page = studio("train?data=spirals&hidden=4")
    ready(page)
    page.evaluate("""() => {
      const weight = document.querySelector(".network-drawing .hit");
      for (let k = 0; k < 3; k++) weight.dispatchEvent(new MouseEvent("click", { bubbles: true }));
    }""")
    page.locator(".panel p", has_text="became").wait_for()
    page.wait_for_timeout(200)
    lines = page.locator(".panel > p").all_inner_texts()
    assert lines[-1].startswith("w₁ became")
    assert len(set(lines)) == len(lines) > 8


def test_one_step_one_epoch_and_back_to_the_same_start(studio):
    page = studio(SPIRALS)
    ready(page)
    start = figure(page, "loss")
    page.locator("[data-do=step]").click()
    wait_for_step(page, 1)
    assert step(page) == 1
    page.locator("[data-do=epoch]").click()
    wait_for_step(page, 12)
    assert step(page) == 12
    until(page, "document.querySelector('.curves path.training').getTotalLength() > 4")
    after = figure(page, "loss")
    page.locator("[data-do=reset]").click()
    until(page, "document.querySelector('.figures .step dd').textContent === '0'")
    assert figure(page, "loss") == start
    page.keyboard.press("Escape")
    page.locator("body").click(position={"x": 640, "y": 5})
    page.keyboard.press("e")
    wait_for_step(page, 12)
    assert figure(page, "loss") == after


def test_a_reload_keeps_the_training_and_a_new_tab_has_its_own(studio):
    page = studio(XOR)
    ready(page)
    page.locator("[data-do=epoch]").click()
    wait_for_step(page, 1)
    page.reload()
    wait_for_step(page, 1)
    other = studio.tab(page.context, page.url.split("#")[0], XOR)
    ready(other)
    assert step(other) == 0
    assert step(page) == 1


def test_a_reload_while_it_plays_keeps_the_speed(studio):
    page = studio(XOR)
    ready(page)
    page.select_option("[name=speed]", "10")
    page.locator("[data-do=play]").click()
    wait_for_step(page, 3)
    page.reload()
    ready(page)
    until(page, "document.querySelector('[name=speed]').value === '10'")
    page.locator("[data-do=play]", has_text="Pause").wait_for()


def test_a_hidden_tab_does_not_stop_the_training(studio):
    page = studio(XOR)
    ready(page)
    page.select_option("[name=speed]", "1000")
    page.locator("[data-do=play]").click()
    wait_for_step(page, 10)
    devtools = page.context.new_cdp_session(page)
    devtools.send("Page.setWebLifecycleState", {"state": "frozen"})
    time.sleep(1.5)
    devtools.send("Page.setWebLifecycleState", {"state": "active"})
    before = step(page)
    wait_for_step(page, before + 500)
    assert step(page) > 500


def test_a_broken_table_is_told_in_a_sentence_and_a_whole_one_is_learnt(studio, tmp_path):
    page = studio(SPIRALS)
    ready(page)
    broken, whole = tmp_path / "broken.csv", tmp_path / "petals.csv"
    broken.write_text("a,b,kind\n1,2,x\n3\n")
    rows = [f"{k % 7},{k % 5},{'big' if k % 7 > 3 else 'small'}" for k in range(40)]
    whole.write_text("\n".join(["length,width,kind", *rows]))
    page.locator("input[type=file]").set_input_files(broken)
    page.locator(".saying", has_text="broken.csv line 3 has 1 cell").wait_for()
    assert page.locator("[name=data]").input_value() == "spirals"
    page.locator("input[type=file]").set_input_files(whole)
    until(page, "document.querySelector('[name=data]').value === 'petals.csv'")
    page.locator(".about", has_text="40 rows").wait_for()
    assert page.locator("[name=target]").input_value() == "kind"
    assert page.locator(".plane .across").inner_text() == "length →"


def test_a_table_whose_target_cannot_be_learnt_says_which_was_taken(studio, tmp_path):
    page = studio(XOR)
    ready(page)
    table = tmp_path / "petals.csv"
    table.write_text("length,width,kind\n" + "".join(f"{i},{i * 7 % 11},a\n" for i in range(40)))
    page.locator("input[type=file]").set_input_files(table)
    page.locator(
        ".saying", has_text="The target is 'width': the target column 'kind' holds only the label"
    ).wait_for()
    assert page.locator("[name=target]").input_value() == "width"


def test_a_corrected_table_under_the_same_name_is_trained_anew(studio, tmp_path):
    page = studio(XOR)
    ready(page)
    table = tmp_path / "petals.csv"
    for rows in (40, 44):
        lines = "".join(f"{i},{i * 7 % 11},{'ab'[i % 2]}\n" for i in range(rows))
        table.write_text(f"length,width,kind\n{lines}")
        page.locator("input[type=file]").set_input_files(table)
        page.locator(".about", has_text=f"{rows} rows").wait_for()
        until(page, "document.querySelector('.figures .step dd').textContent === '0'")
        page.locator("[data-do=step]").click()
        wait_for_step(page, 1)


def test_what_is_chosen_wrongly_is_told_and_nothing_is_lost(studio):
    page = studio(XOR)
    ready(page)
    page.locator("[data-do=epoch]").click()
    wait_for_step(page, 1)
    page.locator("[name=rate]").fill("-3")
    page.locator("[name=rate]").press("Enter")
    page.locator(".saying", has_text="rate").wait_for()
    assert step(page) == 1
    page.locator("[name=rate]").fill("0.5")
    page.locator("[name=rate]").press("Enter")
    until(page, "document.querySelector('.figures .step dd').textContent === '0'")
    assert "rate=0.5" in page.url
    until(page, "document.querySelector('.saying').textContent === ''")


def test_a_number_that_does_not_fit_stays_marked_until_another_is_typed(studio):
    page = studio("train?data=moons&hidden=3")
    ready(page)
    rate = page.locator("[name=rate]")
    usual = rate.input_value()
    for text, said in (
        ("-1", "rate must be a number above 0, not -1"),
        ("fast", "Learning rate must be a number, such as 0.03 or 1e-3, not 'fast'"),
    ):
        rate.fill(text)
        rate.press("Enter")
        page.locator(".saying", has_text=said).wait_for()
        page.locator("[data-do=step]").click()
        until(page, "document.querySelector('.saying').textContent === ''")
        assert rate.input_value() == text
        assert not rate.evaluate("(input) => input.validity.valid")
    rate.fill("0.25")
    rate.press("Enter")
    until(page, "location.hash.includes('rate=0.25')")
    assert rate.evaluate("(input) => input.validity.valid")
    rate.fill("")
    rate.press("Enter")
    until(page, "!location.hash.includes('rate=')")
    assert rate.input_value() == usual


def test_a_choice_that_does_not_fit_goes_back_to_what_is_trained(studio):
    page = studio("train?data=diabetes&hidden=3")
    ready(page)
    loss = page.locator("[name=loss]")
    usual = loss.input_value()
    loss.select_option("cross_entropy")
    page.locator(".saying", has_text="cross_entropy").wait_for()
    assert loss.input_value() == usual


def test_inputs_are_made_only_of_data_with_two_columns(studio):
    page = studio("train?data=iris&hidden=3")
    ready(page)
    assert page.locator(".features").is_hidden()
    page.locator("[name=data]").select_option("moons")
    page.locator(".features").wait_for()


def test_a_network_without_inputs_is_told_and_the_one_before_stays(studio):
    page = studio("train?data=moons&features=a")
    ready(page)
    box = page.locator("[name=feature][value=a]")
    box.click()  # it is checked again as soon as the answer is there
    page.locator(".saying", has_text="at least one input").wait_for()
    page.locator("[name=rate]").fill("0.5")
    page.locator("[name=rate]").press("Enter")
    until(page, "document.querySelector('[name=feature][value=a]').checked")
    assert "features=a" in page.url


def test_a_rate_too_large_breaks_and_the_step_is_said(studio):
    page = studio(
        "train?data=diabetes&hidden=&optimizer=gradient_descent&rate=1e200&weight_decay=0"
    )
    ready(page)
    page.locator("[data-do=play]").click()
    said = page.locator(".sentences", has_text=re.compile(r"Training broke in step \d+"))
    said.wait_for(timeout=30_000)


def test_points_are_drawn_with_the_mouse_and_learnt(studio):
    page = studio("train?data=drawn")
    plane = page.locator(".plane .points")
    plane.wait_for()
    box = plane.bounding_box()
    for kind, places in ((0, ((0.2, 0.2), (0.3, 0.25))), (1, ((0.8, 0.8), (0.7, 0.75)))):
        page.locator(f"[name=class][value='{kind}']").check()
        for x, y in places:
            plane.click(position={"x": x * box["width"], "y": y * box["height"]})
    page.locator(".about", has_text="4 rows").wait_for()
    ready(page)
    page.locator("[data-do=epoch]").click()
    wait_for_step(page, 1)
    assert "points=" in page.url


@pytest.mark.parametrize("text", ['{"a":1}', "[1,2]", "null", "no JSON"])
def test_what_is_no_list_of_points_is_no_points(studio, text):
    page = studio(f"train?data=drawn&points={b64encode(text.encode()).decode().rstrip('=')}")
    page.locator(".points-wanted", has_text="Draw at least two points").wait_for()
    page.locator(".stage[aria-busy=false] .plane .points").wait_for()


def test_units_and_rows_are_explained_by_keyboard(studio):
    page = studio("train?data=spirals&hidden=4")
    ready(page)
    unit = page.locator(".unit[tabindex='0']")
    unit.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.locator(".panel h2", has_text="h₂").wait_for()
    page.locator(".panel .ways button", has_text="from input 2").press("Enter")
    page.locator(".panel h2", has_text="w₄").wait_for()
    page.locator("[name=row]").fill("17")
    page.locator("[name=row]").press("Enter")
    page.locator(".panel h2", has_text="row 17").wait_for()
    frame = builtin_frame("spirals")
    assert f"y: {frame['y'][17]}" in page.locator(".panel").inner_text()


def test_choosing_makes_another_training_and_the_address_says_so(studio):
    page = studio(SPIRALS)
    ready(page)
    page.select_option("[name=data]", "iris")
    page.locator(".about", has_text="150 rows").wait_for()
    assert "data=iris" in page.url
    page.locator("[data-layers=less]").click()
    until(page, "document.querySelectorAll('[name=layer]').length === 1")
    assert page.url.replace("%2C", ",").endswith("hidden=8")
    page.select_option("[name=data]", "circles")
    page.locator("[name=feature][value='a²']").check()
    page.locator(".network-drawing text", has_text="x1²").wait_for()


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_a_training_at_each_size_fits_its_width(studio, size):
    page = studio(XOR, size=size)
    ready(page)
    page.locator("[data-do=play]").click()
    wait_for_step(page, 50)
    pause(page)
    click_weight(page, 1, 0, 0)
    wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(wide) <= 0


def test_a_file_in_latin_1_keeps_its_letters(studio, tmp_path):
    page = studio(XOR)
    ready(page)
    table = tmp_path / "latin.csv"
    table.write_bytes(
        "größe;breite;art\n1,5;2;Käse\n2;3;Maus\n3;1;Käse\n4;2;Maus\n".encode("latin-1")
    )
    page.locator("input[type=file]").set_input_files(table)
    page.locator(".plane .across", has_text="größe →").wait_for()


def test_an_address_that_asks_for_what_there_is_not_begins_with_what_there_is(studio):
    page = studio("train?data=lost.csv")
    page.locator(".saying", has_text="unknown data set 'lost.csv'").wait_for()
    ready(page)
    page.locator(".about", has_text="two spirals").wait_for()
    assert "unknown data set 'lost.csv'" in page.locator(".saying").inner_text()


def test_a_reload_keeps_the_moment_in_the_address(studio):
    page = studio(XOR)
    ready(page)
    page.locator("[data-do=epoch]").click()
    wait_for_step(page, 1)
    page.locator("[data-do=epoch]").click()
    wait_for_step(page, 2)
    scrub(page, 1)
    page.reload()
    ready(page)
    wait_for_step(page, 1)
    until(page, "location.hash.endsWith('at=1')")
    assert step(page) == 1


def test_the_address_has_the_moment_that_is_seen(studio):
    page = studio(XOR)
    ready(page)
    for epoch in (1, 2):
        page.locator("[data-do=epoch]").click()
        wait_for_step(page, epoch)
    scrub(page, 1)
    page.evaluate("location.hash = location.hash.replace('at=1', 'at=-5')")
    page.locator(".saying", has_text="the training begins with step 0").wait_for()
    until(page, "location.hash.endsWith('at=1')")
    page.evaluate("location.hash = location.hash.replace('&at=1', '&rate=abc')")
    page.locator(".saying", has_text="rate must be a number, not 'abc'").wait_for()
    until(page, "location.hash.endsWith('seed=1&at=1')")
    page.evaluate("location.hash = location.hash.replace('&at=1', '')")
    until(page, "document.querySelector('.figures .step dd').textContent === '2'")
    scrub(page, 1)
    page.locator("[data-do=reset]").click()
    until(page, "location.hash.endsWith('seed=1')")
    assert page.locator(".figures .step dd").inner_text() in "01"
    until(page, "document.querySelector('.figures .step dd').textContent === '0'")


def test_another_view_and_back_leave_the_panel_as_it_was(studio):
    page = studio("train?data=spirals&hidden=4")
    ready(page)
    page.select_option("[name=activation]", "relu")
    until(page, "location.hash.includes('activation=relu')")
    ready(page)
    page.locator("[data-do=epoch]").click()
    wait_for_step(page, 1)
    click_weight(page, 1, 0, 0)
    title = page.locator(".panel h2").inner_text()
    page.locator("nav [data-view=step]").click()
    page.locator("main[data-view=step]:not([hidden])").wait_for()
    page.locator("nav [data-view=train]").click()
    page.locator(".figures .step dd").wait_for()
    assert page.locator(".panel h2").inner_text() == title
    assert step(page) > 0


def test_no_picture_of_the_training_before_is_left(studio, tmp_path):
    page = studio(SPIRALS)
    ready(page)
    table = tmp_path / "one.csv"
    table.write_text("x,art\n" + "".join(f"{k},{'ab'[k % 2]}\n" for k in range(20)))
    page.locator("input[type=file]").set_input_files(table)
    page.locator(".about", has_text="20 rows").wait_for()
    page.wait_for_timeout(300)
    drawn = "() => { const c = document.querySelector('.network-drawing canvas');"
    drawn += (
        " return c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some(Boolean); }"
    )
    assert page.evaluate(drawn) is False


def test_a_weight_that_is_not_drawn_is_explained_by_its_name(studio):
    page = studio("train?data=xor&hidden=20&seed=1")
    ready(page)
    page.locator("[name=row]").fill("W1[17,1]")
    page.locator("[name=row]").press("Enter")
    page.locator(".panel h2", has_text="W1[17,1]").wait_for()
    page.locator("[name=row]").fill("W9[17,1]")
    page.locator("[name=row]").press("Enter")
    page.locator(".saying", has_text="W9[17,1]").wait_for()
