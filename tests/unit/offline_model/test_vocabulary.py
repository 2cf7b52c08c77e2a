import pytest

from agent.models.offline.vocabulary import (
    RIDE,
    RUN,
    TRAIL_RUN,
    find_metric,
    find_sports,
    find_weather,
    negated_without_opposite,
    normalise,
)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Runing in Octobre", "running in october"),
        ("longset ride", "longest ride"),
        ("Septembr", "september"),
        ("wheather", "weather"),
        ("where is the support for routes", "where is the support for routes"),
        ("mouth of the river", "mouth of the river"),
    ],
)
def test_only_typing_mistakes_of_known_words_are_undone(typed: str, meant: str) -> None:
    assert normalise(typed) == meant


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("when it rains", ["wet"]),
        ("when it is not raining", ["dry"]),
        ("without rain", ["dry"]),
        ("hot and humid", ["hot", "humid"]),
        ("my warm-up and cool down", []),
        ("a dry run of the import", []),
    ],
)
def test_weather_words_become_band_names(text: str, names: list[str]) -> None:
    assert find_weather(text) == names


def test_weather_that_cannot_be_excluded_is_named() -> None:
    assert negated_without_opposite("when it is not windy") == "windy"
    assert negated_without_opposite("when it is not raining") is None


def test_a_trail_run_is_not_also_a_run() -> None:
    assert find_sports("my trail runs and rides") == [TRAIL_RUN, RIDE]
    assert find_sports("rides or running") == [RIDE, RUN]


def test_the_first_quantity_named_is_the_one_asked_for() -> None:
    assert find_metric("average heart rate and distance") == "heart_rate"
    assert find_metric("hello") is None
