"""One activity as the training load sees it, and the load that its heart rates make."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal, Self

from apis.activities.analytics.heart_rate_histogram import covered_s
from apis.activities.analytics.heart_rate_load import HeartRateLoad
from apis.activities.analytics.heart_rate_sources import heart_rate_of
from apis.activities.analytics.stream_findings import StreamFindings
from apis.activities.models import Activity

NoLoadReason = Literal["no_heartrate", "no_method"]
WELL_COVERED: Final = 0.8


@dataclass(frozen=True)
class LoadRow:
    """One activity; what is not known is None, never 0.

    Attributes:
        histogram: Seconds at each whole bpm, where there were samples.
        average_heartrate_bpm: Mean heart rate over `heartrate_time_s`; used only without a histogram.
        normalized_power_w: Watts.
    """

    id: str
    local_date: date
    weekday: str
    sport_type: str
    moving_time_s: float
    histogram: Mapping[int, float] | None = None
    average_heartrate_bpm: float | None = None
    heartrate_time_s: float | None = None
    normalized_power_w: float | None = None
    distance_m: float | None = None

    @classmethod
    def of(cls, activity: Activity, findings: StreamFindings | None) -> Self:
        """The row of a stored activity and of what its samples said."""
        mean, seconds = heart_rate_of(activity) or (None, None)
        own_power = findings.normalized_power_w if findings else None
        return cls(
            id=activity.id,
            local_date=activity.start_date_local.date(),
            weekday=activity.weekday,
            sport_type=activity.sport_type,
            moving_time_s=activity.moving_time,
            histogram=findings.heartrate_histogram_s if findings else None,
            average_heartrate_bpm=mean,
            heartrate_time_s=seconds,
            normalized_power_w=activity.weighted_average_watts or own_power,
            distance_m=activity.distance,
        )


@dataclass(frozen=True)
class RowLoad:
    """A row with its load, or with the reason why its load is unknown."""

    row: LoadRow
    load: float | None = None
    from_average: bool = False
    partly_covered: bool = False
    reason: NoLoadReason | None = None


def load_of(row: LoadRow, method: HeartRateLoad | None) -> RowLoad:
    """The load of one activity from its histogram, else from its mean heart rate, which reads low."""
    if method is None:
        return RowLoad(row, reason="no_method")
    if row.histogram:
        partly = covered_s(row.histogram) < WELL_COVERED * row.moving_time_s
        return RowLoad(row, method.of_histogram(row.histogram), partly_covered=partly)
    if row.average_heartrate_bpm and row.heartrate_time_s:
        partly = row.heartrate_time_s < WELL_COVERED * row.moving_time_s
        load = method.of_mean(row.average_heartrate_bpm, row.heartrate_time_s)
        return RowLoad(row, load, from_average=True, partly_covered=partly)
    return RowLoad(row, reason="no_heartrate")
