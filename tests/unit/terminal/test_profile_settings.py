"""`KEY=VALUE` words of `coach profile`, and the lines that it prints."""

from typing import Any

import pytest

from agent.terminal.errors import UsageWrong
from agent.terminal.profile_settings import SETTINGS, changes_of, lines_of

WORDS = (
    "max_heartrate_bpm=190", "lthr_bpm=172", "sex=f", "ftp_w=250", "birth_year=1991", "weight_kg=61.5",
    "measurement_preference=feet", "timezone=Europe/Berlin", "heart_rate_zones_bpm=114, 133,152,171",
    "limits_heart_rate=yes", "measured=max_heartrate_bpm,lthr_bpm", "name=Maya = me", "resting_heartrate_bpm=",
    "height_m=1.72",
)  # fmt: skip


def test_every_setting_is_read_as_its_kind_and_an_empty_one_is_taken_back() -> None:
    assert changes_of(WORDS) == {
        "max_heartrate_bpm": 190,
        "lthr_bpm": 172,
        "sex": "F",
        "ftp_w": 250,
        "birth_year": 1991,
        "weight_kg": 61.5,
        "measurement_preference": "feet",
        "timezone": "Europe/Berlin",
        "heart_rate_zones_bpm": [114, 133, 152, 171],
        "limits_heart_rate": True,
        "measured": ["max_heartrate_bpm", "lthr_bpm"],
        "name": "Maya = me",
        "resting_heartrate_bpm": None,
        "height_m": 1.72,
    }
    assert set(changes_of(WORDS)) == set(SETTINGS)
    assert changes_of([]) == {}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["max_hr=190"], "'max_hr' is no setting; there are: name, timezone, measurement_preference, birth_year, sex"),
        (["sex"], "write sex=VALUE to change it, sex= to take it back"),
        (["sex=F", "sex=M"], "sex is named twice"),
        (["sex=x"], "sex must be one of F, M"),
        (["measurement_preference=miles"], "one of meters, feet"),
        (["ftp_w=250.5"], "ftp_w must be a whole number"),
        (["ftp_w=²"], "a whole number"),
        (["weight_kg=nan"], "weight_kg must be a number, such as 61.5"),
        (["weight_kg=1e9"], "a number"),
        (["limits_heart_rate=maybe"], "true or false"),
        (["heart_rate_zones_bpm=114;133"], "lower bounds with commas"),
        (["measured=weight_kg"], "some of ftp_w,max_heartrate_bpm,resting_heartrate_bpm,lthr_bpm"),
        (["a\x1b[31m=1"], "'a' is no setting"),
    ],
)
def test_what_cannot_be_meant_names_what_would_do(words: list[str], told: str) -> None:
    with pytest.raises(UsageWrong) as caught:
        changes_of(["birth_year=1991", *words])
    assert told in str(caught.value)
    assert caught.value.exit_code == 2


def test_the_lines_name_origins_and_what_is_not_set() -> None:
    profile: dict[str, Any] = {
        "name": "Ma\x1b[31mya",
        "measurement_preference": "feet",
        "max_heartrate_bpm": 190,
        "lthr_bpm": 172,
        "measured": ["lthr_bpm"],
        "heart_rate_zones_bpm": [114, 133],
        "limits_heart_rate": True,
        "ftp_w": None,
        "origins": {"max_heartrate_bpm": "profile", "lthr_bpm": "measured", "heart_rate_zones_bpm": "profile"},
        "missing": ["sex", "ftp_w"],
    }
    assert lines_of(profile) == [
        "name=Maya",
        "measurement_preference=feet",
        "max_heartrate_bpm=190 (as you said)",
        "lthr_bpm=172 (measured in a test)",
        "measured=lthr_bpm",
        "heart_rate_zones_bpm=114,133 (as you said)",
        "limits_heart_rate=true",
        "not set: sex, ftp_w",
    ]


def test_what_is_printed_of_a_value_can_be_typed_again() -> None:
    changes = changes_of(["heart_rate_zones_bpm=114,133", "limits_heart_rate=true", "weight_kg=61.5"])
    assert changes_of(lines_of(changes)) == changes


def test_what_is_off_or_empty_is_no_line() -> None:
    assert lines_of({"limits_heart_rate": False, "measured": [], "missing": []}) == []
