"""A stranger's program at the gateway: signs a person in at their browser, is asked for a consent, goes on after it.

The program is the official SDK's client with its own OAuth: it finds the authorization server, registers itself, and
asks for what the gateway's challenge names.
"""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import parse_qsl, urlsplit

import anyio
import httpx2
import pytest
from mcp.client import Client, InputRequiredRoundsExceededError
from mcp.client.auth import AuthorizationCodeResult, OAuthClientProvider, TokenStorage
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import OAuthClientInformationFull, OAuthClientMetadata, OAuthToken
from mcp.shared.exceptions import MCPError
from mcp.types import ElicitationRequiredErrorData, ElicitRequestURLParams, ElicitResult, TextContent

from tests.support.consent_walk import OUTCOME, Person
from tests.support.running_stack import RunningStack, running_stack

CALLBACK = "http://127.0.0.1:33418/callback"
CLUBS = "socials___list_clubs"
Mode = Literal["legacy", "auto"]
Answer = Literal["accept", "decline", "cancel"]


@dataclass
class Memory(TokenStorage):
    """Keeps what the program gets."""

    tokens: OAuthToken | None = None
    client: OAuthClientInformationFull | None = None

    async def get_tokens(self) -> OAuthToken | None:
        return self.tokens

    async def set_tokens(self, tokens: OAuthToken) -> None:
        self.tokens = tokens

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        return self.client

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        self.client = client_info


@dataclass
class Stranger:
    """Somebody's program, and the person in front of it.

    Attributes:
        answer: What the program says when it is asked to show a page.
        goes: Whether the person goes to the page.
        shows_to: Who goes there instead of the person.
        pages: Those that the program was asked to show.
    """

    stack: RunningStack
    person: Person
    answer: Answer = "accept"
    goes: bool = True
    shows_to: Person | None = None
    pages: list[ElicitRequestURLParams] = field(default_factory=list)
    outcomes: list[str] = field(default_factory=list)
    memory: Memory = field(default_factory=Memory)
    landed: str = ""

    @asynccontextmanager
    async def client(self, mode: Mode, *, shows_pages: bool = True, most_rounds: int = 10) -> AsyncIterator[Client]:
        url = self.stack.endpoints["gateway"]
        metadata = OAuthClientMetadata.model_validate(
            {"client_name": "Inspector", "redirect_uris": [CALLBACK], "token_endpoint_auth_method": "none"}
        )
        oauth = OAuthClientProvider(url, metadata, self.memory, self._sign_in, self._landed)
        callback = self._show if shows_pages else None
        async with (
            httpx2.AsyncClient(auth=oauth, timeout=30, trust_env=False) as http,
            Client(
                streamable_http_client(url, http_client=http),
                mode=mode,
                elicitation_callback=callback,
                input_required_max_rounds=most_rounds,
            ) as client,
        ):
            yield client

    async def open(self, url: str) -> None:
        person = self.shows_to or self.person
        page = await anyio.to_thread.run_sync(person.open, url)
        self.outcomes.append(page.headers[OUTCOME])

    async def _sign_in(self, url: str) -> None:
        self.landed = await anyio.to_thread.run_sync(self._walked, url)

    def _walked(self, url: str) -> str:
        page = self.person.http.get(url)
        while not page.headers.get("location", "").startswith(CALLBACK):
            page = self.person.step(page)
        return page.headers["location"]

    async def _landed(self) -> AuthorizationCodeResult:
        given = dict(parse_qsl(urlsplit(self.landed).query))
        return AuthorizationCodeResult(code=given["code"], state=given["state"], iss=given.get("iss"))

    async def _show(self, context: Any, params: Any) -> ElicitResult:  # noqa: ARG002 - names of the protocol
        assert isinstance(params, ElicitRequestURLParams)
        self.pages.append(params)
        if self.goes:
            await self.open(params.url)
        return ElicitResult(action=self.answer)


@pytest.fixture(scope="module")
def own_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """A stack in which nobody has consented to anything."""
    with running_stack(tmp_path_factory.mktemp("strangers") / "home", "gateway") as stack:
        yield stack


@pytest.fixture
def stranger(own_stack: RunningStack, request: pytest.FixtureRequest) -> Iterator[Stranger]:
    """A program of strangers, in the hands of the athlete whom the test names."""
    with own_stack.person(request.param) as person:
        yield Stranger(own_stack, person)


async def error_of(client: Client, tool: str, arguments: dict[str, Any] | None = None) -> dict[str, Any]:
    """The error of a call that failed."""
    result = await client.call_tool(tool, arguments or {})
    assert result.is_error, result
    [said] = result.content
    assert isinstance(said, TextContent)
    return dict(json.loads(said.text)["error"])


@pytest.mark.parametrize("stranger", ["maya"], indirect=True)
async def test_a_strangers_program_is_let_in_asked_for_a_consent_and_goes_on_after_it(stranger: Stranger) -> None:
    async with stranger.client("auto") as client:
        listed = {tool.name for tool in (await client.list_tools()).tools}
        signed_in = list(stranger.person.decided)
        first = await client.call_tool(CLUBS, {})
        second = await client.call_tool("socials___list_activity_feed", {"limit": 1})

    assert stranger.memory.client is not None
    assert str(stranger.memory.client.client_id).startswith("foreign-")
    assert signed_in == ["Allow Inspector to use your account?"]
    assert stranger.memory.tokens is not None
    scopes = set(str(stranger.memory.tokens.scope).split())
    assert scopes == {"activities/read", "routes/read", "socials/read", "support/read"}
    assert {CLUBS, "activities___search_activities"} <= listed
    assert "socials___add_comment" not in listed
    [page] = stranger.pages  # for the first call alone
    assert page.url.startswith(stranger.stack.blueprint.ports.url("data_plane"))
    assert stranger.outcomes == ["linked"]
    assert "Allow The coach's tools to use your account?" in stranger.person.decided
    assert not first.is_error
    assert first.structured_content is not None
    assert first.structured_content["clubs"]
    assert not second.is_error


@pytest.mark.parametrize("stranger", ["jonas"], indirect=True)
async def test_a_program_of_an_older_protocol_gets_the_error_with_the_page_and_calls_again(stranger: Stranger) -> None:
    async with stranger.client("legacy") as client:
        with pytest.raises(MCPError) as raised:
            await client.call_tool(CLUBS, {})
        required = ElicitationRequiredErrorData.model_validate(raised.value.error.data)
        await stranger.open(required.elicitations[0].url)
        result = await client.call_tool(CLUBS, {})

    assert raised.value.error.code == -32042
    [page] = required.elicitations
    assert page.elicitation_id is not None
    assert "http" not in raised.value.error.message + page.message
    assert stranger.outcomes == ["linked"]
    assert not result.is_error


@pytest.mark.case("V18")
@pytest.mark.parametrize("mode", ["auto", "legacy"])
@pytest.mark.parametrize("stranger", ["aiko"], indirect=True)
async def test_a_program_that_shows_no_pages_is_told_what_is_missing_and_no_page(
    stranger: Stranger, mode: Mode
) -> None:
    async with stranger.client(mode, shows_pages=False) as client:
        error = await error_of(client, CLUBS)

    assert error["kind"] == "consent_required"
    assert "http" not in json.dumps(error)


@pytest.mark.case("V21")
@pytest.mark.parametrize("answer", ["decline", "cancel"])
@pytest.mark.parametrize("stranger", ["aiko"], indirect=True)
async def test_a_person_who_declines_in_the_program_is_left_alone(stranger: Stranger, answer: Answer) -> None:
    stranger.answer, stranger.goes = answer, False
    async with stranger.client("auto") as client:
        error = await error_of(client, CLUBS)

    assert len(stranger.pages) == 1
    assert "did not agree" in error["message"]


@pytest.mark.case("V21")
@pytest.mark.parametrize("stranger", ["aiko"], indirect=True)
async def test_a_person_who_refuses_at_the_other_issuer_is_left_alone(stranger: Stranger) -> None:
    stranger.person.decisions["tools"] = "deny"
    async with stranger.client("auto", most_rounds=2) as client:
        error = await error_of(client, CLUBS)

    assert stranger.outcomes == ["declined"]
    assert "did not agree" in error["message"]


@pytest.mark.case("V29")
@pytest.mark.parametrize("stranger", ["aiko"], indirect=True)
async def test_a_program_that_says_the_person_agreed_is_not_believed(stranger: Stranger) -> None:
    stranger.goes = False
    async with stranger.client("auto", most_rounds=1) as client:
        with pytest.raises(InputRequiredRoundsExceededError):
            await client.call_tool(CLUBS, {})

    assert len(stranger.pages) == 1


@pytest.mark.case("V01")
@pytest.mark.case("V19")
@pytest.mark.parametrize("stranger", ["aiko"], indirect=True)
async def test_a_page_that_is_sent_to_another_person_connects_nobody(stranger: Stranger) -> None:
    with stranger.stack.person("me") as other:
        stranger.shows_to = other
        async with stranger.client("auto", most_rounds=1) as client:
            with pytest.raises(InputRequiredRoundsExceededError):
                await client.call_tool(CLUBS, {})
    mine = Stranger(stranger.stack, stranger.person, answer="cancel", goes=False)
    async with mine.client("auto") as client:
        error = await error_of(client, CLUBS)

    assert stranger.outcomes == ["another-user"]
    assert error["kind"] == "consent_required"
