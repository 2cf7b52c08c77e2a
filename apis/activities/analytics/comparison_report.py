"""Two to five activities side by side, and whether their heart rates differ by more than single runs differ anyway.

The same runner on the same course at the same speed does not get the same heart rate twice. A difference of two single
runs that is smaller than this noise says nothing, and a larger one is still not the same as fitness.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal, Self

from apis.activities.analytics.air import dew_point_c
from apis.activities.analytics.athlete_settings import AthleteSettings
from apis.activities.analytics.disciplines import RUNS, discipline_of
from apis.activities.analytics.errors import ComparisonRefused
from apis.activities.analytics.heart_rate_sources import heart_rate_of
from apis.activities.analytics.rounding import FrozenAnswer, Rounded
from apis.activities.analytics.stream_findings import StreamFindings
from apis.activities.analytics.zones_report import ZonesReport, report_zones
from apis.activities.models import UNKNOWN_SPORT, Activity, Weather, WeatherSource
from apis.activities.sports import may_be_same

FEWEST, MOST = 2, 5
SEM_SHARE: Final = 0.0125
METHOD: Final = (
    "smallest detectable difference of two single runs: 1.96·√2·1.25 % of their mean heart rate "
    "(standard error of measurement of submaximal heart rate 1.1 to 1.4 %, Lamberts 2004)"
)
CAUTION: Final = "pace, hills, heat and duration also move heart rate: a difference is not a change of fitness"

Noise = Literal["within noise", "beyond noise"]
NoDifference = Literal["no_heartrate", "other_sport"]


@dataclass(frozen=True)
class ComparedActivity:
    """One activity as the comparison sees it; what is not known is None."""

    id: str
    name: str
    local_date: date
    weekday: str
    sport_type: str
    moving_time_s: float
    workout_type: int | None = None
    distance_m: float | None = None
    grade_adjusted_speed_mps: float | None = None
    heartrate_bpm: float | None = None
    efficiency_factor: float | None = None
    decoupling_percent: float | None = None
    temperature_c: float | None = None
    dew_point_c: float | None = None
    weather_source: WeatherSource | None = None
    total_elevation_gain_m: float | None = None
    histogram: Mapping[int, float] | None = None

    @classmethod
    def of(cls, activity: Activity, findings: StreamFindings | None) -> Self:
        """A stored activity and what its samples said."""
        found = findings or StreamFindings()
        reading = heart_rate_of(activity)
        return cls(
            id=activity.id,
            name=activity.name,
            local_date=activity.start_date_local.date(),
            weekday=activity.weekday,
            sport_type=activity.sport_type,
            moving_time_s=activity.moving_time,
            workout_type=activity.workout_type,
            distance_m=activity.distance,
            grade_adjusted_speed_mps=found.grade_adjusted_speed_mps,
            heartrate_bpm=reading[0] if reading else None,
            efficiency_factor=found.efficiency_factor,
            decoupling_percent=found.decoupling_percent,
            temperature_c=activity.weather.temperature_c if activity.weather else None,
            dew_point_c=_dew_point_c(activity.weather),
            weather_source=activity.weather.source if activity.weather else None,
            total_elevation_gain_m=activity.total_elevation_gain,
            histogram=found.heartrate_histogram_s,
        )


class ComparedRow(FrozenAnswer):
    """One activity; paces are for runs alone, zones are null without samples or settings."""

    id: str
    name: str
    date: str
    weekday: str
    sport_type: str
    workout_type: int | None
    distance_m: Rounded | None
    moving_time_s: Rounded
    average_speed_mps: Rounded | None
    pace_s_per_km: Rounded | None
    grade_adjusted_pace_s_per_km: Rounded | None
    average_heartrate_bpm: Rounded | None
    efficiency_factor: Rounded | None
    decoupling_percent: Rounded | None
    temperature_c: Rounded | None
    dew_point_c: Rounded | None
    weather_source: WeatherSource | None
    total_elevation_gain_m: Rounded | None
    zone_shares: dict[str, Rounded] | None


class Difference(FrozenAnswer):
    """An activity less the first one; `noise` is null, with a reason, where heart rates cannot be compared."""

    id: str
    heartrate_bpm: Rounded | None
    smallest_detectable_bpm: Rounded | None
    within_noise: bool | None
    noise: Noise | None
    reason: NoDifference | None
    pace_s_per_km: Rounded | None
    temperature_c: Rounded | None


class ComparisonCoverage(FrozenAnswer):
    """How many of the activities have what a comparison needs."""

    activities: int
    with_heartrate: int
    with_weather: int


class ComparisonReport(FrozenAnswer):
    """What `GET /comparison` answers; `zones` says by which bounds the zone shares were counted."""

    activities: tuple[ComparedRow, ...]
    differences_from_first: tuple[Difference, ...]
    zones: ZonesReport
    coverage: ComparisonCoverage
    method: str = METHOD
    caution: str = CAUTION


def smallest_detectable_difference_bpm(mean_bpm: float, *, sem_share: float = SEM_SHARE) -> float:
    """How far two single heart rates must differ to say that they do, bpm.

    Args:
        mean_bpm: Of the two.
        sem_share: Standard error of measurement as a share of the heart rate, 0.011 to 0.014 in the studies.

    Source: 1.96·√2·SEM; SEM of submaximal heart rate from Lamberts et al. 2004, J Strength Cond Res 18:641.
    """
    return float(1.96 * 2**0.5 * sem_share * mean_bpm)


def report_comparison(activities: Sequence[ComparedActivity], settings: AthleteSettings) -> ComparisonReport:
    """The activities side by side, the others against the first.

    Args:
        activities: Two to five, in the order asked for.
        settings: For the shares of time in zones.

    Raises:
        ComparisonRefused: Fewer than two, more than five, or one of them twice.
    """
    if not FEWEST <= len(activities) <= MOST:
        raise ComparisonRefused(f"{FEWEST} to {MOST} activities can be compared, not {len(activities)}")
    if len({each.id for each in activities}) < len(activities):
        raise ComparisonRefused("an activity cannot be compared with itself")
    first = activities[0]
    return ComparisonReport(
        activities=tuple(_row(each, settings) for each in activities),
        differences_from_first=tuple(_difference(each, first) for each in activities[1:]),
        zones=report_zones(settings, discipline_of(first.sport_type)),
        coverage=ComparisonCoverage(
            activities=len(activities),
            with_heartrate=sum(each.heartrate_bpm is not None for each in activities),
            with_weather=sum(each.temperature_c is not None for each in activities),
        ),
    )


def _row(activity: ComparedActivity, settings: AthleteSettings) -> ComparedRow:
    speed = activity.distance_m / activity.moving_time_s if activity.distance_m and activity.moving_time_s > 0 else None
    zones = report_zones(settings, discipline_of(activity.sport_type), activity.histogram)
    shares = {zone.name: zone.share for zone in zones.zones if zone.share is not None}
    return ComparedRow(
        id=activity.id,
        name=activity.name,
        date=activity.local_date.isoformat(),
        weekday=activity.weekday,
        sport_type=activity.sport_type,
        workout_type=activity.workout_type,
        distance_m=activity.distance_m,
        moving_time_s=activity.moving_time_s,
        average_speed_mps=speed,
        pace_s_per_km=_pace(activity),
        grade_adjusted_pace_s_per_km=_inverse(activity.grade_adjusted_speed_mps),
        average_heartrate_bpm=activity.heartrate_bpm,
        efficiency_factor=activity.efficiency_factor,
        decoupling_percent=activity.decoupling_percent,
        temperature_c=activity.temperature_c,
        dew_point_c=activity.dew_point_c,
        weather_source=activity.weather_source,
        total_elevation_gain_m=activity.total_elevation_gain_m,
        zone_shares=shares or None,
    )


def _difference(activity: ComparedActivity, first: ComparedActivity) -> Difference:
    reason = _no_difference(activity, first)
    one, other = activity.heartrate_bpm, first.heartrate_bpm
    change = one - other if one and other and reason is None else None
    limit = smallest_detectable_difference_bpm((one + other) / 2) if one and other and reason is None else None
    within = None if change is None or limit is None else abs(change) < limit
    return Difference(
        id=activity.id,
        heartrate_bpm=change,
        smallest_detectable_bpm=limit,
        within_noise=within,
        noise=None if within is None else "within noise" if within else "beyond noise",
        reason=reason,
        pace_s_per_km=_minus(_pace(activity), _pace(first)),
        temperature_c=_minus(activity.temperature_c, first.temperature_c),
    )


def _no_difference(activity: ComparedActivity, first: ComparedActivity) -> NoDifference | None:
    sports = activity.sport_type, first.sport_type
    if UNKNOWN_SPORT in sports or not may_be_same(*sports):
        return "other_sport"
    return None if activity.heartrate_bpm and first.heartrate_bpm else "no_heartrate"


def _pace(activity: ComparedActivity) -> float | None:
    if activity.sport_type not in RUNS or not activity.distance_m:
        return None
    return activity.moving_time_s / activity.distance_m * 1000


def _inverse(speed_mps: float | None) -> float | None:
    return 1000 / speed_mps if speed_mps else None


def _minus(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one - other


def _dew_point_c(weather: Weather | None) -> float | None:
    """The dew point of the report, else made from temperature and humidity."""
    if weather is None or weather.dew_point_c is not None:
        return weather.dew_point_c if weather else None
    if weather.temperature_c is None or not weather.relative_humidity:
        return None
    return dew_point_c(weather.temperature_c, weather.relative_humidity)
