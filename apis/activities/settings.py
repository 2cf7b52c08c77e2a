from typing import Final

from pydantic_settings import SettingsConfigDict

from apis.serving.settings import ApiSettings

_MEBIBYTE: Final = 1024 * 1024


class ActivitiesApiSettings(ApiSettings):
    """Settings of the activities API, from ``ACTIVITIES_API_*`` when it runs alone."""

    model_config = SettingsConfigDict(frozen=True, env_prefix="ACTIVITIES_API_")

    unpacked_limit_bytes: int = 64 * _MEBIBYTE  # of one uploaded file after decompression: no file of a day is larger
