"""Recordings of the demo athletes' latest runs as TCX files, beside the rows of their export.

An export row has averages alone. Splits, best efforts, time in zones and decoupling need samples, so the runs of the
last weeks come as files too, and the import merges file and row into one activity. A recording tells the same
distance, moving time, climb and mean heart rate as its row; how they are spread over the run is made up here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from xml.sax.saxutils import escape

import numpy as np
from numpy.typing import NDArray

from local_agentcore.demo_athletes import DemoAthlete
from local_agentcore.demo_training import Outing, outings
from local_agentcore.demo_weather import day_generator

FloatArray = NDArray[np.float64]

WEEKS = 6
STEP_S = 5.0  # between samples: below every gap cap
RECORDING_STREAM = 900
START_LAT, START_LON = 52.4736, 13.4020  # Tempelhofer Feld, where nobody lives
METRES_PER_DEGREE = 111_195.0
LOOP_M = 3_000.0
WARM_UP_BPM, WARM_UP_S = 14.0, 90.0
DRIFT_BPM = 3.0
WAVE_BPM, WAVE_M = 2.0, 900.0
REPETITION_S, FASTER, HARDER_BPM = 400.0, 0.22, 10.0
INTERVALS = ("x ", "repeats")
CADENCE_AT_REST, CADENCE_PER_MPS = 70.0, 5.0
LAP_M = 1_000.0
HILL_M = 5_000.0


@dataclass(frozen=True)
class Samples:
    """Columns of one length: seconds of elapsed time, metres, bpm, metres of altitude, steps of one leg a minute."""

    elapsed_s: FloatArray
    distance_m: FloatArray
    heartrate_bpm: FloatArray
    altitude_m: FloatArray
    cadence_spm: FloatArray


def recordings(athlete: DemoAthlete, start: date, end: date, *, finished_by: datetime) -> Iterator[tuple[str, bytes]]:
    """File name and content of each outdoor run with heart rate, oldest first.

    Args:
        athlete: One of `DEMO_ATHLETES`.
        start: First local day.
        end: Last local day, included.
        finished_by: Leave out what is not over at this instant.
    """
    for day in (start + timedelta(days=number) for number in range((end - start).days + 1)):
        for outing in sorted(outings(athlete, day), key=lambda each: each.start_at):
            over = outing.start_at + timedelta(seconds=outing.elapsed_s) <= finished_by
            if over and _is_recorded(outing):
                yield f"{athlete.name}-{outing.start_at:%Y%m%d-%H%M}.tcx", tcx(outing, samples(athlete, day, outing))


def samples(athlete: DemoAthlete, day: date, outing: Outing) -> Samples:
    """What the watch would have written every five seconds; the same for ever for a given athlete and day."""
    chance = day_generator(athlete.seed, RECORDING_STREAM + outing.number, day)
    moving_s = np.append(np.arange(0.0, outing.moving_s, STEP_S), outing.moving_s)
    fast = _repetitions(outing, moving_s)
    speed = (1.0 + FASTER * fast) * (1.0 + 0.03 * chance.standard_normal(moving_s.size))
    steps = np.diff(moving_s, prepend=0.0) * speed
    distance = np.cumsum(steps) * outing.distance_m / steps.sum()
    heartrate = HARDER_BPM * fast - WARM_UP_BPM * np.exp(-moving_s / WARM_UP_S) + DRIFT_BPM * moving_s / moving_s[-1]
    heartrate += WAVE_BPM * np.sin(2 * np.pi * distance / WAVE_M) + chance.normal(0.0, 1.0, moving_s.size)
    return Samples(
        elapsed_s=_with_a_stop(moving_s, outing.elapsed_s - outing.moving_s),
        distance_m=distance,
        heartrate_bpm=_with_mean(heartrate, np.diff(moving_s, append=moving_s[-1]), outing.heartrate_bpm or 0.0),
        altitude_m=_hills(distance, outing.gain_m),
        cadence_spm=CADENCE_AT_REST + CADENCE_PER_MPS * speed * outing.distance_m / outing.moving_s,
    )


def tcx(outing: Outing, recorded: Samples) -> bytes:
    """A TCX document with one lap a kilometre."""
    laps = np.minimum((recorded.distance_m // LAP_M).astype(int), int(outing.distance_m // LAP_M))
    points = "".join(_lap(outing, recorded, np.flatnonzero(laps == number)) for number in range(int(laps[-1]) + 1))
    return (
        '<?xml version="1.0" encoding="UTF-8"?><TrainingCenterDatabase '
        'xmlns="http://www.garmin.com/xmlschemas/TrainingCenterDatabase/v2"><Activities><Activity Sport="Running">'
        f"<Id>{_instant(outing, 0.0)}</Id>{points}<Notes>{escape(outing.name)}</Notes>"
        "</Activity></Activities></TrainingCenterDatabase>"
    ).encode()


def _is_recorded(outing: Outing) -> bool:
    return outing.session.sport == "Run" and not outing.manual and outing.heartrate_bpm is not None


def _repetitions(outing: Outing, moving_s: FloatArray) -> FloatArray:
    """1 in the fast parts of an interval session, 0 elsewhere; the ends are run easily."""
    if not any(mark in outing.name for mark in INTERVALS):
        return np.zeros(moving_s.size)
    middle = (moving_s > REPETITION_S) & (moving_s < moving_s[-1] - REPETITION_S)
    fast = (moving_s // (REPETITION_S / 2)) % 2 == 0
    return np.where(middle & fast, 1.0, 0.0)


def _with_mean(shape: FloatArray, durations_s: FloatArray, mean: float) -> FloatArray:
    """The shape moved so that its time-weighted mean is the row's, to the beat."""
    return np.rint(shape + mean - float((shape * durations_s).sum() / durations_s.sum()))


def _with_a_stop(moving_s: FloatArray, stop_s: float) -> FloatArray:
    """Elapsed seconds: the stops of the run as one gap in its middle."""
    elapsed = moving_s.copy()
    elapsed[moving_s.size // 2 :] += stop_s
    return elapsed


def _hills(distance_m: FloatArray, gain_m: float) -> FloatArray:
    """Altitude whose rises sum up to the gain: one hill every few kilometres."""
    hills = max(1, round(float(distance_m[-1]) / HILL_M))
    turns = hills * distance_m / distance_m[-1]
    altitude: FloatArray = 48.0 + gain_m / hills * (1.0 - np.cos(2 * np.pi * turns)) / 2.0
    return altitude


def _instant(outing: Outing, elapsed_s: float) -> str:
    at = outing.start_at.astimezone(UTC) + timedelta(seconds=elapsed_s)
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


def _lap(outing: Outing, recorded: Samples, rows: NDArray[np.intp]) -> str:
    first, last = int(rows[0]), int(rows[-1])
    before = max(first - 1, 0)  # a lap begins where the one before it ended
    moved_s = (last - before) * STEP_S if last < recorded.elapsed_s.size - 1 else outing.moving_s - before * STEP_S
    metres = float(recorded.distance_m[last] - (recorded.distance_m[before] if first else 0.0))
    trackpoints = "".join(_trackpoint(outing, recorded, int(row)) for row in rows)
    return (
        f'<Lap StartTime="{_instant(outing, float(recorded.elapsed_s[before]))}">'
        f"<TotalTimeSeconds>{moved_s:.1f}</TotalTimeSeconds><DistanceMeters>{metres:.2f}</DistanceMeters>"
        f"<Track>{trackpoints}</Track></Lap>"
    )


def _trackpoint(outing: Outing, recorded: Samples, row: int) -> str:
    metres = float(recorded.distance_m[row])
    angle = 2 * np.pi * metres / LOOP_M
    radius_deg = LOOP_M / (2 * np.pi) / METRES_PER_DEGREE
    lat = START_LAT + radius_deg * float(np.sin(angle))
    lon = START_LON + radius_deg * float(1 - np.cos(angle)) / float(np.cos(np.radians(START_LAT)))
    return (
        f"<Trackpoint><Time>{_instant(outing, float(recorded.elapsed_s[row]))}</Time>"
        f"<Position><LatitudeDegrees>{lat:.7f}</LatitudeDegrees><LongitudeDegrees>{lon:.7f}</LongitudeDegrees></Position>"
        f"<AltitudeMeters>{recorded.altitude_m[row]:.1f}</AltitudeMeters><DistanceMeters>{metres:.2f}</DistanceMeters>"
        f"<HeartRateBpm><Value>{recorded.heartrate_bpm[row]:.0f}</Value></HeartRateBpm>"
        f"<Cadence>{recorded.cadence_spm[row]:.0f}</Cadence></Trackpoint>"
    )
