"""Hop records on disk: our own spans with attributes, everybody else's without."""

import json
import stat
from pathlib import Path

import pytest
from opentelemetry import propagate

from identity.hop_trace import TRACER
from local_agentcore import trace_file
from local_agentcore.trace_file import file_provider


def test_a_librarys_span_keeps_its_place_in_the_tree_and_loses_its_attributes_and_name(tmp_path: Path) -> None:
    provider = file_provider(tmp_path / "hops.jsonl")
    with (
        provider.get_tracer(TRACER).start_as_current_span("POST coach", attributes={"part": "coach"}),
        provider.get_tracer("strands").start_as_current_span("prompt: my pulse", attributes={"prompt": "my pulse"}),
    ):
        pass
    text = (tmp_path / "hops.jsonl").read_text("utf-8")
    foreign, own = (json.loads(line) for line in text.splitlines())
    assert own["attributes"] == {"part": "coach"}
    assert (foreign["attributes"], foreign["parent_id"]) == ({}, own["span_id"])
    assert "my pulse" not in text


def test_the_file_is_private_and_starts_anew_when_it_has_grown_large(tmp_path: Path) -> None:
    path = tmp_path / "hops.jsonl"
    path.write_bytes(b"x" * trace_file.LARGEST_FILE_BYTES)
    path.chmod(0o600)
    with file_provider(path).get_tracer(TRACER).start_as_current_span("one"):
        pass
    assert not path.exists()
    assert (tmp_path / "hops.old.jsonl").stat().st_size > trace_file.LARGEST_FILE_BYTES
    with file_provider(path).get_tracer(TRACER).start_as_current_span("two"):
        pass
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert json.loads(path.read_text("utf-8"))["name"] == "two"


@pytest.mark.parametrize("flags", ["00", "01"], ids=["do-not-sample", "sample"])
def test_a_caller_cannot_keep_its_requests_off_the_record(tmp_path: Path, flags: str) -> None:
    path = tmp_path / "hops.jsonl"
    parent = propagate.extract({"traceparent": f"00-{'ab' * 16}-{'cd' * 8}-{flags}"})
    with file_provider(path).get_tracer(TRACER).start_as_current_span("POST front", context=parent):
        pass
    assert json.loads(path.read_text("utf-8"))["trace_id"] == "ab" * 16
