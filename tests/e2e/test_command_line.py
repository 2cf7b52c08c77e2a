"""The `coach` command against the whole stack."""

import json
from pathlib import Path
from typing import Any

import pytest

from agent.terminal.activities_tool import call_tool
from agent.terminal.claims import unverified_claims
from tests.support.running_stack import RunningStack

SAMPLES = Path(__file__).parents[3] / "shared" / "data"
needs_samples = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the sample files are not part of the repository")


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def ask(stack: RunningStack, question: str, *options: str) -> tuple[str, list[dict[str, Any]]]:
    done = stack.coach("ask", "--json", *options, question)
    assert done.returncode == 0, done.stderr
    events = lines(done.stdout)
    return str(events[-1]["answer"]), [event for event in events if event["type"] == "tool_end"]


# File, start, metres and their tolerance, seconds; heart rate as the device or the file's samples have it, maximum.
SAMPLE_TRUTH = [
    ("4801048867.fit", "2020-04-18T11:10:44Z", 36322.85, 0.0, 5158.557, 130, 160),
    ("activity-small-fenix2-run.fit", "2015-08-15T14:45:08Z", 9008.22, 0.0, 2832.0, 153.93, 178),
    ("developer-types-sample.fit", "2017-01-17T17:06:47Z", 6753.99, 0.0, 3424.0, 130.84, 146),
    ("garmin-fenix-5-run.fit", "2017-06-11T14:34:09Z", 157.56, 0.0, 56.887, 90, 112),
    ("activity-filecrc.fit", "2012-04-09T21:22:26Z", 5.73, 0.0, 13.749, None, None),
    ("activity_7348460494.gpx", "2021-08-21T06:19:41Z", 17452.4, 0.003, 3856.0, 113.77, 138),
    ("activity_7397878357.gpx", "2021-08-30T07:06:21Z", 45935.6, 0.003, 13379.0, 108.49, 149),
    ("activity_7448910422.gpx", "2021-09-02T07:10:09Z", 12220.6, 0.003, 2887.0, 117.84, 144),
]
EXPORT_DISTANCE_M = 463_851.2  # of the seven activities of the export's eight rows


@pytest.fixture
def import_report(stack: RunningStack) -> dict[str, Any]:
    """What `coach import` says of all samples; asked again, it says whose activities they are."""
    done = stack.coach("import", "--json", str(SAMPLES))
    assert done.returncode == 0, done.stderr
    return lines(done.stdout)[-1]


@needs_samples
def test_every_sample_file_gives_the_values_of_the_truth_table(
    stack: RunningStack, import_report: dict[str, Any]
) -> None:
    url, token = stack.endpoints["mcp"]["activities"], stack.token("me", "mcp-activities")
    ids = {Path(item["path"]).name: item["activity_id"] for item in import_report["items"]}

    def activity(activity_id: str) -> dict[str, Any]:
        arguments = {"activity_id": activity_id, "response_format": "detailed"}
        return call_tool(url, [lambda: token], "get_activity", arguments)

    for name, start, distance, tolerance, elapsed, heart_rate, highest in SAMPLE_TRUTH:
        found = activity(ids[name])
        assert found["start_date"] == start, name
        assert found["distance_m"] == pytest.approx(distance, rel=tolerance, abs=0.051), name
        assert found["elapsed_time_s"] == pytest.approx(elapsed, abs=0.5), name
        expected = None if heart_rate is None else pytest.approx(heart_rate, abs=0.051)
        assert (found["average_heartrate_bpm"], found["max_heartrate_bpm"]) == (expected, highest), name
    rows = {item["activity_id"] for item in import_report["items"] if "activities.csv" in item["path"]}
    assert len(rows) == 7
    assert sum(activity(each)["distance_m"] for each in rows) == pytest.approx(EXPORT_DISTANCE_M, rel=1e-5)


@needs_samples
def test_every_sample_file_is_imported_once_and_counted_right(
    stack: RunningStack, import_report: dict[str, Any]
) -> None:
    report = import_report
    assert report["type"] == "import_done"
    damaged = {Path(item["path"]).name: item for item in report["items"] if item["partial"]}
    assert set(damaged) == {
        "activity-filecrc.fit",
        "activity-unexpected-eof.fit",
        "activity-settings-corruptheader.fit",
    }
    assert all(item["status"] in {"imported", "merged"} and item["reason"] for item in damaged.values())
    assert report["partial"] == 3
    assert report["rejected"] == 0
    # 11 rides, 3 runs with data, 1 short workout that exists in three damaged copies.
    assert len({item["activity_id"] for item in report["items"]}) == 15

    answer, _ = ask(stack, "How far was my ride on 2020-04-18 and at what heart rate?", "--athlete", "me")
    assert "36.3 km" in answer
    assert "130 bpm" in answer

    answer, results = ask(stack, "What is my average heart rate over all my rides?", "--athlete", "me")
    total = results[0]["result"]["total"]
    assert total["count"] == 11
    assert total["distance_m"] == pytest.approx(575_800, rel=0.005)
    assert total["average_heartrate_bpm"] == pytest.approx(115.0, abs=0.05)
    assert total["heartrate_count"] == 4
    assert "115.0 bpm" in answer
    assert "4 of 11" in answer

    again = lines(stack.coach("import", "--json", str(SAMPLES)).stdout)[-1]
    assert again["imported"] == 0


def test_chat_reads_one_question_a_line_from_a_pipe(stack: RunningStack) -> None:
    done = stack.coach("chat", "--athlete", "maya", stdin="How far did I run last month?\nAnd on bikes?\n")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("no language model") == 2
    assert "km" in done.stdout


def test_whoami_logout_and_login_follow_one_another(stack: RunningStack) -> None:
    assert json.loads(stack.coach("whoami", "--json").stdout)["athlete"] in {"maya", "me"}
    assert stack.coach("logout").returncode == 0
    refused = stack.coach("ask", "How far did I run last month?")
    assert refused.returncode == 4
    assert "coach login" in refused.stderr
    assert stack.coach("login").returncode == 0
    assert stack.coach("ask", "How far did I run last month?").returncode == 0


def test_an_approval_that_nobody_can_give_ends_with_exit_code_3(stack: RunningStack) -> None:
    done = stack.coach("ask", "--json", "--athlete", "maya", "--no-input", "Open a ticket: my watch does not sync")
    assert done.returncode == 3
    assert "approval_required" in {event["type"] for event in lines(done.stdout)}


def test_env_prints_what_boto3_needs(stack: RunningStack) -> None:
    exports = dict(
        line.removeprefix("export ").split("=", 1)
        for line in stack.coach("env", "--workload", "coach").stdout.splitlines()
    )
    assert exports["AWS_ENDPOINT_URL_BEDROCK_AGENTCORE"].strip("'\"") == stack.endpoints["vault"]
    assert exports["AWS_ENDPOINT_URL_BEDROCK_AGENTCORE_CONTROL"].strip("'\"") == stack.endpoints["vault_control"]
    key = stack.blueprint.keys.access_keys["coach"]
    assert exports["AWS_ACCESS_KEY_ID"].strip("'\"") == key.access_key_id


@pytest.mark.parametrize(("team", "issuer"), [("socials", "socials_issuer"), ("activities", "issuer")])
def test_a_developers_token_comes_from_the_issuer_of_its_server(stack: RunningStack, team: str, issuer: str) -> None:
    done = stack.coach("token", "--for", team, "--athlete", "maya")
    assert done.returncode == 0, done.stderr
    claims = unverified_claims(done.stdout.strip())
    assert (claims["iss"], claims["aud"], claims["client_id"]) == (stack.endpoints[issuer], f"mcp-{team}", "developer")


def test_doctor_finds_everything_reachable(stack: RunningStack) -> None:
    done = stack.coach("doctor", "--json")
    assert done.returncode == 0, done.stdout
    assert "same-disk key" in done.stdout


@pytest.mark.parametrize(
    "arguments",
    [["chat", "--continue"], ["accounts", "disconnect"], ["ask"], ["token", "--for", "nobody"], ["import"]],
    ids=" ".join,
)
def test_what_a_command_cannot_do_yet_or_at_all_is_a_usage_error(stack: RunningStack, arguments: list[str]) -> None:
    done = stack.coach(*arguments)
    assert done.returncode == 2
    assert len(done.stderr.strip()) > 10
    assert "Traceback" not in done.stderr
