"""Recorded REST events get the same answers from the deployed functions and from the shim, for every operation.

Nothing was recorded on AWS: `tests/support/replayed_requests.py` writes the files, in the shape that AWS documents.
"""

import base64
import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import urlencode

import pytest

from apis.serving.sqlite_store import SqliteStore
from apis.socials.demo import seed
from tests.support.api_client import ApiClient, team_issuer, team_settings
from tests.support.entry_modules import TEAMS, LambdaContext, started
from tests.support.replayed_requests import FOLDER, REQUESTS, text
from tests.support.socials_demo import demo_athletes

APIS = FOLDER.parents[2] / "apis"
# The gateway's own, or the server's.
NOT_OF_THE_HANDLER = {"content-length", "x-amzn-requestid"}
# Made anew by every store: ids of tickets and comments, and the instant at which they were written.
MADE_ANEW = re.compile(r"T\d{20}-[0-9a-f]{16}|\b[0-9a-f]{32}\b|\b20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3,6}(Z|\+00:00)")
Send = Callable[[dict[str, Any]], Awaitable["Answer"]]


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, list[str]]
    body: str


@dataclass
class Replay:
    """One side, and what its own answers have put into later events."""

    send: Send
    kept: dict[str, str] = field(default_factory=dict)

    async def answer(self, recorded: Mapping[str, Any]) -> Answer:
        answer = await self.send(filled(recorded["event"], self.kept))
        for name, place in recorded["keeps"].items():
            self.kept[name] = found(answer, place)
        body = answer.body
        for name, value in self.kept.items():
            body = body.replace(json.dumps(value)[1:-1], f"<{name}>")
        headers = {name: values for name, values in answer.headers.items() if name not in NOT_OF_THE_HANDLER}
        return Answer(answer.status, headers, MADE_ANEW.sub("<made anew>", body))


def filled(part: Any, kept: Mapping[str, str]) -> Any:
    """An event with the kept values in the places that have their names."""
    if isinstance(part, dict):
        return {name: filled(each, kept) for name, each in part.items()}
    if isinstance(part, list):
        return [filled(each, kept) for each in part]
    if isinstance(part, str):
        return re.sub(r"\{([A-Z0-9]+)\}", lambda match: kept[match[1]], part)
    return part


def found(answer: Answer, place: str) -> str:
    if place.startswith("header:"):
        return answer.headers[place.removeprefix("header:")][0]
    value = json.loads(answer.body)
    for step in place.split("/"):
        value = value[int(step)] if step.isdigit() else value[step]
    return str(value)


def database(team: str, folder: Path) -> Path:
    """A new store in the state that every replay begins with."""
    folder.mkdir()
    path = folder / f"{team}.sqlite"
    if team == "socials":
        with SqliteStore(path) as store:
            seed(store, demo_athletes())
    return path


def deployed(team: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Replay:
    """The function as Lambda starts it."""
    prefix = f"{team.upper()}_API_"
    key = team_settings(team)["cursor_key"]
    path = str(database(team, folder))
    return replaying(
        started(f"apis.{team}.function", monkeypatch, **{f"{prefix}DATABASE": path, f"{prefix}CURSOR_KEY": key})
    )


def replaying(module: ModuleType) -> Replay:
    """An entry module, asked as Lambda asks it."""

    async def send(event: dict[str, Any]) -> Answer:
        # Through JSON, as everything that Lambda hands over and takes back.
        given = json.loads(json.dumps(module.handler(json.loads(json.dumps(event)), LambdaContext())))
        headers = {name.lower(): [value] for name, value in (given.get("headers") or {}).items()}
        headers |= {name.lower(): values for name, values in (given.get("multiValueHeaders") or {}).items()}
        body = given.get("body") or ""
        return Answer(
            given["statusCode"], headers, base64.b64decode(body).decode() if given["isBase64Encoded"] else body
        )

    return Replay(send)


def behind_the_shim(team: str, folder: Path) -> Replay:
    """The application of the laptop, asked over HTTP."""
    issuer = team_issuer(team)
    kind = getattr(import_module(f"apis.{team}.settings"), f"{team.capitalize()}ApiSettings")
    settings = kind(**team_settings(team, database(team, folder)))
    api = ApiClient(import_module(f"apis.{team}.app").create_app(settings, fetch=issuer.fetch), issuer)

    async def send(event: dict[str, Any]) -> Answer:
        headers = [
            (name, value)
            for name, values in event["multiValueHeaders"].items()
            for value in values
            if name.lower() not in {"host", "authorization"}
        ]
        caller = event["requestContext"].get("authorizer")
        if caller is not None:
            athlete = api.as_athlete(caller["sub"], scope=caller["scope"])
            headers.append(("Authorization", f"Bearer {athlete.token()}"))
        query = urlencode(event["multiValueQueryStringParameters"] or {}, doseq=True)
        body = event["body"] or ""
        content = base64.b64decode(body) if event["isBase64Encoded"] else body.encode()
        target = event["path"] + (f"?{query}" if query else "")
        response = await api.raw(event["httpMethod"], target, headers=headers, content=content)
        fields = {name.lower(): response.headers.get_list(name) for name in response.headers}
        return Answer(response.status_code, fields, response.text)

    return Replay(send)


def recorded_events(team: str) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = json.loads((FOLDER / f"{team}.json").read_text("utf-8"))
    return events


def renamed_headers(recorded: Mapping[str, Any]) -> dict[str, Any]:
    """The event as HTTP/2 clients cause it: header names in small letters."""
    event = dict(recorded["event"])
    for member in ("headers", "multiValueHeaders"):
        event[member] = {name.lower(): value for name, value in event[member].items()}
    return {**recorded, "event": event}


def with_binary_bodies(recorded: Mapping[str, Any]) -> dict[str, Any]:
    """The event of an API that takes every media type for binary."""
    event = dict(recorded["event"])
    if event["body"] and not event["isBase64Encoded"]:
        event |= {"body": base64.b64encode(event["body"].encode()).decode(), "isBase64Encoded": True}
    return {**recorded, "event": event}


@pytest.fixture(params=TEAMS)
def team(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def test_the_function_and_the_shim_give_the_recorded_answers(
    team: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    function = deployed(team, tmp_path / "function", monkeypatch)
    shim = behind_the_shim(team, tmp_path / "shim")
    for recorded in recorded_events(team):
        answer, local = await function.answer(recorded), await shim.answer(recorded)
        assert answer == local, recorded["name"]
        assert answer.status == recorded["status"], (recorded["name"], answer.body)


@pytest.mark.parametrize("changed", [renamed_headers, with_binary_bodies])
async def test_how_api_gateway_words_the_same_request_makes_no_difference(
    team: str,
    changed: Callable[[Mapping[str, Any]], dict[str, Any]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one = deployed(team, tmp_path / "one", monkeypatch)
    other = deployed(team, tmp_path / "other", monkeypatch)
    for recorded in recorded_events(team):
        assert await one.answer(recorded) == await other.answer(changed(recorded)), recorded["name"]


async def test_a_repeated_request_gets_the_first_answer_word_for_word(
    team: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    function = deployed(team, tmp_path / "function", monkeypatch)
    answers: dict[str, list[Answer]] = {}
    for recorded in recorded_events(team):
        event = recorded["event"]
        given = {name.lower(): values for name, values in event["multiValueHeaders"].items()}
        answer = await function.send(filled(event, function.kept))
        for name, place in recorded["keeps"].items():
            function.kept[name] = found(answer, place)
        if "idempotency-key" in given and answer.status < 400:
            answers.setdefault(f"{event['path']} {given['idempotency-key']}", []).append(answer)
    assert all(len(each) == 2 and each[0] == each[1] for each in answers.values())
    assert bool(answers) == (team != "routes")


def test_the_files_are_what_the_requests_make(team: str) -> None:
    assert (FOLDER / f"{team}.json").read_text("utf-8") == text(team)


def test_every_operation_is_asked_well_and_badly(team: str) -> None:
    paths = json.loads((APIS / team / "openapi.json").read_text("utf-8"))["paths"]
    documented = {
        f"{method.upper()} {template}": operation
        for template, item in paths.items()
        for method, operation in item.items()
    }
    asked = {
        operation: {each.status // 100 for each in REQUESTS[team] if each.operation == operation}
        for operation in documented
    }
    assert {each.operation for each in REQUESTS[team]} == documented.keys()
    for operation, kinds in asked.items():
        # What takes nothing but a token can only be asked well; the authorizer's refusals are tested elsewhere.
        takes_nothing = not documented[operation].get("parameters") and "requestBody" not in documented[operation]
        assert kinds == ({2} if takes_nothing else {2, 4}), operation
