"""The arithmetic of paper: the seed's printed numbers, and the rules of rounding."""

from decimal import ROUND_HALF_UP, Decimal, localcontext

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clearprop.errors import SettingError
from clearprop.network.lesson import seed_lesson
from clearprop.network.options import lesson_from_options
from clearprop.render.text import trace_text
from clearprop.tracing.by_hand import round_to, written
from clearprop.tracing.trace import trace_steps

# how-it-works-step-by-step.txt, steps 1 to 7: what stands there for each line
SEED = {
    "z_h": "1.1",
    "h": "0.750",
    "z_out": "0.600",
    "yhat": "0.646",
    "L": "0.125",
    "dL/dyhat": "-0.708",
    "dyhat/dz_out": "0.229",
    "dL/dz_out": "-0.162",
    "dz_out/dw3": "0.750",
    "dL/dw3": "-0.122",
    "w3_new": "0.812",
    "dz_out/dh": "0.8",
    "dh/dz_h": "0.1875",
    "dL/dz_h": "-0.0243",
    "dL/dw1": "-0.0243",
    "dL/dw2": "-0.0486",
    "w1_new": "0.502",
    "w2_new": "0.305",
}


def by_hand(lesson, digits):
    trace = trace_steps(lesson, by_hand=digits)
    return {line.id: line for step in trace.steps for line in step.lines}


def test_every_number_is_the_seeds_to_one_unit_of_its_last_digit():
    lines = by_hand(seed_lesson(), 3)
    assert set(lines) - set(SEED) == {"L_new"}
    for name, printed in SEED.items():
        unit = Decimal(1).scaleb(Decimal(printed).as_tuple().exponent)
        assert abs(lines[name].by_hand - Decimal(printed)) <= unit, name


def test_the_numbers_that_the_issue_names():
    lines = by_hand(seed_lesson(), 3)
    found = {name: str(lines[name].by_hand) for name in SEED}
    assert found["L"] == "0.125"  # (1 - 0.646)², not the exact 0.12553 that would round to 0.126
    assert found["dh/dz_h"] == "0.1875"  # 0.750 × 0.250, exact with a digit more, and kept
    assert found["dL/dz_h"] == "-0.0243"
    assert found["dL/dw2"] == "-0.0486"
    assert found["h"] == "0.750"
    assert found["yhat"] == "0.646"


def test_the_next_line_uses_the_written_value():
    lines = by_hand(seed_lesson(), 3)
    assert lines["L"].by_hand == written((1 - lines["yhat"].by_hand) ** 2, 3)
    assert lines["z_out"].by_hand == Decimal("0.8") * lines["h"].by_hand
    assert lines["z_out"].value == 0.6002080844760942  # beside it stands the exact one


@pytest.mark.parametrize(
    ("value", "digits", "expected"),
    [
        ("0.1254", 3, "0.1254"),  # exact with one digit more: kept
        ("0.12541", 3, "0.125"),
        ("0.12550", 3, "0.1255"),
        ("0.12551", 3, "0.126"),
        ("0.125500001", 3, "0.126"),
        ("-0.12345", 4, "-0.12345"),  # likewise kept
        ("-0.123450001", 4, "-0.1235"),
        ("0.12345000", 3, "0.123"),  # exact, but with two digits more
        ("0.1250000", 3, "0.125"),
        ("1.1", 3, "1.1"),
        ("1", 3, "1"),
        ("9.996", 3, "9.996"),  # exact with one digit more
        ("9.9961", 3, "10.0"),
        ("-9.9961", 3, "-10.0"),
        ("0.09996001", 3, "0.100"),
        ("999.91", 3, "1.00E+3"),
        ("123456", 3, "1.23E+5"),
        ("0.00012349", 2, "0.00012"),
        ("0", 3, "0"),
        ("0.0000", 3, "0.0000"),
    ],
)
def test_a_value_is_written(value, digits, expected):
    assert str(written(Decimal(value), digits)) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [("2.500000001", "3"), ("2.55", "3"), ("-2.55", "-3"), ("0.04500001", "0.05")],
)
def test_to_one_digit(value, expected):
    assert str(written(Decimal(value), 1)) == expected


@settings(deadline=None)
@given(
    st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**9), max_value=10**9),
    st.integers(1, 10),
)
def test_any_value_is_rounded_away_from_zero_at_ties_or_kept(value, digits):
    with localcontext(prec=60):
        result = written(value, digits)
        if result == value:
            return
        unit = Decimal(1).scaleb(value.adjusted() - digits + 1)
        assert result == value.quantize(unit, rounding=ROUND_HALF_UP)
        assert written(-value, digits) == -result
        # what was cut was more than one digit
        assert value != value.quantize(unit / 10)


@pytest.mark.parametrize(
    ("value", "digits", "expected"),
    [
        ("0.125", 2, "0.13"),
        ("-0.125", 2, "-0.13"),
        ("0.135", 2, "0.14"),
        ("2.5", 1, "3"),
        ("-2.5", 1, "-3"),
        ("9.995", 3, "10.0"),
        ("9.996", 3, "10.0"),
        ("-99.95", 3, "-100"),
        ("0.9995", 3, "1.00"),
    ],
)
def test_a_tie_goes_away_from_zero_and_a_carry_adds_no_digit(value, digits, expected):
    assert str(round_to(Decimal(value), digits)) == expected


def test_a_tie_is_exact_with_a_digit_more_and_therefore_kept():
    lesson = lesson_from_options(
        seed_lesson(),
        {"layers": "1,1", "no_bias": True, "weights": "0.35", "x": "0.35", "y": "0",
         "activation": "identity"},
    )  # fmt: skip
    line = by_hand(lesson, 3)["z_out"]  # 0.35 × 0.35 = 0.1225
    assert (str(line.by_hand), line.rounded) == ("0.1225", False)
    line = by_hand(lesson, 2)["z_out"]
    assert (str(line.by_hand), line.rounded) == ("0.12", True)


def test_numbers_given_are_rounded_when_they_are_written():
    lesson = lesson_from_options(seed_lesson(), {"weights": "0.123456,0.3,0.8"})
    trace = trace_steps(lesson, by_hand=3)
    given_lines = {line.id: str(line.by_hand) for line in trace.given}
    assert given_lines == {
        "x1": "1", "x2": "2", "y": "1", "w1": "0.123", "w2": "0.3", "w3": "0.8", "eta": "0.1",
    }  # fmt: skip
    assert trace["z_h"].by_hand == Decimal("0.123") + Decimal("0.6")


def test_the_difference_from_the_exact_values_stands_at_the_end():
    page = trace_text(trace_steps(seed_lesson(), by_hand=3))
    _, _, table = page.partition("By hand with 3 digits, and exactly\n")
    rows = {row.split()[0]: row.split()[1:] for row in table.splitlines() if row.strip()}
    assert rows["L"] == ["0.125", "0.1255257", "-5.3e-04"]
    assert rows["∂h/∂z_h"] == ["0.1875", "0.1873699", "+1.3e-04"]
    assert len(rows) == 1 + len(SEED) + 1


@pytest.mark.parametrize("digits", [0, -1, 16])
def test_digits_out_of_range_are_refused(digits):
    with pytest.raises(SettingError) as error:
        trace_steps(seed_lesson(), by_hand=digits).steps  # noqa: B018 - made when asked for
    assert str(error.value) == f"--by-hand takes 1 to 15 digits, not {digits}"


def test_too_few_digits_for_a_division_are_told():
    lesson = lesson_from_options(
        seed_lesson(), {"weights": "3,3,30", "learning": {"loss": "binary_cross_entropy"}}
    )
    page = trace_text(trace_steps(lesson, by_hand=2))
    assert "∂L/∂z_out = ŷ - y" in page  # the short form divides by nothing
    with pytest.raises(SettingError) as error:
        trace_steps(lesson, by_hand=2)["dL/dyhat"]
    assert str(error.value) == (
        "by hand with 2 digits, dL/dyhat cannot be worked out (a division by 0 or the logarithm "
        "of 0); use more digits"
    )


@pytest.mark.parametrize("digits", [6, 10, 15])
def test_with_many_digits_by_hand_agrees_with_the_exact_values(digits):
    for line in by_hand(seed_lesson(), digits).values():
        assert float(line.by_hand) == pytest.approx(line.value, rel=20 * 10.0**-digits)
