"""One API as a process of its own, on the laptop. On AWS there is no server: Lambda calls the handler."""

import ipaddress

import uvicorn
from starlette.types import ASGIApp

from apis.serving.settings import ApiSettings


def serve_forever(app: ASGIApp, settings: ApiSettings) -> None:
    """Serves until interrupted.

    Raises:
        ValueError: The address is not loopback: the shim stands in for API Gateway on a laptop only.
    """
    if not ipaddress.ip_address(settings.host).is_loopback:
        raise ValueError("an API is served on a loopback address only")
    uvicorn.run(app, host=settings.host, port=settings.port, access_log=False)
