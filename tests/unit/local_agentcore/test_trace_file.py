"""Hop records on disk: our own spans with attributes, everybody else's without."""

import json
import stat
import time
from argparse import Namespace
from pathlib import Path
from typing import cast

import pytest
from opentelemetry import propagate
from opentelemetry.context import Context

from identity.hop_trace import TRACER
from local_agentcore import stack, trace_file
from local_agentcore.blueprint import Blueprint
from local_agentcore.trace_file import file_provider


def finish_a_span(path: Path, name: str, parent: Context | None = None) -> None:
    """A process that has one hop and ends."""
    provider = file_provider(path)
    with provider.get_tracer(TRACER).start_as_current_span(name, context=parent):
        pass
    provider.shutdown()


def test_a_librarys_span_keeps_its_place_in_the_tree_and_loses_its_attributes_and_name(tmp_path: Path) -> None:
    provider = file_provider(tmp_path / "hops.jsonl")
    with (
        provider.get_tracer(TRACER).start_as_current_span("POST coach", attributes={"part": "coach"}),
        provider.get_tracer("strands").start_as_current_span("prompt: my pulse", attributes={"prompt": "my pulse"}),
    ):
        pass
    provider.force_flush()
    text = (tmp_path / "hops.jsonl").read_text("utf-8")
    foreign, own = (json.loads(line) for line in text.splitlines())
    assert own["attributes"] == {"part": "coach"}
    assert (foreign["attributes"], foreign["parent_id"]) == ({}, own["span_id"])
    assert "my pulse" not in text


def test_the_file_is_private_and_starts_anew_when_it_has_grown_large(tmp_path: Path) -> None:
    path = tmp_path / "hops.jsonl"
    path.write_bytes(b"x" * trace_file.LARGEST_FILE_BYTES)
    path.chmod(0o600)
    finish_a_span(path, "one")
    assert not path.exists()
    assert (tmp_path / "hops.old.jsonl").stat().st_size > trace_file.LARGEST_FILE_BYTES
    finish_a_span(path, "two")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert json.loads(path.read_text("utf-8"))["name"] == "two"


@pytest.mark.parametrize("flags", ["00", "01"], ids=["do-not-sample", "sample"])
def test_a_caller_cannot_keep_its_requests_off_the_record(tmp_path: Path, flags: str) -> None:
    path = tmp_path / "hops.jsonl"
    parent = propagate.extract({"traceparent": f"00-{'ab' * 16}-{'cd' * 8}-{flags}"})
    finish_a_span(path, "POST front", parent)
    assert json.loads(path.read_text("utf-8"))["trace_id"] == "ab" * 16


def test_spans_are_written_without_being_waited_for_and_none_is_lost_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "hops.jsonl"
    provider = file_provider(path)
    for number in range(2_000):
        with provider.get_tracer(TRACER).start_as_current_span(f"call {number}"):
            pass
    provider.shutdown()
    names = [json.loads(line)["name"] for line in path.read_text("utf-8").splitlines()]
    assert names == [f"call {number}" for number in range(2_000)]


def test_a_span_is_in_the_file_soon_after_its_end(tmp_path: Path) -> None:
    path = tmp_path / "hops.jsonl"
    provider = file_provider(path)
    with provider.get_tracer(TRACER).start_as_current_span("one"):
        pass
    deadline = time.monotonic() + 5
    while not path.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert json.loads(path.read_text("utf-8"))["name"] == "one"
    provider.shutdown()


def test_the_stack_writes_its_last_spans_before_it_leaves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "traces" / "hops.jsonl"
    path.parent.mkdir()
    provider = file_provider(path)

    def last_hop(*_: object) -> int:
        with provider.get_tracer(TRACER).start_as_current_span("the last"):
            return 0

    monkeypatch.setattr(stack, "record_hops", lambda _: provider)
    monkeypatch.setattr(stack, "_stop_on_signal", lambda **_: None)
    monkeypatch.setattr(stack, "_run_until", last_hop)
    assert stack._run(cast("Blueprint", Namespace(home=tmp_path)), Namespace(parent_pipe=False)) == 0
    assert json.loads(path.read_text("utf-8"))["name"] == "the last"
