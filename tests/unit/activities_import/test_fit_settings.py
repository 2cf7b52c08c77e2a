"""What a watch believes about its athlete, read out of an activity file."""

import pytest

from apis.activities.formats.fit import read_fit
from apis.activities.recordings import DeviceSettings
from tests.support.activity_files import START, fit_file, steady
from tests.support.fit_encoder import FitBody, FitMessage, fit_time

RUN = steady(seconds=60)
FEMALE = 0


def settings(*messages: FitMessage) -> DeviceSettings | None:
    (activity,) = read_fit(fit_file(RUN, messages=messages), source_name="a", source_id="a")
    return activity.device_settings


def user_profile(**values: int) -> FitMessage:
    numbers = {"gender": (1, "enum"), "age": (2, "u8"), "height": (3, "u8"), "weight": (4, "u16"), "rest": (8, "u8")}
    numbers |= {"max_running": (9, "u8"), "max_biking": (10, "u8"), "max": (11, "u8")}
    return 3, [(*numbers[name], value) for name, value in values.items()]


def zones_target(*, highest: int | None = None, threshold: int | None = None, ftp: int | None = None) -> FitMessage:
    return 7, [(1, "u8", highest), (2, "u8", threshold), (3, "u16", ftp)]


def hr_zone(high_bpm: int) -> FitMessage:
    return 8, [(1, "u8", high_bpm)]


def test_profile_and_thresholds_are_read_in_si_units() -> None:
    found = settings(
        user_profile(gender=FEMALE, age=36, height=168, weight=612, rest=48),
        zones_target(highest=188, threshold=171, ftp=240),
    )
    assert found == DeviceSettings(
        max_heartrate_bpm=188,
        resting_heartrate_bpm=48,
        lthr_bpm=171,
        ftp_w=240,
        weight_kg=61.2,
        height_m=1.68,
        sex="F",
        birth_year=1990,
    )


def test_a_file_that_tells_nothing_has_no_settings() -> None:
    assert settings() is None


@pytest.mark.parametrize(
    ("messages", "bpm"),
    [
        ([zones_target(highest=188), hr_zone(190), user_profile(max_running=186)], 188),
        ([hr_zone(110), hr_zone(190), hr_zone(170), user_profile(max_running=186)], 190),
        ([user_profile(max_running=186, max_biking=180, max=192)], 186),
        ([user_profile(max_biking=180, max=192)], 192),
    ],
    ids=["target of the zones", "end of the highest zone", "of the sport", "of any sport"],
)
def test_the_highest_heart_rate_comes_from_the_most_specific_place(messages: list[FitMessage], bpm: float) -> None:
    found = settings(*messages)
    assert found is not None
    assert found.max_heartrate_bpm == bpm


def test_values_that_no_athlete_has_are_missing() -> None:
    assert settings(user_profile(age=2, height=20, weight=6000, rest=0), zones_target(highest=1, ftp=9)) is None


def test_the_last_of_several_profiles_counts() -> None:
    found = settings(user_profile(weight=700), user_profile(weight=690))
    assert found is not None
    assert found.weight_kg == 69.0


def test_a_power_threshold_of_the_session_stands_in_for_one_of_the_zones() -> None:
    body = FitBody()
    body.message(18, [(2, "u32", fit_time(START)), (7, "u32", 60_000), (45, "u16", 251)])
    (activity,) = read_fit(body.sealed(), source_name="a", source_id="a")
    assert activity.device_settings == DeviceSettings(ftp_w=251)
