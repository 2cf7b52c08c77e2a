"""Text of strangers on our pages (security case A13)."""

import pytest

from identity.web_pages.lookalikes import mixes_alphabets, resembled
from identity.web_pages.shown_text import LONGEST_NAME, Markup, readable, readable_name, shown


@pytest.mark.case("A13")
@pytest.mark.parametrize(
    "unseen",
    [
        pytest.param("\u202e", id="right-to-left override"),
        pytest.param("\u2066", id="isolate"),
        pytest.param("\u200b", id="zero-width space"),
        pytest.param("\u200d", id="zero-width joiner"),
        pytest.param("\ufeff", id="byte order mark"),
        pytest.param("\u00ad", id="soft hyphen"),
        pytest.param("\u3164", id="hangul filler"),
        pytest.param("\u2800", id="blank braille"),
        pytest.param("\u034f", id="grapheme joiner"),
        pytest.param("\ufe0f", id="variation selector"),
        pytest.param("\U000e0061", id="tag letter"),
        pytest.param("\ue000", id="private use"),
        pytest.param("\x1b", id="escape"),
        pytest.param("\x00", id="nul"),
    ],
)
def test_what_cannot_be_seen_is_not_shown(unseen: str) -> None:
    assert shown(f"Co{unseen}ach") == "Coach"


@pytest.mark.parametrize("name", ["Coach", "Läuferin Zoë", "コーチ", "Тренер", "مدرّب", "Coach 🏃"])
def test_honest_names_stay_as_they_are(name: str) -> None:
    assert shown(name) == name
    assert not mixes_alphabets(name)


@pytest.mark.case("A13")
def test_markup_of_a_stranger_is_text() -> None:
    assert shown("<b onclick='x'>&\"") == "&lt;b onclick=&#x27;x&#x27;&gt;&amp;&quot;"


@pytest.mark.case("A13")
def test_white_space_is_single_and_marks_do_not_pile_up() -> None:
    assert readable(" a \n\t\u2003 b\u2028c ") == "a b c"
    assert readable("z" + "\u0335" * 40) == "z" + "\u0335" * 2


@pytest.mark.case("A13")
def test_a_name_is_never_empty_and_never_long() -> None:
    assert readable_name("\u200b\u2800") == "(no name)"
    assert len(readable_name("x" * 500)) == LONGEST_NAME
    assert readable_name("Coach") == "Coach"


def test_markup_made_here_is_marked_by_its_type() -> None:
    assert isinstance(shown("a"), Markup)


@pytest.mark.case("A13")
@pytest.mark.parametrize(
    "name",
    [
        pytest.param("C\u043each in your terminal", id="a Cyrillic o"),
        pytest.param("\u0421\u043e\u0430\u0441h in your terminal", id="nearly all Cyrillic"),
        pytest.param("Ｃｏａｃｈ in your terminal", id="full width"),  # noqa: RUF001  # that is the point
        pytest.param("c0ach  in your terrninal", id="a zero and r with n"),
        pytest.param("The real Coach\u200b in your terminal!", id="with something around it"),
        pytest.param("Côach in your terminal", id="accents"),
    ],
)
def test_a_name_that_passes_for_a_known_one_is_noticed(name: str) -> None:
    assert resembled(name, ["Socials", "Coach in your terminal"]) == "Coach in your terminal"


def test_a_name_of_its_own_resembles_nothing() -> None:
    assert resembled("Race planner", ["Socials", "Coach in your terminal"]) is None


@pytest.mark.case("A13")
def test_letters_of_two_alphabets_in_one_name_are_noticed() -> None:
    assert mixes_alphabets("P\u0430ce planner")
    assert not mixes_alphabets("Pace planner")
