"""A weather service for tests, and a clock that is moved by hand."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from apis.activities.errors import WeatherError
from apis.activities.weather.hours import HourlyWeather
from apis.activities.weather.places import Wanted

NOW = datetime(2026, 5, 20, 10, 0, tzinfo=UTC)
FINAL_AFTER = timedelta(days=7)


@dataclass
class MovingClock:
    """The present; `pass_` moves it."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, **time: float) -> None:
        self.now += timedelta(**time)


@dataclass
class FakeWeather:
    """`WeatherProvider` with the same weather everywhere.

    Knobs:
        temperature_c: Of every hour; None is an hour without a value.
        error: Raised instead of an answer.
        refuses: Squares, by latitude, about which it fails as if it were down.
        while_asked: Called while a question is under way.
        requests_a_day: What it allows.
        asked: Everything it was asked.
    """

    clock: MovingClock
    temperature_c: float | None = 12.0
    error: WeatherError | None = None
    refuses: dict[float, WeatherError] = field(default_factory=dict)
    while_asked: Callable[[], object] | None = None
    requests_a_day: int = 100
    name: str = "fake"
    asked: list[Wanted] = field(default_factory=list)

    def final_from(self, wanted: Wanted) -> datetime:
        return wanted.at + FINAL_AFTER

    async def hours(self, wanted: Wanted) -> HourlyWeather:
        self.asked.append(wanted)
        if self.while_asked is not None:
            self.while_asked()
        error = self.refuses.get(wanted.lat, self.error)
        if error is not None:
            raise error
        monday = (wanted.at - timedelta(days=wanted.at.weekday())).replace(hour=0, minute=0)
        values = (self.temperature_c,) * (8 * 24)
        return HourlyWeather(
            start_at=monday,
            columns={
                "temperature_c": values,
                "precipitation_mm_per_h": (0.0,) * (8 * 24),
            },
            conditions=("cloudy",) * (8 * 24),
            final=self.clock() >= self.final_from(wanted),
        )
