"""Solutions written by others, in their own notations: read, marked, and the mistakes named.

In `solutions/` each solution has a table beside it, of the same name: where it comes from
(`source`), the family of its `notation`, the `lesson` it is held against (without one the network
stands in the text), `names` mapped by hand, and what is `wrong`: the line (from 1), the kind of
mistake in words, and the ids of the mistakes that give its digits, none where no id fits. A mistake
that is made `again` may as well follow from the first. Nothing else may be marked wrong.
"""

import re
import tomllib
from collections import defaultdict
from pathlib import Path

import pytest

from clearprop.checking.marking import check
from clearprop.checking.mistakes import MISTAKES
from clearprop.network.lesson import lesson_from_tables

SOLUTIONS = Path(__file__).parent / "solutions"
TABLES = {path.stem: tomllib.loads(path.read_text("utf-8")) for path in SOLUTIONS.glob("*.toml")}
TEXTS = {path.stem: path for path in SOLUTIONS.iterdir() if path.suffix != ".toml"}
NOTATIONS = sorted({table["notation"] for table in TABLES.values()})
WRONG = sorted(name for name, table in TABLES.items() if "wrong" in table)
SEED = Path(__file__).parents[2].parent / "shared" / "seed" / "how-it-works-step-by-step.txt"


def marked(name):
    """Return the report on a solution."""
    table = TABLES[name]
    lesson = lesson_from_tables(table["lesson"]) if "lesson" in table else None
    text = TEXTS[name].read_text(encoding="utf-8")
    return check(text, lesson, table.get("names", {}))


def lines_marked(report, mark):
    """Return the lines that have an equality with a mark."""
    return {judgement.line for judgement in report.judgements if judgement.mark == mark}


def in_words(report, mark):
    """Return what has a mark, to be read where a test fails."""
    return "\n".join(f"{j.line}: {j.text}   {j.note}" for j in report.judgements if j.mark == mark)


def test_every_solution_has_a_table_and_every_table_a_solution():
    assert sorted(TABLES) == sorted(TEXTS)
    assert len(TABLES) >= 24
    assert len(NOTATIONS) >= 5
    assert all(table["source"] for table in TABLES.values())


def test_the_mistakes_of_the_tables_are_in_the_table_of_mistakes():
    named = {one for name in WRONG for wrong in TABLES[name]["wrong"] for one in wrong["mistakes"]}
    assert named <= set(MISTAKES)


@pytest.mark.parametrize("name", sorted(TABLES))
def test_what_is_wrong_is_marked_wrong_and_nothing_else(name):
    report = marked(name)
    expected = TABLES[name].get("wrong", [])
    found = lines_marked(report, "wrong")
    assert found <= {wrong["line"] for wrong in expected}, in_words(report, "wrong")
    assert found >= {wrong["line"] for wrong in expected if not wrong.get("again")}
    if expected:
        assert report.first_wrong.line == expected[0]["line"]


@pytest.mark.parametrize("name", WRONG)
def test_the_mistake_is_named_first(name):
    report = marked(name)
    for wrong in TABLES[name]["wrong"]:
        here = [j for j in report.judgements if j.line == wrong["line"] and j.mark == "wrong"]
        if wrong["mistakes"] and here:
            named = [one for judgement in here for one in judgement.mistakes[:1]]
            assert set(named) & set(wrong["mistakes"]), (wrong, here)


@pytest.mark.parametrize("name", sorted(n for n, t in TABLES.items() if "rounding_lines" in t))
def test_digits_that_were_cut_or_carried_are_called_rounding(name):
    assert set(TABLES[name]["rounding_lines"]) <= lines_marked(marked(name), "rounding")


@pytest.mark.parametrize("notation", NOTATIONS)
def test_nine_tenths_of_the_equations_in_a_notation_are_understood(notation):
    counts = defaultdict(int)
    unread = []
    for name in (n for n, table in TABLES.items() if table["notation"] == notation):
        report = marked(name)
        counts["all"] += len(report.judgements)
        counts["unread"] += report.count("not understood")
        unread.append(f"{name}:\n{in_words(report, 'not understood')}")
    assert counts["all"] > 0
    assert counts["unread"] < counts["all"] / 10, "\n".join(unread)


@pytest.mark.parametrize("name", sorted(n for n, table in TABLES.items() if "lesson" not in table))
def test_a_solution_without_a_lesson_is_understood_from_its_text(name):
    assert marked(name).understood


# --- the seed ------------------------------------------------------------------------------------


@pytest.mark.skipif(not SEED.exists(), reason="the seed's own text is not here")
def test_the_seed_is_understood_without_a_lesson_and_nothing_in_it_is_wrong():
    report = check(SEED.read_text(encoding="utf-8"))
    assert report.from_text
    assert in_words(report, "not understood") == ""
    assert in_words(report, "wrong") == ""
    assert report.exit_code == 0


@pytest.mark.skipif(not SEED.exists(), reason="the seed's own text is not here")
@pytest.mark.parametrize("digits", ["0.125", "-0.708", "0.1875", "0.5488"])
def test_what_the_seed_carried_on_rounded_is_called_rounding(digits):
    report = check(SEED.read_text(encoding="utf-8"))
    rounded = [j.text for j in report.judgements if j.mark == "rounding"]
    assert any(digits in re.split("[=≈]", text)[-1] for text in rounded), rounded
