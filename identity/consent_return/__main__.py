"""`python -m identity.consent_return`: the consent return as a process of its own, settings from `CONSENT_RETURN_*`."""

import logging

import uvicorn

from identity.consent_return.app import create_app
from identity.consent_return.settings import ConsentReturnSettings

if __name__ == "__main__":
    settings = ConsentReturnSettings()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    uvicorn.run(create_app(settings), host=settings.host, port=settings.port, access_log=False, server_header=False)
