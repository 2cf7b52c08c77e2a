"""Clients that describe themselves: the client id is the https URL of a JSON document (A17).

Client ID Metadata Documents, draft-ietf-oauth-client-id-metadata-document. Anybody can make us read a URL, so reading
is bounded in every way: public addresses only and pinned (`identity.outbound_addresses`), no redirects, 5 kB, 5 s, one
read at a time for each URL, few for each peer, and a cache that is bounded too.
"""

import asyncio
import logging
import re
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx

from identity.authorization_server.client_metadata import client_config
from identity.authorization_server.clients import Client
from identity.authorization_server.errors import MetadataRefused
from identity.authorization_server.limits import METADATA_FETCH, Limits
from identity.authorization_server.pools import ClientConfig, PoolConfig
from identity.errors import AddressRefused, AmbiguousJson
from identity.outbound_addresses import AddressPolicy, pinned_transport
from identity.strict_json import loads

logger = logging.getLogger(__name__)

LARGEST_DOCUMENT = 5 * 1024  # the draft's own recommendation
LONGEST_FETCH_S = 5.0
LONGEST_URL = 512
MOST_DOCUMENTS = 200
SHORTEST_LIFE_S, USUAL_LIFE_S, LONGEST_LIFE_S = 60, 300, 86_400
FAILURE_LIFE_S = 30
_MAX_AGE = re.compile(r"(?:^|[,\s])max-age=([0-9]{1,9})(?:$|[,\s])")


@dataclass(frozen=True)
class _Known:
    client: Client | None
    until: float


class ClientMetadataDocuments:
    """What clients of one pool say about themselves.

    Args:
        config: The pool.
        policy: Where documents may be.
        limits: How many reads one peer may cause.
        clock: Epoch seconds.
        transport: What connects; made from the policy unless told otherwise.
    """

    def __init__(
        self,
        config: PoolConfig,
        policy: AddressPolicy,
        limits: Limits,
        *,
        clock: Callable[[], float],
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._config = config
        self._policy = policy
        self._limits = limits
        self._clock = clock
        self._transport = transport
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._reading: dict[str, asyncio.Lock] = {}

    def known(self, url: str) -> Client | None:
        """What was read before, if it was good."""
        found = self._known.get(url)
        return found.client if found else None

    async def resolve(self, url: str, *, peer: str) -> None:
        """Read a document, unless a young one is known.

        Raises:
            Throttled: This peer made us read too many.
        """
        if self._young(url):
            return
        lock = self._reading.setdefault(url, asyncio.Lock())
        try:
            async with lock:
                if not self._young(url):
                    self._limits.spend(METADATA_FETCH, peer)
                    self._remember(url, await self._read(url))
        finally:
            if not lock.locked():
                self._reading.pop(url, None)

    def _young(self, url: str) -> bool:
        found = self._known.get(url)
        return found is not None and found.until > self._clock()

    def _remember(self, url: str, known: _Known) -> None:
        self._known.pop(url, None)
        self._known[url] = known
        while len(self._known) > MOST_DOCUMENTS:
            self._known.popitem(last=False)

    async def _read(self, url: str) -> _Known:
        try:
            _check_client_id(url)
            self._policy.check_url(url)
            document, life_s = await asyncio.wait_for(self._fetch(url), LONGEST_FETCH_S)
            client = Client(_described(url, document, self._config))
        except (MetadataRefused, AddressRefused, AmbiguousJson, httpx.HTTPError, TimeoutError) as error:
            logger.warning("client=<%s>, reason=<%s: %s> | client not known", url[:200], type(error).__name__, error)
            return _Known(None, self._clock() + FAILURE_LIFE_S)
        return _Known(client, self._clock() + life_s)

    async def _fetch(self, url: str) -> tuple[Any, int]:
        transport = self._transport or pinned_transport(self._policy)
        headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
        async with (
            httpx.AsyncClient(transport=transport, timeout=LONGEST_FETCH_S, follow_redirects=False) as http,
            http.stream("GET", url, headers=headers) as response,
        ):
            if response.status_code != httpx.codes.OK:
                raise MetadataRefused(f"status {response.status_code}")
            media_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
            if media_type != "application/json" and not re.fullmatch(r"application/[a-z0-9.-]+\+json", media_type):
                raise MetadataRefused("not JSON by its media type")
            if "content-encoding" in response.headers:
                raise MetadataRefused("compressed, though that was not asked for")
            body = bytearray()
            async for chunk in response.aiter_raw():
                body += chunk
                if len(body) > LARGEST_DOCUMENT:
                    raise MetadataRefused("too large")
            return loads(bytes(body)), _life_s(response.headers.get("cache-control", ""))


def _check_client_id(url: str) -> None:
    # The draft, "Client Identifier": a path, no dot segments, no fragment, no user; a query is better left out.
    path = url.partition("://")[2].partition("/")[2]
    if len(url) > LONGEST_URL or not path or not re.fullmatch(r"[!-~]+", url):
        raise MetadataRefused("not the URL of a document")
    if re.search(r"(?:^|/)(?:\.|%2e){1,2}(?:/|$)", path.lower()) or "?" in url or "#" in url:
        raise MetadataRefused("dot segments, a query or a fragment")


def _described(url: str, document: Any, pool: PoolConfig) -> ClientConfig:
    if not isinstance(document, dict) or document.get("client_id") != url:
        raise MetadataRefused("the document names another client")
    if not {"client_secret", "client_secret_expires_at"}.isdisjoint(document):
        raise MetadataRefused("a secret that everybody can read")
    config = client_config({"token_endpoint_auth_method": "none"} | document, pool, client_id=url)
    if not config.public:
        raise MetadataRefused("only public clients describe themselves here")
    return config


def _life_s(cache_control: str) -> int:
    if "no-store" in cache_control.lower() or "no-cache" in cache_control.lower():
        return SHORTEST_LIFE_S
    max_age = _MAX_AGE.search(cache_control.lower())
    return min(max(int(max_age[1]) if max_age else USUAL_LIFE_S, SHORTEST_LIFE_S), LONGEST_LIFE_S)
