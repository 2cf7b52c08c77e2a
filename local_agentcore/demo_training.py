"""What a demo athlete did on one day: sessions from the week's slots, with weather, pace, heart rate and gaps."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from local_agentcore.demo_athletes import (
    REFERENCE_DURATION_S,
    REFERENCE_SPEED_MPS,
    REFERENCE_TEMPERATURE_C,
    DemoAthlete,
    Session,
)
from local_agentcore.demo_weather import HourWeather, day_generator, weather_at

FloatArray = NDArray[np.float64]

CITY_SEED = 2600
TRAINING_STREAM = 7
WITHOUT_WEATHER, WITHOUT_HEARTRATE, MANUAL = 0.05, 0.03, 0.015
PACE_GAIN_SHARE = 0.4  # of a fitter heart, taken as speed: nobody trains at the same pace for a year
HEAT_SLOWS_MPS_PER_C = 0.008


@dataclass(frozen=True)
class Outing:
    """One activity as the athlete's watch would have summed it up; None for what was not recorded."""

    number: int
    session: Session
    name: str
    start_at: datetime
    distance_m: float
    moving_s: float
    elapsed_s: float
    heartrate_bpm: float | None
    max_heartrate_bpm: float | None
    gain_m: float
    manual: bool
    weather: HourWeather | None


def outings(athlete: DemoAthlete, day: date) -> Iterator[Outing]:
    """The activities of one local day, oldest first; the same for ever for a given athlete and day."""
    for number, slot in enumerate(athlete.week):
        if slot.weekday == day.weekday():
            chance = day_generator(athlete.seed, TRAINING_STREAM + number, day)
            draws, normals = chance.random(8), chance.standard_normal(4)
            if draws[0] < slot.probability:
                yield _outing(athlete, day, number, draws, normals)


def _outing(athlete: DemoAthlete, day: date, number: int, draws: FloatArray, normals: FloatArray) -> Outing:
    slot = athlete.week[number]
    session = slot.session
    hour = slot.hour + 0.35 * float(np.clip(normals[0], -2, 2))
    weather = weather_at(CITY_SEED, day, hour)
    distance = session.distance_m * math.exp(0.16 * float(normals[1]))
    heat = _heat_c(session, weather)
    speed = _speed_mps(athlete, session, day, heat_c=heat, chance=float(normals[2]))
    moving = distance / speed
    manual = bool(draws[1] < MANUAL)
    heart = _heartrate_bpm(
        athlete, session, day, heat_c=heat, speed_mps=speed, moving_s=moving, chance=float(normals[3])
    )
    recorded = not manual and draws[2] >= WITHOUT_HEARTRATE
    return Outing(
        number=number,
        session=session,
        name=session.names[int(draws[3] * len(session.names))],
        start_at=_start_at(athlete, day, hour),
        distance_m=round(distance, -2) if manual else distance,
        moving_s=float(round(moving)),
        elapsed_s=float(round(moving if manual else moving * (1.01 + 0.08 * float(draws[4])))),
        heartrate_bpm=heart if recorded else None,
        max_heartrate_bpm=min(heart + 12 + 12 * float(draws[5]), athlete.max_heartrate_bpm) if recorded else None,
        gain_m=0.0 if session.indoor else session.gain_m_per_km * distance / 1000 * (0.6 + 0.8 * float(draws[6])),
        manual=manual,
        weather=None if session.indoor or manual or draws[7] < WITHOUT_WEATHER else weather,
    )


def _start_at(athlete: DemoAthlete, day: date, hour: float) -> datetime:
    # Whole seconds since midnight on the athlete's wall, so that a DST day does not move the hour.
    wall = datetime.combine(day, time.min) + timedelta(seconds=round(hour * 3600))
    return wall.replace(tzinfo=ZoneInfo(athlete.timezone)).astimezone(UTC)


def _heat_c(session: Session, weather: HourWeather) -> float:
    return 0.0 if session.indoor else max(weather.temperature_c - REFERENCE_TEMPERATURE_C, 0.0)


def _speed_mps(athlete: DemoAthlete, session: Session, day: date, *, heat_c: float, chance: float) -> float:
    if session.fixed_bpm is not None:
        return session.speed_mps * math.exp(0.05 * chance)
    truth = athlete.truth
    fitter = -truth.fitness_bpm(day) / truth.speed_bpm_per_mps
    speed = session.speed_mps + PACE_GAIN_SHARE * fitter - HEAT_SLOWS_MPS_PER_C * heat_c
    return speed + 0.11 * chance


def _heartrate_bpm(
    athlete: DemoAthlete,
    session: Session,
    day: date,
    *,
    heat_c: float,
    speed_mps: float,
    moving_s: float,
    chance: float,
) -> float:
    """Average heart rate of the outing: `Truth` for runs, a level of its own for other sports."""
    truth = athlete.truth
    heat = truth.heat_bpm_per_c * heat_c
    if session.fixed_bpm is not None:
        return session.fixed_bpm + heat + 5.0 * chance
    return (
        truth.base_bpm
        + truth.fitness_bpm(day)
        + truth.speed_bpm_per_mps * (speed_mps - REFERENCE_SPEED_MPS)
        + heat
        + truth.duration_bpm * math.log(moving_s / REFERENCE_DURATION_S)
        + session.extra_bpm
        + truth.noise_bpm * chance
    )
