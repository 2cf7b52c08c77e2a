"""Totals of a FIT `session` and its `lap`s, in SI units.

Elapsed, timer and moving time are three things: the timer leaves pauses out, moving time leaves standing out as well.
Strava's moving time is the third one. A total that no activity has is damage and missing.
"""

from collections.abc import Sequence
from typing import Final

from apis.activities.formats.clock import LONGEST_S
from apis.activities.formats.fit_messages import Message
from apis.activities.formats.laps import with_samples
from apis.activities.formats.samples import PLAUSIBLE, Recording
from apis.activities.models import Lap
from apis.activities.recordings import DeviceTotals

_JOULES_PER_KJ: Final = 1000.0
_HIGHEST_CLIMB_M: Final = 30_000.0  # a day of climbing; three times Everest


def totals_of(session: Message) -> DeviceTotals:
    """What the session states; `None` where it states nothing."""
    work_j = session.positive("total_work")
    elapsed_s, timer_s, moving_s = times_of(session)
    average_w, normalized_w = (_within(session.positive(name), "power_w") for name in ("avg_power", "normalized_power"))
    return DeviceTotals(
        distance_m=_within(session.number("total_distance"), "distance_m"),
        elapsed_s=elapsed_s,
        timer_s=timer_s,
        moving_s=moving_s,
        ascent_m=_ascent_m(session),
        average_heartrate_bpm=_within(session.number("avg_heart_rate"), "heartrate_bpm"),
        max_heartrate_bpm=_within(session.number("max_heart_rate"), "heartrate_bpm"),
        average_speed_mps=_within(session.number("enhanced_avg_speed", "avg_speed"), "speed_mps"),
        max_speed_mps=_within(session.number("enhanced_max_speed", "max_speed"), "speed_mps"),
        average_cadence_spm=_cadence_spm(session),
        average_temperature_c=_within(session.number("avg_temperature"), "temperature_c"),
        average_power_w=average_w,
        normalized_power_w=normalized_w,
        power_measured=None if average_w is None and normalized_w is None else True,
        work_kj=work_j / _JOULES_PER_KJ if work_j else None,
        calories_kcal=session.positive("total_calories"),
    )


def laps_of(messages: Sequence[Message], recording: Recording | None) -> tuple[Lap, ...]:
    """The laps as the device counted them; timer time stands in where it states no moving time."""
    return with_samples([_lap(index, each) for index, each in enumerate(messages)], recording)


def times_of(message: Message) -> tuple[float | None, float | None, float | None]:
    """Elapsed, timer and moving seconds, none longer than the one before: there are no negative pauses."""
    elapsed, timer, moving = (
        message.number(name) for name in ("total_elapsed_time", "total_timer_time", "total_moving_time")
    )
    elapsed, timer, moving = (each if each and 0 < each <= LONGEST_S else None for each in (elapsed, timer, moving))
    if elapsed is not None and timer is not None:
        elapsed = max(elapsed, timer)  # a device that stops the timer last writes a timer time a little longer
    if moving is not None:
        moving = min(moving, timer or elapsed or moving)
    return elapsed, timer, moving


def _lap(index: int, lap: Message) -> Lap:
    elapsed_s, timer_s, moving_s = times_of(lap)
    return Lap(
        lap_index=index + 1,
        start_date=lap.instant("start_time"),
        elapsed_time=elapsed_s,
        moving_time=timer_s if moving_s is None else moving_s,
        distance=_within(lap.number("total_distance"), "distance_m"),
        total_elevation_gain=_ascent_m(lap),
        average_speed=_within(lap.number("enhanced_avg_speed", "avg_speed"), "speed_mps"),
        max_speed=_within(lap.number("enhanced_max_speed", "max_speed"), "speed_mps"),
        average_heartrate=_within(lap.number("avg_heart_rate"), "heartrate_bpm"),
        max_heartrate=_within(lap.number("max_heart_rate"), "heartrate_bpm"),
        average_cadence=_cadence_spm(lap),
        average_watts=_within(lap.number("avg_power"), "power_w"),
    )


def _cadence_spm(message: Message) -> float | None:
    cadence = message.number("avg_running_cadence", "avg_cadence")
    if not cadence:
        return None
    return _within(cadence + (message.number("avg_fractional_cadence") or 0.0), "cadence_spm")


def _ascent_m(message: Message) -> float | None:
    ascent = message.number("total_ascent")
    return ascent if ascent is not None and 0.0 <= ascent <= _HIGHEST_CLIMB_M else None


def _within(value: float | None, channel: str) -> float | None:
    lowest, highest = PLAUSIBLE[channel]
    return value if value is not None and lowest <= value <= highest else None
