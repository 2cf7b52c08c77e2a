"""Holds an API against its OpenAPI document with schemathesis: every phase and every check, in process.

The requests go through the shim and the authorizer as those of the team's server do. The same seed makes the same
requests, so a failure can be repeated. How answers are judged is `schemathesis.toml`.
"""

import tomllib
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import schemathesis
from schemathesis.engine import StopReason, events, from_schema
from schemathesis.engine.recorder import Request

from tests.support.api_client import PORT, ApiClient

ROOT = Path(__file__).parents[2]
EXAMPLES = 20  # of each operation and phase; every planted fault but one was found with 8
STEPS = 6  # of one scenario of several operations


@dataclass
class Conformance:
    """What a run found.

    Attributes:
        failures: By operation and check, the first failure: what was wrong, request, answer.
        errors: What kept schemathesis from testing an operation.
        statuses: How often each operation answered each status.
        completed: Whether the run came to its end.
    """

    failures: dict[tuple[str, str], str] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    statuses: Counter[tuple[str, int]] = field(default_factory=Counter)
    completed: bool = False


def conformance(
    client: ApiClient, document: Path, *, examples: int = EXAMPLES, headers: Mapping[str, str] | None = None
) -> Conformance:
    """Runs schemathesis against an application.

    Args:
        client: Whose requests are made; its token is theirs.
        document: The OpenAPI document.
        examples: Most generated requests of each operation and phase.
        headers: Sent with every request, beside the token.
    """
    settings = tomllib.loads((ROOT / "schemathesis.toml").read_text(encoding="utf-8")) | {
        "base-url": f"http://127.0.0.1:{PORT}",
        "headers": {"Authorization": f"Bearer {client.token()}", **(headers or {})},
        "seed": 20260520,
        "continue-on-failure": True,
        "suppress-health-check": ["all"],  # how fast hypothesis draws is no concern of the API's
        "cache": {"enabled": False},
        "generation": {"max-examples": examples, "deterministic": True, "database": "none", "no-shrink": True},
        "phases": {"stateful": {"max-steps": STEPS}},
    }
    schema = schemathesis.openapi.from_path(document, config=schemathesis.Config.from_dict(settings))
    schema.app = client.app
    found = Conformance()
    for event in from_schema(schema).execute():
        _note(found, event)
    return found


def assert_conformance(
    client: ApiClient, document: Path, *, headers: Mapping[str, str] | None = None, out_of_reach: Collection[str] = ()
) -> None:
    """Fails with everything that `conformance` found, and where an operation never succeeded: nothing was tested.

    Args:
        client: See `conformance`.
        document: See `conformance`.
        headers: See `conformance`.
        out_of_reach: Operations for which schemathesis finds arguments that lead anywhere by chance alone, if at all.
    """
    found = conformance(client, document, headers=headers)
    assert not found.errors, found.errors
    assert not found.failures, "\n\n".join(f"{key}: {text}" for key, text in found.failures.items())
    assert found.completed
    succeeded = {operation for operation, status in found.statuses if status < 300}
    assert {operation for operation, _ in found.statuses} - succeeded <= set(out_of_reach), found.statuses


def _note(found: Conformance, event: events.EngineEvent) -> None:
    if isinstance(event, events.ScenarioFinished):
        _note_scenario(found, event)
    elif isinstance(event, events.NonFatalError):
        found.errors.append(f"{event.label}: {event.value!r}")
    elif isinstance(event, events.FatalError):
        found.errors.append(repr(event.exception))
    elif isinstance(event, events.EngineFinished):
        found.completed = event.stop_reason is StopReason.COMPLETED


def _note_scenario(found: Conformance, event: events.ScenarioFinished) -> None:
    recorder = event.recorder
    for case_id, node in recorder.cases.items():
        label = node.value.operation.label
        interaction = recorder.interactions.get(case_id)
        response = interaction.response if interaction else None
        if response is not None:
            found.statuses[label, response.status_code] += 1
        for check in recorder.checks.get(case_id, ()):
            key = (label, check.name)
            if check.failure_info is not None and key not in found.failures:
                sent = _request(interaction.request) if interaction else ""
                answered = f"{response.status_code} {response.content[:300]!r}" if response else ""
                found.failures[key] = f"{check.failure_info.failure.message[:300]}\n{sent}\n{answered}"


def _request(request: Request) -> str:
    headers = {name: value for name, value in request.headers.items() if name != "Authorization"}
    return f"{request.method} {request.uri} {headers} {request.body!r}"
