"""What the handler of an API is told when it starts, on the laptop and on AWS. Who may call is not its business."""

import secrets
from pathlib import Path

from pydantic import SecretStr
from pydantic_settings import SettingsConfigDict

from apis.serving.cursor import CursorSeal
from apis.serving.errors import CursorKeyNotConfigured
from identity.secret_settings import SecretSettings


class HandlerSettings(SecretSettings):
    """Settings of one API's handler."""

    model_config = SettingsConfigDict(frozen=True)

    database: Path | None = None  # SQLite file; routes needs none
    table: str | None = None  # DynamoDB table instead; region and endpoint are boto3's own configuration
    cursor_key: SecretStr | None = None  # makes cursors outlive the process; random without it

    def cursor_seal(self) -> CursorSeal:
        """Seals this API's cursors."""
        return self.shared_cursor_seal() if self.cursor_key else CursorSeal(secrets.token_bytes(32))

    def shared_cursor_seal(self) -> CursorSeal:
        """The same where more than one process answers, as on AWS.

        Raises:
            CursorKeyNotConfigured: Each process would seal with a key of its own.
        """
        if self.cursor_key is None:
            raise CursorKeyNotConfigured("this API needs a cursor_key that all its instances share")
        return CursorSeal(self.cursor_key.get_secret_value().encode())
