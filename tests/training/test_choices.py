import pytest

from clearprop.data.encoding import Encoding
from clearprop.data.table import load
from clearprop.errors import SettingError, UnknownName
from clearprop.network.learning import Learning
from clearprop.training.choices import Wishes, network_for, settings_for
from clearprop.training.examples import examples_of
from clearprop.training.settings import TrainingSettings


def network(data: str, **wishes: object) -> tuple[tuple[int, ...], str, str]:
    table = load(data)
    settings = settings_for(table, Wishes(**wishes))  # type: ignore[arg-type]
    found = network_for(examples_of(table, settings).encoding, table.kind, settings)
    return found.layers, found.activations[-1], settings.learning.loss


def test_outputs_follow_from_the_target() -> None:
    assert network("iris") == ((4, 32, 3), "softmax", "cross_entropy")
    assert network("moons") == ((2, 32, 1), "sigmoid", "binary_cross_entropy")
    assert network("diabetes") == ((10, 32, 1), "identity", "mean_squared_error")


def test_outputs_follow_from_the_loss() -> None:
    assert network("iris", loss="squared_error") == ((4, 32, 3), "sigmoid", "squared_error")
    assert network("iris", loss="binary_cross_entropy")[:2] == ((4, 32, 3), "sigmoid")
    assert network("moons", loss="cross_entropy")[:2] == ((2, 32, 2), "softmax")
    assert network("moons", loss="half_squared_error")[:2] == ((2, 32, 1), "sigmoid")
    assert network("diabetes", loss="huber")[:2] == ((10, 32, 1), "identity")


def test_hidden_layers_are_as_asked_for() -> None:
    assert network("iris", hidden=(8, 5))[0] == (4, 8, 5, 3)
    assert network("iris", hidden=())[0] == (4, 3)


def test_small_data_get_more_epochs_so_that_the_steps_suffice() -> None:
    def epochs(data: str) -> int:
        return settings_for(load(data), Wishes()).epochs

    assert epochs("digits") < epochs("iris") == epochs("xor") == 500


def test_the_seeds_rule_is_taken_as_named_without_weight_decay() -> None:
    table = load("iris")
    named = settings_for(table, Wishes(optimizer="gradient_descent")).learning
    assert named == Learning("cross_entropy", "gradient_descent", constants={"rate": 0.1})


def test_naming_the_default_optimizer_changes_nothing() -> None:
    for data, decay in (("iris", 0.001), ("diabetes", 0.03)):
        table = load(data)
        named = settings_for(table, Wishes(optimizer="adam"))
        assert named == settings_for(table, Wishes())
        assert named.learning.constants["weight_decay"] == decay


def test_adamw_decays_where_nobody_says_how_much() -> None:
    for data in ("iris", "diabetes"):
        found = settings_for(load(data), Wishes(optimizer="adamw")).learning
        assert found.constants["weight_decay"] == 0.01
    none = settings_for(load("iris"), Wishes(optimizer="adamw", weight_decay=0.0)).learning
    assert none.constants["weight_decay"] == 0


@pytest.mark.parametrize(
    ("data", "wishes", "sentence"),
    [
        (
            "diabetes",
            {"loss": "cross_entropy"},
            (
                "cross_entropy is for classes, but the target 'progression' is numbers; take one"
                " of squared_error, half_squared_error, mean_squared_error, mean_absolute_error,"
                " huber, or read the target as classes with --kind classes"
            ),
        ),
        (
            "iris",
            {"momentum": 0.5},
            (
                "momentum is a constant of momentum and nesterov, and the optimizer is adam;"
                " add --optimizer momentum"
            ),
        ),
        ("iris", {"patience": 3}, "patience is a matter of early stopping; add --early-stopping"),
        ("iris", {"rate": 0.0}, "rate must be a number above 0, not 0.0"),
        ("iris", {"epochs": 0}, "epochs must be a whole number of at least 1, not 0"),
        ("iris", {"batch_size": 2.5}, "batch size must be a whole number of at least 1, not 2.5"),
        ("iris", {"seed": -1}, "seed must be a whole number from 0 to 4294967295, not -1"),
        (
            "iris",
            {"hidden": (3, 0)},
            "hidden layer 2 must have a whole number of at least 1 unit, not 0",
        ),
        (
            "iris",
            {"hidden": "3"},
            "hidden layer 1 must have a whole number of at least 1 unit, not '3'",
        ),
        (
            "iris",
            {"test_size": 1},
            "the test size must be a share of all rows, at least 0 and less than 1, not 1",
        ),
        (
            "iris",
            {"early_stopping": True, "validation_size": 0},
            (
                "early stopping watches the validation part, but the validation size is 0;"
                " give a share such as 0.1"
            ),
        ),
        (
            "iris",
            {"decay_factor": 0.5},
            (
                "decay factor goes with the schedule step or exponential or adaptive, and the"
                " schedule is constant; add --schedule step"
            ),
        ),
        (
            "iris",
            {"schedule": "exponential", "decay_every": 5},
            (
                "decay every goes with the schedule step, and the schedule is exponential;"
                " add --schedule step"
            ),
        ),
        (
            "iris",
            {"schedule": "step", "decay_factor": 1.5},
            "decay factor must be a number above 0 and at most 1, not 1.5",
        ),
        (
            "iris",
            {"schedule": "step", "decay_every": 0},
            "decay every must be a whole number of at least 1, not 0",
        ),
        ("iris", {"warmup": -1}, "warmup must be a whole number of at least 0, not -1"),
        ("iris", {"clip_norm": 0}, "clip norm must be a number above 0, not 0"),
        ("iris", {"clip_norm": float("nan")}, "clip norm must be a number above 0, not nan"),
        ("iris", {"clip_norm": "1"}, "clip norm must be a number above 0, not '1'"),
        (
            "iris",
            {"dropout": 1.0},
            "dropout must be a probability, at least 0 and less than 1, not 1.0",
        ),
        (
            "iris",
            {"dropout": -0.5},
            "dropout must be a probability, at least 0 and less than 1, not -0.5",
        ),
        (
            "iris",
            {"dropout": 0.5, "hidden": ()},
            (
                "dropout leaves out hidden units, and this network has none; leave out dropout,"
                " or give the network a hidden layer"
            ),
        ),
        ("iris", {"threads": 0}, "threads must be a whole number of at least 1, not 0"),
        (
            "iris",
            {"arithmetic": "strict", "dtype": "float32"},
            (
                "strict arithmetic is that of float64, and the dtype is float32; take float64, or"
                " leave the arithmetic open"
            ),
        ),
    ],
)
def test_wishes_that_do_not_fit_are_refused(
    data: str, wishes: dict[str, object], sentence: str
) -> None:
    with pytest.raises(SettingError) as raised:
        settings_for(load(data), Wishes(**wishes))  # type: ignore[arg-type]
    assert str(raised.value) == sentence


def test_unknown_names_come_with_the_nearest() -> None:
    for wishes, sentence in (
        ({"activation": "tahn"}, "unknown activation 'tahn'; did you mean 'tanh'?"),
        ({"optimizer": "adm"}, "unknown optimizer 'adm'; did you mean 'adam'?"),
        ({"dtype": "float16"}, "unknown dtype 'float16'; did you mean 'float64'?"),
        ({"initializer": "he"}, "unknown initializer 'he'."),
        ({"schedule": "cosin"}, "unknown schedule 'cosin'; did you mean 'cosine'?"),
        ({"engine": "straight"}, "unknown engine 'straight'"),
        ({"arithmetic": "strickt"}, "unknown arithmetic 'strickt'; did you mean 'strict'?"),
        ({"reduction": "average"}, "unknown reduction 'average'."),
    ):
        with pytest.raises(UnknownName) as raised:
            settings_for(load("iris"), Wishes(**wishes))  # type: ignore[arg-type]
        assert str(raised.value).startswith(sentence)


def test_a_schedule_has_the_constants_that_it_uses_and_no_others() -> None:
    def constants(**wishes: object) -> tuple[float | None, int | None]:
        found = settings_for(load("iris"), Wishes(**wishes))  # type: ignore[arg-type]
        return found.decay_factor, found.decay_every

    assert constants() == constants(schedule="cosine") == (None, None)
    assert constants(schedule="step") == (0.1, 10)
    assert constants(schedule="exponential") == (0.95, None)
    assert constants(schedule="step", decay_factor=1, decay_every=3) == (1, 3)


def test_the_encoding_knows_the_training_part_alone() -> None:
    table = load("iris")
    settings = TrainingSettings(Learning("cross_entropy"), epochs=1)
    examples = examples_of(table, settings)
    assert examples.encoding == Encoding.fit(table, examples.split.train, one_output=False)
