"""Errors of the activities API.

FileRefused                 nothing in this file can become an activity; `reason` is shown to the athlete
├── FileEmpty
├── FileTooLarge            also after unpacking: a compression bomb
├── FormatUnknown
├── MarkupRefused           entities, external references or a DTD in XML (security case I02)
├── RouteWithoutTimes       a planned route, not a recording
├── NotAnActivity           a FIT file of settings, monitoring, a course or the like
├── ClockNotSet             the device's clock stood at its epoch, or lies in the future
└── NoActivityInside        well-formed, but without a single usable record

WeatherError                a weather service did not tell what was asked; none carries what was sent or received
├── NoWeatherData           it has nothing about this place and time, or not yet
├── WeatherRateLimited      it was asked too often; `retry_after_s` if it says when to come back
├── WeatherUnavailable      it does not answer
└── WeatherAnswerUnreadable it answers something else than it documents

ActivityIncomplete          the store holds a part of an activity alone: our bug, never the athlete's

A row of an export that cannot be read becomes a `RowRefused` beside the rows that could.
"""

from typing import ClassVar


class FileRefused(Exception):
    """A file from which nothing was imported. Never carries the file's content."""

    reason: ClassVar[str] = "the file cannot be read"

    def __init__(self, reason: str | None = None) -> None:
        super().__init__(reason or self.reason)


class FileEmpty(FileRefused):
    reason = "the file has 0 bytes"


class FileTooLarge(FileRefused):
    reason = "the file is larger than the limit"


class FormatUnknown(FileRefused):
    reason = "the content is not FIT, GPX, TCX, a Strava activities.csv or a Garmin summarizedActivities.json"


class MarkupRefused(FileRefused):
    reason = "the XML declares entities or a document type; such files are refused"


class RouteWithoutTimes(FileRefused):
    reason = "the points have no times: this is a route, not an activity"


class NotAnActivity(FileRefused):
    reason = "a FIT file of settings or monitoring, not an activity"


class ClockNotSet(FileRefused):
    reason = "the device's clock was not set, so the day is unknown"


class NoActivityInside(FileRefused):
    reason = "the file holds no record of an activity"


class WeatherError(Exception):
    """A weather service did not tell what was asked. Its text holds no place, no time and nothing of an answer."""

    retry_after_s: float | None = None


class NoWeatherData(WeatherError):
    pass


class WeatherRateLimited(WeatherError):
    """Asked too often.

    Args:
        retry_after_s: Seconds after which the service answers again; None if it does not say.
    """

    def __init__(self, *, retry_after_s: float | None = None) -> None:
        super().__init__("asked too often")
        self.retry_after_s = retry_after_s


class WeatherUnavailable(WeatherError):
    pass


class WeatherAnswerUnreadable(WeatherError):
    pass


class ActivityIncomplete(Exception):
    """A row without its detail or pointer, which no transaction leaves behind."""
