from pydantic_settings import SettingsConfigDict

from apis.serving.handler_settings import HandlerSettings


class SupportHandlerSettings(HandlerSettings):
    """Settings of the support API's handler, from ``SUPPORT_API_*``."""

    model_config = SettingsConfigDict(frozen=True, env_prefix="SUPPORT_API_")
