import pytest

from apis.support.help_articles import read_sections, split_article
from apis.support.help_search import HelpIndex, terms
from tests.support.api_client import ApiClient


async def test_help_answers_with_the_fitting_passage(maya: ApiClient) -> None:
    answer = await maya.get("/help", query="how is my average heart rate computed?", limit=1)
    assert answer.status_code == 200
    passage = answer.json()["passages"][0]
    assert passage["article_id"] == "average-heart-rate"
    assert passage["title"].startswith("How your average heart rate is computed: ")
    assert "weighs every value with the time it lasted" in passage["text"]
    assert passage["score"] > 0


@pytest.mark.parametrize(
    ("query", "article"),
    [
        ("what does no detectable change mean", "trend-verdict"),
        ("why was my run excluded", "excluded-runs"),
        ("how do I disconnect", "consent-and-disconnecting"),
        ("what does rain mean here", "weather-bands"),
        ("which files can I upload", "importing-activities"),
        ("strava export", "strava-export"),
        ("my pulse looks wrong", "heart-rate-wrong"),
        ("who can see my data, privacy", "privacy"),
        ("are the routes exact", "routes-catalogue"),
        ("damaged file rejected", "damaged-files"),
    ],
)
async def test_a_question_finds_its_article_first(maya: ApiClient, query: str, article: str) -> None:
    passages = (await maya.get("/help", query=query)).json()["passages"]
    assert passages[0]["article_id"] == article
    assert [p["score"] for p in passages] == sorted((p["score"] for p in passages), reverse=True)


async def test_a_query_without_a_known_word_finds_nothing(maya: ApiClient) -> None:
    assert (await maya.get("/help", query="zymurgy quokka")).json() == {"passages": []}


async def test_help_needs_no_user(maya: ApiClient) -> None:
    answer = await maya.as_client().get("/help", query="privacy", limit=2)
    assert (answer.status_code, len(answer.json()["passages"])) == (200, 2)


async def test_help_needs_no_scope(maya: ApiClient) -> None:
    answer = await maya.as_athlete("maya", scope="openid").get("/help", query="privacy")
    assert answer.status_code == 200


@pytest.mark.parametrize("params", [{}, {"query": ""}, {"query": "x", "limit": 0}, {"query": "x", "limit": 21}])
async def test_help_parameters_outside_their_range_are_422(maya: ApiClient, params: dict[str, str]) -> None:
    assert (await maya.get("/help", **params)).status_code == 422


def test_every_article_has_a_title_sections_and_text() -> None:
    sections = read_sections()
    assert len({one.article_id for one in sections}) == 17
    for section in sections:
        assert section.article
        assert section.heading
        assert 40 < len(section.text) < 1500


def test_an_article_splits_at_its_second_level_headings() -> None:
    sections = split_article("a", "# Title\n\n## One\ntext\nof one\n\n## Two\nmore\n")
    assert [(s.title, s.text) for s in sections] == [("Title: One", "text of one"), ("Title: Two", "more")]


def test_a_rarer_word_scores_higher() -> None:
    index = HelpIndex(
        [
            *split_article("common", "# A\n\n## x\nalpha beta\n"),
            *split_article("rare", "# A\n\n## x\nalpha gamma\n"),
            *split_article("other", "# A\n\n## x\nalpha beta\n"),
        ]
    )
    assert index.search("beta gamma", 3)[0].article_id == "rare"


def test_the_score_is_bm25_of_the_published_formula() -> None:
    # One term in one of two passages of equal length 4 (title A and x count too): k1 = 1.2, b = 0.75, tf = 1, so
    # ln(1 + (2 - 1 + 0.5) / (1 + 0.5)) * 2.2 / (1 + 1.2) = ln 2.
    index = HelpIndex([*split_article("1", "# t\n\n## h\nalpha\n"), *split_article("2", "# t\n\n## h\nomega\n")])
    assert [p.score for p in index.search("alpha", 5)] == [0.693]


def test_words_are_folded_and_stop_words_dropped() -> None:
    assert terms("What IS my Importing, HR?") == ["import", "heart"]
