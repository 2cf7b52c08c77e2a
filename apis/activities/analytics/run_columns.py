"""Runs of many days as columns, made from stored rows without a model each: what the trend computes with.

A row is the document that the store holds, in which defaults are left out. One field after the other is read into an
array, some hundred rows at a time, so that a long history is never in memory as objects.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from itertools import islice
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from apis.activities.analytics.run_features import run_features
from apis.activities.analytics.time_weighting import FloatArray
from apis.activities.analytics.weather_bands import BAND_NAMES, WeatherBands
from apis.activities.models import Activity, Weather

BoolArray = NDArray[np.bool_]
Document = Mapping[str, Any]

RUN_SPORTS: Final = ("Run", "TrailRun", "VirtualRun")
DEVICE_SENSOR: Final = "device_sensor"
_ROWS_AT_ONCE: Final = 500
_BIT: Final = {name: 1 << place for place, name in enumerate(BAND_NAMES)}
_NO_WEATHER: Final[Document] = {}


@dataclass(frozen=True, eq=False)
class RunColumns:
    """Runs, oldest first, as columns of one length n; NaN where a quantity is not known.

    Attributes:
        started_local: The athlete's clock at the start, which decides about the day.
        started_s: The instant of the start, Unix seconds.
        workout_type: Strava's number, NaN where there is none.
        weather_bands: One bit for each band that holds; see `in_band`.
        heartrate_bpm: Without the first ten minutes where there are samples, else the average of the whole run.
        speed_mps: Likewise, and on the flat at equal cost where `grade_adjusted`.
        average_heartrate_bpm: Of the whole run, however it was recorded; so is `average_speed_mps`.
    """

    activity_id: NDArray[np.str_]
    weekday: NDArray[np.str_]
    sport_type: NDArray[np.str_]
    started_local: NDArray[np.datetime64]
    started_s: FloatArray
    workout_type: FloatArray
    distance_m: FloatArray
    manual: BoolArray
    trainer: BoolArray
    has_weather: BoolArray
    device_temperature: BoolArray
    temperature_c: FloatArray
    weather_bands: NDArray[np.int64]
    from_samples: BoolArray
    grade_adjusted: BoolArray
    heartrate_bpm: FloatArray
    speed_mps: FloatArray
    average_heartrate_bpm: FloatArray
    average_speed_mps: FloatArray
    moving_time_s: FloatArray
    heartrate_coverage: FloatArray
    speed_variation: FloatArray
    heartrate_variation: FloatArray
    cadence_lock_share: FloatArray
    heartrate_out_of_range_share: FloatArray
    sustained_max_bpm: FloatArray
    gain_m_per_km: FloatArray

    def __len__(self) -> int:
        return int(self.started_s.size)

    def in_band(self, name: str) -> BoolArray:
        """Which runs had this weather."""
        holds: BoolArray = self.weather_bands & _BIT[name] != 0
        return holds

    def local_date(self, index: int) -> date:
        """The local date on which a run began."""
        day: date = self.started_local[index].astype("datetime64[D]").item()
        return day

    def by_averages(self) -> "RunColumns":
        """The same runs, each taken by the averages of the whole of it."""
        return replace(
            self,
            heartrate_bpm=self.average_heartrate_bpm,
            speed_mps=self.average_speed_mps,
            grade_adjusted=np.zeros_like(self.grade_adjusted),
        )

    def chosen(self, rows: BoolArray | NDArray[np.intp]) -> "RunColumns":
        """The runs of a mask or, in their order, of indices."""
        return RunColumns(**{each.name: getattr(self, each.name)[rows] for each in fields(self)})


def run_columns(documents: Iterable[Document], *, first: date, end: date, bands: WeatherBands) -> RunColumns:
    """The runs among stored rows that began on local dates from `first` up to, not including, `end`.

    Args:
        documents: Rows in any order, as `ActivityRow` is stored.
        first: Of the local dates.
        end: After the last of them.
        bands: How weather is told.
    """
    rows = _runs_between(documents, first.isoformat(), end.isoformat())
    parts = [_columns([], bands)]
    while some := list(islice(rows, _ROWS_AT_ONCE)):
        parts.append(_columns(some, bands))
    runs = RunColumns(
        **{each.name: np.concatenate([getattr(part, each.name) for part in parts]) for each in fields(RunColumns)}
    )
    # Equal sums need an equal order, whatever the order of the rows.
    return runs.chosen(np.lexsort((runs.activity_id, runs.started_s)))


def _runs_between(documents: Iterable[Document], first: str, end: str) -> Iterator[Document]:
    """ISO dates compare as text."""
    return (
        row
        for row in documents
        if row["activity"].get("sport_type") in RUN_SPORTS and first <= row["activity"]["start_date_local"][:10] < end
    )


def _columns(rows: Sequence[Document], bands: WeatherBands) -> RunColumns:
    activities = [row["activity"] for row in rows]
    features = [row.get("features") or _features_of(row) for row in rows]
    weathers = [each.get("weather") or _NO_WEATHER for each in activities]
    return RunColumns(
        activity_id=_texts(activities, "id"),
        weekday=_texts(activities, "weekday"),
        sport_type=_texts(activities, "sport_type"),
        started_local=np.array(
            [datetime.fromisoformat(each["start_date_local"]) for each in activities], dtype="datetime64[us]"
        ),
        started_s=np.array(
            [datetime.fromisoformat(each["start_date"]).timestamp() for each in activities], dtype=np.float64
        ),
        workout_type=_numbers(activities, "workout_type"),
        distance_m=_numbers(activities, "distance"),
        manual=_flags(activities, "manual"),
        trainer=_flags(activities, "trainer"),
        has_weather=np.array([each.get("weather") is not None for each in activities], dtype=np.bool_),
        device_temperature=np.array([each.get("source") == DEVICE_SENSOR for each in weathers], dtype=np.bool_),
        temperature_c=_numbers(weathers, "temperature_c"),
        weather_bands=np.array([_bits(each, bands) for each in weathers], dtype=np.int64),
        from_samples=np.array([each["source"] == "streams" for each in features], dtype=np.bool_),
        grade_adjusted=_flags(features, "grade_adjusted"),
        heartrate_bpm=_numbers(features, "heartrate_bpm"),
        speed_mps=_numbers(features, "speed_mps"),
        average_heartrate_bpm=_first_known(activities, "time_weighted_heartrate", "average_heartrate"),
        average_speed_mps=_quotient(_numbers(activities, "distance"), _numbers(activities, "moving_time")),
        moving_time_s=_numbers(features, "moving_time_s"),
        heartrate_coverage=_numbers(features, "heartrate_coverage"),
        speed_variation=_numbers(features, "speed_variation"),
        heartrate_variation=_numbers(features, "heartrate_variation"),
        cadence_lock_share=_numbers(features, "cadence_lock_share"),
        heartrate_out_of_range_share=_numbers(features, "heartrate_out_of_range_share"),
        sustained_max_bpm=_numbers(features, "sustained_max_bpm"),
        gain_m_per_km=_numbers(features, "gain_m_per_km"),
    )


def _features_of(row: Document) -> Document:
    """A row without features is taken by its averages, as the import does where there are no samples."""
    return run_features(Activity.model_validate(row["activity"])).model_dump()


def _bits(weather: Document, bands: WeatherBands) -> int:
    # The one rule of what is wet or warm is that of `WeatherBands`, so this needs the model.
    return sum(_BIT[name] for name in bands.bands_of(Weather.model_validate(weather))) if weather else 0


def _texts(rows: Sequence[Document], name: str) -> NDArray[np.str_]:
    return np.array([row[name] for row in rows], dtype=np.str_)


def _flags(rows: Sequence[Document], name: str) -> BoolArray:
    return np.array([row.get(name, False) for row in rows], dtype=np.bool_)


def _first_known(rows: Sequence[Document], name: str, other: str) -> FloatArray:
    """The first quantity where it is known and not 0, else the other."""
    found = _numbers(rows, name)
    return np.where(found > 0, found, _numbers(rows, other))


def _quotient(above: FloatArray, below: FloatArray) -> FloatArray:
    quotient: FloatArray = np.divide(above, below, out=np.full(above.shape, np.nan), where=below > 0)
    return quotient


def _numbers(rows: Sequence[Document], name: str) -> FloatArray:
    """None and a value that is left out both become NaN."""
    return np.array([row.get(name) for row in rows], dtype=np.float64)
