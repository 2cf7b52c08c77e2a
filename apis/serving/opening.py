"""The store that the settings name."""

from apis.serving.errors import DatabaseNotConfigured
from apis.serving.handler_settings import HandlerSettings
from apis.serving.sqlite_store import SqliteStore


def open_store(settings: HandlerSettings) -> SqliteStore:
    """Opens the API's SQLite file.

    Raises:
        DatabaseNotConfigured: The settings name no file.
    """
    if settings.database is None:
        raise DatabaseNotConfigured("this API needs a database file")
    return SqliteStore(settings.database)
