"""A sample of the corpus; `make corpus` marks all of it."""

from pathlib import Path

import polars as pl
import pytest

from checking.corpus.__main__ import main
from checking.corpus.cases import wrong_case
from checking.corpus.kept import outcomes_in
from checking.corpus.marking import outcome
from clearprop.checking.marking import check
from clearprop.checking.mistakes import MISTAKES

SEED = 11


@pytest.mark.parametrize("mistake", list(MISTAKES)[::3])
def test_a_mistake_is_named_by_all_six_digits_that_it_gives(mistake: str) -> None:
    case = wrong_case(mistake, SEED, digits=6)
    assert case is not None, "no lesson was found where the mistake is to be seen"
    assert mistake in case.named(), case.text


@pytest.mark.parametrize("mistake", list(MISTAKES)[1 :: len(MISTAKES) // 8])
def test_the_first_wrong_line_of_a_solution_is_found_and_its_mistake_named(mistake: str) -> None:
    case = wrong_case(mistake, SEED, digits=6)
    assert case is not None
    assert case.wrong is not None
    first = check(case.text, case.lesson).first_wrong
    assert first is not None
    assert first.line == case.wrong + 1, case.text
    assert mistake in first.mistakes


@pytest.mark.parametrize("seed", range(6))
def test_a_right_solution_raises_no_alarm(seed: int) -> None:
    assert outcome("", seed, digits=3 + seed % 4).found


def test_a_corpus_is_marked_in_parts(tmp_path: Path) -> None:
    file = tmp_path / "outcomes"
    part = ["--only", "right", "--jobs", "1", "--keep", str(file)]
    main([*part, "--right", "1"])
    main([*part, "--right", "2"])
    assert sorted((each.mistake, each.seed) for each in outcomes_in(file)) == [("", 0), ("", 1)]
    pl.read_parquet(file).with_columns(code=pl.lit("another")).write_parquet(file)
    assert outcomes_in(file) == []
