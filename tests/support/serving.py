"""Real servers for tests: an ASGI application on a free loopback port, in a thread, until the test is over."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

PATIENCE_S = 10.0


def free_socket(port: int = 0) -> socket.socket:
    """A listening socket on a port that nobody else has, or on one that was ours before."""
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind(("127.0.0.1", port))
    listening.listen(128)
    return listening


def port_of(listening: socket.socket) -> int:
    return int(listening.getsockname()[1])


def url_of(listening: socket.socket) -> str:
    return f"http://127.0.0.1:{port_of(listening)}"


class ByPort:
    """Several applications behind one server: each answers on its own port. The first one's lifespan is run."""

    def __init__(self, apps: dict[int, ASGIApp]) -> None:
        self._apps = apps
        self._first = next(iter(apps.values()))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = self._first if scope["type"] == "lifespan" else self._apps[scope["server"][1]]
        await app(scope, receive, send)


@contextmanager
def served(app: ASGIApp, *listening: socket.socket) -> Iterator[str]:
    """Serve an application on listening sockets; gives the URL of the first."""
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, ws="none", lifespan="auto"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": list(listening)}, daemon=True)
    thread.start()
    try:
        _wait_until_started(server, thread)
        yield url_of(listening[0])
    finally:
        server.should_exit = True
        thread.join(PATIENCE_S)
        for each in listening:
            each.close()


def _wait_until_started(server: uvicorn.Server, thread: threading.Thread) -> None:
    give_up_at = time.monotonic() + PATIENCE_S
    while not server.started:
        if not thread.is_alive() or time.monotonic() > give_up_at:
            raise RuntimeError("the server did not start")
        time.sleep(0.005)
