"""Every operation of the four APIs, asked well and badly.

``python -m tests.support.replayed_requests`` writes the fixture files.
The order matters: later requests see what earlier ones have done.
"""

import hashlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.support.rest_event import BINARY, Recorded

FOLDER = Path(__file__).parents[1] / "fixtures" / "rest_events"
BYTES = ("content-type", BINARY)
JSON = ("Content-Type", "application/json")
NOT_UTF_8 = b'{"name": "\xff"}'
LONG = "x" * 200
ACTIVITY = {"activity_id": "{ACTIVITY}"}
UNKNOWN = {"activity_id": "20260101T000000Z-nothing"}


def run_file(day: int) -> bytes:
    """Twenty minutes of a run in Berlin with a heart rate, as GPX."""
    begin = datetime(2026, 5, day, 7, 30, tzinfo=UTC)
    points = "".join(
        f'<trkpt lat="{52.5 + n * 0.00108:.5f}" lon="13.4"><ele>{34 + n % 7}</ele>'
        f"<time>{begin + timedelta(seconds=40 * n):%Y-%m-%dT%H:%M:%SZ}</time>"
        '<extensions><g:TrackPointExtension xmlns:g="http://www.garmin.com/xmlschemas/TrackPointExtension/v1">'
        f"<g:hr>{140 + n % 9}</g:hr></g:TrackPointExtension></extensions></trkpt>"
        for n in range(30)
    )
    return (
        '<?xml version="1.0"?><gpx version="1.1" creator="tests" xmlns="http://www.topografix.com/GPX/1/1">'
        f"<trk><name>Lauf {day}</name><type>running</type><trkseg>{points}</trkseg></trk></gpx>"
    ).encode()


def as_json(**members: Any) -> bytes:
    return json.dumps(members).encode()


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


_UPLOAD = "POST /uploads"
_RUN = ("file_name", "run.gpx")
ACTIVITIES = (
    Recorded("nothing is there", "GET /activities", 200),
    Recorded("a file", _UPLOAD, 200, query=[_RUN], headers=[BYTES, ("idempotency-key", "k1")], body=run_file(4),
             keeps={"ACTIVITY": "items/0/activity_id"}),
    Recorded("the same again with its key", _UPLOAD, 200, query=[_RUN], headers=[BYTES, ("idempotency-key", "k1")],
             body=run_file(4)),
    Recorded("another file with that key", _UPLOAD, 409, query=[_RUN], headers=[BYTES, ("idempotency-key", "k1")],
             body=run_file(5)),
    Recorded("the same file without a key", _UPLOAD, 200, query=[_RUN], headers=[BYTES], body=run_file(4)),
    Recorded("a file sent as text", _UPLOAD, 200, query=[("file_name", "läuft & läuft.gpx")],
             headers=[("Content-Type", "application/gpx+xml")], body=run_file(6),
             keeps={"OTHER": "items/0/activity_id"}),
    Recorded("a rehearsal", _UPLOAD, 200, query=[_RUN, ("dry_run", "true")], headers=[BYTES], body=run_file(7)),
    Recorded("bytes that are no activity", _UPLOAD, 200, query=[("file_name", "a.fit")], headers=[BYTES],
             body=b"\x00\xff\xfe"),
    Recorded("a file without a name", _UPLOAD, 422, headers=[BYTES], body=b"x"),
    Recorded("nothing as a file", _UPLOAD, 200, query=[_RUN], headers=[BYTES]),
    Recorded("a zone that does not exist", _UPLOAD, 400, query=[_RUN, ("home_timezone", "Nowhere/Town")],
             headers=[BYTES], body=b"x"),
    Recorded("a key that is too long", _UPLOAD, 422, query=[_RUN], headers=[BYTES, ("Idempotency-Key", LONG * 2)],
             body=b"x"),
    Recorded("files that are known and one that is not", "GET /uploads", 200,
             query=[("sha256", digest(run_file(4))), ("sha256", digest(run_file(6))), ("sha256", "0" * 64)]),
    Recorded("no digest", "GET /uploads", 422),
    Recorded("a digest of other letters", "GET /uploads", 422, query=[("sha256", "X" * 64)]),
    Recorded("all activities", "GET /activities", 200),
    Recorded("sports named twice", "GET /activities", 200, query=[("sport_type", "Run"), ("sport_type", "GravelRide")]),
    Recorded("a window in the list", "GET /activities", 200, query=[("window", "2026-05"), ("order", "asc")]),
    Recorded("a single parameter sent twice", "GET /activities", 422, query=[("limit", "1"), ("limit", "50")]),
    Recorded("the first page", "GET /activities", 200, query=[("limit", "1")], keeps={"CURSOR": "next_cursor"}),
    Recorded("the second page", "GET /activities", 200, query=[("limit", "1"), ("cursor", "{CURSOR}")]),
    Recorded("a cursor of other filters", "GET /activities", 400, query=[("cursor", "{CURSOR}"), ("text", "Lauf")]),
    Recorded("a cursor of somebody else", "GET /activities", 400, query=[("limit", "1"), ("cursor", "{CURSOR}")],
             caller="jonas"),
    Recorded("garbage as a cursor", "GET /activities", 400, query=[("cursor", "%00+/ä")]),
    Recorded("a limit of nothing", "GET /activities", 422, query=[("limit", "0")]),
    Recorded("an empty limit", "GET /activities", 422, query=[("limit", "")]),
    Recorded("a window that is none", "GET /activities", 400, query=[("window", "never")]),
    Recorded("an order that is none", "GET /activities", 422, query=[("order_by", "colour")]),
    Recorded("a slash at the end", "GET /activities", 200, trailing="/"),
    Recorded("one activity", "GET /activities/{activity_id}", 200, ACTIVITY, keeps={"ETAG": "header:etag"}),
    Recorded("one activity with a slash at the end", "GET /activities/{activity_id}", 200, ACTIVITY, trailing="/"),
    Recorded("an activity that does not exist", "GET /activities/{activity_id}", 404, UNKNOWN),
    Recorded("an activity of somebody else", "GET /activities/{activity_id}", 404, ACTIVITY, caller="jonas"),
    Recorded("an id with a space and an umlaut", "GET /activities/{activity_id}", 404, {"activity_id": "Müggel see"}),
    Recorded("an id of 60 umlauts", "GET /activities/{activity_id}", 404, {"activity_id": "ä" * 60}),
    Recorded("an id that is too long", "GET /activities/{activity_id}", 422, {"activity_id": LONG}),
    Recorded("a change", "PATCH /activities/{activity_id}", 200, ACTIVITY, headers=[JSON, ("If-Match", "{ETAG}")],
             body=as_json(name="Käse & Lauf"), keeps={"ETAG2": "header:etag"}),
    Recorded("a change of what was seen before", "PATCH /activities/{activity_id}", 412, ACTIVITY,
             headers=[JSON, ("If-Match", "{ETAG}")], body=as_json(name="Again")),
    Recorded("a change of nothing seen", "PATCH /activities/{activity_id}", 428, ACTIVITY, headers=[JSON],
             body=as_json(name="Again")),
    Recorded("a change whose body comes encoded", "PATCH /activities/{activity_id}", 200, ACTIVITY,
             headers=[("content-type", "application/json; charset=utf-8"), ("if-match", "*")],
             body=as_json(perceived_exertion=4), encoded=True),
    Recorded("a change of a field that does not exist", "PATCH /activities/{activity_id}", 422, ACTIVITY,
             headers=[JSON, ("If-Match", "*")], body=as_json(canary="c-1")),
    Recorded("a change of another type", "PATCH /activities/{activity_id}", 422, ACTIVITY,
             headers=[JSON, ("If-Match", "*")], body=as_json(perceived_exertion="very")),
    Recorded("a change that is not UTF-8", "PATCH /activities/{activity_id}", 400, ACTIVITY,
             headers=[JSON, ("If-Match", "*")], body=NOT_UTF_8, encoded=True),
    Recorded("a change that is no JSON", "PATCH /activities/{activity_id}", 422, ACTIVITY,
             headers=[JSON, ("If-Match", "*")], body=b"{"),
    Recorded("a change that is a list", "PATCH /activities/{activity_id}", 422, ACTIVITY,
             headers=[JSON, ("If-Match", "*")], body=b"[]"),
    Recorded("a change without a body", "PATCH /activities/{activity_id}", 422, ACTIVITY,
             headers=[JSON, ("If-Match", "*")]),
    Recorded("a change that is a form", "PATCH /activities/{activity_id}", 415, ACTIVITY,
             headers=[("Content-Type", "application/x-www-form-urlencoded"), ("If-Match", "*")], body=b"name=Again"),
    Recorded("a change of somebody else's", "PATCH /activities/{activity_id}", 404, ACTIVITY,
             headers=[JSON, ("If-Match", "*")], body=as_json(name="Mine"), caller="jonas"),
    Recorded("samples", "GET /activities/{activity_id}/streams", 200, ACTIVITY,
             query=[("keys", "heartrate"), ("keys", "distance"), ("resolution", "low")]),
    Recorded("samples of nothing", "GET /activities/{activity_id}/streams", 422, ACTIVITY),
    Recorded("samples of an unknown kind", "GET /activities/{activity_id}/streams", 422, ACTIVITY,
             query=[("keys", "mood")]),
    Recorded("samples of an activity that does not exist", "GET /activities/{activity_id}/streams", 404, UNKNOWN,
             query=[("keys", "heartrate")]),
    Recorded("zones", "GET /activities/{activity_id}/zones", 200, ACTIVITY),
    Recorded("zones of somebody else's", "GET /activities/{activity_id}/zones", 404, ACTIVITY, caller="jonas"),
    Recorded("a profile of nobody", "GET /athlete", 200),
    Recorded("a profile", "PATCH /athlete", 200, headers=[JSON],
             body=as_json(name="Maya", timezone="Europe/Berlin", max_heartrate_bpm=188, resting_heartrate_bpm=48)),
    Recorded("a profile that contradicts itself", "PATCH /athlete", 400, headers=[JSON],
             body=as_json(resting_heartrate_bpm=60, max_heartrate_bpm=110, lthr_bpm=120)),
    Recorded("a profile in a zone that does not exist", "PATCH /athlete", 400, headers=[JSON],
             body=as_json(timezone="Nowhere/Town")),
    Recorded("a profile of another type", "PATCH /athlete", 422, headers=[JSON], body=as_json(ftp_w="strong")),
    Recorded("the profile", "GET /athlete", 200),
    Recorded("the profile of somebody else", "GET /athlete", 200, caller="jonas"),
    Recorded("the athlete's zones", "GET /athlete/zones", 200),
    Recorded("zones of somebody without a profile", "GET /athlete/zones", 200, caller="jonas"),
    Recorded("best efforts", "GET /best-efforts", 200, query=[("window", "2026")]),
    Recorded("best efforts of a window that is none", "GET /best-efforts", 400, query=[("window", "2026-13")]),
    Recorded("a comparison", "GET /comparison", 200, query=[("activity_id", "{ACTIVITY}"), ("activity_id", "{OTHER}")]),
    Recorded("a comparison with what does not exist", "GET /comparison", 404,
             query=[("activity_id", "{ACTIVITY}"), ("activity_id", "nothing")]),
    Recorded("a comparison of one", "GET /comparison", 422, query=[("activity_id", "{ACTIVITY}")]),
    Recorded("gear", "GET /gear", 200),
    Recorded("gear of somebody without activities", "GET /gear", 200, caller="jonas"),
    Recorded("a trend", "GET /heart-rate-trend", 200, query=[("window", "2026-05"), ("history_days", "90")]),
    Recorded("a trend of a weather that is none", "GET /heart-rate-trend", 400, query=[("condition", "sunny side")]),
    Recorded("a trend of a day too many", "GET /heart-rate-trend", 422, query=[("history_days", "1000000")]),
    Recorded("a summary", "GET /summary", 200, query=[("window", "2026-05"), ("group_by", "week")]),
    Recorded("a summary by colour", "GET /summary", 422, query=[("group_by", "colour")]),
    Recorded("training load", "GET /training-load", 200, query=[("window", "2026-05")]),
    Recorded("training load of a window that is none", "GET /training-load", 400, query=[("window", "soon")]),
    Recorded("a deletion of somebody else's", "DELETE /activities/{activity_id}", 404, ACTIVITY, caller="jonas"),
    Recorded("a deletion of what was seen before", "DELETE /activities/{activity_id}", 412, ACTIVITY,
             headers=[("If-Match", "{ETAG}")]),
    Recorded("a deletion", "DELETE /activities/{activity_id}", 204, ACTIVITY),
    Recorded("a deletion again", "DELETE /activities/{activity_id}", 404, ACTIVITY),
)  # fmt: skip

ROUTES = (
    Recorded("all routes", "GET /routes", 200, keeps={"ROUTE": "routes/0/id"}),
    Recorded("routes near a place", "GET /routes", 200, query=[("near", "Berlin"), ("sport", "Run")]),
    Recorded("routes near a point", "GET /routes", 200, query=[("near", "52.5,13.4"), ("max_distance_m", "20000")]),
    Recorded("the first page", "GET /routes", 200, query=[("limit", "1")], keeps={"CURSOR": "next_cursor"}),
    Recorded("the second page", "GET /routes", 200, query=[("limit", "1"), ("cursor", "{CURSOR}")]),
    Recorded("a cursor of other filters", "GET /routes", 400, query=[("cursor", "{CURSOR}"), ("sport", "Run")]),
    Recorded("garbage as a cursor", "GET /routes", 400, query=[("cursor", "~~~")]),
    Recorded("a surface that is none", "GET /routes", 422, query=[("surface", "lava")]),
    Recorded("a negative length", "GET /routes", 422, query=[("min_distance_m", "-1")]),
    Recorded("a place that nobody knows", "GET /routes", 400, query=[("near", "Ödnis am See")]),
    Recorded("a single parameter sent twice", "GET /routes", 422, query=[("limit", "1"), ("limit", "2")]),
    Recorded("a slash at the end", "GET /routes", 200, query=[("limit", "1")], trailing="/"),
    Recorded("one route", "GET /routes/{route_id}", 200, {"route_id": "{ROUTE}"}),
    Recorded("a route that does not exist", "GET /routes/{route_id}", 404, {"route_id": "nowhere at all"}),
)

_MINE, _THEIRS = {"activity_id": "maya-03"}, {"activity_id": "jonas-03"}
_KUDOS, _COMMENT = "POST /activities/{activity_id}/kudos", "POST /activities/{activity_id}/comments"
SOCIALS = (
    Recorded("clubs", "GET /clubs", 200),
    Recorded("clubs of nobody's", "GET /clubs", 200, caller="stranger"),
    Recorded("the feed", "GET /feed", 200, query=[("limit", "3")]),
    Recorded("a feed of too many", "GET /feed", 422, query=[("limit", "51")]),
    Recorded("reactions to the own", "GET /activities/{activity_id}/social", 200, _MINE),
    Recorded("reactions to a club mate's", "GET /activities/{activity_id}/social", 200, _THEIRS),
    Recorded("reactions to what is not shared", "GET /activities/{activity_id}/social", 404, _MINE, caller="stranger"),
    Recorded("reactions to nothing", "GET /activities/{activity_id}/social", 404, {"activity_id": "nö"}),
    Recorded("kudos as a rehearsal", _KUDOS, 200, _THEIRS, query=[("dry_run", "true")]),
    Recorded("kudos", _KUDOS, 200, _THEIRS, headers=[("Idempotency-Key", "k1")]),
    Recorded("kudos again", _KUDOS, 200, _THEIRS, headers=[("Idempotency-Key", "k1")]),
    Recorded("kudos for another with that key", _KUDOS, 409, {"activity_id": "jonas-04"},
             headers=[("Idempotency-Key", "k1")]),
    Recorded("kudos of a stranger", _KUDOS, 404, _THEIRS, caller="stranger"),
    Recorded("kudos that may be a rehearsal", _KUDOS, 422, _THEIRS, query=[("dry_run", "perhaps")]),
    Recorded("a comment as a rehearsal", _COMMENT, 200, _THEIRS, query=[("dry_run", "true")], headers=[JSON],
             body=as_json(text="Schön!")),
    Recorded("a comment", _COMMENT, 201, _THEIRS, headers=[JSON, ("idempotency-key", "k2")],
             body=as_json(text="Schön!"), keeps={"COMMENT": "id"}),
    Recorded("the comment again", _COMMENT, 201, _THEIRS, headers=[JSON, ("idempotency-key", "k2")],
             body=as_json(text="Schön!")),
    Recorded("another comment with that key", _COMMENT, 409, _THEIRS, headers=[JSON, ("idempotency-key", "k2")],
             body=as_json(text="Other")),
    Recorded("a comment in an encoded body", _COMMENT, 201, _THEIRS, headers=[JSON], body=as_json(text="ü"),
             encoded=True),
    Recorded("a comment of nothing", _COMMENT, 422, _THEIRS, headers=[JSON], body=as_json(text=" ")),
    Recorded("a comment without its text", _COMMENT, 422, _THEIRS, headers=[JSON], body=as_json(comment="x")),
    Recorded("a comment that is no JSON", _COMMENT, 422, _THEIRS, headers=[JSON], body=b'{"text": '),
    Recorded("a comment that is not UTF-8", _COMMENT, 400, _THEIRS, headers=[JSON], body=b'{"text": "\xff"}',
             encoded=True),
    Recorded("a comment as plain text", _COMMENT, 415, _THEIRS, headers=[("Content-Type", "text/plain")], body=b"Hi"),
    Recorded("a comment of a stranger", _COMMENT, 404, _THEIRS, headers=[JSON], body=as_json(text="Hi"),
             caller="stranger"),
    Recorded("reactions afterwards", "GET /activities/{activity_id}/social", 200, _THEIRS, trailing="/"),
)  # fmt: skip

_TICKET = {"subject": "Uhr lädt nicht", "description": "Seit Montag."}
SUPPORT = (
    Recorded("help", "GET /help", 200, query=[("query", "watch does not sync"), ("limit", "2")], caller=None),
    Recorded("help about nothing", "GET /help", 422, caller=None),
    Recorded("help of too much", "GET /help", 422, query=[("query", "a"), ("limit", "21")], caller=None),
    Recorded("no tickets", "GET /tickets", 200),
    Recorded("a ticket as a rehearsal", "POST /tickets", 200, query=[("dry_run", "true")], headers=[JSON],
             body=as_json(**_TICKET)),
    Recorded("a ticket", "POST /tickets", 201, headers=[JSON, ("Idempotency-Key", "k1")], body=as_json(**_TICKET),
             keeps={"TICKET": "id"}),
    Recorded("the ticket again", "POST /tickets", 201, headers=[JSON, ("Idempotency-Key", "k1")],
             body=as_json(**_TICKET)),
    Recorded("another ticket with that key", "POST /tickets", 409, headers=[JSON, ("Idempotency-Key", "k1")],
             body=as_json(**_TICKET, type="problem")),
    Recorded("a second ticket", "POST /tickets", 201, headers=[JSON], body=as_json(**_TICKET, priority="high"),
             keeps={"SECOND": "id"}),
    Recorded("a ticket without a subject", "POST /tickets", 422, headers=[JSON], body=as_json(description="Again")),
    Recorded("a ticket of an unknown field", "POST /tickets", 422, headers=[JSON], body=as_json(**_TICKET, canary="c")),
    Recorded("a ticket that is no JSON", "POST /tickets", 422, headers=[JSON], body=b"nothing"),
    Recorded("a ticket that is not UTF-8", "POST /tickets", 400, headers=[JSON], body=b"\xff\xfe", encoded=True),
    Recorded("a ticket as a form", "POST /tickets", 415, headers=[("content-type", "multipart/form-data")], body=b"x"),
    Recorded("tickets", "GET /tickets", 200),
    Recorded("new tickets", "GET /tickets", 200, query=[("status", "new")]),
    Recorded("tickets of a status that is none", "GET /tickets", 422, query=[("status", "lost")]),
    Recorded("the first page", "GET /tickets", 200, query=[("limit", "1")], keeps={"CURSOR": "next_cursor"}),
    Recorded("the second page", "GET /tickets", 200, query=[("limit", "1"), ("cursor", "{CURSOR}")]),
    Recorded("a cursor of somebody else", "GET /tickets", 400, query=[("limit", "1"), ("cursor", "{CURSOR}")],
             caller="jonas"),
    Recorded("garbage as a cursor", "GET /tickets", 400, query=[("cursor", "AAAA")]),
    Recorded("one ticket", "GET /tickets/{ticket_id}", 200, {"ticket_id": "{TICKET}"}),
    Recorded("a ticket of somebody else", "GET /tickets/{ticket_id}", 404, {"ticket_id": "{TICKET}"}, caller="jonas"),
    Recorded("a ticket that does not exist", "GET /tickets/{ticket_id}", 404, {"ticket_id": "T0"}),
    Recorded("an id that is too long", "GET /tickets/{ticket_id}", 422, {"ticket_id": LONG}),
    Recorded("a slash at the end", "GET /tickets/{ticket_id}", 200, {"ticket_id": "{TICKET}"}, trailing="/"),
)  # fmt: skip
REQUESTS = {"activities": ACTIVITIES, "routes": ROUTES, "socials": SOCIALS, "support": SUPPORT}


def text(team: str) -> str:
    """The fixture file of one API, one event a line."""
    lines = (json.dumps(each.document(team), ensure_ascii=True, sort_keys=True) for each in REQUESTS[team])
    return "[\n" + ",\n".join(lines) + "\n]\n"


def main() -> None:
    for team in REQUESTS:
        (FOLDER / f"{team}.json").write_text(text(team), encoding="utf-8")


if __name__ == "__main__":
    main()
