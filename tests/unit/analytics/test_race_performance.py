"""Check values: Daniels' published table, Riegel's and Cameron's formulas, critical speed by hand."""

import pytest

from apis.activities.analytics.errors import InputsMissing
from apis.activities.analytics.race_performance import (
    cameron_time_s,
    critical_speed,
    riegel_time_s,
    time_at_vdot_s,
    vdot,
)

HALF_MARATHON_M, MARATHON_M = 21_097.5, 42_195.0
TABLE = {
    30: ("30:40", "1:03:46", "2:21:04", "4:49:17"),
    40: ("24:08", "50:03", "1:50:59", "3:49:45"),
    50: ("19:57", "41:21", "1:31:35", "3:10:49"),
    60: ("17:03", "35:22", "1:18:09", "2:43:25"),
    70: ("14:55", "31:00", "1:08:21", "2:23:10"),
}
ROWS = [
    (level, distance_m, time)
    for level, times in TABLE.items()
    for distance_m, time in zip((5000, 10_000, HALF_MARATHON_M, MARATHON_M), times, strict=True)
]


def seconds(clock: str) -> float:
    total = 0.0
    for part in clock.split(":"):
        total = total * 60 + float(part)
    return total


@pytest.mark.parametrize(("distance_m", "time", "level"), [(10_000, "40:00", 51.94), (5000, "20:00", 49.81)])
def test_vdot_of_a_race(distance_m: float, time: str, level: float) -> None:
    assert vdot(distance_m, seconds(time)) == pytest.approx(level, abs=0.005)


@pytest.mark.parametrize(("level", "distance_m", "time"), ROWS)
def test_vdot_of_the_published_table(level: float, distance_m: float, time: str) -> None:
    assert vdot(distance_m, seconds(time)) == pytest.approx(level, abs=0.1)


def test_the_time_at_a_vdot_is_the_inverse() -> None:
    for distance_m, time in ((5000, 1200.0), (MARATHON_M, 12_000.0)):
        assert time_at_vdot_s(distance_m, vdot(distance_m, time)) == pytest.approx(time, abs=0.01)


@pytest.mark.parametrize("level", [-6.0, 1e9])
def test_a_level_that_no_time_fits_is_refused(level: float) -> None:
    with pytest.raises(InputsMissing):
        time_at_vdot_s(5000, level)


@pytest.mark.parametrize(
    ("time_s", "distance_m", "target_m", "expected_s"),
    [
        (1200, 5000, 10_000, 2501.92),
        (2400, 10_000, HALF_MARATHON_M, 5295.37),
        (2400, 10_000, MARATHON_M, 11_040.48),
        (5400, HALF_MARATHON_M, MARATHON_M, 11_258.63),
    ],
)
def test_riegel(time_s: float, distance_m: float, target_m: float, expected_s: float) -> None:
    assert riegel_time_s(time_s, distance_m, target_m) == pytest.approx(expected_s, abs=0.005)


@pytest.mark.parametrize(("target_m", "time"), [(10_000, "34:26"), (21_100, "1:15:56"), (42_200, "2:41:22")])
def test_cameron_from_five_kilometres_in_16_32(target_m: float, time: str) -> None:
    assert cameron_time_s(seconds("16:32"), 5000, target_m) == pytest.approx(seconds(time), abs=1)


def test_critical_speed_through_two_efforts() -> None:
    found = critical_speed([(1600, 360), (3200, 780)])
    assert found.speed_mps == pytest.approx(3.8095, abs=5e-5)
    assert found.reserve_m == pytest.approx(228.57, abs=0.005)


@pytest.mark.parametrize(
    "efforts",
    [
        pytest.param([(1600, 360)], id="one-effort"),
        pytest.param([(1600, 360), (10_000, 2400)], id="the-second-too-long"),
        pytest.param([(1600, 360), (1500, 360)], id="two-of-one-length"),
        pytest.param([(1000, 360), (3200, 780)], id="a-first-that-was-not-maximal"),
    ],
)
def test_efforts_that_carry_no_line_are_refused(efforts: list[tuple[float, float]]) -> None:
    with pytest.raises(InputsMissing):
        critical_speed(efforts)
