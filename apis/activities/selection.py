"""Which of an athlete's activities a question means, and in which order."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

from apis.activities import sports
from apis.activities.analytics.weather_bands import WeatherBands, parse_band_names
from apis.activities.analytics.windows import Window, resolve_window
from apis.activities.library import ActivityLibrary, StoredActivity
from apis.activities.models import UNKNOWN_SPORT, Activity
from apis.serving.errors import FieldError, InvalidRequest

OrderBy = Literal["start_date", "distance", "moving_time", "average_speed"]
Order = Literal["asc", "desc"]
_ANY_ZONE: Final = timedelta(days=1)  # local dates differ from UTC dates by less than this


@dataclass(frozen=True, slots=True)
class Selection:
    """Filters, already checked; all of them must hold."""

    sport_types: tuple[str, ...] = ()
    weather: tuple[str, ...] = ()
    text: str | None = None

    @classmethod
    def parse(
        cls, *, sport_types: Sequence[str] = (), weather: Sequence[str] = (), text: str | None = None
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
        )

    def matches(self, activity: Activity, bands: WeatherBands) -> bool:
        """Says whether an activity is meant."""
        return (
            (not self.sport_types or activity.sport_type in self.sport_types)
            and bands.matches(activity.weather, self.weather)
            and (self.text is None or self.text in f"{activity.name}\n{activity.description or ''}".casefold())
        )

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
    first = library.earliest()
    earliest = first.activity.start_date_local.date() if first else None
    return resolve_window(text, now=now, zone=zone_of(library), earliest=earliest)


def stored_in(library: ActivityLibrary, window: Window, *, history_days: int = 0) -> list[StoredActivity]:
    """Activities whose start's local date is in the window, or in the days of history before it."""
    earliest = window.start - timedelta(days=history_days)
    around = library.activities(
        since=datetime.combine(earliest, time(), UTC) - _ANY_ZONE,
        until=datetime.combine(window.end, time(), UTC) + _ANY_ZONE,
    )
    return [each for each in around if earliest <= each.activity.start_date_local.date() < window.end]


def ordered(activities: Iterable[Activity], *, by: OrderBy, order: Order) -> list[Activity]:
    """Activities by one quantity, those without it last; the later start, then the id, decides between equals."""
    newest_first = sorted(activities, key=lambda each: (each.start_date, each.id), reverse=True)
    if by == "start_date":
        return newest_first if order == "desc" else newest_first[::-1]
    known = [each for each in newest_first if getattr(each, by) is not None]
    sign = -1 if order == "desc" else 1
    known.sort(key=lambda each: sign * getattr(each, by))
    return known + [each for each in newest_first if getattr(each, by) is None]
