"""A stored activity put together: merged from its sources, with what its samples say and the athlete's own edits."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from apis.activities.analytics.disciplines import RIDES, RUNS
from apis.activities.analytics.stream_findings import StreamFindings, findings_of
from apis.activities.measurement import Measurement
from apis.activities.merging import completed, edited, features_of, laps_of, merge, ranked
from apis.activities.models import ActivityId
from apis.activities.recordings import Streams
from apis.activities.stored import ActivityEdits, StoredActivity
from apis.activities.weather.choice import wanted_of, weather_of
from apis.activities.weather.places import LookedUp, kept

Samples = Callable[[], Streams | None]


@dataclass(frozen=True, slots=True)
class Recorded:
    """Samples at hand of one source: what they say, for which sport it was computed, and how to get at them."""

    findings: StreamFindings | None
    sport_type: str | None
    samples: Samples


def assemble(
    activity_id: ActivityId,
    sources: Sequence[Measurement],
    recorded: Mapping[str, Recorded],
    *,
    home_timezone: str | None,
    edits: ActivityEdits | None = None,
    aliases: Sequence[ActivityId] = (),
    looked_up: Sequence[LookedUp | None] = (),
) -> StoredActivity:
    """One activity of all its sources.

    Args:
        activity_id: Its id.
        sources: At least one, in any order.
        recorded: By source id, the recordings whose samples still exist; the best one is kept.
        home_timezone: Zone of the athlete's profile, for sources that know none.
        edits: What the athlete changed by hand.
        aliases: Ids of activities that were merged into it.
        looked_up: What weather services said about it; what no longer fits is left out.
    """
    edits = edits or ActivityEdits()
    best = ranked(sources)
    activity = edited(merge(activity_id, sources, home_timezone=home_timezone), edits.stated())
    lead = next((each.source_id for each in best if each.recorded and each.source_id in recorded), None)
    findings = _findings(recorded[lead], activity.sport_type) if lead else None
    activity = completed(activity, findings)
    answer = kept(filter(None, looked_up), wanted_of(activity, best))
    return StoredActivity(
        activity=activity.model_copy(update={"weather": weather_of(activity, best, answer)}),
        features=features_of(activity, sources),
        laps=laps_of(sources),
        findings=findings,
        measurements=tuple(best),
        edits=edits,
        aliases=tuple(aliases),
        streams_of=lead,
        looked_up=answer,
    )


def joined(
    known: Sequence[StoredActivity],
    measured: Measurement,
    recorded: Mapping[str, Recorded],
    *,
    home_timezone: str | None,
) -> StoredActivity:
    """The activity that some stored ones and a new source turn out to be; the first one's id and edits win."""
    first = known[0]
    aliases = [alias for each in known for alias in each.aliases] + [each.activity.id for each in known[1:]]
    edits = ActivityEdits()
    for each in reversed(known):
        edits = edits.changed_by(ActivityEdits.model_validate(each.edits.stated()))
    return assemble(
        first.activity.id,
        _sources(known, measured),
        recorded,
        home_timezone=home_timezone,
        edits=edits,
        aliases=aliases,
        looked_up=[each.looked_up for each in known],
    )


def with_edits(
    stored: StoredActivity, changes: ActivityEdits, samples: Samples, *, home_timezone: str | None
) -> StoredActivity:
    """The activity after the athlete changed something by hand."""
    return _anew(stored.model_copy(update={"edits": stored.edits.changed_by(changes)}), samples, home_timezone)


def with_looked_up(stored: StoredActivity, answer: LookedUp, *, home_timezone: str | None) -> StoredActivity:
    """The activity after a weather service has answered; its samples say what they said before."""
    return _anew(stored.model_copy(update={"looked_up": answer.after(stored.looked_up)}), _no_samples, home_timezone)


def with_sources(
    stored: StoredActivity, sources: Sequence[Measurement], *, home_timezone: str | None
) -> StoredActivity:
    """The activity after more has become known about its sources; its samples say what they said before."""
    return _anew(stored.model_copy(update={"measurements": tuple(sources)}), _no_samples, home_timezone)


def _anew(stored: StoredActivity, samples: Samples, home_timezone: str | None) -> StoredActivity:
    return assemble(
        stored.activity.id,
        stored.measurements,
        recorded_of(stored, samples),
        home_timezone=home_timezone,
        edits=stored.edits,
        aliases=stored.aliases,
        looked_up=[stored.looked_up],
    )


def _no_samples() -> None:
    """Where nothing is to be computed from them."""


def recorded_of(stored: StoredActivity, samples: Samples) -> dict[str, Recorded]:
    """The recording that a stored activity has kept, by source id."""
    if stored.streams_of is None:
        return {}
    return {stored.streams_of: Recorded(stored.findings, stored.activity.sport_type, samples)}


def _findings(recorded: Recorded, sport_type: str) -> StreamFindings | None:
    """What the samples say, computed anew where there is nothing yet or where the sport turned out to be another."""
    if recorded.findings is not None and _kind(recorded.sport_type) == _kind(sport_type):
        return recorded.findings
    streams = recorded.samples()
    return findings_of(streams, sport_type=sport_type) if streams is not None else None


def _kind(sport_type: str | None) -> tuple[bool, bool]:
    """All that findings depend on of a sport."""
    return sport_type in RUNS, sport_type in RIDES


def _sources(known: Sequence[StoredActivity], measured: Measurement) -> list[Measurement]:
    """All sources with the new one; an export row that changed replaces its older self."""
    everything = [source for each in known for source in each.measurements]
    others = [each for each in everything if each.source_id != measured.source_id]
    older = next((each for each in everything if each.source_id == measured.source_id), None)
    if older is not None and older == measured.model_copy(update={"source_name": older.source_name}):
        return [*others, older]  # the same content under another file name
    return [*others, measured]
