"""DNS rebinding: no loopback port of the stack answers a page of another name (I05)."""

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
