"""Histories of any length, as the import leaves them: each activity merged from a FIT file and its row of the export.

Only what lists and analyses of many activities read is stored: rows, tallies, profile and layout. They never touch
details, samples and pointers.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

import numpy as np

from apis.activities.analytics.run_features import RunFeatures
from apis.activities.analytics.stream_findings import StreamFindings
from apis.activities.assembly import Recorded, assemble
from apis.activities.athlete import AthleteProfile
from apis.activities.layout import ensure_layout
from apis.activities.library import ActivityLibrary, new_activity_id, row_key
from apis.activities.measurement import HeartRate, Measurement
from apis.activities.models import Weather
from apis.activities.stored import StoredActivity
from apis.activities.tallies import tally_writes
from apis.serving.store import MAX_TRANSACTION_WRITES, Item, PutIfAbsent

TWENTY_YEARS_DAYS = 7300  # 100,000 activities are 14 a day then: more than anybody has
ZONE = "Europe/Berlin"
RIDE_EVERY = 5  # the fifth activity is a ride, the others are runs


@dataclass(frozen=True, slots=True)
class Effort:
    """What differs between one activity and the next."""

    number: int
    start: datetime
    ride: bool
    moving_s: float
    speed_mps: float
    temperature_c: float
    heart_bpm: float


def write_history(library: ActivityLibrary, count: int, *, until: datetime) -> None:
    """Fills an empty library with activities spread evenly over twenty years; a count gives the same ones in every run.

    Args:
        library: Of an athlete who has no activity.
        count: How many.
        until: The last one starts before.
    """
    ensure_layout(library)
    library.change_profile(lambda _: AthleteProfile(timezone=ZONE, max_heartrate_bpm=190))
    write(library, drawn(library.partition, count, until=until))


def drawn(partition: str, count: int, *, until: datetime) -> Iterator[StoredActivity]:
    """The activities of `write_history`, oldest first."""
    for effort in _efforts(count, until):
        file = _file(effort)
        activity_id = new_activity_id(partition, file)
        yield assemble(activity_id, [file, _row(effort, file)], _recorded(file), home_timezone=ZONE)


def write(library: ActivityLibrary, activities: Iterable[StoredActivity]) -> None:
    """Stores the rows and tallies of new activities, many rows in a transaction; the import makes one of each."""
    left, tallied = iter(activities), []
    while some := list(islice(left, MAX_TRANSACTION_WRITES)):
        rows = (Item(library.partition, row_key(each), each.row_document()) for each in some)
        library.store.transact([PutIfAbsent(row) for row in rows])
        tallied += [each.activity for each in some]
    library.store.transact(tally_writes(library.store, library.partition, gone=[], new=tallied))


def _efforts(count: int, until: datetime) -> Iterator[Effort]:
    chance = np.random.default_rng(count)
    number = np.arange(count)
    ride = number % RIDE_EVERY == RIDE_EVERY - 1
    ago_days = (count - number - chance.uniform(0.1, 0.9, count)) * TWENTY_YEARS_DAYS / count
    season_c = 12 + 9 * np.cos((ago_days % 365 - 120) / 365 * 2 * np.pi)
    temperature_c = np.round(season_c + chance.normal(0, 4, count), 1)
    speed_mps = np.where(ride, 7.0, 2.9) + chance.normal(0, 0.15, count)
    heart_bpm = (
        150
        + np.where(ride, 0.0, 22 * (speed_mps - 2.9))
        + 1.2 * np.maximum(temperature_c - 15, 0)
        + chance.normal(0, 3, count)
    )
    moving_s = np.round(np.exp(chance.normal(np.log(2700), 0.3, count))) + 1200
    columns = (number, ago_days, ride, moving_s, speed_mps, temperature_c, heart_bpm)
    for at, ago, *values in zip(*(each.tolist() for each in columns), strict=True):
        yield Effort(at, (until - timedelta(days=ago)).replace(microsecond=0), *values)


def _file(effort: Effort) -> Measurement:
    moving_s, bpm = effort.moving_s, effort.heart_bpm
    return Measurement(
        kind="fit",
        source_name=f"{effort.number}.fit",
        source_id=f"{effort.number:032x}",
        start_date=effort.start,
        sport_type="Ride" if effort.ride else "Run",
        utc_offset_s=3600,
        zone=ZONE,
        distance_m=round(effort.speed_mps * moving_s, 2),
        elapsed_s=moving_s + 61,
        moving_s=moving_s,
        timer_s=moving_s + 12,
        ascent_m=48.0,
        ascent_method="device",
        heart_rate=HeartRate(device_bpm=round(bpm), time_weighted_bpm=bpm, covered_s=moving_s, max_bpm=round(bpm) + 14),
        max_speed_mps=effort.speed_mps * 1.4,
        average_cadence_spm=86.3,
        average_temperature_c=21.4,
        calories_kcal=612.0,
        samples=int(moving_s),
        device_name="garmin fr955",
        features=RunFeatures(
            source="streams",
            heartrate_bpm=bpm + 1.5,
            speed_mps=effort.speed_mps * 1.008,
            grade_adjusted=True,
            moving_time_s=moving_s,
            heartrate_coverage=0.9973,
            speed_variation=0.0612,
            heartrate_variation=0.0274,
            cadence_lock_share=0.0117,
            heartrate_out_of_range_share=0.0,
            sustained_max_bpm=bpm + 9,
            gain_m_per_km=5.3,
        ),
    )


def _recorded(file: Measurement) -> dict[str, Recorded]:
    """What rows take from samples: heights and places."""
    findings = StreamFindings(
        elev_high_m=46.0, elev_low_m=34.0, start_latlng=(52.500712, 13.400031), end_latlng=(52.548644, 13.401227)
    )
    return {file.source_id: Recorded(findings, file.sport_type, lambda: None)}


def _row(effort: Effort, file: Measurement) -> Measurement:
    return Measurement(
        kind="strava_csv",
        source_name=f"activities.csv#{effort.number}",
        source_id=f"strava:{effort.number}",
        start_date=effort.start,
        sport_type=file.sport_type,
        name="Along the river",
        distance_m=file.distance_m,
        elapsed_s=file.elapsed_s,
        moving_s=file.moving_s,
        heart_rate=HeartRate(device_bpm=file.heart_rate.device_bpm, max_bpm=file.heart_rate.max_bpm),
        gear="Daily trainer",
        perceived_exertion=4.0,
        weather=_weather(effort),
    )


def _weather(effort: Effort) -> Weather:
    return Weather(
        condition_code=1,
        temperature_c=effort.temperature_c,
        apparent_temperature_c=round(effort.temperature_c - 1.3, 1),
        dew_point_c=round(effort.temperature_c - 6.1, 1),
        relative_humidity=0.64,
        wind_speed_mps=3.4,
        wind_gust_mps=7.9,
        wind_bearing_deg=240.0,
        precipitation_mm_per_h=0.3 if effort.number % 3 == 0 else 0.0,
        pressure_hpa=1016.2,
        cloud_cover=0.44,
        uv_index=2.0,
        visibility_m=16093.4,
        observed_at=effort.start,
    )
