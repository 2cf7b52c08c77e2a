import json
import re
from pathlib import Path
from typing import Any

import pytest
from aws_lambda_powertools.utilities.parser.models import APIGatewayProxyEventModel

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

# The example of API Gateway's developer guide (input format of a Lambda function for proxy integration), with a request
# to one of our APIs in it. Nothing of it was recorded on AWS.
GOLDEN = Path(__file__).parents[2] / "fixtures" / "rest_events" / "golden.json"
TABLE = RouteTable(
    [("GET", "/activities/{activity_id}"), ("GET", "/activities/latest"), ("POST", "/activities/{activity_id}/kudos")]
)


@pytest.mark.parametrize(
    ("method", "path", "route"),
    [
        ("GET", "/activities/a1", Route("/activities/{activity_id}", {"activity_id": "a1"})),
        ("GET", "/activities/a%2C%C3%A4", Route("/activities/{activity_id}", {"activity_id": "a,ä"})),
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


def test_the_event_holds_the_request() -> None:
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
    assert re.fullmatch(r"[0-9a-f-]{36}", context["requestId"])
    assert context["requestTimeEpoch"] > 1_700_000_000_000
    assert (context["stage"], context["path"]) == ("v1", "/v1/activities/a1")
    assert context["identity"]["sourceIp"] == "127.0.0.1"
    assert "authorizer" not in context


def shape(value: Any) -> Any:
    """Names and types. Headers are whatever was sent, and null stands where AWS has nothing to say."""
    if isinstance(value, dict):
        return {name: shape(each) for name, each in value.items() if name not in {"headers", "multiValueHeaders"}}
    if isinstance(value, list):
        return [shape(each) for each in value[:1]]
    return type(value).__name__


def test_the_event_has_the_shape_of_the_one_that_aws_documents() -> None:
    golden = json.loads(GOLDEN.read_text("utf-8"))
    sent = tuple((name.lower(), value) for name, values in golden["multiValueHeaders"].items() for value in values)
    asked = HttpRequest("GET", golden["path"], "empty=&sport=Run&sport=Gravel%20Ride", sent, b"", "192.0.2.7")
    route = TABLE.match("GET", golden["path"])
    assert route is not None
    event = gateway_event(asked, route)
    known = {**golden, "requestContext": dict(golden["requestContext"])}
    del known["requestContext"]["authorizer"]  # the shim adds it when the authorizer has answered
    assert shape(event) == shape(known)
    for name in ("resource", "path", "queryStringParameters", "multiValueQueryStringParameters", "pathParameters"):
        assert event[name] == golden[name]
    for name in ("resourcePath", "httpMethod", "domainName", "identity"):
        assert event["requestContext"][name] == golden["requestContext"][name]
    assert {name.lower(): values for name, values in event["multiValueHeaders"].items()} == {
        name.lower(): values for name, values in golden["multiValueHeaders"].items()
    }


def test_the_golden_event_is_one_to_powertools_own_model_and_so_is_ours() -> None:
    golden = json.loads(GOLDEN.read_text("utf-8"))
    ours = gateway_event(request(), Route("/activities/{activity_id}", {"activity_id": "a1"}))
    for event in (golden, ours):
        parsed = APIGatewayProxyEventModel.model_validate(event)
        # What the model has no name for, AWS does not send; `authorizer` holds what ours answered.
        unknown = event["requestContext"].keys() - type(parsed.requestContext).model_fields.keys()
        assert unknown == set()
        assert event.keys() - type(parsed).model_fields.keys() == set()
        assert event["requestContext"]["identity"].keys() <= type(parsed.requestContext.identity).model_fields.keys()


def test_the_method_arn_names_method_and_path() -> None:
    event = gateway_event(request(), Route("/activities/{activity_id}", {}))
    assert method_arn(event) == "arn:aws:execute-api:us-east-1:000000000000:local/v1/GET/activities/a1"


@pytest.mark.parametrize("body", [b"", "Müggelsee\r\n".encode(), b"\x00\xff\xfe", b"\xef\xbb\xbf{}"])
def test_a_body_comes_out_as_it_went_in(body: bytes) -> None:
    assert body_bytes(gateway_event(request(body), Route("/", {}))) == body


def test_without_multi_value_headers_the_single_ones_count() -> None:
    assert header({"headers": {"Authorization": "one"}, "multiValueHeaders": None}, "authorization") == "one"
    assert header({"headers": None}, "authorization") is None


def test_a_header_is_found_in_any_case_and_refused_when_sent_twice() -> None:
    event = gateway_event(request(), Route("/", {}))
    assert header(event, "ACCEPT") == "a"
    assert header(event, "x-two") is None
    assert header(event, "absent") is None
