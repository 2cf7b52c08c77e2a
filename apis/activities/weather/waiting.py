"""Activities of all athletes whose weather is still to be looked up.

    WEATHER-WANTED    <activity id>    whose it is, the square and minute, and what came of earlier attempts

An item is written and removed in the transaction that writes the activity, which the item therefore never contradicts.
Ids begin with the time of the start: read backwards, the newest activities come first.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from pydantic import AwareDatetime

from apis.activities.models import Record
from apis.activities.stored import StoredActivity
from apis.activities.weather.choice import wanted_of
from apis.activities.weather.places import Wanted
from apis.serving.store import Delete, Item, Put, Store, Write

PARTITION: Final = "WEATHER-WANTED"
_PAGE: Final = 200


class Waiting(Record):
    """The document of one item.

    Attributes:
        athlete: Partition that the activity is in.
        wanted: What to look up; None for an activity of an earlier version, whose place is still to be found out.
        attempts: How often the service had nothing.
        setbacks: How often in a row the service did not answer.
        due: Not to be asked before; None means now.
    """

    athlete: str
    wanted: Wanted | None = None
    attempts: int = 0
    setbacks: int = 0
    due: AwareDatetime | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """An activity whose turn it is."""

    activity_id: str
    waiting: Waiting
    version: int

    def item(self, waiting: Waiting) -> Item:
        return Item(PARTITION, self.activity_id, _document(waiting))


def waiting_for(stored: StoredActivity) -> Wanted | None:
    """What is still to be looked up for an activity; None if there is nothing, or if there is a final answer."""
    wanted, known = wanted_of(stored.activity, stored.measurements), stored.looked_up
    answered = known is not None and known.final and known.wanted == wanted
    return None if answered else wanted


def waiting_writes(
    store: Store, athlete: str, *, gone: Sequence[StoredActivity], new: Sequence[StoredActivity]
) -> list[Write]:
    """The writes that keep the items true when some activities take the place of others.

    An item whose question stays the same is left alone: a change of the activity's name must neither forget what came
    of earlier attempts nor conflict with the next one.
    """
    wanted = {each.activity.id: None for each in gone} | {each.activity.id: waiting_for(each) for each in new}
    return [write for key, want in wanted.items() for write in _writes(store.get(PARTITION, key), key, athlete, want)]


def unplaced(athlete: str, activity: Mapping[str, Any]) -> Item | None:
    """The item of an activity of an earlier version, from its stored row; None if it cannot want weather."""
    weather = activity.get("weather") or {}
    measured = weather.get("temperature_c") is not None and weather.get("source") != "device_sensor"
    if activity.get("trainer") or activity.get("manual") or measured:
        return None
    return Item(PARTITION, activity["id"], _document(Waiting(athlete=athlete)))


def turns(store: Store, now: datetime) -> Iterator[Turn]:
    """Activities whose turn it is at an instant, the newest first."""
    cursor = None
    while True:
        page = store.query(PARTITION, None, desc=True, limit=_PAGE, cursor=cursor)
        for item in page.items:
            waiting = Waiting.model_validate(item.doc)
            if waiting.due is None or waiting.due <= now:
                yield Turn(item.sk, waiting, item.version)
        if page.cursor is None:
            return
        cursor = page.cursor


def _writes(current: Item | None, key: str, athlete: str, want: Wanted | None) -> list[Write]:
    if want is None:
        return [] if current is None else [Delete(PARTITION, key)]
    item = Item(PARTITION, key, _document(Waiting(athlete=athlete, wanted=want)))
    unchanged = current is not None and Waiting.model_validate(current.doc).wanted == want
    return [] if unchanged else [Put(item)]


def _document(waiting: Waiting) -> dict[str, object]:
    return waiting.model_dump(mode="json", exclude_defaults=True)
