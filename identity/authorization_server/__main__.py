"""Runs the authorization server alone: `python -m identity.authorization_server`.

Settings come from the environment, `COACH_AUTHORIZATION_SERVER_…`; pools as JSON.
"""

import logging

import uvicorn

from identity.authorization_server.app import create_app
from identity.authorization_server.settings import AuthorizationServerSettings


def main() -> None:
    """Serve until interrupted."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    settings = AuthorizationServerSettings()
    app = create_app(settings)
    uvicorn.run(
        app,
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http="httptools",
        access_log=False,  # query strings of authorization requests do not belong in logs
        server_header=False,
        proxy_headers=False,  # the key-file sign-in looks at the real peer
    )


if __name__ == "__main__":
    main()
