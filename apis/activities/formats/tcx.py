"""TCX (Training Center Database v2): laps with totals, and trackpoints that repeat at lap borders.

Its sports are Running, Biking and Other; Other says nothing and stays unknown. A pool swim may have laps with a
distance and no trackpoint at all.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from xml.etree.ElementTree import Element

from apis.activities import sports
from apis.activities.errors import NoActivityInside
from apis.activities.formats.markup import MarkupBroken, elements, instant, number, texts
from apis.activities.formats.samples import Recording, SampleLog, recording_of
from apis.activities.models import Lap
from apis.activities.recordings import DeviceTotals, RecordedActivity


@dataclass(slots=True)
class _Workout:
    """What one `Activity` element has told so far."""

    sport: str | None
    samples: SampleLog = field(default_factory=SampleLog)
    laps: list[Lap] = field(default_factory=list)
    calories_kcal: float = 0.0
    device_name: str | None = None


def read_tcx(content: bytes, *, source_name: str, source_id: str) -> list[RecordedActivity]:
    """Activities of one TCX document, in document order.

    Raises:
        NoActivityInside: Neither a timed trackpoint nor a timed lap.
        MarkupRefused: See `markup.elements`.
        ClockNotSet: The device never learned the date.
    """
    workouts, damage = _read(content)
    found: list[RecordedActivity] = []
    for workout in workouts:
        suffix = f"#{len(found)}" if found else ""
        activity = _activity(workout, damage, source_name=source_name, source_id=source_id + suffix)
        if activity is not None:
            found.append(activity)
    if not found:
        raise NoActivityInside(f"{NoActivityInside.reason}: {damage}" if damage else None)
    return found


def _read(content: bytes) -> tuple[list[_Workout], str | None]:
    workouts: list[_Workout] = []
    open_elements: list[str] = []
    try:
        for event, name, element in elements(content):
            if event == "start":
                open_elements.append(name)
                if name == "Activity":
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
        _log_point(workout.samples, element)
        element.clear()
    elif name == "Lap":
        _log_lap(workout, element)
        element.clear()
    elif name == "Creator" and parent == "Activity":
        workout.device_name = texts(element).get("name")


def _log_point(log: SampleLog, point: Element) -> None:
    found = texts(point)
    at = instant(found.get("time"))
    if at is None:
        return
    log.add(
        at,
        {
            "lat": number(found.get("latitudedegrees")),
            "lon": number(found.get("longitudedegrees")),
            "altitude_m": number(found.get("altitudemeters")),
            "distance_m": number(found.get("distancemeters")),
            "heartrate_bpm": number(found.get("value")),
            "cadence_spm": number(found.get("cadence", found.get("runcadence"))),
            "speed_mps": number(found.get("speed")),
            "power_w": number(found.get("watts")),
        },
    )


def _log_lap(workout: _Workout, element: Element) -> None:
    found = texts(element)
    children = {child.tag.rpartition("}")[2]: child for child in element}
    seconds, metres = number(found.get("totaltimeseconds")), number(found.get("distancemeters"))
    workout.calories_kcal += number(found.get("calories")) or 0.0
    workout.laps.append(
        Lap(
            lap_index=len(workout.laps) + 1,
            start_date=instant(element.get("StartTime")),
            elapsed_time=seconds,
            moving_time=seconds,
            distance=metres,
            average_speed=metres / seconds if metres and seconds else None,
            average_heartrate=_value(children.get("AverageHeartRateBpm")),
            max_heartrate=_value(children.get("MaximumHeartRateBpm")),
        )
    )


def _value(element: Element | None) -> float | None:
    return None if element is None else number(texts(element).get("value")) or None


def _activity(workout: _Workout, damage: str | None, *, source_name: str, source_id: str) -> RecordedActivity | None:
    recording = recording_of(workout.samples)
    start_at = recording.start_at if recording else _first_start(workout.laps)
    if start_at is None:
        return None
    return RecordedActivity(
        kind="tcx",
        source_name=source_name,
        source_id=source_id,
        start_at=start_at,
        sport_type=sports.from_word(workout.sport),
        totals=_totals(workout, recording, whole=damage is None),
        streams=recording.streams if recording else None,
        laps=tuple(workout.laps),
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
    seconds = sum(lap.elapsed_time or 0.0 for lap in workout.laps) or None
    return DeviceTotals(
        distance_m=sum(lap.distance or 0.0 for lap in workout.laps) or None,
        elapsed_s=recording.duration_s if recording is not None else seconds,
        timer_s=seconds,
        calories_kcal=workout.calories_kcal or None,
    )
