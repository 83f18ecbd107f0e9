"""Worksheets: what is asked, the numbers drawn for it, and its print in every format."""

import csv
from xml.etree.ElementTree import fromstring

import pytest

import clearprop as cp
from clearprop.errors import SettingError
from clearprop.network.lesson import Lesson, lesson_tables, parse_lesson, seed_lesson
from clearprop.render.numbers import decimal_text
from clearprop.render.worksheet_files import worksheet_files
from clearprop.worksheets.drawing import at_random, exercises, values_of
from clearprop.worksheets.pattern import pattern
from clearprop.worksheets.telling import first_hidden, is_readable, misconceptions
from clearprop.worksheets.working import explained
from clearprop.worksheets.worksheet import Worksheet, asked, worksheet_of

CASES = {
    "squared error": pattern([2, 2, 1]),
    "without biases": pattern([2, 1, 1], biases=False),
    "softmax": pattern([2, 2, 2], activation=["tanh", "softmax"], loss="cross_entropy"),
    "two classes": pattern([2, 2, 1], loss="binary_cross_entropy"),
    "relu": pattern([2, 2, 1], activation=["relu", "identity"], loss="half_squared_error"),
}


@pytest.fixture(scope="module")
def drawn() -> dict[str, Worksheet]:
    """Return an exercise of each case."""
    return {name: next(exercises(lesson, [3])) for name, lesson in CASES.items()}


@pytest.fixture(params=CASES)
def sheet(request: pytest.FixtureRequest, drawn: dict[str, Worksheet]) -> Worksheet:
    return drawn[request.param]


# --- the numbers ---------------------------------------------------------------------------------


def test_every_blank_has_three_significant_digits_and_a_readable_size(sheet: Worksheet) -> None:
    assert len(sheet.blanks) > 15
    for blank in sheet.blanks:
        text = next(cells[1] for cells in answer_rows(sheet) if cells[0] == blank.id)
        assert len(text.lstrip("-0.").replace(".", "")) == 3, (blank.id, text)
        assert 0.001 <= abs(blank.exact) < 1000


def test_every_misconception_changes_an_answer_beyond_what_rounding_explains(
    sheet: Worksheet,
) -> None:
    values = values_of(sheet.lesson)
    possible = list(misconceptions(values_of(at_random(sheet.lesson))))
    assert len({found.mistake.id for found in possible}) > 20
    blanks = asked(values)
    correct = explained(values, frozenset(blanks))
    for found in possible:
        mistaken = found.working(values)
        assert any(not correct[q].holds(mistaken[q]) for q in blanks), found.mistake.id


def test_an_answer_by_hand_is_among_what_rounding_explains(sheet: Worksheet) -> None:
    values = values_of(sheet.lesson)
    blanks = asked(values)
    correct = explained(values, frozenset(blanks))
    for quantity, blank in zip(dict.fromkeys(blanks), sheet.blanks, strict=True):
        assert correct[quantity].holds(float(blank.answer)), blank.id


def test_the_numbers_given_have_two_digits_and_none_is_0_or_1(sheet: Worksheet) -> None:
    for number in (*sheet.lesson.parameters.vector, *sheet.lesson.x.ravel()):
        assert len(repr(float(number)).lstrip("-0.").replace(".", "")) <= 2
        assert number not in (0, 1)


def test_the_same_seed_gives_the_same_exercise_and_another_seed_another() -> None:
    first, again, other = (next(exercises(CASES["without biases"], [k])) for k in (5, 5, 6))
    assert worksheet_files(first, "markdown") == worksheet_files(again, "markdown")
    assert first.lesson.parameters.vector.tolist() != other.lesson.parameters.vector.tolist()


def test_where_hardly_any_draw_is_good_numbers_are_drawn_anew_one_by_one(monkeypatch) -> None:
    monkeypatch.setattr("clearprop.worksheets.drawing.MOST_DRAWS", 0)
    lesson = pattern([2, 3, 2], activation=["relu", "softmax"], loss="cross_entropy")
    (sheet,) = exercises(lesson, [1])
    values = values_of(sheet.lesson)
    assert is_readable(values)
    assert first_hidden(values, list(misconceptions(values_of(at_random(lesson))))) is None


def test_where_no_numbers_tell_it_says_what_was_in_the_way(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("clearprop.worksheets.drawing.MOST_HIDING", 3)
    hidden = (
        r"exercise 1: in 3 draws a misconception changed no answer by more than rounding explains, "
        r"most often \w+; a larger --rate may help"
    )
    with pytest.raises(SettingError, match=hidden):
        list(exercises(pattern([1, 1], rate=1e-9), [1]))
    monkeypatch.setattr("clearprop.worksheets.drawing.MOST_DRAWS", 0)
    monkeypatch.setattr("clearprop.worksheets.drawing.MOST_REPAIRS", 0)
    with pytest.raises(SettingError, match="in 0 draws the answers could not all be written"):
        list(exercises(pattern([1, 1]), [1]))


def test_too_many_numbers_for_a_person_are_refused() -> None:
    with pytest.raises(SettingError, match="at most 50 parameters"):
        cp.worksheet([20, 20, 1])


# --- what is asked -------------------------------------------------------------------------------


def test_a_lesson_keeps_its_own_numbers_and_what_is_copied_is_not_asked() -> None:
    sheet = worksheet_of(seed_lesson())
    asked_for = [blank.id for blank in sheet.blanks]
    assert asked_for == [
        *("z_h", "h", "z_out", "yhat", "L", "dL/dyhat", "dyhat/dz_out", "dL/dz_out", "dL/dw3"),
        *("w3_new", "dh/dz_h", "dL/dz_h", "dL/dw1", "dL/dw2", "w1_new", "w2_new", "L_new"),
    ]
    assert [str(blank.answer) for blank in sheet.blanks][:4] == ["1.1", "0.750", "0.600", "0.646"]


def test_options_go_over_a_lesson() -> None:
    sheet = cp.worksheet(seed_lesson(), activation="tanh", rate=0.25)
    assert sheet.lesson.network.activations == ("tanh", "tanh")
    assert sheet.lesson.learning.constant("rate") == 0.25
    assert sheet.lesson.parameters.vector.tolist() == [0.5, 0.3, 0.8]


def test_the_parts_of_a_softmax_are_not_asked() -> None:
    lesson = pattern([2, 3], activation="softmax", loss="cross_entropy")
    names = [blank.id for blank in next(exercises(lesson, [1])).blanks]
    assert {"z_out1", "yhat1", "L", "dL/dz_out3"} <= set(names)
    assert not [name for name in names if name.startswith(("m_", "s_", "e_"))]


# --- how it is printed ---------------------------------------------------------------------------


def answer_rows(sheet: Worksheet, filled: bool = True) -> list[list[str]]:
    """Return the rows of an answer sheet, without its heads."""
    heads, *others = csv.reader(cp.document(sheet, "csv", answers=filled).splitlines())
    assert heads == ["name", "value"]
    return others


def test_the_answer_sheet_names_every_blank_in_ascii(sheet: Worksheet) -> None:
    empty, filled = answer_rows(sheet, filled=False), answer_rows(sheet)
    assert [name for name, _ in empty] == [blank.id for blank in sheet.blanks]
    assert all(name.isascii() and not value for name, value in empty)
    assert [float(value) for _, value in filled] == [float(b.answer) for b in sheet.blanks]


@pytest.mark.parametrize("format", ["markdown", "latex", "html"])
def test_the_exercise_shows_no_answer_and_the_key_shows_all(
    format: str, drawn: dict[str, Worksheet]
) -> None:
    sheet = drawn["squared error"]
    exercise, key = (cp.document(sheet, format, answers=shown) for shown in (False, True))
    for _, value in answer_rows(sheet):
        assert value in key
    given = {"0.5"}  # the rate
    answers = {value for _, value in answer_rows(sheet)} - given
    assert not [value for value in answers if f" {value} " in exercise or f">{value}<" in exercise]
    blank = r"\_" * 8 if format == "latex" else "_" * 8
    assert exercise.count(blank) == len(sheet.blanks)
    assert blank not in key


def test_the_page_is_well_formed_and_has_no_script(sheet: Worksheet) -> None:
    page = cp.document(sheet, "html")
    body = page[page.index("<body>") : page.index("</html>")]
    assert fromstring(body).tag == "body"
    assert "<script" not in page


def test_the_lesson_file_reads_back_to_the_lesson(sheet: Worksheet) -> None:
    files = worksheet_files(sheet, "latex")
    name = "exercise-03"
    assert list(files) == [
        f"{name}{end}" for end in (".tex", "-answers.tex", ".csv", "-answers.csv", ".toml")
    ]
    assert lesson_tables(read(files[f"{name}.toml"])) == lesson_tables(sheet.lesson)


def read(text: str) -> Lesson:
    """Return the lesson of a TOML text."""
    return parse_lesson(text, "a lesson")


def test_the_seeds_worksheet_as_markdown() -> None:
    page = cp.document(cp.worksheet(seed_lesson()), "markdown")
    assert page.startswith("# Exercise: one training step of a 2-1-1 network\n")
    expected = r"- loss: squared_error, mean over 1 example: $L = \left(y - \hat{y}\right)^{2}$"
    assert expected in page.splitlines()
    assert r"| $z_{h}$ | `z_h` | ________ |" in page.splitlines()


# --- what `check` makes of it --------------------------------------------------------------------


def test_the_key_of_an_exercise_is_marked_right_or_rounding(sheet: Worksheet) -> None:
    report = cp.check(cp.document(sheet, "csv", answers=True), sheet.lesson)
    assert len(report.judgements) == len(sheet.blanks)
    assert {judgement.mark for judgement in report.judgements} <= {"right", "rounding"}


def test_an_empty_answer_sheet_has_nothing_to_mark(sheet: Worksheet) -> None:
    assert cp.check(cp.document(sheet, "csv"), sheet.lesson).exit_code == 2


@pytest.mark.parametrize("format", ["markdown", "latex"])
def test_of_an_exercise_only_what_is_given_is_marked(sheet: Worksheet, format: str) -> None:
    text = cp.document(sheet, format)
    first = next(k for k, line in enumerate(text.splitlines(), start=1) if "1. Forward" in line)
    judgements = cp.check(text, sheet.lesson).judgements
    assert {judgement.line for judgement in judgements if judgement.line > first} == set()


@pytest.mark.parametrize("format", ["markdown", "latex"])
def test_both_numbers_of_each_row_of_a_key_are_marked(sheet: Worksheet, format: str) -> None:
    text = cp.document(sheet, format, answers=True)
    answers = 2 * len(sheet.blanks)
    report = cp.check(text, sheet.lesson)
    marks = [judgement.mark for judgement in report.judgements]
    assert len(marks) == answers + len(cp.check(cp.document(sheet, format)).judgements)
    assert set(marks) <= {"right", "rounding"}
    before, answer, after = text.rpartition(f" {decimal_text(sheet.blanks[-1].answer)} ")
    slipped = before + answer.replace("1", "2").replace("0.", "1.") + after
    assert cp.check(slipped, sheet.lesson).first_wrong is not None


def test_a_sheet_filled_in_with_a_misconception_is_told_so(drawn: dict[str, Worksheet]) -> None:
    sheet = drawn["squared error"]
    values = values_of(sheet.lesson)
    for found in list(misconceptions(values))[1::5]:
        working = found.working(values)
        rows = zip(sheet.blanks, map(working.__getitem__, asked(values)), strict=True)
        text = "\n".join(["name,value", *(f"{blank.id},{value:#.3g}" for blank, value in rows)])
        report = cp.check(text, sheet.lesson)
        assert report.first_wrong is not None, found.mistake.id
        assert found.mistake.id in report.first_wrong.mistakes


def test_a_blank_of_an_answer_sheet_keeps_its_name_whatever_value_stands_in_it():
    sheet = cp.worksheet([2, 2, 1], seed=3)
    key = dict(
        line.split(",") for line in cp.document(sheet, "csv", answers=True).split("\n")[1:-1]
    )
    answers = f"name,value\nh1,0.5\nyhat,{key['yhat']}\nh2,{key['yhat']}\n"
    marks = [judgement.mark for judgement in cp.check(answers, sheet.lesson).judgements]
    assert marks == ["wrong", "right", "wrong"]
