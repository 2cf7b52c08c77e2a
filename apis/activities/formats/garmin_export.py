"""`*_summarizedActivities.json` of Garmin's account export: one object per activity, totals only.

Units by real exports: centimetres, milliseconds, and speed in cm/ms, which is a tenth of m/s. Nobody documents them, so
each row must confirm them: its distance over its duration has to be its speed, and one that its sport can have.
Calories are not read, because exports disagree about their unit. Fields that are unknown, null or of another type are
ignored.
"""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from apis.activities import sports
from apis.activities.errors import FileTooLarge, NoActivityInside
from apis.activities.formats.garmin_row import GarminRow
from apis.activities.formats.strava_export import RowRefused
from apis.activities.recordings import DeviceTotals, Labels, RecordedActivity

KEY: Final = "summarizedActivitiesExport"
MAX_ROWS: Final = 100_000

_LIST: Final = re.compile(rf'"{KEY}"\s*:\s*\[\s*')
_SEPARATOR: Final = re.compile(r"\s*(,\s*|(?=\]))")
_BREAKS: Final = "the list breaks here; what follows is lost"
_M_PER_CM, _MPS_PER_CM_PER_MS = 0.01, 10.0
_TOLERANCE: Final = 0.05  # of the speed, which Garmin rounds
_SHORTEST_S: Final = 10.0  # shorter ones tell of another unit
_FASTEST_MEAN_MPS: Final = 35.0  # downhill skiing
_FASTEST_ON_FOOT_MPS: Final = 8.0  # 100 m sprints are faster, activities are not
_QUARTER_HOUR_S, _LARGEST_OFFSET_S = 900, 15 * 3600


def looks_like_garmin_export(head: str) -> bool:
    """Says whether a JSON document begins like this export."""
    return head.lstrip().startswith(("[", "{")) and f'"{KEY}"' in head


def read_garmin_export(content: bytes, *, source_name: str) -> list[RecordedActivity | RowRefused]:
    """Activities of the list, in order, with what could not be read in its place.

    Args:
        content: UTF-8, with or without a byte order mark.
        source_name: Name of the file; an activity is called `NAME#ID`.

    Raises:
        NoActivityInside: There is no list, or nothing in it.
        FileTooLarge: More activities than anybody has.
    """
    rows: list[RecordedActivity | RowRefused] = []
    for item in _items(content.decode("utf-8-sig", errors="replace")):
        if len(rows) >= MAX_ROWS:
            raise FileTooLarge
        if isinstance(item, str):
            rows.append(RowRefused(f"{source_name}#item {len(rows) + 1}", item))
        elif not sports.is_transition(item.activity_type):
            rows.append(_read_row(item, source_name))
    if not rows:
        raise NoActivityInside
    return rows


def _items(text: str) -> Iterator[GarminRow | str]:
    """Objects of the lists one by one, so that those before damage are kept; then what is wrong, if anything is."""
    decoder, at = json.JSONDecoder(), 0
    while begin := _LIST.search(text, at):
        at = begin.end()
        while text[at : at + 1] != "]":
            try:
                item, at = decoder.raw_decode(text, at)
            except (ValueError, RecursionError):
                yield _BREAKS
                return
            yield GarminRow(item) if isinstance(item, dict) else "this is not an activity"
            separator = _SEPARATOR.match(text, at)
            if separator is None:
                yield _BREAKS
                return
            at = separator.end()


def _read_row(row: GarminRow, source_name: str) -> RecordedActivity | RowRefused:
    identifier, start_s = row.identifier, row.epoch_s("beginTimestamp") or row.epoch_s("startTimeGmt")
    name = f"{source_name}#{identifier or 'no id'}"
    elapsed_s = row.seconds("elapsedDuration") or row.seconds("duration")
    if identifier is None or start_s is None or elapsed_s is None:
        return RowRefused(name, "the activity has no id, no start or no duration")
    if row.flag("parent"):
        return RowRefused(name, "this is a multisport activity as a whole; its legs are activities of their own")
    sport_type = sports.from_word(row.activity_type) or sports.from_word(row.text("sportType"))
    if not _units_confirmed(row, sport_type, elapsed_s):
        return RowRefused(name, "distance, duration and speed contradict each other, so that the units are unknown")
    return RecordedActivity(
        kind="garmin_json",
        source_name=name,
        source_id=f"garmin:{identifier}",
        start_at=datetime.fromtimestamp(start_s, UTC),
        sport_type=sport_type,
        name=row.text("name"),
        utc_offset_s=_utc_offset_s(row, start_s),
        totals=_totals(row, sport_type, elapsed_s),
        labels=Labels(
            description=row.text("description"),
            trainer=sports.is_indoor(row.activity_type),
            manual=row.flag("manualActivity"),
        ),
    )


def _units_confirmed(row: GarminRow, sport_type: str | None, elapsed_s: float) -> bool:
    """Says whether centimetres, milliseconds and cm/ms make sense of this row.

    Metres, seconds and m/s agree with each other as well, but their durations would be a thousandth and their speeds
    tenfold.
    """
    distance_m, stated_mps = row.channel("distance", "distance_m", _M_PER_CM), _speed_mps(row)
    if distance_m is None:
        return elapsed_s >= _SHORTEST_S
    durations = [each for each in (row.seconds("duration"), row.seconds("movingDuration")) if each] or [elapsed_s]
    fastest = _FASTEST_ON_FOOT_MPS if sports.is_on_foot(sport_type) else _FASTEST_MEAN_MPS
    speeds = [distance_m / each for each in durations]
    if elapsed_s < _SHORTEST_S or min(speeds) > fastest:
        return False
    return stated_mps is None or any(abs(each - stated_mps) <= _TOLERANCE * each for each in speeds)


def _speed_mps(row: GarminRow) -> float | None:
    speed = row.number("avgSpeed")
    return speed * _MPS_PER_CM_PER_MS if speed else None


def _totals(row: GarminRow, sport_type: str | None, elapsed_s: float) -> DeviceTotals:
    timer_s, moving_s = row.seconds("duration"), row.seconds("movingDuration")
    return DeviceTotals(
        distance_m=row.channel("distance", "distance_m", _M_PER_CM),
        elapsed_s=max(elapsed_s, timer_s or 0.0),
        timer_s=timer_s,
        moving_s=min(moving_s, timer_s or elapsed_s) if moving_s else None,
        ascent_m=row.channel("elevationGain", "altitude_m", _M_PER_CM, zero=True),
        elev_high_m=row.channel("maxElevation", "altitude_m", _M_PER_CM, zero=True),
        elev_low_m=row.channel("minElevation", "altitude_m", _M_PER_CM, zero=True),
        average_heartrate_bpm=row.channel("avgHr", "heartrate_bpm"),
        max_heartrate_bpm=row.channel("maxHr", "heartrate_bpm"),
        average_speed_mps=row.channel("avgSpeed", "speed_mps", _MPS_PER_CM_PER_MS),
        max_speed_mps=row.channel("maxSpeed", "speed_mps", _MPS_PER_CM_PER_MS),
        average_cadence_spm=_cadence_spm(row, sport_type),
        average_power_w=row.channel("avgPower", "power_w"),
        normalized_power_w=row.channel("normPower", "power_w"),
    )


def _cadence_spm(row: GarminRow, sport_type: str | None) -> float | None:
    """Of one leg; `avgDoubleCadence` counts the steps of both."""
    if not sports.is_on_foot(sport_type):
        return row.channel("avgBikeCadence", "cadence_spm")
    return row.channel("avgDoubleCadence", "cadence_spm", 0.5)


def _utc_offset_s(row: GarminRow, start_s: float) -> int | None:
    """The local start is the clock on the wall, written as if it were UTC."""
    local_s = row.epoch_s("startTimeLocal")
    if local_s is None:
        return None
    offset_s = round((local_s - start_s) / _QUARTER_HOUR_S) * _QUARTER_HOUR_S
    return offset_s if abs(offset_s) <= _LARGEST_OFFSET_S else None
