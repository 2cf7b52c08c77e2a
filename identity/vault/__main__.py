"""Run the vault alone: `python -m identity.vault [SETTINGS.json]`, else settings from `VAULT_*`."""

import json
import logging
import sys
from pathlib import Path

import uvicorn

from identity.vault.app import create_app
from identity.vault.settings import VaultSettings


def main(arguments: list[str]) -> None:
    """Serve until interrupted."""
    given = json.loads(Path(arguments[0]).read_text(encoding="utf-8")) if arguments else {}
    settings = VaultSettings(**given)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    uvicorn.run(
        create_app(settings), host=settings.bind_host, port=settings.bind_port, access_log=False, server_header=False
    )


if __name__ == "__main__":
    main(sys.argv[1:])
