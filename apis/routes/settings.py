from pydantic_settings import SettingsConfigDict

from apis.routes.handler_settings import RoutesHandlerSettings
from apis.serving.settings import ApiSettings


class RoutesApiSettings(RoutesHandlerSettings, ApiSettings):
    """Settings of the routes API, from ``ROUTES_API_*`` when it runs alone."""

    model_config = SettingsConfigDict(frozen=True, env_prefix="ROUTES_API_")
