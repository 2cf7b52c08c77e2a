"""USER_FEDERATION: a person is asked once, by URL, and the tokens go to nobody but who asked for them."""

from tests.support.consenting import ask, browse, complete, connect, query, visit
from tests.support.vault import RunningVault


def test_a_consent_by_url_ends_in_a_token(federated: RunningVault) -> None:
    vault, user_token = federated, federated.provider.user_token()

    started = ask(vault, user_token)
    back = browse(started["authorizationUrl"])
    complete(vault, started["sessionUri"], userToken=vault.provider.application_token())
    answer = ask(vault, user_token, sessionUri=started["sessionUri"])

    assert started.keys() == {"authorizationUrl", "sessionUri", "sessionStatus"}
    assert started["sessionStatus"] == "IN_PROGRESS"
    assert back.startswith("https://app.example/return?from=vault&")
    assert query(back) == {"from": ["vault"], "session_id": [started["sessionUri"]], "state": ["state of the app"]}
    assert answer == {"accessToken": vault.provider.issued[-1]}


def test_the_provider_is_asked_with_pkce_and_for_exactly_what_the_workload_asked(federated: RunningVault) -> None:
    vault = federated
    user_token, resources = vault.provider.user_token(), ["https://socials.example"]

    started = connect(vault, user_token, resources=resources, customParameters={"tenant": "t1"})

    (authorization,) = vault.provider.authorizations
    state, challenge = authorization.pop("state")[0], authorization.pop("code_challenge")[0]
    callback = f"{vault.url}/identities/oauth2/callback/coach-federation"
    assert authorization == {
        "response_type": ["code"],
        "client_id": ["coach-federation"],
        "redirect_uri": [callback],
        "code_challenge_method": ["S256"],
        "scope": ["socials/read socials/write"],
        "audience": ["mcp-socials"],
        "resource": ["https://socials.example"],
        "tenant": ["t1"],
    }
    assert len(state) >= 43  # 256 bit in base64url
    assert len(challenge) == 43
    assert state not in started["sessionUri"]
    (exchange,) = vault.provider.seen
    verifier = exchange.form.pop("code_verifier")[0]
    assert len(verifier) >= 43
    assert exchange.form.pop("code")
    assert exchange.form == {
        "grant_type": ["authorization_code"],
        "redirect_uri": [callback],
        "audience": ["mcp-socials"],
        "resource": ["https://socials.example"],
        "tenant": ["t1"],
    }


def test_nothing_is_exchanged_before_the_application_has_said_whose_browser_came_back(federated: RunningVault) -> None:
    vault, user_token = federated, federated.provider.user_token()
    started = ask(vault, user_token)

    browse(started["authorizationUrl"])

    assert vault.provider.seen == []
    assert ask(vault, user_token, sessionUri=started["sessionUri"])["sessionStatus"] == "IN_PROGRESS"


def test_the_callback_url_of_the_provider_is_the_one_that_the_control_plane_shows(federated: RunningVault) -> None:
    shown = federated.control().get_oauth2_credential_provider(name="coach-federation")["callbackUrl"]
    started = ask(federated, federated.provider.user_token())

    sent = query(visit(started["authorizationUrl"]).headers["location"])

    assert sent["redirect_uri"] == [shown]


def test_a_kept_token_is_handed_out_without_asking_anybody(federated: RunningVault) -> None:
    vault, user_token = federated, federated.provider.user_token()
    connect(vault, user_token)

    first = ask(vault, user_token)
    again = ask(vault, vault.provider.user_token(), resourceOauth2ReturnUrl=None, customState=None)

    assert first == again == {"accessToken": vault.provider.issued[-1]}
    assert len(vault.provider.seen) == 1


def test_forcing_asks_for_a_new_consent_although_a_token_is_kept(federated: RunningVault) -> None:
    vault, user_token = federated, federated.provider.user_token()
    connect(vault, user_token)
    old = ask(vault, user_token)

    forced = ask(vault, user_token, forceAuthentication=True)
    poll = {"sessionUri": forced["sessionUri"]}
    while_open = ask(vault, user_token, **poll)
    browse(forced["authorizationUrl"])
    complete(vault, forced["sessionUri"], userToken=vault.provider.application_token())

    assert forced["sessionStatus"] == while_open["sessionStatus"] == "IN_PROGRESS"
    assert vault.provider.authorizations[-1]["prompt"] == ["consent"]
    assert ask(vault, user_token, **poll) != old
