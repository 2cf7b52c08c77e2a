"""A stored activity put together: merged from its sources, with the athlete's own edits over them."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from apis.activities.measurement import Measurement
from apis.activities.merging import detail_of, edited, features_of, merge, ranked
from apis.activities.models import ActivityId
from apis.activities.stored import ActivityEdits, StoredActivity


def assemble(
    activity_id: ActivityId,
    sources: Sequence[Measurement],
    *,
    at_hand: AbstractSet[str | None],
    home_timezone: str | None,
    edits: ActivityEdits | None = None,
    aliases: Sequence[ActivityId] = (),
) -> StoredActivity:
    """One activity of all its sources.

    Args:
        activity_id: Its id.
        sources: At least one, in any order.
        at_hand: Source ids whose samples still exist; the best of them is named in `streams_of`.
        home_timezone: Zone of the athlete's profile, for sources that know none.
        edits: What the athlete changed by hand.
        aliases: Ids of activities that were merged into it.
    """
    edits = edits or ActivityEdits()
    activity = edited(merge(activity_id, sources, home_timezone=home_timezone), edits.stated())
    with_samples = [each.source_id for each in ranked(sources) if each.recorded and each.source_id in at_hand]
    return StoredActivity(
        activity=activity,
        detail=detail_of(sources),
        measurements=tuple(ranked(sources)),
        features=features_of(activity, sources),
        edits=edits,
        aliases=tuple(aliases),
        streams_of=with_samples[0] if with_samples else None,
    )


def joined(known: Sequence[StoredActivity], measured: Measurement, *, home_timezone: str | None) -> StoredActivity:
    """The activity that some stored ones and a new source turn out to be; the first one's id and edits win."""
    first = known[0]
    aliases = [alias for each in known for alias in each.aliases] + [each.activity.id for each in known[1:]]
    edits = ActivityEdits()
    for each in reversed(known):
        edits = edits.changed_by(ActivityEdits.model_validate(each.edits.stated()))
    return assemble(
        first.activity.id,
        _sources(known, measured),
        at_hand={measured.source_id, *(each.streams_of for each in known)},
        home_timezone=home_timezone,
        edits=edits,
        aliases=aliases,
    )


def with_edits(stored: StoredActivity, changes: ActivityEdits, *, home_timezone: str | None) -> StoredActivity:
    """The activity after the athlete changed something by hand."""
    return assemble(
        stored.activity.id,
        stored.measurements,
        at_hand={stored.streams_of},
        home_timezone=home_timezone,
        edits=stored.edits.changed_by(changes),
        aliases=stored.aliases,
    )


def _sources(known: Sequence[StoredActivity], measured: Measurement) -> list[Measurement]:
    """All sources with the new one; an export row that changed replaces its older self."""
    everything = [source for each in known for source in each.measurements]
    others = [each for each in everything if each.source_id != measured.source_id]
    older = next((each for each in everything if each.source_id == measured.source_id), None)
    if older is not None and older == measured.model_copy(update={"source_name": older.source_name}):
        return [*others, older]  # the same content under another file name
    return [*others, measured]
