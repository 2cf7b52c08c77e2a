"""Where we connect when somebody else chose the URL (A17, V24)."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from identity.errors import AddressRefused
from identity.outbound_addresses import AddressPolicy, pinned_transport

PUBLIC = AddressPolicy()
PRIVATE_LITERALS = [
    pytest.param("127.0.0.1", id="loopback"),
    pytest.param("127.8.8.8", id="loopback-elsewhere"),
    pytest.param("10.1.2.3", id="private-10"),
    pytest.param("172.16.0.1", id="private-172"),
    pytest.param("192.168.1.1", id="private-192"),
    pytest.param("100.64.0.1", id="carrier-nat"),
    pytest.param("169.254.169.254", id="cloud-metadata"),
    pytest.param("0.0.0.0", id="unspecified"),  # noqa: S104 - an address to refuse
    pytest.param("224.0.0.1", id="multicast"),
    pytest.param("255.255.255.255", id="broadcast"),
    pytest.param("[::1]", id="ipv6-loopback"),
    pytest.param("[::]", id="ipv6-unspecified"),
    pytest.param("[::ffff:127.0.0.1]", id="ipv4-mapped"),
    pytest.param("[::ffff:a9fe:a9fe]", id="ipv4-mapped-in-hexadecimal"),
    pytest.param("[::127.0.0.1]", id="ipv4-compatible"),
    pytest.param("[64:ff9b::7f00:1]", id="nat64"),
    pytest.param("[2002:7f00:1::]", id="6to4"),
    pytest.param("[2001:0:7f00:1::1]", id="teredo"),
    pytest.param("[fe80::1]", id="link-local"),
    pytest.param("[fc00::1]", id="unique-local"),
    pytest.param("[fec0::1]", id="site-local"),
    pytest.param("[ff02::1]", id="ipv6-multicast"),
    pytest.param("2130706433", id="decimal"),
    pytest.param("0177.0.0.1", id="octal"),
    pytest.param("0x7f.0.0.1", id="hexadecimal"),
    pytest.param("0x7f000001", id="one-hexadecimal-number"),
    pytest.param("127.1", id="two-numbers"),
    pytest.param("127.0.0.1.", id="with-a-dot-after-it"),
    pytest.param("１２７.０.０.１", id="full-width-digits"),  # noqa: RUF001 - the point of this case
]


@pytest.mark.case("A17")
@pytest.mark.case("V24")
@pytest.mark.parametrize("host", PRIVATE_LITERALS)
def test_an_address_that_is_not_public_is_refused_in_every_spelling(host: str) -> None:
    with pytest.raises(AddressRefused):
        PUBLIC.check_url(f"https://{host}/client.json")


@pytest.mark.parametrize("host", ["8.8.8.8", "[2606:4700::1111]", "[::ffff:8.8.8.8]", "client.example"])
def test_public_addresses_and_names_pass(host: str) -> None:
    assert PUBLIC.check_url(f"https://{host}/client.json").scheme == "https"


@pytest.mark.parametrize(
    "url",
    [
        "http://client.example/",
        "ftp://client.example/",
        "https://user@client.example/",
        "https://client.example/#part",
        "https://a b/",
        "https:///path",
        "file:///etc/passwd",
        "https://xn--/",
        "https://xn--a/",
    ],
)
def test_a_url_that_is_not_plain_https_is_refused(url: str) -> None:
    with pytest.raises(AddressRefused):
        PUBLIC.check_url(url)


def test_a_named_private_place_is_reachable_there_alone_and_by_http() -> None:
    policy = AddressPolicy(frozenset({"127.0.0.1:8700", "localhost:*"}))
    policy.check_url("http://127.0.0.1:8700/x")
    policy.check_url("http://localhost:1234/x")
    for url in ("http://127.0.0.1:8701/x", "http://127.0.0.2:8700/x", "https://127.0.0.1/x"):
        with pytest.raises(AddressRefused):
            policy.check_url(url)


def test_link_local_addresses_are_refused_even_when_named() -> None:
    policy = AddressPolicy(frozenset({"169.254.169.254:*"}))
    with pytest.raises(AddressRefused):
        policy.check_url("http://169.254.169.254/latest/meta-data")


class _Connections(httpx.AsyncBaseTransport):
    """Records where connections would go.

    Knobs:
        unreachable: Addresses that nobody answers at.
    """

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []
        self.unreachable: set[str] = set()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if request.url.host in self.unreachable:
            raise httpx.ConnectError("refused")
        return httpx.Response(200, text="here")


class _Names:
    """A resolver whose answers change from one question to the next."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.asked = 0

    async def __call__(self, _host: str, _port: int) -> list[str]:
        self.asked += 1
        return self.answers.pop(0)


@pytest.mark.case("A17")
async def test_a_name_is_resolved_once_and_the_connection_goes_to_the_checked_address() -> None:
    # DNS rebinding: the second answer would be loopback.
    names, connections = _Names(["203.0.114.7"], ["127.0.0.1"]), _Connections()
    async with httpx.AsyncClient(transport=pinned_transport(PUBLIC, resolve=names, inner=connections)) as http:
        answer = await http.get("https://client.example/metadata.json")
    assert answer.text == "here"
    assert names.asked == 1
    (request,) = connections.requests
    assert request.url.host == "203.0.114.7"
    assert request.headers["host"] == "client.example"
    assert request.extensions["sni_hostname"] == "client.example"


@pytest.mark.case("A17")
@pytest.mark.case("V24")
@pytest.mark.parametrize("answer", [["127.0.0.1"], ["203.0.114.7", "10.0.0.1"], ["::1"], ["169.254.169.254"], []])
async def test_a_name_with_one_private_address_is_connected_to_nowhere(answer: list[str]) -> None:
    connections = _Connections()
    transport = pinned_transport(PUBLIC, resolve=_Names(answer), inner=connections)
    async with httpx.AsyncClient(transport=transport) as http:
        with pytest.raises(httpx.ConnectError, match="refused"):
            await http.get("https://client.example/")
    assert connections.requests == []


@pytest.mark.case("A17")
async def test_a_redirect_into_the_private_network_is_refused_even_by_a_client_that_follows() -> None:
    class _Redirecting(_Connections):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            await super().handle_async_request(request)
            return httpx.Response(302, headers={"location": "https://169.254.169.254/"})

    connections = _Redirecting()
    transport = pinned_transport(PUBLIC, resolve=_Names(["203.0.114.7"]), inner=connections)
    async with httpx.AsyncClient(transport=transport, follow_redirects=True) as http:
        with pytest.raises(httpx.ConnectError):
            await http.get("https://client.example/")
    assert [request.url.host for request in connections.requests] == ["203.0.114.7"]


async def test_the_next_address_of_a_name_is_tried_when_nobody_answers_at_the_first() -> None:
    connections = _Connections()
    connections.unreachable.add("203.0.114.7")
    transport = pinned_transport(PUBLIC, resolve=_Names(["203.0.114.7", "203.0.114.8"]), inner=connections)
    async with httpx.AsyncClient(transport=transport) as http:
        assert (await http.get("https://client.example/")).status_code == 200
    assert [request.url.host for request in connections.requests] == ["203.0.114.7", "203.0.114.8"]


@pytest.fixture
async def port() -> AsyncIterator[int]:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        host = next(line for line in head.split("\r\n") if line.lower().startswith("host:"))
        body = host.encode()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s" % (len(body), body))
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def test_a_real_connection_goes_to_the_pinned_address_with_the_name_in_the_host_header(port: int) -> None:
    policy = AddressPolicy(frozenset({f"team.example:{port}"}))
    transport = pinned_transport(policy, resolve=_Names(["127.0.0.1"]))
    async with httpx.AsyncClient(transport=transport) as http:
        answer = await http.get(f"http://team.example:{port}/")
    assert answer.text == f"Host: team.example:{port}"
