"""Which weather an activity has: one rule over all that its sources and a weather service say about it.

First what was measured there (the export's, or a station's report), the one nearest to the time at which the
activity was half over; then a reanalysis; then a report that names no temperature; last the sensor of the device,
which the wrist warms. Indoors there is no weather. The order in which any of it arrived does not matter.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from apis.activities.measurement import Measurement
from apis.activities.models import Activity, Weather
from apis.activities.weather.places import LookedUp, Wanted

_MEASURED: Final = frozenset({"strava_export", "station", "manual"})
_IN_WATER: Final = frozenset({"Swim"})
_FAR_AWAY: Final = timedelta.max


def weather_of(activity: Activity, ranked: Sequence[Measurement], looked_up: LookedUp | None) -> Weather | None:
    """The weather of one activity.

    Args:
        activity: As merged and edited, whatever weather it has so far.
        ranked: Its sources, the best first.
        looked_up: What a weather service said, if it was asked.
    """
    if _indoors(activity):
        return None
    measured = _measured(activity, ranked)
    answer = looked_up.weather if looked_up is not None else None
    if _complete(measured) or (answer is None and measured is not None):
        return measured
    return answer or _sensed(activity, ranked)


def wanted_of(activity: Activity, ranked: Sequence[Measurement]) -> Wanted | None:
    """What a weather service could tell; None for an activity that has weather, or that was at no known place."""
    place = next((each.place for each in ranked if each.place is not None), None)
    if place is None or activity.manual or _indoors(activity) or _complete(_measured(activity, ranked)):
        return None
    return Wanted(lat=place[0], lon=place[1], at=_half_over(activity).replace(second=0, microsecond=0))


def _indoors(activity: Activity) -> bool:
    return activity.trainer or activity.sport_type.startswith("Virtual")


def _complete(weather: Weather | None) -> bool:
    """Whether a report says what the trend needs."""
    return weather is not None and weather.temperature_c is not None


def _half_over(activity: Activity) -> datetime:
    return activity.start_date.astimezone(UTC) + timedelta(seconds=activity.elapsed_time / 2)


def _measured(activity: Activity, ranked: Sequence[Measurement]) -> Weather | None:
    middle = _half_over(activity)

    def rank(found: tuple[Weather, Measurement]) -> tuple[bool, timedelta, bool, str]:
        weather, source = found
        away = _FAR_AWAY if weather.observed_at is None else abs(weather.observed_at - middle)
        return not _complete(weather), away, weather.source != "strava_export", source.source_id

    known = [(each.weather, each) for each in ranked if each.weather is not None and each.weather.source in _MEASURED]
    return min(known, key=rank)[0] if known else None


def _sensed(activity: Activity, ranked: Sequence[Measurement]) -> Weather | None:
    """A temperature alone, and only where positions prove that the device was outdoors."""
    outdoors = any(each.place is not None for each in ranked) and not activity.manual
    if not outdoors or activity.average_temp is None or activity.sport_type in _IN_WATER:
        return None
    return Weather(temperature_c=activity.average_temp, source="device_sensor")
