"""What every operation of the activities API starts from: whose library it is, what time it is, how weather is told."""

import base64
import binascii
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, Final

from aws_lambda_powertools.event_handler import APIGatewayRestResolver
from aws_lambda_powertools.event_handler.openapi.params import Path, Query
from pydantic import WithJsonSchema

from apis.activities.analytics.athlete_settings import AthleteSettings, settings_on
from apis.activities.analytics.errors import AnalyticsError
from apis.activities.analytics.weather_bands import BAND_NAMES, WeatherBands
from apis.activities.ingest import Ahead, nothing_ahead
from apis.activities.layout import ensure_layout
from apis.activities.library import ActivityLibrary
from apis.activities.local_time import known_zone
from apis.activities.selection import zone_of
from apis.activities.sports import SportType
from apis.serving.caller import Caller
from apis.serving.cursor import LONGEST_CURSOR, CursorSeal
from apis.serving.errors import FieldError, InvalidRequest
from apis.serving.resolver import caller_of
from apis.serving.store import Store

_WINDOW_CHARS: Final = 40
ID_CHARS: Final = 128
ActivityIdText = Annotated[str, Path(min_length=1, max_length=ID_CHARS)]
_YEAR: Final = r"(19[7-9]\d|2[01]\d\d)"
_MONTH: Final = rf"{_YEAR}-(0[1-9]|1[0-2])"
_DAY: Final = rf"{_MONTH}-(0[1-9]|[12]\d|3[01])"
_WINDOW: Final = (
    rf"^(all|today|yesterday|this_(week|month|year)|last_(week|month|year)|last_[1-9]\d{{0,2}}_(days|weeks|months)"
    rf"|{_YEAR}|{_MONTH}|{_DAY}|{_DAY}/{_DAY})$"
)
# What the document says is what clients should send; the handlers read more, and explain what they cannot read.
WindowText = Annotated[
    Annotated[str, WithJsonSchema({"type": "string", "pattern": _WINDOW})],
    Query(min_length=1, max_length=_WINDOW_CHARS, description="local dates, such as last_30_days or 2026-05"),
]
SportTypes = Annotated[list[SportType] | None, Query(max_length=50, description="Strava sport types; any of them")]
WeatherName = Annotated[str, WithJsonSchema({"type": "string", "enum": list(BAND_NAMES)})]
WeatherNames = Annotated[list[WeatherName] | None, Query(max_length=9, description="weather bands; all must hold")]
CursorText = Annotated[
    Annotated[str, WithJsonSchema({"type": "string", "pattern": "^[A-Za-z0-9_-]+$", "maxLength": LONGEST_CURSOR})]
    | None,
    Query(max_length=LONGEST_CURSOR, description="next_cursor of the page before, with the same other parameters"),
]
Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Desk:
    """The collaborators of the operations.

    Attributes:
        app: The resolver; the current request is its.
        store: Where the activities are.
        seal: Seals the cursors of lists.
        clock: The present instant, aware; windows such as `last_30_days` depend on it.
        bands: What weather words mean.
        ahead: Gives files that were read before the handler was called.
    """

    app: APIGatewayRestResolver
    store: Store
    seal: CursorSeal
    clock: Clock
    bands: WeatherBands = field(default_factory=WeatherBands)
    ahead: Ahead = nothing_ahead

    def caller(self) -> Caller:
        return caller_of(self.app)

    def library(self) -> ActivityLibrary:
        """The caller's activities."""
        return ensure_layout(ActivityLibrary(self.store, self.caller().partition))

    def settings(self, library: ActivityLibrary) -> AthleteSettings:
        """The athlete's own numbers that analyses use today, each with its origin."""
        today = self.clock().astimezone(zone_of(library)).date()
        return settings_on(library.profile(), library.device(), today)

    def body(self) -> bytes:
        """The request body as bytes. API Gateway hands over text, or base64 for binary content.

        Raises:
            InvalidRequest: The base64 is broken.
        """
        return body_bytes(self.app.current_event.raw_event)


def body_bytes(event: Mapping[str, Any]) -> bytes:
    """The body of an event; see `Desk.body`."""
    body = event.get("body") or ""
    if not event.get("isBase64Encoded"):
        return str(body).encode()
    try:
        return base64.b64decode(body, validate=True)
    except binascii.Error as err:
        raise InvalidRequest("The body is not what its encoding says.") from err


def links_to_activity(where: str) -> dict[str, Any]:
    """OpenAPI links to what can be asked of an activity, whose id stands there in the response."""
    asked = {"get_activity": "get", "get_streams": "streams_get"}
    return {
        name: {"operationId": f"{name}_activities__activity_id__{rest}", "parameters": {"activity_id": where}}
        for name, rest in asked.items()
    }


def check_zone(field_name: str, name: str | None) -> None:
    """Refuses a zone that is none.

    Raises:
        InvalidRequest: Naming the field.
    """
    if name is not None and not known_zone(name):
        message = "is not an IANA zone, such as Europe/Berlin"
        raise InvalidRequest(f"{field_name} {message}.", errors=[FieldError(field_name, message)])


@contextmanager
def refusing_unreadable() -> Iterator[None]:
    """What the analytics cannot read is the client's to correct; their texts name what is allowed."""
    try:
        yield
    except AnalyticsError as err:
        raise InvalidRequest(str(err)) from err
