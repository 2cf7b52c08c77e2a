from datetime import date
from typing import Any

import pytest

from agent.errors import ModelNotAvailableYet, ModelUnknown, StructuredOutputUnavailable
from agent.models.choice import model_for
from agent.models.offline.strands_model import OfflineCoach, outcomes_of_turn, questions

TODAY = date(2026, 3, 15)


def coach() -> OfflineCoach:
    return OfflineCoach(today=lambda: TODAY)


def use(use_id: str, name: str) -> Any:
    return {"toolUse": {"toolUseId": use_id, "name": name, "input": {}}}


def result(use_id: str, **changes: Any) -> Any:
    return {"toolResult": {"toolUseId": use_id, "status": "success", "content": [], **changes}}


def user(*blocks: Any) -> Any:
    return {"role": "user", "content": list(blocks)}


def test_offline_is_the_model_that_needs_nothing() -> None:
    model = model_for("offline")
    assert model.get_config()["model_id"] == "offline"
    assert model.context_window_limit == 200_000


@pytest.mark.parametrize("setting", ["bedrock:x", "anthropic:x", "openai:x@http://y", "ollama:x", "llamacpp@http://y"])
def test_providers_of_a_later_version_are_named_in_the_error(setting: str) -> None:
    with pytest.raises(ModelNotAvailableYet) as error:
        model_for(setting)
    assert error.value.for_athlete == f"The model {setting} is not available yet; COACH_MODEL=offline works."


def test_an_unknown_provider_is_told_from_a_later_one() -> None:
    with pytest.raises(ModelUnknown):
        model_for("gpt")


def test_the_offline_coach_fills_no_forms() -> None:
    with pytest.raises(StructuredOutputUnavailable):
        coach().structured_output(dict, [])


async def test_the_stream_accepts_whatever_else_strands_passes() -> None:
    stream = coach().stream([user({"text": "Hello"})], None, None, model_state={}, dynamic_trailing_blocks=[])
    kinds = [next(iter(event)) async for event in stream]
    assert kinds[0] == "messageStart"
    assert kinds[-2:] == ["messageStop", "metadata"]


def test_results_belong_to_the_question_they_follow() -> None:
    messages = [
        user({"text": "first"}),
        {"role": "assistant", "content": [use("1", "list_clubs")]},
        user(result("1", structuredContent={"clubs": []})),
        {"role": "assistant", "content": [{"text": "none"}]},
        user({"text": "second"}),
        {"role": "assistant", "content": [use("2", "list_tickets"), use("3", "search_help")]},
        user(result("3", status="error", content=[{"text": '{"error": {"kind": "forbidden", "message": "no"}}'}])),
        user(result("2", structuredContent={"tickets": []})),
    ]
    assert questions(messages) == ("second", ["first"])
    tickets, help_pages = outcomes_of_turn(messages)
    assert (tickets.name, tickets.data, tickets.error_kind) == ("list_tickets", {"tickets": []}, None)
    assert (help_pages.data, help_pages.error_kind, help_pages.message) == (None, "forbidden", "no")


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param({"content": [{"text": "plain text"}]}, id="no structured content"),
        pytest.param({"structuredContent": [1]}, id="not an object"),
        pytest.param({"status": "error", "content": [{"text": "Traceback"}]}, id="an error of no known shape"),
    ],
)
def test_a_result_that_is_not_typed_counts_as_a_failure(broken: dict[str, Any]) -> None:
    messages = [
        user({"text": "q"}),
        {"role": "assistant", "content": [use("1", "list_clubs")]},
        user(result("1", **broken)),
    ]
    (outcome,) = outcomes_of_turn(messages)
    assert (outcome.data, outcome.error_kind) == (None, "failed")
