"""The API key of the support API meters its holder and opens nothing (P16)."""

import hashlib
from pathlib import Path

import pytest

from apis.serving.sqlite_store import SqliteStore
from apis.serving.usage_plan import UsagePlan
from apis.support.app import create_app
from apis.support.settings import SupportApiSettings
from tests.support.api_client import ApiClient, team_issuer, team_settings

KEY, OTHER_KEY = "key-of-the-support-server", "key-of-another-plan"
TICKET = {"subject": "Watch", "description": "It does not sync", "type": "problem"}


def digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


class MeteredApi(ApiClient):
    """The support API with a plan of three requests a minute, on a clock that the test moves."""

    def __init__(self, folder: Path) -> None:
        self.now = 0.0
        self.store = SqliteStore(folder / "support.sqlite")
        self.plan = UsagePlan({digest(KEY), digest("second")}, limit=3, period_s=60, clock=lambda: self.now)
        issuer = team_issuer("support")
        settings = SupportApiSettings(**team_settings("support"))
        app = create_app(settings, fetch=issuer.fetch, store=self.store, usage_plan=self.plan)
        super().__init__(app, issuer, "maya")


@pytest.fixture
def api(tmp_path: Path) -> MeteredApi:
    return MeteredApi(tmp_path)


@pytest.mark.case("P16")
async def test_a_bearer_with_the_key_is_served_and_counted(api: MeteredApi) -> None:
    assert (await api.send("GET", "/tickets", headers={"X-Api-Key": KEY})).status_code == 200
    assert (await api.send("GET", "/help", headers={"x-api-key": KEY}, params={"query": "sync"})).status_code == 200
    assert api.plan.used(KEY) == 2


@pytest.mark.case("P16")
@pytest.mark.parametrize("path", ["/tickets", "/tickets/t-1"])
async def test_the_key_without_a_bearer_is_401_on_a_ticket_route_and_counts_nothing(api: MeteredApi, path: str) -> None:
    refused = await api.raw("GET", path, headers={"x-api-key": KEY})
    assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Bearer")
    assert api.plan.used(KEY) == 0


@pytest.mark.case("P16")
@pytest.mark.parametrize("key", [None, "", OTHER_KEY, digest(KEY)], ids=["none", "empty", "unknown", "its digest"])
async def test_a_bearer_without_a_key_of_the_plan_is_403_and_reaches_no_handler(
    api: MeteredApi, key: str | None
) -> None:
    headers = {} if key is None else {"x-api-key": key}
    refused = await api.send("POST", "/tickets", headers={**headers, "Idempotency-Key": "k1"}, json=TICKET)
    assert (refused.status_code, refused.headers["x-amzn-errortype"]) == (403, "ForbiddenException")
    assert KEY not in refused.text
    listed = await api.send("GET", "/tickets", headers={"x-api-key": KEY})
    assert listed.json()["tickets"] == []


@pytest.mark.case("P16")
async def test_the_key_gives_nobody_anothers_ticket(api: MeteredApi) -> None:
    opened = await api.send("POST", "/tickets", headers={"x-api-key": KEY, "Idempotency-Key": "k1"}, json=TICKET)
    jonas = api.as_athlete("jonas")
    answer = await jonas.send("GET", f"/tickets/{opened.json()['id']}", headers={"x-api-key": KEY})
    assert (opened.status_code, answer.status_code) == (201, 404)


async def test_the_help_articles_want_the_key_and_no_bearer(api: MeteredApi) -> None:
    found = await api.raw("GET", "/help", headers={"x-api-key": KEY}, params={"query": "import activities"})
    assert found.status_code == 200
    assert found.json()["passages"]
    assert api.plan.used(KEY) == 1
    refused = await api.raw("GET", "/help", params={"query": "sync"})
    assert (refused.status_code, refused.headers["x-amzn-errortype"]) == (403, "ForbiddenException")


async def test_a_bearer_that_nobody_asked_for_is_not_looked_at(api: MeteredApi) -> None:
    headers = {"x-api-key": KEY, "Authorization": "Bearer not.a.token"}
    assert (await api.raw("GET", "/help", headers=headers, params={"query": "sync"})).status_code == 200
    assert (await api.raw("GET", "/tickets", headers=headers)).status_code == 401


async def test_over_the_plan_is_429_until_the_period_is_over_and_other_keys_go_on(api: MeteredApi) -> None:
    async def ask(key: str) -> int:
        return (await api.send("GET", "/tickets", headers={"x-api-key": key})).status_code

    api.now = 10
    assert [await ask(KEY) for _ in range(3)] == [200, 200, 200]
    api.now = 30.5
    over = await api.send("GET", "/tickets", headers={"x-api-key": KEY})
    assert (over.status_code, over.headers["retry-after"]) == (429, "40")
    assert await ask("second") == 200
    api.now = 70
    assert await ask(KEY) == 200


def test_an_api_whose_settings_name_no_key_wants_none() -> None:
    values = team_settings("support")
    assert SupportApiSettings(**values).usage_plan() is None
    assert SupportApiSettings(**values, usage_plan_keys=frozenset({digest(KEY)})).usage_plan() is not None
