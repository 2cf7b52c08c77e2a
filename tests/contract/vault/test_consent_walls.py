"""Consents that go wrong: another user, another provider, an old state, a stranger's code. Nothing is ever stored."""

import sqlite3
from contextlib import nullcontext
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from botocore.exceptions import ClientError

from identity.errors import LocalVaultRefused
from identity.local_vault import LocalVault
from identity.vault.consent_sessions import LIFETIME_S, MOST_OPEN
from tests.support.aws_shapes import fits
from tests.support.consenting import ask, browse, callback_of, complete, connect, query, visit, with_changed_query
from tests.support.vault import RETURN_URL, RunningVault, access_key_id, provider_request, running_vault


def connections(vault: RunningVault) -> list[tuple[Any, ...]]:
    """Owner, scopes and account of every connection that is stored."""
    database = sqlite3.connect(vault.settings.database_path)
    rows = database.execute("SELECT owner, scopes, account FROM connection ORDER BY owner").fetchall()
    database.close()
    return rows


def change(vault: RunningVault, statement: str) -> None:
    database = sqlite3.connect(vault.settings.database_path, isolation_level=None)
    database.execute(statement)
    database.close()


def audit(vault: RunningVault) -> str:
    return vault.settings.audit_log.read_text(encoding="utf-8")


def status_of(vault: RunningVault, user_token: str, started: dict[str, Any]) -> str:
    return str(ask(vault, user_token, sessionUri=started["sessionUri"])["sessionStatus"])


def refused(vault: RunningVault, started: dict[str, Any], subject: str = "maya-sub") -> str:
    """The error of completing a consent as a user."""
    with pytest.raises(ClientError) as error:
        complete(vault, started["sessionUri"], userToken=vault.provider.application_token(subject))
    return str(error.value.response["Error"]["Code"])


@pytest.mark.case("V01")
def test_a_consent_finished_by_another_user_is_refused_and_over(federated: RunningVault) -> None:
    vault, user_token = federated, federated.provider.user_token()
    started = ask(vault, user_token)
    browse(started["authorizationUrl"])

    assert refused(vault, started, "jonas-sub") == "AccessDeniedException"

    assert vault.provider.seen == []  # the code was never shown to the provider
    assert connections(vault) == []
    assert status_of(vault, user_token, started) == "FAILED"
    assert refused(vault, started) == "ResourceNotFoundException"  # nor can the right user finish it now
    assert '"event": "consent refused", "who": "consent-return"' in audit(vault)
    assert '"decision": "another user"' in audit(vault)


@pytest.mark.case("V01")
@pytest.mark.parametrize("own", [True, False])
def test_a_consent_is_finished_with_its_own_state_alone(federated: RunningVault, own: bool) -> None:
    """Who sent their link to another person knows its session, and states of their own; not what that browser got."""
    vault, user_token = federated, federated.provider.user_token()
    sent = ask(vault, user_token, customState="known to the browser alone")
    browse(sent["authorizationUrl"])
    state = "known to the browser alone" if own else "of another consent of mine"
    with httpx.Client(trust_env=False) as http:
        application = LocalVault(
            endpoint_url=vault.url,
            region="us-east-1",
            access_key_id=access_key_id("consent-return"),
            secret_access_key="secret-of-consent-return",
            http=http,
        )
        with nullcontext() if own else pytest.raises(LocalVaultRefused, match="AccessDenied"):
            application.complete_consent(vault.provider.application_token(), sent["sessionUri"], state)
    assert len(vault.provider.seen) == int(own)
    assert len(connections(vault)) == int(own)


@pytest.mark.case("V01")
def test_a_user_id_is_not_a_user_with_a_token(federated: RunningVault) -> None:
    vault = federated
    started = ask(vault, vault.provider.user_token())
    browse(started["authorizationUrl"])

    with pytest.raises(ClientError) as error:
        complete(vault, started["sessionUri"], userId="maya-sub")
    assert error.value.response["Error"]["Code"] == "AccessDeniedException"
    assert vault.provider.seen == []


@pytest.mark.case("V01")
@pytest.mark.parametrize(
    "claims",
    [
        pytest.param({"aud": "coach"}, id="for the coach"),
        pytest.param({"client_id": "terminal"}, id="made by another client"),
        pytest.param({"exp": 1}, id="expired"),
    ],
)
def test_only_a_token_of_the_consent_application_says_who_came_back(
    federated: RunningVault, claims: dict[str, Any]
) -> None:
    vault = federated
    started = ask(vault, vault.provider.user_token())
    browse(started["authorizationUrl"])

    with pytest.raises(ClientError) as error:
        complete(vault, started["sessionUri"], userToken=vault.provider.application_token(**claims))
    assert error.value.response["Error"]["Code"] == "UnauthorizedException"
    complete(vault, started["sessionUri"], userToken=vault.provider.application_token())  # the right one still can


@pytest.mark.case("V02")
def test_a_state_is_good_once_and_only_the_last_one(federated: RunningVault) -> None:
    vault = federated
    started = ask(vault, vault.provider.user_token())
    first, second = callback_of(started["authorizationUrl"]), callback_of(started["authorizationUrl"])

    assert visit(first).status_code == 400  # the second visit made a new state
    assert visit(second).status_code == 303
    assert visit(second).status_code == 400
    assert visit(with_changed_query(second, state="guessed")).status_code == 400
    assert visit(with_changed_query(second, state=None)).status_code == 400


@pytest.mark.case("V02")
def test_a_state_is_not_good_after_the_consent_has_expired(federated: RunningVault) -> None:
    vault = federated
    started = ask(vault, vault.provider.user_token())
    callback = callback_of(started["authorizationUrl"])
    vault.clock.ahead_s = LIFETIME_S + 1

    assert visit(callback).status_code == 400
    assert visit(started["authorizationUrl"]).status_code == 404


@pytest.mark.case("V02")
def test_a_repeated_parameter_is_refused(federated: RunningVault) -> None:
    callback = callback_of(ask(federated, federated.provider.user_token())["authorizationUrl"])

    assert visit(f"{callback}&code=another").status_code == 400
    assert visit(callback).status_code == 303


@pytest.mark.case("V03")
def test_a_state_at_another_providers_callback_ends_the_consent(federated: RunningVault) -> None:
    vault, user_token = federated, federated.provider.user_token()
    started = ask(vault, user_token)
    callback = callback_of(started["authorizationUrl"])

    mixed_up = callback.replace("/callback/coach-federation", "/callback/coach-exchange")
    assert visit(mixed_up).status_code == 400

    assert visit(callback).status_code == 400
    assert status_of(vault, user_token, started) == "FAILED"
    assert vault.provider.seen == []


@pytest.mark.case("V03")
@pytest.mark.parametrize("issuer", [pytest.param("https://evil.example", id="wrong"), pytest.param(None, id="missing")])
def test_an_answer_that_names_another_issuer_is_refused(federated: RunningVault, issuer: str | None) -> None:
    vault, user_token = federated, federated.provider.user_token()
    started = ask(vault, user_token)
    vault.provider.answer_issuer = issuer

    assert visit(callback_of(started["authorizationUrl"])).status_code == 400

    assert status_of(vault, user_token, started) == "FAILED"
    assert vault.provider.seen == []


@pytest.mark.case("V03")
def test_a_provider_that_announces_no_issuer_may_leave_it_out_but_not_name_another(fresh_vault: RunningVault) -> None:
    vault = fresh_vault
    vault.provision_federation()
    vault.provider.discovery_answer = {"authorization_response_iss_parameter_supported": False}
    vault.provider.answer_issuer = None
    connect(vault, vault.provider.user_token())
    vault.provider.answer_issuer = "https://evil.example"

    again = ask(vault, vault.provider.user_token(), forceAuthentication=True)
    assert visit(callback_of(again["authorizationUrl"])).status_code == 400


@pytest.mark.case("V04")
def test_the_callback_links_nothing_by_itself_and_needs_no_session(federated: RunningVault) -> None:
    """Who sits at the browser is the application's to find out, by signing them in."""
    vault = federated
    started = ask(vault, vault.provider.user_token())

    back = browse(started["authorizationUrl"])  # a browser without any cookie

    assert back.startswith("https://app.example/return")
    assert "code" not in query(back)
    assert connections(vault) == []


@pytest.mark.case("V05")
def test_a_code_of_somebody_else_in_the_users_callback_is_refused(federated: RunningVault) -> None:
    vault, user_token = federated, federated.provider.user_token()
    vault.provider.signed_in = "attacker-elsewhere"
    attackers = query(callback_of(ask(vault, vault.provider.user_token("mallory"))["authorizationUrl"]))["code"][0]
    vault.provider.signed_in = "maya-elsewhere"
    started = ask(vault, user_token)

    visit(with_changed_query(callback_of(started["authorizationUrl"]), code=attackers))
    assert refused(vault, started) == "AccessDeniedException"  # the provider: PKCE does not match

    assert connections(vault) == []
    assert status_of(vault, user_token, started) == "FAILED"


@pytest.mark.case("V19")
def test_another_users_consent_cannot_be_polled_or_guessed(federated: RunningVault) -> None:
    vault = federated
    started = ask(vault, vault.provider.user_token())
    jonas = vault.provider.user_token("jonas-sub")

    for uri in (started["sessionUri"], "urn:ietf:params:oauth:request_uri:guessed"):
        with pytest.raises(ClientError) as error:
            ask(vault, jonas, sessionUri=uri)
        assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404
    assert len(started["sessionUri"].rpartition(":")[2]) >= 43  # 256 bit
    guessed = f"{vault.url}/identities/oauth2/authorize?request_uri={quote('urn:ietf:params:oauth:request_uri:x')}"
    assert visit(guessed).status_code == 404


@pytest.mark.case("V19")
def test_a_consent_answers_only_the_request_that_began_it(federated: RunningVault) -> None:
    vault, user_token = federated, federated.provider.user_token()
    started = ask(vault, user_token)

    with pytest.raises(ClientError) as error:
        ask(vault, user_token, sessionUri=started["sessionUri"], scopes=["socials/read"])
    assert error.value.response["Error"]["Code"] == "ValidationException"


@pytest.mark.case("V21")
def test_a_declined_consent_goes_back_with_the_error_and_stores_nothing(federated: RunningVault) -> None:
    vault, user_token = federated, federated.provider.user_token()
    vault.provider.deny_authorize = "access_denied"
    started = ask(vault, user_token)

    back = query(browse(started["authorizationUrl"]))

    assert back["error"] == ["access_denied"]
    assert (back["session_id"], back["state"]) == ([started["sessionUri"]], ["state of the app"])
    assert ask(vault, user_token, sessionUri=started["sessionUri"]) == {
        "sessionUri": started["sessionUri"],
        "sessionStatus": "FAILED",
    }
    assert refused(vault, started) == "ResourceNotFoundException"
    assert connections(vault) == []


@pytest.mark.case("V21")
def test_an_unknown_error_of_the_provider_is_not_repeated_to_the_application(federated: RunningVault) -> None:
    federated.provider.deny_authorize = "canary<script>"

    back = browse(ask(federated, federated.provider.user_token())["authorizationUrl"])

    assert query(back)["error"] == ["refused"]


@pytest.mark.case("V21")
@pytest.mark.case("V30")
def test_a_consent_that_nobody_finishes_fails_by_itself(federated: RunningVault) -> None:
    vault, user_token = federated, federated.provider.user_token(exp=2_000_000_000)
    started = ask(vault, user_token)
    browse(started["authorizationUrl"])
    assert status_of(vault, user_token, started) == "IN_PROGRESS"
    # Not by the vault's clock: requests signed now would be too old for it.
    change(vault, "UPDATE consent_session SET expires_at = expires_at - 600")

    assert status_of(vault, user_token, started) == "FAILED"
    assert refused(vault, started) == "ResourceNotFoundException"


@pytest.mark.case("V30")
def test_a_flood_of_consents_keeps_the_newest_of_each_user(federated: RunningVault) -> None:
    vault, user_token = federated, federated.provider.user_token()
    of_jonas = ask(vault, vault.provider.user_token("jonas-sub"))

    flood = [ask(vault, user_token) for _ in range(MOST_OPEN + 2)]

    assert [visit(one["authorizationUrl"]).status_code for one in flood[:2]] == [404, 404]
    assert {visit(one["authorizationUrl"]).status_code for one in flood[2:]} == {303}
    assert visit(of_jonas["authorizationUrl"]).status_code == 303


@pytest.mark.case("V26")
@pytest.mark.parametrize(
    "url",
    ["https://evil.example/return", f"{RETURN_URL}&more", "https://app.example/return", RETURN_URL.upper()],
)
def test_only_a_return_url_of_the_workload_is_taken(federated: RunningVault, url: str) -> None:
    with pytest.raises(ClientError) as error:
        ask(federated, federated.provider.user_token(), resourceOauth2ReturnUrl=url)
    assert error.value.response["Error"]["Code"] == "ValidationException"


@pytest.mark.case("V18")
def test_the_url_given_to_the_person_holds_no_token_and_nothing_about_them(federated: RunningVault) -> None:
    vault, user_token = federated, federated.provider.user_token()

    url = ask(vault, user_token)["authorizationUrl"]

    assert url.startswith(f"{vault.url}/identities/oauth2/authorize?request_uri=urn%3Aietf%3Aparams%3Aoauth")
    assert query(url).keys() == {"request_uri"}
    for secret in (user_token, vault.workload_token(user_token), "maya", "state of the app", "socials"):
        assert secret not in url
    assert "set-cookie" not in visit(url).headers  # opening it signs nobody in


@pytest.mark.case("V18")
@pytest.mark.parametrize("where", ["http://app.example/return", "http://10.0.0.1/return"])
def test_a_return_url_without_tls_off_this_machine_is_refused(federated: RunningVault, where: str) -> None:
    vault = federated
    with pytest.raises(ClientError) as error:
        vault.control().update_workload_identity(name="coach", allowedResourceOauth2ReturnUrls=[where])
    assert error.value.response["Error"]["Code"] == "ValidationException"
    vault.control().update_workload_identity(
        name="coach", allowedResourceOauth2ReturnUrls=["http://127.0.0.1:8081/oauth2/callback"]
    )


@pytest.mark.case("V20")
def test_pages_of_a_consent_ask_for_nothing(federated: RunningVault) -> None:
    page = visit(f"{federated.url}/identities/oauth2/authorize?request_uri=unknown")

    assert page.status_code == 404
    assert page.headers["content-type"].startswith("text/html")
    assert "<form" not in page.text
    assert "<input" not in page.text
    assert page.headers["referrer-policy"] == "no-referrer"
    assert "default-src 'none'" in page.headers["content-security-policy"]


@pytest.mark.case("I05")
def test_browsers_are_answered_under_the_vaults_own_host_alone(federated: RunningVault) -> None:
    url = ask(federated, federated.provider.user_token())["authorizationUrl"]

    assert httpx.get(url, headers={"Host": "evil.example"}, trust_env=False).status_code == 421
    assert visit(url).status_code == 303


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_nothing_but_the_two_browser_routes_goes_unsigned(federated: RunningVault, method: str) -> None:
    url = ask(federated, federated.provider.user_token())["authorizationUrl"]

    answer = httpx.request(method, url, trust_env=False)
    assert answer.headers["x-amzn-errortype"] == "MissingAuthenticationTokenException"
    assert httpx.get(f"{federated.url}/identities/oauth2/token", trust_env=False).status_code == 403


@pytest.mark.case("S12")
def test_a_workloads_key_completes_no_consent(federated: RunningVault) -> None:
    vault = federated
    started = ask(vault, vault.provider.user_token())
    browse(started["authorizationUrl"])

    with pytest.raises(ClientError) as error:
        vault.client("coach").complete_resource_token_auth(
            sessionUri=started["sessionUri"], userIdentifier={"userToken": vault.provider.application_token()}
        )
    assert error.value.response["Error"]["Code"] == "AccessDeniedException"


def test_a_consent_is_completed_once(federated: RunningVault) -> None:
    started = connect(federated, federated.provider.user_token())

    assert refused(federated, started) == "ResourceNotFoundException"
    assert len(federated.provider.seen) == 1


def test_a_consent_is_not_completed_before_the_provider_has_answered(federated: RunningVault) -> None:
    vault = federated
    started = ask(vault, vault.provider.user_token())

    assert refused(vault, started) == "ResourceNotFoundException"
    browse(started["authorizationUrl"])
    complete(vault, started["sessionUri"], userToken=vault.provider.application_token())


def test_user_federation_needs_a_user_and_a_return_url(federated: RunningVault) -> None:
    vault = federated
    alone = vault.client("operator").get_workload_access_token(workloadName="coach")["workloadAccessToken"]

    for changes in ({"workloadIdentityToken": alone}, {"resourceOauth2ReturnUrl": None}):
        with pytest.raises(ClientError) as error:
            ask(vault, vault.provider.user_token(), **changes)
        assert error.value.response["Error"]["Code"] == "ValidationException"


def test_answers_fit_the_shapes_of_aws(federated: RunningVault) -> None:
    vault, user_token = federated, federated.provider.user_token()
    started = fits(ask(vault, user_token), "GetResourceOauth2Token")
    browse(started["authorizationUrl"])
    answer = vault.client("consent-return").complete_resource_token_auth(
        sessionUri=started["sessionUri"], userIdentifier={"userToken": vault.provider.application_token()}
    )

    assert fits(answer, "CompleteResourceTokenAuth") == {}
    assert fits(ask(vault, user_token), "GetResourceOauth2Token").keys() == {"accessToken"}


def test_a_vault_that_died_while_it_exchanged_a_code_reports_the_consent_as_failed(tmp_path: Path) -> None:
    with running_vault(tmp_path) as vault:
        vault.provision_federation()
        user_token = vault.provider.user_token()
        started = ask(vault, user_token)
        browse(started["authorizationUrl"])
        change(vault, "UPDATE consent_session SET stage = 'completing'")  # as a crash leaves it
        assert status_of(vault, user_token, started) == "IN_PROGRESS"

    with running_vault(tmp_path, provisioned=False, provider=vault.provider) as again:
        assert status_of(again, user_token, started) == "FAILED"


@pytest.mark.case("V28")
def test_a_consent_under_way_ends_when_the_provider_is_changed(federated: RunningVault) -> None:
    vault = federated
    started = ask(vault, vault.provider.user_token())
    browse(started["authorizationUrl"])
    vault.control().update_oauth2_credential_provider(**provider_request(vault.provider.url, "coach-federation"))

    assert refused(vault, started) == "ResourceNotFoundException"
    assert vault.provider.seen == []


def test_a_browser_under_way_is_sent_nowhere_when_the_provider_is_changed(federated: RunningVault) -> None:
    vault = federated
    begun, visited = (ask(vault, vault.provider.user_token()) for _ in range(2))
    callback = callback_of(visited["authorizationUrl"])
    vault.control().update_oauth2_credential_provider(**provider_request(vault.provider.url, "coach-federation"))

    for answer in (visit(begun["authorizationUrl"]), visit(callback)):
        assert answer.status_code == 404
        assert "location" not in answer.headers
    assert status_of(vault, vault.provider.user_token(), visited) == "IN_PROGRESS"
