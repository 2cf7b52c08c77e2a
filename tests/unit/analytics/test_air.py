"""Check values: dew points by Alduchov & Eskridge's constants, heat indices of the NWS table."""

import pytest

from apis.activities.analytics.air import dew_point_c, heat_index_c


def celsius(fahrenheit: float) -> float:
    return (fahrenheit - 32) * 5 / 9


@pytest.mark.parametrize(
    ("temperature_c", "humidity", "expected_c"), [(25, 0.6, 16.70), (30, 0.5, 18.45), (20, 0.5, 9.26), (10, 0.8, 6.71)]
)
def test_dew_point(temperature_c: float, humidity: float, expected_c: float) -> None:
    assert dew_point_c(temperature_c, humidity) == pytest.approx(expected_c, abs=0.005)


def test_saturated_air_is_at_its_dew_point() -> None:
    assert dew_point_c(12.5, 1.0) == pytest.approx(12.5)


@pytest.mark.parametrize(("fahrenheit", "humidity", "expected_f"), [(90, 0.70, 105.9), (96, 0.65, 121.0)])
def test_heat_index_of_the_table(fahrenheit: float, humidity: float, expected_f: float) -> None:
    assert heat_index_c(celsius(fahrenheit), humidity) * 9 / 5 + 32 == pytest.approx(expected_f, abs=0.05)


def test_mild_air_is_judged_by_the_simple_form() -> None:
    assert heat_index_c(celsius(70), 0.5) == pytest.approx(celsius(69.5), abs=0.3)


def test_dry_desert_air_feels_cooler_and_damp_warm_air_warmer_than_the_regression_alone() -> None:
    assert heat_index_c(celsius(100), 0.08) < heat_index_c(celsius(100), 0.13)
    assert heat_index_c(celsius(82), 0.95) > celsius(90)
