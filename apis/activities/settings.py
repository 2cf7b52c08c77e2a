from pydantic_settings import SettingsConfigDict

from apis.serving.settings import ApiSettings


class ActivitiesApiSettings(ApiSettings):
    """Settings of the activities API, from ``ACTIVITIES_API_*`` when it runs alone."""

    model_config = SettingsConfigDict(frozen=True, env_prefix="ACTIVITIES_API_")

    reading_workers: int = 0  # processes that read uploads ahead of the handler; 0 on AWS, where each upload is alone
