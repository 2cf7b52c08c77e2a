"""What is sent as a body, and is none, is the client's mistake: 415 or 422, never a crash."""

from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict

from apis.serving.app import serve_api
from apis.serving.authorizer import new_authorizer
from apis.serving.resolver import IdempotencyKey, new_resolver, route_table
from apis.serving.settings import ApiSettings
from tests.support.api_client import PORT, ApiClient, team_issuer, team_settings


class Draft(BaseModel):
    model_config = ConfigDict(extra="forbid")

    text: str
    size: float | None = None


class Kept(BaseModel):
    text: str
    key: str | None


@pytest.fixture
def api() -> ApiClient:
    issuer = team_issuer("support")
    app = new_resolver(title="Support")

    @app.post("/tickets")
    def keep(draft: Draft, idempotency_key: IdempotencyKey = None) -> Kept:
        return Kept(text=draft.text, key=idempotency_key)

    authorizer = new_authorizer("support", ApiSettings(**team_settings("support")), fetch=issuer.fetch)
    return ApiClient(serve_api(app.resolve, route_table(app), authorizer, [f"127.0.0.1:{PORT}"]), issuer)


async def send(api: ApiClient, body: bytes, content_type: str | None = "application/json") -> Any:
    headers = {} if content_type is None else {"Content-Type": content_type}
    return await api.send("POST", "/tickets", content=body, headers=headers)


@pytest.mark.parametrize("content_type", ["application/json", "APPLICATION/JSON; charset=utf-8", None])
async def test_json_is_taken_also_without_a_declared_type(api: ApiClient, content_type: str | None) -> None:
    assert (await send(api, b'{"text": "t"}', content_type)).json() == {"text": "t", "key": None}


@pytest.mark.parametrize(
    "content_type",
    [
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "multipart/form-data; boundary=b",
        "text/plain",
        "application/jsonlines",
    ],
)
async def test_any_other_type_is_415(api: ApiClient, content_type: str) -> None:
    assert (await send(api, b'{"text": "t"}', content_type)).status_code == 415


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b'[{"text": "t"}]', id="list of one object"),
        pytest.param(b'"t"', id="text"),
        pytest.param(b"null", id="null"),
        pytest.param(b"7" * 5_000, id="number of 5000 digits"),
        pytest.param(b'{"text": "t", "size": ' + b"7" * 5_000 + b"}", id="such a number inside"),
        pytest.param(b"[" * 200_000, id="deep nesting"),
        pytest.param(b'{"text": "t", "size": NaN}', id="not a number"),
        pytest.param(b'{"text": "\\ud800"}', id="half a surrogate pair"),
    ],
)
async def test_what_is_no_json_object_is_422(api: ApiClient, body: bytes) -> None:
    assert (await send(api, body)).status_code == 422


async def test_the_name_of_an_unknown_field_is_not_repeated(api: ApiClient) -> None:
    answer = await send(api, b'{"text": "t", "canary_7f3a": 1}')
    assert answer.json()["errors"] == [{"field": "body", "message": "Extra inputs are not permitted"}]


async def test_a_header_that_is_sent_twice_is_422(api: ApiClient) -> None:
    headers = [("Authorization", f"Bearer {api.token()}"), ("Idempotency-Key", "a"), ("Idempotency-Key", "b")]
    answer = await api.raw("POST", "/tickets", json={"text": "t"}, headers=headers)
    assert answer.status_code == 422
