"""A person at a real terminal decides about a consent by a typed word; nobody else can, whatever they pass."""

import json
import os
import re
from collections.abc import Iterator

import pytest

from tests.support.pseudo_terminal import Terminal
from tests.support.running_stack import RunningStack, running_stack

QUESTION = "Which clubs am I in?"


@pytest.fixture(scope="module")
def own_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """A stack in which nobody has consented to anything."""
    with running_stack(tmp_path_factory.mktemp("consent") / "home") as stack:
        write_stack_file(stack)
        yield stack


def write_stack_file(stack: RunningStack) -> None:
    path = stack.home / "run" / "stack.json"
    path.touch(mode=0o600)
    path.write_text(json.dumps({**stack.endpoints, "pid": os.getpid()}), encoding="utf-8")


@pytest.mark.case("V29")
@pytest.mark.parametrize(
    "flags",
    [
        pytest.param(["--yes"], id="--yes"),
        pytest.param(["--no-input"], id="--no-input"),
        pytest.param(["--json"], id="--json"),
        pytest.param([], id="a pipe"),
    ],
)
def test_without_a_person_the_page_is_named_and_nothing_is_connected(own_stack: RunningStack, flags: list[str]) -> None:
    done = own_stack.coach("ask", *flags, "--athlete", "jonas", QUESTION, stdin="allow\nopen\ndone\n")

    assert done.returncode == 3, done.stderr
    where = done.stdout if "--json" in flags else done.stderr
    assert "/identities/oauth2/authorize?request_uri=" in where
    assert "consent" in done.stdout
    again = own_stack.coach("ask", "--json", "--athlete", "jonas", QUESTION)
    assert again.returncode == 3


@pytest.mark.case("V21")
def test_a_refusal_ends_cleanly_and_leaves_nothing(own_stack: RunningStack) -> None:
    terminal = Terminal(own_stack.home, "ask", "--athlete", "aiko", QUESTION)
    terminal.answer("anything else refuses: ", "no")

    assert terminal.end() == 0
    assert "nothing was connected" in terminal.screen
    assert own_stack.coach("ask", "--json", "--athlete", "aiko", QUESTION).returncode == 3


def test_a_typed_consent_connects_and_the_question_is_answered(own_stack: RunningStack) -> None:
    terminal = Terminal(own_stack.home, "ask", "--athlete", "maya", QUESTION)
    terminal.answer("anything else refuses: ", "allow")

    assert terminal.end() == 0, terminal.screen
    assert f"{own_stack.asking}-federation asks you at 127.0.0.1:" in terminal.screen
    assert "See your clubs, kudos and comments (socials/read)" in terminal.screen
    assert "agreed; the question is asked again" in terminal.screen
    assert "Tiergarten Lunch Runners" in terminal.screen
    assert not re.search(r"eyJ[\w-]{10,}\.", terminal.screen)
    assert own_stack.coach("ask", "--athlete", "maya", QUESTION).returncode == 0


def test_doctor_finds_the_records_unbroken_and_the_issuers_ours(own_stack: RunningStack) -> None:
    doctor = own_stack.coach("doctor")
    assert doctor.returncode == 0, doctor.stdout
    assert "the chain is unbroken" in doctor.stdout
    assert doctor.stdout.count("has this home's keys") == 2
