"""Secrets and health values, searched for where they must not be."""

import csv
import io
import json
import logging
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from local_agentcore.demo_history import COLUMNS
from local_agentcore.stack import CHATTY_LOGGERS
from tests.support.running_stack import RunningStack

NAME_CANARY = "Kanarienvogel am Wannsee"
HEART_RATE_CANARY = "187.3"


def stored_files(home: Path, *folders: str) -> dict[str, bytes]:
    return {
        str(path.relative_to(home)): path.read_bytes()
        for folder in folders
        for path in (home / folder).rglob("*")
        if path.is_file()
    }


def found(canaries: list[str], files: dict[str, bytes]) -> list[tuple[str, str]]:
    return [(canary[:12], name) for canary in canaries for name, content in files.items() if canary.encode() in content]


def secrets_of(stack: RunningStack) -> list[str]:
    keys = stack.blueprint.keys
    return [
        *keys.client_secrets.values(),
        *keys.api_keys.values(),
        *(key.secret_access_key for key in keys.access_keys.values()),
        keys.front_secret,
        keys.cursor_key,
        keys.operator_secret,
        keys.consent_state_key,
        keys.athlete_password,
    ]


def tokens_of_a_chain(stack: RunningStack) -> list[str]:
    """Every token of one chain, as boto3 gets them: bearer, workload tokens, tokens of hop 3 and hop 4."""
    operator = stack.boto3_client("bedrock-agentcore", "operator")
    bearer = stack.token("maya")
    tokens = [bearer]
    for workload, audience in (("coach", "mcp-activities"), ("mcp-activities", "api-activities")):
        made = operator.get_workload_access_token_for_jwt(workloadName=workload, userToken=bearer)
        client = stack.boto3_client("bedrock-agentcore", workload)
        answer = client.get_resource_oauth2_token(
            workloadIdentityToken=made["workloadAccessToken"],
            resourceCredentialProviderName=f"{workload}-exchange",
            oauth2Flow="ON_BEHALF_OF_TOKEN_EXCHANGE",
            scopes=["activities/read"],
            audiences=[audience],
        )
        bearer = answer["accessToken"]
        tokens += [made["workloadAccessToken"], bearer]
    return tokens


@pytest.mark.case("V12")
def test_no_secret_and_no_token_is_readable_at_rest(stack: RunningStack) -> None:
    canaries = [*secrets_of(stack), *tokens_of_a_chain(stack)]
    parts = [part for canary in canaries for part in (canary, canary.rpartition(".")[2])]
    files = stored_files(stack.home, "data")
    assert any(name.endswith("vault.sqlite") for name in files)
    assert found(parts, files) == []
    # The search finds what is there: an issuer is stored in the clear.
    assert found([stack.blueprint.issuer], files)


@pytest.mark.case("V13")
def test_no_secret_token_or_health_value_is_in_logs_traces_or_events(
    stack: RunningStack, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    with _everything_that_a_stack_may_log(caplog):
        canaries = [*secrets_of(stack), *tokens_of_a_chain(stack)]
        table = tmp_path / "activities.csv"
        table.write_text(_one_row(), encoding="utf-8")
        imported = stack.coach("import", "--athlete", "aiko", "--json", str(table))
        assert imported.returncode == 0, imported.stderr
        events = stack.ask("aiko", "What was my last run?")
    assert NAME_CANARY in json.dumps(events, ensure_ascii=False)
    assert HEART_RATE_CANARY in json.dumps(events)
    logs = caplog.text.encode()
    recorded = {**stored_files(stack.home, "logs", "traces"), "captured log": logs}
    private = [*canaries, *(canary.rpartition(".")[2] for canary in canaries), NAME_CANARY, HEART_RATE_CANARY]
    assert found(private, recorded) == []
    # The search reads what was written: a line of the vault, and the hops of this question.
    assert found(["got token"], {"captured log": logs})
    assert found(["search_activities"], stored_files(stack.home, "traces"))
    assert found(canaries, {"events": json.dumps(events).encode()}) == []


@contextmanager
def _everything_that_a_stack_may_log(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Our own loggers at their most talkative; those of libraries as the entry point sets them."""
    with ExitStack() as levels:
        for chatty in CHATTY_LOGGERS:
            levels.enter_context(caplog.at_level(logging.WARNING, logger=chatty))
        levels.enter_context(caplog.at_level(logging.INFO))
        # Last, because each of these also sets the level from which anything is captured at all.
        for ours in ("agent", "apis", "gateway_config", "identity", "local_agentcore", "mcp_servers"):
            levels.enter_context(caplog.at_level(logging.DEBUG, logger=ours))
        yield


def _one_row() -> str:
    cells = {
        "Activity ID": "99000000001",
        "Activity Date": "Nov 23, 2026, 5:10:00 AM",
        "Activity Name": NAME_CANARY,
        "Activity Type": "Run",
        "Elapsed Time": "2400",
        "Distance": "7.0",
        "Moving Time": "2400",
        "Average Heart Rate": HEART_RATE_CANARY,
        "From Upload": "1",
    }
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerow([cells.get(name, "") for name in COLUMNS])
    return text.getvalue()
