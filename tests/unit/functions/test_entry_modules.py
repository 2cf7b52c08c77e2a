"""The Lambda functions start with their own half of the settings, and say what is missing."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from apis.serving.errors import CursorKeyNotConfigured, DatabaseNotConfigured, InvocationFailed
from apis.serving.invocation import lambda_function, lambda_handler
from tests.support.api_client import POLICIES
from tests.support.entry_modules import TEAMS, LambdaContext, started

KEY = "a key of the tests, never used elsewhere"
CANARY = "canary-4417"


def environment(team: str, folder: Path) -> dict[str, str]:
    prefix = f"{team.upper()}_API_"
    return {f"{prefix}DATABASE": str(folder / f"{team}.db"), f"{prefix}CURSOR_KEY": KEY}


@pytest.mark.parametrize("team", TEAMS)
def test_a_teams_function_needs_no_issuer_and_no_policies(
    team: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = started(f"apis.{team}.function", monkeypatch, **environment(team, tmp_path))
    answer = module.handler(
        {"httpMethod": "GET", "path": "/nowhere", "resource": "/nowhere", "requestContext": {}}, LambdaContext()
    )
    assert answer["statusCode"] == 404


@pytest.mark.parametrize("team", ["activities", "routes", "support"])
def test_a_function_whose_instances_would_seal_with_keys_of_their_own_does_not_start(
    team: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = environment(team, tmp_path)
    del given[f"{team.upper()}_API_CURSOR_KEY"]
    with pytest.raises(CursorKeyNotConfigured):
        started(f"apis.{team}.function", monkeypatch, **given)


@pytest.mark.parametrize("name", ["activities.function", "activities.weather_function", "socials.function"])
def test_a_function_without_a_store_does_not_start(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DatabaseNotConfigured):
        started(f"apis.{name}", monkeypatch)


def test_the_authorizers_function_needs_no_store(monkeypatch: pytest.MonkeyPatch) -> None:
    module = started(
        "apis.serving.authorizer_function",
        monkeypatch,
        AUTHORIZER_API="routes",
        AUTHORIZER_ISSUER="https://issuer.example/coach",
        AUTHORIZER_AUDIENCES='["api-routes"]',
        AUTHORIZER_UPSTREAM_CLIENTS='["mcp-routes-exchange"]',
        AUTHORIZER_POLICIES=str(POLICIES),
    )
    assert callable(module.handler)


# What none of them has any use for before it answers: seconds of a cold start.
HEAVY = {
    "boto3",
    "uvicorn",
    "scipy.special",
    "httpx",
    "joserfc",
    "cedarpy",
    "opentelemetry",
    "starlette",
    "cryptography",
}


@pytest.mark.parametrize("team", TEAMS)
def test_a_teams_function_imports_nothing_of_the_gateway_before_it(team: str, tmp_path: Path) -> None:
    program = f"import sys, apis.{team}.function\nprint(*sorted({HEAVY!r} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment(team, tmp_path), capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout.strip()) == (0, ""), done.stderr[-2000:]


def crash(_event: dict[str, Any], _context: object) -> dict[str, Any]:
    raise RuntimeError(CANARY)


@pytest.mark.case("R08")
def test_a_handler_that_crashes_answers_502_and_logs_the_kind_of_the_error_alone(
    caplog: pytest.LogCaptureFixture,
) -> None:
    answer = lambda_handler(crash)({}, LambdaContext())
    assert (answer["statusCode"], answer["body"]) == (
        502,
        '{"type": "about:blank", "title": "Bad Gateway", "status": 502}',
    )
    assert caplog.messages == [f"request=<{LambdaContext().aws_request_id}>, error=<RuntimeError> | handler failed"]
    assert CANARY not in caplog.text


@pytest.mark.case("R08")
def test_a_function_that_must_fail_says_of_what_kind_the_error_was_and_no_more() -> None:
    with pytest.raises(InvocationFailed) as failed:
        lambda_function(crash)({}, LambdaContext())
    assert str(failed.value) == "RuntimeError"
    assert failed.value.__suppress_context__


def test_an_error_whose_text_aws_reads_passes() -> None:
    with pytest.raises(RuntimeError, match=CANARY):
        lambda_function(crash, passing=(RuntimeError,))({}, LambdaContext())


@pytest.mark.case("M16")
@pytest.mark.parametrize("slash", ["%2F", "%2f"])
def test_a_slash_inside_a_path_segment_never_reaches_another_operation(
    slash: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # API Gateway takes this for /activities/{activity_id}, and its authorizer decides about that.
    module = started("apis.activities.function", monkeypatch, **environment("activities", tmp_path))
    answer = module.handler(
        {
            "httpMethod": "GET",
            "resource": "/activities/{activity_id}",
            "path": f"/activities/a1{slash}zones",
            "requestContext": {"authorizer": {"iss": "i", "sub": "s", "client_id": "c", "scope": ""}},
        },
        LambdaContext(),
    )
    assert (answer["statusCode"], answer["multiValueHeaders"]["Content-Type"]) == (404, ["application/problem+json"])
    assert "detail" not in answer["body"]  # an activity of that id is told about in words
