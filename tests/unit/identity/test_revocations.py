"""A sign-in that was ended is refused at every resource server, within seconds and before its tokens expire."""

from typing import Any

import pytest

from identity.errors import TokenForeign, TokenRefused, TokenRevoked
from identity.revocations import LONGEST_AGE_S
from identity.signing_keys import JwksCache
from identity.tokens import Verifier
from tests.support.issuer import FakeIssuer

LIST_URL = "http://issuer.test/coach/revoked.json"
TABLE = frozenset({"coach-exchange", "terminal", "mcp-routes-exchange"})
PUBLIC_URL = "http://front.test/runtimes/mcp_activities/invocations"


class PublishingIssuer(FakeIssuer):
    """Also publishes which sign-ins were ended.

    Knobs:
        revoked: The list.
        broken: What it answers instead of a list.
    """

    def __init__(self) -> None:
        super().__init__()
        self.revoked: list[str] = []
        self.broken: dict[str, Any] | None = None
        self.now = 1000.0

    def fetch(self, url: str) -> dict[str, Any]:
        if url == LIST_URL and not self.down:
            self.requests.append(url)
            return self.broken if self.broken is not None else {"revoked": list(self.revoked)}
        document = super().fetch(url)
        return {**document, "revoked_tokens_uri": LIST_URL} if url.endswith("openid-configuration") else document

    def watching_verifier(self) -> Verifier:
        return Verifier(self.trust(), JwksCache(self.issuer, fetch=self.fetch, clock=lambda: self.now))


@pytest.mark.case("N53")
@pytest.mark.parametrize("claim", ["origin_jti", "jti"])
def test_a_revoked_sign_in_is_refused_within_the_stated_bound_even_if_the_token_is_remembered(claim: str) -> None:
    issuer = PublishingIssuer()
    verifier = issuer.watching_verifier()
    named: dict[str, Any] = {claim: "sign-in-1"}
    revoked, other = issuer.token(**named), issuer.token(origin_jti="sign-in-2")
    assert verifier.verify(revoked).subject == verifier.verify(other).subject

    issuer.revoked.append("sign-in-1")
    issuer.now += LONGEST_AGE_S + 0.1

    with pytest.raises(TokenRevoked):
        verifier.verify(revoked)
    assert verifier.verify(other).claims["origin_jti"] == "sign-in-2"
    assert LONGEST_AGE_S <= 60


@pytest.mark.case("N53")
def test_a_verifier_that_was_idle_reads_the_list_before_it_accepts() -> None:
    issuer = PublishingIssuer()
    verifier = issuer.watching_verifier()
    verifier.verify(issuer.token(origin_jti="another"))
    issuer.revoked.append("sign-in-1")
    issuer.now += 3600
    with pytest.raises(TokenRevoked):
        verifier.verify(issuer.token(origin_jti="sign-in-1"))


async def test_the_asynchronous_form_refuses_it_too() -> None:
    issuer = PublishingIssuer()
    issuer.revoked.append("sign-in-1")
    with pytest.raises(TokenRevoked):
        await issuer.watching_verifier().verify_async(issuer.token(origin_jti="sign-in-1"))


def test_a_thousand_tokens_cost_one_reading_of_the_list() -> None:
    issuer = PublishingIssuer()
    verifier = issuer.watching_verifier()
    for number in range(50):
        verifier.verify(issuer.token(jti=f"jti-{number}"))
    assert issuer.requests.count(LIST_URL) == 1


@pytest.mark.case("N56")
def test_while_the_issuer_is_down_the_last_list_goes_on_and_the_issuer_is_not_hammered() -> None:
    issuer = PublishingIssuer()
    issuer.revoked.append("sign-in-1")
    verifier = issuer.watching_verifier()
    verifier.verify(issuer.token(origin_jti="another"))
    issuer.down = True
    issuer.now += LONGEST_AGE_S + 0.1
    asked = len(issuer.requests)
    for number in range(20):
        assert verifier.verify(issuer.token(jti=f"jti-{number}")).jti == f"jti-{number}"
    with pytest.raises(TokenRevoked):
        verifier.verify(issuer.token(origin_jti="sign-in-1"))
    assert len(issuer.requests) - asked <= 1


@pytest.mark.parametrize("broken", [{}, {"revoked": None}, {"revoked": 7}])
def test_a_list_that_is_none_changes_nothing(broken: dict[str, Any]) -> None:
    issuer = PublishingIssuer()
    issuer.revoked.append("sign-in-1")
    verifier = issuer.watching_verifier()
    with pytest.raises(TokenRevoked):
        verifier.verify(issuer.token(origin_jti="sign-in-1"))
    issuer.broken, issuer.now = broken, issuer.now + LONGEST_AGE_S + 0.1
    with pytest.raises(TokenRevoked):
        verifier.verify(issuer.token(origin_jti="sign-in-1"))


def test_an_issuer_without_a_list_is_asked_for_none() -> None:
    issuer = FakeIssuer()
    assert issuer.verifier().verify(issuer.token(origin_jti="sign-in-1")).subject
    assert all("revoked" not in url for url in issuer.requests)


def foreign_verifier(issuer: FakeIssuer) -> Verifier:
    return issuer.verifier(
        audiences=frozenset({"mcp-activities", PUBLIC_URL}),
        foreign_audiences=frozenset({PUBLIC_URL}),
        table_clients=TABLE,
    )


def test_a_client_of_strangers_is_accepted_for_the_public_url() -> None:
    issuer = FakeIssuer()
    token = issuer.token(client_id="https://client.example/metadata.json", aud=PUBLIC_URL)
    assert foreign_verifier(issuer).verify(token).client_id == "https://client.example/metadata.json"


@pytest.mark.case("X15")
@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"client_id": "stranger", "aud": "mcp-activities"}, id="a-stranger-with-the-logical-name"),
        pytest.param({"client_id": "mcp-routes-exchange", "aud": PUBLIC_URL}, id="a-table-client-not-upstream"),
        pytest.param({"client_id": "terminal", "aud": PUBLIC_URL}, id="another-table-client"),
    ],
)
def test_the_public_url_opens_no_way_around_the_hop_table(changes: dict[str, Any]) -> None:
    issuer = FakeIssuer()
    with pytest.raises(TokenForeign, match="not upstream"):
        foreign_verifier(issuer).verify(issuer.token(**changes))


def test_without_a_table_no_stranger_is_accepted() -> None:
    issuer = FakeIssuer()
    verifier = issuer.verifier(audiences=frozenset({PUBLIC_URL}), foreign_audiences=frozenset({PUBLIC_URL}))
    with pytest.raises(TokenRefused):
        verifier.verify(issuer.token(client_id="stranger", aud=PUBLIC_URL))
