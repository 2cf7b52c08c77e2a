"""What every loopback port of the stack refuses: pages of another name (I05), requests with two meanings (M14)."""

import socket

import httpx
import pytest

from local_agentcore.ports import HOST, OFFSETS
from tests.support.running_stack import RunningStack

PARTS = sorted(OFFSETS)


def asked(stack: RunningStack, part: str, **headers: str) -> httpx.Response:
    with httpx.Client(timeout=10, trust_env=False) as http:
        return http.get(f"http://{HOST}:{stack.blueprint.ports.port(part)}/", headers=headers)


@pytest.mark.case("I05")
@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("host", ["evil.test", "evil.test:80", "127.0.0.1", "localhost.evil.test"])
def test_a_request_for_another_host_is_refused_at_every_port(stack: RunningStack, part: str, host: str) -> None:
    assert asked(stack, part, Host=host).status_code == 421
    assert asked(stack, part).status_code != 421


@pytest.mark.case("I05")
@pytest.mark.parametrize("part", [part for part in PARTS if not part.startswith("api-")])
@pytest.mark.parametrize("origin", ["http://evil.test", "null"])
def test_a_page_of_another_origin_is_refused_at_every_port(stack: RunningStack, part: str, origin: str) -> None:
    refused, own = asked(stack, part, Origin=origin), asked(stack, part)
    assert refused.status_code == 403
    assert (refused.status_code, refused.text) != (own.status_code, own.text)


@pytest.mark.case("I05")
@pytest.mark.parametrize("part", PARTS)
def test_no_port_lets_a_page_of_another_origin_read_its_answers(stack: RunningStack, part: str) -> None:
    """The APIs know no Origin, as API Gateway does not; a browser keeps an answer without this header from the page."""
    answer = asked(stack, part, Origin="http://evil.test")
    assert not [name for name in answer.headers if name.startswith("access-control-")]


# Two lengths, two framings, or a line that one reader takes for two: what a proxy before us might cut elsewhere.
AMBIGUOUS = {
    "a length and chunks": b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunks and a length": b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
    "two lengths": b"Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcde",
    "one length twice": b"Content-Length: 4\r\nContent-Length: 4\r\n\r\nabcd",
    "a folded line": b"X-A: b\r\n c\r\nContent-Length: 0\r\n\r\n",
    "an unknown coding": b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "a blank before the colon": b"Content-Length : 0\r\n\r\n",
    "a negative length": b"Content-Length: -1\r\n\r\n",
}


def statuses(stack: RunningStack, part: str, rest: bytes) -> list[bytes]:
    """The status lines of all answers to what the port takes for one request or several."""
    port = stack.blueprint.ports.port(part)
    head = f"POST / HTTP/1.1\r\nHost: {HOST}:{port}\r\n".encode()
    hidden = f"GET / HTTP/1.1\r\nHost: {HOST}:{port}\r\n\r\n".encode()
    answers = b""
    with socket.create_connection((HOST, port), timeout=10) as connection:
        connection.sendall(head + rest + hidden)
        while received := connection.recv(65_536):
            answers += received
    return [line for line in answers.split(b"\r\n") if line.startswith(b"HTTP/1.1 ")]


@pytest.mark.case("M14")
@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("rest", AMBIGUOUS.values(), ids=AMBIGUOUS)
def test_a_request_with_two_meanings_is_refused_and_nothing_behind_it_is_read(
    stack: RunningStack, part: str, rest: bytes
) -> None:
    assert statuses(stack, part, rest) == [b"HTTP/1.1 400 Bad Request"]
