"""A person with a browser, and the application that sent them: consents at a running vault, step by step."""

from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import httpx

from tests.support.vault import RunningVault

SCOPES = ["socials/read", "socials/write"]


def ask(vault: RunningVault, user_token: str, **changes: Any) -> dict[str, Any]:
    """GetResourceOauth2Token for a user's account elsewhere, as the coach; without what AWS's client adds."""
    handle = changes.get("workloadIdentityToken") or vault.workload_token(user_token)
    request = {
        "workloadIdentityToken": handle,
        "resourceCredentialProviderName": "coach-federation",
        "scopes": SCOPES,
        "oauth2Flow": "USER_FEDERATION",
        "resourceOauth2ReturnUrl": "https://app.example/return?from=vault",
        "customState": "state of the app",
        "audiences": ["mcp-socials"],
    } | changes
    answer: dict[str, Any] = vault.client().get_resource_oauth2_token(
        **{name: value for name, value in request.items() if value is not None}
    )
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


def visit(url: str) -> httpx.Response:
    """One request of a browser, redirects not followed."""
    return httpx.get(url, follow_redirects=False, trust_env=False)


def browse(url: str) -> str:
    """Follow a consent from its URL through the provider and back, as far as the application's return URL."""
    to_provider = visit(url)
    to_callback = visit(to_provider.headers["location"])
    to_application = visit(to_callback.headers["location"])
    assert [answer.status_code for answer in (to_provider, to_callback, to_application)] == [303, 303, 303]
    return str(to_application.headers["location"])


def callback_of(url: str) -> str:
    """The URL at which the provider sends a browser back to the vault, not opened yet."""
    return str(visit(visit(url).headers["location"]).headers["location"])


def complete(vault: RunningVault, session_uri: str, **user: str) -> None:
    """CompleteResourceTokenAuth by the consent application."""
    vault.client("consent-return").complete_resource_token_auth(sessionUri=session_uri, userIdentifier=user)


def connect(vault: RunningVault, user_token: str, subject: str = "maya-sub", **changes: Any) -> dict[str, Any]:
    """A whole consent of a user; gives the answer that began it."""
    started = ask(vault, user_token, **changes)
    browse(started["authorizationUrl"])
    complete(vault, started["sessionUri"], userToken=vault.provider.application_token(subject))
    return started


def query(url: str) -> dict[str, list[str]]:
    """The query of a URL; every name with all its values."""
    return parse_qs(urlsplit(url).query)


def with_changed_query(url: str, **changes: str | None) -> str:
    """The URL with other parameters; None takes one away."""
    parts = urlsplit(url)
    pairs = [(name, value) for name, value in parse_qsl(parts.query) if name not in changes]
    pairs += [(name, value) for name, value in changes.items() if value is not None]
    return parts._replace(query=urlencode(pairs)).geturl()
