"""What the gateway answers by itself: hand-shakes, discovery, listings, prompts and resources by name."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from mcp.shared.uri_template import InvalidUriTemplate, UriTemplate
from mcp_types import SERVER_INFO_META_KEY

from identity.hop_trace import note
from local_agentcore.gateway.answers import octets
from local_agentcore.gateway.audit import CallRecord
from local_agentcore.gateway.authorizing import ToolAuthorizer
from local_agentcore.gateway.calls import SEARCH_DOCUMENT, ToolCalls
from local_agentcore.gateway.catalog import Catalog
from local_agentcore.gateway.elicitation import shows_pages
from local_agentcore.gateway.errors import MethodUnknown, NameUnknown
from local_agentcore.gateway.exchanges import Exchange
from local_agentcore.gateway.listing import page_of
from local_agentcore.gateway.relay import Errand, Outcome, Relay
from local_agentcore.gateway.sessions import Sessions, owner_of
from local_agentcore.gateway.settings import GatewaySettings
from local_agentcore.gateway.targets import CallTarget
from local_agentcore.gateway.tools import SEPARATOR

Result = dict[str, Any]
Method = Callable[[Exchange], Awaitable[None]]
BOTH = frozenset({"handshake", "modern"})
CACHEABLE = frozenset({"server/discover", "tools/list", "prompts/list", "resources/list", "resources/templates/list"})


class Methods:
    """Every MCP method that the gateway has.

    Args:
        settings: Names, versions, page size.
        catalog: What the targets offer.
        authorizer: Decides who sees which tool.
        calls: `tools/call`.
        relay: Reaches the targets for prompts and resources.
        sessions: None: none are kept.
    """

    def __init__(
        self,
        *,
        settings: GatewaySettings,
        catalog: Catalog,
        authorizer: ToolAuthorizer,
        calls: ToolCalls,
        relay: Relay,
        sessions: Sessions | None,
    ) -> None:
        self._settings = settings
        self._catalog = catalog
        self._authorizer = authorizer
        self._relay = relay
        self._sessions = sessions
        self._server_info = {"name": settings.name, "version": "1"}
        self._methods: dict[str, tuple[frozenset[str], Method]] = {
            "initialize": (frozenset({"handshake"}), self._initialize),
            "ping": (frozenset({"handshake"}), self._ping),
            "server/discover": (frozenset({"modern"}), self._discover),
            "tools/list": (BOTH, self._list_tools),
            "tools/call": (BOTH, calls.call),
            "prompts/list": (BOTH, self._list_prompts),
            "prompts/get": (BOTH, self._get_prompt),
            "resources/list": (BOTH, self._list_resources),
            "resources/templates/list": (BOTH, self._list_templates),
            "resources/read": (BOTH, self._read_resource),
        }

    async def answer(self, exchange: Exchange) -> None:
        """Answer one request.

        Raises:
            RequestRefused: Unknown method or name, wrong parameters.
            IdentityError: As `ToolCalls.call`.
        """
        eras, method = self._methods.get(exchange.message.method, (frozenset(), None))
        if method is None or exchange.message.era not in eras:
            raise MethodUnknown
        await method(exchange)

    async def _initialize(self, exchange: Exchange) -> None:
        requested = exchange.message.params.get("protocolVersion")
        known = self._settings.versions.handshake
        result = {
            # Another version than asked for: the client decides whether it has that.
            "protocolVersion": requested if requested in known else max(known, default=""),
            "capabilities": self._capabilities(),
            "serverInfo": self._server_info,
            **self._instructions(),
        }
        headers = {}
        if self._sessions is not None:
            headers["Mcp-Session-Id"] = self._sessions.open(
                owner_of(exchange.caller.principal),
                shows_pages=shows_pages(exchange.message.params.get("capabilities")),
            )
        await self._finish(exchange, result, headers=headers)

    async def _ping(self, exchange: Exchange) -> None:
        await self._finish(exchange, {})

    async def _discover(self, exchange: Exchange) -> None:
        versions = list(self._settings.versions.modern)
        result = {"supportedVersions": versions, "capabilities": self._capabilities(), **self._instructions()}
        await self._finish(exchange, result)

    async def _list_tools(self, exchange: Exchange) -> None:
        principal = exchange.caller.principal
        manifest = await self._catalog.manifest()
        own = [(str(SEARCH_DOCUMENT["name"]), SEARCH_DOCUMENT)] if self._settings.search else []
        visible = [tool for tool in manifest.tools if self._authorizer.may_list(principal, tool)]
        await self._finish_page(exchange, "tools", own + [(tool.name, tool.document) for tool in visible])

    async def _list_prompts(self, exchange: Exchange) -> None:
        prompts = [
            (name := _prompt_name(target, entry), {**entry, "name": name})
            for target, entry in await self._catalog.prompts()
        ]
        await self._finish_page(exchange, "prompts", prompts)

    async def _list_resources(self, exchange: Exchange) -> None:
        resources = [(str(entry.get("uri")), entry) for _, entry in await self._catalog.resources()]
        await self._finish_page(exchange, "resources", resources)

    async def _list_templates(self, exchange: Exchange) -> None:
        templates = [(str(entry.get("uriTemplate")), entry) for _, entry in await self._catalog.templates()]
        await self._finish_page(exchange, "resourceTemplates", templates)

    async def _get_prompt(self, exchange: Exchange) -> None:
        name = exchange.message.text("name")
        for target, entry in await self._catalog.prompts():
            if _prompt_name(target, entry) == name:
                await self._read(exchange, target, {**exchange.message.params, "name": entry["name"]})
                return
        raise NameUnknown

    async def _read_resource(self, exchange: Exchange) -> None:
        uri = exchange.message.text("uri")
        for target, entry in await self._catalog.resources():
            if entry.get("uri") == uri:
                await self._read(exchange, target, exchange.message.params)
                return
        for target, entry in await self._catalog.templates():
            if _fits(entry.get("uriTemplate"), uri):
                await self._read(exchange, target, exchange.message.params)
                return
        raise NameUnknown

    async def _read(self, exchange: Exchange, target: CallTarget, params: Mapping[str, Any]) -> None:
        credential = target.settings.credential
        scopes = credential.scopes if credential else ()
        if credential and credential.flow != "USER_FEDERATION":
            scopes = tuple(scope for scope in scopes if scope in exchange.caller.principal.scopes)
        record = CallRecord(exchange.caller.principal, exchange.message.method, "allow", "not-policed")
        note("tool", exchange.message.method)
        outcome = Outcome()
        try:
            await self._relay.run(exchange, Errand(target, params, scopes, reads=True), outcome)
        finally:
            record.outcome, record.attempts = outcome.word, outcome.attempts
            record.write()

    async def _finish_page(
        self, exchange: Exchange, member: str, entries: Sequence[tuple[str, Mapping[str, Any]]]
    ) -> None:
        page, following = page_of(entries, exchange.message.params.get("cursor"), self._settings.page_size)
        result: Result = {member: page}
        if following is not None:
            result["nextCursor"] = following
        await self._finish(exchange, result)

    async def _finish(self, exchange: Exchange, result: Result, *, headers: Mapping[str, str] | None = None) -> None:
        if exchange.message.era == "modern":
            result = {**result, "resultType": "complete", "_meta": {SERVER_INFO_META_KEY: self._server_info}}
            if exchange.message.method in CACHEABLE:
                # Private: what is listed depends on who asks.
                result |= {"ttlMs": round(self._settings.listing_ttl_s * 1000), "cacheScope": "private"}
        document = {"jsonrpc": "2.0", "id": exchange.message.id, "result": result}
        await exchange.answer.last(octets(document), headers=headers)

    def _capabilities(self) -> Result:
        return {"tools": {"listChanged": False}, "prompts": {"listChanged": False}, "resources": {"listChanged": False}}

    def _instructions(self) -> Result:
        return {} if self._settings.instructions is None else {"instructions": self._settings.instructions}


def _prompt_name(target: CallTarget, entry: Mapping[str, Any]) -> str:
    return f"{target.name}{SEPARATOR}{entry.get('name')}"


def _fits(template: object, uri: str) -> bool:
    try:
        return isinstance(template, str) and UriTemplate.parse(template).match(uri) is not None
    except InvalidUriTemplate:
        return False
