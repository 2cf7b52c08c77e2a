"""Whole commands against a fake stack that is already running: output, exit codes, what is sent."""

import io
import json
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import RSAKey

from agent.terminal.__main__ import main
from agent.terminal.home import Home, open_home, write_private
from agent.terminal.session_file import SessionFile
from agent.terminal.sign_in import TokenSet
from agent.terminal.signed_out import mark_signed_out
from tests.support.runtime import ANSWER, FakeFront, make_athlete_key, make_operator, serving

APPROVAL = {"type": "approval_required", "id": "t-9", "tool": "give_kudos", "input": {}}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("COACH_HOME", str(tmp_path / "home"))
    return open_home(tmp_path / "home")


@pytest.fixture
def front(home: Home) -> Iterator[FakeFront]:
    keys = {name: make_athlete_key(home.root, name) for name in ("maya", "jonas", "me")}
    make_operator(home.root)
    with serving(FakeFront(athlete_keys=keys)) as front:
        write_private(home.stack_file, json.dumps(front.endpoints(pid=os.getpid())).encode())
        yield front


def json_lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_ask_prints_the_answer(front: FakeFront, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ask", "how", "many?"]) == 0
    assert capsys.readouterr().out == "12 runs.\n\n"
    assert front.invocations[0]["payload"] == {"type": "prompt", "prompt": "how many?"}


def test_ask_json_prints_exactly_the_events(front: FakeFront, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ask", "--json", "how many?"]) == 0
    assert json_lines(capsys.readouterr().out) == list(ANSWER)
    assert len(front.invocations) == 1


def test_ask_reads_the_question_from_standard_input(front: FakeFront, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("how\nmany?\n"))
    assert main(["ask", "-"]) == 0
    assert front.invocations[0]["payload"]["prompt"] == "how\nmany?"


def test_ask_goes_on_with_the_session_that_was_named(front: FakeFront) -> None:
    session = str(uuid.uuid4())
    assert main(["ask", "--session", session, "q"]) == 0
    assert front.invocations[0]["headers"]["x-amzn-bedrock-agentcore-runtime-session-id"] == session


def test_ask_as_another_athlete_signs_that_athlete_in(front: FakeFront, home: Home) -> None:
    assert main(["ask", "--athlete", "jonas", "q"]) == 0
    assert (home.session / "jonas.json").exists()
    assert not (home.session / "maya.json").exists()
    assert len(front.grants) == 1


def test_an_approval_in_a_pipe_is_exit_code_3_and_its_event(
    front: FakeFront, capsys: pytest.CaptureFixture[str]
) -> None:
    front.answers = [(APPROVAL,)]
    assert main(["ask", "--json", "kudos!"]) == 3
    assert json_lines(capsys.readouterr().out) == [APPROVAL]


def test_yes_approves_without_a_person(front: FakeFront) -> None:
    front.answers = [(APPROVAL,), ANSWER]
    assert main(["ask", "--yes", "kudos!"]) == 0
    assert front.invocations[1]["payload"] == {"type": "approve", "id": "t-9", "allow": True}
    sessions = {seen["headers"]["x-amzn-bedrock-agentcore-runtime-session-id"] for seen in front.invocations}
    assert len(sessions) == 1


def test_a_consent_in_a_pipe_is_exit_code_3_with_its_url_beside_the_answer(
    front: FakeFront, capsys: pytest.CaptureFixture[str]
) -> None:
    front.answers = [({"type": "consent_required", "provider": "socials", "url": "http://x.example/c", "scopes": []},)]
    assert main(["ask", "--yes", "clubs?"]) == 3
    assert "http://x.example/c" in capsys.readouterr().err


def test_a_failure_is_exit_code_1_and_an_event_under_json(front: FakeFront, capsys: pytest.CaptureFixture[str]) -> None:
    front.invocation_status = 502
    assert main(["ask", "--json", "q"]) == 1
    assert json_lines(capsys.readouterr().out) == [
        {"type": "error", "code": "failed", "message": "the coach answered with HTTP status 502"}
    ]


def test_chat_in_a_pipe_answers_one_question_a_line_in_one_session(
    front: FakeFront, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("one\n\ntwo\n"))
    assert main(["chat"]) == 0
    assert [seen["payload"]["prompt"] for seen in front.invocations] == ["one", "two"]
    assert len({seen["headers"]["x-amzn-bedrock-agentcore-runtime-session-id"] for seen in front.invocations}) == 1
    captured = capsys.readouterr()
    assert captured.out == "12 runs.\n\n12 runs.\n\n"
    assert captured.err.count("not medical advice") == 1
    assert "athlete maya, model offline" in captured.err


def test_after_logout_commands_exit_4_until_login(
    front: FakeFront, home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ask", "q"]) == 0
    assert main(["logout"]) == 0
    assert len(front.revoked) == 1
    for command in (["ask", "q"], ["chat"], ["whoami"], ["token"], ["profile"]):
        capsys.readouterr()
        assert main(command) == 4
        assert capsys.readouterr().err == "coach: you are signed out; sign in with: coach login\n"
    assert main(["login"]) == 0
    assert main(["ask", "q"]) == 0
    assert not (home.session / "signed_out").exists()


def test_whoami_says_as_whom_the_next_question_would_be_asked(
    front: FakeFront, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["whoami", "--json"]) == 0
    known = json.loads(capsys.readouterr().out)
    assert (known["athlete"], known["issuer"], known["audience"]) == ("maya", front.issuer, "coach")
    assert "openid" in known["scopes"]


def test_token_prints_a_developer_token_for_one_audience(front: FakeFront, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["token", "--for", "routes", "--athlete", "jonas"]) == 0
    assert capsys.readouterr().out.count(".") == 2
    assert front.grants[0]["client_id"] == "developer"


def test_env_prints_export_lines_of_one_principal(
    front: FakeFront, home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    keys = {name: {"access_key_id": f"AK{name}", "secret_access_key": "s'ecret"} for name in ("operator", "coach")}
    write_private(home.vault_keys, json.dumps(keys).encode())
    assert main(["env", "--workload", "coach"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert f"export AWS_ENDPOINT_URL_BEDROCK_AGENTCORE={front.base}" in lines
    assert "export AWS_ACCESS_KEY_ID=AKcoach" in lines
    assert "export AWS_SECRET_ACCESS_KEY='s'\"'\"'ecret'" in lines
    assert main(["env", "--workload", "nobody"]) == 2


def test_up_refuses_to_start_a_second_stack_of_the_same_home(
    front: FakeFront, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["up"]) == 1
    assert f"running already, process {os.getpid()}" in capsys.readouterr().err
    assert front.invocations == []


def test_doctor_reports_what_is_reachable(front: FakeFront, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    found = {finding["name"]: finding["found"] for finding in report["findings"]}
    assert found["issuer"] == front.issuer
    assert found["stack"] == f"process {os.getpid()}"


@pytest.mark.case("V25")
def test_doctor_runs_the_verifier_of_the_vaults_records(front: FakeFront, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor"]) == 0
    assert "ok vault audit: 7 records, the chain is unbroken" in capsys.readouterr().out
    front.audit = {"entries": 7, "ok": False, "firstBadEntry": 3}
    assert main(["doctor"]) == 1
    assert "BAD vault audit: the chain is broken at record 3" in capsys.readouterr().out


@pytest.mark.case("I06")
def test_doctor_finds_a_program_that_took_the_port(front: FakeFront, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor"]) == 0
    assert f"ok issuer keys: {front.issuer} has this home's keys" in capsys.readouterr().out
    front._signing_key = RSAKey.generate_key(2048, {"kid": "id-1"})
    assert main(["doctor"]) == 1
    assert "BAD issuer keys: the program that answers" in capsys.readouterr().out


def test_doctor_says_how_old_the_signing_keys_are_and_where_the_vaults_key_is(
    front: FakeFront, home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    (home.root / "keys" / "vault.kek").touch(mode=0o600)
    path = home.pool_keys("coach")
    document = json.loads(path.read_text())
    assert main(["doctor"]) == 0
    said = capsys.readouterr().out
    assert "ok signing keys coach: 1 keys, the newest 0 days old" in said
    assert "at rest: same-disk key (keys/vault.kek)" in said
    document["keys"][0]["coach_signs_from"] = time.time() - 400 * 86_400
    path.write_text(json.dumps(document))
    assert main(["doctor"]) == 1
    assert "400 days old; renew them with: coach keys rotate" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("weather", "said"),
    [
        ({}, "off; COACH_WEATHER=open-meteo looks up what no file brought"),
        ({"weather": "none"}, "off; COACH_WEATHER=open-meteo looks up what no file brought"),
        ({"weather": "open-meteo"}, "open-meteo"),
    ],
)
def test_doctor_says_who_is_asked_for_weather(
    front: FakeFront, home: Home, capsys: pytest.CaptureFixture[str], weather: dict[str, str], said: str
) -> None:
    write_private(home.stack_file, json.dumps({**front.endpoints(pid=os.getpid()), **weather}).encode())
    assert main(["doctor"]) == 0
    assert f"ok weather: {said}\n" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("tools", "said"),
    [
        ({"tools": "gateway"}, "through the gateway; COACH_TOOLS=direct asks each team's server by itself"),
        ({"tools": "direct"}, "each team's server by itself, past the gateway and its policies"),
        ({}, "of another version"),
    ],
)
def test_doctor_says_how_the_tools_are_reached(
    front: FakeFront, home: Home, capsys: pytest.CaptureFixture[str], tools: dict[str, str], said: str
) -> None:
    write_private(home.stack_file, json.dumps({**front.endpoints(pid=os.getpid()), **tools}).encode())
    assert main(["doctor"]) == 0
    assert f"ok tools: {said}\n" in capsys.readouterr().out


def test_doctor_says_why_direct_mode_on_aws_has_no_socials(
    front: FakeFront, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["doctor"]) == 0
    (said,) = (line for line in capsys.readouterr().out.splitlines() if line.startswith("ok tools on AWS: "))
    assert "COACH_TOOLS=direct would reach activities, routes, support; not socials: coach-federation" in said
    assert "which Cognito refuses" in said


def test_doctor_finds_a_gateway_that_does_not_answer(
    front: FakeFront, home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    gone = "http://127.0.0.1:1/mcp"
    write_private(home.stack_file, json.dumps({**front.endpoints(pid=os.getpid()), "gateway": gone}).encode())
    assert main(["doctor"]) == 1
    assert f"gateway: {gone} does not answer" in capsys.readouterr().out


def test_doctor_finds_a_key_that_others_can_read(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    make_athlete_key(home.root, "maya")
    home.athlete_key("maya").chmod(0o644)
    assert main(["doctor"]) == 1
    assert "BAD file" in capsys.readouterr().out


def test_trace_shows_the_last_turn(front: FakeFront, home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ask", "q"]) == 0
    turn = front.invocations[0]["headers"]["traceparent"].split("-")[1]
    span = {"trace_id": turn, "span_id": "1", "parent_id": "0", "scope": "coach.hops", "name": ""}
    times = {"start_unix_ns": 0, "end_unix_ns": 2_000_000, "attributes": {"part": "front", "operation": "POST /x"}}
    write_private(home.hops, json.dumps({**span, **times}).encode())
    capsys.readouterr()
    assert main(["trace", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["turn"], [hop["ms"] for hop in document["hops"]]) == (turn, [2.0])
    assert main(["trace", "0" * 32]) == 1
    assert main(["trace", "zzz"]) == 2


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["chat", "--continue"], id="continue comes later"),
        pytest.param(["chat", "--resume", "x"], id="resume comes later"),
        pytest.param(["accounts", "disconnect"], id="no provider"),
        pytest.param(["forget", "--athlete", "../x"], id="whom to forget is no name"),
        pytest.param(["ask", "--session", "1", "q"], id="session is no UUID"),
        pytest.param(["ask", " "], id="empty question"),
        pytest.param(["ask", "--athlete", "../x", "q"], id="athlete is no name"),
        pytest.param(["up", "--only", "coach"], id="only without processes"),
        pytest.param(["up", "--port", "80"], id="privileged port"),
        pytest.param(["import", "/no/such/file.fit"], id="missing file"),
        pytest.param(["import", ""], id="empty path"),
        pytest.param(["profile", "max_hr=190"], id="no setting"),
        pytest.param(["profile", "sex=x"], id="no sex"),
    ],
)
def test_what_cannot_be_meant_is_exit_code_2(front: FakeFront, arguments: list[str]) -> None:
    assert main(arguments) == 2
    assert front.invocations == []


@pytest.mark.parametrize(
    "arguments", [[], ["fly"], ["ask"], ["ask", "--yes", "--no-input", "q"], ["token", "--for", "x"]]
)
def test_a_command_line_that_does_not_parse_is_exit_code_2(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2


def test_a_model_that_is_not_there_yet_is_exit_code_2(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COACH_MODEL", "bedrock:some-model")
    assert main(["ask", "q"]) == 2
    assert not home.stack_file.exists()


@pytest.mark.parametrize(
    ("athlete", "signed_out", "code", "told"),
    [
        pytest.param("nobody", False, 2, "there is no athlete 'nobody'", id="unknown athlete"),
        pytest.param("maya", True, 4, "you are signed out", id="signed out"),
        pytest.param("guest", False, 4, "the session has ended", id="session ended"),
    ],
)
def test_an_import_without_a_token_is_one_sentence_and_its_exit_code(
    front: FakeFront,
    home: Home,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    athlete: str,
    *,
    signed_out: bool,
    code: int,
    told: str,
) -> None:
    (tmp_path / "a.fit").write_bytes(b"x")
    SessionFile(home, "guest").store(front.issuer, "mcp-activities", TokenSet("a", 0, "spent"))
    if signed_out:
        mark_signed_out(home)
    assert main(["import", "--athlete", athlete, str(tmp_path / "a.fit")]) == code
    captured = capsys.readouterr()
    assert (captured.err.startswith(f"coach: {told}"), captured.err.count("\n"), captured.out) == (True, 1, "")


def test_an_import_whose_sign_in_the_server_does_not_accept_is_one_sentence(
    front: FakeFront, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.fit").write_bytes(b"x")
    assert main(["import", str(tmp_path / "a.fit")]) == 4
    told = "the activities server does not accept this sign-in; sign in again with: coach login"
    assert capsys.readouterr().err == f"coach: {told}\n"


@pytest.mark.parametrize("as_json", [False, True])
def test_an_import_that_finds_no_activity_says_so(
    front: FakeFront, tmp_path: Path, capsys: pytest.CaptureFixture[str], *, as_json: bool
) -> None:
    (tmp_path / "empty").mkdir()
    assert main(["import", str(tmp_path / "empty"), *(["--json"] if as_json else [])]) == 1
    captured = capsys.readouterr()
    told = f"there is no activity file in {tmp_path / 'empty'}"
    assert captured.err == f"coach: {told}\n"
    assert json_lines(captured.out) == ([{"type": "error", "code": "failed", "message": told}] if as_json else [])
    assert front.grants == []


@pytest.mark.parametrize(
    ("arguments", "exit_code", "code"),
    [
        pytest.param(["ask", "q"], 4, "not_signed_in", id="signed out"),
        pytest.param(["ask", "--athlete", "../x", "q"], 2, "usage", id="no athlete's name"),
        pytest.param(["ask", " "], 2, "usage", id="empty question"),
        pytest.param(["import", "/no/such/file.fit"], 2, "usage", id="missing file"),
        pytest.param(["trace"], 1, "failed", id="nothing asked yet"),
    ],
)
def test_under_json_every_failure_is_an_error_event_too(
    home: Home, capsys: pytest.CaptureFixture[str], arguments: list[str], exit_code: int, code: str
) -> None:
    if code == "not_signed_in":
        mark_signed_out(home)
    assert main([*arguments, "--json"]) == exit_code
    captured = capsys.readouterr()
    (event,) = json_lines(captured.out)
    assert (event["type"], event["code"]) == ("error", code)
    assert captured.err == f"coach: {event['message']}\n"


def test_under_json_an_unknown_athlete_and_an_unknown_model_are_usage_errors(
    front: FakeFront, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["ask", "--json", "--athlete", "nobody", "q"]) == 2
    monkeypatch.setenv("COACH_MODEL", "bedrock:some-model")
    assert main(["ask", "--json", "q"]) == 2
    assert [event["code"] for event in json_lines(capsys.readouterr().out)] == ["usage", "usage"]


def test_yes_says_by_what_a_call_was_approved(front: FakeFront, capsys: pytest.CaptureFixture[str]) -> None:
    front.answers = [({**APPROVAL, "input": {"activity_id": "a-1"}},), ANSWER]
    assert main(["ask", "--yes", "kudos!"]) == 0
    assert capsys.readouterr().err == (
        "coach: approval needed: give kudos\ncoach:   activity id: a-1\ncoach: approved by --yes\n"
    )


@pytest.mark.parametrize("word", ["exit", "quit", "/quit", "/exit", " EXIT "])
def test_a_word_to_leave_ends_a_chat(front: FakeFront, monkeypatch: pytest.MonkeyPatch, word: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"one\n{word}\ntwo\n"))
    assert main(["chat"]) == 0
    assert [seen["payload"]["prompt"] for seen in front.invocations] == ["one"]


def test_help_in_a_chat_is_not_a_question(
    front: FakeFront, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("/help\n"))
    assert main(["chat"]) == 0
    assert "Ctrl-D" in capsys.readouterr().err
    assert front.invocations == []


def test_version_names_the_installed_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"coach {version('fitness-coach-agent')}\n"


@pytest.mark.parametrize("command", [["chat"]])
def test_help_says_what_comes_later(capsys: pytest.CaptureFixture[str], command: list[str]) -> None:
    with pytest.raises(SystemExit):
        main([*command, "--help"])
    assert "comes later" in " ".join(capsys.readouterr().out.split())


def test_a_home_of_a_user_who_is_not_there_is_exit_code_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COACH_HOME", "~no-such-user/coach")
    assert main(["trace"]) == 2
    assert capsys.readouterr().err == "coach: COACH_HOME: there is no home folder for '~no-such-user/coach'\n"


def test_help_loads_neither_http_nor_rendering_nor_the_mcp_client() -> None:
    heavy = "httpx", "httpx2", "rich", "prompt_toolkit", "pydantic", "joserfc", "mcp", "strands", "boto3", "asyncio"
    script = (
        "import sys; from agent.terminal.__main__ import main\n"
        "try: main(['--help'])\n"
        f"except SystemExit: print('loaded', sorted(set({heavy!r}) & set(sys.modules)))\n"
    )
    shown = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert shown.stdout.splitlines()[-1] == "loaded []"
