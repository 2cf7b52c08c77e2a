import re
from typing import Any

import pytest

from apis.serving.gateway_event import (
    HttpRequest,
    Route,
    RouteTable,
    action_name,
    body_bytes,
    gateway_event,
    header,
    method_arn,
)

TABLE = RouteTable(
    [("GET", "/activities/{activity_id}"), ("GET", "/activities/latest"), ("POST", "/activities/{activity_id}/kudos")]
)


@pytest.mark.parametrize(
    ("method", "path", "route"),
    [
        ("GET", "/activities/a1", Route("/activities/{activity_id}", {"activity_id": "a1"})),
        ("GET", "/activities/a1/", Route("/activities/{activity_id}", {"activity_id": "a1"})),
        ("GET", "/activities/latest", Route("/activities/latest", {})),
        ("POST", "/activities/a1/kudos", Route("/activities/{activity_id}/kudos", {"activity_id": "a1"})),
        ("POST", "/activities/a1", None),
        ("GET", "/activities", None),
        ("GET", "/activities//kudos", None),
        ("GET", "/xactivities/a1", None),
        ("get", "/activities/a1", None),
    ],
)
def test_a_path_matches_one_template(method: str, path: str, route: Route | None) -> None:
    assert TABLE.match(method, path) == route


def test_special_characters_of_a_template_are_literal() -> None:
    assert RouteTable([("GET", "/a.b")]).match("GET", "/aXb") is None


def test_operations_are_read_from_an_openapi_document() -> None:
    paths: dict[str, dict[str, Any]] = {"/help": {"get": {}, "parameters": []}, "/tickets": {"get": {}, "post": {}}}
    assert set(RouteTable.from_openapi(paths).operations) == {
        ("GET", "/help"),
        ("GET", "/tickets"),
        ("POST", "/tickets"),
    }


def test_the_action_is_method_and_template() -> None:
    assert action_name("GET", "/activities/{activity_id}") == "get /activities/{activity_id}"


def request(body: bytes = b"") -> HttpRequest:
    headers = (("accept", "a"), ("x-two", "1"), ("X-Two", "2"))
    return HttpRequest("GET", "/activities/a1", "sport=Run&sport=Ride&empty=", headers, body, "127.0.0.1")


def test_the_event_is_the_documented_v1_shape() -> None:
    event = gateway_event(request(), Route("/activities/{activity_id}", {"activity_id": "a1"}))
    context = event.pop("requestContext")
    assert event == {
        "resource": "/activities/{activity_id}",
        "path": "/activities/a1",
        "httpMethod": "GET",
        "headers": {"Accept": "a", "X-Two": "2"},
        "multiValueHeaders": {"Accept": ["a"], "X-Two": ["1", "2"]},
        "queryStringParameters": {"sport": "Ride", "empty": ""},
        "multiValueQueryStringParameters": {"sport": ["Run", "Ride"], "empty": [""]},
        "pathParameters": {"activity_id": "a1"},
        "stageVariables": None,
        "body": None,
        "isBase64Encoded": False,
    }
    assert re.fullmatch(r"[0-9a-f-]{36}", context.pop("requestId"))
    assert context.pop("requestTimeEpoch") > 1_700_000_000_000
    assert context == {
        "accountId": "000000000000",
        "apiId": "local",
        "stage": "v1",
        "httpMethod": "GET",
        "path": "/v1/activities/a1",
        "resourcePath": "/activities/{activity_id}",
        "identity": {"sourceIp": "127.0.0.1"},
    }


def test_the_method_arn_names_method_and_path() -> None:
    event = gateway_event(request(), Route("/activities/{activity_id}", {}))
    assert method_arn(event) == "arn:aws:execute-api:us-east-1:000000000000:local/v1/GET/activities/a1"


@pytest.mark.parametrize("body", [b"", "Müggelsee\r\n".encode(), b"\x00\xff\xfe", b"\xef\xbb\xbf{}"])
def test_a_body_comes_out_as_it_went_in(body: bytes) -> None:
    assert body_bytes(gateway_event(request(body), Route("/", {}))) == body


def test_a_header_is_found_in_any_case_and_refused_when_sent_twice() -> None:
    event = gateway_event(request(), Route("/", {}))
    assert header(event, "ACCEPT") == "a"
    assert header(event, "x-two") is None
    assert header(event, "absent") is None
