"""What a watch believes about its athlete: `user_profile`, `zones_target` and `hr_zone` of a FIT file.

Watches write their settings into every activity. A value that no athlete has is a default or damage, and is missing.
The watch knows an age, so that the year of birth may be off by one.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final, Literal

from apis.activities.formats.fit_chapters import Chapter
from apis.activities.formats.fit_messages import Message
from apis.activities.recordings import DeviceSettings

_PLAUSIBLE: Final[Mapping[str, tuple[float, float]]] = {
    "max_heartrate_bpm": (100.0, 240.0),
    "resting_heartrate_bpm": (25.0, 110.0),
    "lthr_bpm": (80.0, 220.0),
    "ftp_w": (50.0, 600.0),
    "weight_kg": (25.0, 250.0),
    "height_m": (1.0, 2.5),
    "age": (5.0, 110.0),
}
_MAX_OF_SPORT: Final[Mapping[str, str]] = {
    "running": "default_max_running_heart_rate",
    "cycling": "default_max_biking_heart_rate",
}
_MAX: Final = "default_max_heart_rate"
_SEXES: Final[Mapping[str, Literal["F", "M"]]] = {"female": "F", "male": "M"}


def settings_of(chapter: Chapter, session: Message, start_at: datetime) -> DeviceSettings | None:
    """The settings that the file tells, the last message of each kind; `None` if it tells none.

    Args:
        chapter: The file.
        session: The activity's summary; power thresholds belong to its sport.
        start_at: The activity's start, at which the athlete had the age that the watch knows.
    """
    profile, target = _last(chapter, "user_profile"), _last(chapter, "zones_target")
    age = _plausible("age", profile.number("age"))
    settings = DeviceSettings(
        max_heartrate_bpm=_max_heartrate_bpm(chapter, session, profile, target),
        resting_heartrate_bpm=_plausible("resting_heartrate_bpm", profile.number("resting_heart_rate")),
        lthr_bpm=_plausible("lthr_bpm", target.number("threshold_heart_rate")),
        ftp_w=_plausible("ftp_w", target.number("functional_threshold_power"))
        or _plausible("ftp_w", session.number("threshold_power")),
        weight_kg=_plausible("weight_kg", profile.number("weight")),
        height_m=_plausible("height_m", profile.number("height")),
        sex=_SEXES.get(profile.text("gender") or ""),
        birth_year=None if age is None else start_at.year - int(age),
    )
    return settings if settings != DeviceSettings() else None


def _max_heartrate_bpm(chapter: Chapter, session: Message, profile: Message, target: Message) -> float | None:
    """The target of the zones, else the end of the highest zone, else what the profile has for the sport."""
    zones = [bpm for each in chapter.of("hr_zone") if (bpm := each.number("high_bpm")) is not None]
    of_sport = _MAX_OF_SPORT.get(session.text("sport") or "", "")
    stated = (target.number("max_heart_rate"), max(zones, default=None), profile.number(of_sport, _MAX))
    known = (_plausible("max_heartrate_bpm", each) for each in stated)
    return next((each for each in known if each is not None), None)


def _last(chapter: Chapter, name: str) -> Message:
    return chapter.of(name)[-1] if chapter.of(name) else Message()


def _plausible(name: str, value: float | None) -> float | None:
    lowest, highest = _PLAUSIBLE[name]
    return value if value is not None and lowest <= value <= highest else None
