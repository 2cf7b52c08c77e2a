"""Which of the athlete's numbers an analysis uses, and where each comes from.

What the athlete says wins over what the watch believed. Only the maximal heart rate is ever estimated, from age, and is
then called an estimate. Settings that contradict one another are not used.
"""

from collections.abc import Iterator
from datetime import date
from itertools import combinations
from typing import Final, Literal

from apis.activities.analytics.disciplines import Discipline
from apis.activities.analytics.errors import InputsMissing
from apis.activities.analytics.heart_rate_zones import (
    HeartRateZones,
    estimated_max_heart_rate_bpm,
    max_zones,
    own_zones,
    reserve_zones,
    threshold_zones,
)
from apis.activities.analytics.rounding import FrozenAnswer, Rounded
from apis.activities.athlete import AthleteProfile, Origin, Sex
from apis.activities.recordings import DeviceSettings

YOUNGEST_ESTIMATED, OLDEST_ESTIMATED = 10, 100
ADULT: Final = 18
ESTIMATE_NOTE: Final = "estimate, ±10"
LIMITED_HEART_RATE: Final = (
    "a drug limits the heart rate, so zones and loads made from it do not hold; ask a clinician which limits apply"
)

_TRUST: Final[tuple[Origin, ...]] = ("measured", "profile", "device", "estimated")
_Number = Literal["max_heartrate_bpm", "resting_heartrate_bpm", "lthr_bpm", "ftp_w"]


class Setting(FrozenAnswer):
    """One number and its origin; `note` says what to think of it."""

    value: Rounded
    origin: Origin
    note: str | None = None


class SexSetting(FrozenAnswer):
    """The sex that picks constants, and its origin."""

    value: Sex
    origin: Origin


class AthleteSettings(FrozenAnswer):
    """What analyses use; null where nobody said it.

    Attributes:
        own_zone_bounds_bpm: The athlete's own lower bounds of heart-rate zones.
        limits_heart_rate: A drug limits the heart rate: zones and loads made from it do not hold.
        conflicts: Settings that were left out because they contradict another, in words.
    """

    max_heartrate_bpm: Setting | None = None
    resting_heartrate_bpm: Setting | None = None
    lthr_bpm: Setting | None = None
    ftp_w: Setting | None = None
    weight_kg: Setting | None = None
    sex: SexSetting | None = None
    own_zone_bounds_bpm: tuple[int, ...] | None = None
    limits_heart_rate: bool = False
    conflicts: tuple[str, ...] = ()


def settings_on(profile: AthleteProfile, device: DeviceSettings | None, day: date) -> AthleteSettings:
    """The settings to use.

    Args:
        profile: What the athlete says.
        device: What the watch believed, if a recording told it.
        day: Local date at which the athlete's age is taken.
    """
    device = device or DeviceSettings()
    highest = _number(profile, device, "max_heartrate_bpm") or _estimated_max(profile, device, day)
    known = {
        "resting heart rate": _number(profile, device, "resting_heartrate_bpm"),
        "threshold heart rate": _number(profile, device, "lthr_bpm"),
        "maximal heart rate": highest,
    }
    conflicts = tuple(_drop_conflicting(known))
    return AthleteSettings(
        max_heartrate_bpm=known["maximal heart rate"],
        resting_heartrate_bpm=known["resting heart rate"],
        lthr_bpm=known["threshold heart rate"],
        ftp_w=_number(profile, device, "ftp_w"),
        weight_kg=_said_or_believed(profile.weight_kg, device.weight_kg),
        sex=_sex(profile, device),
        own_zone_bounds_bpm=profile.heart_rate_zones_bpm,
        limits_heart_rate=profile.limits_heart_rate,
        conflicts=conflicts,
    )


def zones_of(settings: AthleteSettings, discipline: Discipline) -> HeartRateZones:
    """The zones to use: the athlete's own, else of the threshold, else of the reserve, else of the maximum.

    Args:
        settings: From `settings_on`.
        discipline: Shares of the threshold differ between running and cycling.

    Raises:
        InputsMissing: None of them is known, the athlete's own do not ascend, or a drug limits the heart rate.
    """
    if settings.limits_heart_rate:
        raise InputsMissing(LIMITED_HEART_RATE)
    if settings.own_zone_bounds_bpm is not None:
        return own_zones(settings.own_zone_bounds_bpm)
    if settings.lthr_bpm is not None:
        return threshold_zones(settings.lthr_bpm.value, discipline)
    if settings.max_heartrate_bpm is None:
        raise InputsMissing("neither zones nor threshold nor maximal heart rate are known, nor a birth year")
    if settings.resting_heartrate_bpm is not None:
        return reserve_zones(settings.resting_heartrate_bpm.value, settings.max_heartrate_bpm.value)
    return max_zones(settings.max_heartrate_bpm.value)


def may_be_under_18(profile: AthleteProfile, device: DeviceSettings | None, day: date) -> bool:
    """Whether the athlete is under 18, or turns 18 in this year; False where no birth year is known."""
    born = profile.birth_year or (device.birth_year if device else None)
    return born is not None and day.year - born <= ADULT


def _drop_conflicting(known: dict[str, Setting | None]) -> Iterator[str]:
    """Drops, of two heart rates that stand the wrong way round, the less trusted one; says so in words."""
    for low_name, high_name in combinations(known, 2):
        low, high = known[low_name], known[high_name]
        if low is None or high is None or low.value < high.value:
            continue
        dropped = high_name if _TRUST.index(high.origin) > _TRUST.index(low.origin) else low_name
        known[dropped] = None
        yield f"the {low_name} is not below the {high_name}: the {dropped} was not used"


def _number(profile: AthleteProfile, device: DeviceSettings, name: _Number) -> Setting | None:
    said: float | None = getattr(profile, name)
    if said is not None and name in profile.measured:
        return Setting(value=said, origin="measured")
    return _said_or_believed(said, getattr(device, name))


def _said_or_believed(said: float | None, believed: float | None) -> Setting | None:
    if said is not None:
        return Setting(value=said, origin="profile")
    return Setting(value=believed, origin="device") if believed else None  # a watch writes 0 for what it does not know


def _sex(profile: AthleteProfile, device: DeviceSettings) -> SexSetting | None:
    if profile.sex is not None:
        return SexSetting(value=profile.sex, origin="profile")
    return SexSetting(value=device.sex, origin="device") if device.sex is not None else None


def _estimated_max(profile: AthleteProfile, device: DeviceSettings, day: date) -> Setting | None:
    born = profile.birth_year or device.birth_year
    if born is None or not YOUNGEST_ESTIMATED <= day.year - born <= OLDEST_ESTIMATED:
        return None
    return Setting(value=estimated_max_heart_rate_bpm(day.year - born), origin="estimated", note=ESTIMATE_NOTE)
