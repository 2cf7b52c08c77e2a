"""A real Chromium, and an authorization server on a real port with an application that signs people in."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from identity.authorization_server.app import create_app
from identity.authorization_server.pools import ClientConfig
from tests.support.authorization_server import (
    ALL_SCOPES,
    FakeClock,
    client,
    keys_of_tests,
    pool_config,
    settings_in,
    targets,
)
from tests.support.chromium import Browser, chromium
from tests.support.serving import free_socket, served, url_of

ROOT = Path(__file__).parents[2]
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"  # RFC 7636, appendix B


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--screenshots", type=Path, default=ROOT / "build" / "screenshots", help="where pictures go")


@pytest.fixture
def screenshots(request: pytest.FixtureRequest) -> Path:
    folder: Path = request.config.getoption("--screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
def browser(tmp_path: Path, screenshots: Path) -> Iterator[Browser]:
    """A Chromium. Whatever a test does with it, no page breaks its own policy."""
    with chromium(tmp_path / "profile", screenshots) as running:
        yield running
        assert running.policy_violations() == []


@dataclass(frozen=True)
class SignInPages:
    """The server that the pages belong to, and the application that sends people there.

    Attributes:
        url: Origin of the server.
        application: Origin of the application.
        elsewhere: Origin to which its page `/onwards` sends a browser on.
        clock: The server's clock.
    """

    url: str
    application: str
    elsewhere: str
    clock: FakeClock

    def authorize(self, client_id: str = "planner", **changes: str) -> str:
        """URL of an authorization request."""
        parameters = {
            "response_type": "code",
            "client_id": client_id,
            "redirect_uri": f"{self.application}/callback",
            "scope": "openid activities/read activities/write routes/read",
            "audience": "mcp-activities",
            "state": "s",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
        }
        return f"{self.pool}/oauth2/authorize?{urlencode({**parameters, **changes})}"

    @property
    def pool(self) -> str:
        return f"{self.url}/pools/coach"


def answer_in(url: str) -> dict[str, str]:
    """The parameters that came back to the application."""
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


async def _callback(_request: Request) -> Response:
    return HTMLResponse("<!doctype html><html lang=en><title>Application</title><h1>Back in the application</h1>")


@pytest.fixture
def pages(tmp_path: Path) -> Iterator[SignInPages]:
    own, application, elsewhere = free_socket(), free_socket(), free_socket()
    planner = _application("planner", url_of(application))
    relay = _application("relay", url_of(application), onward_origins=(url_of(elsewhere),))
    pool = pool_config()
    settings = settings_in(
        tmp_path, base_url=url_of(own), pools=(pool.model_copy(update={"clients": (*pool.clients, planner, relay)}),)
    )
    clock = FakeClock()
    app = create_app(settings, clock=clock, load_keys=keys_of_tests)

    async def onwards(_request: Request) -> Response:
        return RedirectResponse(f"{url_of(elsewhere)}/callback", 303)

    landing = Starlette(routes=[Route("/callback", _callback), Route("/onwards", onwards)])
    with served(landing, application), served(landing, elsewhere), served(app, own):
        yield SignInPages(url_of(own), url_of(application), url_of(elsewhere), clock)


def _application(client_id: str, url: str, **fields: Any) -> ClientConfig:
    code = ("authorization_code",)
    return client(
        client_id,
        name="Race planner",
        grants=code,
        scopes=tuple(ALL_SCOPES.split()),
        redirect_uris=(f"{url}/callback", f"{url}/onwards"),
        targets=targets(code, "mcp-activities"),
        **fields,
    )
