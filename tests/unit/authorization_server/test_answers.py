"""Every answer of every route, whatever it says: never framed, never guessed at, never kept (A10, A20)."""

import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.authorization_server import BASE_URL, RunningAuthorizationServer, running_authorization_server

PROTECTIONS = {
    "x-frame-options": "DENY",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
# Documents that are the same for everybody.
PUBLIC = re.compile(r"\.well-known/|revoked\.json")


def routes_of(app: Any) -> list[tuple[str, str]]:
    """Method and path of every route of the application inside its middleware."""
    while not hasattr(app, "routes"):
        app = app._app
    return [(method, route.path) for route in app.routes for method in sorted({*(route.methods or ()), "GET", "POST"})]


@pytest.mark.case("A10")
@pytest.mark.case("A20")
@pytest.mark.parametrize("accept", ["text/html", "application/json"])
@pytest.mark.parametrize("strict_cognito", [False, True])
async def test_every_answer_of_every_route_is_protected(tmp_path: Path, accept: str, strict_cognito: bool) -> None:
    seen: dict[str, httpx.Response] = {}
    async with running_authorization_server(tmp_path, strict_cognito=strict_cognito) as server:
        for method, path in [*routes_of(server.app), ("GET", "/nothing"), ("GET", "/pools/coach/nothing")]:
            concrete = re.sub(r"\{[^}]+\}", "something", path)
            headers = {"accept": accept}
            seen[f"{method} {path}"] = await server.http.request(method, f"{BASE_URL}{concrete}", headers=headers)
    assert len(seen) > 20
    for route, answer in seen.items():
        assert {name: answer.headers.get(name) for name in PROTECTIONS} == PROTECTIONS, route
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy, route
        assert "frame-ancestors 'none'" in policy, route
        assert "script" not in policy, route
        assert PUBLIC.search(route) or answer.headers["cache-control"] == "no-store", route
        if answer.headers.get("content-type", "").startswith("text/html"):
            assert "<main>" in answer.text or route.startswith("HEAD "), route
            assert "<script" not in answer.text, route
            assert answer.headers["cache-control"] == "no-store", route


@pytest.mark.case("A10")
@pytest.mark.parametrize("headers", [{"host": "evil.example"}, {"origin": "https://evil.example"}])
async def test_a_refusal_at_the_door_is_protected_too(
    server: RunningAuthorizationServer, headers: dict[str, str]
) -> None:
    answer = await server.http.get(f"{BASE_URL}/pools/coach/device", headers=headers)
    assert answer.status_code in {403, 421}
    assert {name: answer.headers.get(name) for name in PROTECTIONS} == PROTECTIONS


@pytest.mark.case("A11")
async def test_every_form_of_a_page_is_refused_without_its_token(server: RunningAuthorizationServer) -> None:
    request = server.authorization_request("foreign")
    paths = {
        "login": request.url,
        "consent": request.url,
        "device": "",
        "device/login": "",
        "device/decision": "",
        "logout/confirm": "",
    }
    for path, url in paths.items():
        query = url.partition("?")[2]
        form = {"decision": "allow", "user_code": "BBBB-BBBB", "username": "maya", "password": "correct horse"}
        answer = await server.http.post(f"{BASE_URL}/pools/coach/{path}?{query}", data=form)
        assert answer.status_code == 403, path
