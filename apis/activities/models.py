"""What an activity is: the stored object with Strava's names, and what a file parser hands over.

Edges (`Activity`, `Weather`, `Lap`, `AthleteProfile`) are pydantic; `Streams` and `RecordedActivity` are
plain values that never leave the process. Every quantity is SI; a missing one is `None` or NaN, never 0.
Source of the names: Strava API v3, `SummaryActivity` and `DetailedActivity`.
"""

from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Literal, NewType

import numpy as np
from numpy.typing import NDArray
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, NaiveDatetime

FloatArray = NDArray[np.float64]
ActivityId = NewType("ActivityId", str)

SourceKind = Literal["fit", "tcx", "gpx", "strava_csv"]
ZoneSource = Literal["device_offset", "coordinates", "profile", "none"]
WeatherSource = Literal["strava_export", "device_sensor", "station", "reanalysis", "manual"]
UNKNOWN_SPORT = "Unknown"


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


class Record(BaseModel):
    """A frozen JSON object that refuses fields it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Weather(Record):
    """Weather at one activity. `relative_humidity` and `cloud_cover` are fractions, 0 to 1."""

    condition_code: int | None = None
    temperature_c: float | None = None
    apparent_temperature_c: float | None = None
    dew_point_c: float | None = None
    relative_humidity: float | None = None
    wind_speed_mps: float | None = None
    wind_gust_mps: float | None = None
    wind_bearing_deg: float | None = None
    precipitation_mm_per_h: float | None = None
    pressure_hpa: float | None = None
    cloud_cover: float | None = None
    uv_index: float | None = None
    visibility_m: float | None = None
    observed_at: AwareDatetime | None = None
    source: WeatherSource = "strava_export"


class Lap(Record):
    """One lap as the device counted it."""

    lap_index: int
    start_date: AwareDatetime | None = None
    elapsed_time: float | None = None
    moving_time: float | None = None
    distance: float | None = None
    total_elevation_gain: float | None = None
    average_speed: float | None = None
    average_heartrate: float | None = None
    max_heartrate: float | None = None


class Source(Record):
    """One file or export row that this activity was read from."""

    kind: SourceKind
    name: str


class Activity(Record):
    """One activity of one athlete, times in seconds, lengths in metres, heart rate in bpm.

    `average_heartrate` is for display: the device's own total where there is one. Aggregates use
    `time_weighted_heartrate` over `heartrate_time` seconds, which is ours and unrounded.
    `start_date_local` carries no offset on purpose: it is the clock on the athlete's wall.
    """

    id: ActivityId
    name: str
    sport_type: str = UNKNOWN_SPORT
    workout_type: int | None = None
    start_date: AwareDatetime
    start_date_local: NaiveDatetime
    timezone: str
    timezone_source: ZoneSource = "none"
    utc_offset: int = 0
    weekday: str
    distance: float | None = None
    moving_time: float
    elapsed_time: float
    timer_time: float | None = None
    total_elevation_gain: float | None = None
    elevation_method: str | None = None
    average_speed: float | None = None
    max_speed: float | None = None
    has_heartrate: bool = False
    average_heartrate: float | None = None
    average_heartrate_method: Literal["device", "time_weighted", "export"] | None = None
    time_weighted_heartrate: float | None = None
    heartrate_time: float = 0.0
    max_heartrate: float | None = None
    average_cadence: float | None = None
    average_temp: float | None = None
    average_watts: float | None = None
    trainer: bool = False
    commute: bool = False
    manual: bool = False
    private: bool = False
    visibility: str | None = None
    gear: str | None = None
    device_name: str | None = None
    description: str | None = None
    perceived_exertion: float | None = None
    calories: float | None = None
    partial: bool = False
    partial_reason: str | None = None
    sources: tuple[Source, ...] = ()
    weather: Weather | None = None
    laps: tuple[Lap, ...] = ()


@dataclass(frozen=True, slots=True)
class DeviceTotals:
    """Totals that the recording itself states; `None` where it states none."""

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


@dataclass(frozen=True, slots=True)
class Labels:
    """What a person wrote or chose about an activity; only an export knows most of it."""

    description: str | None = None
    gear: str | None = None
    workout_type: int | None = None
    perceived_exertion: float | None = None
    trainer: bool = False
    commute: bool = False
    manual: bool = False
    private: bool = False
    visibility: str | None = None


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
    partial: bool = False
    reason: str | None = None


class AthleteProfile(Record):
    """What the athlete told us about themselves; the zone places days, the rest feeds later analyses."""

    name: str | None = Field(default=None, max_length=100)
    timezone: str | None = Field(default=None, max_length=64)
    measurement_preference: Literal["meters", "feet"] = "meters"
    birth_year: int | None = Field(default=None, ge=1900, le=2100)
    max_heartrate_bpm: int | None = Field(default=None, ge=100, le=240)
    resting_heartrate_bpm: int | None = Field(default=None, ge=25, le=120)
