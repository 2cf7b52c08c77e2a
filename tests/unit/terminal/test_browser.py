import threading
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from agent.terminal.browser import RedirectListener, browser_sign_in
from agent.terminal.discovery import discover
from agent.terminal.errors import SignInRefused
from agent.terminal.sign_in import begin, redeem
from tests.support.runtime import FakeFront

ANY_PORT = (0,)


def get(url: str, host: str | None = None) -> int:
    parts = urlsplit(url)
    address = f"http://127.0.0.1:{parts.port}{parts.path}?{parts.query}"
    with httpx.Client(trust_env=False) as http:
        return http.get(address, headers={"Host": host or parts.netloc}).status_code


def test_the_login_page_signs_in_whoever_signs_in_there() -> None:
    front = FakeFront()
    listener = RedirectListener(ANY_PORT)
    request = begin("terminal", "coach", ("coach/invoke",), port=listener.port)

    def person(url: str) -> None:
        parameters = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        threading.Thread(target=get, args=(front.redirect_for(parameters, "jonas"),)).start()

    with front.client() as http:
        server = discover(http, front.issuer)
        redirect = browser_sign_in(server, request, listener, person, limit_s=5)
        assert redeem(http, server, request, redirect).username == "jonas"
    listener.close()


@pytest.mark.parametrize(
    ("path", "host"),
    [
        pytest.param("/callback?code=x", "evil.example", id="another name that resolves to this computer"),
        pytest.param("/favicon.ico", None, id="another path"),
    ],
)
def test_requests_that_are_no_redirect_are_not_taken_for_one(path: str, host: str | None) -> None:
    listener = RedirectListener(ANY_PORT)
    statuses: list[int] = []
    url = f"http://localhost:{listener.port}{path}"
    visitor = threading.Thread(target=lambda: statuses.append(get(url, host)))
    visitor.start()
    with pytest.raises(SignInRefused, match="in time"):
        listener.wait(0.5)
    visitor.join()
    listener.close()
    assert statuses == [404]


def test_without_a_free_registered_port_the_sign_in_is_refused() -> None:
    first = RedirectListener(ANY_PORT)
    with pytest.raises(SignInRefused, match="in use"):
        RedirectListener((first.port,))
    first.close()
