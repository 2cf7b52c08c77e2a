"""Commands of this computer's operator: a person at a terminal types them, and a pipe cannot."""

import hashlib
import io
import json
import os
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from joserfc.jwk import RSAKey

from agent.terminal.__main__ import main
from agent.terminal.browser_walk import BrowserWalk
from agent.terminal.commands import accounts
from agent.terminal.errors import TerminalError
from agent.terminal.home import Home, open_home, write_private
from agent.terminal.vault_hop import signed_headers
from identity.actor_id import actor_id
from tests.support.consent_stack import FakeConsentStack
from tests.support.runtime import FakeFront, make_athlete_key, make_operator, pin_pool_keys, serving

Person = Callable[[str], None]
ADD = ["clients", "add", "Watch", "--grant", "client_credentials", "--scope", "routes/read"]


# What a person would type to go on, by the last word of the command.
WORDS = {"add": "add", "remove": "remove", "maya": "maya", "accounts": "show", "coach-federation": "disconnect"}


class Keyboard(io.StringIO):
    def isatty(self) -> bool:
        return True


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


@pytest.fixture
def types(monkeypatch: pytest.MonkeyPatch) -> Person:
    """A person at a terminal who types one line."""

    def typing(word: str) -> None:
        monkeypatch.setattr(sys, "stdin", Keyboard(word + "\n"))
        monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)

    return typing


def test_a_client_is_added_by_a_typed_word_and_its_secret_is_shown(
    front: FakeFront, types: Person, capsys: pytest.CaptureFixture[str]
) -> None:
    types("add")
    assert main([*ADD, "--resource", "mcp-routes"]) == 0
    captured = capsys.readouterr()
    assert "client id: c-1\nsecret:    s-1" in captured.out
    assert "'Watch' ask for tokens: grants client_credentials, scopes routes/read, at mcp-routes" in captured.err
    wanted = {"name": "Watch", "grants": ["client_credentials"], "scopes": ["routes/read"], "resources": ["mcp-routes"]}
    assert front.administered == [("POST", "/pools/coach/admin/clients", {**wanted, "redirect_uris": []})]


def test_a_script_at_a_terminal_gets_one_json_object(
    front: FakeFront, types: Person, capsys: pytest.CaptureFixture[str]
) -> None:
    types("add")
    assert main([*ADD, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["client_secret"] == "s-1"


@pytest.mark.case("V29")
@pytest.mark.parametrize(
    "command",
    [
        pytest.param(ADD, id="clients add"),
        pytest.param(["clients", "remove", "c-1"], id="clients remove"),
        pytest.param(["forget", "--athlete", "maya"], id="forget"),
        pytest.param(["accounts"], id="accounts"),
        pytest.param(["accounts", "disconnect", "coach-federation"], id="accounts disconnect"),
    ],
)
@pytest.mark.parametrize("typed", [None, "yes", ""])
def test_a_pipe_or_another_word_changes_nothing(
    front: FakeFront, types: Person, monkeypatch: pytest.MonkeyPatch, command: list[str], typed: str | None
) -> None:
    if typed is None:
        monkeypatch.setattr(
            sys, "stdin", io.StringIO(f"{WORDS[command[-1] if command[0] != 'clients' else command[1]]}\n")
        )
    else:
        types(typed)
    assert main(command) == 3
    assert front.administered == []
    assert front.assertions == []


@pytest.mark.parametrize("command", [["forget", "--athlete", "maya"], ["clients", "remove", "c-1"]])
@pytest.mark.usefixtures("front")
def test_a_pipe_is_told_first_that_nothing_was_done_and_then_where_to_do_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("\n"))
    assert main(command) == 3
    said = capsys.readouterr().err
    assert said.startswith("coach: nothing was done: run this at a terminal and type ")
    assert said.endswith(".\n")


def test_clients_are_listed_for_a_script_too(front: FakeFront, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["clients", "list"]) == 0
    assert capsys.readouterr().out == "c-1  Watch  client_credentials  operator\n"
    assert main(["clients", "list", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["clients"][0]["client_id"] == "c-1"


def test_a_refusal_is_told_in_the_servers_words(
    front: FakeFront, types: Person, capsys: pytest.CaptureFixture[str]
) -> None:
    types("remove")
    assert main(["clients", "remove", "nobody"]) == 1
    assert "the authorization server refused: there is no such client" in capsys.readouterr().err


@pytest.mark.case("I06")
def test_the_operators_secret_is_not_sent_to_a_program_that_took_the_port(front: FakeFront, types: Person) -> None:
    front._signing_key = RSAKey.generate_key(2048, {"kid": "id-1"})
    assert main(["clients", "list"]) == 1
    assert front.administered == []


def test_forgetting_shreds_first_then_deletes_and_says_what_stays(
    front: FakeFront, home: Home, types: Person, capsys: pytest.CaptureFixture[str]
) -> None:
    types("maya")
    assert main(["forget", "--athlete", "maya"]) == 0
    assert front.administered == [
        ("POST", "/local/users/delete", {"issuer": front.issuer, "subject": "maya"}),
        ("POST", "/local/memories/forget", {"actorId": actor_id(front.issuer, "maya")}),
        ("DELETE", "/pools/coach/admin/users/maya", None),
    ]
    assert not (home.session / "maya.json").exists()
    captured = capsys.readouterr()
    for said in (captured.err, captured.out):
        assert "Not deleted: activities, comments and tickets" in said


def test_keys_rotate_in_both_pools_and_the_vault(
    front: FakeFront, home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["keys", "rotate"]) == 0
    assert [path for _, path, _ in front.administered] == ["/pools/coach/admin/keys/rotate", "/local/keys/rotate"]
    assert "version 2" in capsys.readouterr().out


def test_the_login_on_another_device_shows_the_code_and_waits(
    front: FakeFront, home: Home, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    slept: list[float] = []
    monkeypatch.setattr("agent.terminal.device.time.sleep", slept.append)
    front.device_answers = ["authorization_pending", "slow_down", "authorization_pending"]

    assert main(["login", "--device"]) == 0

    captured = capsys.readouterr()
    assert "enter the code WDJB-MJHT" in captured.err
    assert captured.out == "signed in as jonas\n"
    assert front.device_requests[0]["audience"] == "coach"
    assert (home.session / "jonas.json").exists()
    assert "device-code-1" not in captured.out + captured.err


def test_the_vaults_hop_is_signed_as_botocore_signs_it() -> None:
    url, body, moment = "http://127.0.0.1:8702/local/audit/verify", b"{}", datetime(2026, 11, 24, 12, tzinfo=UTC)
    key = {"access_key_id": "LOCALOPERATOR0000001", "secret_access_key": "wJalr/+secret"}

    headers = signed_headers(url, body, key, "us-east-1", moment)

    request = AWSRequest("POST", url, headers={n: v for n, v in headers.items() if n != "authorization"}, data=body)
    assert headers["x-amz-content-sha256"] == hashlib.sha256(body).hexdigest()
    request.context["timestamp"] = headers["x-amz-date"]
    signer = SigV4Auth(Credentials(key["access_key_id"], key["secret_access_key"]), "bedrock-agentcore", "us-east-1")
    text = signer.string_to_sign(request, signer.canonical_request(request))
    assert headers["authorization"].endswith(f"Signature={signer.signature(text, request)}")


@pytest.fixture
def connected(tmp_path: Path) -> FakeConsentStack:
    open_home(tmp_path)
    connection = {"workload": "coach", "provider": "coach-federation", "scopes": ["socials/read"], "form_token": "f-1"}
    more = {"connectedAt": "2026-11-24T12:00:00Z", "issuer": "http://127.0.0.1:8700/socials"}
    return FakeConsentStack(tmp_path, connections=[{**connection, **more}])


def test_connected_accounts_are_listed_in_words(
    connected: FakeConsentStack, capsys: pytest.CaptureFixture[str]
) -> None:
    walk = BrowserWalk(open_home(connected.home), connected.endpoints(), "maya", connected.client)
    assert accounts._list(walk, as_json=False) == 0
    assert capsys.readouterr().out == (
        "coach-federation, used by coach, since 2026-11-24T12:00:00Z\n"
        "  - See your clubs, kudos and comments (socials/read)\n"
    )
    assert accounts._list(walk, as_json=True) == 0
    assert "form_token" not in capsys.readouterr().out


def test_one_account_is_disconnected_with_the_token_of_its_form(connected: FakeConsentStack) -> None:
    walk = BrowserWalk(open_home(connected.home), connected.endpoints(), "maya", connected.client)
    assert accounts._disconnect(walk, "coach-federation") == 0
    expected = {"workload": "coach", "provider": "coach-federation", "form_token": "f-1", "decision": "disconnect"}
    assert connected.disconnected == [expected]


def test_what_is_not_connected_cannot_be_disconnected(home: Home, connected: FakeConsentStack) -> None:
    pin_pool_keys(home.root)
    walk = BrowserWalk(open_home(connected.home), connected.endpoints(), "maya", connected.client)
    with pytest.raises(TerminalError, match="not connected"):
        accounts._disconnect(walk, "strangers")
    assert connected.disconnected == []
