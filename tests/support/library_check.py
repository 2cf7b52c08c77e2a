"""Whether everything that is stored of an athlete's activities fits together, and how many there are."""

from collections import Counter
from typing import Any

from apis.activities.library import ActivityLibrary, Span, detail_key, pointer_key, stream_prefix
from apis.serving.store import Store


def stored_keys(store: Store, partition: str) -> dict[str, dict[str, Any]]:
    """Every item of a partition, by sort key."""
    return {item.sk: item.doc for item in ActivityLibrary(store, partition).between("\x01", "\U0010ffff")}


def check_library(store: Store, partition: str) -> int:
    """Fails unless rows, details, pointers, samples and tallies agree; says how many activities there are."""
    items = stored_keys(store, partition)
    library = ActivityLibrary(store, partition)
    rows = list(library.documents(Span()))
    expected: set[str] = set()
    for row in rows:
        shelf = library.shelf(row.doc["activity"]["id"])
        assert shelf is not None
        stored = shelf.stored
        assert shelf.item.sk == row.sk
        expected |= {row.sk, detail_key(stored.activity.id)}
        for name in (stored.activity.id, *stored.aliases):
            assert items[pointer_key(name)] == {"sk": row.sk}, name
            expected.add(pointer_key(name))
        samples = {key for key in items if key.startswith(stream_prefix(stored.activity.id))}
        assert bool(samples) == (stored.streams_of is not None)
        streams = library.streams(stored)
        assert (streams is None) == (stored.streams_of is None)
        expected |= samples
    assert {key for key in items if key.startswith(("ACT#", "DTL#", "AID#", "STR#"))} == expected
    assert _tallies(items) == _recounted(row.doc["activity"] for row in rows)
    return len(rows)


def _tallies(items: dict[str, dict[str, Any]]) -> dict[tuple[str, str, str], list[int]]:
    return {
        (key.removeprefix("TLY#"), month, sport): counts
        for key, months in items.items()
        if key.startswith("TLY#")
        for month, sports in months.items()
        for sport, counts in sports.items()
    }


def _recounted(activities: Any) -> dict[tuple[str, str, str], list[int]]:
    counted: dict[tuple[str, str, str], Counter[str]] = {}
    for activity in activities:
        year, month, _ = activity["start_date_local"].split("-", 2)
        cell = counted.setdefault((year, month, activity.get("sport_type", "Unknown")), Counter())
        cell.update(
            all=1, heartrate=int(activity.get("has_heartrate", False)), weather=int(activity.get("weather") is not None)
        )
    return {cell: [count["all"], count["heartrate"], count["weather"]] for cell, count in counted.items()}
