"""Shoes, bikes and whatever else activities were done with: by name, as rows of activities tell it.

Strava's export gives gear an id where it has one; elsewhere the id is made of the name, so that the same name is the
same gear on every activity.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from datetime import date
from typing import Final

from apis.activities.models import Activity, Record

_SLUG_CHARS: Final = 40
_DIGEST_CHARS: Final = 8


class Gear(Record):
    """One piece of gear with its use; metres and seconds, local dates. `distance` is null where none is known."""

    gear_id: str
    name: str | None
    activities: int
    distance: float | None
    moving_time: float
    first_used: date
    last_used: date


class GearList(Record):
    """The athlete's gear, the last used first."""

    gear: tuple[Gear, ...]


def gear_slug(name: str) -> str:
    """The id of gear that has none of its own: letters and digits of its name; a digest where there are none."""
    plain = unicodedata.normalize("NFKC", name).casefold()
    slug = re.sub(r"[\W_]+", "-", plain).strip("-")
    if slug and len(slug) <= _SLUG_CHARS:
        return slug
    digest = hashlib.sha256(plain.encode()).hexdigest()[:_DIGEST_CHARS]
    return f"{slug[:_SLUG_CHARS]}-{digest}".strip("-")


def gear_of(activities: Iterable[Activity]) -> GearList:
    """The gear that some activities were done with. A name that an export has an id for means that gear everywhere."""
    used = sorted((each for each in activities if each.gear or each.gear_id), key=lambda each: each.start_date)
    stated = {_slug(each): own for each in used if (own := _own_id(each))}
    by_id: dict[str, list[Activity]] = {}
    for each in used:
        by_id.setdefault(_own_id(each) or stated.get(_slug(each)) or _slug(each), []).append(each)
    found = [_use(gear_id, some) for gear_id, some in by_id.items()]
    return GearList(gear=tuple(sorted(found, key=lambda each: (each.last_used, each.gear_id), reverse=True)))


def _slug(activity: Activity) -> str:
    return gear_slug(activity.gear) if activity.gear else ""


def _own_id(activity: Activity) -> str | None:
    """The id that an export states."""
    return activity.gear_id if activity.gear_id != _slug(activity) else None


def _use(gear_id: str, used: list[Activity]) -> Gear:
    dates = [each.start_date_local.date() for each in used]
    distances = [each.distance for each in used if each.distance is not None]
    return Gear(
        gear_id=gear_id,
        name=next((each.gear for each in reversed(used) if each.gear), None),
        activities=len(used),
        distance=sum(distances) if distances else None,
        moving_time=sum(each.moving_time for each in used),
        first_used=min(dates),
        last_used=max(dates),
    )
