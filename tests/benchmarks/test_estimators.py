"""The benchmark of the estimators: what it computes, and the table that it keeps in the docs."""

import pytest
from benchmarks.estimators import BEGIN, END, PAGE, TASKS, Fit, Row, fitted, table, written

from benchmarks import estimators


def row() -> Row:
    theirs = (Fit(0.5, 1.0, 10), Fit(0.75, 3.0, 10))
    ours = (Fit(0.75, 0.5, 5), Fit(0.75, 0.5, 10))
    return Row("iris", "classes", theirs, ours)


def test_a_row_compares_seed_by_seed() -> None:
    found = row()
    assert found.differences == [0.25, 0.0]
    assert found.difference == found.error == 0.125
    assert found.speedup == 4.0  # of 2 and 6
    assert found.speedup_of_an_epoch == pytest.approx(3.5)  # of 1 and 6
    assert list(table([found]))[-1] == (
        "| iris | 0.6250 | 0.7500 | +0.1250 ± 0.1250 | 0.500 | 4.0 | 3.5 |"
    )


def test_the_table_takes_its_place_on_the_page() -> None:
    page = f"before\n{BEGIN}\nold\n{END}\nafter\n"
    assert written(page, ["new"]) == f"before\n{BEGIN}\nnew\n{END}\nafter\n"


def test_a_fit_of_each_estimator_is_scored_on_rows_held_out() -> None:
    for estimator in estimators.PAIRS["classes"]:
        fit = fitted(estimator, *TASKS["iris"].load(), "classes", 0)
        assert fit.score > 0.8
        assert fit.seconds > 0
        assert fit.epochs <= 200


def test_the_docs_have_every_data_set_and_clearprop_is_faster_on_each() -> None:
    kept = PAGE.read_text("utf-8").split(BEGIN)[1].split(END)[0]
    for name in TASKS:
        cells = next(line for line in kept.splitlines() if line.startswith(f"| {name} |")).split(
            "|"
        )
        difference, error = map(float, cells[4].split("±"))
        assert difference >= -3 * max(error, 0.001), name
        assert float(cells[6]) > 1, name


def test_an_unknown_data_set_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        estimators.main(["tulips"])
    assert "invalid choice: 'tulips'" in capsys.readouterr().err
