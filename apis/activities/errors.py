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


class ActivityIncomplete(Exception):
    """A row without its detail or pointer, which no transaction leaves behind."""
