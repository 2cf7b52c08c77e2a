"""Members of a token that are not of the type their RFC gives them."""

from typing import Any

import pytest

from identity.claims import actors_of, audiences_of, moment_claim, scopes_of, text_claim
from identity.errors import TokenMalformed


@pytest.mark.parametrize("value", [True, "1700000000", None, float("inf"), float("nan"), 10**400, [1]])
def test_a_moment_is_a_finite_number_and_no_truth_value(value: Any) -> None:
    with pytest.raises(TokenMalformed):
        moment_claim({"iat": value}, "iat")
    assert moment_claim({"iat": 1_700_000_000.5}, "iat") == 1_700_000_000.5


@pytest.mark.parametrize("value", ["", 7, None, ["maya"]])
def test_a_text_is_there_and_not_empty(value: Any) -> None:
    with pytest.raises(TokenMalformed):
        text_claim({"sub": value}, "sub")
    assert text_claim({"sub": "maya"}, "sub") == "maya"


@pytest.mark.parametrize("value", [7, None, {"aud": "x"}, ["a", 7]])
def test_an_audience_is_a_text_or_a_list_of_texts(value: Any) -> None:
    with pytest.raises(TokenMalformed):
        audiences_of({"aud": value})
    assert (audiences_of({}), audiences_of({"aud": "a"}), audiences_of({"aud": ["a", "b"]})) == ((), ("a",), ("a", "b"))


def test_scopes_are_separated_by_spaces_and_never_a_list() -> None:
    assert scopes_of({"scope": "a/read  b/read"}) == {"a/read", "b/read"}
    with pytest.raises(TokenMalformed):
        scopes_of({"scope": ["a/read"]})


def test_a_chain_of_actors_ends_before_it_is_too_long() -> None:
    act: dict[str, Any] = {"sub": "innermost"}
    for _ in range(100):
        act = {"sub": "hop", "act": act}
    assert actors_of(act) == ("hop",) * 16
