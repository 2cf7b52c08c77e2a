"""TCX (Training Center Database v2): laps with totals, and trackpoints that repeat at lap borders.

Its sports are Running, Biking and Other; Other says nothing and stays unknown. A pool swim may have laps with a
distance and no trackpoint at all. Speed, power and the cadence of running come from Garmin's ActivityExtension v2.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from xml.etree.ElementTree import Element

from apis.activities import sports
from apis.activities.errors import ClockNotSet, FileTooLarge, NoActivityInside
from apis.activities.formats.clock import LONGEST_S
from apis.activities.formats.laps import with_samples
from apis.activities.formats.markup import MarkupBroken, elements, instant, local_name, number, texts
from apis.activities.formats.samples import PLAUSIBLE, Recording, SampleLog, recording_of
from apis.activities.models import Lap
from apis.activities.recordings import DeviceTotals, RecordedActivity

MAX_ACTIVITIES: Final = 1000  # each is measured
MAX_LAPS: Final = 10_000
_MOST_KCAL: Final = 20_000.0  # a lap's; a day of the hardest work takes half of it


@dataclass(slots=True)
class _Workout:
    """What one `Activity` element has told so far."""

    sport: str | None
    samples: SampleLog = field(default_factory=SampleLog)
    laps: list[Lap] = field(default_factory=list)
    calories_kcal: float = 0.0
    device_name: str | None = None
    last_point: datetime | None = None


def read_tcx(content: bytes, *, source_name: str, source_id: str) -> list[RecordedActivity]:
    """Activities of one TCX document, in document order.

    Raises:
        NoActivityInside: Neither a timed trackpoint nor a timed lap.
        MarkupRefused: See `markup.elements`.
        FileTooLarge: More points, laps or activities than anybody records.
        ClockNotSet: The device never learned the date.
    """
    workouts, damage = _read(content)
    found: list[RecordedActivity] = []
    clock_not_set = False
    for workout in workouts:
        suffix = f"#{len(found)}" if found else ""
        try:
            activity = _activity(workout, damage, source_name=source_name, source_id=source_id + suffix)
        except ClockNotSet:  # costs this activity and no other one
            clock_not_set = True
            continue
        if activity is not None:
            found.append(activity)
    if found:
        return found
    if clock_not_set:
        raise ClockNotSet
    raise NoActivityInside(f"{NoActivityInside.reason}: {damage}" if damage else None)


def _read(content: bytes) -> tuple[list[_Workout], str | None]:
    workouts: list[_Workout] = []
    open_elements: list[str] = []
    try:
        for event, name, element in elements(content, whole={"Trackpoint", "Lap", "Creator"}):
            if event == "start":
                open_elements.append(name)
                if name == "Activity":
                    if len(workouts) >= MAX_ACTIVITIES:
                        raise FileTooLarge
                    workouts.append(_Workout(sport=element.get("Sport")))
            else:
                open_elements.pop()
                if workouts:
                    _close(workouts[-1], name, element, parent=open_elements[-1] if open_elements else "")
    except MarkupBroken as err:
        return workouts, str(err)
    return workouts, None


def _close(workout: _Workout, name: str, element: Element, *, parent: str) -> None:
    if name == "Trackpoint":
        _log_point(workout, element)
    elif name == "Lap":
        _log_lap(workout, element)
    elif name == "Creator" and parent == "Activity":
        workout.device_name = texts(element).get("name")


def _log_point(workout: _Workout, point: Element) -> None:
    found = texts(point)
    at = instant(found.get("time"))
    if at is None:
        return
    workout.last_point = at
    workout.samples.add(
        at,
        {
            "lat": number(found.get("latitudedegrees")),
            "lon": number(found.get("longitudedegrees")),
            "altitude_m": number(found.get("altitudemeters")),
            "distance_m": number(found.get("distancemeters")),
            "heartrate_bpm": number(found.get("value")),
            "cadence_spm": number(found.get("runcadence", found.get("cadence"))),
            "speed_mps": number(found.get("speed")),
            "power_w": number(found.get("watts")),
        },
    )


def _log_lap(workout: _Workout, element: Element) -> None:
    if len(workout.laps) >= MAX_LAPS:
        raise FileTooLarge
    found, start = texts(element), instant(element.get("StartTime"))
    bpm = {local_name(each): texts(each).get("value") for each in element if local_name(each).endswith("HeartRateBpm")}
    timer_s = _at_most(number(found.get("totaltimeseconds")), LONGEST_S) or None
    metres = _at_most(number(found.get("distancemeters")), PLAUSIBLE["distance_m"][1])
    workout.calories_kcal += _at_most(number(found.get("calories")), _MOST_KCAL) or 0.0
    workout.laps.append(
        Lap(
            lap_index=len(workout.laps) + 1,
            start_date=start,
            elapsed_time=_elapsed_s(start, workout.last_point, timer_s),
            moving_time=timer_s,
            distance=metres,
            average_speed=_within(found, "speed_mps", "avgspeed") or (metres / timer_s if metres and timer_s else None),
            max_speed=_within(found, "speed_mps", "maximumspeed"),
            average_heartrate=_within(bpm, "heartrate_bpm", "AverageHeartRateBpm"),
            max_heartrate=_within(bpm, "heartrate_bpm", "MaximumHeartRateBpm"),
            average_cadence=_within(found, "cadence_spm", "avgruncadence", "cadence"),
            average_watts=_within(found, "power_w", "avgwatts"),
        )
    )
    workout.last_point = None


def _elapsed_s(start: datetime | None, last_point: datetime | None, timer_s: float | None) -> float | None:
    """`TotalTimeSeconds` leaves pauses out; the lap's last point tells how long it took with them."""
    if start is None or last_point is None:
        return timer_s
    return max((last_point - start).total_seconds(), timer_s or 0.0) or None


def _within(found: Mapping[str, str | None], channel: str, *names: str) -> float | None:
    """The first of these texts that is a number above 0 which the channel can have."""
    values = (_at_most(number(found.get(name)), PLAUSIBLE[channel][1]) for name in names)
    return next((each for each in values if each), None)


def _at_most(value: float | None, highest: float) -> float | None:
    return value if value is not None and 0.0 <= value <= highest else None


def _activity(workout: _Workout, damage: str | None, *, source_name: str, source_id: str) -> RecordedActivity | None:
    sport_type = sports.from_word(workout.sport)
    recording = recording_of(workout.samples.samples(), running=sports.is_run(sport_type), damaged=damage is not None)
    start_at = recording.start_at if recording else _first_start(workout.laps)
    if start_at is None:
        return None
    return RecordedActivity(
        kind="tcx",
        source_name=source_name,
        source_id=source_id,
        start_at=start_at,
        sport_type=sport_type,
        totals=_totals(workout, recording, whole=damage is None),
        streams=recording.streams if recording else None,
        laps=with_samples(workout.laps, recording),
        device_name=workout.device_name,
        partial=damage is not None,
        reason=damage,
    )


def _first_start(laps: Sequence[Lap]) -> datetime | None:
    return next((lap.start_date for lap in laps if lap.start_date), None)


def _totals(workout: _Workout, recording: Recording | None, *, whole: bool) -> DeviceTotals:
    """Sums of the laps. `TotalTimeSeconds` is timer time; elapsed time comes from the points where there are any.

    A document that was cut has points after its last lap, so that only the points tell how far and long it went.
    """
    if recording is not None and not whole:
        return DeviceTotals(elapsed_s=recording.duration_s)
    timer_s = _sum(lap.moving_time for lap in workout.laps)
    return DeviceTotals(
        distance_m=_sum(lap.distance for lap in workout.laps),
        elapsed_s=recording.duration_s if recording is not None else timer_s,
        timer_s=timer_s,
        max_speed_mps=max((lap.max_speed for lap in workout.laps if lap.max_speed), default=None),
        max_heartrate_bpm=max((lap.max_heartrate for lap in workout.laps if lap.max_heartrate), default=None),
        calories_kcal=workout.calories_kcal or None,
    )


def _sum(values: Iterable[float | None]) -> float | None:
    return sum(each or 0.0 for each in values) or None
