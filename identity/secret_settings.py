"""Settings of which some are kept in AWS Secrets Manager.

``<PREFIX>SECRET_ID`` names a secret by name or ARN, or several separated by commas. Its text is a JSON object whose
members are settings of the class, without the prefix and all text: ``{"cursor_key": "..."}``. What the constructor or
the environment says wins. Without a secret nothing of boto3 is imported.
"""

from typing import Any

from pydantic_settings import (
    AWSSecretsManagerSettingsSource,
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from identity.errors import SecretUnfit, SecretUnreadable

_ARN_REGION = 3


class SecretSettings(BaseSettings):
    """Base of settings classes.

    Attributes:
        secret_id: Where further settings are kept; the first secret that has a setting wins.
    """

    # A setting that does not validate may be a secret, and pydantic would quote it.
    model_config = SettingsConfigDict(hide_input_in_errors=True)

    secret_id: str | None = None

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Adds the secrets below the environment.

        Raises:
            SecretUnreadable: Secrets Manager does not give it.
            SecretUnfit: It holds something else than settings of this class.
        """
        named = init_settings().get("secret_id") or env_settings().get("secret_id") or ""
        secrets = [_secret(settings_cls, each.strip()) for each in named.split(",") if each.strip()]
        return (init_settings, env_settings, *secrets, dotenv_settings, file_secret_settings)


def _secret(settings_cls: type[BaseSettings], secret_id: str) -> AWSSecretsManagerSettingsSource:
    # Whoever has no secret pays for no boto3.
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

    # Whoever may read a secret of another region names it by its ARN.
    region = secret_id.split(":")[_ARN_REGION] if secret_id.startswith("arn:") else None
    try:
        source = AWSSecretsManagerSettingsSource(settings_cls, secret_id, region_name=region, env_prefix="")
    except ClientError as error:
        raise SecretUnreadable(secret_id, str(error.response.get("Error", {}).get("Code"))) from None
    except BotoCoreError as error:
        raise SecretUnreadable(secret_id, type(error).__name__) from None
    except (KeyError, AttributeError, ValueError):
        # Bytes instead of text, a list instead of an object, no JSON; the cause may carry the text.
        raise SecretUnfit(secret_id, "its text is not a JSON object") from None
    _require_settings(settings_cls, secret_id, source.env_vars)
    return source


def _require_settings(settings_cls: type[BaseSettings], secret_id: str, members: Any) -> None:
    """A name that is no setting would be ignored, and the setting that was meant would have its default."""
    known = settings_cls.model_fields.keys() - {"secret_id"}
    unknown = sum(name not in known for name in members)
    if unknown:
        raise SecretUnfit(secret_id, f"{unknown} of its names are no settings of {settings_cls.__name__}")
    for name, value in members.items():
        if not isinstance(value, str):
            raise SecretUnfit(secret_id, f"{name} is not text")
