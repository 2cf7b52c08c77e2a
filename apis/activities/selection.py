"""Which of an athlete's activities a question means, and in which order."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

from apis.activities import sports
from apis.activities.analytics.weather_bands import WeatherBands, parse_band_names
from apis.activities.analytics.windows import Window, resolve_window
from apis.activities.library import ActivityLibrary, Span
from apis.activities.models import UNKNOWN_SPORT, Activity, Weather
from apis.activities.stored import ActivityRow
from apis.serving.errors import FieldError, InvalidRequest
from apis.serving.store import Item

OrderBy = Literal["start_date", "distance", "moving_time", "average_speed"]
Order = Literal["asc", "desc"]
RACES: Final = frozenset({1, 11})  # workout_type of a run and of a ride
_ZONES_APART: Final = timedelta(hours=26)
_ANY_ZONE: Final = timedelta(days=1)  # local dates differ from UTC dates by less than this


@dataclass(frozen=True, slots=True)
class Selection:
    """Filters, already checked; all of them must hold."""

    sport_types: tuple[str, ...] = ()
    weather: tuple[str, ...] = ()
    text: str | None = None
    min_distance_m: float | None = None
    max_distance_m: float | None = None
    is_race: bool | None = None

    @classmethod
    def parse(
        cls,
        *,
        sport_types: Sequence[str] = (),
        weather: Sequence[str] = (),
        text: str | None = None,
        min_distance_m: float | None = None,
        max_distance_m: float | None = None,
        is_race: bool | None = None,
    ) -> "Selection":
        """Checks what a client asked for.

        Raises:
            InvalidRequest: A sport that does not exist.
            BandUnknown: A weather name that is no band.
        """
        return cls(
            tuple(dict.fromkeys(parse_sport_type(each) for each in sport_types)),
            parse_band_names(weather),
            text.strip().casefold() if text and text.strip() else None,
            min_distance_m,
            max_distance_m,
            is_race,
        )

    @property
    def looks_inside(self) -> bool:
        """Whether more than the sport must be known of an activity."""
        others = (self.text, self.min_distance_m, self.max_distance_m, self.is_race)
        return bool(self.weather) or any(each is not None for each in others)

    def matches(self, activity: Activity, bands: WeatherBands) -> bool:
        """Says whether an activity is meant."""
        return self.matches_row({"activity": activity.model_dump(mode="json")}, bands)

    def matches_row(self, document: Mapping[str, Any], bands: WeatherBands) -> bool:
        """Says whether the activity of a stored row is meant."""
        activity = document["activity"]
        return (
            (not self.sport_types or activity.get("sport_type", UNKNOWN_SPORT) in self.sport_types)
            and (not self.weather or bands.matches(_weather(activity), self.weather))
            and (self.text is None or self.text in _words(activity))
            and self._fits(activity.get("distance"))
            and (self.is_race is None or self.is_race is (activity.get("workout_type") in RACES))
        )

    def _fits(self, distance_m: float | None) -> bool:
        """An unknown distance fits no limit."""
        if self.min_distance_m is None and self.max_distance_m is None:
            return True
        low, high = self.min_distance_m or 0.0, self.max_distance_m
        return distance_m is not None and low <= distance_m and (high is None or distance_m <= high)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def parse_sport_type(text: str) -> str:
    """Strava's word for a sport, whatever its case.

    Raises:
        InvalidRequest: There is no such sport.
    """
    found = UNKNOWN_SPORT if text.casefold() == UNKNOWN_SPORT.casefold() else sports.from_word(text)
    if found is None:
        message = "is not one of Strava's sport types, such as Run, TrailRun, Ride, GravelRide, Walk, Hike, Swim"
        raise InvalidRequest(f"The sport type {message}.", errors=[FieldError("sport_type", message)])
    return found


def zone_of(library: ActivityLibrary) -> ZoneInfo:
    """The athlete's zone: of the profile, else of the latest activity, else UTC; never the server's."""
    stated = library.profile().timezone
    if stated:
        return ZoneInfo(stated)
    latest = library.latest()
    return ZoneInfo(latest.activity.timezone if latest else "UTC")


def window_of(library: ActivityLibrary, text: str, *, now: datetime) -> Window:
    """The local dates a window text means for this athlete.

    Raises:
        WindowUnreadable: Not in the grammar.
    """
    return resolve_window(text, now=now, zone=zone_of(library), earliest=_first_date(library))


def _first_date(library: ActivityLibrary) -> date | None:
    """The earliest local date: not always that of the earliest start, because zones are up to 26 hours apart."""
    first = library.earliest()
    if first is None:
        return None
    start = first.activity.start_date
    return min(local_date_of(row) for row in library.documents(Span(start, start + _ZONES_APART)))


def span_of(window: Window, *, history_days: int = 0) -> Span:
    """Starts among which all activities of a window are, and some beside it: local dates differ from UTC dates."""
    earliest = window.start - timedelta(days=history_days)
    return Span(
        datetime.combine(earliest, time(), UTC) - _ANY_ZONE,
        datetime.combine(window.end, time(), UTC) + _ANY_ZONE,
    )


def local_date_of(row: Item) -> date:
    """The local date on which the activity of a stored row began."""
    return date.fromisoformat(row.doc["activity"]["start_date_local"][:10])


def rows_in(library: ActivityLibrary, window: Window, *, history_days: int = 0) -> list[ActivityRow]:
    """Activities whose start's local date is in the window, or in the days of history before it."""
    earliest = window.start - timedelta(days=history_days)
    around = library.documents(span_of(window, history_days=history_days))
    return [ActivityRow.model_validate(row.doc) for row in around if earliest <= local_date_of(row) < window.end]


def _weather(activity: Mapping[str, Any]) -> Weather | None:
    found = activity.get("weather")
    return None if found is None else Weather.model_validate(found)


def _words(activity: Mapping[str, Any]) -> str:
    return f"{activity['name']}\n{activity.get('description') or ''}".casefold()
