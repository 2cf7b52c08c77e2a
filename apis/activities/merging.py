"""One activity from all its sources, whatever order they came in.

Measurements rank FIT, TCX, GPX, row of an export, then recordings that were cut, and a manual row last; each group of
fields is taken as a whole from the first source that has it. What a person wrote ranks the other way round: only
the export knows it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, TypeVar

from apis.activities.analytics.run_features import RunFeatures, run_features
from apis.activities.analytics.stream_findings import StreamFindings
from apis.activities.gear import gear_slug
from apis.activities.local_time import LocalStart, local_start
from apis.activities.measurement import Measurement
from apis.activities.models import UNKNOWN_SPORT, Activity, ActivityId, Lap, Source
from apis.activities.recordings import RecordedActivity

_RANK: Final = {"fit": 0, "tcx": 1, "gpx": 2, "garmin_json": 3, "strava_csv": 4}
_LABEL_RANK: Final = {"strava_csv": 0, "garmin_json": 1, "gpx": 2, "tcx": 3, "fit": 4}
_NIGHT, _NOON, _EVENING, _LATE = 5, 12, 17, 21
_WHOLE: Final = 0.99  # of the longest source; devices and exports end a recording some seconds apart
_Value = TypeVar("_Value")


def ranked(sources: Iterable[Measurement]) -> list[Measurement]:
    """Best measurement first: recorded before manual, whole before cut, by format, undamaged, then more samples.

    Damage that cost nothing does not cost a better format its rank. The last key makes the order total, so that it
    cannot depend on the order of arrival.
    """
    everything = list(sources)
    longest_s = max((each.elapsed_s for each in everything if not each.manual), default=0.0)
    return sorted(
        everything,
        key=lambda each: (
            each.manual,
            _was_cut(each, longest_s),
            _RANK[each.kind],
            each.partial,
            -each.samples,
            each.source_id,
        ),
    )


def _was_cut(source: Measurement, longest_s: float) -> bool:
    return source.partial and source.elapsed_s < _WHOLE * longest_s


def merge(activity_id: ActivityId, sources: Iterable[Measurement], *, home_timezone: str | None) -> Activity:
    """The one activity that these sources tell, without its weather: `weather.choice` has the rule for that.

    Args:
        activity_id: Its id.
        sources: At least one, in any order; the result does not depend on it.
        home_timezone: Zone of the athlete's profile, for sources that know none.
    """
    best = ranked(sources)
    labels = sorted(best, key=lambda each: (_LABEL_RANK[each.kind], each.source_id))
    lead = best[0]
    local = local_start(
        lead.start_date,
        device_offset_s=_first(best, lambda each: each.utc_offset_s),
        zone=_first(best, lambda each: each.zone),
        home_timezone=home_timezone,
    )
    sport = _sport(best)
    trainer = any(each.trainer for each in best)
    visibility = _first(labels, lambda each: each.visibility) or "only_me"
    return Activity(
        id=activity_id,
        name=_first(labels, lambda each: each.name) or default_name(local, sport),
        sport_type=sport,
        workout_type=_first(labels, lambda each: each.workout_type),
        start_date=lead.start_date,
        start_date_local=local.at,
        timezone=local.timezone,
        timezone_source=local.source,
        utc_offset=local.utc_offset_s,
        weekday=local.weekday,
        trainer=trainer,
        commute=any(each.commute for each in best),
        manual=all(each.manual for each in best),
        private=visibility == "only_me",
        visibility=visibility,
        flagged=any(each.flagged for each in best),
        gear=_first(labels, lambda each: each.gear),
        gear_id=_first(labels, _gear_id),
        description=_first(labels, lambda each: each.description),
        perceived_exertion=_first(labels, lambda each: each.perceived_exertion),
        device_name=_first(best, lambda each: each.device_name),
        partial=lead.partial,
        partial_reason=lead.partial_reason,
        sources=tuple(Source(kind=each.kind, name=each.source_name) for each in best),
        **_effort(best),
        **_heart_rate(best),
    )


def _gear_id(source: Measurement) -> str | None:
    return source.gear_id or (gear_slug(source.gear) if source.gear else None)


def edited(activity: Activity, edits: Mapping[str, Any]) -> Activity:
    """The activity with what the athlete changed by hand; what follows from a change follows."""
    if not edits:
        return activity
    values = {**activity.model_dump(), **edits}
    values["private"] = values["visibility"] == "only_me"
    if values["gear"] != activity.gear:
        values["gear_id"] = gear_slug(values["gear"])
    return Activity.model_validate(values)


def laps_of(sources: Iterable[Measurement]) -> tuple[Lap, ...]:
    """Laps of the best source that counted any."""
    return _first(ranked(sources), lambda each: each.laps or None) or ()


def completed(activity: Activity, findings: StreamFindings | None) -> Activity:
    """The activity with what only its samples can tell; what a device has stated stays."""
    if findings is None:
        return activity
    return activity.model_copy(
        update={
            "elev_high": _stated(activity.elev_high, findings.elev_high_m),
            "elev_low": _stated(activity.elev_low, findings.elev_low_m),
            "start_latlng": findings.start_latlng,
            "end_latlng": findings.end_latlng,
            "weighted_average_watts": _stated(activity.weighted_average_watts, findings.normalized_power_w),
            "kilojoules": _stated(activity.kilojoules, findings.work_kj),
        }
    )


def _stated(stated: float | None, found: float | None) -> float | None:
    """What a source has stated, 0 included, else what its samples say."""
    return found if stated is None else stated


def features_of(activity: Activity, sources: Iterable[Measurement]) -> RunFeatures:
    """Features of the best source that has heart rate in its samples, else of the averages."""
    found = _first(
        ranked(sources),
        lambda each: each.features if each.features and each.features.heartrate_bpm is not None else None,
    )
    return found or run_features(activity)


def with_features(measurement: Measurement, recorded: RecordedActivity) -> Measurement:
    """The measurement with the features of its own samples, which are not at hand when sources are merged."""
    if recorded.streams is None:
        return measurement
    alone = merge(ActivityId(""), [measurement], home_timezone=None)
    return measurement.model_copy(update={"features": run_features(alone, recorded.streams)})


def default_name(local: LocalStart, sport_type: str) -> str:
    """`Morning Run`: what an activity is called until somebody names it."""
    hour = local.at.hour
    part = "Night"
    if _NIGHT <= hour < _NOON:
        part = "Morning"
    elif _NOON <= hour < _EVENING:
        part = "Afternoon"
    elif _EVENING <= hour < _LATE:
        part = "Evening"
    return f"{part} {'Activity' if sport_type == UNKNOWN_SPORT else sport_type}"


def _first(sources: Sequence[Measurement], pick: Callable[[Measurement], _Value | None]) -> _Value | None:
    return next((value for value in map(pick, sources) if value is not None), None)


def _sport(best: Sequence[Measurement]) -> str:
    """An export's word is more precise within the family (`TrailRun`); a manual row's is as good as any."""
    exported = (each.sport_type for each in best if each.kind == "strava_csv")
    named = next((sport for sport in exported if sport), None)
    return named or _first(best, lambda each: each.sport_type) or UNKNOWN_SPORT


def _effort(best: Sequence[Measurement]) -> dict[str, float | str | None]:
    lead = best[0]
    distance = _first(best, lambda each: each.distance_m)
    climber = next((each for each in best if each.ascent_m is not None), lead)
    return {
        "distance": distance,
        "moving_time": lead.moving_s,
        "elapsed_time": lead.elapsed_s,
        "timer_time": lead.timer_s,
        "total_elevation_gain": climber.ascent_m,
        "elevation_method": _elevation_method(climber),
        "average_speed": distance / lead.moving_s if distance is not None and lead.moving_s > 0 else None,
        "max_speed": _first(best, lambda each: each.max_speed_mps),
        "average_cadence": _first(best, lambda each: each.average_cadence_spm),
        "average_temp": _first(best, lambda each: each.average_temperature_c),
        "average_watts": _first(best, lambda each: each.average_power_w),
        "device_watts": _first(best, lambda each: each.power_measured),
        "elev_high": _first(best, lambda each: each.elev_high_m),
        "elev_low": _first(best, lambda each: each.elev_low_m),
        "weighted_average_watts": _first(best, lambda each: each.normalized_power_w),
        "kilojoules": _first(best, lambda each: each.work_kj),
        "suffer_score": _first(best, lambda each: each.suffer_score),
        "calories": _first(best, lambda each: each.calories_kcal),
    }


def _elevation_method(climber: Measurement) -> str | None:
    return "export" if climber.kind == "strava_csv" and climber.ascent_method == "device" else climber.ascent_method


def _heart_rate(best: Sequence[Measurement]) -> dict[str, float | str | bool | None]:
    source = next((each for each in best if each.heart_rate.known), None)
    if source is None:
        return {"has_heartrate": False}
    heart = source.heart_rate
    method = "export" if source.kind == "strava_csv" else "device"
    ours, stated = heart.time_weighted_bpm, heart.device_bpm
    return {
        "has_heartrate": True,
        "average_heartrate": stated if stated is not None else ours,
        "average_heartrate_method": method if stated is not None else "time_weighted",
        "time_weighted_heartrate": ours,
        "heartrate_time": heart.covered_s if ours is not None else source.moving_s,
        "max_heartrate": heart.max_bpm,
    }
