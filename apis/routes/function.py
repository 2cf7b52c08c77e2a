"""The routes API on AWS Lambda: ``apis.routes.function.handler``, with ROUTES_API_* in the environment.

API Gateway calls it with a REST v1 event that its authorizer has admitted.
"""

from apis.routes.handler import build_resolver
from apis.routes.handler_settings import RoutesHandlerSettings
from apis.routes.places import read_places
from apis.serving.invocation import lambda_handler

settings = RoutesHandlerSettings()
handler = lambda_handler(build_resolver(read_places(), settings.shared_cursor_seal()).resolve)
