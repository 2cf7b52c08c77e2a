from datetime import date
from typing import Any

import pytest

from apis.activities.analytics.athlete_settings import AthleteSettings, Setting, SexSetting, settings_on, zones_of
from apis.activities.analytics.errors import InputsMissing
from apis.activities.athlete import AthleteProfile
from apis.activities.recordings import DeviceSettings

DAY = date(2026, 6, 30)


def settings(device: DeviceSettings | None = None, **profile: Any) -> AthleteSettings:
    return settings_on(AthleteProfile(**profile), device, DAY)


def test_a_test_a_word_and_a_watch_are_told_apart() -> None:
    device = DeviceSettings(max_heartrate_bpm=199.0, resting_heartrate_bpm=48.0, lthr_bpm=170.0, ftp_w=240.0)
    found = settings(device, max_heartrate_bpm=188, lthr_bpm=172, measured=("lthr_bpm",))
    assert found.max_heartrate_bpm == Setting(value=188, origin="profile")
    assert found.lthr_bpm == Setting(value=172, origin="measured")
    assert found.resting_heartrate_bpm == Setting(value=48, origin="device")
    assert found.ftp_w == Setting(value=240, origin="device")


def test_a_value_called_measured_that_nobody_gave_is_the_watchs() -> None:
    found = settings(DeviceSettings(max_heartrate_bpm=190.0), measured=("max_heartrate_bpm",))
    assert found.max_heartrate_bpm == Setting(value=190, origin="device")


def test_weight_and_sex_come_from_the_profile_else_from_the_watch() -> None:
    device = DeviceSettings(weight_kg=70.5, sex="M")
    assert settings(device).weight_kg == Setting(value=70.5, origin="device")
    assert settings(device).sex == SexSetting(value="M", origin="device")
    assert settings(device, weight_kg=68.0, sex="F").weight_kg == Setting(value=68.0, origin="profile")
    assert settings(device, sex="F").sex == SexSetting(value="F", origin="profile")


def test_of_an_unknown_athlete_nothing_is_known() -> None:
    assert settings() == AthleteSettings()
    assert settings(DeviceSettings(max_heartrate_bpm=0.0, weight_kg=0.0)) == AthleteSettings()


def test_only_the_maximum_is_estimated_and_says_so() -> None:
    found = settings(birth_year=1986)
    assert found.max_heartrate_bpm == Setting(value=180.0, origin="estimated", note="estimate, ±10")
    assert (found.resting_heartrate_bpm, found.lthr_bpm, found.ftp_w, found.weight_kg) == (None,) * 4


def test_the_age_is_that_of_the_day() -> None:
    device = DeviceSettings(birth_year=1986)
    assert settings_on(AthleteProfile(), device, date(2016, 1, 1)).max_heartrate_bpm == Setting(
        value=187.0, origin="estimated", note="estimate, ±10"
    )


@pytest.mark.parametrize("birth_year", [2030, 2020, 1901])
def test_an_age_without_experience_gives_no_estimate(birth_year: int) -> None:
    assert settings(birth_year=birth_year).max_heartrate_bpm is None


def test_a_known_maximum_is_never_replaced_by_an_estimate() -> None:
    found = settings(DeviceSettings(max_heartrate_bpm=171.0), birth_year=1986).max_heartrate_bpm
    assert found == Setting(value=171.0, origin="device")


@pytest.mark.parametrize(
    ("profile", "device", "kept", "conflict"),
    [
        pytest.param(
            {"lthr_bpm": 182, "birth_year": 1986},
            DeviceSettings(),
            (None, None, 182),
            "the threshold heart rate is not below the maximal heart rate: the maximal heart rate was not used",
            id="an estimate yields to a threshold",
        ),
        pytest.param(
            {"max_heartrate_bpm": 170},
            DeviceSettings(lthr_bpm=172.0),
            (None, 170, None),
            "the threshold heart rate is not below the maximal heart rate: the threshold heart rate was not used",
            id="a watch yields to a word",
        ),
        pytest.param(
            {"resting_heartrate_bpm": 110, "max_heartrate_bpm": 105},
            DeviceSettings(),
            (None, 105, None),
            "the resting heart rate is not below the maximal heart rate: the resting heart rate was not used",
            id="of two words the lower heart rate goes",
        ),
    ],
)
def test_of_two_contradicting_settings_the_less_trusted_is_not_used(
    profile: dict[str, Any], device: DeviceSettings, kept: tuple[float | None, ...], conflict: str
) -> None:
    found = settings(device, **profile)
    three = (found.resting_heartrate_bpm, found.max_heartrate_bpm, found.lthr_bpm)
    assert tuple(each.value if each else None for each in three) == kept
    assert found.conflicts == (conflict,)


def test_own_bounds_come_before_everything() -> None:
    found = zones_of(settings(heart_rate_zones_bpm=(100, 120, 140, 160, 180), lthr_bpm=170), "run")
    assert (found.method, found.lower_bounds_bpm) == ("own_bounds", (0, 120, 140, 160, 180))


def test_then_the_threshold_then_the_reserve_then_the_maximum() -> None:
    assert zones_of(settings(lthr_bpm=170, max_heartrate_bpm=190, resting_heartrate_bpm=60), "run").method == (
        "threshold_shares"
    )
    reserve = zones_of(settings(max_heartrate_bpm=190, resting_heartrate_bpm=60), "run")
    assert [reserve.method, reserve.lower_bounds_bpm[2]] == ["reserve_shares", pytest.approx(151)]
    highest = zones_of(settings(birth_year=1986), "run")
    assert [highest.method, highest.lower_bounds_bpm[4]] == ["max_shares", pytest.approx(162)]


def test_running_and_riding_have_different_shares_of_the_threshold() -> None:
    known = settings(lthr_bpm=170)
    assert zones_of(known, "run").lower_bounds_bpm[1] == pytest.approx(144.5)
    assert zones_of(known, "ride").lower_bounds_bpm[1] == pytest.approx(137.7)


def test_nothing_known_makes_no_zones() -> None:
    with pytest.raises(InputsMissing, match="nor a birth year"):
        zones_of(settings(resting_heartrate_bpm=50), "run")


def test_a_drug_that_limits_the_heart_rate_makes_all_zones_unusable() -> None:
    with pytest.raises(InputsMissing, match="drug"):
        zones_of(settings(lthr_bpm=170, heart_rate_zones_bpm=(0, 120), limits_heart_rate=True), "run")
