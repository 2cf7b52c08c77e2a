"""Oracle: every stretch that begins or ends at a sample, by plain Python."""

from bisect import bisect_left, bisect_right

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apis.activities.analytics.best_efforts import STANDARD_DISTANCES_M, best_efforts
from tests.support.recordings import paced


def efforts(*legs: tuple[float, float]) -> dict[str, float]:
    return {each.name: each.elapsed_time for each in best_efforts(*paced(*legs))}


def test_a_steady_run_of_eleven_kilometres_has_the_efforts_that_fit_into_it() -> None:
    found = efforts((2750, 4.0))
    assert list(found) == ["400m", "1/2 mile", "1K", "1 mile", "2 mile", "5K", "10K"]
    assert found["5K"] == 1250.0
    assert found["1 mile"] == 402.336


def test_a_run_exactly_as_long_as_a_distance_has_it_and_a_metre_less_has_not() -> None:
    assert efforts((250, 4.0))["1K"] == 250.0
    assert "1K" not in efforts((249, 4.0), (1, 3.0))


def test_all_of_stravas_distances_are_found_in_an_ultra() -> None:
    assert list(efforts((12_600, 4.0))) == list(STANDARD_DISTANCES_M)
    assert len(STANDARD_DISTANCES_M) == 14


def test_the_fastest_stretch_is_found_where_it_is() -> None:
    time_s, distance = paced((600, 3.0), (200, 5.0), (600, 3.0))
    found = {each.name: each for each in best_efforts(time_s, distance)}
    assert (found["1K"].elapsed_time, found["1K"].start_index, found["1K"].end_index) == (200.0, 600, 800)
    # 1609.344 m: the fast kilometre and 609.344 m at 3 m/s on either side of it.
    assert found["1 mile"].elapsed_time == pytest.approx(200 + 609.344 / 3, abs=0.001)


def test_a_stretch_may_begin_and_end_between_samples() -> None:
    time_s, distance = np.array([0.0, 100.0, 300.0, 400.0]), np.array([0.0, 300.0, 1300.0, 1500.0])
    found = {each.name: each for each in best_efforts(time_s, distance)}
    assert (found["400m"].elapsed_time, found["400m"].start_index, found["400m"].end_index) == (80.0, 1, 2)


def test_the_clock_does_not_stop_in_a_pause() -> None:
    assert efforts((125, 4.0), (60, 0.0), (125, 4.0))["1K"] == 310.0


def test_a_stop_before_the_start_and_after_the_end_is_not_part_of_the_effort() -> None:
    assert efforts((30, 0.0), (250, 4.0), (30, 0.0))["1K"] == 250.0


def test_a_satellite_jump_is_no_record() -> None:
    time_s, distance = paced((1000, 3.0))
    jumped = distance + np.where(time_s >= 500, 300.0, 0.0)
    found = {each.name: each for each in best_efforts(time_s, jumped)}
    assert found["400m"].elapsed_time == pytest.approx(400 / 3, abs=0.001)
    assert found["400m"].end_index <= 500
    assert found["1K"].elapsed_time == pytest.approx(1000 / 3, abs=0.001)
    assert "2 mile" not in found  # every stretch of it holds the jump


def test_a_small_jump_costs_a_long_effort_nothing_and_a_short_one_its_stretch() -> None:
    time_s, distance = paced((2000, 3.0))
    jumped = distance + np.where(time_s >= 1000, 17.0, 0.0)
    found = {each.name: each.elapsed_time for each in best_efforts(time_s, jumped)}
    assert found["400m"] == pytest.approx(400 / 3, abs=0.001)
    assert found["5K"] == pytest.approx((5000 - 17) / 3, abs=0.34)


@pytest.mark.parametrize("doubtful_m", [20.0, 21.0])
def test_half_a_percent_in_doubt_is_the_most(doubtful_m: float) -> None:
    time_s, distance = paced((1000, 4.0))
    jumped = distance + np.where(time_s >= 500, doubtful_m - 4.0, 0.0)
    found = {each.name: each.elapsed_time for each in best_efforts(time_s[:1001], jumped)}
    assert found["1/2 mile"] == 201.168
    # 0.5 % of 3218.688 m are 16.09 m, of which either is more.
    assert "2 mile" not in found


@pytest.mark.parametrize("speed_mps", [20.0, 12.0, 9.0, 7.5])
def test_a_drive_home_with_the_watch_on_is_no_record(speed_mps: float) -> None:
    found = efforts((1000, 3.0), (1200, speed_mps))
    assert found["400m"] == pytest.approx(400 / 3, abs=0.001)
    assert found["1K"] == pytest.approx(1000 / 3, abs=0.001)
    assert "5K" not in found


def test_the_run_before_a_long_drive_keeps_its_efforts() -> None:
    found = efforts((2000, 3.0), (3000, 11.0))
    assert found["5K"] == pytest.approx(5000 / 3, abs=0.001)
    assert "10K" not in found


WORLD_RECORDS = [
    ("400m", 43.03),
    ("1K", 131.96),
    ("1 mile", 223.13),
    ("5K", 755.36),
    ("10K", 1571.0),
    ("Marathon", 7235.0),
]


@pytest.mark.parametrize(("name", "seconds"), WORLD_RECORDS)
def test_no_world_record_would_be_refused(name: str, seconds: float) -> None:
    length_m = STANDARD_DISTANCES_M[name]
    time_s = np.linspace(0, seconds, 1000)
    found = {each.name: each.elapsed_time for each in best_efforts(time_s, np.linspace(0, length_m, 1000))}
    assert found[name] == pytest.approx(seconds, abs=0.001)


def brute_force_s(time_s: list[float], distance_m: list[float], length_m: float) -> float | None:
    def reached(metres: float) -> float:
        at = bisect_left(distance_m, metres)
        if at == 0:
            return time_s[0]
        share = (metres - distance_m[at - 1]) / (distance_m[at] - distance_m[at - 1])
        return time_s[at - 1] + share * (time_s[at] - time_s[at - 1])

    def left(metres: float) -> float:
        at = bisect_right(distance_m, metres) - 1
        if at == len(distance_m) - 1:
            return time_s[-1]
        share = (metres - distance_m[at]) / (distance_m[at + 1] - distance_m[at])
        return time_s[at] + share * (time_s[at + 1] - time_s[at])

    # Each limit is compared as it is, not after a sum: a stretch that just fits must not be lost to rounding.
    from_samples = [
        reached(start + length_m) - left(start) for start in distance_m if start + length_m <= distance_m[-1]
    ]
    to_samples = [reached(end) - left(end - length_m) for end in distance_m if end - length_m >= distance_m[0]]
    return min([*from_samples, *to_samples], default=None)


steps = st.lists(st.tuples(st.integers(5, 120), st.floats(0.0, 6.0)), min_size=2, max_size=60)


def run_of(rows: list[tuple[int, float]]) -> tuple[np.ndarray, np.ndarray]:
    seconds, speeds = (np.array(column, dtype=np.float64) for column in zip(*rows, strict=True))
    return np.concatenate(([0.0], np.cumsum(seconds))), np.concatenate(([0.0], np.cumsum(seconds * speeds)))


@given(steps)
@settings(deadline=None, max_examples=200)
def test_no_stretch_is_faster_than_the_one_found(rows: list[tuple[int, float]]) -> None:
    time_s, distance = run_of(rows)
    found = {each.name: each.elapsed_time for each in best_efforts(time_s, distance)}
    for name, length_m in STANDARD_DISTANCES_M.items():
        expected = brute_force_s(time_s.tolist(), distance.tolist(), length_m)
        assert found.get(name) == (None if expected is None else pytest.approx(expected, abs=0.001))


@given(steps)
@settings(deadline=None, max_examples=200)
def test_a_longer_effort_takes_longer_and_a_multiple_of_a_distance_is_never_faster(
    rows: list[tuple[int, float]],
) -> None:
    found = best_efforts(*run_of(rows))
    for shorter in found:
        for longer in found:
            if longer.distance > shorter.distance:
                assert longer.elapsed_time >= shorter.elapsed_time - 0.001
            if longer.distance % shorter.distance == 0:
                assert longer.elapsed_time / longer.distance >= shorter.elapsed_time / shorter.distance - 1e-5


def test_nothing_recorded_has_no_effort() -> None:
    assert best_efforts(np.zeros(0), np.zeros(0)) == ()
