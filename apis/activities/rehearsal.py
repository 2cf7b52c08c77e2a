"""A dry run: the import itself, over a store that keeps every change apart, so that it tells what the import will do.

The files of one import are uploads of their own; a rehearsal has an id, and its uploads are compared with each other.
An athlete has one rehearsal at a time: a new one, or a real import, purges what the last one left.
"""

from typing import Final

from apis.activities.library import ActivityLibrary
from apis.activities.weather import waiting
from apis.serving.errors import TransactionConflict
from apis.serving.overlay_store import OverlayStore
from apis.serving.store import Delete

_CURRENT: Final = "REHEARSAL"
_ALONE: Final = "alone"  # a dry run of one upload that names no rehearsal


def rehearsing(library: ActivityLibrary, rehearsal: str | None) -> ActivityLibrary:
    """The library as an import would find and leave it, with every change kept apart.

    Args:
        library: The athlete's.
        rehearsal: Id that the client gave to its dry run; without one, the upload is compared with nothing else.
    """
    name = rehearsal or _ALONE
    if rehearsal is None or _current(library) != name:
        end_rehearsal(library, but=rehearsal)
        _begin(library, name)
    return ActivityLibrary(_overlay(library, name), library.partition)


def end_rehearsal(library: ActivityLibrary, *, but: str | None = None) -> None:
    """Purges what the last dry run left, unless it is the one named: another upload of it may have begun."""
    name = _current(library)
    if name is not None and name != but:
        for partition in (library.partition, waiting.PARTITION):
            _overlay(library, name).purge(partition)
        library.store.transact([Delete(library.partition, _CURRENT)])


def _current(library: ActivityLibrary) -> str | None:
    item = library.store.get(library.partition, _CURRENT)
    return None if item is None else str(item.doc["rehearsal"])


def _begin(library: ActivityLibrary, name: str) -> None:
    try:
        library.put(_CURRENT, {"rehearsal": name})
    except TransactionConflict:  # another upload of the same rehearsal came first
        return


def _overlay(library: ActivityLibrary, name: str) -> OverlayStore:
    return OverlayStore(library.store, f"REHEARSAL#{name}")
