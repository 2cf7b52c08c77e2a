from pydantic_settings import SettingsConfigDict

from apis.serving.settings import ApiSettings
from apis.socials.handler_settings import SocialsHandlerSettings


class SocialsApiSettings(SocialsHandlerSettings, ApiSettings):
    """Settings of the socials API, from ``SOCIALS_API_*`` when it runs alone."""

    model_config = SettingsConfigDict(frozen=True, env_prefix="SOCIALS_API_")
