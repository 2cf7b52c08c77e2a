"""`activities.csv` of Strava's bulk export: one row per activity, totals only.

`Activity Date` is UTC without saying so. A heart rate of 0 or nothing is a missing one. Manual entries have no
upload behind them. The second `Distance` and `Elapsed Time` are metres and seconds; the first ones follow the
athlete's unit and locale and are not used. Weather units were inferred from two real exports.
"""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Final

from apis.activities import sports
from apis.activities.errors import FileRefused, FormatUnknown, NoActivityInside
from apis.activities.formats.export_columns import Position, column_positions
from apis.activities.models import Weather
from apis.activities.recordings import DeviceTotals, Labels, RecordedActivity

_MONTHS: Final[Mapping[str, int]] = {
    name: index + 1
    for index, name in enumerate(("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"))
}
_TIME = r"(?P<hour>\d{1,2}):(?P<minute>\d{2}):(?P<second>\d{2})(?:\s*(?P<half>[AaPp])\.?[Mm]\.?)?"
_DATES: Final = tuple(
    re.compile(date + r",?\s+" + _TIME)
    for date in (
        r"(?P<month>[A-Za-z]{3})[a-z]*\.?\s+(?P<day>\d{1,2}),\s+(?P<year>\d{4})",
        r"(?P<day>\d{1,2})\s+(?P<month>[A-Za-z]{3})[a-z]*\.?\s+(?P<year>\d{4})",
        r"(?P<day>\d{1,2})\.(?P<month>\d{1,2})\.(?P<year>\d{4})",
        r"(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})",
    )
)
_NOON = 12
_ID_LIMIT = 2**64
_DELIMITERS: Final = (",", ";", "\t")
_RACE, _LONG_RUN, _RIDE_RACE = 1, 2, 11  # Strava's workout_type


@dataclass(frozen=True, slots=True)
class RowRefused:
    """A row that could not become an activity, by the name its report item carries."""

    source_name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Row:
    """One line, read by column name and occurrence."""

    cells: Sequence[str]
    positions: Position

    def text(self, name: str, nth: int = 1) -> str | None:
        at = self.positions.get((name, nth))
        cell = self.cells[at].strip() if at is not None and at < len(self.cells) else ""
        return cell or None

    def number(self, name: str, nth: int = 1) -> float | None:
        return decimal_number(self.text(name, nth))

    def positive(self, name: str, nth: int = 1) -> float | None:
        """A number above 0: Strava writes 0 where it knows nothing."""
        value = self.number(name, nth)
        return value if value and value > 0 else None

    def flag(self, name: str, nth: int = 1) -> bool:
        return (self.text(name, nth) or "").casefold() in {"true", "1", "1.0"}


def looks_like_export(text: str) -> bool:
    """Says whether the first line is the header of an `activities.csv`."""
    return _positions(text) is not None


def read_export(content: bytes, *, source_name: str) -> list[RecordedActivity | RowRefused]:
    """Activities of an `activities.csv`, in row order, with the rows that could not be read in their places.

    Args:
        content: UTF-8, with or without a byte order mark.
        source_name: Name of the file; a row is called `NAME#ID`.

    Raises:
        FormatUnknown: The header is not one of an export.
        NoActivityInside: There is a header but no row.
        FileRefused: A cell has no end.
    """
    text = content.decode("utf-8-sig", errors="replace")
    found = _positions(text)
    if found is None:
        raise FormatUnknown
    delimiter, positions = found
    rows = [_read_row(Row(cells, positions), source_name, line) for line, cells in _lines(text, delimiter)]
    if not rows:
        raise NoActivityInside
    return rows


def _positions(text: str) -> tuple[str, Position] | None:
    header = text.partition("\n")[0].rstrip("\r")
    for delimiter in _DELIMITERS:
        try:
            names = next(csv.reader([header], delimiter=delimiter), [])
        except csv.Error:  # not a table at all
            return None
        positions = column_positions(names)
        if positions is not None:
            return delimiter, positions
    return None


def _lines(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    next(reader, None)
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield reader.line_num, cells
    except csv.Error as err:  # a cell without end: a quotation mark that is never closed
        raise FileRefused(f"the table breaks after line {reader.line_num}") from err


def _read_row(row: Row, source_name: str, line: int) -> RecordedActivity | RowRefused:
    identifier = whole_number(row.text("Activity ID"))
    name = f"{source_name}#{identifier or f'line {line}'}"
    start_at = activity_date(row.text("Activity Date"))
    if identifier is None:
        return RowRefused(name, "the row has no activity id")
    if start_at is None:
        return RowRefused(name, "the row's date is missing or in an unknown form")
    if row.positive("Elapsed Time", 2) is None and row.positive("Moving Time") is None:
        return RowRefused(name, "the row has neither an elapsed nor a moving time")
    sport_type = sports.from_word(row.text("Activity Type"))
    return RecordedActivity(
        kind="strava_csv",
        source_name=name,
        source_id=f"strava:{identifier}",
        start_at=start_at,
        sport_type=sport_type,
        name=row.text("Activity Name"),
        totals=_totals(row),
        labels=_labels(row, sport_type),
        weather=weather_of(row),
    )


def _totals(row: Row) -> DeviceTotals:
    return DeviceTotals(
        distance_m=row.positive("Distance", 2),
        elapsed_s=row.positive("Elapsed Time", 2) or row.positive("Moving Time"),
        timer_s=row.positive("Timer Time"),
        moving_s=row.positive("Moving Time"),
        ascent_m=row.number("Elevation Gain"),
        average_heartrate_bpm=row.positive("Average Heart Rate"),
        max_heartrate_bpm=row.positive("Max Heart Rate", 2) or row.positive("Max Heart Rate"),
        average_speed_mps=row.positive("Average Speed"),
        max_speed_mps=row.positive("Max Speed"),
        average_cadence_spm=row.positive("Average Cadence"),
        average_temperature_c=row.number("Average Temperature"),
        average_power_w=row.positive("Average Watts"),
        calories_kcal=row.positive("Calories"),
    )


def _labels(row: Row, sport_type: str | None) -> Labels:
    return Labels(
        description=row.text("Activity Description"),
        gear=row.text("Activity Gear"),
        workout_type=_workout_type(row, sport_type),
        perceived_exertion=row.positive("Perceived Exertion"),
        trainer=sport_type in {"VirtualRide", "VirtualRun"},
        commute=row.flag("Commute") or row.flag("Commute", 2),
        manual=row.text("Filename") is None and row.number("From Upload") == 0,
    )


def _workout_type(row: Row, sport_type: str | None) -> int | None:
    """Strava's `workout_type` from the flags of newer exports; the undocumented `Type` column is not read."""
    on_foot = sports.may_be_same(sport_type, "Run")
    if row.flag("Competition"):
        return _RACE if on_foot else _RIDE_RACE
    return _LONG_RUN if on_foot and row.flag("Long Run") else None


def weather_of(row: Row) -> Weather | None:
    """The row's weather, or `None` where the export filled none; an observation time alone is no weather."""
    observed_s, condition = row.positive("Weather Observation Time"), row.number("Weather Condition")
    values = {
        "temperature_c": row.number("Weather Temperature"),
        "apparent_temperature_c": row.number("Apparent Temperature"),
        "dew_point_c": row.number("Dewpoint"),
        "relative_humidity": row.number("Humidity"),
        "wind_speed_mps": row.number("Wind Speed"),
        "wind_gust_mps": row.number("Wind Gust"),
        "wind_bearing_deg": row.number("Wind Bearing"),
        "precipitation_mm_per_h": row.number("Precipitation Intensity"),
        "pressure_hpa": row.number("Weather Pressure"),
        "cloud_cover": row.number("Cloud Cover"),
        "uv_index": row.number("UV Index"),
        "visibility_m": row.number("Weather Visibility"),
    }
    if all(values[name] is None for name in ("temperature_c", "apparent_temperature_c", "precipitation_mm_per_h")):
        return None
    return Weather(
        condition_code=None if condition is None else int(condition),
        observed_at=datetime.fromtimestamp(observed_s, UTC) if observed_s else None,
        source="strava_export",
        **values,
    )


def decimal_number(text: str | None) -> float | None:
    """A number with a decimal point or comma; with both, the last one is the decimal mark."""
    if not text:
        return None
    compact = text.replace("\u00a0", "").replace("\u202f", "").replace(" ", "")
    if "," in compact:
        thousands, mark = (".", ",") if compact.rfind(",") > compact.rfind(".") else (",", ".")
        compact = compact.replace(thousands, "").replace(mark, ".")
    try:
        value = float(compact)
    except ValueError:
        return None
    return value if abs(value) < float("inf") else None


def whole_number(text: str | None) -> str | None:
    """An id as digits, also when a spreadsheet made `9.233e9` or `9233077380.0` of it."""
    try:
        value = Decimal(text or "")
    except InvalidOperation:
        return None
    if not (value.is_finite() and 0 < value < _ID_LIMIT and value == value.to_integral_value()):
        return None
    return str(int(value))


def activity_date(text: str | None) -> datetime | None:
    """`Activity Date` as an aware datetime: US, British, German or ISO form, always UTC."""
    plain = re.sub(r"[\s\u00a0\u202f]+", " ", text or "").strip()
    for form in _DATES:
        if match := form.fullmatch(plain):
            return _instant(match.groupdict())
    return None


def _instant(parts: Mapping[str, str | None]) -> datetime | None:
    month, hour = parts["month"] or "", int(parts["hour"] or 0)
    if parts["half"]:
        hour = hour % _NOON + (_NOON if parts["half"] in "Pp" else 0)
    try:
        return datetime(
            int(parts["year"] or 0),
            int(month) if month.isdigit() else _MONTHS.get(month.casefold(), 0),
            int(parts["day"] or 0),
            hour,
            int(parts["minute"] or 0),
            int(parts["second"] or 0),
            tzinfo=UTC,
        )
    except ValueError:
        return None
