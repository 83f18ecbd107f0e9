"""One marked solution and its print in every format, side by side."""

import json
import math
from dataclasses import replace
from html.parser import HTMLParser

import pytest

import clearprop as cp
from clearprop.checking.report import Judgement, Report
from clearprop.network.lesson import seed_lesson
from clearprop.render.marked import SIGNS, exact_text, marked_lines, verdict
from clearprop.render.report_text import report_page

SOLUTION = """\
Step 1. Forward pass
h = σ(1.1) = 0.750
net_o = 0.8 * 0.750 = 0.600
Backward pass
∂L/∂z_h = -0.162 × 0.812 × 0.1875 = -0.0247
dL/dw1 = -0.0247
the rest is <b>clear</b> = $x$"""

NOTE = "The weights were updated before they were used."
RIGHT = Judgement(2, "σ(1.1) = 0.750", "right", 0.75, 0.7502601055951177, "h")
ROUNDING = Judgement(3, "0.8 * 0.750 = 0.600", "rounding", 0.6, 0.6002080844760942, "z_out")
WRONG = Judgement(
    *(5, "-0.162 × 0.812 × 0.1875 = -0.0247", "wrong", -0.0247, -0.02429885969208656),
    quantity="dL/dz_h",
    note=NOTE,
)
FOLLOWS = Judgement(
    *(6, "dL/dw1 = -0.0247", "follows", -0.0247, -0.02429885969208656),
    quantity="dL/dw1",
    note="Right given line 5.",
)
UNREAD = Judgement(7, "the rest is <b>clear</b> = $x$", "not understood", note="No name of a step.")
REPORT = Report(
    tuple(SOLUTION.splitlines()),
    (replace(RIGHT, text="h = σ(1.1)"), RIGHT, ROUNDING, WRONG, FOLLOWS, UNREAD),
    seed_lesson(),
    from_text=True,
    names=(("net_o", "z_out"), ("h", "h")),
)

TEXT = """\
Understood:
  network   2-1-1, sigmoid, no biases
  loss      squared_error, mean over 1 example
  learning  gradient_descent, rate 0.1
  numbers   x₁ = 1, x₂ = 2, y = 1, w₁ = 0.5, w₂ = 0.3, w₃ = 0.8, η = 0.1
  names     net_o is z_out

  1 │ Step 1. Forward pass
✓ 2 │ h = σ(1.1) = 0.750
≈ 3 │ net_o = 0.8 * 0.750 = 0.600   (exact 0.6002)
  4 │ Backward pass
✗ 5 │ ∂L/∂z_h = -0.162 × 0.812 × 0.1875 = -0.0247
    │     expected dL/dz_h ≈ -0.02430
    │     The weights were updated before they were used.
↪ 6 │ dL/dw1 = -0.0247   (exact -0.02430)
    │     Right given line 5.
? 7 │ the rest is <b>clear</b> = $x$
    │     No name of a step.

≈ rounding: differs only because rounded numbers were carried on, or a digit was cut
↪ follows: not the right value, but right given an earlier mistake
✗ wrong: here it goes wrong
? not understood: could not be read, so it is not marked
6 equalities: 2 right, 1 rounding, 1 follows, 1 wrong, 1 not understood
The first mistake is on line 5: The weights were updated before they were used. \
Everything after it that differs follows from it.
"""


class Page(HTMLParser):
    """The rows of a page's table as lists of texts."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.tags: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.append(tag)
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th") and self.rows:
            self.rows[-1].append("")

    def handle_data(self, data: str) -> None:
        if self.rows and self.rows[-1]:
            self.rows[-1][-1] += data.strip("\n")


def test_as_text_the_solution_comes_back_with_a_mark_on_every_line() -> None:
    assert cp.document(REPORT) == TEXT


def test_without_a_terminal_there_is_no_colour_and_every_mark_has_a_sign_of_its_own() -> None:
    assert "\x1b" not in cp.document(REPORT)
    assert len(set(SIGNS.values())) == 5
    assert report_page(REPORT).spans  # on a terminal there is


def test_as_markdown_the_same_lines_stand_in_a_fence() -> None:
    page = cp.document(REPORT, "markdown")
    fenced = page.split("```text\n")[1].split("\n```")[0]
    assert fenced in TEXT
    assert "\n- loss: squared\\_error, mean over 1 example\n" in page
    assert page.startswith("# A marked solution\n\nThe first mistake is on line 5: ")


def test_as_markdown_a_fence_in_the_solution_does_not_end_the_page() -> None:
    report = replace(REPORT, source=("```", "x = 1", "````"), judgements=())
    assert cp.document(report, "markdown").count("`````") == 2


def test_as_html_each_line_is_a_row_with_a_mark_in_words() -> None:
    html = cp.document(REPORT, "html")
    page = Page(html)
    assert page.rows[2] == ["2", "✓ right", "h = σ(1.1) = 0.750"]
    assert page.rows[3] == ["3", "≈ rounding", "net_o = 0.8 * 0.750 = 0.600exact 0.6002"]
    assert page.rows[5][1] == "✗ wrong"
    assert page.rows[5][2].endswith(f"expected dL/dz_h ≈ -0.02430{NOTE}")
    assert page.rows[7][2].startswith("the rest is <b>clear</b> = $x$")
    assert not {"script", "link", "img", "b"} & set(page.tags)
    assert "prefers-color-scheme: dark" in html


def test_the_page_is_green_only_where_everything_was_read() -> None:
    def outcome(*marks: str) -> str:
        judgements = tuple(Judgement(1, "z = 1", mark) for mark in marks)
        report = replace(REPORT, source=("z = 1",), judgements=judgements)
        return cp.document(report, "html").split('class="verdict ')[1].split('"')[0]

    assert outcome("right", "rounding") == "right"
    assert outcome("right", "not understood") == "unread"
    assert outcome("wrong", "not understood") == "wrong"


def test_on_the_page_a_name_and_its_number_stay_on_one_line() -> None:
    assert '<span class="item">x₁ = 1,</span> <span class="item">' in cp.document(REPORT, "html")


def test_what_a_quantity_should_be_is_said_once_under_a_line() -> None:
    text = "dL/dw3 = -0.12"
    wrong = Judgement(1, text, "wrong", -0.12, -0.121621, "dL/dw3", (), "it is not")
    judgements = (wrong, replace(wrong, text="-0.12 = -0.1116", printed=-0.1116), wrong)
    (line,) = marked_lines(Report((text,), judgements))
    assert line.under == ("expected dL/dw3 ≈ -0.12162", "it is not")
    (line,) = marked_lines(Report(("q = 1",), (Judgement(1, "q = 1", "wrong", 1, 2),)))
    assert line.under == ("expected = 2",)


def test_as_json_each_equality_is_an_object() -> None:
    found = json.loads(cp.document(REPORT, "json"))
    assert found["lines"][3] == {
        "line": 5,
        "text": "-0.162 × 0.812 × 0.1875 = -0.0247",
        "mark": "wrong",
        "printed": -0.0247,
        "exact": -0.02429885969208656,
        "mistakes": [],
        "quantity": "dL/dz_h",
        "note": NOTE,
    }
    assert [line["mark"] for line in found["lines"]].count("right") == 2
    assert found["lines"][5]["printed"] is None
    assert (found["first_wrong"], found["names"]["net_o"]) == (5, "z_out")
    assert found["verdict"] == verdict(REPORT)


def test_as_json_what_is_not_finite_is_a_word() -> None:
    report = replace(REPORT, judgements=(replace(WRONG, printed=math.inf, exact=math.nan),))
    line = json.loads(cp.document(report, "json"))["lines"][0]
    assert (line["printed"], line["exact"]) == ("Infinity", "NaN")


@pytest.mark.parametrize("format", ["text", "markdown", "html", "json"])
def test_an_empty_solution_has_a_page_in_every_format(format: str) -> None:
    assert "no equality" in cp.document(Report((), ()), format) or format == "text"


@pytest.mark.parametrize(
    ("judgements", "sentence"),
    [
        ([RIGHT, ROUNDING], "Nothing is wrong."),
        ([RIGHT, UNREAD], "Nothing is wrong; 1 could not be read and is not marked."),
        (
            [RIGHT, WRONG],
            f"The first mistake is on line 5: {NOTE} Nothing else is wrong.",
        ),
        (
            [WRONG, replace(WRONG, line=6), replace(WRONG, line=7)],
            f"The first mistake is on line 5: {NOTE} More is wrong on lines 6, 7.",
        ),
        (
            [replace(WRONG, note="")],
            (
                "The first mistake is on line 5: -0.162 × 0.812 × 0.1875 = -0.0247 does not hold. "
                "Nothing else is wrong."
            ),
        ),
        (
            [],
            "There is nothing to mark: no equality such as z = 0.5 × 1 = 0.5 was found.",
        ),
        (
            [UNREAD],
            (
                "None of 1 line with an equality could be understood; say whose names are meant, "
                "as in --name net_h1=z_h1."
            ),
        ),
    ],
)
def test_the_verdict_is_a_sentence(judgements: list[Judgement], sentence: str) -> None:
    assert verdict(replace(REPORT, judgements=tuple(judgements))) == sentence


@pytest.mark.parametrize(
    ("text", "printed", "exact", "shown"),
    [
        ("L ≈ 0.125", 0.125, 0.12552571851659558, "0.1255"),
        ("w = 0.502", 0.502, 0.5024298859692087, "0.5024"),
        ("w = 0.5", 0.5, 0.5000001, "0.5000001"),
        ("z = 1,234.5", 1234.5, 1234.56789, "1234.57"),
        ("z = 1e-3", 1e-3, 1.1e-3, "0.0011"),
        ("z = a × b", 0.75, 0.7502601055951177, "0.7503"),
    ],
)
def test_the_exact_value_has_a_digit_more_than_was_printed(
    text: str, printed: float, exact: float, shown: str
) -> None:
    assert exact_text(Judgement(1, text, "wrong", printed, exact)) == shown


def test_of_many_mistakes_the_likeliest_are_told_and_the_others_counted() -> None:
    mistakes = (
        "updated_weights_used",
        "bias_forgotten",
        "path_forgotten",
        "wrong_delta",
        "wrong_input",
    )
    report = replace(REPORT, judgements=(replace(WRONG, mistakes=mistakes, note=""),))
    under = list(marked_lines(report))[4].under
    assert under[1].startswith("The updated weights were used to pass the error back")
    assert under[2].startswith("or: The bias was left out")
    assert under[4] == "or one of 2 more that give these digits"
    assert verdict(report).startswith("The first mistake is on line 5, most likely: The updated")


def test_the_exact_value_has_a_digit_more_than_any_number_on_its_line() -> None:
    exact = 0.62484
    formula = Judgement(1, "h = σ(0.51)", "rounding", 0.62481, exact, "h")
    value = Judgement(1, "σ(0.51) = 0.6248", "right", 0.6248, exact, "h")
    line = next(marked_lines(Report(("h = σ(0.51) = 0.6248",), (formula, value))))
    assert line.beside == "exact 0.62484"


def test_what_floats_leave_of_nothing_is_nothing() -> None:
    assert exact_text(Judgement(1, "L = 0.1", "wrong", 0.1, 6e-33)) == "0"


def test_a_formula_is_doubted_where_the_number_behind_it_is_right() -> None:
    (found,) = (j for j in cp.check("z_h = 0.5·1 + 0.3·3 = 1.1").judgements if j.mark == "wrong")
    assert found.note == "the two sides differ"
    report = cp.check("z_h = 0.5·1 + 0.3·3 = 1.1", seed_lesson())
    assert report.first_wrong is not None
    (line,) = marked_lines(report)
    assert line.under == ("the number is right, but this formula does not give it",)


def test_a_slip_inside_a_line_is_told_before_the_misconceptions() -> None:
    report = cp.check("L = (1 - 0.6457)² = 0.2511", seed_lesson())
    (line,) = marked_lines(report)
    told = "the arithmetic is wrong here: the numbers give 0.12553"
    assert line.under[:2] == ("expected L ≈ 0.12553", told)
    behind = (
        "Behind the number printed is this: A factor 2 was added, or ½ lost: the "
        "printed value is twice what it should be."
    )
    assert verdict(report).startswith(f"The first mistake is on line 1: {told}. {behind}")
    report = cp.check("L = (1 - 0.6457)² = 0.2345", seed_lesson())
    assert verdict(report).startswith(f"The first mistake is on line 1: {told}. Nothing else")


def test_that_no_network_was_found_is_said_once() -> None:
    page = cp.document(cp.check("a = 3\nb = a + 4 = 7\nc = 2 b = 15"))
    assert page.count("the network could not be read out of the text") == 1
    assert "The first mistake is on line 3: the two sides differ." in page


def test_control_characters_of_a_solution_are_shown_and_not_obeyed() -> None:
    report = Report(("\x1b[2Jz = 1\r",), ())
    assert [line.text for line in marked_lines(report)] == ["␛[2Jz = 1␍"]


@pytest.mark.parametrize(
    ("solution", "sentence"),
    [
        ("name,value\nz_h1,\nh1,\n", "The sheet has 2 names, but no value is filled in."),
        (
            '{"z_h1": 0.1,\n "h1"}',
            "This is no JSON: Expecting ':' delimiter on line 2, column 6.",
        ),
        ("[1, 2]", 'This JSON has no names with values, as in {"z_h1": 0.1}.'),
        (
            "[Homework]",
            "There is nothing to mark: no equality such as z = 0.5 × 1 = 0.5 was found.",
        ),
    ],
)
def test_a_sheet_without_a_value_says_what_it_lacks(solution: str, sentence: str) -> None:
    assert verdict(cp.check(solution)) == sentence


def test_of_a_number_of_one_digit_no_mistake_is_most_likely() -> None:
    told = "The first mistake is on line 1"
    for digits, word in (("0.3", ", perhaps"), ("0.251", ""), ("0.063", ", most likely")):
        found = verdict(cp.check(f"L = {digits}", seed_lesson()))
        assert found.startswith(f"{told}{word}: ")
    assert "digit_slipped" not in cp.check("h = 0.9", seed_lesson()).judgements[0].mistakes
