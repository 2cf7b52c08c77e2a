"""Which heart rate of an activity a mean may use, and over how many seconds."""

from collections.abc import Iterable
from dataclasses import dataclass

from apis.activities.models import Activity


@dataclass(frozen=True)
class HeartRate:
    """A mean heart rate, the seconds it rests on and the activities that have one."""

    mean_bpm: float | None
    covered_s: float
    count: int


def heart_rate_of(activity: Activity) -> tuple[float, float] | None:
    """Mean heart rate in bpm and its weight in seconds; None, never 0, where there is none.

    Ours over the covered seconds where there were samples, else the figure of the export over moving time.
    """
    mean = activity.time_weighted_heartrate or activity.average_heartrate
    seconds = activity.heartrate_time or activity.moving_time
    return (mean, seconds) if mean and seconds > 0 else None


def aggregate_heart_rate(activities: Iterable[Activity]) -> HeartRate:
    """Time-weighted mean over those activities that have a heart rate."""
    measured = [reading for reading in map(heart_rate_of, activities) if reading is not None]
    seconds = sum(weight for _, weight in measured)
    beats = sum(mean * weight for mean, weight in measured)
    return HeartRate(beats / seconds if measured else None, seconds, len(measured))
