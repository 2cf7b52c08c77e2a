"""What the consent page says about applications that registered themselves (A12, A13)."""

import pytest
from starlette.responses import HTMLResponse

from identity.authorization_server.pages import Asking, consent_page
from identity.web_pages.pieces import Form

OURS = ("Coach in your terminal", "Token for developers")


def asked(name: str, *, known: bool) -> str:
    page: HTMLResponse = consent_page(
        Form("/consent?client_id=x", "t"),
        Asking(name, known, OURS),
        person="Maya",
        host="127.0.0.1:9000",
        meanings=["See your activities"],
        pool="coach",
        form_targets=["http://127.0.0.1:9000"],
    )
    return bytes(page.body).decode()


@pytest.mark.case("A12")
def test_an_application_that_is_not_ours_is_called_unknown() -> None:
    assert "This application is not known to us" in asked("Race planner", known=False)
    assert "not known to us" not in asked("Coach in your terminal", known=True)


@pytest.mark.case("A13")
def test_a_name_that_passes_for_one_of_ours_is_called_that() -> None:
    warned = asked("C\u043each in your terminaI", known=False)
    assert "Its name passes for another" in warned
    assert "It is not “Coach in your terminal”" in warned
    assert "It mixes letters of different alphabets" in warned
    assert "passes for another" not in asked("Race planner", known=False)


@pytest.mark.case("A13")
def test_a_very_long_or_invisible_name_leaves_the_page_readable() -> None:
    assert asked("Race planner " * 50, known=False).count("Race planner") < 8
    assert "(no name)" in asked("\u200b\u3164", known=False)


@pytest.mark.case("A13")
def test_both_answers_weigh_the_same() -> None:
    text = asked("Race planner", known=False)
    assert '<button type="submit" name="decision" value="deny">Refuse</button>' in text
    assert '<button type="submit" name="decision" value="allow">Allow</button>' in text


def test_the_page_claims_no_more_of_a_name_than_holds_for_every_program() -> None:
    assert "Nobody has checked its name." in asked("Race planner", known=False)
