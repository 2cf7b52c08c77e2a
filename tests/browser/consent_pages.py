"""The consent return on a real port beside a real authorization server; only the vault behind it is played."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from pydantic import SecretStr

from identity.authorization_server.app import create_app as authorization_server
from identity.authorization_server.pools import ResourceServerConfig, UserConfig
from identity.consent_return.app import create_app as consent_return
from identity.consent_return.errors import ConsentOfAnother, ConsentOver
from identity.consent_return.settings import ConsentReturnSettings, Service
from identity.consent_return.vault_calls import Connection
from identity.consent_state import seal
from tests.support.authorization_server import (
    MAYA_SUB,
    FakeClock,
    claims_of,
    client,
    keys_of_tests,
    pool_config,
    settings_in,
    targets,
)
from tests.support.serving import free_socket, served, url_of

STATE_KEY = "a key for consent states, for tests only"
JONAS, JONAS_SUB = "jonas", "athlete-jonas"
SESSION = "urn:ietf:params:oauth:request_uri:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"


@dataclass
class PlayedVault:
    """What the consent return asks the vault.

    Knobs:
        begun: Session to the subject that began it; completing takes it away.
        connected: Subject to connections.
    """

    begun: dict[str, str] = field(default_factory=dict)
    connected: dict[str, list[Connection]] = field(default_factory=dict)

    async def complete(self, session_uri: str, token: str, _state: str) -> None:
        """Connect, if this person began it."""
        subject = claims_of(token)["sub"]
        if session_uri not in self.begun:
            raise ConsentOver("unknown")
        if self.begun.pop(session_uri) != subject:
            raise ConsentOfAnother("another's")
        scopes = ("socials/read", "socials/write")
        when = datetime(2026, 11, 23, 9, tzinfo=UTC)
        self.connected.setdefault(subject, []).append(Connection("coach", "federation", scopes, when, "issuer"))

    def close(self) -> None:
        pass

    async def connections(self, token: str) -> list[Connection]:
        """This person's."""
        return list(self.connected.get(claims_of(token)["sub"], []))

    async def disconnect(self, token: str, workload: str, provider: str) -> None:
        """Take one away."""
        own = self.connected[claims_of(token)["sub"]]
        own[:] = [one for one in own if (one.workload, one.provider) != (workload, provider)]


@dataclass(frozen=True)
class ConsentPages:
    """Where they are, the vault behind them, the clock of all."""

    url: str
    issuer: str
    vault: PlayedVault
    clock: FakeClock

    def landing(self, *, begun_by: str = MAYA_SUB) -> str:
        """Where a consent of this person comes back to."""
        self.vault.begun[SESSION] = begun_by
        state = seal(STATE_KEY.encode(), issuer=self.issuer, subject=begun_by, now=self.clock())
        return f"{self.url}/return?session_id={SESSION}&state={state}"


@contextmanager
def consent_pages(folder: Path) -> Iterator[ConsentPages]:
    """Serve both."""
    own, issuer = free_socket(), free_socket()
    clock, vault = FakeClock(), PlayedVault()
    pool = pool_config()
    jonas = UserConfig(username=JONAS, sub=JONAS_SUB, name="Jonas", password_hash=pool.users[0].password_hash)
    code = ("authorization_code",)
    own_client = client(
        "consent-return",
        name="Your connected accounts",
        secret="secret-of-consent-return",
        grants=code,
        scopes=("openid", "connections/write"),
        redirect_uris=(f"{url_of(own)}/callback",),
        targets=targets(code, "token-vault"),
        first_party=True,
    )
    meaning = {"connections/write": "Connect and disconnect other services in your name"}
    server = ResourceServerConfig(name="vault", audiences=("token-vault",), scopes=meaning)
    changed = {
        "users": (*pool.users, jonas),
        "clients": (*pool.clients, own_client),
        "resource_servers": (*pool.resource_servers, server),
    }
    settings = settings_in(folder, base_url=url_of(issuer), pools=(pool.model_copy(update=changed),))
    own_settings = ConsentReturnSettings(
        base_url=url_of(own),
        issuer=f"{url_of(issuer)}/coach",
        client_secret=SecretStr("secret-of-consent-return"),
        consent_state_key=SecretStr(STATE_KEY),
        vault_url=url_of(own),
        services={
            "federation": Service(
                name="Socials",
                meanings={"socials/read": "See your feed and followers", "socials/write": "Post and comment as you"},
            )
        },
        workloads={"coach": "The coach"},
    )
    people = authorization_server(settings, clock=clock, load_keys=keys_of_tests)
    pages = consent_return(own_settings, clock=clock, consents=vault)
    with served(people, issuer), served(pages, own):
        yield ConsentPages(url_of(own), own_settings.issuer, vault, clock)
