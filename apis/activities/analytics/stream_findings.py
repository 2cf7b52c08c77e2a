"""What an activity's samples say, computed once at import: samples are not read again for any analysis.

Nothing here depends on the athlete's settings, which change: zones and load are made from the histogram. What could
not be computed is null, and `missing` says why.
"""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from pydantic import Field

from apis.activities.analytics.aerobic_efficiency import decoupling_percent, efficiency_factor, power_efficiency_factor
from apis.activities.analytics.best_efforts import best_efforts
from apis.activities.analytics.disciplines import RIDES, RUNS
from apis.activities.analytics.errors import InputsMissing
from apis.activities.analytics.heart_rate_histogram import heart_rate_histogram
from apis.activities.analytics.motion import Motion, motion_of
from apis.activities.analytics.power import PowerOfRide, power_of_ride
from apis.activities.analytics.splits import METRIC_M, STANDARD_M, splits
from apis.activities.analytics.summary_polyline import summary_polyline
from apis.activities.analytics.time_weighting import FloatArray
from apis.activities.models import BestEffort, LatLng, Record, Split
from apis.activities.recordings import Streams

_DECIMALS: Final = 3
_DEGREE_DECIMALS: Final = 6  # 0.1 m

EfficiencyMethod = Literal["grade_adjusted_speed", "speed", "normalized_power"]
Absence = Literal[
    "no heart rate",
    "no distance",
    "no altitude",
    "no power",
    "less than 30 s of power",
    "less than 20 min of output with heart rate",
    "neither a run nor a ride with power",
    "not a run",
]


class StreamFindings(Record):
    """Findings of one recording, SI units; numbers are kept to three decimals.

    Attributes:
        heartrate_histogram_s: Seconds at each whole bpm; null without heart rate.
        efficiency_factor: Metres a minute for each bpm, or watts for each bpm; `efficiency_method` says which.
        decoupling_percent: Loss of efficiency in the second half of moving time, of the same output.
        grade_adjusted_speed_mps: Flat-equivalent metres over moving time; runs only.
        elev_high_m: Of the altitude smoothed over 15 s.
        elev_low_m: As `elev_high_m`.
        summary_polyline: The whole track as the athlete may see it: no privacy zone is applied.
        missing: Why a field is null, by its name.
    """

    heartrate_histogram_s: dict[int, float] | None = None
    best_efforts: tuple[BestEffort, ...] = ()
    splits_metric: tuple[Split, ...] = ()
    splits_standard: tuple[Split, ...] = ()
    normalized_power_w: float | None = None
    work_kj: float | None = None
    efficiency_factor: float | None = None
    efficiency_method: EfficiencyMethod | None = None
    decoupling_percent: float | None = None
    grade_adjusted_speed_mps: float | None = None
    elev_high_m: float | None = None
    elev_low_m: float | None = None
    start_latlng: LatLng | None = None
    end_latlng: LatLng | None = None
    summary_polyline: str | None = None
    missing: dict[str, Absence] = Field(default_factory=dict)


def findings_of(streams: Streams, *, sport_type: str | None) -> StreamFindings:
    """The findings of one recording.

    Args:
        streams: Its samples, cleaned as the import does it.
        sport_type: Strava's word; best efforts and grade-adjusted speed are for runs alone.
    """
    if len(streams) == 0:
        return StreamFindings()
    motion, running = motion_of(streams), sport_type in RUNS
    power = None if streams.power_w is None else power_of_ride(streams.time_s, streams.power_w)
    efficiency = _efficiency(streams, motion, power, sport_type)
    heart = streams.heartrate_bpm
    histogram = None if heart is None else heart_rate_histogram(streams.time_s, heart)
    return StreamFindings(
        heartrate_histogram_s=histogram or None,
        best_efforts=_best_efforts(motion) if running else (),
        splits_metric=splits(motion, heart, length_m=METRIC_M, grade_adjusted=running),
        splits_standard=splits(motion, heart, length_m=STANDARD_M, grade_adjusted=running),
        normalized_power_w=_kept(power.normalized_w if power else None),
        work_kj=_kept(power.work_kj if power else None),
        efficiency_factor=_kept(efficiency.factor),
        efficiency_method=efficiency.method,
        decoupling_percent=_kept(efficiency.decoupling),
        grade_adjusted_speed_mps=_kept(_grade_adjusted_speed_mps(motion) if running else None),
        elev_high_m=_kept(None if motion.altitude_m is None else float(motion.altitude_m.max())),
        elev_low_m=_kept(None if motion.altitude_m is None else float(motion.altitude_m.min())),
        **_track(streams),
        missing=_missing(motion, power, efficiency, running=running, heart=bool(histogram)),
    )


@dataclass(frozen=True, slots=True)
class _Efficiency:
    """Efficiency and decoupling of one output, or why there is none."""

    factor: float | None = None
    decoupling: float | None = None
    method: EfficiencyMethod | None = None
    absence: Absence | None = None


def _efficiency(streams: Streams, motion: Motion, power: PowerOfRide | None, sport_type: str | None) -> _Efficiency:
    if streams.heartrate_bpm is None:
        return _Efficiency(absence="no heart rate")
    if sport_type in RUNS:
        return _running_efficiency(motion, streams.heartrate_bpm)
    if sport_type not in RIDES or streams.power_w is None or power is None:
        return _Efficiency(absence="neither a run nor a ride with power")
    if power.normalized_w is None:
        return _Efficiency(absence="less than 30 s of power")
    weights = _weights(motion, streams.power_w, streams.heartrate_bpm)
    if weights is None:
        return _Efficiency(absence="no heart rate")
    factor = power_efficiency_factor(power.normalized_w, _mean(streams.heartrate_bpm, weights))
    return _Efficiency(factor, _decoupling(weights, streams.power_w, streams.heartrate_bpm), "normalized_power")


def _running_efficiency(motion: Motion, heartrate_bpm: FloatArray) -> _Efficiency:
    metres = motion.steps_m() if motion.flat_m is None else motion.flat_m
    if metres is None:
        return _Efficiency(absence="no distance")
    moving = motion.moving_s > 0
    speed = np.divide(metres, motion.moving_s, out=np.full(metres.shape, np.nan), where=moving)
    weights = _weights(motion, speed, heartrate_bpm)
    if weights is None:
        return _Efficiency(absence="no heart rate")
    factor = efficiency_factor(_mean(speed, weights), _mean(heartrate_bpm, weights))
    method: EfficiencyMethod = "speed" if motion.flat_m is None else "grade_adjusted_speed"
    return _Efficiency(factor, _decoupling(weights, speed, heartrate_bpm), method)


def _weights(motion: Motion, output: FloatArray, heartrate_bpm: FloatArray) -> FloatArray | None:
    """Moving seconds of the samples with output and heart rate, 0 for the others; None if there are none."""
    usable = np.isfinite(heartrate_bpm) & (heartrate_bpm > 0) & np.isfinite(output)
    weights = np.where(usable, motion.moving_s, 0.0)
    return weights if weights.any() else None


def _mean(values: FloatArray, weights: FloatArray) -> float:
    counted = weights > 0
    return float(np.average(values[counted], weights=weights[counted]))


def _decoupling(weights: FloatArray, output: FloatArray, heartrate_bpm: FloatArray) -> float | None:
    try:
        return decoupling_percent(weights, output, heartrate_bpm)
    except InputsMissing:
        return None


def _best_efforts(motion: Motion) -> tuple[BestEffort, ...]:
    return () if motion.distance_m is None else best_efforts(motion.time_s, motion.distance_m)


def _grade_adjusted_speed_mps(motion: Motion) -> float | None:
    seconds = float(motion.moving_s.sum())
    return None if motion.flat_m is None or seconds == 0 else float(motion.flat_m.sum()) / seconds


def _track(streams: Streams) -> dict[str, LatLng | str | None]:
    """First and last position and the outline between them."""
    if streams.lat is None or streams.lon is None:
        return {}
    known = np.flatnonzero(np.isfinite(streams.lat) & np.isfinite(streams.lon))
    if known.size == 0:
        return {}
    first, last = (
        (round(float(streams.lat[at]), _DEGREE_DECIMALS), round(float(streams.lon[at]), _DEGREE_DECIMALS))
        for at in (known[0], known[-1])
    )
    outline = summary_polyline(streams.lat, streams.lon)
    return {"start_latlng": first, "end_latlng": last, "summary_polyline": outline}


def _missing(
    motion: Motion, power: PowerOfRide | None, efficiency: _Efficiency, *, running: bool, heart: bool
) -> dict[str, Absence]:
    reasons: dict[str, Absence | None] = {
        "heartrate_histogram_s": None if heart else "no heart rate",
        "splits_metric": "no distance" if motion.distance_m is None else None,
        "normalized_power_w": _power_absence(power),
        "efficiency_factor": efficiency.absence,
        "decoupling_percent": efficiency.absence or _short(efficiency),
        "grade_adjusted_speed_mps": _grade_absence(motion, running=running),
        "elev_high_m": "no altitude" if motion.altitude_m is None else None,
    }
    return {name: reason for name, reason in reasons.items() if reason is not None}


def _power_absence(power: PowerOfRide | None) -> Absence | None:
    if power is None:
        return "no power"
    return "less than 30 s of power" if power.normalized_w is None else None


def _short(efficiency: _Efficiency) -> Absence | None:
    return "less than 20 min of output with heart rate" if efficiency.decoupling is None else None


def _grade_absence(motion: Motion, *, running: bool) -> Absence | None:
    if not running:
        return "not a run"
    if motion.distance_m is None:
        return "no distance"
    return "no altitude" if motion.flat_m is None else None


def _kept(value: float | None) -> float | None:
    return None if value is None else round(value, _DECIMALS)
