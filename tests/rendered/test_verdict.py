"""What is said of the loss after a step: it fell, stayed or rose, and why."""

import pytest

import clearprop as cp
from clearprop.network.lesson import lesson_toml, parse_lesson, seed_lesson
from clearprop.render.tables import verdict

SEED = lesson_toml(seed_lesson())


@pytest.mark.parametrize(
    ("given", "instead", "by_hand", "sentence"),
    [
        ("", "", None, "The loss fell from 0.1255 to 0.1238."),
        (
            "rate = 0.1",
            "rate = 0.1\nweight_decay = 2.0",
            None,
            "The loss rose from 0.1255 to 0.1493: the step did not lead downhill.",
        ),
        (
            "[[0.8]]",
            "[[5.0]]",
            2,
            "The loss rose from 0.0004 to 0.00053: by the rounding alone.",
        ),
    ],
)
def test_the_verdict_says_what_is_written(given, instead, by_hand, sentence):
    lesson = parse_lesson(SEED.replace(given, instead, 1), "it")
    assert verdict(cp.trace(lesson, by_hand=by_hand), 4) == sentence


def test_a_step_downhill_that_ends_higher_was_too_long():
    steep = SEED.replace('"sigmoid"\nbiases', '"identity"\nbiases').replace(
        "rate = 0.1", "rate = 2.0"
    )
    sentence = verdict(cp.trace(parse_lesson(steep, "it")), 4)
    assert sentence.startswith("The loss rose from ")
    assert sentence.endswith(": the step was too long.")
