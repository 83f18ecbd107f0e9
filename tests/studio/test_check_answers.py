"""What the check view is answered: marks as `cp.check` gives them, right lines, examples."""

import re
from dataclasses import replace
from html import escape, unescape

import pytest

import clearprop as cp
from clearprop.errors import SettingError
from clearprop.network.lesson import lesson_toml
from clearprop.render.marked import marked_lines, verdict
from clearprop.render.numbers import number_text
from clearprop.studio.answers import answer
from clearprop.studio.examples import EXAMPLES, example_text
from clearprop.studio.sessions import Opening, Session

SEED = cp.trace().step.lesson
LESSONS = {"the seed": SEED, "2-2-2": cp.worksheet([2, 2, 2], seed=4).lesson}


def asked(name, /, **given):
    return answer(Session(Opening()), {"ask": f"check.{name}", "id": 1, **given})


def classes(html):
    return re.findall(r'<tr class="([a-z-]+)"', html)


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_solution_has_the_marks_words_and_verdict_of_check(name):
    text = asked("example", name=name)["text"]
    report, found = cp.check(text), asked("mark", solution=text)
    lines = list(marked_lines(report))
    assert classes(found["lines"]) == [(line.mark or "plain").replace(" ", "-") for line in lines]
    for line in lines:
        assert f"<code>{escape(line.text)}</code>" in found["lines"]
        assert all(f"<p>{escape(remark)}</p>" in found["lines"] for remark in line.under)
    assert found["verdict"] == verdict(report)
    assert found["first"] == (report.first_wrong and report.first_wrong.line)
    assert found["lesson"] == lesson_toml(report.lesson)


@pytest.mark.parametrize("lesson", LESSONS.values(), ids=LESSONS)
@pytest.mark.parametrize("name", EXAMPLES)
def test_the_mistake_of_an_example_is_the_one_that_check_names(name, lesson):
    report = cp.check(example_text(name, lesson), lesson)
    if EXAMPLES[name].mistake:
        assert EXAMPLES[name].mistake in report.first_wrong.mistakes
    else:
        assert report.exit_code == 0
        assert bool(report.count("rounding")) == (name == "rounded")


def test_an_example_without_a_place_for_its_mistake_says_so():
    alone = cp.worksheet([2, 1], seed=1).lesson
    with pytest.raises(SettingError, match="this network has no place for the mistake"):
        example_text("backward", alone)


def test_a_right_line_has_the_numbers_of_the_trace():
    trace = cp.trace()
    for line in (line for step in trace.steps for line in step.lines):
        found = asked("right", lesson="", quantity=line.id, digits=6)
        shown = number_text(line.value, 6)[0].replace("-", "−")
        assert re.search(f"<b>[=≈] {shown}</b>", found["html"])
        assert " id=" not in found["html"]


def test_a_right_line_is_offered_where_a_quantity_is_wrong_or_follows_and_only_there():
    text = example_text("backward", SEED)
    html = asked("mark", solution=text)["lines"]
    rows = re.findall(r"<tr.*?</tr>", html)
    report = cp.check(text)
    for number, row in enumerate(rows, start=1):
        wanted = {
            judgement.quantity
            for judgement in report.judgements
            if judgement.line == number and judgement.mark in ("wrong", "follows")
        }
        assert set(map(unescape, re.findall(r'data-quantity="(.*?)"', row))) == wanted


def test_a_later_step_has_no_right_line_of_the_first():
    second = replace(SEED, parameters=cp.trace().step.updated)
    mistaken = example_text("output", second).partition("Step 1.")[2]
    html = asked("mark", solution=f"{example_text('right', SEED)}\nStep 1.{mistaken}")["lines"]
    assert "wrong" in classes(html)
    assert "follows" in classes(html)
    assert "data-quantity" not in html


def test_it_is_held_against_a_lesson_where_one_is_given():
    other = lesson_toml(LESSONS["2-2-2"])
    found = asked("mark", solution="w1 = 0.123", lesson=other)
    assert classes(found["lines"]) == ["wrong"]
    assert found["understood"].startswith("<summary>Held against: 2-2-2, sigmoid")
    assert classes(asked("mark", solution="w1 = 0.5", lesson="")["lines"]) == ["right"]


def test_names_say_whose_names_are_meant():
    given = {"solution": "Fehler = 0.1255", "lesson": ""}
    assert classes(asked("mark", **given, names={"Fehler": "L"})["lines"]) == ["right"]
    assert asked("mark", **given, names={"Fehler": "nothing"})["error"].startswith("unknown")


HOSTILE = "<script>alert(1)</script> = <img src=x onerror=alert(1)>\nw1 = \"><b x='\n\ud800 = 1\0"


def test_hostile_text_comes_back_as_text():
    found = asked("mark", solution=HOSTILE)
    assert "<script" not in found["lines"]
    assert "<img" not in found["lines"]
    assert "&lt;script&gt;" in found["lines"]
    "".join(map(str, found.values())).encode("utf-8")


TOO_LONG = (
    "this is too long to be marked as you type (50,001 characters, at most 50,000); clearprop "
    "check takes files of up to 1 MB"
)


@pytest.mark.parametrize(
    ("name", "given", "sentence"),
    [
        (
            "mark",
            {"solution": "x" * 50_001},
            TOO_LONG,
        ),
        ("mark", {}, "the studio's page sent no solution that fits; reload it"),
        ("mark", {"solution": "z = 1", "lesson": "["}, None),
        ("mark", {"solution": "z = 1", "names": [1]}, None),
        ("right", {"lesson": "", "quantity": "nowhere"}, None),
        (
            "right",
            {"lesson": "", "quantity": "h", "digits": 99},
            "digits must be a whole number from 1 to 17, not 99",
        ),
        ("example", {"name": "none"}, None),
    ],
)
def test_what_does_not_fit_is_told_in_a_sentence(name, given, sentence):
    found = asked(name, **given)
    assert "\n" not in found["error"].strip()
    assert sentence in (None, found["error"])


@pytest.mark.parametrize(
    ("solution", "said"),
    [
        ("Good morning", "There is nothing to mark: no equality such as z = 0.5 × 1 = 0.5 was"),
        ("foo = bar", "The network and its numbers could not be read out of the solution; choose"),
    ],
)
def test_where_nothing_is_understood_no_option_of_the_command_line_is_named(solution, said):
    found = asked("mark", solution=solution)
    assert found["verdict"].startswith(said)
    assert "--" not in found["verdict"]
