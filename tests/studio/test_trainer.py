"""The studio's trainer: it plays, waits for nobody, and brings back any moment to the bit."""

import threading
import time
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import clearprop as cp
from clearprop.errors import SettingError
from clearprop.studio import trainer as room
from clearprop.studio.choices import setup
from clearprop.studio.sessions import MOST, Opening, Sessions
from clearprop.studio.train_answers import choose
from clearprop.studio.trainer import Trainer

XOR = {"data": "xor", "hidden": [4], "batch_size": 2, "seed": 3, "test_size": 0}
WIDE = {"data": "moons", "hidden": [8, 8], "activation": "tanh", "seed": 1}


@pytest.fixture
def trainer_of():
    made = []

    def make(chosen=XOR, **changes):
        made.append(Trainer(setup({**chosen, **changes}, {}).plan))
        return made[-1]

    yield make
    for trainer in made:
        end(trainer)


def end(trainer):
    trainer.close()
    if trainer.thread is not None:
        trainer.thread.join(20)
        assert not trainer.thread.is_alive()


def wait(trainer, until, seconds=30):
    over = time.monotonic() + seconds
    while not until(trainer):
        assert time.monotonic() < over, "it does not come to that"
        assert not trainer.trouble
        time.sleep(0.002)


def steps(trainer, count):
    """Take some steps and wait for them."""
    goal = trainer.step + count
    trainer.play(steps=count)
    wait(trainer, lambda t: not t.playing)
    assert trainer.step == goal


def bits(state):
    carried = state.optimizer
    return (
        state.step,
        state.loss_sum,
        state.parameters.vector.tobytes(),
        {name: vector.tobytes() for name, vector in carried.vectors.items()},
        dict(carried.shared),
    )


# --- playing -------------------------------------------------------------------------------------


def test_it_plays_to_its_goal_and_stands_there(trainer_of):
    trainer = trainer_of()
    steps(trainer, 7)
    steps(trainer, trainer.to_epoch())
    assert trainer.step == 8
    assert len(trainer.curve) == 4


def test_it_plays_where_the_system_forbids_to_give_way(trainer_of, monkeypatch):
    def forbidden(*asked):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(room.os, "setpriority", forbidden, raising=False)
    steps(trainer_of(), 3)


def test_it_pauses_where_it_is(trainer_of):
    trainer = trainer_of()
    trainer.play()
    wait(trainer, lambda t: t.step > 100)
    trainer.pause()
    step = trainer.step
    time.sleep(0.05)
    assert trainer.step == step
    assert not trainer.playing


def test_it_takes_as_many_steps_a_second_as_it_is_asked_for(trainer_of):
    trainer = trainer_of()
    steps(trainer, 1)  # it is compiled
    began = time.monotonic()
    trainer.play(per_second=200)
    wait(trainer, lambda t: t.step >= 41)
    assert time.monotonic() - began > 0.15


def test_a_reset_brings_back_the_start_and_the_same_way_from_it(trainer_of):
    trainer = trainer_of(WIDE)
    start = bits(trainer.state)
    steps(trainer, 50)
    there = bits(trainer.state)
    trainer.reset()
    assert bits(trainer.state) == start
    assert len(trainer.curve) == 0
    steps(trainer, 50)
    assert bits(trainer.state) == there


def test_how_the_steps_are_parted_changes_no_bit(trainer_of):
    one, other = trainer_of(WIDE), trainer_of(WIDE)
    steps(one, 60)
    for count in (1, 2, 3, 20, 34):
        steps(other, count)
    assert bits(one.state) == bits(other.state)
    assert one.curve.loss.tolist() == other.curve.loss.tolist()


# --- moments -------------------------------------------------------------------------------------


def test_any_moment_has_the_bits_of_a_training_of_the_same_settings(trainer_of):
    trainer = trainer_of()
    steps(trainer, 200)
    run = cp.train("xor", hidden=[4], batch_size=2, seed=3, test_size=0.0, epochs=100)
    for step in (0, 1, 2, 99, 150, 199, 200, 3):
        assert bits(trainer.at(step)) == bits(run.replay.state(step))
    assert trainer.curve.loss.tolist() == run.history["loss"].to_list()


def test_any_moment_has_the_bits_of_a_compiled_training_too(trainer_of):
    trainer = trainer_of(WIDE)
    steps(trainer, 90)
    assert trainer.engine.name == "generic, fast"
    run = cp.train("moons", hidden=[8, 8], activation="tanh", seed=1, epochs=15, engine="generic")
    assert run.outcome.steps >= 90
    for step in (0, 1, 17, 89, 90):
        assert bits(trainer.at(step)) == bits(run.replay.state(step))


def test_few_states_are_held_and_every_moment_comes_back_from_them(trainer_of, monkeypatch):
    monkeypatch.setattr(room, "MOST_HELD", 4)
    trainer = trainer_of()
    seen = {}
    for _ in range(60):
        steps(trainer, 3)
        seen[trainer.step] = bits(trainer.state)
    assert len(trainer.held) <= 4
    assert 0 in trainer.held
    assert trainer.spacing > 1
    for step, there in seen.items():
        assert bits(trainer.at(step)) == there


def test_looking_back_while_it_plays_disturbs_neither(trainer_of, monkeypatch):
    monkeypatch.setattr(room, "MOST_HELD", 4)  # so that the way back to a moment is long
    trainer = trainer_of(WIDE)
    plan = setup(WIDE, {}).plan
    there = {
        step: bits(plan.engine.advance(plan.start, step).state) for step in range(99, 4000, 500)
    }
    trainer.play()
    wait(trainer, lambda t: t.step > 4000)
    amiss = []

    def look(times):
        steps = list(there) * times
        amiss.extend(step for step in steps if bits(trainer.at(step)) != there[step])

    watchers = [threading.Thread(target=look, args=(times,)) for times in (4, 5, 6)]
    for watcher in watchers:
        watcher.start()
    for watcher in watchers:
        watcher.join()
    trainer.pause()
    assert amiss == []
    assert bits(trainer.state) == bits(plan.engine.advance(plan.start, trainer.step).state)


def test_a_step_that_is_not_there_yet_is_gone_to(trainer_of):
    trainer = trainer_of()
    steps(trainer, 3)
    trainer.show(40)
    wait(trainer, lambda t: t.step == 40)
    with pytest.raises(SettingError, match=r"^the training begins with step 0$"):
        trainer.show(-1)


# --- what breaks ---------------------------------------------------------------------------------


def test_a_training_that_breaks_says_where_and_can_go_back(trainer_of):
    trainer = trainer_of(optimizer="gradient_descent", activation="relu", rate=1e200)
    start = bits(trainer.state)
    trainer.play()
    wait(trainer, lambda t: t.broke is not None)
    assert not trainer.playing
    assert trainer.sentences[0].startswith(f"Training broke in step {trainer.step + 1}: ")
    with pytest.raises(SettingError, match=r"^training broke in step .*with a smaller rate$"):
        trainer.play()
    trainer.reset()
    assert bits(trainer.state) == start
    assert trainer.sentences == []


def test_a_fault_of_the_engine_is_told_and_not_hidden(trainer_of, monkeypatch, caplog):
    trainer = trainer_of()

    def fails(until):
        raise RuntimeError("no such luck")

    monkeypatch.setattr(trainer, "advance", fails)
    trainer.play()
    over = time.monotonic() + 20
    while not trainer.trouble and time.monotonic() < over:
        time.sleep(0.002)
    assert trainer.sentences == [
        "The training ended with a fault of clearprop; its terminal shows which."
    ]
    assert not trainer.playing
    assert "no such luck" in caplog.text
    with pytest.raises(SettingError, match="ended with a fault"):
        trainer.play()


# --- threads -------------------------------------------------------------------------------------


def test_closing_ends_the_thread(trainer_of):
    trainer = trainer_of()
    trainer.play()
    wait(trainer, lambda t: t.step > 10)
    end(trainer)


SOME = st.none() | st.integers(-1, 50)
COMMANDS = st.lists(
    st.one_of(
        st.tuples(st.just("play"), st.sampled_from([None, 50.0, 1e9]), SOME),
        st.tuples(st.just("pause")),
        st.tuples(st.just("reset")),
        st.tuples(st.just("show"), SOME),
        st.tuples(st.just("at"), st.integers(0, 50)),
    ),
    min_size=60,
    max_size=100,
)


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(commands=COMMANDS)
def test_whatever_is_asked_it_neither_stands_still_nor_loses_its_start(commands):
    trainer = Trainer(setup(XOR, {}).plan)
    start = bits(trainer.state)
    try:
        for name, *given in commands:
            if name == "at":
                step = min(given[0], trainer.step)
                found = trainer.at(step)
                assert found.step == step
            else:
                with suppress(SettingError):  # a step that it has not
                    getattr(trainer, name)(*given)
            assert trainer.moment.step >= 0
        trainer.pause()
        assert bits(trainer.at(0)) == start
        trainer.reset()
        assert bits(trainer.state) == start
        steps(trainer, 5)
    finally:
        end(trainer)


def test_two_trainings_do_not_disturb_each_other(trainer_of):
    pair = trainer_of(WIDE), trainer_of(WIDE)
    for trainer in pair:
        trainer.play(steps=500)
    for trainer in pair:
        wait(trainer, lambda t: not t.playing)
    alone = trainer_of(WIDE)
    steps(alone, 500)
    assert bits(pair[0].state) == bits(pair[1].state) == bits(alone.state)


# --- sessions ------------------------------------------------------------------------------------


def training_threads():
    return [thread for thread in threading.enumerate() if thread.name == "clearprop-training"]


def test_the_sessions_beyond_the_limit_are_closed_those_first_that_nobody_watches():
    sessions = Sessions(Opening())
    watched = sessions.of("watched")
    watched.watchers = 1
    first = sessions.of("first")
    for session in (watched, first):
        choose(session, {"chosen": XOR})
    trainer = first.painter.trainer
    for place in range(MOST - 1):
        sessions.of(f"another {place}")
    assert len(sessions.known) == MOST
    assert sessions.of("watched") is watched
    trainer.thread.join(20)
    assert not trainer.thread.is_alive()
    assert first.painter is None
    kept = watched.painter.trainer.thread
    assert kept.is_alive()
    sessions.close()
    kept.join(20)
    assert not kept.is_alive()


def test_a_session_that_chooses_twice_at_once_has_one_training():
    session = Sessions(Opening()).of("tab")
    before = set(training_threads())
    together = [
        threading.Thread(target=choose, args=(session, {"chosen": {**XOR, "seed": seed}}))
        for seed in range(6)
    ]
    for thread in together:
        thread.start()
    for thread in together:
        thread.join()
    kept = session.painter.trainer.thread
    over = time.monotonic() + 20
    while set(training_threads()) - before != {kept} and time.monotonic() < over:
        time.sleep(0.01)
    assert set(training_threads()) - before == {kept}
    session.close()
    kept.join(20)
