"""What a file parser hands over: samples, the device's totals, and what a person wrote. Never leaves the process."""

from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from apis.activities.models import Lap, SourceKind, Visibility, Weather

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Streams:
    """The samples of one recording: float64 arrays of one length n, NaN where a sample has no value.

    `time_s` counts seconds from the first sample and never decreases. A channel that the device never
    recorded is `None`. Cadence of a run counts one leg (strides/min), as Strava and FIT do.
    """

    time_s: FloatArray
    heartrate_bpm: FloatArray | None = None
    distance_m: FloatArray | None = None
    speed_mps: FloatArray | None = None
    altitude_m: FloatArray | None = None
    cadence_spm: FloatArray | None = None
    temperature_c: FloatArray | None = None
    power_w: FloatArray | None = None
    lat: FloatArray | None = None
    lon: FloatArray | None = None

    def __len__(self) -> int:
        return int(self.time_s.size)

    def channels(self) -> dict[str, FloatArray]:
        """The channels that were recorded, `time_s` first, by field name."""
        named = ((each.name, getattr(self, each.name)) for each in fields(self))
        return {name: values for name, values in named if values is not None}


@dataclass(frozen=True, slots=True)
class DeviceTotals:
    """Totals that the recording itself states; `None` where it states none.

    Elapsed time runs from start to end, timer time leaves pauses out, moving time leaves standing out as well.
    `power_measured` is false where the power is somebody's estimate.
    """

    distance_m: float | None = None
    elapsed_s: float | None = None
    timer_s: float | None = None
    moving_s: float | None = None
    ascent_m: float | None = None
    average_heartrate_bpm: float | None = None
    max_heartrate_bpm: float | None = None
    average_speed_mps: float | None = None
    max_speed_mps: float | None = None
    average_cadence_spm: float | None = None
    average_temperature_c: float | None = None
    average_power_w: float | None = None
    calories_kcal: float | None = None
    normalized_power_w: float | None = None
    work_kj: float | None = None
    power_measured: bool | None = None
    elev_high_m: float | None = None
    elev_low_m: float | None = None


@dataclass(frozen=True, slots=True)
class Labels:
    """What a person wrote or chose about an activity; only an export knows most of it."""

    description: str | None = None
    gear: str | None = None
    gear_id: str | None = None
    workout_type: int | None = None
    perceived_exertion: float | None = None
    trainer: bool = False
    commute: bool = False
    manual: bool = False
    flagged: bool = False
    suffer_score: float | None = None
    visibility: Visibility | None = None


@dataclass(frozen=True, slots=True)
class DeviceSettings:
    """What the watch believed about its athlete; the newest file wins, and the athlete's own word before it."""

    max_heartrate_bpm: float | None = None
    resting_heartrate_bpm: float | None = None
    lthr_bpm: float | None = None
    ftp_w: float | None = None
    weight_kg: float | None = None
    height_m: float | None = None
    sex: Literal["F", "M"] | None = None
    birth_year: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class RecordedActivity:
    """What one parser read: one activity of one file, or one row of an export.

    `sport_type` is `None` when the file does not say. `utc_offset_s` is `None` when the file holds no local
    time. `partial` means that the file was damaged and everything before the damage is here; `reason` says
    what was wrong. `source_id` identifies the recording for a repeated import: a digest of the content, or
    the export's own id.
    """

    kind: SourceKind
    source_name: str
    source_id: str
    start_at: datetime
    sport_type: str | None = None
    name: str | None = None
    utc_offset_s: int | None = None
    totals: DeviceTotals = field(default_factory=DeviceTotals)
    streams: Streams | None = None
    laps: tuple[Lap, ...] = ()
    labels: Labels = field(default_factory=Labels)
    weather: Weather | None = None
    device_name: str | None = None
    device_settings: DeviceSettings | None = None
    partial: bool = False
    reason: str | None = None
