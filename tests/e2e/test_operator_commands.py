"""Commands of the operator, typed at a terminal, against the whole system."""

import html
import json
import os
import re
from collections.abc import Iterator

import pytest

from identity.actor_id import actor_id
from local_agentcore.athletes import ATHLETES
from local_agentcore.blueprint import MEMORY_ID
from tests.support.pseudo_terminal import Terminal
from tests.support.running_stack import RunningStack, running_stack

QUESTION = "Which clubs am I in?"


@pytest.fixture(scope="module")
def own_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """A stack of its own: people are deleted and keys rotated here."""
    with running_stack(tmp_path_factory.mktemp("operator") / "home") as stack:
        path = stack.home / "run" / "stack.json"
        path.touch(mode=0o600)
        path.write_text(json.dumps({**stack.endpoints, "pid": os.getpid()}), encoding="utf-8")
        yield stack


def test_a_client_is_added_listed_and_removed(own_stack: RunningStack) -> None:
    adding = Terminal(
        own_stack.home, "clients", "add", "Watch", "--grant", "client_credentials", "--scope", "routes/read"
    )
    adding.answer("Type add to go on: ", "add")
    assert adding.end() == 0, adding.screen
    found = re.search(r"client id: (\S+)", adding.screen)
    assert found is not None
    assert found[1] in own_stack.coach("clients", "list").stdout
    removing = Terminal(own_stack.home, "clients", "remove", found[1])
    removing.answer("Type remove to go on: ", "remove")
    assert removing.end() == 0, removing.screen
    assert found[1] not in own_stack.coach("clients", "list").stdout


def test_keys_rotate_while_questions_go_on(own_stack: RunningStack) -> None:
    rotated = own_stack.coach("keys", "rotate")
    assert rotated.returncode == 0, rotated.stderr
    assert own_stack.coach("ask", "How far did I run last month?").returncode == 0


def test_a_person_signs_this_terminal_in_from_another_device(own_stack: RunningStack) -> None:
    terminal = Terminal(own_stack.home, "login", "--device")
    terminal.read_until("started this yourself.")
    found = re.search(r"open (\S+) and enter the code (\S+)", terminal.screen)
    assert found is not None
    with own_stack.person("jonas") as person:
        page = person.open(found[1])
        for fields in ({"user_code": found[2]}, {"user_code": found[2], "decision": "allow"}):
            form = re.search(r'action="([^"]*device[^"]*)".*?name="form_token" value="([^"]*)"', page.text, re.DOTALL)
            assert form is not None, page.text
            page = person._post(page, html.unescape(form[1]), {"form_token": html.unescape(form[2]), **fields})

    assert terminal.end() == 0, terminal.screen
    assert "signed in as jonas" in terminal.screen
    assert '"athlete": "jonas"' in own_stack.coach("whoami", "--json").stdout
    assert own_stack.coach("logout").returncode == 0
    assert own_stack.coach("login").stdout == "signed in as maya\n"


def test_a_connected_account_is_listed_and_disconnected(own_stack: RunningStack) -> None:
    own_stack.connect_socials("maya")
    listing = Terminal(own_stack.home, "accounts", "--athlete", "maya")
    listing.answer("Type show to go on: ", "show")
    assert listing.end() == 0, listing.screen
    assert f"{own_stack.asking}-federation, used by {own_stack.asking}" in listing.screen

    disconnecting = Terminal(
        own_stack.home, "accounts", "disconnect", f"{own_stack.asking}-federation", "--athlete", "maya"
    )
    disconnecting.answer("Type disconnect to go on: ", "disconnect")
    assert disconnecting.end() == 0, disconnecting.screen
    assert "up to 20 seconds" in " ".join(disconnecting.screen.split())
    assert own_stack.coach("ask", "--athlete", "maya", QUESTION).returncode == 3


def test_a_forgotten_athlete_is_gone(own_stack: RunningStack) -> None:
    issuer = own_stack.blueprint.issuer
    (aiko,) = (athlete for athlete in ATHLETES if athlete.username == "aiko")
    own_stack.ask("aiko", QUESTION)
    remembered = {"memoryId": MEMORY_ID, "actorId": actor_id(issuer, aiko.subject(issuer))}
    operator = own_stack.boto3_client("bedrock-agentcore", "operator")
    assert operator.list_sessions(**remembered)["sessionSummaries"]
    forgetting = Terminal(own_stack.home, "forget", "--athlete", "aiko")
    forgetting.answer("Type aiko to go on: ", "aiko")
    assert forgetting.end() == 0, forgetting.screen
    assert operator.list_sessions(**remembered)["sessionSummaries"] == []
    assert "Not deleted: activities" in " ".join(forgetting.screen.split())
    assert own_stack.coach("ask", "--athlete", "aiko", QUESTION).returncode != 0
