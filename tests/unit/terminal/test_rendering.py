import io
import json
from typing import Any

import pytest
from pydantic import ValidationError
from rich.console import Console

from agent.terminal.events import Event, event_line, read_event
from agent.terminal.rendering import JsonView, PipeView, finished_length
from agent.terminal.screen import ScreenView

TURN: list[dict[str, Any]] = [
    {"type": "session", "id": "s", "athlete": "maya", "model": "offline"},
    {"type": "tool_start", "id": "t1", "server": "activities", "tool": "summarize_activities", "input": {}},
    {"type": "tool_end", "id": "t1", "tool": "summarize_activities", "status": "success", "ms": 12.4, "result": {}},
    {"type": "text", "text": "**12 runs**\n\nHeart "},
    {"type": "text", "text": "rate 141 bpm."},
    {
        "type": "done",
        "answer": "**12 runs**\n\nHeart rate 141 bpm.",
        "stop_reason": "end_turn",
        "ms": 40,
        "usage": None,
    },
]


def events(documents: list[dict[str, Any]]) -> list[Event]:
    return [read_event(json.dumps(document)) for document in documents]


def piped(documents: list[dict[str, Any]]) -> tuple[str, str]:
    out, err = io.StringIO(), io.StringIO()
    view = PipeView(out, err)
    for event in events(documents):
        view.show(event)
    view.end()
    return out.getvalue(), err.getvalue()


def test_a_pipe_gets_the_answer_on_its_output_and_the_tools_beside_it() -> None:
    out, err = piped(TURN)
    assert out == "**12 runs**\n\nHeart rate 141 bpm.\n\n"
    assert err == "  activities: summarize_activities (12 ms)\n"


def test_an_answer_that_was_not_streamed_is_taken_from_done() -> None:
    assert piped([TURN[-1]])[0] == "**12 runs**\n\nHeart rate 141 bpm.\n\n"


def test_a_failed_tool_is_said_to_have_failed() -> None:
    _, err = piped([{"type": "tool_end", "id": "t", "tool": "x", "status": "error", "ms": 3}])
    assert err == "  x failed (3 ms)\n"


@pytest.mark.case("R09")
def test_an_approval_is_shown_in_words_with_what_it_would_send() -> None:
    sent = {
        "activity_id": "a-1",
        "text": "well\x1b[2J\ndone",
        "idempotency_key": "k",
        "dry_run": None,
        "tags": ["a", "b"],
    }
    _, err = piped([{"type": "approval_required", "id": "t-9", "tool": "add_comment", "input": sent}])
    assert err.splitlines() == [
        "coach: approval needed: add comment",
        "coach:   activity id: a-1",
        "coach:   text: well done",
        "coach:   tags: a, b",
    ]


@pytest.mark.case("R09")
def test_an_escape_sequence_cut_by_the_stream_does_not_come_together_again() -> None:
    out, _ = piped([{"type": "text", "text": "a\x1b]52;c;"}, {"type": "text", "text": "eA==\x07b"}])
    assert out == "ab\n\n"


@pytest.mark.case("R09")
def test_names_and_messages_of_servers_are_cleaned_too() -> None:
    _, err = piped(
        [
            {"type": "tool_end", "id": "t", "tool": "x\x1b]0;pwned\x07", "status": "success", "ms": 1},
            {"type": "error", "code": "failed", "message": "no\x1b[2J answer\nnext"},
        ]
    )
    assert err == "  x (1 ms)\ncoach: no answer next\n"


@pytest.mark.case("R09")
def test_a_screen_shows_a_link_as_text_without_a_target() -> None:
    out = io.StringIO()
    view = ScreenView(Console(file=out, force_terminal=True, width=80, color_system=None))
    for event in events([{"type": "text", "text": "See [your plan](https://evil.example/?hr=150)."}, TURN[-1]]):
        view.show(event)
    assert "your plan (evil.example)" in out.getvalue()
    assert "\x1b]8" not in out.getvalue()
    assert "hr=150" not in out.getvalue()


def test_a_screen_renders_markdown_by_finished_block() -> None:
    out = io.StringIO()
    view = ScreenView(Console(file=out, force_terminal=False, width=80))
    for event in events(TURN[:4]):
        view.show(event)
    assert out.getvalue().split() == ["activities:", "summarize_activities", "(12", "ms)", "12", "runs"]


@pytest.mark.parametrize(
    ("markdown", "finished"),
    [("one", 0), ("one\n\ntwo", 5), ("```\na\n\nb", 0), ("```\na\n\nb\n```\n\nc", 14), ("x\n\n```\na\n\nb", 3)],
)
def test_a_block_is_finished_at_a_blank_line_outside_a_code_fence(markdown: str, finished: int) -> None:
    assert finished_length(markdown) == finished


def test_json_prints_the_events_of_the_contract_and_no_more() -> None:
    out = io.StringIO()
    for event in events([{**TURN[1], "secret": "x"}, {"type": "approval_required", "tool": "give_kudos", "input": {}}]):
        JsonView(out).show(event)
    assert [json.loads(line) for line in out.getvalue().splitlines()] == [
        TURN[1],
        {"type": "approval_required", "tool": "give_kudos", "input": {}},
    ]


@pytest.mark.case("R09")
def test_json_lines_hold_control_characters_only_escaped() -> None:
    line = event_line(read_event(json.dumps({"type": "text", "text": "\x1b[31m\x9b\u202e"})))
    assert line == '{"type":"text","text":"\\u001b[31m\\u009b\\u202e"}'


def test_an_unknown_event_is_refused() -> None:
    with pytest.raises(ValidationError):
        read_event('{"type":"run_shell","text":"x"}')


def test_a_consent_page_longer_than_a_line_can_be_copied_whole_from_the_screen() -> None:
    page = "http://127.0.0.1:8701/identities/oauth2/authorize?request_uri=" + "x" * 60
    out = io.StringIO()
    view = ScreenView(Console(file=out, width=40))
    for event in events([{"type": "consent_required", "provider": "p", "url": page, "scopes": []}]):
        view.show(event)
    assert page in out.getvalue()
