"""The socials API on AWS Lambda: ``apis.socials.function.handler``, with SOCIALS_API_* in the environment.

API Gateway calls it with a REST v1 event that its authorizer has admitted.
"""

from datetime import UTC, datetime

from apis.serving.invocation import lambda_handler
from apis.serving.opening import open_store
from apis.socials.handler import build_resolver
from apis.socials.handler_settings import SocialsHandlerSettings
from apis.socials.reactions import Reactions

settings = SocialsHandlerSettings()
store = open_store(settings)
handler = lambda_handler(build_resolver(store, Reactions(store, clock=lambda: datetime.now(UTC))).resolve)
