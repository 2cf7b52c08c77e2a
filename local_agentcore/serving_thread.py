"""One part on its own thread with its own event loop and port: a part that waits for another never waits for itself."""

import asyncio
import logging
import socket
import threading
from collections.abc import Callable, Sequence

import uvicorn
import uvloop
from starlette.types import ASGIApp

from local_agentcore.errors import PartDied
from local_agentcore.ports import HOST
from local_agentcore.slow_bodies import SlowBodies

logger = logging.getLogger(__name__)
START_TIMEOUT_S = 60.0


class ServingThread:
    """Serves ASGI applications, each on its port, from one thread.

    Args:
        name: Of the thread and in errors.
        build: Makes the applications by port; called in the thread, so that imports and start-up of parts overlap.
    """

    def __init__(self, name: str, build: Callable[[], Sequence[tuple[int, ASGIApp]]]) -> None:
        self.name = name
        self._build = build
        self._servers: list[uvicorn.Server] = []
        self._ready = threading.Event()
        self._failed = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wait_until_ready(self) -> None:
        """Block until every port answers.

        Raises:
            PartDied: It did not start; the reason is in the log.
        """
        if not self._ready.wait(START_TIMEOUT_S) or self._failed:
            raise PartDied(self.name)

    def ask_to_stop(self) -> None:
        """Take no more requests; those in flight may end."""
        for server in self._servers:
            server.should_exit = True

    def stop(self) -> None:
        """Stop, after the requests in flight."""
        self.ask_to_stop()
        self._thread.join(timeout=5.0)

    @property
    def alive(self) -> bool:
        return self._thread.is_alive()

    def _run(self) -> None:
        try:
            uvloop.run(self._serve())
        except Exception:  # process boundary of this part: the others go on
            logger.exception("part=<%s> | died", self.name)
            self._failed = True
            self._ready.set()

    async def _serve(self) -> None:
        self._servers = [_StartedServer(_config(port, app), self._one_is_up) for port, app in self._build()]
        try:
            await asyncio.gather(*(server.serve() for server in self._servers))
        finally:
            # Reached before every port answered when one of them was taken.
            self._failed = not self._ready.is_set()
            self._ready.set()

    def _one_is_up(self) -> None:
        if all(server.started for server in self._servers):
            self._ready.set()


class _StartedServer(uvicorn.Server):
    """A server that says when it answers."""

    def __init__(self, config: uvicorn.Config, on_started: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_started = on_started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_started()


def _config(port: int, app: ASGIApp) -> uvicorn.Config:
    return uvicorn.Config(
        SlowBodies(app),
        host=HOST,
        port=port,
        loop="uvloop",
        http="httptools",
        log_config=None,
        access_log=False,
        server_header=False,
        # Nobody is in front of a loopback port: who connects is who the socket says.
        proxy_headers=False,
        timeout_graceful_shutdown=3,
        ws="none",
    )
