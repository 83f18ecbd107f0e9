"""Names given by hand, and how the names of a solution are shown."""

import pytest

import clearprop as cp
from clearprop.errors import SettingError, UnknownName
from clearprop.network.lesson import seed_lesson

TEXT = "net = 0.5·1 + 0.3·2 = 1.1\nδ_h = -0.0243"
LAYERS = """\
x = (1, -1, 0.5)    y = 0.5    lr = 0.1
W1 = [0.2 -0.3 0.4; 0.1 0.5 -0.6]   b1 = (0.1, -0.2)
W2 = [0.7 -0.8]   b2 = 0.05
z1 = .2 + .3 + .2 + .1 = 0.8
z2 = .1 - .5 - .3 - .2 = -0.9
h1 = tanh(.8) = 0.6640
h2 = tanh(-.9) = -0.7163
yhat = .7*.6640 + (-.8)(-.7163) + .05 = 1.0878
E = (yhat - y)^2 = (1.0878 - .5)^2 = 0.3455
"""


def test_a_name_that_does_not_stand_in_the_solution_is_told():
    for lesson in (None, seed_lesson()):
        with pytest.raises(SettingError) as error:
            cp.check(TEXT, lesson, {"foo": "w1"})
        assert str(error.value) == "the name 'foo' does not stand in the solution"


def test_what_clearprop_calls_nothing_so_is_told_without_a_network_too():
    with pytest.raises(SettingError) as error:
        cp.check(TEXT, names={"net": "nonsense"})
    assert str(error.value) == (
        "clearprop has no quantity 'nonsense' in any network; its names are such as z_h1, w5, "
        "yhat, dL/dw5 and w5_new"
    )
    with pytest.raises(UnknownName, match="nonsense"):
        cp.check(TEXT, seed_lesson(), {"net": "nonsense"})


def test_a_name_may_be_given_in_any_spelling():
    for name in ("δ_h", "delta_h", r"\delta_{h}"):
        assert dict(cp.check(TEXT, seed_lesson(), {name: "dL/dz_h"}).names)
    report = cp.check(LAYERS, names={"z2": "z_h1"})
    assert report.first_wrong.line == 5


def test_what_is_no_solution_or_no_mapping_is_told():
    with pytest.raises(SettingError) as error:
        cp.check(TEXT, names=3)
    assert str(error.value) == (
        "names maps names of the solution to clearprop's, as in {'net_h1': 'z_h1'}; given was 3"
    )
    with pytest.raises(SettingError) as error:
        cp.check(None)
    assert str(error.value) == (
        "check takes the text of a solution or the Path of its file, not a NoneType"
    )


def test_names_are_shown_as_they_are_written():
    names = dict(cp.check(LAYERS).names)
    assert {"z1": "z_h1", "z2": "z_h2", "h2": "h2", "W1[2,3]": "w6", "W2[2]": "w8"}.items() <= (
        names.items()
    )
    assert not any("^" in name for name in names)


def test_a_name_whose_formula_is_not_understood_is_not_said_to_mean_anything():
    report = cp.check("v = zeros(2)\nz_out = w3 h = 0.6002", seed_lesson())
    assert "v" not in dict(report.names)
