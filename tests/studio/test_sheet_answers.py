"""Worksheets in the studio: marked as `clearprop check` marks their answer sheet."""

import pytest

import clearprop as cp
from clearprop.network.lesson import lesson_toml, parse_lesson
from clearprop.render.numbers import decimal_text
from clearprop.studio.answers import answer
from clearprop.studio.sessions import Opening, Session

LAYERS = ("2-1-1", "2-2-1", "2-2-2")


def asked(name, /, **given):
    return answer(Session(Opening()), {"ask": f"check.{name}", "id": 1, **given})


def drawn(layers="2-2-1", **given):
    settings = {"activation": "sigmoid", "loss": "squared_error", "rate": 0.5, "biases": False}
    return asked("worksheet", layers=layers, **settings | {"seed": 3} | given)


def sheet_of(found):
    return cp.worksheet(parse_lesson(found["lesson"], "it"))


def key(sheet):
    return {blank.id: decimal_text(blank.answer) for blank in sheet.blanks}


def marks(sheet, typed):
    found = asked("answers", lesson=lesson_toml(sheet.lesson), typed=typed)
    return {name: said["mark"] for name, said in found["marks"].items()}


@pytest.mark.parametrize("layers", LAYERS)
def test_the_exercise_is_that_of_the_command_line(layers):
    found = drawn(layers)
    sizes = [int(size) for size in layers.split("-")]
    sheet = cp.worksheet(sizes, seed=3, biases=False)
    assert found["lesson"] == lesson_toml(sheet.lesson)
    for blank in sheet.blanks:
        assert f'data-blank="{blank.id}"' in found["html"]
        assert f'aria-label="{blank.id}"' in found["html"]
    assert "style=" not in found["html"]


@pytest.mark.parametrize("layers", LAYERS)
def test_the_key_is_right_whole_and_blank_by_blank(layers):
    sheet = sheet_of(drawn(layers))
    answers = key(sheet)
    report = cp.check(cp.document(sheet, "csv", answers=True), sheet.lesson)
    assert list(marks(sheet, answers).values()) == [j.mark for j in report.judgements]
    for name, value in answers.items():
        assert marks(sheet, {name: value})[name] in ("right", "rounding")


@pytest.mark.parametrize("layers", LAYERS)
def test_another_blanks_answer_is_wrong_however_near_it_is_to_another_quantity(layers):
    """Of the largest, every third blank: there are several of each kind."""
    sheet = sheet_of(drawn(layers))
    answers = list(key(sheet).values())
    for place, blank in list(enumerate(sheet.blanks))[:: 3 if layers == "2-2-2" else 1]:
        other = answers[(place + 5) % len(answers)]
        if abs(float(other) - blank.exact) > 0.02 * abs(blank.exact):
            assert marks(sheet, {blank.id: other}) == {blank.id: "wrong"}


def test_what_follows_from_a_planted_mistake_has_its_credit():
    sheet = sheet_of(drawn("2-1-1"))
    answers = key(sheet)
    new, deltas = float(answers["w3_new"]), float(answers["dL/dz_out"]) * float(answers["dh/dz_h"])
    wrong = deltas * new
    planted = answers | {
        "dL/dz_h": f"{wrong:.3g}",
        "dL/dw1": f"{float(f'{wrong:.3g}') * sheet.lesson.x[0][0]:.3g}",
    }
    found = marks(sheet, planted)
    assert found["dL/dz_h"] == "wrong"
    assert found["dL/dw1"] == "follows"
    said = asked("answers", lesson=lesson_toml(sheet.lesson), typed=planted)["marks"]["dL/dz_h"]
    assert "The updated weights were used to pass the error back" in said["remarks"]
    assert answers["dL/dz_h"] not in said["remarks"]


@pytest.mark.parametrize("typed", ["abc", "", "=1+", '"', "a,b", "\ud800", "<b>", "1\n2", "z" * 99])
def test_whatever_is_typed_is_answered(typed):
    sheet = sheet_of(drawn("2-1-1"))
    found = marks(sheet, {"z_h": typed, "h": "0.9"})
    assert found.get("z_h", "") in ("not-understood", "wrong", "")
    assert "<b>" not in str(asked("answers", lesson="", typed={"z_h": typed}))


def test_numbers_are_taken_as_people_write_them():
    sheet = sheet_of(drawn("2-1-1"))
    value = key(sheet)["z_h"]
    for written in (value.replace(".", ","), value.replace("-", "−"), f" {value} "):
        assert marks(sheet, {"z_h": written}) == {"z_h": "right"}


def test_a_shown_answer_has_the_number_by_hand_and_exactly():
    sheet = sheet_of(drawn("2-2-1"))
    for blank in sheet.blanks:
        html = asked("reveal", lesson=lesson_toml(sheet.lesson), blank=blank.id)["html"]
        assert f"<b>{decimal_text(blank.answer)}</b>" in html
    assert "no blank" in asked("reveal", lesson="", blank="w1")["error"]


def test_the_lesson_of_the_step_view_keeps_its_numbers_or_has_new_ones():
    own = asked("worksheet", lesson="")
    assert own["lesson"] == lesson_toml(cp.trace().step.lesson)
    assert asked("worksheet", lesson="", seed=1)["lesson"] != own["lesson"]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"layers": "2-x-1"}, "layers are whole numbers, as in 2-2-1, not '2-x-1'"),
        ({"layers": "9-9-9"}, None),
        ({"seed": -1}, None),
        ({"seed": "a"}, "the seed must be a whole number, not 'a'"),
        ({"rate": "fast"}, None),
        ({"loss": "none"}, None),
        ({"activation": "sigmoid,tanh,relu"}, None),
    ],
)
def test_what_does_not_fit_is_told_in_a_sentence(given, sentence):
    found = drawn(**given)
    assert found["error"]
    assert sentence in (None, found["error"])


def test_what_an_exercise_can_be_of_is_what_the_tables_have():
    found = asked("choices")
    assert "sigmoid" in found["activations"]
    assert "squared_error" in found["losses"]
