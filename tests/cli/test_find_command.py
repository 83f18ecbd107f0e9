"""find and show --health, as a user types them; what train says of a network that is not well."""

import shlex
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import clearprop.api as cp
from clearprop.cli import finding
from clearprop.runs.run import Run
from cli.terminal import Terminal

SHARE = "the share of dead units in layer 1"
BROKEN = "a net input z of layer 2 became negative infinite: z2[0]@7 (row 230), from W2[0,0] = -1"


class Command(Terminal):
    """Takes one line as it is typed, and gives both streams."""

    def __call__(self, line: str, code: int = 0) -> str:
        return "".join(self.printed(shlex.split(line), code))


@pytest.fixture
def clearprop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "300")
    return Command(monkeypatch, capsys)


@pytest.fixture
def dying(clearprop: Command) -> Run:
    return cp.train(
        "diabetes", hidden=[5], activation="relu", optimizer="gradient_descent", rate=0.5,
        epochs=3, out="run",
    )  # fmt: skip


def test_find_prints_the_step_and_the_command_that_explains_it(
    clearprop: Command, dying: Run
) -> None:
    step = dying.find("dead").step
    assert step == 5
    lines = clearprop("find run 'dead layer 1 >= 40%'").splitlines()
    assert lines == [
        f"dead layer 1 >= 40%: first after step 5 (epoch 1): {SHARE} is 40 %",
        "looked at all 332 training rows",
        "",
        "Next:",
        "  clearprop trace run --at 4",
        "  clearprop show run --health --at 5",
    ]


def test_a_course_shows_as_many_digits_as_tell_its_values_apart(clearprop: Command) -> None:
    run = cp.train("iris", hidden=[4], epochs=1, rate=1e-6, out="slow")
    before, value = (float(run.at(step).parameters.vector[0]) for step in (0, 1))
    assert f"{before:.4g}" == f"{value:.4g}"
    course = "rises" if value > before else "falls"
    line = clearprop(f"find slow 'w1 {course}'").splitlines()[0]
    shown = [float(text) for text in line.partition(": from ")[2].split(" to ")]
    assert shown[0] != shown[1]
    assert abs(shown[0] - before) < 1e-6
    assert abs(shown[1] - value) < 1e-6


def test_a_span_without_a_value_says_why(clearprop: Command, dying: Run) -> None:
    for words, said in (
        ("'loss > 0' --from 33", "loss > 0: not at step 33; no update follows it."),
        ("'w1 > 9' --to 0", "w1 > 9: not at step 0; W1[0,0] is 0.2122 throughout."),
        (
            "'epoch_loss > 0' --from 3 --to 5",
            "epoch_loss > 0: at none of steps 3 to 5; no epoch ends there.",
        ),
        ("'first nan' --from 33", "No number in step 33 is infinite or NaN."),
    ):
        assert clearprop(f"find run {words}", code=1) == f"{said}\n"


def test_the_commands_that_find_prints_run(clearprop: Command, dying: Run) -> None:
    for condition in ("dead h1", "W2[0,1] > -100", "loss > 1.1 * median", "held_out_loss > 0"):
        printed = clearprop(f"find run '{condition}'")
        commands = [line.strip() for line in printed.splitlines() if line.startswith("  ")]
        assert commands
        for command in commands:
            assert clearprop(command.removeprefix("clearprop "))


def test_all_lists_every_step_neighbours_joined(clearprop: Command, dying: Run) -> None:
    lines = clearprop("find run 'dead layer 1 >= 40%' --all --from 20 --to 30").splitlines()
    assert lines[2] == "  steps 20 to 30 (11 steps)"
    falls = [found.step for found in dying.find("epoch_loss falls", every=True).found]
    lines = clearprop("find run 'epoch_loss falls' --all").splitlines()[1 : 1 + len(falls)]
    assert [line.split()[1].rstrip(":") for line in lines] == list(map(str, falls))


def test_what_never_holds_is_said_with_exit_code_1(clearprop: Command, dying: Run) -> None:
    found = dying.find("W2[0,1] > 100")
    assert clearprop("find run 'W2[0,1] > 100'", code=1) == (
        "W2[0,1] > 100: at none of the run's 33 steps; W2[0,1] lies between"
        f" {found.least:.4g} and {found.largest:.4g}.\n"
    )
    assert clearprop("find run 'first nan'", code=1) == (
        "No number in the run's 33 steps is infinite or NaN.\n"
    )


def test_ctrl_c_ends_a_search_with_what_is_known(
    clearprop: Command, dying: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    @contextmanager
    def looking(first: int, last: int) -> Iterator[Callable[[int], None]]:
        yield lambda step: signal.raise_signal(signal.SIGINT) if step == 7 else None

    monkeypatch.setattr(finding, "looking", looking)
    assert clearprop("find run 'W2[0,1] > 100'", code=130).startswith(
        "W2[0,1] > 100: at none of steps 0 to 7; W2[0,1] lies between"
    )
    known = clearprop("find run 'dead layer 1 >= 40%' --all", code=130).splitlines()
    assert known[2:4] == ["  steps 5 to 7 (3 steps)", "The search was cut off at step 7."]


def test_a_mistake_is_one_sentence(clearprop: Command, dying: Run) -> None:
    assert clearprop("find run 'lsos > 2'", code=2) == (
        "clearprop: unknown quantity 'lsos'; did you mean 'loss'?\n"
    )
    assert clearprop("find run dead --from 34", code=2) == (
        "clearprop: the step must be a whole number from 0 (the start) to 33 (the run's last),"
        " not 34\n"
    )


def test_the_first_nan_of_a_diverged_run_is_found(clearprop: Command) -> None:
    options = "--hidden 5 --activation relu --optimizer gradient_descent --rate 1 --epochs 3"
    assert "training broke in step 8" in clearprop(f"train diabetes {options} --out e", code=1)
    first, _, _, after = clearprop("find e 'first nan'").splitlines()
    assert first.startswith(
        f"first number that is not finite, in the update after step 7: {BROKEN}"
    )
    assert after == "  clearprop trace e --at 7 --explain 'z2[0]@7'"
    assert clearprop(after.removeprefix("  clearprop ")).splitlines()[-1].endswith(" -inf")


def test_train_says_what_is_wrong_and_nothing_where_all_is_well(clearprop: Command) -> None:
    options = "--hidden 5 --activation relu --optimizer gradient_descent --epochs 3"
    sick = clearprop(f"train diabetes {options} --rate 0.5 --out sick")
    assert "3 of the 5 units of layer 1 are dead" in sick
    assert "clearprop show sick --health has the figures of every layer." in sick
    well = clearprop(f"train diabetes {options} --rate 0.05 --out well")
    assert "dead" not in well
    assert "--health" not in well
    assert "are dead" in clearprop("show sick --health")
    assert "Nothing is wrong" in clearprop("show well --health --at 3")
