"""Where we connect when somebody else chose the URL: the public internet, and private places that are named (A17, V24).

    policy = AddressPolicy(allowed_private=frozenset({"127.0.0.1:8700", "localhost:*"}))
    policy.check_url("https://client.example/metadata.json")      # at registration; literal addresses, no look-up
    async with httpx.AsyncClient(transport=pinned_transport(policy)) as http:
        await http.get(url)                                       # at connect; every hop, also of a redirect

The name is resolved once, every address it has is checked, and the connection goes to a checked address while Host,
SNI and the certificate stay those of the name: a name server that answers differently the second time (DNS rebinding)
is not asked a second time. Proxies of the environment are not used.
"""

import asyncio
import ipaddress
import re
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import httpx

from identity.errors import AddressRefused

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], Awaitable[list[str]]]

LONGEST_LOOK_UP_S = 5.0
MOST_ADDRESSES_TRIED = 4
_NAME = re.compile(r"(?=.{1,253}\Z)(?:[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\.)*[A-Za-z0-9-]{1,63}\.?")
# What inet_aton reads as an address: decimal, octal and hexadecimal numbers, one to four of them.
_NUMBERS = re.compile(r"(?:0[xX][0-9A-Fa-f]*|[0-9]+)(?:\.(?:0[xX][0-9A-Fa-f]*|[0-9]+))*\.?")
_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_DEFAULT_PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True)
class AddressPolicy:
    """Which places a URL from somebody else may lead to.

    Attributes:
        allowed_private: `host:port` or `host:*`, as they stand in the URL (IPv6 without brackets), lower case. Such a
            host may be loopback or in a private network and may speak http. Link-local addresses, where clouds keep
            their credentials, are never allowed.
    """

    allowed_private: frozenset[str] = frozenset()

    def check_url(self, url: str | httpx.URL) -> httpx.URL:
        """Check what can be checked without a look-up.

        Raises:
            AddressRefused: Not https (http for named private places), with a user or a fragment, or a refused host.
        """
        try:
            parsed = httpx.URL(url)
            _ = parsed.host  # decodes xn-- for the first time, and httpx would stumble over it later
        except (httpx.InvalidURL, ValueError, TypeError) as error:
            raise AddressRefused("not a URL") from error
        if parsed.userinfo or parsed.fragment:
            raise AddressRefused("a URL with a user or a fragment")
        if parsed.scheme not in _DEFAULT_PORTS:
            raise AddressRefused("neither https nor http")
        host, port = _host_and_port(parsed)
        if parsed.scheme != "https" and not self._named(host, port):
            raise AddressRefused("not https")
        self.check_host(host, port)
        return parsed

    def check_host(self, host: str, port: int = 443) -> Address | None:
        """Check the host of a URL without a look-up.

        Args:
            host: Name, or literal address without brackets.
            port: TCP port.

        Returns:
            The address if the host is one, None if it is a name that has to be looked up.

        Raises:
            AddressRefused: A refused address, an address in an unusual spelling, or not a host name.
        """
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            # 0x7f.1, 2130706433 and 0177.0.0.1 are names to us and addresses to the resolver.
            if _NUMBERS.fullmatch(host) or not _NAME.fullmatch(host):
                raise AddressRefused("neither a name nor an address in its usual spelling") from None
            return None
        self.check_address(address, private_allowed=self._named(host, port))
        return address

    def check_address(self, address: Address, *, private_allowed: bool = False) -> None:
        """Check one address.

        Raises:
            AddressRefused: Not a public unicast address, nor an allowed private one.
        """
        if getattr(address, "scope_id", None) is not None:
            raise AddressRefused("an address with a zone")
        plain = _unwrapped(address)
        if _is_public(plain):
            return
        harmless = plain.is_loopback or (plain.is_private and not plain.is_link_local and not plain.is_unspecified)
        if not (private_allowed and harmless and not plain.is_multicast and not plain.is_reserved):
            raise AddressRefused("leads to an address that is not public")

    async def addresses(self, host: str, port: int, resolve: Resolve) -> list[str]:
        """Look a host up, once, and check every address that it has.

        Raises:
            AddressRefused: One of them is refused, or there is none.
        """
        literal = self.check_host(host, port)
        if literal is not None:
            return [str(literal)]
        found = await resolve(host, port)
        if not found:
            raise AddressRefused("a name without an address")
        for text in found:
            self.check_address(_address(text), private_allowed=self._named(host, port))
        return found

    def _named(self, host: str, port: int) -> bool:
        return not self.allowed_private.isdisjoint({f"{host.lower()}:{port}", f"{host.lower()}:*"})


class _PinnedTransport(httpx.AsyncBaseTransport):
    def __init__(self, policy: AddressPolicy, resolve: Resolve, inner: httpx.AsyncBaseTransport) -> None:
        self._policy = policy
        self._resolve = resolve
        self._inner = inner

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        host, port = _host_and_port(request.url)
        try:
            self._policy.check_url(request.url.copy_with(fragment=None))
            addresses = await asyncio.wait_for(self._policy.addresses(host, port, self._resolve), LONGEST_LOOK_UP_S)
        except AddressRefused as error:
            raise httpx.ConnectError("the address is refused", request=request) from error
        except (OSError, TimeoutError) as error:
            raise httpx.ConnectError("the name cannot be looked up", request=request) from error
        *others, last = addresses[:MOST_ADDRESSES_TRIED]
        for address in others:
            try:
                return await self._inner.handle_async_request(_pinned(request, address))
            except (httpx.ConnectError, httpx.ConnectTimeout):
                continue  # nothing was sent yet
        return await self._inner.handle_async_request(_pinned(request, last))

    async def aclose(self) -> None:
        await self._inner.aclose()


def pinned_transport(
    policy: AddressPolicy, *, resolve: Resolve | None = None, inner: httpx.AsyncBaseTransport | None = None
) -> httpx.AsyncBaseTransport:
    """A transport that connects to checked addresses only; a refusal is an `httpx.ConnectError`.

    Args:
        policy: Which addresses.
        resolve: Addresses of a name; the system's resolver unless told otherwise.
        inner: What connects.
    """
    # No connection is kept: it would be found again by its address, though it was made for another name.
    limits = httpx.Limits(max_keepalive_connections=0)
    return _PinnedTransport(policy, resolve or _system_resolver, inner or httpx.AsyncHTTPTransport(limits=limits))


def _pinned(request: httpx.Request, address: str) -> httpx.Request:
    # The Host header was written by the client from the name and stays; SNI and certificate follow `sni_hostname`.
    return httpx.Request(
        request.method,
        request.url.copy_with(host=address),
        headers=request.headers,
        stream=request.stream,
        extensions={**request.extensions, "sni_hostname": request.url.host},
    )


async def _system_resolver(host: str, port: int) -> list[str]:
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def _host_and_port(url: httpx.URL) -> tuple[str, int]:
    # `raw_host` is what goes to the resolver: full-width digits have become digits there.
    return url.raw_host.decode("ascii").strip("[]"), url.port or _DEFAULT_PORTS.get(url.scheme, 0)


def _address(text: str) -> Address:
    try:
        return ipaddress.ip_address(text)
    except ValueError as error:
        raise AddressRefused("the resolver answered with something else than an address") from error


def _unwrapped(address: Address) -> Address:
    """The IPv4 address inside an IPv6 one, where packets would end up there."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF) if address in _NAT64 else address


def _is_public(address: Address) -> bool:
    if isinstance(address, ipaddress.IPv6Address) and (
        address not in _GLOBAL_UNICAST or address.sixtofour is not None or address.teredo is not None
    ):
        return False  # tunnels end wherever their address says
    return address.is_global and not address.is_multicast and not address.is_reserved
