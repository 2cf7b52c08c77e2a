"""Starts the authorization server on a loopback port and the certified clients against it.

Called by `make conformance-identity`. Exit code 0 when every case passed.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from joserfc.jwk import ECKey
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from identity.authorization_server.app import create_app
from identity.authorization_server.pools import ClientConfig, PoolConfig
from tests.support.authorization_server import (
    ACTIVITIES_URL,
    MAYA,
    MAYA_PASSWORD,
    MAYA_SUB,
    FakeClock,
    client,
    keys_of_tests,
    pool_config,
    secret_of,
    settings_in,
    targets,
)
from tests.support.serving import free_socket, served, url_of

HERE = Path(__file__).parent
REDIRECT_URI = "http://127.0.0.1:9/callback"
SIGNED_OUT_URI = "http://127.0.0.1:9/signed-out"
LONGEST_S = 120.0
CLOCK_PATH = "/test-clock"


class MovableClock:
    """The server with one more address: a POST there moves its clock by the seconds in the body."""

    def __init__(self, app: ASGIApp, clock: FakeClock) -> None:
        self._app = app
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != CLOCK_PATH:
            await self._app(scope, receive, send)
            return
        self._clock.advance(float(await Request(scope, receive).body()))
        await Response(status_code=204)(scope, receive, send)


def conformance_pool(signing_key: ECKey) -> PoolConfig:
    """The pool of the tests with clients of every kind that the suite plays."""
    code = ("authorization_code",)
    rest = pool_config()
    return pool_config(clients=(*rest.clients, *_clients(signing_key, code)))


def _clients(signing_key: ECKey, code: tuple[str, ...]) -> list[ClientConfig]:
    return [
        client(
            "signing",
            jwks={"keys": [signing_key.as_dict(private=False)]},
            auth_methods=("private_key_jwt",),
            grants=("client_credentials",),
            scopes=("activities/read",),
            targets=targets(("client_credentials",), "mcp-activities"),
        ),
        client(
            "web",
            secret=secret_of("web"),
            grants=("authorization_code", "refresh_token"),
            scopes=("openid", "coach/invoke", "activities/read"),
            redirect_uris=(REDIRECT_URI,),
            targets=targets(code, "coach"),
        ),
        client(
            "device",
            grants=("device_code", "refresh_token"),
            scopes=("openid", "activities/read"),
            targets=targets(("device_code",), "coach"),
        ),
        *(
            client(
                name,
                secret=secret_of(name),
                auth_methods=("client_secret_basic",),
                grants=("authorization_code", "refresh_token"),
                scopes=("openid", "activities/read"),
                redirect_uris=(REDIRECT_URI, "http://127.0.0.1:9/elsewhere"),
                targets=targets(code, "mcp-activities"),
            )
            for name in ("differ", "differ-too")
        ),
    ]


def set_up(url: str, signing_key: ECKey) -> dict[str, Any]:
    """What the clients are told."""
    machine = {"audience": "mcp-activities", "scope": "activities/read"}
    return {
        "issuer": f"{url}/coach",
        "clockUrl": f"{url}{CLOCK_PATH}",
        "person": {"username": MAYA, "password": MAYA_PASSWORD, "sub": MAYA_SUB},
        "web": {
            "clientId": "web",
            "secret": secret_of("web"),
            "redirectUri": REDIRECT_URI,
            "postLogoutUri": SIGNED_OUT_URI,
            "scope": "openid activities/read",
            "audience": "coach",
        },
        "service": {"clientId": "coach-exchange", "secret": secret_of("coach-exchange"), **machine},
        "exchange": {"clientId": "coach-exchange", "secret": secret_of("coach-exchange"), **machine},
        "signing": {"clientId": "signing", "privateJwk": signing_key.as_dict(private=True), **machine},
        "device": {"clientId": "device", "audience": "coach", "scope": "openid activities/read"},
        "secrets": {name: secret_of(name) for name in ("differ", "differ-too")},
        "registered": {"resource": ACTIVITIES_URL, "scope": "activities/read"},
    }


def main() -> int:
    """Runs the suite."""
    signing_key = ECKey.generate_key("P-256", {"kid": "signing-1", "alg": "ES256", "use": "sig"}, private=True)
    listening, clock = free_socket(), FakeClock()
    with tempfile.TemporaryDirectory() as folder:
        settings = settings_in(Path(folder), base_url=url_of(listening), pools=(conformance_pool(signing_key),))
        app = create_app(settings, clock=clock, load_keys=keys_of_tests)
        with served(MovableClock(app, clock), listening) as url:
            done = subprocess.run(
                ["node", "suite.mjs"],
                cwd=HERE,
                input=json.dumps(set_up(url, signing_key)),
                text=True,
                timeout=LONGEST_S,
                check=False,
            )
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
