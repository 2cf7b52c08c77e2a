"""The store that the settings name."""

from apis.serving.errors import DatabaseNotConfigured
from apis.serving.handler_settings import HandlerSettings
from apis.serving.store import Store


def open_store(settings: HandlerSettings) -> Store:
    """Opens the API's SQLite file, or the DynamoDB table that takes its place.

    Raises:
        DatabaseNotConfigured: The settings name neither, or both.
    """
    if (settings.database is None) == (settings.table is None):
        raise DatabaseNotConfigured("this API needs a database file or a table, one of them")
    if settings.database is not None:
        from apis.serving.sqlite_store import SqliteStore  # noqa: PLC0415 - Lambda's Python need not have it

        return SqliteStore(settings.database)
    # boto3 costs a quarter of a second, and whoever has a file does not need it.
    from apis.serving.dynamo_store import DynamoStore, dynamo_client  # noqa: PLC0415

    return DynamoStore(dynamo_client(), str(settings.table))
