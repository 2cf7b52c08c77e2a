"""Clients that describe themselves at a URL: draft-ietf-oauth-client-id-metadata-document (A17)."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from identity.authorization_server.client_metadata_documents import (
    FAILURE_LIFE_S,
    MOST_DOCUMENTS,
    ClientMetadataDocuments,
)
from identity.authorization_server.database import open_database
from identity.authorization_server.errors import Throttled
from identity.authorization_server.limits import Limits
from identity.outbound_addresses import AddressPolicy, pinned_transport
from tests.support.authorization_server import (
    ACTIVITIES_URL,
    FakeClock,
    answer_of,
    claims_of,
    pool_config,
    running_authorization_server,
)
from tests.unit.authorization_server.test_pages import consent_page, decide

URL = "https://client.example/oauth/metadata.json"
CALLBACK = "https://client.example/callback"
DOCUMENT: dict[str, Any] = {
    "client_id": URL,
    "client_name": "Planner",
    "redirect_uris": [CALLBACK],
    "grant_types": ["authorization_code"],
    "token_endpoint_auth_method": "none",
}


class Internet(httpx.AsyncBaseTransport):
    """Serves one document.

    Knobs:
        body, status, headers: The answer.
        pause_s: How long it takes.
    """

    def __init__(self) -> None:
        self.body = json.dumps(DOCUMENT).encode()
        self.status = 200
        self.headers = {"content-type": "application/json"}
        self.pause_s = 0.0
        self.requests: list[str] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(f"{request.url.scheme}://{request.url.host}{request.url.path}")
        await asyncio.sleep(self.pause_s)
        return httpx.Response(self.status, headers=self.headers, stream=httpx.ByteStream(self.body))


class Reader:
    """The documents of a pool, whose internet is `Internet` at a public address."""

    def __init__(self, folder: Path, addresses: list[str]) -> None:
        self.clock = FakeClock()
        self.internet = Internet()
        self.connection = open_database(folder / "a.sqlite")
        policy = AddressPolicy()

        async def resolve(_host: str, _port: int) -> list[str]:
            return addresses

        self.documents = ClientMetadataDocuments(
            pool_config(),
            policy,
            Limits(self.connection, "coach", self.clock),
            clock=self.clock,
            transport=pinned_transport(policy, resolve=resolve, inner=self.internet),
        )

    async def knows(self, url: str = URL, peer: str = "192.0.2.1") -> bool:
        await self.documents.resolve(url, peer=peer)
        return self.documents.known(url) is not None


@pytest.fixture
async def reader(tmp_path: Path) -> AsyncIterator[Reader]:
    made = Reader(tmp_path, ["203.0.114.7"])
    yield made
    made.connection.close()


async def test_a_client_that_describes_itself_is_known_as_public_and_foreign(reader: Reader) -> None:
    assert await reader.knows()
    client = reader.documents.known(URL)
    assert client is not None
    assert (client.client_id, client.config.name, client.config.public, client.config.foreign) == (
        URL,
        "Planner",
        True,
        True,
    )
    assert client.check_redirect_uri(CALLBACK)


@pytest.mark.case("A17")
@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"client_id": "https://other.example/metadata.json"}, id="names-another-client"),
        pytest.param({"client_id": None}, id="names-nobody"),
        pytest.param({"client_secret": "x"}, id="with-a-secret"),
        pytest.param({"token_endpoint_auth_method": "client_secret_post"}, id="wants-a-secret"),
        pytest.param({"redirect_uris": ["javascript:alert(1)"]}, id="script-redirect"),
        pytest.param({"redirect_uris": []}, id="no-redirect"),
        pytest.param({"client_name": "Coach in your terminal"}, id="our-name"),
        pytest.param({"padding": "x" * 5_200}, id="more-than-5-kB"),
    ],
)
async def test_a_document_with_something_wrong_in_it_makes_nobody_known(
    reader: Reader, changes: dict[str, Any]
) -> None:
    reader.internet.body = json.dumps({**DOCUMENT, **changes}).encode()
    assert not await reader.knows()
    assert len(reader.internet.requests) == 1


@pytest.mark.case("A17")
@pytest.mark.parametrize(
    ("status", "headers"),
    [
        pytest.param(302, {"location": "https://169.254.169.254/"}, id="redirect-to-private"),
        pytest.param(302, {"location": "https://client.example/other.json"}, id="redirect-anywhere"),
        pytest.param(404, {"content-type": "application/json"}, id="not-found"),
        pytest.param(200, {"content-type": "text/html"}, id="a-page"),
        pytest.param(200, {"content-type": "application/json", "content-encoding": "gzip"}, id="compressed"),
    ],
)
async def test_an_answer_that_is_not_the_document_makes_nobody_known(
    reader: Reader, status: int, headers: dict[str, str]
) -> None:
    reader.internet.status, reader.internet.headers = status, headers
    assert not await reader.knows()
    assert len(reader.internet.requests) == 1


@pytest.mark.case("A17")
@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/metadata.json",
        "https://xn--/metadata.json",
        "https://[::ffff:127.0.0.1]/metadata.json",
        "https://2130706433/metadata.json",
        "https://0177.0.0.1/metadata.json",
        "https://169.254.169.254/latest/meta-data",
        "http://client.example/metadata.json",
        "https://user@client.example/metadata.json",
        "https://client.example",
        "https://client.example/",
        "https://client.example/a/../b",
        "https://client.example/%2e%2e/b",
        "https://client.example/a?x=1",
        "https://client.example/a#x",
        "ftp://client.example/a",
        "https://client.example/" + "a" * 600,
    ],
)
async def test_an_id_that_is_no_plain_public_url_is_never_read(reader: Reader, url: str) -> None:
    reader.internet.body = json.dumps({**DOCUMENT, "client_id": url}).encode()
    assert not await reader.knows(url)
    assert reader.internet.requests == []


@pytest.mark.case("A17")
async def test_a_name_that_leads_into_the_private_network_is_never_connected_to(tmp_path: Path) -> None:
    reader = Reader(tmp_path, ["203.0.114.7", "10.0.0.8"])
    assert not await reader.knows()
    assert reader.internet.requests == []
    reader.connection.close()


@pytest.mark.case("A17")
async def test_a_host_that_takes_its_time_is_given_up(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("identity.authorization_server.client_metadata_documents.LONGEST_FETCH_S", 0.05)
    reader.internet.pause_s = 5.0
    assert not await asyncio.wait_for(reader.knows(), 2.0)


async def test_a_document_is_read_once_and_again_when_it_is_old(reader: Reader) -> None:
    reader.internet.headers["cache-control"] = "max-age=120"
    reader.internet.pause_s = 0.01
    assert all(await asyncio.gather(*(reader.knows() for _ in range(8))))
    reader.clock.advance(119)
    assert await reader.knows()
    assert len(reader.internet.requests) == 1
    reader.clock.advance(2)
    reader.internet.body = json.dumps({**DOCUMENT, "redirect_uris": ["https://client.example/new"]}).encode()
    assert await reader.knows()
    client = reader.documents.known(URL)
    assert client is not None
    assert not client.check_redirect_uri(CALLBACK)


async def test_a_failure_is_remembered_for_a_while_only(reader: Reader) -> None:
    reader.internet.status = 500
    assert not await reader.knows()
    assert not await reader.knows()
    assert len(reader.internet.requests) == 1
    reader.internet.status = 200
    reader.clock.advance(FAILURE_LIFE_S + 1)
    assert await reader.knows()


async def test_one_peer_makes_us_read_few_documents_and_others_are_not_affected(reader: Reader) -> None:
    for number in range(30):
        await reader.knows(f"https://client.example/{number}.json")
    with pytest.raises(Throttled):
        await reader.knows("https://client.example/one-more.json")
    assert len(reader.internet.requests) == 30
    assert await reader.knows(peer="192.0.2.2")


async def test_few_documents_are_kept(reader: Reader) -> None:
    for number in range(MOST_DOCUMENTS):
        await reader.knows(f"https://client.example/{number}.json", peer=str(number))
    assert await reader.knows()
    await reader.knows("https://client.example/more.json", peer="x")
    kept = reader.documents._known
    assert len(kept) == MOST_DOCUMENTS


async def test_an_athlete_signs_in_for_a_client_that_describes_itself(tmp_path: Path) -> None:
    body = b""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        writer.write(head.encode() + body)
        await writer.drain()
        writer.close()

    host = await asyncio.start_server(answer, "127.0.0.1", 0)
    place = f"127.0.0.1:{host.sockets[0].getsockname()[1]}"
    url = f"http://{place}/metadata.json"
    body = json.dumps({**DOCUMENT, "client_id": url}).encode()
    asked = {"redirect_uri": CALLBACK, "scope": "activities/read", "audience": None, "resource": ACTIVITIES_URL}
    async with host, running_authorization_server(tmp_path, metadata_hosts=(place,)) as server:
        request = server.authorization_request(url, **asked)
        async with server.browser() as browser:
            page = await consent_page(browser, request)
            assert "Planner" in page.text
            code = answer_of(await decide(browser, page))["code"]
        tokens = await server.redeem(request, code)
        assert tokens.status_code == 200, tokens.text
        claims = claims_of(tokens.json()["access_token"])
        assert (claims["client_id"], claims["aud"]) == (url, ACTIVITIES_URL)
        exchanged = await server.exchange(
            "mcp-activities-exchange", tokens.json()["access_token"], audience="api-activities"
        )
        assert exchanged.status_code == 200, exchanged.text
        # The control: nowhere else in the private network.
        elsewhere = server.authorization_request(f"http://127.0.0.1:{server.settings.port}/x", **asked)
        assert (await server.http.get(elsewhere.url)).status_code == 400
