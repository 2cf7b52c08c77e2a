"""What a library holds."""

from apis.activities.library import ActivityLibrary
from apis.activities.stored import StoredActivity


def everything(library: ActivityLibrary) -> list[StoredActivity]:
    """All activities with their details, oldest first."""
    found = (library.activity(row.activity.id) for row in library.rows())
    return [each for each in found if each is not None]
