"""A dry run: what an import would do, with every change kept in memory.

The items of one upload are compared with each other as in a real import. The files of a folder are not: each is an
upload of its own, and nothing of the one before is left when the next one comes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from apis.activities.library import NEIGHBOURHOOD, ActivityLibrary, Shelf, StoredActivity
from apis.activities.models import ActivityId
from apis.activities.recordings import Streams
from apis.serving.store import Item


@dataclass(frozen=True, slots=True)
class RehearsalLibrary(ActivityLibrary):
    """Reads what is stored, and shows what one upload would have changed in place of it."""

    planned: dict[ActivityId, StoredActivity] = field(default_factory=dict)
    samples: dict[ActivityId, Streams] = field(default_factory=dict)
    replaced: set[ActivityId] = field(default_factory=set)

    @classmethod
    def of(cls, library: ActivityLibrary) -> "RehearsalLibrary":
        return cls(library.store, library.partition)

    def around(self, start_at: datetime) -> list[Shelf]:
        """Activities that would have begun at about this time."""
        stored = ActivityLibrary.around(self, start_at)
        untouched = [each for each in stored if each.stored.activity.id not in self.replaced]
        planned = [each for each in self.planned.values() if abs(each.activity.start_date - start_at) <= NEIGHBOURHOOD]
        return untouched + [Shelf(each, Item(self.partition, ""), 0) for each in planned]

    def streams(self, stored: StoredActivity) -> Streams | None:
        planned = self.samples.get(stored.activity.id)
        return planned if planned is not None else ActivityLibrary.streams(self, stored)

    def insert(self, stored: StoredActivity, streams: Streams | None) -> None:
        self._plan(stored, streams)

    def replace(self, shelves: Sequence[Shelf], stored: StoredActivity, streams: Streams | None) -> None:
        for shelf in shelves:
            self.replaced.add(shelf.stored.activity.id)
            self.planned.pop(shelf.stored.activity.id, None)
        self._plan(stored, streams)

    def _plan(self, stored: StoredActivity, streams: Streams | None) -> None:
        self.planned[stored.activity.id] = stored
        if streams is not None:
            self.samples[stored.activity.id] = streams
