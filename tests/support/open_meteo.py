"""Open-Meteo on the wire, as its source and documents describe it, with made-up weather and named ways to fail.

It checks what it is asked as strictly as the service does, and answers in the units it was asked for: km/h and ISO
times unless the question says otherwise. It was written from the service's source and documents, and never compared
with the running service.
"""

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

import httpx
from starlette.types import Receive, Scope, Send

HOUR_S = 3600
KNOWN = (
    "temperature_2m", "apparent_temperature", "dew_point_2m", "relative_humidity_2m", "wind_speed_10m",
    "wind_gusts_10m", "wind_direction_10m", "precipitation", "pressure_msl", "cloud_cover", "weather_code", "is_day",
)  # fmt: skip
EARLIEST = date(1940, 1, 1)
PARAMETERS = frozenset(
    {
        "latitude", "longitude", "start_date", "end_date", "hourly", "timezone", "timeformat", "temperature_unit",
        "wind_speed_unit", "precipitation_unit",
    }
)  # fmt: skip
MPS_IN_KMH = 3.6


def temperature_c(epoch_s: int) -> float:
    """8 °C at midnight (UTC), half a degree more every hour."""
    return 8.0 + 0.5 * (epoch_s // HOUR_S % 24)


@dataclass
class FakeOpenMeteo:
    """ASGI application with `/v1/archive` and `/v1/forecast`.

    Knobs:
        today: Of the service.
        down: The connection is refused (over `ASGITransport`; as a server it answers 500).
        delay_s: Before an answer.
        status: Answers this status with a text that nobody may see.
        retry_after: Header of a forced status.
        redirect_to: Answers 302 to this URL.
        body: Answers 200 with these bytes.
        endless: Answers 200 and never stops sending.
        compressed: Says that its answer is compressed.
        nulls_from: Hours from this instant on have no values.
        without_hour: This hour has no value.
        changes: Applied to every answer before it is sent.
        refused_latitude: Questions about it get a 500, whatever else is asked.
        questions: Everything that was asked: path and query.
        headers: Of every request.
    """

    today: date = date(2026, 5, 20)
    down: bool = False
    delay_s: float = 0.0
    status: int | None = None
    retry_after: str | None = None
    redirect_to: str | None = None
    body: bytes | None = None
    endless: bool = False
    compressed: bool = False
    nulls_from: datetime | None = None
    without_hour: datetime | None = None
    changes: Callable[[dict[str, Any]], None] | None = None
    refused_latitude: str | None = None
    questions: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        query = dict(parse_qsl(scope["query_string"].decode(), keep_blank_values=True))
        self.questions.append((scope["path"], query))
        self.headers.append({name.decode(): value.decode() for name, value in scope["headers"]})
        if self.down:
            raise httpx.ConnectError("refused")
        await asyncio.sleep(self.delay_s)
        if self.endless:
            await _send_for_ever(send)
            return
        status, document = self._forced() or self._answer(scope["path"], query)
        headers = [(b"content-type", b"application/json; charset=utf-8")]
        headers += [(b"retry-after", self.retry_after.encode())] if self.retry_after else []
        headers += [(b"location", self.redirect_to.encode())] if self.redirect_to else []
        headers += [(b"content-encoding", b"gzip")] if self.compressed else []
        await send({"type": "http.response.start", "status": status, "headers": headers})
        body = self.body if self.body is not None else json.dumps(document, ensure_ascii=False).encode()
        await send({"type": "http.response.body", "body": body})

    def _forced(self) -> tuple[int, dict[str, Any]] | None:
        if self.redirect_to:
            return 302, {}
        return (self.status, {"error": True, "reason": "SECRET-UPSTREAM-TEXT"}) if self.status else None

    def _answer(self, path: str, query: Mapping[str, str]) -> tuple[int, dict[str, Any]]:
        if query.get("latitude") == self.refused_latitude is not None:
            return 500, {"error": True, "reason": "Something went wrong."}
        refusal = self._refusal(path, query)
        if refusal is not None:
            return 400, {"error": True, "reason": refusal}
        document = self._document(query)
        if self.changes is not None:
            self.changes(document)
        return 200, document

    def _refusal(self, path: str, query: Mapping[str, str]) -> str | None:
        ranges = {
            "/v1/archive": (EARLIEST, self.today),
            "/v1/forecast": (self.today - timedelta(days=92), self.today + timedelta(days=16)),
        }
        if path not in ranges or not set(query) <= PARAMETERS:
            return "Not Found"
        unknown = [name for name in query["hourly"].split(",") if name not in KNOWN]
        if unknown:
            return f"Data corrupted at path ''. Cannot initialize from invalid String value {unknown[0]}."
        if not (-90 <= float(query["latitude"]) <= 90 and -180 <= float(query["longitude"]) <= 180):
            return "Latitude must be in range of -90 to 90°."
        earliest, latest = ranges[path]
        for name in ("start_date", "end_date"):
            if not earliest <= date.fromisoformat(query[name]) <= latest:
                return f"Parameter '{name}' is out of allowed range from {earliest} to {latest}"
        return (
            "End-date must be larger or equals than starting date." if query["end_date"] < query["start_date"] else None
        )

    def _document(self, query: Mapping[str, str]) -> dict[str, Any]:
        first, last = (date.fromisoformat(query[name]) for name in ("start_date", "end_date"))
        start_s = int(datetime(first.year, first.month, first.day, tzinfo=UTC).timestamp())
        times = [start_s + HOUR_S * index for index in range(24 * ((last - first).days + 1))]
        unix, in_mps = query.get("timeformat") == "unixtime", query.get("wind_speed_unit") == "ms"
        names = query["hourly"].split(",")
        units = {**_units(in_mps=in_mps), "time": "unixtime" if unix else "iso8601"}
        return {
            "latitude": round(float(query["latitude"]) + 0.02, 6),
            "longitude": round(float(query["longitude"]) - 0.01, 6),
            "generationtime_ms": 0.1,
            "utc_offset_seconds": 0,
            "timezone": "GMT",
            "timezone_abbreviation": "GMT",
            "elevation": 38.0,
            "hourly_units": {name: units[name] for name in ("time", *names)},
            "hourly": {
                "time": times if unix else [datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M") for at in times],
                **{name: [self._value(name, at, in_mps=in_mps) for at in times] for name in names},
            },
        }

    def _value(self, name: str, at: int, *, in_mps: bool) -> float | None:
        instant = datetime.fromtimestamp(at, UTC)
        if instant == self.without_hour or (self.nulls_from is not None and instant >= self.nulls_from):
            return None
        hour, speed = at // HOUR_S % 24, 1.0 if in_mps else MPS_IN_KMH
        values = {
            "temperature_2m": temperature_c(at),
            "apparent_temperature": temperature_c(at) - 2.0,
            "dew_point_2m": 5.0,
            "relative_humidity_2m": 60 + 4 * (hour % 2),
            "wind_speed_10m": speed * (3.0 + 0.1 * hour),
            "wind_gusts_10m": speed * (6.0 + 0.1 * hour),
            "wind_direction_10m": (350 + 10 * hour) % 360,
            "precipitation": 0.2 * (hour % 4),
            "pressure_msl": 1010.0 + 0.1 * hour,
            "cloud_cover": 40,
            "weather_code": 61 if hour % 4 else 3,
            "is_day": int(5 <= hour < 19),
        }
        return values[name]


def _units(*, in_mps: bool) -> dict[str, str]:
    wind = "m/s" if in_mps else "km/h"
    return {
        "temperature_2m": "°C",
        "apparent_temperature": "°C",
        "dew_point_2m": "°C",
        "relative_humidity_2m": "%",
        "wind_speed_10m": wind,
        "wind_gusts_10m": wind,
        "wind_direction_10m": "°",
        "precipitation": "mm",
        "pressure_msl": "hPa",
        "cloud_cover": "%",
        "weather_code": "wmo code",
        "is_day": "",
    }


async def _send_for_ever(send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
    while True:
        await send({"type": "http.response.body", "body": b"x" * 65_536, "more_body": True})
        await asyncio.sleep(0)
