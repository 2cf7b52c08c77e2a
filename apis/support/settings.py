from pydantic_settings import SettingsConfigDict

from apis.serving.settings import ApiSettings
from apis.support.handler_settings import SupportHandlerSettings


class SupportApiSettings(SupportHandlerSettings, ApiSettings):
    """Settings of the support API, from ``SUPPORT_API_*`` when it runs alone."""

    model_config = SettingsConfigDict(frozen=True, env_prefix="SUPPORT_API_")
