import pytest

from agent.terminal.errors import SignInRefused
from agent.terminal.protected_resource import check_resource
from tests.support.runtime import FakeFront


def check(front: FakeFront) -> None:
    with front.client() as http:
        check_resource(http, front.endpoints()["mcp"]["activities"], front.issuer)


def test_a_resource_that_names_itself_and_our_issuer_is_called() -> None:
    check(FakeFront())


@pytest.mark.case("M06")
@pytest.mark.parametrize(
    "resource",
    [
        pytest.param("http://127.0.0.1:8700/runtimes/mcp_routes/invocations", id="another resource"),
        pytest.param("http://127.0.0.1:8700/runtimes/mcp_activities/invocations/", id="one slash more"),
        pytest.param("http://localhost:8700/runtimes/mcp_activities/invocations", id="another host"),
    ],
)
def test_metadata_of_another_resource_is_refused(resource: str) -> None:
    with pytest.raises(SignInRefused, match="another resource"):
        check(FakeFront(resource=resource))


@pytest.mark.case("M06")
def test_a_resource_that_takes_tokens_of_another_issuer_is_not_called() -> None:
    front = FakeFront()
    with front.client() as http, pytest.raises(SignInRefused, match="does not take tokens"):
        check_resource(http, front.endpoints()["mcp"]["activities"], "https://evil.example")
