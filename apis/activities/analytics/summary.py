"""Totals and time-weighted means over activities, in all or by week, month, sport or weather band."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Literal, get_args

from apis.activities.analytics.errors import GroupingUnknown
from apis.activities.analytics.heart_rate_sources import aggregate_heart_rate
from apis.activities.analytics.rounding import FrozenAnswer, Rounded
from apis.activities.analytics.weather_bands import BAND_NAMES, WeatherBands
from apis.activities.models import Activity, Weather

GroupBy = Literal["none", "week", "month", "sport", "weather"]
ON_FOOT = frozenset({"Run", "TrailRun", "VirtualRun", "Walk", "Hike"})
NO_WEATHER = "no_weather"


class Metrics(FrozenAnswer):
    """Totals of some activities; a mean is null where no activity has the quantity, and never counts it as 0.

    `device_temperature_count` says how many of `weather_count` know the temperature of a device alone.
    """

    count: int
    distance_m: Rounded
    moving_time_s: Rounded
    elapsed_time_s: Rounded
    total_elevation_gain_m: Rounded
    average_heartrate_bpm: Rounded | None
    heartrate_count: int
    heartrate_time_s: Rounded
    max_heartrate_bpm: Rounded | None
    average_speed_mps: Rounded | None
    pace_s_per_km: Rounded | None
    average_temperature_c: Rounded | None
    longest_distance_m: Rounded | None
    weather_count: int
    device_temperature_count: int


class Group(Metrics):
    """The metrics of one week, month, sport or weather band."""

    key: str
    label: str


class Coverage(FrozenAnswer):
    """How many activities carry the quantities that averages need."""

    activities: int
    with_heartrate: int
    with_weather: int


class ActivitySummary(FrozenAnswer):
    """What `GET /summary` answers, without the echo of window and filters."""

    bands: dict[str, str]
    group_by: GroupBy
    groups: tuple[Group, ...]
    total: Metrics
    coverage: Coverage


def summarize(
    activities: Sequence[Activity], *, group_by: str = "none", bands: WeatherBands | None = None
) -> ActivitySummary:
    """Totals of activities that were already selected by window, sport and weather.

    Weeks begin on Monday and belong, like months, to the local date of the start, so no zone is needed.
    Weather groups overlap: a cool wet run counts in both, and `total` counts it once.

    Args:
        activities: Any order; the result does not depend on it.
        group_by: One of `GroupBy`; with `none` there are no groups, only the total.
        bands: The weather bands to use and to echo; the documented ones if not given.

    Raises:
        GroupingUnknown: `group_by` is not one of the five; the text lists them.
    """
    bands = bands or WeatherBands()
    grouping = parse_grouping(group_by)
    total = measure(activities)
    return ActivitySummary(
        bands=bands.echo(),
        group_by=grouping,
        groups=tuple(_groups(activities, grouping, bands)),
        total=total,
        coverage=Coverage(
            activities=total.count, with_heartrate=total.heartrate_count, with_weather=total.weather_count
        ),
    )


def parse_grouping(text: str) -> GroupBy:
    """The grouping that was asked for.

    Raises:
        GroupingUnknown: Not one of `GroupBy`.
    """
    for known in get_args(GroupBy):
        if text == known:
            return known  # type: ignore[no-any-return]  # get_args forgets that these are the literals
    raise GroupingUnknown(f"there is no such grouping; choose from: {', '.join(get_args(GroupBy))}")


def measure(activities: Iterable[Activity]) -> Metrics:
    """The metrics of some activities, each counted once."""
    counted = sorted(activities, key=lambda each: (each.start_date, each.id))  # one order, one floating-point sum
    heart = aggregate_heart_rate(counted)
    speed = _mean_speed_mps(counted)
    on_foot = bool(counted) and all(each.sport_type in ON_FOOT for each in counted)
    return Metrics(
        count=len(counted),
        distance_m=sum(each.distance or 0.0 for each in counted),
        moving_time_s=sum(each.moving_time for each in counted),
        elapsed_time_s=sum(each.elapsed_time for each in counted),
        total_elevation_gain_m=sum(each.total_elevation_gain or 0.0 for each in counted),
        average_heartrate_bpm=heart.mean_bpm,
        heartrate_count=heart.count,
        heartrate_time_s=heart.covered_s,
        max_heartrate_bpm=max((each.max_heartrate for each in counted if each.max_heartrate), default=None),
        average_speed_mps=speed,
        pace_s_per_km=1000 / speed if speed and on_foot else None,
        average_temperature_c=_mean_temperature_c(counted),
        longest_distance_m=max((each.distance for each in counted if each.distance), default=None),
        weather_count=sum(each.weather is not None for each in counted),
        device_temperature_count=sum(each.weather is not None and _sensed(each.weather) for each in counted),
    )


def _sensed(weather: Weather) -> bool:
    return weather.source == "device_sensor"


def _mean_speed_mps(activities: Sequence[Activity]) -> float | None:
    measured = [(each.distance, each.moving_time) for each in activities if each.distance and each.moving_time > 0]
    if not measured:
        return None
    return sum(distance for distance, _ in measured) / sum(moving for _, moving in measured)


def _mean_temperature_c(activities: Sequence[Activity]) -> float | None:
    readings = [
        (each.weather.temperature_c, each.moving_time)
        for each in activities
        if each.weather and each.weather.temperature_c is not None and each.moving_time > 0
    ]
    seconds = sum(moving for _, moving in readings)
    return sum(temperature * moving for temperature, moving in readings) / seconds if readings else None


def _groups(activities: Sequence[Activity], grouping: GroupBy, bands: WeatherBands) -> Iterable[Group]:
    if grouping == "none":
        return
    members: dict[str, list[Activity]] = {}
    keys_of = _keys_by_weather(bands) if grouping == "weather" else _KEYS[grouping]
    for activity in activities:
        for key in keys_of(activity):
            members.setdefault(key, []).append(activity)
    for key in sorted(members, key=_rank(grouping, members)):
        yield Group(key=key, label=_label(grouping, key), **dict(measure(members[key])))


def _rank(grouping: GroupBy, members: Mapping[str, list[Activity]]) -> Callable[[str], tuple[int, str]]:
    """Weeks and months by time, sports by count, weather in the order of the bands."""
    if grouping == "weather":
        order = (*BAND_NAMES, NO_WEATHER)
        return lambda key: (order.index(key), key)
    if grouping == "sport":
        return lambda key: (-len(members[key]), key)
    return lambda key: (0, key)


def _keys_by_weather(bands: WeatherBands) -> Callable[[Activity], tuple[str, ...]]:
    return lambda activity: bands.bands_of(activity.weather) or (NO_WEATHER,)


def _week(activity: Activity) -> tuple[str]:
    day = activity.start_date_local.date()
    return ((day - timedelta(days=day.weekday())).isoformat(),)


_KEYS: Mapping[str, Callable[[Activity], tuple[str, ...]]] = {
    "week": _week,
    "month": lambda activity: (activity.start_date_local.strftime("%Y-%m"),),
    "sport": lambda activity: (activity.sport_type,),
}


def _label(grouping: GroupBy, key: str) -> str:
    if grouping == "week":
        return f"week of {date.fromisoformat(key):%d %b %Y}"
    if grouping == "month":
        return f"{date.fromisoformat(key + '-01'):%B %Y}"
    return key.replace("_", " ") if grouping == "weather" else key
