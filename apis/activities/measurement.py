"""What one source says about an activity, in numbers: computed once per file, kept beside the merged activity.

Merging chooses between these per field, so the order in which files arrive cannot matter.
"""

import numpy as np
from pydantic import AwareDatetime

from apis.activities.analytics.elevation import elevation_gain
from apis.activities.analytics.moving_time import moving_durations_s
from apis.activities.analytics.run_features import RunFeatures
from apis.activities.analytics.time_weighting import GAP_CAP_S, time_weighted_mean
from apis.activities.local_time import zone_at
from apis.activities.models import Lap, LatLng, Record, SourceKind, Visibility, Weather
from apis.activities.recordings import DeviceTotals, RecordedActivity, Streams
from apis.activities.weather.places import place_of

COARSE_STEPS = 3.0  # a gap this many times the usual step is a pause, if it is longer than the gap cap
_TWO_SAMPLES = 2


class HeartRate(Record):
    """The heart rate of one source: its own total for display, ours for every aggregate."""

    device_bpm: float | None = None
    time_weighted_bpm: float | None = None
    covered_s: float = 0.0
    max_bpm: float | None = None

    @property
    def known(self) -> bool:
        return self.device_bpm is not None or self.time_weighted_bpm is not None


class Measurement(Record):
    """One source's activity without its samples; lengths in metres, times in seconds.

    `place` is the square of 0.1° in which it was half over: where its weather was.
    """

    kind: SourceKind
    source_name: str
    source_id: str
    start_date: AwareDatetime
    sport_type: str | None = None
    name: str | None = None
    utc_offset_s: int | None = None
    zone: str | None = None
    distance_m: float | None = None
    elapsed_s: float
    moving_s: float
    timer_s: float | None = None
    ascent_m: float | None = None
    ascent_method: str | None = None
    heart_rate: HeartRate = HeartRate()
    max_speed_mps: float | None = None
    average_cadence_spm: float | None = None
    average_temperature_c: float | None = None
    average_power_w: float | None = None
    power_measured: bool | None = None
    elev_high_m: float | None = None
    elev_low_m: float | None = None
    normalized_power_w: float | None = None
    work_kj: float | None = None
    suffer_score: float | None = None
    calories_kcal: float | None = None
    samples: int = 0
    laps: tuple[Lap, ...] = ()
    device_name: str | None = None
    description: str | None = None
    gear: str | None = None
    gear_id: str | None = None
    workout_type: int | None = None
    perceived_exertion: float | None = None
    trainer: bool = False
    commute: bool = False
    manual: bool = False
    flagged: bool = False
    visibility: Visibility | None = None
    weather: Weather | None = None
    place: LatLng | None = None
    partial: bool = False
    partial_reason: str | None = None
    features: RunFeatures | None = None

    @property
    def recorded(self) -> bool:
        """Whether there are samples behind the numbers."""
        return self.samples > 0


def measure(recorded: RecordedActivity) -> Measurement:
    """Numbers of one recording; a total the device states is preferred, ours fills what it leaves out."""
    totals, streams, labels = recorded.totals, recorded.streams, recorded.labels
    elapsed = (
        totals.elapsed_s
        or (float(streams.time_s[-1]) if streams is not None else None)
        or totals.timer_s
        or totals.moving_s
    )
    ascent, method = _ascent(totals, streams)
    return Measurement(
        kind=recorded.kind,
        source_name=recorded.source_name,
        source_id=recorded.source_id,
        start_date=recorded.start_at,
        sport_type=recorded.sport_type,
        name=recorded.name,
        utc_offset_s=recorded.utc_offset_s,
        zone=_zone(streams),
        distance_m=totals.distance_m if totals.distance_m is not None else _distance_m(streams),
        elapsed_s=elapsed or 0.0,
        moving_s=_moving_s(totals, streams, elapsed or 0.0),
        timer_s=totals.timer_s,
        ascent_m=ascent,
        ascent_method=method,
        heart_rate=_heart_rate(totals, streams),
        max_speed_mps=totals.max_speed_mps,
        average_cadence_spm=totals.average_cadence_spm or _cadence_spm(streams),
        average_temperature_c=_temperature_c(totals, streams),
        average_power_w=totals.average_power_w or _power_w(streams),
        power_measured=totals.power_measured,
        elev_high_m=totals.elev_high_m,
        elev_low_m=totals.elev_low_m,
        normalized_power_w=totals.normalized_power_w,
        work_kj=totals.work_kj,
        suffer_score=labels.suffer_score,
        calories_kcal=totals.calories_kcal,
        samples=len(streams) if streams is not None else 0,
        laps=recorded.laps,
        device_name=recorded.device_name,
        description=labels.description,
        gear=labels.gear,
        gear_id=labels.gear_id,
        workout_type=labels.workout_type,
        perceived_exertion=labels.perceived_exertion,
        trainer=labels.trainer,
        commute=labels.commute,
        manual=labels.manual,
        flagged=labels.flagged,
        visibility=labels.visibility,
        weather=recorded.weather,
        place=place_of(streams),
        partial=recorded.partial,
        partial_reason=recorded.reason,
    )


def _heart_rate(totals: DeviceTotals, streams: Streams | None) -> HeartRate:
    if streams is None or streams.heartrate_bpm is None:
        return HeartRate(device_bpm=totals.average_heartrate_bpm, max_bpm=totals.max_heartrate_bpm)
    ours = time_weighted_mean(streams.time_s, streams.heartrate_bpm)
    return HeartRate(
        device_bpm=totals.average_heartrate_bpm,
        time_weighted_bpm=ours.mean,
        covered_s=ours.covered_s,
        max_bpm=float(np.nanmax(streams.heartrate_bpm)),  # a device's own maximum may be a spike
    )


def _moving_s(totals: DeviceTotals, streams: Streams | None, elapsed_s: float) -> float:
    """The device's moving time, else ours from speed and gaps, never more than the timer ran."""
    if totals.moving_s:
        return totals.moving_s
    limit = totals.timer_s or elapsed_s
    if streams is None or streams.speed_mps is None or len(streams) < _TWO_SAMPLES:
        return limit
    pause_s = max(GAP_CAP_S, COARSE_STEPS * float(np.median(np.diff(streams.time_s))))
    moving = float(moving_durations_s(streams.time_s, streams.speed_mps, gap_cap_s=pause_s).sum())
    return min(moving, limit) or limit


def _ascent(totals: DeviceTotals, streams: Streams | None) -> tuple[float | None, str | None]:
    if totals.ascent_m is not None:
        return totals.ascent_m, "device"
    if streams is None or streams.altitude_m is None:
        return None, None
    ours = elevation_gain(streams.time_s, streams.altitude_m)
    return ours.gain_m, ours.method


def _zone(streams: Streams | None) -> str | None:
    """Zone at the first position, where the activity's day is decided."""
    if streams is None or streams.lat is None or streams.lon is None:
        return None
    known = np.flatnonzero(np.isfinite(streams.lat) & np.isfinite(streams.lon))
    return zone_at(float(streams.lat[known[0]]), float(streams.lon[known[0]])) if known.size else None


def _temperature_c(totals: DeviceTotals, streams: Streams | None) -> float | None:
    """Device temperature, warmed by the wrist: weather only where nothing else is known. 0 °C is a value."""
    if streams is None or streams.temperature_c is None:
        return totals.average_temperature_c
    return float(np.nanmean(streams.temperature_c))


def _cadence_spm(streams: Streams | None) -> float | None:
    if streams is None or streams.cadence_spm is None:
        return None
    return time_weighted_mean(streams.time_s, streams.cadence_spm).mean


def _power_w(streams: Streams | None) -> float | None:
    if streams is None or streams.power_w is None:
        return None
    return time_weighted_mean(streams.time_s, streams.power_w).mean


def _distance_m(streams: Streams | None) -> float | None:
    """The largest distance reached; a file may end on a sample without one."""
    if streams is None or streams.distance_m is None:
        return None
    return float(np.nanmax(streams.distance_m))
