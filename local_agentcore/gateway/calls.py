"""`tools/call`: which tool, may the caller, and off to its target. Everything is decided on the parsed body."""

from collections.abc import Mapping
from typing import Any

from mcp.shared.inbound import InboundLadderRejection, mcp_param_headers, validate_mcp_param_headers

from identity.errors import ScopeInsufficient
from identity.hop_trace import note
from local_agentcore.gateway.answers import octets
from local_agentcore.gateway.audit import CallRecord
from local_agentcore.gateway.authorizing import ToolAuthorizer
from local_agentcore.gateway.catalog import Catalog, Manifest
from local_agentcore.gateway.consents import Consents, Resumed, declined_message
from local_agentcore.gateway.errors import HeaderMismatch, InvalidParams, NameUnknown, NotPermitted
from local_agentcore.gateway.exchanges import Exchange
from local_agentcore.gateway.policy.target_policies import UNFIT
from local_agentcore.gateway.relay import Errand, Outcome, Relay
from local_agentcore.gateway.search import ToolSearch
from local_agentcore.gateway.tools import SEARCH_TOOL, GatewayTool

SEARCH_DOCUMENT: Mapping[str, Any] = {
    "name": SEARCH_TOOL,
    "description": "Finds tools by words of what they do; answers with their names, descriptions and input schemas.",
    "inputSchema": {
        "type": "object",
        "properties": {"query": {"type": "string", "description": "What the tool should do, in a few words."}},
        "required": ["query"],
    },
    "annotations": {"readOnlyHint": True, "destructiveHint": False, "idempotentHint": True, "openWorldHint": False},
}


class ToolCalls:
    """Calls of tools.

    Args:
        catalog: The tools there are.
        authorizer: Decides who may call which.
        relay: Reaches the targets.
        consents: Knows what calls come back with.
        search: Whether the gateway has its own search tool.
    """

    def __init__(
        self, catalog: Catalog, authorizer: ToolAuthorizer, relay: Relay, consents: Consents, *, search: bool
    ) -> None:
        self._catalog = catalog
        self._authorizer = authorizer
        self._relay = relay
        self._consents = consents
        self._offers_search = search
        self._targets = {target.name: target for target in catalog.targets}
        self._search: tuple[Manifest, ToolSearch] | None = None

    async def call(self, exchange: Exchange) -> None:
        """Answer one call; one audit line, whatever happens.

        Raises:
            RequestRefused: No such tool, no permission, no credential.
            IdentityError: A scope, a consent or a new sign-in is missing.
            ClientGone: The client left before the end.
        """
        record = CallRecord(exchange.caller.principal)
        try:
            await self._call(exchange, record)
        finally:
            record.write()

    async def _call(self, exchange: Exchange, record: CallRecord) -> None:
        name, arguments = _call_of(exchange)
        tool = await self._permitted(exchange, name, arguments, record)
        if tool is None:
            await self._find(exchange, arguments, record)
            return
        resumed = self._consents.resumed(exchange)
        if resumed is not None and not resumed.agreed:
            record.outcome = "consent-declined"
            await exchange.answer.last(declined_message(exchange, tool.target.name))
            return
        outcome = Outcome()
        try:
            await self._relay.run(exchange, self._errand(exchange, tool, arguments, resumed), outcome)
        finally:
            record.outcome, record.attempts = outcome.word, outcome.attempts

    async def permitted(self, exchange: Exchange) -> CallRecord:
        """Decide about a call without making it; a refusal has its audit line.

        Returns:
            What its audit line would say.

        Raises:
            RequestRefused, IdentityError: As `call`.
        """
        record = CallRecord(exchange.caller.principal)
        allowed = False
        try:
            name, arguments = _call_of(exchange)
            await self._permitted(exchange, name, arguments, record)
            allowed = True
        finally:
            if not allowed:
                record.write()
        return record

    async def _permitted(
        self, exchange: Exchange, name: str, arguments: Mapping[str, Any], record: CallRecord
    ) -> GatewayTool | None:
        """The tool, if it may be called so; None for the gateway's own."""
        if self._offers_search and name == SEARCH_TOOL:
            record.tool, record.decision, record.reason = SEARCH_TOOL, "allow", "own-tool"
            note("tool", SEARCH_TOOL)
            return None
        tool = (await self._catalog.manifest()).by_name.get(name)
        if tool is None:
            raise NameUnknown
        record.tool = tool.name
        note("tool", tool.name)
        self._check_mirrors(exchange, tool, arguments)
        self._require_permission(exchange, tool, arguments, record)
        return tool

    def _check_mirrors(self, exchange: Exchange, tool: GatewayTool, arguments: Mapping[str, Any]) -> None:
        """Arguments that a tool wants mirrored in headers must agree with them, for whoever routes by headers."""
        if not tool.header_parameters or exchange.message.era != "modern" or exchange.rewritten:
            return
        schema = tool.document["inputSchema"]
        if isinstance(validate_mcp_param_headers(schema, arguments, exchange.headers), InboundLadderRejection):
            raise HeaderMismatch

    def _require_permission(
        self, exchange: Exchange, tool: GatewayTool, arguments: Mapping[str, Any], record: CallRecord
    ) -> None:
        principal = exchange.caller.principal
        decision = self._authorizer.decide(principal, tool, arguments)
        record.reason = decision.reason
        note("policy", decision.reason)
        if decision.allowed:
            record.decision = "allow"
            return
        if decision.reason == UNFIT:
            raise InvalidParams("arguments")
        if decision.scopes:
            # RFC 6750 §3.1; the challenge repeats what was granted, so that stepping up loses nothing.
            raise ScopeInsufficient(decision.scopes | principal.scopes)
        raise NotPermitted

    def _errand(
        self, exchange: Exchange, tool: GatewayTool, arguments: Mapping[str, Any], resumed: Resumed | None
    ) -> Errand:
        params = {**exchange.message.params, "name": tool.own_name, "arguments": arguments}
        if resumed is not None:
            # A question of the gateway's own: the target never put it.
            for member in ("requestState", "inputResponses"):
                params.pop(member, None)
        return Errand(
            target=self._targets[tool.target.name],
            params=params,
            scopes=tool.scopes,
            reads=tool.reads_only,
            headers=mcp_param_headers(tool.header_parameters, arguments) if tool.header_parameters else {},
            resumed=resumed,
        )

    async def _find(self, exchange: Exchange, arguments: Mapping[str, Any], record: CallRecord) -> None:
        query = arguments.get("query")
        if not isinstance(query, str):
            raise InvalidParams("query")
        manifest = await self._catalog.manifest()
        if self._search is None or self._search[0] is not manifest:
            self._search = (manifest, ToolSearch(manifest.tools))
        principal = exchange.caller.principal
        found = self._search[1].find(query, lambda tool: self._authorizer.may_list(principal, tool))
        members = ("name", "description", "inputSchema")
        content = {"tools": [{key: tool.document.get(key, "") for key in members} for tool in found]}
        result: dict[str, Any] = {
            "content": [{"type": "text", "text": octets(content).decode()}],
            "structuredContent": content,
            "isError": False,
        }
        if exchange.message.era == "modern":
            result["resultType"] = "complete"
        record.outcome = "answered"
        await exchange.answer.last(octets({"jsonrpc": "2.0", "id": exchange.message.id, "result": result}))


def _call_of(exchange: Exchange) -> tuple[str, Mapping[str, Any]]:
    arguments = exchange.message.params.get("arguments")
    if not isinstance(arguments, dict | None):
        raise InvalidParams("arguments")
    return exchange.message.text("name"), arguments or {}
