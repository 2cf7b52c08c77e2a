"""Commands of the operator, typed at a terminal, against the whole system."""

import json
import os
import re
from collections.abc import Iterator

import pytest

from tests.support.pseudo_terminal import Terminal
from tests.support.running_stack import RunningStack, running_stack


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
