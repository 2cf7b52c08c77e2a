"""The consent return on AWS Lambda: ``identity.consent_return.function.handler``, with CONSENT_RETURN_*."""

import logging

from identity.consent_return.app import create_app
from identity.consent_return.rest_bridge import RestBridge
from identity.consent_return.settings import ConsentReturnSettings

# Lambda's own handler writes it all; this is the level from which on our part has something to say.
logging.getLogger("identity").setLevel(logging.INFO)
settings = ConsentReturnSettings()
handler = RestBridge(create_app(settings), base_path=settings.base_path)
