"""The lesson page as a file: it says what the trace says, fetches nothing, and stays small."""

import base64
import hashlib
import re
from pathlib import Path
from xml.etree.ElementTree import fromstring

import pytest

import clearprop as cp
from clearprop.network.lesson import read_lesson, seed_lesson
from clearprop.network.options import lesson_from_options
from clearprop.render.chain import chain
from clearprop.render.lesson_lines import line_html
from clearprop.render.numbers import number_text
from clearprop.render.text_symbols import formula_text
from rendered.well_formed import Tags, faults
from rendered.written_numbers import numbers_of_html, numbers_of_text

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.toml"))
KILOBYTES = 1000


def lesson(**options):
    return lesson_from_options(seed_lesson(), options)


LESSONS = {
    **{path.stem: read_lesson(path) for path in EXAMPLES},
    "three hidden layers": lesson(layers="2,2,2,2,1", x="1,-2", y="1", activation="tanh"),
    "softmax": lesson(
        layers="2,2,2", x="1,-2", y="0,1", activation="tanh,softmax",
        learning={"loss": "cross_entropy", "optimizer": "adam"},
    ),
    "own digits": lesson(layers="3,2,1", x="1e-9,20000000,-3", y="1", activation="tanh"),
    "large": lesson(layers="30,20,5", x=",".join("1" * 30), y="0,0,0,0,1"),
}  # fmt: skip


@pytest.fixture(scope="module", params=LESSONS)
def made(request):
    trace = cp.trace(LESSONS[request.param])
    return trace, cp.document(trace, "lesson")


# --- what it says --------------------------------------------------------------------------------


def test_every_line_is_on_the_page_once_with_the_numbers_of_the_text(made):
    trace, page = made
    lines = [*trace.given, *(line for part in trace.steps for line in part.lines)]
    for line in lines if trace.readable else trace.explain(trace.example_name):
        assert page.count(f'id="{line.id}"') == 1, line.id
        shown = line_html(line, 4)
        assert shown in page
        relation, result = chain(line, 4, lambda tree: formula_text(tree, 4), str)[-1]
        (written,) = re.findall(r"<b>(.*?)</b>", shown)
        assert re.sub("<.*?>", "", written).startswith(relation)
        assert numbers_of_html(written) == numbers_of_text(result)
        for written in re.findall(r"<span>(.*?)</span>", shown):
            assert numbers_of_html(written) == numbers_of_text(formula_text(line.numbers, 4))


def test_the_drawings_have_the_numbers_of_the_lines(made):
    trace, page = made
    drawings = map(fromstring, re.findall('<svg class="network".*?</svg>', page))
    drawn = [text for drawing in drawings for text in drawing.iterfind(".//*[@data-of]")]
    for text in drawn:
        number = "".join(text.itertext()).split()[-1].replace("\u2212", "-")
        name = text.get("data-of")
        assert number == number_text(trace[name].written, 4)[0], name
    assert drawn or not trace.readable


def test_what_is_frozen_is_not_drawn_as_what_changes():
    page = cp.document(cp.trace(LESSONS["mazur"]), "lesson")
    section = page[page.index('id="step-7"') : page.index('id="step-8"')]
    changing, back = (
        "".join(re.findall(f'<g class="lit {way}">.*?</g>(?=<g|<use|</svg)', section))
        for way in ("update", "backward")
    )
    assert "→ 0.1498" in changing
    assert "→ 0.35" not in section.replace("</b>", "")
    assert "∂L/∂b" in back


def test_the_update_of_all_weights_of_a_large_network_goes_neither_way():
    page = cp.document(cp.trace(LESSONS["large"]), "lesson")
    ways = re.findall(r'<p class="place">Step \d of 4 ?(.*?)</p>', page)
    assert [re.sub("<.*?>", "", way) for way in ways] == [
        "→ forward",
        "← backward",
        "",
        "← backward",
    ]


def test_no_label_lies_on_the_thick_line_of_a_weight_that_changes():
    page = cp.document(cp.trace(), "lesson")
    section = page[page.index('id="step-5"') : page.index('id="step-6"')]
    (line,) = re.findall(r'cy="(\d+)" r="\d+"/><text x="\d+" y="\d+">ŷ', section)
    (labels,) = re.findall(r'<a href="#dL/dw3"><rect.*?</a>', section)
    patches = re.findall(r'y="(\d+)" width="\d+" height="(\d+)"/>', labels)
    assert len(patches) == 3  # the weight, its gradient, what it is after
    for top, height in patches:  # the line is 5 wide
        assert int(top) >= int(line) + 2.5 or int(top) + int(height) <= int(line) - 2.5


def test_no_number_of_a_target_lies_under_a_unit():
    page = cp.document(cp.trace(lesson(layers="2,2,1", x="1,2", y="-1.475")), "lesson")
    (start, width, end) = map(float, re.findall(
        r'<rect x="(\d+)" y="\d+" width="(\d+)" height="\d+"/><text x="(\d+)" y="\d+">y ', page
    )[0])  # fmt: skip
    discs = [(float(x) - float(r), float(x) + float(r)) for x, r in re.findall(
        r'<circle cx="(\d+)" cy="\d+" r="(\d+)"', page)]  # fmt: skip
    assert start < end < start + width
    assert not any(left < start + width and start < right for left, right in discs)


def test_every_element_of_mathml_has_its_children(made):
    assert faults(made[1]) == []


def test_numbers_that_are_put_in_get_brackets_and_keep_their_minus():
    line = cp.trace(lesson(layers="1,1", weights="-0.5", no_bias=True, x="-2", y="1"))["z_out"]
    assert "<span>= −0.5 × (−2)</span>" in line_html(line, 4)


def test_the_last_screen_says_what_came_of_the_step():
    page = cp.document(cp.trace(), "lesson")
    assert "The loss fell from 0.1255 to 0.1238." in page
    assert page.count("<section ") == 9


def test_by_hand_is_said_and_shown():
    trace = cp.trace(by_hand=3)
    page = cp.document(trace, "lesson")
    assert "every value is written with 3 digits" in page
    assert f"<b>≈ {trace['yhat'].by_hand}</b>" in page


def test_a_large_network_is_shown_in_four_steps_and_says_what_is_left_out():
    page = cp.document(cp.trace(LESSONS["large"]), "lesson")
    assert page.count("<section ") == 5
    assert "725 weights and biases and 1 example are too many to print every number" in page
    assert "30 inputs, 20 sigmoid, 5 sigmoid" in page


def test_of_a_large_batch_the_first_examples_are_worked_line_by_line():
    many = lesson(layers="1,1", x=";".join("123456789"), y=";".join("1" * 9), no_bias=True)
    page = cp.document(cp.trace(many), "lesson")
    assert "Of the 9 examples the first 3 are shown line by line." in page
    assert "Example 3 of 9" in page
    assert "Example 4 of 9" not in page
    assert 'id="dL/dw1"' in page


def test_the_way_from_many_steps_is_shown_before_the_last():
    page = cp.document(cp.trace(steps=20), "lesson")
    assert "This is step 20; on the way to it:" in page


# --- what it is ----------------------------------------------------------------------------------


def test_the_page_closes_what_it_opens(made):
    tags = Tags()
    tags.feed(made[1])
    assert (tags.open, tags.wrong) == ([], [])


def test_ids_are_unique_and_links_lead_to_one(made):
    page = made[1]
    ids = re.findall(r'\sid="([^"]*)"', page)
    assert len(set(ids)) == len(ids)
    assert {target[1:] for target in re.findall(r'href="([^"]*)"', page)} <= set(ids)


def test_the_policy_names_style_and_script_by_their_hashes_and_nothing_else(made):
    page = made[1]
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)[1]
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    for tag in ("style", "script"):
        (text,) = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy


def test_no_element_has_a_style_or_handles_an_event_and_nothing_is_fetched(made):
    body = re.sub(r"<(style|script)>.*?</\1>", "", made[1], flags=re.DOTALL)
    assert not re.search(r"<[^>]*\s(?:style|on\w+)=", body)
    assert not re.search(r"https?:|src=|@import|url\((?!#)", made[1])


def test_a_page_of_a_small_network_has_at_most_200_kilobytes(made):
    assert len(made[1].encode()) <= 200 * KILOBYTES


@pytest.mark.parametrize(
    "options",
    [
        {"layers": "5,7,1", "x": "1,-2,3,4,5", "y": "1"},  # 50 parameters, the most there are
        {"layers": "3,6,3", "x": "1,-2,0.5", "y": "0,1,0", "activation": "tanh,softmax",
         "learning": {"loss": "cross_entropy"}},
        {"layers": "2,4,4,2", "x": "1,-2", "y": "0,1", "activation": "tanh"},
        {"layers": "2,2,1", "x": "1,2;0,1;-1,1;3,2", "y": "1;0;1;0"},
    ],
    ids=lambda options: options["layers"],
)  # fmt: skip
def test_so_has_one_of_fifty_parameters_or_of_four_examples(options):
    page = cp.document(cp.trace(lesson(**options)), "lesson")
    assert len(page.encode()) <= 200 * KILOBYTES


# --- its other forms -----------------------------------------------------------------------------


def test_the_image_is_an_svg_of_its_own_with_the_numbers(made):
    trace, _ = made
    image = cp.document(trace, "svg")
    svg = fromstring(image)
    assert svg.tag == "{http://www.w3.org/2000/svg}svg"
    assert "href" not in image
    if trace.readable and len(trace.step.lesson.x) == 1:
        assert "".join(svg.itertext()).count("→") == len(trace.changes) or len(trace.changes) > 3


def test_the_image_is_the_same_in_every_program_and_on_every_paper(made):
    image = cp.document(made[0], "svg")
    assert "var(" not in image
    assert "@media" not in image
    svg = fromstring(image)
    paper = svg.find("{*}rect")
    assert (paper.get("width"), paper.get("height")) == (svg.get("width"), svg.get("height"))
    style = svg.find("{*}style").text
    assert "rect { fill: #fff; }" in style
    assert "circle { fill: #fff; stroke: #6b7482; stroke-width: 1.5;" in style


def test_the_image_of_the_seed_has_every_number_of_the_step():
    text = "".join(fromstring(cp.document(cp.trace(), "svg")).itertext()).replace("−", "-")
    for number in ("0.7503", "0.6457", "0.1255", "-0.1621", "-0.02430", "0.8122", "0.5024"):
        assert number in text


def test_the_image_shows_once_what_the_update_leaves_as_it_was():
    frozen = lesson(layers="2,1,1", x="1,2", y="1", learning={"frozen": ["biases", "w1"]})
    assert arrows(frozen) == 2  # w2 and w3 change; w1, b1 and b2 do not
    dead = lesson(layers="1,1,1", x="-1", y="1", weights="1,1", activation="relu")
    assert arrows(dead) == 0


def arrows(of):
    """Return how many numbers of an image stand before and after the update."""
    return "".join(fromstring(cp.document(cp.trace(of), "svg")).itertext()).count("→")


def test_a_notebook_shows_a_trace_without_script_links_or_ids(made):
    html = made[0]._repr_html_()
    assert "<script" not in html
    assert "href" not in html
    assert " id=" not in html
    assert faults(html) == []
    tags = Tags()
    tags.feed(html)
    assert (tags.open, tags.wrong) == ([], [])


def test_neither_a_lesson_nor_an_image_is_of_one_quantity():
    with pytest.raises(cp.ClearpropError) as error:
        cp.document(cp.trace(), "lesson", explain="h")
    assert str(error.value) == (
        "lesson shows the whole step; for one quantity there are text, markdown, latex, html, "
        "json, python"
    )
