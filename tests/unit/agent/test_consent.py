"""What of a consent the model may see, and which pages an athlete may be sent to."""

import json
from typing import Any

import pytest

from agent.consent import taken_apart
from agent.tools.arguments import model_arguments
from identity.safe_page import is_safe_page

URL = "https://vault.test/identities/oauth2/authorize?request_uri=urn:ietf:params:oauth:request_uri:abc"


def result(error: dict[str, Any]) -> Any:
    return {"toolUseId": "u", "status": "error", "content": [{"text": json.dumps({"error": error})}, {"text": URL}]}


@pytest.mark.case("V13")
def test_the_model_sees_who_needs_which_consent_but_not_where() -> None:
    error = {
        "kind": "consent_required",
        "provider": "p",
        "url": URL,
        "scopes": ["socials/read"],
        "message": f"see {URL}",
    }

    told, asked = taken_apart(result(error), error)

    assert asked is not None
    assert (asked.provider, asked.url, asked.scopes) == ("p", URL, ("socials/read",))
    assert URL not in json.dumps(told)
    assert json.loads(told["content"][0]["text"])["error"] == told["structuredContent"]["error"]  # type: ignore[typeddict-item]
    assert URL not in repr(asked)


def test_another_error_is_left_as_it_is() -> None:
    error = {"kind": "forbidden", "message": "no"}
    given = result(error)

    told, asked = taken_apart(given, error)

    assert told is given
    assert asked is None


@pytest.mark.case("V18")
@pytest.mark.parametrize(
    ("url", "safe"),
    [
        pytest.param(URL, True, id="a session by its handle"),
        pytest.param("http://127.0.0.1:8701/identities/oauth2/authorize?request_uri=urn:x", True, id="this computer"),
        pytest.param("http://[::1]:8701/x", True, id="this computer, IPv6"),
        pytest.param("https://idp.test/authorize?client_id=c&code_challenge=x&state=s", True, id="plain request"),
        pytest.param("http://idp.test/authorize", False, id="not encrypted"),
        pytest.param("http://127.0.0.1.evil.test/", False, id="a name that looks like this computer"),
        pytest.param("javascript:alert(1)", False, id="script"),
        pytest.param("file:///etc/passwd", False, id="file"),
        pytest.param("https://maya@idp.test/", False, id="user in it"),
        pytest.param("https://idp.test/?access_token=x", False, id="token"),
        pytest.param("https://idp.test/?code=x", False, id="code"),
        pytest.param("https://idp.test/?x=eyJhbGciOiJSUzI1NiJ9.e30.x", False, id="JWT under another name"),
        pytest.param("https://idp.test/?login_hint=maya%40example.test", False, id="mail address"),
        pytest.param("https://idp.test/#/x", False, id="fragment"),
        pytest.param("https://idp.test/\u202egro", False, id="direction override"),
        pytest.param("https://idp.test\\@evil.test/", False, id="backslash"),
        pytest.param("https://[/", False, id="no address"),
        pytest.param("https://idp.test/" + "a" * 5000, False, id="endless"),
    ],
)
def test_an_athlete_is_sent_to_no_page_that_is_not_safe(url: str, *, safe: bool) -> None:
    error = {"kind": "consent_required", "provider": "p", "url": url, "scopes": []}

    told, asked = taken_apart(result(error), error)

    assert is_safe_page(url) is safe
    assert (asked is not None) is safe
    kind = json.loads(told["content"][0]["text"])["error"]["kind"]
    assert kind == ("consent_required" if safe else "upstream_unavailable")


@pytest.mark.case("V26")
def test_a_model_has_no_say_in_how_a_credential_is_obtained() -> None:
    written = {
        "_meta": {"x": 1},
        "note": "returnUrl is a word",
        "nested": {"forceAuthentication": True, "kept": [{"return_url": "https://evil.test", "n": 1}]},
        "aws.bedrock-agentcore.gateway/credentialProviderConfiguration": {},
        "resourceOauth2ReturnUrl": "https://evil.test",
        "customState": "s",
    }

    assert model_arguments(written) == {"note": "returnUrl is a word", "nested": {"kept": [{"n": 1}]}}
