"""The demo athletes: who they are, how they train, and the truth that their heart rates are drawn from.

The truth is a plain model, so that a test can ask the analysis for it back:

    HR = base + fitness(day) + 22·(speed - 2.8) + 0.9·max(T - 15, 0) + 4·ln(duration / 45 min) + noise

with speed in m/s, T the dry bulb in °C and independent normal noise. `fitness` is a triangle wave over calendar days,
so that a given day never changes: from 2025-07-01 heart rate at equal effort falls by `fitness_bpm_per_30d` every
30 days for two years, then rises as slowly as it fell. Rain, wind and humidity have no
effect of their own. Interval sessions follow the same line, because an export row does not tell them from
steady runs; races sit 5 bpm above it. Rides and swims have a level of their own and only the effect of heat.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Literal

FITNESS_TURNS = date(2025, 7, 1)
HALF_PERIOD_DAYS = 730
REFERENCE_SPEED_MPS = 2.8
REFERENCE_DURATION_S = 2700.0
REFERENCE_TEMPERATURE_C = 15.0


@dataclass(frozen=True)
class Truth:
    """What the generated heart rates follow; the noise is the standard deviation from run to run."""

    base_bpm: float
    fitness_bpm_per_30d: float
    speed_bpm_per_mps: float = 22.0
    heat_bpm_per_c: float = 0.9
    duration_bpm: float = 4.0
    noise_bpm: float = 2.5

    def fitness_bpm(self, day: date) -> float:
        """Change of heart rate at equal effort since the last turn of the triangle wave; never above 0."""
        phase = (day - FITNESS_TURNS).days % (2 * HALF_PERIOD_DAYS)
        falling_days = min(phase, 2 * HALF_PERIOD_DAYS - phase)
        return -self.fitness_bpm_per_30d * falling_days / 30


@dataclass(frozen=True)
class Session:
    """A kind of training, before the day gives it weather, pace and noise. Speeds in m/s, lengths in metres."""

    sport: str
    names: tuple[str, ...]
    distance_m: float
    speed_mps: float
    extra_bpm: float = 0.0
    fixed_bpm: float | None = None
    indoor: bool = False
    competition: bool = False
    long_run: bool = False
    gain_m_per_km: float = 5.0
    gear: str = ""


@dataclass(frozen=True)
class Slot:
    """A weekday (Monday is 0) and local hour on which a session happens with some probability."""

    weekday: int
    hour: float
    probability: float
    session: Session


@dataclass(frozen=True)
class DemoAthlete:
    """One demo athlete: profile, week and truth. `seed` makes the history; `name` is the sign-in name."""

    name: str
    display_name: str
    birth_year: int
    max_heartrate_bpm: int
    resting_heartrate_bpm: int
    weight_kg: float
    sex: Literal["F", "M"]
    seed: int
    truth: Truth
    week: tuple[Slot, ...]
    timezone: str = "Europe/Berlin"


_EASY = Session(
    "Run",
    (
        "Morning Run",
        "Evening Run",
        "Tempelhofer Feld loops",
        "Along the Landwehrkanal",
        "Treptower Park and the Spree",
        "Easy one with Lena",
        "Volkspark Hasenheide",
    ),
    8_200.0,
    2.78,
    gear="Brooks Ghost 16",
)
_LONG = Session(
    "Run",
    ("Sunday long run", "Grunewald long run", "Müggelsee and back", "Long run, Plänterwald", "Mauerweg south"),
    16_500.0,
    2.68,
    long_run=True,
    gain_m_per_km=7.0,
    gear="Brooks Ghost 16",
)
_INTERVALS = Session(
    "Run",
    ("6 x 800 m", "10 x 400 m on the track", "5 x 1000 m, Stadion Neukölln", "Hill repeats, Kreuzberg"),
    9_000.0,
    3.05,
    gear="Saucony Endorphin Speed 4",
)
_RACE = Session(
    "Run",
    ("Hasenheide parkrun", "10 km city race", "Club cross-country"),
    8_000.0,
    3.45,
    extra_bpm=5.0,
    competition=True,
    gear="Saucony Endorphin Speed 4",
)
_TREADMILL = Session("Virtual Run", ("Treadmill", "Treadmill, series evening"), 7_000.0, 2.75, indoor=True)
_TOUR = Session(
    "Ride",
    ("Ride to the Wannsee", "Saturday ride", "Havel loop", "Coffee ride to Köpenick"),
    42_000.0,
    6.6,
    fixed_bpm=128.0,
    gear="Canyon Endurace",
)
_COMMUTE = Session("Ride", ("Commute", "Ride to work"), 9_500.0, 5.9, fixed_bpm=116.0, gear="Riese & Müller")
_CLUB_RIDE = Session(
    "Ride",
    ("Club ride", "Teltow loop", "Group ride Potsdam", "Oderbruch with the club"),
    78_000.0,
    8.3,
    fixed_bpm=139.0,
    gain_m_per_km=6.0,
    gear="Rose Reveal",
)
_TEMPO_RIDE = Session(
    "Ride", ("Tempo on the Kronprinzessinnenweg", "2 x 20 min"), 36_000.0, 9.0, fixed_bpm=150.0, gear="Rose Reveal"
)
_TRAINER_RIDE = Session(
    "Virtual Ride", ("Zwift - Watopia", "Zwift - Richmond"), 28_000.0, 8.6, fixed_bpm=143.0, indoor=True
)
_TRACK = Session("Run", ("Athletics training", "Track with the club", "After-school run"), 6_000.0, 2.95, gear="Asics")
_SWIM = Session(
    "Swim",
    ("Swim training", "Schwimmhalle Kreuzberg", "Technique and sprints"),
    2_100.0,
    0.95,
    fixed_bpm=132.0,
    indoor=True,
)

DEMO_ATHLETES: Mapping[str, DemoAthlete] = MappingProxyType(
    {
        athlete.name: athlete
        for athlete in (
            DemoAthlete(
                "maya", "Maya Brandt", 1991, 190, 54, 61.0, "F", 2601,
                Truth(base_bpm=160.0, fitness_bpm_per_30d=1.0),
                (
                    Slot(1, 18.4, 1.0, _EASY), Slot(2, 7.0, 0.8, _EASY), Slot(3, 18.3, 0.4, _INTERVALS),
                    Slot(3, 20.0, 0.15, _TREADMILL), Slot(4, 17.6, 0.35, _EASY), Slot(5, 9.0, 0.08, _RACE),
                    Slot(5, 13.5, 0.5, _TOUR), Slot(6, 9.6, 1.0, _LONG),
                ),
            ),
            DemoAthlete(
                "jonas", "Jonas Keller", 1984, 184, 50, 78.0, "M", 2602,
                Truth(base_bpm=152.0, fitness_bpm_per_30d=0.0, noise_bpm=3.0),
                (
                    Slot(0, 8.1, 0.7, _COMMUTE), Slot(1, 18.2, 0.6, _TEMPO_RIDE), Slot(2, 8.1, 0.7, _COMMUTE),
                    Slot(3, 19.0, 0.3, _TRAINER_RIDE), Slot(3, 18.5, 0.45, _EASY), Slot(5, 9.4, 0.75, _CLUB_RIDE),
                    Slot(6, 10.2, 0.5, _EASY),
                ),
            ),
            DemoAthlete(
                "aiko", "Aiko Sommer", 2010, 203, 58, 52.0, "F", 2603,
                Truth(base_bpm=162.0, fitness_bpm_per_30d=0.6, noise_bpm=3.0),
                (
                    Slot(0, 16.8, 0.75, _SWIM), Slot(1, 16.5, 0.85, _TRACK), Slot(3, 16.8, 0.75, _SWIM),
                    Slot(4, 16.2, 0.6, _TRACK), Slot(5, 10.0, 0.07, _RACE), Slot(6, 10.5, 0.6, _TRACK),
                ),
            ),
        )
    }
)  # fmt: skip
