"""The clock on the athlete's wall when an activity began.

Decided once, at import: the device's own offset, else the zone at the first position (an offline table), else the
athlete's profile. Never the server's zone. The start's local date is the activity's day.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import tzfpy

from apis.activities.models import ZoneSource

_HOUR_S: Final = 3600
_LARGEST_FIXED_OFFSET_H: Final = (-12, 14)  # what Etc/GMT zones exist for


@dataclass(frozen=True, slots=True)
class LocalStart:
    """Local time without offset, its zone's name, the offset in seconds and who said so."""

    at: datetime
    timezone: str
    utc_offset_s: int
    source: ZoneSource

    @property
    def weekday(self) -> str:
        return self.at.strftime("%A")


def local_start(
    start_at: datetime, *, device_offset_s: int | None, zone: str | None, home_timezone: str | None
) -> LocalStart:
    """Local time of a start.

    Args:
        start_at: The start, aware.
        device_offset_s: Offset that the device showed, seconds east of UTC.
        zone: Zone at the first position.
        home_timezone: Zone of the athlete's profile.
    """
    if device_offset_s is not None:
        name = _zone_with_offset(start_at, device_offset_s, (zone, home_timezone))
        local = start_at.astimezone(UTC) + timedelta(seconds=device_offset_s)
        return LocalStart(local.replace(tzinfo=None), name, device_offset_s, "device_offset")
    if zone is not None:
        return _in_zone(start_at, zone, "coordinates")
    if home_timezone is not None:
        return _in_zone(start_at, home_timezone, "profile")
    return _in_zone(start_at, "UTC", "none")


def zone_at(lat: float, lon: float) -> str | None:
    """IANA name of the zone at a position in degrees; `None` at sea, where the table only knows offsets."""
    name: str = tzfpy.get_tz(lon, lat)
    return name if name and not name.startswith("Etc/") else None


def known_zone(name: str) -> bool:
    """Says whether this is an IANA zone, and nothing else that a path could reach."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: a name that is a folder of the database
        return False
    return True


def _in_zone(start_at: datetime, name: str, source: ZoneSource) -> LocalStart:
    local = start_at.astimezone(ZoneInfo(name))
    offset = local.utcoffset() or timedelta(0)
    return LocalStart(local.replace(tzinfo=None), name, int(offset.total_seconds()), source)


def _zone_with_offset(start_at: datetime, offset_s: int, candidates: tuple[str | None, ...]) -> str:
    """The first candidate whose clock showed this offset then, else the fixed zone of the offset.

    A watch that was not set to summer time shows an offset that the place did not have.
    """
    for name in candidates:
        if name is not None and start_at.astimezone(ZoneInfo(name)).utcoffset() == timedelta(seconds=offset_s):
            return name
    hours, rest = divmod(offset_s, _HOUR_S)
    lowest, highest = _LARGEST_FIXED_OFFSET_H
    if rest or not lowest <= hours <= highest:
        return next((name for name in candidates if name is not None), "UTC")
    return f"Etc/GMT{-hours:+d}" if hours else "UTC"  # POSIX counts west as positive
