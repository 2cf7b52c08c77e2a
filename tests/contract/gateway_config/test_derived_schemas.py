"""The schemas in gateway_config are those that the teams publish now."""

import json
from typing import Any

from gateway_config.derived_schemas import SUPPORT_API, help_document, schema_texts
from gateway_config.documents import FOLDER


def support_api() -> Any:
    return json.loads(SUPPORT_API.read_text(encoding="utf-8"))


def test_the_committed_schemas_are_up_to_date() -> None:
    """After an intended change: python -m gateway_config.derived_schemas."""
    assert {name: (FOLDER / name).read_text(encoding="utf-8") for name in schema_texts()} == schema_texts()


def test_nothing_of_tickets_is_in_the_document_of_the_help_articles() -> None:
    assert "ticket" in json.dumps(support_api()).lower()
    assert "ticket" not in json.dumps(help_document(support_api())).lower()


def test_every_schema_that_an_answer_names_is_there_and_no_other() -> None:
    document = help_document(support_api())
    assert set(document["components"]["schemas"]) == {"Passages", "Passage"}


def test_a_new_operation_of_the_api_is_not_offered_by_itself() -> None:
    api = support_api()
    api["paths"]["/help/{article_id}"] = api["paths"]["/help"]
    api["paths"]["/help"]["delete"] = api["paths"]["/help"]["get"]
    assert {path: set(item) for path, item in help_document(api)["paths"].items()} == {"/help": {"get"}}
