"""HTTP to providers: bounded in time and size, never redirected, blind to the environment's proxies.

It connects to addresses that were checked (V24): a name that leads into a private network is not followed there.
"""

import ssl
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import httpx

from identity.errors import AmbiguousJson
from identity.hop_trace import outgoing_headers
from identity.outbound_addresses import AddressPolicy, pinned_transport
from identity.strict_json import loads
from identity.vault.errors import ProviderUnavailable

LARGEST_ANSWER = 262_144


@dataclass(frozen=True)
class Answer:
    """A provider's answer: status and JSON object, empty if it was none."""

    status: int
    document: dict[str, Any]


class ProviderHttp:
    """Asks providers. Open it on the event loop that uses it, and close it there.

    Args:
        places: Where providers may be.
        timeout_s: For each request.
    """

    def __init__(self, places: AddressPolicy, *, timeout_s: float) -> None:
        self._places = places
        self._timeout_s = timeout_s
        self._clients: dict[str, httpx.AsyncClient] = {}

    async def get(self, url: str) -> Answer:
        """Read a JSON document.

        Raises:
            ProviderUnavailable: No answer in time, or one too large.
        """
        return await self._send("GET", url, {}, None)

    async def post_form(self, url: str, form: list[tuple[str, str]], headers: dict[str, str]) -> Answer:
        """Post a form. The answer's status is the caller's to judge.

        Raises:
            ProviderUnavailable: No answer in time, or one too large.
        """
        content = urlencode(form).encode()
        return await self._send("POST", url, {"Content-Type": "application/x-www-form-urlencoded", **headers}, content)

    async def close(self) -> None:
        """Close every connection."""
        for client in self._clients.values():
            await client.aclose()

    async def _send(self, method: str, url: str, headers: dict[str, str], content: bytes | None) -> Answer:
        headers = {"Accept": "application/json", **headers, **outgoing_headers()}
        try:
            async with self._client(url).stream(method, url, headers=headers, content=content) as response:
                body = await _bounded(response)
        except httpx.HTTPError as error:
            # The error's text may carry the URL and what was sent; its class says enough.
            raise ProviderUnavailable(f"the provider does not answer ({type(error).__name__})") from None
        return Answer(response.status_code, _json_object(body))

    def _client(self, url: str) -> httpx.AsyncClient:
        scheme = "https" if url.startswith("https:") else "http"
        if scheme not in self._clients:
            # Loading the certificate authorities takes longer than everything else at start, and http needs none.
            context = ssl.create_default_context() if scheme == "https" else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            # A connection is found again by its address: kept only where no certificate says whose it is.
            kept = httpx.Limits(max_keepalive_connections=0 if scheme == "https" else 20)
            inner = httpx.AsyncHTTPTransport(verify=context, trust_env=False, limits=kept)
            self._clients[scheme] = httpx.AsyncClient(
                transport=pinned_transport(self._places, inner=inner),
                timeout=self._timeout_s,
                follow_redirects=False,
                trust_env=False,
            )
        return self._clients[scheme]


async def _bounded(response: httpx.Response) -> bytes:
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > LARGEST_ANSWER:
            raise ProviderUnavailable("the provider's answer is too large")
    return bytes(body)


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        document = loads(body)
    except AmbiguousJson:
        return {}
    return document if isinstance(document, dict) else {}
