import pytest

from apis.activities.analytics.errors import GroupingUnknown
from apis.activities.analytics.summary import summarize
from tests.support.runs import run, weather


def test_the_heart_rate_of_a_sum_is_weighted_by_its_covered_seconds() -> None:
    short = run(1, time_weighted_heartrate=160.0, heartrate_time=600.0, moving_time=1200.0)
    long = run(2, time_weighted_heartrate=140.0, heartrate_time=3000.0)

    total = summarize([short, long]).total

    assert total.average_heartrate_bpm == pytest.approx((160 * 600 + 140 * 3000) / 3600)
    assert (total.heartrate_count, total.heartrate_time_s) == (2, 3600.0)


def test_an_activity_without_heart_rate_counts_everywhere_but_in_the_mean() -> None:
    silent = run(1, average_heartrate=None, heartrate_time=0.0, has_heartrate=False, max_heartrate=None)

    summary = summarize([silent, run(2)])

    assert summary.total.count == 2
    assert summary.total.distance_m == 20_000.0
    assert summary.total.average_heartrate_bpm == 150.0
    assert summary.coverage.model_dump() == {"activities": 2, "with_heartrate": 1, "with_weather": 2}


def test_a_row_of_an_export_weighs_its_moving_time() -> None:
    total = summarize([run(1, average_heartrate=140.0, heartrate_time=0.0, moving_time=1800.0), run(2)]).total

    assert total.average_heartrate_bpm == pytest.approx((140 * 1800 + 150 * 3600) / 5400)


def test_nothing_sums_to_zero_and_averages_to_null() -> None:
    total = summarize([]).total

    assert (total.count, total.distance_m) == (0, 0)
    assert total.average_heartrate_bpm is None
    assert total.pace_s_per_km is None
    assert total.average_temperature_c is None


def test_speed_and_pace_leave_out_what_has_no_distance() -> None:
    total = summarize([run(1), run(2, distance=None)]).total

    assert total.average_speed_mps == pytest.approx(10_000 / 3600)
    assert total.pace_s_per_km == pytest.approx(360.0)
    assert total.longest_distance_m == 10_000.0


def test_a_pace_is_given_on_foot_only() -> None:
    assert summarize([run(1), run(2, sport_type="Ride")]).total.pace_s_per_km is None


def test_weeks_begin_on_monday_of_the_local_date() -> None:
    sunday_night = run(local="2026-06-21T23:30:00")
    monday = run(local="2026-06-22T00:30:00")

    groups = summarize([monday, sunday_night], group_by="week").groups

    assert [(group.key, group.count) for group in groups] == [("2026-06-15", 1), ("2026-06-22", 1)]
    assert groups[1].label == "week of 22 Jun 2026"


def test_months_are_those_of_the_local_date() -> None:
    # 23:30 in Berlin on the last of May is still May, and 22 May hours UTC would agree; 00:30 on the first is not.
    late, early = run(local="2026-05-31T23:30:00"), run(local="2026-06-01T00:30:00")

    groups = summarize([early, late], group_by="month").groups

    assert early.start_date.month == 5
    assert [(group.label, group.count) for group in groups] == [("May 2026", 1), ("June 2026", 1)]


def test_sports_come_by_how_often_they_occur() -> None:
    groups = summarize([run(1, sport_type="Swim"), run(2), run(3)], group_by="sport").groups

    assert [(group.key, group.count) for group in groups] == [("Run", 2), ("Swim", 1)]


def test_weather_groups_overlap_and_name_what_has_none() -> None:
    wet = run(1, weather=weather(precipitation_mm_per_h=1.0))

    summary = summarize([wet, run(2), run(3, weather=None)], group_by="weather")

    assert [(group.key, group.count) for group in summary.groups] == [
        ("cool", 2),
        ("wet", 1),
        ("dry", 1),
        ("no_weather", 1),
    ]
    assert summary.total.count == 3
    assert summary.bands["wet"].startswith("precipitation >= 0.1 mm/h, or reported drizzle, rain")


def test_the_order_of_the_activities_changes_nothing() -> None:
    runs = [run(day, average_heartrate=140.1 + day / 7) for day in range(1, 30)]

    assert summarize(runs, group_by="week") == summarize(runs[::-1], group_by="week")


def test_an_answer_has_three_decimals_on_the_wire() -> None:
    total = summarize([run(1, average_heartrate=140.123456)]).total

    assert total.average_heartrate_bpm == 140.123456
    assert total.model_dump()["average_heartrate_bpm"] == 140.123


def test_an_unknown_grouping_lists_the_known_ones() -> None:
    with pytest.raises(GroupingUnknown, match="none, week, month, sport, weather"):
        summarize([], group_by="day")
