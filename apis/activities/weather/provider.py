"""The seam to a weather service. `open_meteo` is the adapter; the errors are in `apis.activities.errors`."""

from datetime import datetime
from typing import Protocol

from apis.activities.weather.hours import HourlyWeather
from apis.activities.weather.places import Wanted


class WeatherProvider(Protocol):
    """A service that knows the weather of the past."""

    @property
    def name(self) -> str:
        """By which its limits are accounted."""
        ...

    @property
    def requests_a_day(self) -> int:
        """What it may be asked in a day, UTC."""
        ...

    def final_from(self, wanted: Wanted) -> datetime:
        """The instant from which on its answer is final."""
        ...

    async def hours(self, wanted: Wanted) -> HourlyWeather:
        """The hours around a time in a square: at least the one before and the one after, where there are any.

        Raises:
            NoWeatherData: The service has nothing there, or not yet.
            WeatherRateLimited: It was asked too often.
            WeatherUnavailable: It does not answer.
            WeatherAnswerUnreadable: What it answers is not what it documents.
        """
        ...
