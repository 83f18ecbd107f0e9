"""explain and ledger, as a user types them."""

from pathlib import Path

import pytest

import clearprop.api as cp
from clearprop.runs.run import Run
from cli.terminal import Terminal


class Command(Terminal):
    """What is printed, line by line."""

    def lines(self, *words: str, code: int = 0) -> list[str]:
        return [line.rstrip() for line in self(*words, code=code).splitlines()]


@pytest.fixture
def clearprop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    return Command(monkeypatch, capsys)


@pytest.fixture
def run(clearprop: Command) -> Run:
    return cp.train("iris", hidden=[4], epochs=6, seed=2, out="run")


def test_explain_goes_from_the_value_before_to_the_value_after(
    clearprop: Command, run: Run
) -> None:
    lines = clearprop.lines(
        "explain", "run", "W1[3,2]", "--at", "6", "--top", "3", "--digits", "17"
    )
    found = run.explain("w15", at=6)
    assert lines[0] == "run · w₁₅ in update 7, from the parameters after 6 steps"
    assert lines[2] == f"w₁₅ was {found.value!r}."
    assert lines[4] == "Its gradient: a sum over the 32 examples of the batch"
    assert [line.split()[0] for line in lines[6:9]] == [
        str(row) for row in found.shares["row"][:3].to_list()
    ]
    assert lines[9].split()[:2] == ["29", "more"]
    assert f"w₁₅ became {found.new_value!r}: the update added" in "\n".join(lines)
    assert lines[-2:] == [
        "  clearprop ledger run 'w15' --to 7",
        f"  clearprop trace run --at 6 --example {found.shares['row'][0]}",
    ]


def test_help_breaks_its_lines_where_the_terminal_ends(
    clearprop: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("typer.rich_utils.MAX_WIDTH", 80)
    lines = clearprop.lines("explain", "--help")
    begin = next(place for place, line in enumerate(lines) if "Its value then" in line)
    assert lines[begin + 1] == " update took, the update rule with its numbers, and the new value."


def test_the_lines_of_an_update_are_broken_at_their_equals_signs(
    clearprop: Command, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "70")
    lines = clearprop.lines("explain", "run", "W1[3,2]", "--at", "6", "--top", "3")
    start = next(place for place, line in enumerate(lines) if line.startswith("The update, by"))
    update = lines[start + 1 : lines.index("", start)]
    assert all(line.startswith("  ") and len(line) <= 70 for line in update)
    place = next(place for place, line in enumerate(update) if line.startswith("  m̂_w₁₅ = "))
    assert update[place + 1].startswith("        = ")


def test_ledger_goes_from_opening_to_closing(clearprop: Command, run: Run) -> None:
    words = ("ledger", "run", "w15", "--from", "2", "--to", "20", "--top", "3", "--digits", "17")
    lines = clearprop.lines(*words)
    found = run.ledger("w15", since=2, until=20)
    assert lines[0] == "run · the ledger of w15, 18 updates: from step 2 to step 20"
    end = lines.index("", 3)
    amounts = [float(line.split()[-2]) for line in lines[3:end]]
    assert (amounts[0], amounts[-1]) == (found.opening, found.closing)
    size = sum(map(abs, amounts))
    assert abs(sum(amounts[:-1]) - amounts[-1]) <= 1e-12 * size
    assert "  clearprop explain run 'w15' --at 19" in lines


def test_ledger_by_class_and_of_a_unit(clearprop: Command, run: Run) -> None:
    lines = clearprop.lines("ledger", "run", "--unit", "h2", "--by", "class")
    assert lines[0].startswith("run · the ledger of h2, 24 updates")
    assert {line.split()[1] for line in lines if line.startswith("class")} == {
        "setosa", "versicolor", "virginica",
    }  # fmt: skip


def test_what_does_not_fit_is_told_in_a_sentence(clearprop: Command, run: Run) -> None:
    assert clearprop.lines("explain", "run", "w99", "--at", "3", code=2)[0].startswith(
        "clearprop: no quantity is called 'w99'; did you mean 'w28'?"
    )
    assert "\n".join(clearprop.lines("explain", "run", "w3", "--at", "24", code=2)) == (
        "clearprop: the run ends with step 24, and no update follows it; the last one that can be"
        " explained is that from step 23"
    )
    assert clearprop.lines("ledger", "run", "w3", "--from", "9", "--to", "3", code=2) == [
        "clearprop: the span from step 9 to step 3 holds no update; it has to begin before it ends"
    ]
    assert clearprop.lines("ledger", "run", "w3", "--top", "0", code=2) == [
        "clearprop: --top takes a number of rows, at least 1, not 0"
    ]


def test_blame_goes_from_a_mistake_to_the_examples(clearprop: Command, run: Run) -> None:
    lines = clearprop.lines("blame", "run", "--top", "3", "--digits", "17")
    found = run.blame()
    assert lines[0].startswith(
        f"run · row {found.row} (held out) is '{found.right}', taken for '{found.said}' at"
    )
    assert lines[1].startswith(f"{len(found.mistaken)} of 38 held-out rows")
    first = lines.index(next(line for line in lines if line.startswith("Why")))
    terms = [float(line.split()[-1]) for line in lines[first + 2 : first + 6]]
    assert terms[:3] == found.terms["term"].head(3).to_list()
    assert sum(terms) == pytest.approx(found.margin, rel=1e-12)
    assert f"Most to blame: {found.weight}" in lines
    start = next(place for place, line in enumerate(lines) if line.startswith("What each"))
    end = lines.index("", start)
    amounts = [float(line.split()[-1]) for line in lines[start + 2 : end]]
    assert (amounts[0], amounts[-1]) == (found.ledger.opening, found.ledger.closing)
    assert sum(amounts[:-1]) == pytest.approx(amounts[-1], abs=1e-12)
    assert f"  clearprop ledger run '{found.weight}'" in lines


def test_blame_shows_rows_that_are_images(clearprop: Command) -> None:
    found = cp.train("digits", hidden=[4], epochs=2, out="digits").blame()
    page = clearprop("blame", "digits", "--example", str(found.row))
    assert f"row {found.row}: '{found.right}'" in page
    picture = page.splitlines()[3:11]
    assert {len(line) for line in picture} == {len(picture[0])}
    assert set("".join(picture)) <= set(" ░▒▓█")
    assert found.images is not None
    dark = [[value >= 0.875 for value in row] for row in found.images[found.row].tolist()]
    assert [[line[2 + 2 * place] == "█" for place in range(8)] for line in picture] == dark


def test_labels_are_no_markup_and_numbers_and_commands_are_never_cut(
    clearprop: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    label = "[/x] a label of more than forty characters"
    rows = "\n".join(f"{k % 7},{k % 3},{label if k % 2 else 'no'}" for k in range(40))
    Path("data.csv").write_text(f"a,b,answer\n{rows}\n", encoding="utf-8")
    run = cp.train("data.csv", target="answer", hidden=[2], epochs=2, out="a" * 60)
    monkeypatch.setenv("COLUMNS", "50")
    name, wrong = str(run.path), run.blame()
    for words in (("ledger", name, "w1"), ("explain", name, "w1", "--at", "1"), ("blame", name)):
        page = clearprop(*words)
        assert "…" not in page
        assert "[/x]" in page
    assert f"clearprop trace {name} --example {wrong.row} --explain" in page
