from datetime import date
from typing import Any

import pytest

from apis.activities.analytics.athlete_settings import AthleteSettings, settings_on
from apis.activities.analytics.zones_report import report_zones
from apis.activities.athlete import AthleteProfile


def settings(**profile: Any) -> AthleteSettings:
    return settings_on(AthleteProfile(**profile), None, date(2026, 6, 30))


def test_zones_echo_their_method_and_what_they_were_made_from() -> None:
    report = report_zones(
        settings(max_heartrate_bpm=190, resting_heartrate_bpm=60, measured=("max_heartrate_bpm",)), "run"
    )
    assert (report.usable, report.method, report.discipline) == (True, "reserve_shares", "run")
    assert {name: (each.value, each.origin) for name, each in report.params.items()} == {
        "max_heartrate_bpm": (190, "measured"),
        "resting_heartrate_bpm": (60, "profile"),
    }
    assert [(each.name, each.lower_bpm, each.upper_bpm) for each in report.zones] == [
        ("1", 0, pytest.approx(138)),
        ("2", pytest.approx(138), pytest.approx(151)),
        ("3", pytest.approx(151), pytest.approx(164)),
        ("4", pytest.approx(164), pytest.approx(177)),
        ("5", pytest.approx(177), None),
    ]
    assert {each.seconds for each in report.zones} == {None}


def test_time_in_zones_is_made_from_the_histogram() -> None:
    report = report_zones(settings(heart_rate_zones_bpm=(0, 140, 160)), "run", {120: 60.0, 150: 30.0, 160: 10.0})
    assert [(each.seconds, each.share) for each in report.zones] == [(60.0, 0.6), (30.0, 0.3), (10.0, 0.1)]
    assert report.params == {}


def test_other_settings_give_other_zones_of_the_same_histogram() -> None:
    histogram = {150: 100.0}
    of_lower = report_zones(settings(lthr_bpm=150), "run", histogram)
    of_higher = report_zones(settings(lthr_bpm=180), "run", histogram)
    assert [each.name for each in of_lower.zones if each.seconds] == ["5a"]
    assert [each.name for each in of_higher.zones if each.seconds] == ["1"]


@pytest.mark.parametrize(
    ("profile", "reason"),
    [
        ({}, "nor a birth year"),
        ({"lthr_bpm": 170, "limits_heart_rate": True}, "drug"),
        ({"heart_rate_zones_bpm": (9, 8)}, "ascend"),
    ],
    ids=["nothing known", "a limiting drug", "bounds out of order"],
)
def test_unusable_zones_say_why(profile: dict[str, Any], reason: str) -> None:
    report = report_zones(settings(**profile), "run", {150: 100.0})
    assert (report.usable, report.method, report.zones) == (False, None, ())
    assert report.reason is not None
    assert reason in report.reason
