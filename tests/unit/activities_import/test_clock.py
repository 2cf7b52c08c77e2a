from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from apis.activities.errors import ClockNotSet
from apis.activities.formats.samples import Recording
from tests.support.activity_files import START
from tests.support.sample_logs import recording

DAY = 86_400.0
POWER_ON = (datetime(1989, 12, 31, tzinfo=UTC) - START).total_seconds()
SATELLITE_WEEK = (datetime(2001, 5, 4, tzinfo=UTC) - START).total_seconds()


def clocked(*times: float, damaged: bool = False, begun_s: float | None = None) -> Recording:
    return recording(*((at, {"heartrate_bpm": 140.0}) for at in times), damaged=damaged, begun_s=begun_s)


def kept(times: Sequence[float], *, damaged: bool = False, begun_s: float | None = None) -> list[float]:
    """Seconds after `START` of the samples that are left."""
    found = clocked(*times, damaged=damaged, begun_s=begun_s)
    began = (found.start_at - START).total_seconds()
    return [began + float(each) for each in found.streams.time_s]


@pytest.mark.trap(18)
def test_samples_that_time_runs_back_for_are_dropped() -> None:
    assert kept([0.0, 1.0, 4.0, 5.0, 3.0, 4.5, 6.0]) == [0.0, 1.0, 4.0, 5.0, 6.0]


@pytest.mark.trap(19)
def test_two_samples_of_one_second_are_joined_and_the_first_value_wins() -> None:
    streams = recording(
        (0, {"heartrate_bpm": 140.0}),
        (1, {"heartrate_bpm": 141.0}),
        (1, {"heartrate_bpm": 150.0, "altitude_m": 12.0}),
        (2, {"heartrate_bpm": 142.0}),
    ).streams
    assert streams.heartrate_bpm is not None
    assert streams.altitude_m is not None
    assert streams.heartrate_bpm.tolist() == [140.0, 141.0, 142.0]
    assert streams.altitude_m[1] == 12.0


@pytest.mark.trap(36)
@pytest.mark.parametrize("unset", [POWER_ON, SATELLITE_WEEK], ids=["1989", "2001"])
def test_a_jump_of_the_clock_moves_what_was_before_it(unset: float) -> None:
    found = clocked(unset, unset + 1, 0.0, 1.0)
    assert found.streams.time_s.tolist() == [0.0, 1.0, 2.0, 3.0]
    assert found.start_at == START - timedelta(seconds=2)


@pytest.mark.trap(36)
def test_two_jumps_of_the_clock_are_both_taken_out() -> None:
    assert kept([POWER_ON, SATELLITE_WEEK, 0.0, 1.0]) == [-2.0, -1.0, 0.0, 1.0]


def test_a_time_from_before_the_clock_was_set_does_not_move_good_samples_before_it() -> None:
    assert kept([0.0, 1.0, POWER_ON, 2.0, 3.0]) == [0.0, 1.0, 2.0, 3.0]


@pytest.mark.trap(36)
def test_a_clock_that_was_never_set_is_refused() -> None:
    with pytest.raises(ClockNotSet):
        clocked(POWER_ON, POWER_ON + 1)


@pytest.mark.parametrize("damage_s", [7.0, 3600.0, 40 * DAY, 10 * 365 * DAY, -40 * DAY])
@pytest.mark.parametrize("damaged", [False, True])
def test_one_damaged_time_costs_one_sample(damage_s: float, damaged: bool) -> None:
    assert kept([0.0, 1.0, damage_s, 3.0, 4.0], damaged=damaged) == [0.0, 1.0, 3.0, 4.0]


@pytest.mark.parametrize("damage_s", [3600.0, 40 * DAY, -40 * DAY])
@pytest.mark.parametrize("damaged", [False, True])
def test_a_damaged_first_time_costs_the_first_sample(damage_s: float, damaged: bool) -> None:
    assert kept([damage_s, 1.0, 2.0, 3.0, 4.0], damaged=damaged, begun_s=0.0) == [1.0, 2.0, 3.0, 4.0]


def test_a_good_sample_is_not_taken_for_a_step_ahead_because_the_next_one_runs_back() -> None:
    assert kept([0.0, 1.0, 2.0, 3.0, 2.0, 5.0, 6.0], damaged=True) == [0.0, 1.0, 2.0, 3.0, 5.0, 6.0]
    assert kept([0.0, 5.0, 10.0, 6.0, 7.0, 25.0], damaged=True) == [0.0, 5.0, 10.0, 25.0]


@pytest.mark.trap(22)
def test_samples_before_the_damage_count_however_many_follow_it() -> None:
    nonsense = [900 * DAY + at for at in range(50)]
    assert kept([0.0, 1.0, *nonsense], damaged=True) == [0.0, 1.0]
    assert kept([0.0, *nonsense], damaged=True, begun_s=-5.0) == [0.0]
    assert kept([0.0, -900 * DAY, 900 * DAY, 1800 * DAY], damaged=True) == [0.0]


def test_of_a_whole_file_the_time_that_most_samples_have_is_right() -> None:
    """A receiver that counted its weeks wrongly until its first fix: 2006, 20 years before."""
    wrong = -1024 * 7 * DAY
    assert kept([wrong, wrong + 1, 0.0, 1.0, 2.0]) == [0.0, 1.0, 2.0]


def test_a_long_tour_of_a_week_is_one_recording() -> None:
    assert len(clocked(*(day * DAY for day in range(8))).streams) == 8


@pytest.mark.parametrize("count", [1, 2, 3])
def test_short_recordings_lose_nothing(count: int) -> None:
    times = [float(each) for each in range(count)]
    assert kept(times) == times
    assert kept(times, damaged=True, begun_s=0.0) == times
