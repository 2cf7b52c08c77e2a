"""What the targets offer, asked for with the gateway's own token and kept for a while.

A target that is down keeps what it last offered; one that was never reached offers nothing, and the others go on.
"""

import asyncio
import hashlib
import json
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from identity.single_flight import SingleFlight
from local_agentcore.gateway.admission.admission import Admission, EveryTool
from local_agentcore.gateway.credentials import OutboundCredentials
from local_agentcore.gateway.errors import RequestRefused, TargetBroken, TargetFailure, TargetRefused
from local_agentcore.gateway.targets import CallTarget, Target
from local_agentcore.gateway.tools import GatewayTool, gateway_tool

logger = logging.getLogger(__name__)
ASK_AGAIN_S = 5.0  # after a listing that failed
MOST_PAGES = 50
MOST_TOOLS = 1000
UNAUTHORIZED = 401
Entries = tuple[dict[str, Any], ...]
NOTHING: Entries = ()


@dataclass(frozen=True)
class Manifest:
    """All tools of all targets at one moment.

    Attributes:
        tools: In the order of the targets.
    """

    tools: tuple[GatewayTool, ...]

    @cached_property
    def by_name(self) -> Mapping[str, GatewayTool]:
        """Exact name to tool."""
        return {tool.name: tool for tool in self.tools}

    @cached_property
    def version(self) -> str:
        """Changes when anything that is listed changes."""
        documents = json.dumps([tool.document for tool in self.tools], sort_keys=True)
        return hashlib.sha256(documents.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class _Built:
    """A manifest, and what it was made of."""

    entries: tuple[Entries, ...]
    admission: int
    manifest: Manifest

    def is_of(self, entries: tuple[Entries, ...], admission: int) -> bool:
        """Whether nothing has changed; by identity, because comparing every tool would cost more than a call."""
        same = all(own is other for own, other in zip(self.entries, entries, strict=True))
        return same and self.admission == admission


@dataclass
class _Listing:
    """One kind of thing that one target offers: tools, prompts, resources or templates."""

    entries: Entries | None = None
    ask_after: float = 0.0
    flights: SingleFlight[None] = field(default_factory=SingleFlight)


class Catalog:
    """The tools, prompts and resources of all targets.

    Args:
        targets: In the order of the configuration.
        credentials: Gives the gateway's own tokens.
        lifetime_s: Age at which a listing is asked for again.
        admission: Chooses among what is listed.
        clock: Monotonic seconds.
    """

    def __init__(
        self,
        targets: Sequence[CallTarget],
        credentials: OutboundCredentials,
        lifetime_s: float,
        *,
        admission: Admission | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._admission = admission or EveryTool()
        self.targets = tuple(targets)
        self._credentials = credentials
        self._lifetime_s = lifetime_s
        self._clock = clock
        self._listings: dict[tuple[str, str], _Listing] = {}
        self._manifest: _Built | None = None

    async def manifest(self) -> Manifest:
        """The tools, read from the targets where they were never read, or long ago."""
        entries = await self._all("tools")
        if self._manifest is None or not self._manifest.is_of(entries, self._admission.version):
            self._manifest = _Built(entries, self._admission.version, self._built(entries))
        return self._manifest.manifest

    async def prompts(self) -> list[tuple[CallTarget, dict[str, Any]]]:
        """Every prompt with its target."""
        return await self._pairs("prompts")

    async def resources(self) -> list[tuple[CallTarget, dict[str, Any]]]:
        """Every resource with its target; of one URI the target with the lowest priority number."""
        pairs = await self._pairs("resources")
        pairs.sort(key=lambda pair: pair[0].settings.resource_priority)
        first: dict[str, tuple[CallTarget, dict[str, Any]]] = {}
        for target, entry in pairs:
            first.setdefault(str(entry.get("uri")), (target, entry))
        return list(first.values())

    async def templates(self) -> list[tuple[CallTarget, dict[str, Any]]]:
        """Every resource template with its target, in the order in which they are tried."""
        pairs = await self._pairs("resources/templates")
        return sorted(pairs, key=lambda pair: pair[0].settings.resource_priority)

    async def _pairs(self, kind: str) -> list[tuple[CallTarget, dict[str, Any]]]:
        entries = await self._all(kind)
        return [(target, entry) for target, own in zip(self.targets, entries, strict=True) for entry in own]

    async def _all(self, kind: str) -> tuple[Entries, ...]:
        now = self._clock()
        listings = [self._listing(target, kind) for target in self.targets]
        stale = [target for target, own in zip(self.targets, listings, strict=True) if own.ask_after <= now]
        if stale:
            await asyncio.gather(*(self._refresh(target, kind) for target in stale))
        return tuple(own.entries or NOTHING for own in listings)

    async def _refresh(self, target: CallTarget, kind: str) -> None:
        listing = self._listing(target, kind)
        if listing.entries is None:
            await listing.flights.do("first", lambda: self._read(target, kind, listing))
        else:
            # What was offered before goes on until the target has answered.
            listing.ask_after = self._clock() + self._lifetime_s
            task = asyncio.ensure_future(self._read(target, kind, listing))
            self._background.add(task)
            task.add_done_callback(self._background.discard)

    @cached_property
    def _background(self) -> set[asyncio.Future[None]]:
        return set()

    def _listing(self, target: CallTarget, kind: str) -> _Listing:
        found = self._listings.get((target.name, kind))
        if found is None:
            found = self._listings[target.name, kind] = _Listing()
        return found

    async def _read(self, target: CallTarget, kind: str, listing: _Listing) -> None:
        try:
            entries = await self._entries(target, kind)
            if entries != listing.entries:  # else the same object, so that who compares by identity sees no change
                listing.entries = entries
            lifetime_s = 0.0 if target.settings.dynamic else self._lifetime_s
        except (TargetFailure, RequestRefused) as error:
            logger.warning("target=<%s>, kind=<%s>, reason=<%s> | not listed", target.name, kind, type(error).__name__)
            lifetime_s = ASK_AGAIN_S
        listing.ask_after = self._clock() + lifetime_s

    async def _entries(self, target: CallTarget, kind: str) -> Entries:
        if kind == "tools" and target.settings.static_tools is not None:
            return tuple(dict(tool) for tool in target.settings.static_tools)
        if target.settings.static_tools is not None or not isinstance(target, Target):
            return ()  # such a target is not asked for anything without a caller
        credential = target.settings.credential
        if credential is None:
            return await _listed(target, kind, None)
        try:
            return await _listed(target, kind, await self._credentials.for_listing(credential))
        except TargetRefused as refusal:
            if refusal.status != UNAUTHORIZED:
                raise
            return await _listed(target, kind, await self._credentials.for_listing(credential, force=True))

    def _built(self, entries: tuple[Entries, ...]) -> Manifest:
        tools: dict[str, GatewayTool] = {}
        for target, listed in zip(self.targets, entries, strict=True):
            for entry in listed:
                tool = gateway_tool(target.settings, entry)
                if tool is None or tool.name in tools:
                    logger.warning(
                        "target=<%s> | an entry of its list is no tool, needs foreign scopes, or is there twice",
                        target.name,
                    )
                    continue
                tools[tool.name] = tool
        return Manifest(tuple(self._admission.admit(list(tools.values()))))


async def _listed(target: Target, kind: str, token: str | None) -> Entries:
    """All pages of one kind."""
    protocol = await target.protocol(token)
    if kind.partition("/")[0] not in protocol.capabilities:
        return ()
    member = "resourceTemplates" if kind == "resources/templates" else kind
    entries: list[dict[str, Any]] = []
    cursor: str | None = None
    for _ in range(MOST_PAGES):
        result = await target.ask(token, f"{kind}/list", {} if cursor is None else {"cursor": cursor})
        page = result.get(member)
        if not isinstance(page, list) or len(entries) + len(page) > MOST_TOOLS:
            raise TargetBroken(f"no list of {kind}")
        entries += [entry for entry in page if isinstance(entry, dict)]
        cursor = result.get("nextCursor")
        if not isinstance(cursor, str):
            return tuple(entries)
    raise TargetBroken(f"the list of {kind} has no end")
