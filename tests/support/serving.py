"""Real servers for tests: an ASGI application on a free loopback port, in a thread, until the test is over."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

PATIENCE_S = 10.0


def free_socket() -> socket.socket:
    """A listening socket on a port that nobody else has."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    listening.listen(128)
    return listening


def url_of(listening: socket.socket) -> str:
    return f"http://127.0.0.1:{listening.getsockname()[1]}"


@contextmanager
def served(app: ASGIApp, listening: socket.socket) -> Iterator[str]:
    """Serve an application on a listening socket; gives its URL."""
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, ws="none", lifespan="auto"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    try:
        _wait_until_started(server, thread)
        yield url_of(listening)
    finally:
        server.should_exit = True
        thread.join(PATIENCE_S)
        listening.close()


def _wait_until_started(server: uvicorn.Server, thread: threading.Thread) -> None:
    give_up_at = time.monotonic() + PATIENCE_S
    while not server.started:
        if not thread.is_alive() or time.monotonic() > give_up_at:
            raise RuntimeError("the server did not start")
        time.sleep(0.005)
