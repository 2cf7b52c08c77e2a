"""The activities API on AWS Lambda: ``apis.activities.function.handler``, with ACTIVITIES_API_* in the environment.

API Gateway calls it with a REST v1 event that its authorizer has admitted.
"""

from apis.activities.handler import build_resolver
from apis.activities.handler_settings import ActivitiesHandlerSettings
from apis.serving.invocation import lambda_handler
from apis.serving.opening import open_store

settings = ActivitiesHandlerSettings()
resolver = build_resolver(open_store(settings), settings.shared_cursor_seal(), bands=settings.bands.bands())
handler = lambda_handler(resolver.resolve)
