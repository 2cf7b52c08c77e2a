"""Sign-in on the login page: a loopback listener takes the redirect (RFC 8252 §7.3)."""

import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import urlencode

from agent.terminal.discovery import AuthorizationServer
from agent.terminal.errors import SignInRefused
from agent.terminal.sign_in import REDIRECT_PORTS, AuthorizationRequest

WAIT_LIMIT_S = 300.0
REQUEST_LIMIT_S = 5.0
PAGE = b"<!doctype html><title>coach</title><p>You may close this page and return to the terminal."


class RedirectListener:
    """Listens on the first free registered port for one redirect; binds at once, so that the port is known."""

    def __init__(self, ports: tuple[int, ...] = REDIRECT_PORTS) -> None:
        self._server = _bound(ports)
        self.port: int = self._server.server_address[1]

    def close(self) -> None:
        self._server.server_close()

    def wait(self, limit_s: float = WAIT_LIMIT_S) -> str:
        """The URL of the redirect.

        Raises:
            SignInRefused: None came in time.
        """
        deadline = time.monotonic() + limit_s
        while self._server.redirect is None and (left := deadline - time.monotonic()) > 0:
            self._server.timeout = left
            self._server.handle_request()
        if self._server.redirect is None:
            raise SignInRefused("nobody signed in on the login page in time")
        return self._server.redirect


def browser_sign_in(
    server: AuthorizationServer,
    request: AuthorizationRequest,
    listener: RedirectListener,
    open_page: Callable[[str], object],
    limit_s: float = WAIT_LIMIT_S,
) -> str:
    """Shows the login page and waits for its redirect.

    Args:
        server: Checked metadata of the authorization server.
        request: What to ask for; its redirect goes to the port of `listener`.
        listener: Takes the redirect.
        open_page: Shows a URL to the athlete.
        limit_s: How long the athlete may take, seconds.

    Returns:
        The URL that the browser was redirected to, still unchecked.
    """
    open_page(f"{server.authorization_endpoint}?{urlencode(request.parameters)}")
    return listener.wait(limit_s)


class _RedirectServer(HTTPServer):
    redirect: str | None = None


class _RedirectPage(BaseHTTPRequestHandler):
    server: _RedirectServer
    timeout = REQUEST_LIMIT_S

    def do_GET(self) -> None:
        origin = f"localhost:{self.server.server_address[1]}"
        # A page of another name that resolves to this computer (DNS rebinding) sends another Host.
        if self.headers.get("Host") != origin or self.path.partition("?")[0] != "/callback":
            self.send_error(404)
            return
        self.server.redirect = f"http://{origin}{self.path}"
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Referrer-Policy", "no-referrer")  # the address holds the code
        self.end_headers()
        self.wfile.write(PAGE)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the signature of the standard library
        """Says nothing: the request line holds the code."""


def _bound(ports: tuple[int, ...]) -> _RedirectServer:
    for port in ports:
        try:
            return _RedirectServer(("127.0.0.1", port), _RedirectPage)
        except OSError:
            continue
    raise SignInRefused(f"the ports for the redirect are all in use: {', '.join(map(str, ports))}")
