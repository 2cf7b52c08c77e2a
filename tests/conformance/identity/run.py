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

from identity.authorization_server.app import create_app
from identity.authorization_server.pools import ClientConfig, PoolConfig
from tests.conformance.identity.programs import PATH, programs
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
from tests.support.serving import free_socket, port_of, served, url_of
from tests.support.vault import KEYS, RETURN_URL, RunningVault, provider_request, running_vault, vault_keys

HERE = Path(__file__).parent
REDIRECT_URI = "http://127.0.0.1:9/callback"
SIGNED_OUT_URI = "http://127.0.0.1:9/signed-out"
LONGEST_S = 120.0
BOTH = {"actions": ["GetResourceOauth2Token"], "workloads": ["coach"], "providers": ["*"]}


def conformance_pool(signing_key: ECKey, vault_url: str) -> PoolConfig:
    """The pool of the tests with clients of every kind that the suite plays."""
    code = ("authorization_code",)
    rest = pool_config()
    return pool_config(clients=(*rest.clients, *_clients(signing_key, code, vault_url)))


def _clients(signing_key: ECKey, code: tuple[str, ...], vault_url: str) -> list[ClientConfig]:
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
            post_logout_redirect_uris=(SIGNED_OUT_URI,),
            targets=targets(code, "coach"),
        ),
        client(
            "device",
            grants=("device_code", "refresh_token"),
            scopes=("openid", "activities/read"),
            targets=targets(("device_code",), "coach"),
        ),
        client(
            "ours",
            secret=secret_of("ours"),
            grants=("authorization_code", "refresh_token"),
            scopes=("openid", "activities/read"),
            redirect_uris=(f"{vault_url}/identities/oauth2/callback/ours",),
            targets=targets(code, "mcp-activities"),
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


def set_up(url: str, signing_key: ECKey, vault_url: str, second_port: int) -> dict[str, Any]:
    """What the clients are told."""
    machine = {"audience": "mcp-activities", "scope": "activities/read"}
    return {
        "issuer": f"{url}/coach",
        "programUrl": f"{url}{PATH}",
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
        "secrets": {name: secret_of(name) for name in ("differ", "differ-too", "theirs")},
        "vault": {
            "url": vault_url,
            "returnUrl": RETURN_URL,
            "resource": ACTIVITIES_URL,
            "secondIssuerPort": second_port,
        },
        "registered": {"resource": ACTIVITIES_URL, "scope": "activities/read"},
    }


def _provision(vault: RunningVault, issuer: str, second_port: int) -> None:
    control = vault.control()
    control.update_workload_identity(name="coach", allowedResourceOauth2ReturnUrls=[RETURN_URL])
    for name, url in (("ours", issuer), ("theirs", f"http://127.0.0.1:{second_port}")):
        control.create_oauth2_credential_provider(**provider_request(url, name, clientSecret=secret_of(name)))


def _free_port() -> int:
    with free_socket() as listening:
        return port_of(listening)


def main() -> int:
    """Runs the suite."""
    signing_key = ECKey.generate_key("P-256", {"kid": "signing-1", "alg": "ES256", "use": "sig"}, private=True)
    listening, clock = free_socket(), FakeClock()
    second_port = _free_port()
    with (
        tempfile.TemporaryDirectory() as folder,
        running_vault(
            Path(folder),
            keys=vault_keys({**KEYS, "coach": [BOTH]}),
            private_providers=frozenset({"127.0.0.1:*", "localhost:*"}),
        ) as vault,
    ):
        url = url_of(listening)
        settings = settings_in(Path(folder), base_url=url, pools=(conformance_pool(signing_key, vault.url),))
        server = create_app(settings, clock=clock, load_keys=keys_of_tests)
        app = programs(server, clock, vault, f"{url}/coach")
        _provision(vault, f"{url}/coach", second_port)
        with served(app, listening):
            done = subprocess.run(
                ["node", "suite.mjs"],
                cwd=HERE,
                input=json.dumps(set_up(url, signing_key, vault.url, second_port)),
                text=True,
                timeout=LONGEST_S,
                check=False,
            )
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
