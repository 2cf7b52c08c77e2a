"""What an activity is: the stored object with Strava's names.

Every quantity is SI; a missing one is `None`, never 0. Source of the names: Strava API v3, `SummaryActivity`,
`DetailedActivity`, `Lap`, `Split` and `BestEffort`. Kudos, comments and photos belong to the socials team.
"""

from typing import Annotated, Literal, NewType

from pydantic import AwareDatetime, BaseModel, ConfigDict, NaiveDatetime, WithJsonSchema

ActivityId = NewType("ActivityId", str)

SourceKind = Literal["fit", "tcx", "gpx", "strava_csv", "garmin_json"]
ZoneSource = Literal["device_offset", "coordinates", "profile", "none"]
WeatherSource = Literal["strava_export", "device_sensor", "station", "reanalysis", "manual"]
WeatherCondition = Literal["clear", "cloudy", "fog", "drizzle", "rain", "sleet", "snow", "hail", "thunderstorm"]
HeartRateMethod = Literal["device", "time_weighted", "export"]
Visibility = Literal["everyone", "followers_only", "only_me"]
LatLng = tuple[float, float]
# JSON Schema's `date-time` has an offset, which this one has not.
LocalDateTime = Annotated[
    NaiveDatetime,
    WithJsonSchema({"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?$"}),
]
UNKNOWN_SPORT = "Unknown"


class Record(BaseModel):
    """A frozen JSON object that refuses fields it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Weather(Record):
    """Weather at one activity. `relative_humidity` and `cloud_cover` are fractions, 0 to 1.

    `condition` is the word of a report; `condition_code` is the number of Strava's export, whose meaning is unknown.

    `source` says who measured: the export, a weather station (also one whose report a watch received), a reanalysis
    (a model's past), somebody's own words, or, as the last choice, the sensor of a watch that the wrist warms.
    """

    condition: WeatherCondition | None = None
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
    is_day: bool | None = None
    observed_at: AwareDatetime | None = None
    station_distance_m: float | None = None
    source: WeatherSource = "strava_export"


class Lap(Record):
    """One lap as the device counted it; `start_index` and `end_index` count samples of the streams."""

    lap_index: int
    name: str | None = None
    start_date: AwareDatetime | None = None
    start_index: int | None = None
    end_index: int | None = None
    elapsed_time: float | None = None
    moving_time: float | None = None
    distance: float | None = None
    total_elevation_gain: float | None = None
    average_speed: float | None = None
    max_speed: float | None = None
    average_heartrate: float | None = None
    max_heartrate: float | None = None
    average_cadence: float | None = None
    average_watts: float | None = None


class Split(Record):
    """One kilometre or mile of a recording, the last one shorter; `split` counts from 1."""

    split: int
    distance: float
    elapsed_time: float
    moving_time: float
    elevation_difference: float | None = None
    average_speed: float | None = None
    average_grade_adjusted_speed: float | None = None
    average_heartrate: float | None = None


class BestEffort(Record):
    """The fastest stretch of a distance inside one run; seconds and metres, samples of the streams."""

    name: str
    distance: float
    elapsed_time: float
    start_index: int
    end_index: int


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
    start_date_local: LocalDateTime
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
    elev_high: float | None = None
    elev_low: float | None = None
    average_speed: float | None = None
    max_speed: float | None = None
    has_heartrate: bool = False
    average_heartrate: float | None = None
    average_heartrate_method: HeartRateMethod | None = None
    time_weighted_heartrate: float | None = None
    heartrate_time: float = 0.0
    max_heartrate: float | None = None
    average_cadence: float | None = None
    average_temp: float | None = None
    average_watts: float | None = None
    weighted_average_watts: float | None = None
    kilojoules: float | None = None
    device_watts: bool | None = None
    suffer_score: float | None = None
    perceived_exertion: float | None = None
    calories: float | None = None
    trainer: bool = False
    commute: bool = False
    manual: bool = False
    private: bool = False
    visibility: Visibility = "only_me"
    hide_from_home: bool = False
    flagged: bool = False
    gear: str | None = None
    gear_id: str | None = None
    device_name: str | None = None
    description: str | None = None
    start_latlng: LatLng | None = None
    end_latlng: LatLng | None = None
    partial: bool = False
    partial_reason: str | None = None
    sources: tuple[Source, ...] = ()
    weather: Weather | None = None


class ActivityDetail(Record):
    """What only one activity at a time is asked for."""

    laps: tuple[Lap, ...] = ()
    splits_metric: tuple[Split, ...] = ()
    splits_standard: tuple[Split, ...] = ()
    best_efforts: tuple[BestEffort, ...] = ()
    summary_polyline: str | None = None
