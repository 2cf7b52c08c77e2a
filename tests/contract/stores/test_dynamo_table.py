"""What only a DynamoDB table has: time to live, and the ways in which it says no."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from apis.serving.dynamo_store import DynamoStore
from apis.serving.errors import DatabaseNotConfigured, StoreUnavailable, TransactionConflict
from apis.serving.handler_settings import HandlerSettings
from apis.serving.opening import open_store
from apis.serving.sqlite_store import SqliteStore
from apis.serving.store import DeleteIf, Item, Put, PutIfAbsent, UpdateIf, Write
from tests.support.dynamo_table import in_moto


@pytest.fixture
def client() -> Iterator[Any]:
    with in_moto() as made:
        yield made


class FailingClient:
    """The real client, whose next calls fail.

    Knobs:
        failures: Raised by the next calls, in order.
        calls: Names of the operations that were asked for.
    """

    def __init__(self, client: Any, failures: Sequence[Exception] = ()) -> None:
        self._client = client
        self.failures = list(failures)
        self.calls: list[str] = []

    def __getattr__(self, operation: str) -> Any:
        def call(**request: Any) -> Any:
            self.calls.append(operation)
            if self.failures:
                raise self.failures.pop(0)
            return getattr(self._client, operation)(**request)

        return call


def refused(code: str, *reasons: str) -> ClientError:
    response: Any = {
        "Error": {"Code": code, "Message": "secret"},
        "CancellationReasons": [{"Code": r} for r in reasons],
    }
    return ClientError(response, "Operation")


def raw(client: Any) -> Any:
    return client.get_item(TableName="items", Key={"pk": {"S": "p"}, "sk": {"S": "s"}})["Item"]


def test_the_time_to_live_of_a_document_is_an_attribute_that_dynamodb_can_delete_by(client: Any) -> None:
    store = DynamoStore(client, "items")
    store.put_if_absent(Item("p", "s", {"ttl": 1800000000.25}))
    assert raw(client)["ttl"] == {"N": "1800000001"}
    store.update_if(Item("p", "s", {"ttl": 1900000000}), version=1)
    assert raw(client)["ttl"] == {"N": "1900000000"}
    store.transact([Put(Item("p", "s", {}))])
    assert "ttl" not in raw(client)
    assert store.get("p", "s") == Item("p", "s", {}, 3)


@pytest.mark.parametrize(
    "failure",
    [
        refused("ProvisionedThroughputExceededException"),
        refused("ThrottlingException"),
        refused("InternalServerError"),
        refused("TransactionConflictException"),
        EndpointConnectionError(endpoint_url="https://dynamodb.example"),
    ],
)
def test_a_table_that_does_not_answer_is_said_to_be_unavailable_and_nothing_of_the_request_with_it(
    client: Any, failure: Exception
) -> None:
    store = DynamoStore(FailingClient(client, [failure]), "items")
    with pytest.raises(StoreUnavailable) as unavailable:
        store.get("USER#maya", "s")
    assert unavailable.value.status == 503
    assert "maya" not in str(unavailable.value)
    assert "secret" not in unavailable.value.detail


@pytest.mark.parametrize("code", ["AccessDeniedException", "ResourceNotFoundException", "ValidationException"])
def test_what_will_not_pass_is_not_called_unavailable(client: Any, code: str) -> None:
    with pytest.raises(ClientError):
        DynamoStore(FailingClient(client, [refused(code)]), "items").put_if_absent(Item("p", "s"))


def test_a_transaction_that_meets_another_one_is_made_again(client: Any) -> None:
    busy = refused("TransactionCanceledException", "TransactionConflict", "None")
    failing = FailingClient(client, [busy, busy])
    pauses: list[float] = []
    store = DynamoStore(failing, "items", sleep=pauses.append)
    store.transact([PutIfAbsent(Item("p", "s")), PutIfAbsent(Item("p", "t"))])
    assert failing.calls == ["transact_write_items"] * 3
    assert len(pauses) == 2
    assert store.get("p", "t") is not None


def test_a_transaction_that_always_meets_another_one_ends_as_unavailable(client: Any) -> None:
    failing = FailingClient(client, [refused("TransactionCanceledException", "ThrottlingError")] * 9)
    with pytest.raises(StoreUnavailable):
        DynamoStore(failing, "items", sleep=lambda _: None).transact([PutIfAbsent(Item("p", "s"))])
    assert len(failing.calls) == 5


def test_a_condition_that_fails_is_a_conflict_even_while_another_transaction_is_at_work(client: Any) -> None:
    mixed = refused("TransactionCanceledException", "TransactionConflict", "ConditionalCheckFailed", "None")
    store = DynamoStore(FailingClient(client, [mixed]), "items")
    writes: list[Write] = [PutIfAbsent(Item("p", "s")), UpdateIf(Item("p", "t"), 1), DeleteIf("p", "u", 1)]
    with pytest.raises(TransactionConflict) as conflict:
        store.transact(writes)
    assert conflict.value.reasons == (None, "stale", None)


@pytest.mark.parametrize(
    "settings",
    [HandlerSettings(), HandlerSettings.model_validate({"database": "items.sqlite", "table": "items"})],
)
def test_a_store_needs_a_file_or_a_table_and_not_both(settings: HandlerSettings) -> None:
    with pytest.raises(DatabaseNotConfigured):
        open_store(settings)


def test_the_settings_choose_between_file_and_table(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    assert isinstance(open_store(HandlerSettings(table="items")), DynamoStore)
    with SqliteStore(tmp_path / "other.sqlite"):
        opened = open_store(HandlerSettings(database=tmp_path / "items.sqlite"))
    assert isinstance(opened, SqliteStore)
    opened.close()
