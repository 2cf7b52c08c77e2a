from pydantic_settings import SettingsConfigDict

from apis.serving.handler_settings import HandlerSettings


class SocialsHandlerSettings(HandlerSettings):
    """Settings of the socials API's handler, from ``SOCIALS_API_*``."""

    model_config = SettingsConfigDict(frozen=True, env_prefix="SOCIALS_API_")
