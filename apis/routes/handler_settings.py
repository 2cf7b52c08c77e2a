from pydantic_settings import SettingsConfigDict

from apis.serving.handler_settings import HandlerSettings


class RoutesHandlerSettings(HandlerSettings):
    """Settings of the routes API's handler, from ``ROUTES_API_*``."""

    model_config = SettingsConfigDict(frozen=True, env_prefix="ROUTES_API_")
