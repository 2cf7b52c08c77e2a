"""`activities.csv` of Strava's bulk export: one row per activity, totals only.

`Activity Date` is UTC without saying so. A heart rate of 0 or nothing is a missing one. Manual entries have no
upload behind them. The second `Distance` and `Elapsed Time` are metres and seconds; the first ones follow the
athlete's unit and locale and are not used. Units were inferred from real exports.
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from apis.activities import sports
from apis.activities.errors import FileTooLarge, FormatUnknown, NoActivityInside
from apis.activities.formats.export_columns import Columns, columns_of
from apis.activities.formats.export_row import Row
from apis.activities.formats.export_values import activity_date, whole_number
from apis.activities.formats.export_weather import weather_of
from apis.activities.recordings import DeviceTotals, Labels, RecordedActivity

MAX_ROWS: Final = 100_000  # 27 years of ten activities a day
MAX_LINE_CHARS: Final = 1_000_000  # a line ends a description, which may be long; it holds 103 cells
MAX_LINES_OF_ROW: Final = 10_000
_DELIMITERS: Final = (",", ";", "\t")
_LONGEST_HEADER_CHARS: Final = 65_536
_RACE, _LONG_RUN, _RIDE_RACE = 1, 2, 11  # Strava's workout_type
_JOULES_PER_KJ: Final = 1000.0
_LONGEST_S, _FARTHEST_M, _MOST_BPM, _MOST_W = 30 * 86_400.0, 1e7, 250.0, 4000.0  # beyond these, a cell is damaged


@dataclass(frozen=True, slots=True)
class RowRefused:
    """A row that could not become an activity, by the name its report item carries."""

    source_name: str
    reason: str


def looks_like_export(text: str) -> bool:
    """Says whether this begins with the header of an `activities.csv`."""
    return _table(text) is not None


def read_export(content: bytes, *, source_name: str) -> list[RecordedActivity | RowRefused]:
    """Activities of an `activities.csv`, in row order, with the rows that could not be read in their places.

    Args:
        content: UTF-8, with or without a byte order mark.
        source_name: Name of the file; a row is called `NAME#ID`.

    Raises:
        FormatUnknown: The header is not one of an export.
        NoActivityInside: There is a header but no row.
        FileTooLarge: More rows than anybody has activities.
    """
    text = content.decode("utf-8-sig", errors="replace")
    table = _table(text)
    if table is None:
        raise FormatUnknown
    rows = list(_read_rows(text, *table, source_name))
    if not rows:
        raise NoActivityInside
    return rows


def _table(text: str) -> tuple[str, Columns] | None:
    """Delimiter and columns, by the header."""
    for delimiter in _DELIMITERS:
        try:
            names = next(csv.reader(io.StringIO(text[:_LONGEST_HEADER_CHARS], newline=""), delimiter=delimiter), [])
        except csv.Error:  # not a table at all
            return None
        columns = columns_of(names)
        if columns is not None:
            return delimiter, columns
    return None


def _read_rows(
    text: str, delimiter: str, columns: Columns, source_name: str
) -> Iterator[RecordedActivity | RowRefused]:
    """Rows until the end, or until the table breaks, which costs the rest and is told."""
    lines = _Lines(text)
    reader = csv.reader(lines, delimiter=delimiter)
    next(reader)
    ended = text.endswith(("\n", "\r"))
    for count in range(MAX_ROWS + 1):
        lines.of_this_row = 0
        try:
            cells = next(reader, None)
        except csv.Error:  # most often a quotation mark that is never closed
            yield RowRefused(f"{source_name}#line {reader.line_num}", f"the table breaks after line {reader.line_num}")
            return
        if cells is None:
            return
        if count == MAX_ROWS:
            raise FileTooLarge
        if any(cell.strip() for cell in cells):
            row = Row(cells, columns, line=reader.line_num)
            yield _read_row(row if ended or not lines.exhausted else row.as_the_last(), source_name)


class _Lines:
    """The lines of a table; a line longer than any, or a row of more lines than any, breaks it like a cell without end.

    Raises:
        csv.Error: As the reader does that asks for the lines.
    """

    def __init__(self, text: str) -> None:
        self._source = io.StringIO(text, newline="")
        self._left = len(text)
        self.of_this_row = 0

    @property
    def exhausted(self) -> bool:
        return self._left == 0

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = next(self._source)
        self._left -= len(line)
        self.of_this_row += 1
        if len(line) > MAX_LINE_CHARS or self.of_this_row > MAX_LINES_OF_ROW:
            raise csv.Error
        return line


def _read_row(row: Row, source_name: str) -> RecordedActivity | RowRefused:
    identifier = whole_number(row.text("Activity ID"))
    name = f"{source_name}#{identifier or f'line {row.line}'}"
    start_at, elapsed_s = activity_date(row.text("Activity Date")), _elapsed_s(row)
    if identifier is None:
        return RowRefused(name, "the row has no activity id")
    if start_at is None:
        return RowRefused(name, "the row's date is missing or in an unknown form")
    if elapsed_s is None:
        return RowRefused(name, "the row has neither an elapsed nor a moving time")
    if row.columns.by_place and row.positive("Elapsed Time") != row.positive("Elapsed Time", 2):
        return RowRefused(name, "the header is in an unknown language and the columns are not in Strava's order")
    sport_type = sports.from_word(row.text("Activity Type"))
    return RecordedActivity(
        kind="strava_csv",
        source_name=name,
        source_id=f"strava:{identifier}",
        start_at=start_at,
        sport_type=sport_type,
        name=row.text("Activity Name"),
        totals=_totals(row, elapsed_s),
        labels=_labels(row, sport_type),
        weather=weather_of(row, start_at, elapsed_s),
        partial=row.cut,
        reason="the row ends early" if row.cut else None,
    )


def _elapsed_s(row: Row) -> float | None:
    return row.within("Elapsed Time", 2, most=_LONGEST_S) or row.within("Moving Time", most=_LONGEST_S)


def _totals(row: Row, elapsed_s: float) -> DeviceTotals:
    """Totals in SI units; power that no meter measured is Strava's estimate, which has no weighted average."""
    weighted_w = row.within("Weighted Average Power", most=_MOST_W)
    average_w = row.within("Average Watts", most=_MOST_W)
    moving_s = row.within("Moving Time", most=elapsed_s)
    return DeviceTotals(
        distance_m=row.within("Distance", 2, most=_FARTHEST_M),
        elapsed_s=elapsed_s,
        timer_s=row.within("Timer Time", most=elapsed_s),
        moving_s=moving_s,
        ascent_m=row.number("Elevation Gain"),
        elev_high_m=row.number("Elevation High"),
        elev_low_m=row.number("Elevation Low"),
        average_heartrate_bpm=row.within("Average Heart Rate", most=_MOST_BPM),
        max_heartrate_bpm=row.within("Max Heart Rate", 2, most=_MOST_BPM)
        or row.within("Max Heart Rate", most=_MOST_BPM),
        average_speed_mps=row.positive("Average Speed"),
        max_speed_mps=row.positive("Max Speed"),
        average_cadence_spm=row.positive("Average Cadence"),
        average_temperature_c=row.number("Average Temperature"),
        average_power_w=average_w,
        calories_kcal=row.positive("Calories"),
        normalized_power_w=weighted_w,
        work_kj=_work_kj(row.positive("Total Work"), average_w, moving_s),
        power_measured=None if average_w is None and weighted_w is None else weighted_w is not None,
    )


def _work_kj(work: float | None, average_w: float | None, moving_s: float | None) -> float | None:
    """Kilojoules of `Total Work`, whose unit nobody documents: joules, if mean power agrees, or else kilojoules."""
    if work is None or average_w is None or moving_s is None:
        return None
    joules = average_w * moving_s
    for kilojoules in (work / _JOULES_PER_KJ, work):
        if joules / 2 <= kilojoules * _JOULES_PER_KJ <= 2 * joules:
            return kilojoules
    return None


def _labels(row: Row, sport_type: str | None) -> Labels:
    return Labels(
        description=row.text("Activity Description"),
        gear=row.text("Activity Gear"),
        gear_id=_gear_id(row),
        workout_type=_workout_type(row, sport_type),
        perceived_exertion=row.positive("Perceived Exertion"),
        trainer=sport_type in {"VirtualRide", "VirtualRun"},
        commute=row.flag("Commute") or row.flag("Commute", 2),
        manual=row.text("Filename") is None and row.number("From Upload") == 0,
        flagged=row.flag("Flagged"),
        suffer_score=row.positive("Relative Effort", 2) or row.positive("Relative Effort"),
    )


def _gear_id(row: Row) -> str | None:
    """The API's id of the gear: bikes and shoes are numbered apart, with a letter before the number."""
    for column, letter in (("Bike", "b"), ("Gear", "g")):
        number = whole_number(row.text(column))
        if number is not None:
            return letter + number
    return None


def _workout_type(row: Row, sport_type: str | None) -> int | None:
    """Strava's `workout_type` from the flags of newer exports; the undocumented `Type` column is not read."""
    on_foot = sports.may_be_same(sport_type, "Run")
    if row.flag("Competition"):
        return _RACE if on_foot else _RIDE_RACE
    return _LONG_RUN if on_foot and row.flag("Long Run") else None
