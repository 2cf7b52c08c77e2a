"""The shell: escaping, and the headers of pages and other answers (security cases A10, A13, A20)."""

import base64
import hashlib
import re
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from identity.web_pages.errors import FormTargetMalformed
from identity.web_pages.headers import SafeAnswers
from identity.web_pages.page import fragment, headers, joined, message_page, page

PROTECTIONS = {
    "x-frame-options": "DENY",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}


@pytest.fixture
def greeting(tmp_path: Path) -> Path:
    template = tmp_path / "greeting.html"
    template.write_text("<h1>Hello $name</h1>$list", encoding="utf-8")
    return template


@pytest.mark.case("A13")
def test_values_are_escaped_and_markup_is_not(greeting: Path, tmp_path: Path) -> None:
    item = tmp_path / "item.html"
    item.write_text("<li>$text</li>", encoding="utf-8")
    items = joined(fragment(item, {"text": text}) for text in ("a", "<i>"))
    answer = page(greeting, "Greeting", {"name": "<b>\u202e", "list": items}, site="tests")
    assert b"<h1>Hello &lt;b&gt;</h1><li>a</li><li>&lt;i&gt;</li>" in bytes(answer.body)


def test_a_template_that_names_what_is_not_given_is_an_error(greeting: Path) -> None:
    with pytest.raises(KeyError):
        page(greeting, "Greeting", {"name": "Maya"}, site="tests")


@pytest.mark.case("A10")
@pytest.mark.case("A20")
def test_a_page_has_all_protections_and_no_script() -> None:
    answer = message_page("No", "This does not work.", site="tests", status=400)
    policy = answer.headers["content-security-policy"]
    assert answer.status_code == 400
    assert {name: answer.headers[name] for name in PROTECTIONS} == PROTECTIONS
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "base-uri 'none'" in policy
    assert policy.endswith("form-action 'self'")
    assert "script" not in policy
    assert b"<script" not in bytes(answer.body)


def test_the_policy_allows_exactly_the_style_sheet_in_the_page() -> None:
    answer = message_page("No", "This does not work.", site="tests", status=400)
    sheet = re.search(rb"<style>(.*?)</style>", bytes(answer.body), re.DOTALL)
    assert sheet is not None
    expected = base64.b64encode(hashlib.sha256(sheet[1]).digest()).decode()
    assert f"style-src 'sha256-{expected}';" in answer.headers["content-security-policy"]


def test_every_page_has_language_title_and_landmarks() -> None:
    text = bytes(message_page("No", "This does not work.", site="tests", status=400).body).decode()
    assert '<html lang="en">' in text
    assert "<title>No · tests</title>" in text
    assert text.count("<main>") == text.count("<h1>") == text.count("<header") == 1


@pytest.mark.case("A10")
def test_a_form_may_lead_to_the_named_origins_only() -> None:
    policy = headers(["https://app.example", "http://127.0.0.1:9000"])["Content-Security-Policy"]
    assert policy.endswith("form-action 'self' https://app.example http://127.0.0.1:9000")


def test_an_ipv6_origin_which_no_policy_can_name_is_held_to_its_port() -> None:
    assert headers(["http://[::1]:9000"])["Content-Security-Policy"].endswith("form-action 'self' http://*:9000")


@pytest.mark.parametrize(
    "target", ["https://a.example; script-src *", "https://a.example *", "javascript:x", "https://a@b", "*", ""]
)
def test_a_form_target_cannot_smuggle_a_directive(target: str) -> None:
    with pytest.raises(FormTargetMalformed):
        headers([target])


async def test_answers_that_are_no_pages_are_protected_too() -> None:
    async def cached(_request: Request) -> Response:
        return JSONResponse({}, headers={"Cache-Control": "max-age=60"})

    async def own_page(_request: Request) -> Response:
        return message_page("No", "This does not work.", site="tests", status=400)

    app = SafeAnswers(Starlette(routes=[Route("/cached", cached), Route("/page", own_page)]))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://tests") as http:
        missing, json, html = [await http.get(path) for path in ("/missing", "/cached", "/page")]
    assert {name: missing.headers[name] for name in PROTECTIONS} == PROTECTIONS
    assert "frame-ancestors 'none'" in missing.headers["content-security-policy"]
    assert json.headers["cache-control"] == "max-age=60"
    assert json.headers["x-frame-options"] == "DENY"
    assert "form-action 'self'" in html.headers["content-security-policy"]
