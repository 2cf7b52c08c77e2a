"""The support API on AWS Lambda: ``apis.support.function.handler``, with SUPPORT_API_* in the environment.

API Gateway calls it with a REST v1 event that its authorizer has admitted.
"""

from datetime import UTC, datetime

from apis.serving.invocation import lambda_handler
from apis.serving.opening import open_store
from apis.support.handler import build_resolver
from apis.support.handler_settings import SupportHandlerSettings
from apis.support.help_articles import read_sections
from apis.support.help_search import HelpIndex
from apis.support.tickets import Tickets

settings = SupportHandlerSettings()
tickets = Tickets(open_store(settings), settings.shared_cursor_seal(), clock=lambda: datetime.now(UTC))
handler = lambda_handler(build_resolver(HelpIndex(read_sections()), tickets).resolve)
