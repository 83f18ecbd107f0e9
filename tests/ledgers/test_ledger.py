"""The ledger of a weight: opening + entries = closing, and each entry is what it says."""

import math
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import polars as pl
import pytest

import clearprop.api as cp
from clearprop.data import memory
from clearprop.errors import ClearpropError, DataError, SettingError, UnknownName
from clearprop.formulas.optimizers import OPTIMIZERS
from clearprop.ledgers import bookkeeping, first_layer, stretches
from clearprop.ledgers.account import Account
from clearprop.ledgers.additions import Additions, Measured, OuterProducts, Vectors
from clearprop.ledgers.ledger import Ledger
from clearprop.ledgers.selection import Selection, selection_of
from clearprop.network.names import Names
from clearprop.network.parameters import Array, Parameters, place_of
from clearprop.render.numbers import number_text
from clearprop.runs.run import Run
from clearprop.tracing.values import all_parameters

TRAININGS, PART = 1_000, 125  # of random networks, and how many of them a test goes through


def sentence(error: type[ClearpropError], call: Any) -> str:
    with pytest.raises(error) as raised:
        call()
    return str(raised.value)


def random_run(seed: int) -> Run:
    """A short training of a random network with random options."""
    draw = np.random.default_rng(seed)
    hidden = [int(units) for units in draw.integers(1, 6, draw.integers(1, 3))]
    classes = bool(draw.integers(2))
    x = draw.standard_normal((12, int(draw.integers(1, 5))))
    y: Any = np.array(["a", "b", "c"] * 4) if classes else draw.standard_normal(12)
    options: dict[str, Any] = {
        "activation": str(draw.choice(["tanh", "relu", "sigmoid", "gelu"])),
        "optimizer": list(OPTIMIZERS)[seed % len(OPTIMIZERS)],
        "reduction": str(draw.choice(["sum", "mean"])),
        "rate": float(draw.choice([0.001, 0.01])),
        "weight_decay": float(draw.choice([0.0, 0.01])),
        "batch_size": int(draw.choice([3, 5, 12])),
        "schedule": str(draw.choice(["constant", "cosine"])),
        "warmup": int(draw.integers(2)),
        "clip_norm": [None, 0.5][draw.integers(2)],
        "dropout": float(draw.choice([0.0, 0.3])),
        "arithmetic": str(draw.choice(["fast", "strict"])),
        "frozen": [[], ["biases"]][draw.integers(2)],
        "sample_weight": [None, draw.uniform(0.5, 2, 12)][draw.integers(2)],
    }
    return cp.train((x, y), hidden=hidden, epochs=3, test_size=0.0, seed=seed,
                    engine="reference", **options)  # fmt: skip


@cache
def iris(**options: Any) -> Run:
    return cp.train("iris", hidden=[5], epochs=6, seed=1, engine="reference", **options)


def written_out(additions: Additions) -> Array:
    """The vectors of additions, one below the other."""
    if isinstance(additions, OuterProducts):
        return additions.written_out()
    assert isinstance(additions, Vectors)
    return additions.array


def account_written_out(run: Run, selection: Selection, since: int, until: int) -> Account:
    """The account by example, with vectors: those that are only measured, as groups of one."""
    found = bookkeeping.account_of(run, selection, since, until)
    if not isinstance(found.added, Measured):
        return found
    each = np.arange(len(run.split.train))
    vectors = bookkeeping.account_of(run, selection, since, until, groups=each)
    for numbers, others in (
        (found.added.parts, vectors.added.along(found.standing.direction)),
        (found.added.lengths, vectors.added.norms()),
        (found.added.whole, vectors.added.total()),
    ):
        np.testing.assert_allclose(numbers, others, rtol=1e-12, atol=1e-15)
    return vectors


def missing(ledger: Ledger) -> float:
    """What the statement lacks to close, as a share of opening and entries."""
    amounts = ledger.frame["amount"].to_list()
    size = math.fsum(map(abs, [ledger.opening, *amounts]))
    return abs(math.fsum([ledger.opening, *amounts, -ledger.closing])) / (size or 1.0)


# --- conservation --------------------------------------------------------------------------------


@pytest.mark.parametrize("first", range(0, TRAININGS, PART))
def test_every_weight_of_random_networks_is_conserved(
    first: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stretches, "STRETCH", 4)  # so that there are many stretches
    monkeypatch.setattr(first_layer, "NEAR", 12)  # likewise, of few steps
    for seed in range(first, first + PART):
        run = random_run(seed)
        by_units = seed // len(OPTIMIZERS) % 2  # first layers of half of them, with each optimizer
        monkeypatch.setattr(bookkeeping, "LARGE", 0 if by_units else 1_000_000)
        for layer in run.network.layer_numbers:
            selection = selection_of(run.network, None, None, layer)
            found = account_written_out(run, selection, seed % 3, run.outcome.steps)
            standing = found.standing
            added = np.concatenate([written_out(found.added), found.others_added])
            carried = np.concatenate([written_out(found.carried), found.others_carried])
            lacking = standing.closing - standing.opening - added.sum(axis=0)
            size = np.abs(standing.opening) + np.abs(added).sum(axis=0)
            assert (np.abs(lacking) <= 1e-12 * size).all(), seed
            left = standing.carried_out - carried.sum(axis=0)  # what each entry left
            assert (np.abs(left) <= 1e-12 * np.abs(carried).sum(axis=0)).all(), seed


def test_a_ledger_closes_with_the_runs_own_values() -> None:
    for seed in range(TRAININGS, TRAININGS + 2 * len(OPTIMIZERS)):
        run, draw = random_run(seed), np.random.default_rng([seed, 1])
        parameter = draw.choice(np.array([*all_parameters(run.parameters)], dtype=object))
        name, place = Names(run.network).id(parameter), place_of(run.parameters.network, parameter)
        since = int(draw.integers(run.outcome.steps))
        until = int(draw.integers(since + 1, run.outcome.steps + 1))
        ledger = run.ledger(name, since=since, until=until)
        assert missing(ledger) <= 1e-12
        size = abs(ledger.opening) + ledger.frame["amount"].abs().sum()
        assert abs(ledger.amount("rounding")) <= 1e-12 * size, (seed, name)
        assert ledger.opening == run.at(since).parameters.vector[place]
        assert ledger.closing == run.at(until).parameters.vector[place]


# --- what an entry is ----------------------------------------------------------------------------


def test_dropping_an_example_changes_a_step_of_gradient_descent_by_its_entry() -> None:
    run = iris(optimizer="gradient_descent", reduction="sum", rate=0.01)
    plan, before = run.replay.plan, run.at(7)
    ledger = run.ledger("W1[3,2]", since=7, until=8)
    after = run.at(8).parameters.weights[0][3, 2]
    for row in before.rows.tolist()[:5]:
        batches = plan.job.batches
        of_part = int(np.flatnonzero(run.split.train == row)[0])
        rows = batches.rows(7)
        rest = rows[rows != of_part]
        _, without = plan.engine.step(before.state, rest, before.rate)
        entry = ledger.sources.filter(row=row)["amount"][0]
        change = after - without.parameters.weights[0][3, 2]
        assert abs(change - entry) <= 1e-14


def test_every_example_is_visited_once_an_epoch() -> None:
    sources = iris().ledger("W1[3,2]").sources
    assert sources["visits"].to_list() == [6] * len(iris().split.train)
    assert sorted(sources["row"].to_list()) == sorted(iris().split.train.tolist())


def test_a_span_of_one_epoch_cut_in_two_has_the_same_entries_for_gradient_descent() -> None:
    run = iris(optimizer="gradient_descent", rate=0.1)
    whole, parts = run.ledger("w3"), [run.ledger("w3", until=9), run.ledger("w3", since=9)]
    joined: dict[int, float] = {}
    for part in parts:
        for row, amount in part.sources.select("row", "amount").iter_rows():
            joined[row] = joined.get(row, 0.0) + amount
    for row, amount in whole.sources.select("row", "amount").iter_rows():
        assert abs(joined[row] - amount) <= 1e-15


def test_momentum_carried_in_is_what_the_weight_does_without_any_gradient() -> None:
    run = iris(optimizer="momentum")
    since, until = 5, 17
    ledger = run.ledger("w3", since=since, until=until)
    place, alpha = 2, 0.9
    step = run.at(since).optimizer.vectors["step"][place]
    expected = sum(step * alpha ** (k + 1) for k in range(until - since))
    assert ledger.carried_in == step
    assert abs(ledger.amount("carried in") - expected) <= 1e-15


def test_what_was_carried_in_is_printed_where_there_was_any() -> None:
    run = iris(optimizer="momentum")
    for since, printed_too in ((0, False), (5, True)):
        ledger = run.ledger("w3", since=since)
        assert ledger.others["entry"].to_list() == ["carried in", "rounding"]
        assert (ledger.amount("carried in") != 0) == printed_too
        for page in (printed(ledger), ledger._repr_html_()):
            assert ("momentum, carried in" in page) == printed_too


def test_weight_decay_of_adamw_is_the_sum_of_what_it_took() -> None:
    run = iris(optimizer="adamw", weight_decay=0.02)
    expected = [-run.at(s).rate * 0.02 * run.at(s).parameters.vector[2] for s in range(12)]
    found = run.ledger("w3", until=12).amount("weight decay")
    assert abs(found - math.fsum(expected)) <= 1e-15


def test_a_frozen_weight_has_entries_of_nothing() -> None:
    for optimizer in OPTIMIZERS:
        ledger = iris(frozen=("w3",), optimizer=optimizer).ledger("w3")
        assert ledger.change == 0
        nothing = [0.0] * len(ledger.frame)
        assert ledger.frame["amount"].to_list() == nothing
        assert ledger.frame["carried"].to_list() == nothing
        assert ledger.carried_in in (0.0, None)
        assert ledger.carried_out == ledger.carried_in
        assert len(ledger.sources) == len(iris().split.train)


def test_of_a_frozen_weight_the_page_says_so_and_lists_nothing() -> None:
    run = cp.train("iris", hidden=[5], epochs=2, seed=1, dtype="float32", frozen=["w3"])
    ledger = run.ledger("w3")
    assert ledger.remarks == ("w3 is frozen: nothing changes it.",)
    value = number_text(ledger.opening, 6)[0]
    assert printed(ledger) == (
        f"{run.name} · the ledger of w3, 8 updates: from step 0 to step 8\n\n"
        f"It is {value} throughout.\nw3 is frozen: nothing changes it.\n"
    )
    page = ledger._repr_html_()
    assert "<p>w3 is frozen: nothing changes it.</p>" in page
    assert "<table" not in page
    whole = run.ledger(unit="h1")  # w1 … w4 and a bias
    assert whole.remarks[-1] == "Of all 5 numbers 1 is frozen: nothing changes it."
    assert "<table" in whole._repr_html_()


def printed(found: Any) -> str:
    from rich.console import Console

    console = Console(width=100, highlight=False)
    with console.capture() as capture:
        console.print(found)
    return capture.get()


def test_by_class_adds_the_entries_of_its_examples() -> None:
    run = iris()
    single = run.ledger("w3").sources
    for label, amount in run.ledger("w3", by="class").sources.select("label", "amount").iter_rows():
        assert abs(single.filter(label=label)["amount"].sum() - amount) <= 1e-15


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("few", [0, 10_000])
@pytest.mark.parametrize("large", [0, 1_000_000])
def test_a_group_s_sum_is_that_of_its_examples_for_every_rule(
    optimizer: str, few: int, large: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bookkeeping, "LARGE", large)
    monkeypatch.setattr(stretches, "FEW", few)  # 0: even examples' shares by matrix products
    monkeypatch.setattr(stretches, "STRETCH", 5)
    run = iris(optimizer=optimizer, weight_decay=0.01, clip_norm=0.3, dropout=0.1, warmup=1)
    groups = np.arange(len(run.split.train)) % 7
    for asked in ((None, None, 1), (None, "h2", None), ("b1", None, None), ("w3", None, None)):
        selection = selection_of(run.network, *asked)
        single = account_written_out(run, selection, 3, 20)
        whole = bookkeeping.account_of(run, selection, 3, 20, groups=groups)
        for each, found in ((single.added, whole.added), (single.carried, whole.carried)):
            sums = written_out(found)
            assert sums.shape == (7, len(selection.places))
            of_rows = written_out(each)
            expected = [of_rows[groups[single.rows] == group].sum(axis=0) for group in range(7)]
            np.testing.assert_allclose(sums, expected, rtol=1e-12, atol=1e-15)
        np.testing.assert_array_equal(whole.others_added, single.others_added)
        np.testing.assert_array_equal(whole.others_carried, single.others_carried)


@pytest.mark.parametrize("optimizer", ["gradient_descent", "momentum", "nesterov"])
def test_a_first_layer_s_entries_are_products_that_agree_with_vectors(
    optimizer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stretches, "STRETCH", 5)
    run = iris(optimizer=optimizer, weight_decay=0.01, clip_norm=0.3, dropout=0.1, warmup=1)
    for asked in ({"layer": 1}, {"unit": "h2"}):
        selection = selection_of(run.network, None, asked.get("unit"), asked.get("layer"))
        found = bookkeeping.account_of(run, selection, 3, 20)
        assert isinstance(found.added, OuterProducts)
        products = run.ledger(**asked, since=3, until=20)
        with monkeypatch.context() as patched:
            patched.setattr(stretches, "has_constant_factor", lambda reader: False)
            vectors = run.ledger(**asked, since=3, until=20)
        assert products.frame["row"].to_list() == vectors.frame["row"].to_list()
        for name in ("amount", "carried", "norm"):
            numbers = products.frame[name].to_numpy(), vectors.frame[name].to_numpy()
            np.testing.assert_allclose(*numbers, rtol=1e-12, atol=1e-15)
    later = selection_of(run.network, None, None, 2)
    assert isinstance(bookkeeping.account_of(run, later, 3, 20).added, Vectors)


@pytest.mark.parametrize("optimizer", ["rmsprop", "adam", "adamw"])
@pytest.mark.parametrize(
    "options",
    [
        {"weight_decay": 0.01, "clip_norm": 0.3, "dropout": 0.1, "warmup": 1},
        {"dtype": "float32", "frozen": ("w3", "w6", "b2")},
        {"activation": "relu", "sample_weight": "petal width (cm)", "reduction": "sum"},
    ],
    ids=["decay", "frozen", "weighted"],
)
def test_a_first_layer_unit_by_unit_has_the_ledger_that_stretches_make(
    optimizer: str, options: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = iris(optimizer=optimizer, batch_size=25, **options)
    asked: list[dict[str, Any]] = [
        {"layer": 1}, {"layer": 1, "by": "class"}, {"unit": "h2"}, {"weight": "w3"},
        {"weight": "b1"},
    ]  # fmt: skip
    for each in asked:
        expected = run.ledger(**each, since=3, until=20)
        monkeypatch.setattr(bookkeeping, "LARGE", 0)
        monkeypatch.setattr(first_layer, "WIDTH", 3)
        monkeypatch.setattr(first_layer, "NEAR", 40)
        walks = []
        for units in (1, 2, 5):
            monkeypatch.setattr(first_layer, "units_at_once", lambda *given, n=units: n)
            walks.append(run.ledger(**each, since=3, until=20))
        for found in walks:
            frames = [ledger.frame.sort("entry", "row", "label") for ledger in (found, expected)]
            for name in ("entry", "row", "label", "visits"):
                assert frames[0][name].to_list() == frames[1][name].to_list()
            for name in ("amount", "carried", "norm"):
                numbers = [
                    frame.filter(pl.col("entry") != "rounding")[name].to_numpy() for frame in frames
                ]
                np.testing.assert_allclose(*numbers, rtol=1e-12, atol=1e-15)
            for name in ("opening", "closing", "carried_in", "carried_out"):
                ends = [getattr(ledger, name) or 0.0 for ledger in (found, expected)]
                np.testing.assert_allclose(*ends, rtol=1e-12, atol=1e-15)
        monkeypatch.undo()


def test_only_a_large_first_layer_with_denominators_goes_unit_by_unit() -> None:
    options: dict[str, Any] = {"hidden": [16], "epochs": 1, "engine": "reference"}
    adam, momentum = (
        cp.train("digits", optimizer=optimizer, **options) for optimizer in ("adam", "momentum")
    )
    first, later, single = (
        selection_of(adam.network, *asked)
        for asked in ((None, None, 1), (None, None, 2), ("W1[3,7]", None, None))
    )
    assert bookkeeping.goes_by_units(adam, first)
    assert not bookkeeping.goes_by_units(adam, later)
    assert not bookkeeping.goes_by_units(adam, single)
    assert not bookkeeping.goes_by_units(momentum, first)


def test_by_class_of_a_part_of_an_epoch_lists_the_classes_that_were_visited() -> None:
    run = iris(batch_size=1)
    sources = run.ledger(layer=1, since=5, until=7, by="class").sources
    rows = [row for step in (5, 6) for row in run.at(step).rows.tolist()]
    labels = [run.data().frame["species"][row] for row in rows]
    assert set(sources["label"].to_list()) == set(labels)
    assert sources["visits"].sum() == 2


def test_a_unit_moves_along_its_change_by_the_sum_of_the_amounts() -> None:
    run = iris()
    ledger = run.ledger(unit="h3")
    before, after = (run.at(step).parameters.weights[0][2] for step in (0, run.outcome.steps))
    biases = [run.at(step).parameters.biases[0][2] for step in (0, run.outcome.steps)]
    length = math.hypot(*(after - before), biases[1] - biases[0])
    assert abs(ledger.change - length) <= 1e-14
    assert missing(ledger) <= 1e-12
    assert ledger.sources["norm"].is_sorted(descending=True)
    assert run.ledger(unit="a1[2]").frame.equals(ledger.frame)


def test_the_account_in_float64_of_a_float32_run_closes_by_rounding() -> None:
    run = cp.train("iris", hidden=[5], epochs=6, seed=1, dtype="float32", engine="reference")
    ledger = run.ledger("W1[3,2]")
    assert missing(ledger) <= 1e-12
    assert 0 < abs(ledger.amount("rounding")) < 1e-5
    assert "Rounding is that of the run's float32" in ledger.remarks[-1]


def test_progress_is_told_to_the_last_step() -> None:
    told: list[int] = []
    iris().ledger("w3", since=3, until=9, progress=told.append)
    assert told == [1, 2, 3, 4, 5, 6]


def test_progress_goes_on_after_the_walk_when_units_are_measured(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told: list[int] = []
    monkeypatch.setattr(bookkeeping, "LARGE", 0)
    iris(optimizer="adam").ledger(layer=1, since=4, until=24, progress=told.append)
    assert told == [10, 12, 14, 16, 18, 20]  # the steps are read at once, then there are 5 units
    told.clear()
    monkeypatch.setattr(first_layer, "units_at_once", lambda *given: 4)
    iris(optimizer="adam").ledger(layer=1, since=4, until=24, progress=told.append)
    assert told == [8, 10, 12, 14, 16, 18, 20]  # a walk for 4 units, and one for the last


def test_a_ledger_prints_itself() -> None:
    ledger = iris().ledger("w3", since=1)
    assert repr(ledger).startswith("Ledger(w3, steps 1 to 24: ")
    assert "<table>" in ledger._repr_html_()
    assert ledger._repr_html_().count("<tr>") == 1 + 1 + 20 + 1 + len(ledger.others) + 1


# --- what bad input gets -------------------------------------------------------------------------


def test_bad_input_gets_one_sentence() -> None:
    run = iris()
    assert sentence(SettingError, lambda: run.ledger("w3", since=4, until=4)) == (
        "the span from step 4 to step 4 holds no update; it has to begin before it ends"
    )
    assert sentence(SettingError, lambda: run.ledger("w3", until=99)) == (
        "the step must be a whole number from 0 (the start) to 24 (the run's last), not 99"
    )
    assert sentence(SettingError, run.ledger) == (
        "a ledger is of one weight or bias (weight, such as w1), of a unit (unit, such as h1) or of"
        " a layer (layer, such as 1): name one of them"
    )
    assert sentence(SettingError, lambda: run.ledger("h3")) == (
        "it takes a weight or a bias, such as w1, and h3 is neither"
    )
    assert sentence(SettingError, lambda: run.ledger(unit="x1")) == (
        "unit must be the name of a unit that weights lead into, such as h1, not x1"
    )
    assert sentence(SettingError, lambda: run.ledger(layer=3)) == (
        "layer must be a number from 1 to 2, not 3"
    )
    assert "did you mean 'w3'" in sentence(UnknownName, lambda: run.ledger("ww3"))
    assert sentence(UnknownName, lambda: run.ledger("w3", by="clas")) == (
        "unknown grouping 'clas'; did you mean 'class'? Known: example, class"
    )
    assert sentence(UnknownName, lambda: run.ledger("w3", units="h1")) == (
        "unknown option 'units'; did you mean 'unit'? Known: weight, unit, layer, since, until, by,"
        " progress"
    )
    numbers = cp.train((np.ones((8, 1)), np.arange(8.0)), epochs=1, test_size=0.0)
    assert sentence(SettingError, lambda: numbers.ledger("w1", by="class")) == (
        "a ledger by class needs classes, and 'y' is a number"
    )


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"weight": 5}, "it takes the name of a weight or a bias, such as w1, not 5"),
        ({"weight": ("w1", "w2")},
         "it takes the name of a weight or a bias, such as w1, not ('w1', 'w2')"),
        ({"unit": 3}, "unit must be the name of a unit that weights lead into, such as h1, not 3"),
        ({"layer": "1"}, "layer must be a number from 1 to 2, not '1'"),
        ({"layer": 1.0}, "layer must be a number from 1 to 2, not 1.0"),
        ({"layer": True}, "layer must be a number from 1 to 2, not True"),
        ({"weight": "w1", "by": 3}, "by must be example or class, not 3"),
        ({"weight": "w1", "by": None}, "by must be example or class, not None"),
        ({"weight": "w1", "unit": np.array([1, 2])},
         ("a ledger is of one weight or bias (weight, such as w1), of a unit (unit, such as h1) or"
          " of a layer (layer, such as 1): name one of them")),
        ({"weight": "w1", "since": "a"},
         "the step must be a whole number from 0 (the start) to 24 (the run's last), not 'a'"),
    ],
)  # fmt: skip
def test_a_value_of_the_wrong_kind_gets_one_sentence(asked: dict[str, Any], told: str) -> None:
    run = iris()
    assert sentence(SettingError, lambda: run.ledger(**asked)) == told


def test_what_does_not_fit_into_memory_is_told_with_the_ways_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run, plain = iris(), iris(optimizer="gradient_descent")
    for each in (run, plain):
        each.ledger("w3", until=1)  # their data are there from here on
    monkeypatch.setattr(memory, "available_bytes", lambda: 1_000)
    # 112 rows are trained on; w1 … w20, b1 … b5
    free = "of memory, but only 1.0 kB are free;"
    assert sentence(DataError, lambda: run.ledger(layer=1)) == (
        f"the ledger of layer 1, 25 weights and biases, needs about 45.6 kB {free} take classes"
        " (--by class) or a unit (--unit h1) or fewer steps (--from, --to), or a machine with more"
        " memory"
    )
    assert sentence(DataError, lambda: run.ledger(layer=1, by="class")) == (
        f"the ledger of layer 1, 25 weights and biases, by class needs about 2.0 kB {free}"
        " take a unit (--unit h1), or a machine with more memory"
    )
    with monkeypatch.context() as patched:
        patched.setattr(bookkeeping, "LARGE", 0)  # by class takes as much
        patched.setattr(first_layer, "cores", lambda: 2)  # each has its own part of the work
        assert sentence(DataError, lambda: run.ledger(layer=1)) == (
            f"the ledger of layer 1, 25 weights and biases, needs about 151.1 kB {free} take a unit"
            " (--unit h1) or fewer steps (--from, --to), or a machine with more memory"
        )
    # gradient descent carries nothing: one sum is enough, in the first layer that of the deltas
    assert len(plain.ledger(unit="h2").sources) == 112
    assert sentence(DataError, lambda: plain.ledger(layer=1)) == (
        f"the ledger of layer 1, 25 weights and biases, needs about 4.9 kB {free} take classes"
        " (--by class) or a unit (--unit h1) or fewer steps (--from, --to), or a machine with more"
        " memory"
    )
    assert sentence(DataError, lambda: plain.ledger(unit="a2[0]")) == (
        f"the ledger of yhat1, 6 weights and biases, needs about 5.5 kB {free} take classes"
        " (--by class) or a weight (w21) or fewer steps (--from, --to), or a machine with more"
        " memory"
    )
    assert len(plain.ledger(layer=2, by="class").sources) == 3


def test_an_unknown_weight_of_a_large_network_is_told_with_the_nearest() -> None:
    run = cp.train("digits", hidden=[8], epochs=1)
    assert sentence(UnknownName, lambda: run.ledger("W1[9,70]")) == (
        "no quantity is called 'W1[9,70]'; did you mean 'W1[7,63]'?"
    )
    for ask, name, near in [
        (lambda: run.ledger(unit="h9"), "h9", "a1[7]"),
        (lambda: run.explain("b3[0]", at=1), "b3[0]", "b2[0]"),
        (lambda: run.fork(at=1, set={"W9[0,0]": 1.0}), "W9[0,0]", "W2[0,0]"),
        (lambda: run.find("dead a1[8]"), "a1[8]", "a1[7]"),
        (lambda: run.find("dL/dW1[0,64] > 1"), "dL/dW1[0,64]", "dL/dW1[0,63]"),
    ]:
        assert sentence(UnknownName, ask) == (
            f"no quantity is called '{name}'; did you mean '{near}'?"
        )


def test_a_replay_that_drifts_is_no_ledger(monkeypatch: pytest.MonkeyPatch) -> None:
    from clearprop.errors import Disagreement
    from clearprop.training.reference import ReferenceEngine

    run = iris(rate=0.01)
    step = ReferenceEngine.step

    def other(self: Any, *given: Any) -> Any:
        loss, after = step(self, *given)
        moved: Parameters = after.parameters.with_vector(after.parameters.vector + 1e-12)
        return loss, replace(after, parameters=moved)

    monkeypatch.setattr(ReferenceEngine, "step", other)
    assert "drifts" in sentence(Disagreement, lambda: run.ledger("w3"))
