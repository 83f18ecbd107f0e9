"""Finding the moment: the first step at which a condition holds, held to every step's numbers."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import clearprop.api as cp
from clearprop.backprop.backpropagation import forward_pass
from clearprop.errors import ClearpropError, Disagreement, RunError, SettingError, UnknownName
from clearprop.network.network import Network
from clearprop.runs.checkpoints import Checkpoint, Checkpoints
from clearprop.runs.condition_reader import read_condition
from clearprop.runs.finding import find
from clearprop.runs.run import Run
from clearprop.training.interruption import Interruption

NETWORK = Network([2, 3, 1], ["relu", "sigmoid"])
BOUNDED = "sigmoid and tanh layers can have saturated units"
OF_EXAMPLES = (
    "{} has a value for each example; conditions are on parameters, as in 'w1 > 0', or on units, as"
    " in 'dead h1'"
)
UNREAD = "'{}' cannot be read as a condition; did you mean '{}'?"
LARGE = Network([20, 30, 10], ["tanh", "softmax"])


def sentence(error: type[ClearpropError], call: Callable[[], Any]) -> str:
    with pytest.raises(error) as raised:
        call()
    return str(raised.value)


@pytest.fixture(scope="module")
def iris() -> Run:
    return cp.train("iris", hidden=[4], epochs=15, seed=3, rate=0.05, engine="reference")


@pytest.fixture(scope="module")
def every_vector(iris: Run) -> Any:
    """The parameters of a training in which each step is a call of its own, shape (S + 1, P)."""
    engine, state = iris.replay.plan.engine, iris.at(0).state
    vectors = [state.parameters.vector]
    while state.step < iris.outcome.steps:
        state = engine.advance(state, state.step + 1).state
        vectors.append(state.parameters.vector)
    return np.array(vectors)


@pytest.fixture(scope="module")
def dying() -> Run:
    """A relu network that a huge rate kills."""
    return cp.train(
        "diabetes", hidden=[5], activation="relu", optimizer="gradient_descent", rate=0.5,
        epochs=3, engine="reference",
    )  # fmt: skip


@pytest.fixture(scope="module")
def diverged() -> Run:
    with pytest.raises(cp.DivergedRun) as error:
        cp.train(
            "diabetes", hidden=[4], activation="relu", optimizer="gradient_descent", rate=200.0,
            epochs=20, engine="reference",
        )  # fmt: skip
    return error.value.run


# --- what is found -------------------------------------------------------------------------------


def test_changes_of_sign_are_those_of_a_recording_of_every_step(
    iris: Run, every_vector: Any
) -> None:
    for place, name in ((0, "w1"), (17, "W2[0,1]"), (16, "b1"), (20, "w17")):
        column = every_vector[:, iris_place(iris, name)]
        signs = np.sign(column)
        expected = [s for s in range(1, len(signs)) if signs[s] * signs[s - 1] < 0]
        found = iris.find(f"{name} changes sign", every=True)
        assert [finding.step for finding in found.found] == expected, (place, name)
        for finding in found.found:
            assert (finding.before, finding.value) == (
                column[finding.step - 1], column[finding.step],
            )  # fmt: skip
    assert any(iris.find(f"w{n} changes sign").found for n in range(1, 17))


def iris_place(run: Run, name: str) -> int:
    place = read_condition(f"{name} > 0", run.network).quantity.place
    assert place is not None
    return place


def test_the_first_step_above_a_number_is_that_of_a_recording(iris: Run, every_vector: Any) -> None:
    column = every_vector[:, 2]
    limit = float(np.median(column))
    expected = np.flatnonzero(column > limit).tolist()
    assert iris.find(f"w3 > {limit!r}").step == expected[0]
    assert [f.step for f in iris.find("w3 > median", every=True).found] == expected
    inside = [step for step in expected if 20 <= step <= 40]
    found = iris.find(f"w3 > {limit!r}", first=20, last=40, every=True)
    assert [finding.step for finding in found.found] == inside


def test_losses_are_those_of_the_batch_that_the_next_update_takes(iris: Run) -> None:
    losses = [iris.at(step).loss for step in range(iris.outcome.steps)]
    limit = 1.2 * float(np.median(losses))
    expected = [step for step, loss in enumerate(losses) if loss > limit]
    found = iris.find("loss > 1.2 * median", every=True)
    assert [finding.step for finding in found.found] == expected
    assert [finding.value for finding in found.found] == [losses[step] for step in expected]
    rises = [step for step in range(1, len(losses)) if losses[step] > losses[step - 1]]
    assert [f.step for f in iris.find("loss rises", every=True).found] == rises
    from_there = [f.step for f in iris.find("loss rises", first=rises[1], every=True).found]
    assert from_there == rises[1:]


def test_conditions_on_epochs_are_those_of_the_history(iris: Run) -> None:
    history = iris.history
    held_out, steps = history["held_out_loss"].to_list(), history["step"].to_list()
    rises = [steps[n] for n in range(1, len(steps)) if held_out[n] > held_out[n - 1]]
    assert [f.step for f in iris.find("held_out_loss rises", every=True).found] == rises
    good = [step for step, score in zip(steps, history["score"], strict=True) if score > 0.8]
    assert [f.step for f in iris.find("accuracy > 80%", every=True).found] == good
    assert iris.find("epoch_loss < 0.5").step == next(
        step for step, loss in zip(steps, history["loss"], strict=True) if loss < 0.5
    )


def test_gradients_and_updates_are_those_of_the_step(iris: Run, every_vector: Any) -> None:
    found = iris.find("update/weight layer 2 >= largest")
    steps = np.diff(every_vector, axis=0)
    place = iris.parameters.slices[1][0]
    ratios = np.linalg.norm(steps[:, place], axis=1)
    ratios /= np.linalg.norm(every_vector[:-1, place], axis=1)
    assert found.step == int(ratios.argmax())
    assert found.found[0].value == pytest.approx(ratios.max())
    step = iris.find("dL/dw3 > 0").step
    assert step is not None
    assert cp.trace(iris.at(step).lesson())["dL/dw3"].value > 0
    assert all(cp.trace(iris.at(s).lesson())["dL/dw3"].value <= 0 for s in range(step))


def test_a_dead_unit_gives_0_for_every_training_row_from_that_step_on(dying: Run) -> None:
    found = dying.find("dead")
    assert found.step is not None
    assert found.rows == "all 332 training rows"
    x = dying.replay.plan.job.batches.x
    dead = [
        (forward_pass(dying.at(step).parameters, x).a[1] == 0).all(axis=0)
        for step in range(dying.outcome.steps + 1)
    ]
    assert found.step == next(step for step, units in enumerate(dead) if units.any()) > 0
    for unit in range(5):
        first = next((step for step, units in enumerate(dead) if units[unit]), None)
        assert dying.find(f"dead h{unit + 1}").step == first
    most = dying.find("dead layer 1 = largest").found[0]
    assert (most.step, most.value) == max(
        ((step, float(units.mean())) for step, units in enumerate(dead)), key=lambda pair: pair[1]
    )


def test_the_first_number_that_is_not_finite_is_named_with_its_step(diverged: Run) -> None:
    found = diverged.find("first nan")
    assert found.step == diverged.outcome.steps
    assert diverged.outcome.note is not None
    assert found.broke is not None
    assert diverged.outcome.note.endswith(found.broke.words)
    assert not diverged.find("first nan", last=diverged.outcome.steps - 1).found


def test_saturation_is_a_share_of_units_and_rows() -> None:
    run = cp.train("iris", hidden=[4], epochs=5, rate=0.5, engine="reference")
    found = run.find("saturated layer 1 > 10%")
    assert found.step is not None
    a = forward_pass(run.at(found.step).parameters, run.replay.plan.job.batches.x).a[1]
    assert found.found[0].value == (abs(a) >= 0.98).mean() > 0.1


def test_what_never_holds_says_between_what_the_values_lie(iris: Run, every_vector: Any) -> None:
    found = iris.find("w1 > 1000")
    assert (found.step, found.looked_to) == (None, iris.outcome.steps)
    assert (found.least, found.largest) == (every_vector[:, 0].min(), every_vector[:, 0].max())


def test_ctrl_c_ends_a_search_with_what_is_known(iris: Run) -> None:
    interruption = Interruption()

    def watch(step: int) -> None:
        interruption.asked = step >= 7

    found = find(iris, "w1 > 1000", watch=watch, interruption=interruption)
    assert (found.cut_off, found.looked_to, found.found) == (True, 7, ())


def test_a_search_whose_replay_drifts_is_an_error(iris: Run) -> None:
    assert iris.checkpoints is not None
    good = iris.at(10).state
    vector = good.parameters.vector.copy()
    vector[0] = np.nextafter(vector[0], 1)
    bad = Checkpoint(type(good)(good.parameters.with_vector(vector), good.optimizer, 10, 0.0))
    held = {0: iris.checkpoints.held[0], 10: bad}
    run = Run(
        **{**vars_of(iris), "checkpoints": Checkpoints(iris.network, iris.settings, None, held)}
    )
    assert "drifts: at step 10" in sentence(Disagreement, lambda: run.find("w1 > 1000"))


def vars_of(run: Run) -> dict[str, Any]:
    return {name: getattr(run, name) for name in Run.__dataclass_fields__}


# --- how a condition is read ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("W2[0,1] changes sign", "w8 changes sign"),
        ("w₁ >= .5", "W1[0,0] ≥ 0.5"),
        ("∂L/∂w₃ < −1", "dL/dw3 < -1.0"),
        ("held-out loss rises", "held_out_loss  rises"),
        ("first nan", "NaN"),
        ("dead layer 1 > 50 %", "dead layer 1 > 0.5"),
        ("update / weight > 1e-2 layer 2", "update/weight layer 2 > 0.01"),
        ("loss > 2median", "L > 2 * median"),
        ("saturated ŷ", "saturated yhat > 50%"),
        ("score = max", "score == largest"),
        ("R² > 0.5", "r2 > 50%"),
    ],
)
def test_the_same_condition_is_read_in_each_spelling(text: str, same: str) -> None:
    one, other = read_condition(text, NETWORK), read_condition(same, NETWORK)
    assert (one.quantity, one.test) == (other.quantity, other.test)


def test_what_cannot_be_read_is_told_with_three_examples() -> None:
    for text in ("bogus nonsense here", "", "loss >", "dead >"):
        assert sentence(SettingError, lambda text=text: read_condition(text, NETWORK)) == (
            f"'{text}' cannot be read as a condition; one compares a parameter, loss, epoch_loss,"
            " held_out_loss, score, gradient or update/weight with a number or a multiple of its"
            " median, mean, least or largest, or says 'rises', 'falls', 'changes sign', 'dead',"
            " 'saturated' or 'first nan', as in 'w1 changes sign', 'loss > 2 * median' and"
            " 'dead layer 1'"
        )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("lsos > 2", "unknown quantity 'lsos'; did you mean 'loss'?"),
        ("dead h9", "unknown unit 'h9'. Known: h1, h2, h3, yhat"),
        ("dead x1", "'x1' is no unit; name one, as in 'dead h1', or a layer"),
        ("dead ŷ", "only relu layers can have dead units, and layer 2 is sigmoid"),
        ("saturated h1", f"only {BOUNDED}, and layer 1 is relu"),
        ("dead layer 7", "the network has the layers 1 to 2, not 7"),
        ("loss layer 1 > 2", "the loss belongs to no layer; leave out 'layer 1'"),
        ("h1 > 2", OF_EXAMPLES.format("h1")),
        ("z_h2 > 2", OF_EXAMPLES.format("z_h2")),
        ("loss > 2 * medain", UNREAD.format("loss > 2 * medain", "loss > 2 * median")),
        ("w3 chagnes sing", UNREAD.format("w3 chagnes sing", "w3 changes sign")),
        ("loss => 0.5", UNREAD.format("loss => 0.5", "loss >= 0.5")),
        ("ded layer 1 > 50%", UNREAD.format("ded layer 1 > 50%", "dead layer 1 > 50%")),
    ],
)
def test_mistakes_are_one_sentence(text: str, said: str) -> None:
    assert sentence(ClearpropError, lambda: read_condition(text, NETWORK)) == said


def test_a_network_without_relu_has_no_dead_units() -> None:
    assert sentence(SettingError, lambda: read_condition("dead", LARGE)) == (
        "only relu layers can have dead units, and this network's are tanh, softmax"
    )
    assert "did you mean 'b1[29]'?" in sentence(
        UnknownName, lambda: read_condition("b1[77] > 0", LARGE)
    )
    assert "W1[0..29,0..19]" in sentence(UnknownName, lambda: read_condition("c1[7] > 0", LARGE))


def test_a_score_or_a_loss_that_the_run_does_not_have_is_refused(iris: Run) -> None:
    name = iris.name
    assert sentence(SettingError, lambda: iris.find("r2 > 0.5")) == (
        f"{name} predicts classes: its score is accuracy"
    )
    assert sentence(SettingError, lambda: iris.find("validation loss rises")) == (
        f"{name} has no validation rows that were looked at after each epoch; what it has of an"
        " epoch is epoch_loss and held_out_loss"
    )
    whole = cp.train("iris", hidden=[4], epochs=2, test_size=0.0)
    assert sentence(SettingError, lambda: whole.find("held_out_loss rises")).endswith(
        "what it has of an epoch is epoch_loss"
    )
    assert iris.find("accuracy > 50%").step is not None
    assert iris.find("score > 50%").found == iris.find("accuracy > 50%").found
    stopped = cp.train("iris", hidden=[4], epochs=3, early_stopping=True)
    assert stopped.find("validation_loss falls").condition.quantity.kind == "held_out_loss"


def test_what_is_asked_with_something_else_than_a_text_is_told(iris: Run) -> None:
    wrong: Any = 3
    assert sentence(SettingError, lambda: iris.find(wrong)).startswith("a condition is a text")
    for ask in (cp.open_run, iris.diff):
        assert sentence(RunError, lambda: ask(wrong)) == (  # noqa: B023
            "a run is opened by the path of its folder, not by 3"
        )


def test_a_span_has_to_lie_in_the_run(iris: Run) -> None:
    assert sentence(SettingError, lambda: iris.find("w1 > 0", first=5, last=4)) == (
        "the span begins with step 5 and ends with 4, before it"
    )
    assert "from 0 (the start) to 60" in sentence(
        SettingError, lambda: iris.find("w1 > 0", last=61)
    )
