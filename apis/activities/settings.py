from pydantic_settings import SettingsConfigDict

from apis.activities.handler_settings import ActivitiesHandlerSettings
from apis.serving.settings import ApiSettings


class ActivitiesApiSettings(ActivitiesHandlerSettings, ApiSettings):
    """Settings of the activities API, from ``ACTIVITIES_API_*`` when it runs alone."""

    model_config = SettingsConfigDict(frozen=True, env_prefix="ACTIVITIES_API_")

    reading_workers: int = 0  # processes that read uploads ahead of the handler; on AWS each upload is alone
