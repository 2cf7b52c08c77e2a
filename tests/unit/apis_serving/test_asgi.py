import asyncio
import base64
import json
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from aws_lambda_powertools.event_handler import Response
from pydantic import BaseModel

from apis.serving.app import serve_api
from apis.serving.asgi import MAX_BODY_BYTES, MAX_PAYLOAD_BYTES, authorizer_context
from apis.serving.authorizer import new_authorizer
from apis.serving.gateway_event import body_bytes
from apis.serving.resolver import caller_of, created, new_resolver, route_table
from apis.serving.settings import ApiSettings
from tests.support.api_client import PORT, ApiClient, team_issuer, team_settings

Handle = Callable[[dict[str, Any], Any], dict[str, Any]]


class Row(BaseModel):
    id: str
    subject: str


class Draft(BaseModel):
    text: str


def routes_api(handler: Handle | None = None) -> ApiClient:
    """An API with the operations of routes and handlers that misbehave on demand."""
    issuer = team_issuer("routes", scope="routes/read")
    app = new_resolver(title="Routes")

    @app.get("/routes")
    def wrong_type() -> Row:
        return {"id": 7}  # type: ignore[return-value] # the bug this test is about

    @app.get("/routes/<route_id>")
    def get_route(route_id: str) -> Row:
        if route_id == "crash":
            raise RuntimeError("canary-5512")
        return Row(id=route_id, subject=caller_of(app).subject)

    settings = ApiSettings(**team_settings("routes"))
    authorizer = new_authorizer("routes", settings, fetch=issuer.fetch)
    return ApiClient(serve_api(handler or app.resolve, route_table(app), authorizer, settings.allowed_hosts), issuer)


def writing_api(handler: Handle | None = None) -> ApiClient:
    issuer = team_issuer("support")
    app = new_resolver(title="Support")

    @app.post("/tickets")
    def open_ticket(draft: Draft) -> Response[Row]:
        return created(Row(id=draft.text, subject="s"), dry_run=False)

    settings = ApiSettings(**team_settings("support"))
    authorizer = new_authorizer("support", settings, fetch=issuer.fetch)
    return ApiClient(serve_api(handler or app.resolve, route_table(app), authorizer, settings.allowed_hosts), issuer)


async def test_the_handler_sees_the_verified_caller() -> None:
    answer = await routes_api().get("/routes/r1")
    assert (answer.status_code, answer.json()) == (200, {"id": "r1", "subject": "athlete-sub-1"})


@pytest.mark.case("R08")
async def test_a_crash_is_a_502_without_its_text(caplog: pytest.LogCaptureFixture) -> None:
    answer = await routes_api().get("/routes/crash")
    assert (answer.status_code, answer.json()) == (502, {"type": "about:blank", "title": "Bad Gateway", "status": 502})
    (own,) = [record.getMessage() for record in caplog.records if record.name == "apis.serving.invocation"]
    assert own.endswith("error=<RuntimeError> | handler failed")
    assert "canary" not in caplog.text


@pytest.mark.parametrize(
    "response",
    [
        pytest.param(None, id="nothing"),
        pytest.param({}, id="no status"),
        pytest.param({"statusCode": 200, "body": {"a": 1}}, id="body is no text"),
        pytest.param({"statusCode": 99}, id="no such status"),
    ],
)
async def test_a_malformed_handler_response_is_a_502(response: Any) -> None:
    assert (await routes_api(lambda _event, _context: response).get("/routes")).status_code == 502


async def test_a_handler_that_returns_the_wrong_type_is_our_fault_not_the_clients() -> None:
    answer = await routes_api().get("/routes")
    assert (answer.status_code, answer.json()) == (
        500,
        {"type": "about:blank", "title": "Internal Server Error", "status": 500},
    )


async def test_multi_value_headers_several_cookies_and_binary_bodies_are_sent() -> None:
    def handler(_event: dict[str, Any], _context: object) -> dict[str, Any]:
        return {
            "statusCode": 201,
            "headers": {"X-One": "single", "Content-Length": "7"},
            "multiValueHeaders": {"Set-Cookie": ["a=1", "b=2"], "x-one": ["multi"]},
            "body": base64.b64encode(b"\x00\xff").decode(),
            "isBase64Encoded": True,
        }

    answer = await routes_api(handler).get("/routes")
    assert answer.status_code == 201
    assert answer.headers.get_list("set-cookie") == ["a=1", "b=2"]
    assert answer.headers["x-one"] == "multi"
    assert (answer.content, answer.headers["content-length"]) == (b"\x00\xff", "2")


async def test_a_body_that_fits_lambdas_event_passes_and_a_larger_one_is_413() -> None:
    sizes: list[int] = []

    def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
        sizes.append(len(body_bytes(event)))
        return {"statusCode": 200, "body": ""}

    api = writing_api(handler)
    fits = MAX_PAYLOAD_BYTES * 3 // 4 - 4096  # base64 makes four bytes of three
    assert (await api.send("POST", "/tickets", content=b"\xff" * fits)).status_code == 200
    for content in (b"\xff" * (fits + 4096), b'"' * (MAX_PAYLOAD_BYTES // 2 + 1), b"x" * (MAX_BODY_BYTES + 1)):
        refused = await api.send("POST", "/tickets", content=content)
        assert (refused.status_code, refused.json()["title"]) == (413, "Content Too Large")
    assert sizes == [fits]


@pytest.mark.parametrize(("size", "status"), [(MAX_PAYLOAD_BYTES, 200), (MAX_PAYLOAD_BYTES + 1, 502)])
async def test_an_answer_that_lambda_could_not_give_is_502(size: int, status: int) -> None:
    api = writing_api(lambda _event, _context: {"statusCode": 200, "body": "x" * size})
    assert (await api.send("POST", "/tickets", content=b"{}")).status_code == status


async def test_a_chunked_body_is_cut_at_the_limit_although_it_declares_no_length() -> None:
    async def chunks() -> Any:
        for _ in range(11):
            yield b"x" * 1024 * 1024

    assert (await writing_api().send("POST", "/tickets", content=chunks())).status_code == 413


@pytest.mark.parametrize("declared", [b"\xb2", b"-1", b"1.5", b"ten", b""])
async def test_a_length_that_is_no_number_is_413(declared: bytes) -> None:
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/routes",
        "query_string": b"",
        "headers": [(b"host", f"127.0.0.1:{PORT}".encode()), (b"content-length", declared)],
    }
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    await routes_api().app(scope, receive, send)
    assert sent[0]["status"] == 413


async def test_half_a_body_never_reaches_the_handler() -> None:
    bodies: list[bytes] = []

    def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
        bodies.append(body_bytes(event))
        return {"statusCode": 200, "body": ""}

    api = writing_api(handler)
    headers = [(b"host", f"127.0.0.1:{PORT}".encode()), (b"authorization", f"Bearer {api.token()}".encode())]
    scope = {
        "type": "http", "method": "POST", "path": "/tickets", "raw_path": b"/tickets", "query_string": b"",
        "headers": [*headers, (b"content-length", b"8")],
    }  # fmt: skip
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def ask(*messages: dict[str, Any]) -> int:
        coming = list(messages)
        sent.clear()

        async def receive() -> Any:
            return coming.pop(0)

        await api.app(dict(scope), receive, send)
        return int(sent[0]["status"])

    half = {"type": "http.request", "body": b"half", "more_body": True}
    assert await ask(half, {"type": "http.disconnect"}) == 400
    assert bodies == []
    assert await ask(half, {"type": "http.request", "body": b"half", "more_body": False}) == 200
    assert bodies == [b"halfhalf"]


async def test_a_body_that_is_not_utf_8_is_400() -> None:
    headers = {"Content-Type": "application/json"}
    answer = await writing_api().send("POST", "/tickets", content=b'{"text":"\xff"}', headers=headers)
    assert (answer.status_code, answer.json()["detail"]) == (400, "The body must be UTF-8 text.")


@pytest.mark.parametrize("body", [b"{", b'{"text": 7}', b"[]", b'{"other": "canary-9"}', b""])
async def test_a_body_of_another_form_is_422_problem_json_without_an_echo(body: bytes) -> None:
    answer = await writing_api().send("POST", "/tickets", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert set(answer.json()) == {"type", "title", "status", "detail", "errors"}
    assert "canary" not in answer.text


async def test_created_answers_201() -> None:
    answer = await writing_api().post("/tickets", {"text": "t"})
    assert (answer.status_code, answer.json()) == (201, {"id": "t", "subject": "s"})


@pytest.mark.parametrize(("method", "path"), [("GET", "/nothing"), ("DELETE", "/routes/r1"), ("GET", "/routes/a/b")])
async def test_an_operation_that_does_not_exist_is_403_before_anybody_is_asked(method: str, path: str) -> None:
    answer = await routes_api().raw(method, path)
    assert (answer.status_code, answer.json()["detail"]) == (403, "Missing Authentication Token")


@pytest.mark.case("M16")
async def test_a_slash_inside_a_path_segment_never_reaches_another_operation() -> None:
    assert (await routes_api().get("/routes/a%2Fb")).status_code == 404


async def test_a_path_too_long_for_a_policy_is_414() -> None:
    assert (await routes_api().get("/routes/" + "x" * 1600)).status_code == 414


@pytest.mark.case("I05")
@pytest.mark.parametrize("host", ["evil.example", f"evil.example:{PORT}", "127.0.0.1", f"127.0.0.1:{PORT + 1}", ""])
async def test_a_foreign_host_is_421_even_with_a_good_token(host: str) -> None:
    answer = await routes_api().send("GET", "/routes/r1", headers={"Host": host})
    assert answer.status_code == 421


@pytest.mark.case("I05")
@pytest.mark.parametrize("origin", ["http://evil.example", "null", f"https://127.0.0.1:{PORT}", "http://127.0.0.1"])
async def test_a_foreign_origin_is_403_even_with_a_good_token(origin: str) -> None:
    answer = await routes_api().send("GET", "/routes/r1", headers={"Origin": origin})
    assert answer.status_code == 403
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("headers", [{"Host": f"localhost:{PORT}"}, {"Origin": f"http://127.0.0.1:{PORT}"}])
async def test_the_own_host_and_origin_pass(headers: dict[str, str]) -> None:
    assert (await routes_api().send("GET", "/routes/r1", headers=headers)).status_code == 200


async def test_powertools_dev_mode_never_shows_a_stack_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POWERTOOLS_DEV", "true")
    answer = await routes_api().get("/routes/crash")
    assert (answer.status_code, "Traceback" in answer.text) == (502, False)


def policy(*effects: str, **context: Any) -> dict[str, Any]:
    statements = [{"Effect": effect} for effect in effects]
    return {"principalId": "p", "policyDocument": {"Statement": statements}, "context": context}


@pytest.mark.parametrize("effects", [(), ("Deny",), ("Allow", "Deny"), ("allow",)])
def test_a_policy_that_does_not_plainly_allow_admits_nobody(effects: tuple[str, ...]) -> None:
    assert authorizer_context(policy(*effects)) is None


def test_authorizer_context_arrives_flat_and_as_text() -> None:
    found = authorizer_context(policy("Allow", n=3, yes=True, text="t"))
    assert found == {"principalId": "p", "n": "3", "yes": "true", "text": "t"}
    assert json.loads(json.dumps(found)) == found


def test_handlers_of_several_apis_never_run_at_the_same_time() -> None:
    # The Powertools resolver keeps the current event on a class that all resolvers of the process share.
    running, most = 0, 0

    def handler(_event: dict[str, Any], _context: object) -> dict[str, Any]:
        nonlocal running, most
        running += 1
        most = max(most, running)
        time.sleep(0.02)
        running -= 1
        return {"statusCode": 200, "body": ""}

    def call(_: int) -> int:
        return asyncio.run(routes_api(handler).get("/routes")).status_code

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(call, range(4))) == [200] * 4
    assert most == 1


async def test_slow_work_before_the_handler_keeps_no_other_request_waiting() -> None:
    slow, seen = asyncio.Event(), list[str]()
    issuer = team_issuer("support")
    app = new_resolver(title="Support")

    @app.post("/tickets")
    def open_ticket(draft: Draft) -> Response[Row]:
        seen.append(draft.text)
        return created(Row(id=draft.text, subject="s"), dry_run=False)

    async def before(event: Mapping[str, Any]) -> None:
        if "slow" in event["body"]:
            await slow.wait()

    settings = ApiSettings(**team_settings("support"))
    authorizer = new_authorizer("support", settings, fetch=issuer.fetch)
    api = ApiClient(serve_api(app.resolve, route_table(app), authorizer, settings.allowed_hosts, before=before), issuer)
    waiting = asyncio.create_task(api.post("/tickets", {"text": "slow"}))
    await asyncio.sleep(0)
    assert (await api.post("/tickets", {"text": "quick"})).status_code == 201
    slow.set()
    assert (await waiting).status_code == 201
    assert seen == ["quick", "slow"]
