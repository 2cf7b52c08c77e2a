from pydantic_settings import SettingsConfigDict

from apis.serving.settings import ApiSettings


class RoutesApiSettings(ApiSettings):
    """Settings of the routes API, from ``ROUTES_API_*`` when it runs alone."""

    model_config = SettingsConfigDict(frozen=True, env_prefix="ROUTES_API_")
