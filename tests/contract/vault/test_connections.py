"""Connections that were made: refreshed once, never crossed, never sent elsewhere, and destroyed when they end."""

import sqlite3
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from botocore.exceptions import ClientError

from identity.errors import LocalVaultRefused
from identity.local_vault import LocalVault
from tests.support.consenting import SCOPES, ask, browse, complete, connect
from tests.support.vault import CANARY_CLIENT_SECRET, REGION, RunningVault, access_key_id, provider_request

LATER_S = 200.0  # less than a signed request may be old, more than a short token lives
SHORT_S = 100


def stored(vault: RunningVault, columns: str = "*") -> list[tuple[Any, ...]]:
    database = sqlite3.connect(vault.settings.database_path)
    rows = database.execute(f"SELECT {columns} FROM connection").fetchall()  # noqa: S608  our own columns
    database.close()
    return rows


def data_keys(vault: RunningVault, kind: str) -> int:
    database = sqlite3.connect(vault.settings.database_path)
    (count,) = database.execute("SELECT count(*) FROM data_key WHERE owner LIKE ?", (f'["{kind}"%',)).fetchone()
    database.close()
    return int(count)


def connected(vault: RunningVault, subject: str = "maya-sub", **changes: Any) -> str:
    """A user with a connection whose token ends soon; gives the user's token."""
    user_token = vault.provider.user_token(subject, exp=4_000_000_000)
    vault.provider.token_life_s = SHORT_S
    connect(vault, user_token, subject, **changes)
    vault.provider.token_life_s = 900
    return user_token


def error_of(vault: RunningVault, user_token: str, **changes: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as error:
        ask(vault, user_token, **changes)
    return error.value.response["Error"]["Code"], error.value.response["Error"]["Message"]


Applications = Callable[..., LocalVault]


@pytest.fixture
def application() -> Iterator[Applications]:
    """Makes clients of the local operations; the consent application's unless told otherwise."""
    with httpx.Client(trust_env=False) as http:

        def client(vault: RunningVault, principal: str = "consent-return") -> LocalVault:
            return LocalVault(
                endpoint_url=vault.url,
                region=REGION,
                access_key_id=access_key_id(principal),
                secret_access_key=f"secret-of-{principal}",
                http=http,
            )

        yield client


def test_a_stale_token_is_refreshed_without_asking_the_person(federated: RunningVault) -> None:
    vault, user_token = federated, connected(federated)
    first = ask(vault, user_token)["accessToken"]
    vault.clock.ahead_s = LATER_S

    second = ask(vault, user_token)["accessToken"]

    (refresh,) = vault.provider.of_grant("refresh_token")
    assert refresh.form.keys() == {"grant_type", "refresh_token"}
    assert first != second == vault.provider.issued[-1]
    assert len(vault.provider.authorizations) == 1
    assert ask(vault, user_token)["accessToken"] == second


@pytest.mark.case("X12")
@pytest.mark.case("V17")
def test_sixteen_calls_for_a_stale_token_make_one_refresh(federated: RunningVault) -> None:
    vault, user_token = federated, connected(federated)
    workload_token = vault.workload_token(user_token)
    vault.clock.ahead_s = LATER_S
    vault.provider.slow_s = 0.2

    with ThreadPoolExecutor(16) as threads:
        each = threads.map(lambda _: ask(vault, user_token, workloadIdentityToken=workload_token), range(16))
        answers = {answer["accessToken"] for answer in each}

    assert answers == {vault.provider.issued[-1]}
    assert len(vault.provider.of_grant("refresh_token")) == 1


@pytest.mark.case("V17")
def test_the_rotated_refresh_token_is_the_next_one_used(federated: RunningVault) -> None:
    vault, user_token = federated, connected(federated)
    vault.provider.token_life_s = SHORT_S
    vault.clock.ahead_s = SHORT_S
    ask(vault, user_token)
    (rotated,) = vault.provider.refresh_tokens
    vault.clock.ahead_s = 2 * SHORT_S

    assert ask(vault, user_token)["accessToken"] == vault.provider.issued[-1]
    assert [seen.one("refresh_token") for seen in vault.provider.of_grant("refresh_token")][1] == rotated


@pytest.mark.case("V17")
def test_the_new_refresh_token_is_stored_before_its_access_token_is_judged(fresh_vault: RunningVault) -> None:
    """The access token that comes along is useless, and nobody gets it: the grant is not lost with it."""
    vault = fresh_vault
    vault.provision_federation()
    user_token = connected(vault)
    vault.clock.ahead_s = LATER_S
    vault.provider.token_life_s = 1
    assert error_of(vault, user_token)[0] == "InternalServerException"
    vault.clock.ahead_s += 2.1  # the failure is remembered for two seconds
    vault.provider.token_life_s = 900

    assert ask(vault, user_token)["accessToken"] == vault.provider.issued[-1]
    assert len(vault.provider.of_grant("refresh_token")) == 2
    assert len(vault.provider.authorizations) == 1


@pytest.mark.case("V16")
def test_a_grant_that_the_provider_forgot_asks_for_consent_and_is_not_tried_again(federated: RunningVault) -> None:
    vault, user_token = federated, connected(federated)
    vault.clock.ahead_s = LATER_S
    vault.provider.refresh_tokens.clear()

    answers = [ask(vault, user_token) for _ in range(4)]

    assert {answer["sessionStatus"] for answer in answers} == {"IN_PROGRESS"}
    assert len(vault.provider.of_grant("refresh_token")) == 1
    assert stored(vault) == []
    browse(answers[-1]["authorizationUrl"])
    complete(vault, answers[-1]["sessionUri"], userToken=vault.provider.application_token())
    assert ask(vault, user_token)["accessToken"] == vault.provider.issued[-1]


@pytest.mark.case("V16")
def test_a_provider_that_is_down_costs_no_consent(fresh_vault: RunningVault) -> None:
    vault = fresh_vault
    vault.provision_federation()
    user_token = connected(vault)
    vault.clock.ahead_s = LATER_S
    vault.provider.fail_next = [(503, {"error": "temporarily_unavailable"})]

    assert error_of(vault, user_token)[0] == "InternalServerException"
    vault.clock.ahead_s += 2.1  # the failure is remembered for two seconds
    assert ask(vault, user_token)["accessToken"] == vault.provider.issued[-1]


def test_without_a_refresh_token_a_stale_connection_asks_again(federated: RunningVault) -> None:
    federated.provider.no_refresh_token = True
    vault, user_token = federated, connected(federated)
    vault.clock.ahead_s = LATER_S

    assert ask(vault, user_token)["sessionStatus"] == "IN_PROGRESS"
    assert vault.provider.of_grant("refresh_token") == []


@pytest.mark.case("V06")
def test_less_than_was_asked_is_kept_as_what_it_is(federated: RunningVault) -> None:
    vault, user_token = federated, federated.provider.user_token()
    vault.provider.narrow_scopes = "socials/read"
    connect(vault, user_token)

    code, message = error_of(vault, user_token)
    assert code == "AccessDeniedException"
    assert "socials/write was not granted" in message
    assert stored(vault, "scopes") == [('["socials/read"]',)]
    assert ask(vault, user_token, scopes=["socials/read"])["accessToken"] == vault.provider.issued[-1]
    assert ask(vault, user_token, forceAuthentication=True)["sessionStatus"] == "IN_PROGRESS"


@pytest.mark.case("V06")
def test_a_grant_that_shrinks_at_a_refresh_is_asked_for_again(federated: RunningVault) -> None:
    vault, user_token = federated, connected(federated)
    vault.clock.ahead_s = LATER_S
    vault.provider.narrow_scopes = "socials/read"

    assert ask(vault, user_token)["sessionStatus"] == "IN_PROGRESS"


@pytest.mark.case("X11")
@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"scopes": ["socials/read"]}, id="fewer scopes"),
        pytest.param({"scopes": [*SCOPES, "socials/admin"]}, id="more scopes"),
        pytest.param({"audiences": ["mcp-support"]}, id="another audience"),
        pytest.param({"resources": ["https://mcp.example"]}, id="another resource"),
        pytest.param({"customParameters": {"tenant": "t1"}}, id="another parameter"),
    ],
)
def test_a_connection_for_something_else_is_not_used(federated: RunningVault, change: dict[str, Any]) -> None:
    vault, user_token = federated, connected(federated)

    assert ask(vault, user_token, **change)["sessionStatus"] == "IN_PROGRESS"
    assert ask(vault, user_token)["accessToken"] == vault.provider.issued[-1]


@pytest.mark.case("V08")
def test_users_never_get_one_anothers_tokens(federated: RunningVault) -> None:
    vault = federated
    people = ["maya-sub", "jonas-sub", "aiko-sub"]
    tokens = {}
    for person in people[:2]:
        vault.provider.signed_in = f"{person}-elsewhere"
        user_token = vault.provider.user_token(person)
        connect(vault, user_token, person)
        tokens[person] = (vault.workload_token(user_token), vault.provider.issued[-1])
    aiko = vault.workload_token(vault.provider.user_token("aiko-sub"))

    def turn(number: int) -> bool:
        person = people[number % 3]
        if person == "aiko-sub":
            return bool(ask(vault, "", workloadIdentityToken=aiko)["sessionStatus"] == "IN_PROGRESS")
        handle, expected = tokens[person]
        return bool(ask(vault, "", workloadIdentityToken=handle)["accessToken"] == expected)

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(turn, range(150)))


@pytest.mark.case("V07")
def test_an_account_of_another_user_is_not_linked_and_its_tokens_are_given_back(
    federated: RunningVault, application: Applications
) -> None:
    vault = federated
    connected(vault, "maya-sub")
    jonas = vault.provider.user_token("jonas-sub")
    started = ask(vault, jonas)
    browse(started["authorizationUrl"])  # signed in elsewhere as maya

    with pytest.raises(ClientError) as error:
        complete(vault, started["sessionUri"], userToken=vault.provider.application_token("jonas-sub"))

    assert error.value.response["Error"]["Code"] == "AccessDeniedException"
    assert len(stored(vault)) == 1
    assert [one["token_type_hint"] for one in vault.provider.revoked] == ["refresh_token"]
    assert '"event": "consent refused"' in vault.settings.audit_log.read_text(encoding="utf-8")
    application(vault).delete_connection(vault.provider.application_token(), "coach", "coach-federation")
    connect(vault, jonas, "jonas-sub")  # the first user let go of it
    assert ask(vault, jonas)["accessToken"] == vault.provider.issued[-1]


@pytest.mark.case("V07")
def test_the_account_is_read_from_an_id_token_of_the_provider_for_this_client(federated: RunningVault) -> None:
    vault = federated
    opaque = {"access_token": "opaque-access-token"}
    id_token = vault.provider.issuer.token(sub="one-account", aud="coach-federation")
    vault.provider.token_answer = opaque | {"id_token": id_token}
    connect(vault, vault.provider.user_token())
    foreign = vault.provider.issuer.token(sub="another", aud="somebody-else")

    for subject, answer, code in (
        ("jonas-sub", id_token, "AccessDeniedException"),
        ("aiko-sub", foreign, "InternalServerException"),
    ):
        vault.provider.token_answer = opaque | {"id_token": answer}
        with pytest.raises(ClientError) as error:
            connect(vault, vault.provider.user_token(subject), subject)
        assert error.value.response["Error"]["Code"] == code
    assert len(stored(vault)) == 1


@pytest.mark.case("V28")
def test_a_refresh_token_is_not_sent_to_a_token_endpoint_that_it_is_not_from(federated: RunningVault) -> None:
    vault, user_token = federated, connected(federated)
    elsewhere = {
        "issuer": vault.provider.url,
        "authorizationEndpoint": f"{vault.provider.url}/pools/coach/oauth2/authorize",
        "tokenEndpoint": f"{vault.provider.url}/elsewhere/token",
    }
    moved = provider_request(
        vault.provider.url, "coach-federation", oauthDiscovery={"authorizationServerMetadata": elsewhere}
    )
    vault.control().update_oauth2_credential_provider(**moved)
    vault.clock.ahead_s = LATER_S
    seen = len(vault.provider.seen)

    assert ask(vault, user_token)["sessionStatus"] == "IN_PROGRESS"

    assert len(vault.provider.seen) == seen
    assert stored(vault) == []


@pytest.mark.case("V28")
def test_a_new_client_secret_costs_nobody_a_consent(federated: RunningVault) -> None:
    vault, user_token = federated, connected(federated)
    vault.control().update_oauth2_credential_provider(
        **provider_request(vault.provider.url, "coach-federation", clientSecret="rotated")
    )
    vault.clock.ahead_s = LATER_S

    assert ask(vault, user_token)["accessToken"] == vault.provider.issued[-1]
    assert len(vault.provider.of_grant("refresh_token")) == 1


@pytest.mark.case("V09")
def test_a_connection_moved_to_another_user_or_endpoint_does_not_open(federated: RunningVault) -> None:
    vault, user_token = federated, connected(federated)
    database = sqlite3.connect(vault.settings.database_path, isolation_level=None)
    for change in ("token_endpoint = 'https://evil.example/token'", "scopes = '[\"socials/admin\"]'", "version = 7"):
        before = database.execute("SELECT token_endpoint, scopes, version FROM connection").fetchone()
        database.execute(f"UPDATE connection SET {change}")  # noqa: S608  our own changes
        assert error_of(vault, user_token)[0] == "InternalServerException"
        database.execute("UPDATE connection SET token_endpoint = ?, scopes = ?, version = ?", before)
    database.close()
    assert ask(vault, user_token)["accessToken"]


def test_a_person_sees_what_they_connected_and_nobody_elses(federated: RunningVault, application: Applications) -> None:
    vault = federated
    connected(vault, "maya-sub")
    connect(vault, vault.provider.user_token(), scopes=["socials/admin"])

    (connection,) = application(vault).list_connections(vault.provider.application_token())

    assert connection.pop("connectedAt") == pytest.approx(max(at for (at,) in stored(vault, "connected_at")))
    assert connection == {
        "workload": "coach",
        "provider": "coach-federation",
        "scopes": ["socials/admin", "socials/read", "socials/write"],
        "issuer": vault.provider.url,
    }
    assert application(vault).list_connections(vault.provider.application_token("jonas-sub")) == []


@pytest.mark.case("V15")
def test_disconnecting_revokes_upstream_and_destroys_row_and_data_key(
    federated: RunningVault, application: Applications
) -> None:
    vault, user_token = federated, connected(federated)
    pending = ask(vault, user_token, scopes=["socials/admin"])
    (refresh_token,) = vault.provider.refresh_tokens
    copy = stored(vault, "sealed")[0][0]
    assert data_keys(vault, "connection") == 1

    application(vault).delete_connection(vault.provider.application_token(), "coach", "coach-federation")

    assert vault.provider.revoked == [{"token": refresh_token, "token_type_hint": "refresh_token"}]
    assert stored(vault) == []
    assert data_keys(vault, "connection") == 0
    assert ask(vault, user_token)["sessionStatus"] == "IN_PROGRESS"
    assert (
        '"event": "disconnected", "who": "consent-return", "what": "coach/coach-federation", "decision": "revoked"'
        in (vault.settings.audit_log.read_text(encoding="utf-8"))
    )
    folder = Path(vault.settings.database_path).parent
    assert copy not in b"".join(path.read_bytes() for path in folder.glob("vault.sqlite"))
    with pytest.raises(ClientError):
        ask(vault, user_token, scopes=["socials/admin"], sessionUri=pending["sessionUri"])
    with pytest.raises(LocalVaultRefused, match="ResourceNotFoundException"):
        application(vault).delete_connection(vault.provider.application_token(), "coach", "coach-federation")


@pytest.mark.case("V15")
@pytest.mark.parametrize(("answer", "outcome"), [(None, "unsupported"), (503, "failed"), (200, "revoked")])
def test_what_the_provider_said_to_a_revocation_is_reported(
    fresh_vault: RunningVault, answer: int | None, outcome: str
) -> None:
    vault = fresh_vault
    vault.provision_federation()
    vault.provider.revocation = answer
    connected(vault)

    said = vault.local(
        "/local/connections/delete",
        "consent-return",
        userToken=vault.provider.application_token(),
        workload="coach",
        provider="coach-federation",
    )

    assert said.json() == {"revocations": {outcome: 1}}
    assert stored(vault) == []


@pytest.mark.case("V15")
def test_one_user_cannot_end_anothers_connection(federated: RunningVault, application: Applications) -> None:
    vault, user_token = federated, connected(federated)

    with pytest.raises(LocalVaultRefused, match="ResourceNotFoundException"):
        application(vault).delete_connection(vault.provider.application_token("jonas-sub"), "coach", "coach-federation")
    with pytest.raises(LocalVaultRefused, match="UnauthorizedException"):
        application(vault).list_connections(user_token)
    with pytest.raises(LocalVaultRefused, match="AccessDeniedException"):
        application(vault, "coach").list_connections(vault.provider.application_token())
    assert ask(vault, user_token)["accessToken"]


@pytest.mark.case("V15")
def test_deleting_a_user_destroys_everything_of_theirs_and_nothing_of_others(
    federated: RunningVault, application: Applications
) -> None:
    vault, user_token = federated, connected(federated)
    handle = vault.workload_token(user_token)
    vault.provider.signed_in = "jonas-elsewhere"
    jonas = connected(vault, "jonas-sub")

    application(vault, "operator").delete_user(vault.provider.url, "maya-sub")

    assert len(vault.provider.revoked) == 1
    database = sqlite3.connect(vault.settings.database_path)
    for table in ("workload_token", "resource_token", "consent_session", "connection", "data_key"):
        rows = database.execute(f"SELECT owner FROM {table} WHERE owner LIKE '%maya-sub%'").fetchall()  # noqa: S608  constants
        assert rows == [], table
    database.close()
    with pytest.raises(ClientError) as error:
        ask(vault, "", workloadIdentityToken=handle)
    assert error.value.response["Error"]["Code"] == "UnauthorizedException"
    assert ask(vault, jonas)["accessToken"]
    with pytest.raises(LocalVaultRefused, match="AccessDeniedException"):
        application(vault).delete_user(vault.provider.url, "jonas-sub")


@pytest.mark.case("V15")
def test_a_refresh_under_way_does_not_bring_a_connection_back(
    federated: RunningVault, application: Applications
) -> None:
    vault, user_token = federated, connected(federated)
    vault.clock.ahead_s = LATER_S
    workload_token = vault.workload_token(user_token)
    vault.provider.slow_s = 0.5
    vault.provider.revocation = 503  # else the provider would already refuse the refresh
    (old,) = vault.provider.refresh_tokens
    with ThreadPoolExecutor(1) as threads:
        refreshing = threads.submit(ask, vault, user_token, workloadIdentityToken=workload_token)
        while not vault.provider.of_grant("refresh_token"):
            time.sleep(0.01)
        application(vault).delete_connection(vault.provider.application_token(), "coach", "coach-federation")
        answer = refreshing.result(10)

    assert answer["sessionStatus"] == "IN_PROGRESS"
    assert stored(vault) == []
    assert data_keys(vault, "connection") == 0
    (new,) = vault.provider.refresh_tokens
    assert [one["token"] for one in vault.provider.revoked] == [old, new]  # what the refresh brought was given back


@pytest.mark.case("V12")
@pytest.mark.case("V13")
def test_nothing_of_a_connection_is_readable_at_rest_or_logged(
    fresh_vault: RunningVault, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    for theirs in ("httpx", "uvicorn.access"):  # the test's own browser; a log that is off but where pytest listens
        caplog.set_level("WARNING", logger=theirs)
    vault = fresh_vault
    vault.provision_federation()
    user_token = vault.provider.user_token(exp=4_000_000_000)
    connect(vault, user_token)
    started = ask(vault, user_token, forceAuthentication=True)
    browse(started["authorizationUrl"])
    folder = vault.settings.database_path.parent
    data = b"".join(path.read_bytes() for path in folder.iterdir() if path.suffix != ".kek") + caplog.text.encode()

    secrets = [user_token, *vault.provider.issued, *vault.provider.refresh_tokens, *vault.provider.codes]
    secrets += [started["sessionUri"], "state of the app", CANARY_CLIENT_SECRET]
    assert b"coach-federation" in data  # the search finds what is there
    assert [secret for secret in secrets if secret.encode() in data] == []
    assert len(vault.provider.codes) == 1


@pytest.mark.case("S09")
@pytest.mark.parametrize("flow", ["USER_FEDERATION", "ON_BEHALF_OF_TOKEN_EXCHANGE"])
def test_a_workload_token_is_no_good_for_a_user_who_has_signed_out(
    fresh_vault: RunningVault, monkeypatch: pytest.MonkeyPatch, flow: str
) -> None:
    monkeypatch.setattr("identity.revocations.LONGEST_AGE_S", -1.0)  # read the list at every use
    monkeypatch.setattr("identity.revocations.COOL_DOWN_S", -1.0)
    vault = fresh_vault
    vault.provision_federation()
    vault.provider.discovery_answer = {"revoked_tokens_uri": f"{vault.provider.url}/revoked.json"}
    user_token = vault.provider.user_token(origin_jti="sign-in-1")
    handle = vault.workload_token(user_token)
    connect(vault, user_token, workloadIdentityToken=handle)
    request = {
        "workloadIdentityToken": handle,
        "oauth2Flow": flow,
        "resourceCredentialProviderName": "coach-federation",
    }
    assert ask(vault, "", **request)["accessToken"]

    vault.provider.ended_sign_ins.append("sign-in-1")

    assert error_of(vault, "", **request)[0] == "UnauthorizedException"
    assert ask(vault, "", **request | {"oauth2Flow": "M2M"})["accessToken"]  # the workload itself goes on
