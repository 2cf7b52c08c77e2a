"""The authorizer of one API on AWS Lambda: ``apis.serving.authorizer_function.handler``, with AUTHORIZER_*.

One function per API, all from one zip: AUTHORIZER_API says whose it is.
"""

from typing import Literal

from pydantic_settings import SettingsConfigDict

from apis.serving.authorizer import new_authorizer
from apis.serving.authorizer_settings import AuthorizerSettings
from apis.serving.errors import Unauthorized
from apis.serving.invocation import lambda_function


class AuthorizerFunctionSettings(AuthorizerSettings):
    """Settings of the function, from ``AUTHORIZER_*``."""

    model_config = SettingsConfigDict(frozen=True, env_prefix="AUTHORIZER_")

    api: Literal["activities", "routes", "socials", "support"]


settings = AuthorizerFunctionSettings()
# API Gateway makes a 401 of this one text, and a 500 of every other.
handler = lambda_function(new_authorizer(settings.api, settings), passing=(Unauthorized,))
