import pytest

from apis.serving.caller import user_partition
from apis.serving.sqlite_store import SqliteStore
from apis.serving.store import Item
from apis.socials.records import Account, Post, Visibility
from tests.support.api_client import ApiClient
from tests.support.socials_demo import START


async def test_an_athlete_sees_the_own_clubs(maya: ApiClient) -> None:
    clubs = (await maya.get("/clubs")).json()["clubs"]
    assert {club["id"]: club["membership"] for club in clubs} == {
        "spree-juniors": "member",
        "tiergarten-lunch-runners": "member",
    }
    assert clubs[1] == {
        "id": "tiergarten-lunch-runners",
        "name": "Tiergarten Lunch Runners",
        "sport_type": "running",
        "city": "Berlin",
        "country": "Germany",
        "private": False,
        "member_count": 43,
        "membership": "member",
    }


async def test_a_private_club_is_seen_by_its_members_only(jonas: ApiClient, aiko: ApiClient) -> None:
    assert "spree-juniors" not in {club["id"] for club in (await jonas.get("/clubs")).json()["clubs"]}
    assert "spree-juniors" in {club["id"] for club in (await aiko.get("/clubs")).json()["clubs"]}


async def test_an_athlete_without_clubs_or_activities_gets_an_empty_feed(maya: ApiClient) -> None:
    stranger = maya.as_athlete("me")
    assert (await stranger.get("/feed")).json() == {"activities": []}
    assert (await stranger.get("/clubs")).json() == {"clubs": []}


async def test_the_feed_holds_only_own_activities_newest_first(maya: ApiClient) -> None:
    activities = (await maya.get("/feed", limit=3)).json()["activities"]
    assert [entry["activity_id"] for entry in activities] == ["maya-11", "maya-10", "maya-09"]
    assert [entry["start_date"] for entry in activities] == [
        "2026-03-24T17:30:00.000Z",
        "2026-03-22T17:30:00.000Z",
        "2026-03-20T17:30:00.000Z",
    ]


async def test_the_counts_of_the_feed_are_those_of_the_activities(maya: ApiClient) -> None:
    activities = (await maya.get("/feed", limit=50)).json()["activities"]
    assert sum(entry["kudos_count"] for entry in activities) > 5
    assert sum(entry["comment_count"] for entry in activities) > 1
    for entry in activities:
        social = (await maya.get(f"/activities/{entry['activity_id']}/social")).json()
        assert len(social["kudos"]) == social["kudos_count"] == entry["kudos_count"]
        assert len(social["comments"]) == entry["comment_count"]


async def test_an_activity_shared_with_a_common_club_is_visible(jonas: ApiClient) -> None:
    social = (await jonas.get("/activities/maya-00/social")).json()
    assert social["activity_id"] == "maya-00"
    assert set(social) == {"activity_id", "kudos_count", "kudos", "comments"}


@pytest.mark.case("P14")
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/activities/{}/social", None),
        ("POST", "/activities/{}/kudos", None),
        ("POST", "/activities/{}/comments", {"text": "hello"}),
    ],
)
async def test_somebody_elses_activity_is_answered_like_one_that_does_not_exist(
    jonas: ApiClient, aiko: ApiClient, method: str, path: str, body: dict[str, str] | None
) -> None:
    foreign = await jonas.send(method, path.format("aiko-00"), json=body)
    absent = await jonas.send(method, path.format("nobody-00"), json=body)
    assert foreign.status_code == 404
    assert (
        foreign.json()
        == absent.json()
        == {
            "type": "about:blank",
            "title": "Not Found",
            "status": 404,
            "detail": "There is no activity with this id.",
        }
    )
    before = (await aiko.get("/activities/aiko-00/social")).json()
    assert "Jonas" not in str(before)


async def test_others_are_shown_by_name_only(maya: ApiClient) -> None:
    entries = (await maya.get("/feed", limit=50)).json()["activities"]
    socials = [(await maya.get(f"/activities/{e['activity_id']}/social")).json() for e in entries]
    assert {tuple(kudo) for social in socials for kudo in social["kudos"]} == {("athlete",)}
    assert {tuple(sorted(c)) for social in socials for c in social["comments"]} == {
        ("athlete", "created_at", "id", "text")
    }
    assert {kudo["athlete"] for social in socials for kudo in social["kudos"]} == {"Aiko", "Jonas"}


async def test_membership_that_is_pending_opens_nothing(maya: ApiClient, socials_store: SqliteStore) -> None:
    pending = maya.as_athlete("pat")
    key = user_partition(maya.issuer.issuer, "pat")
    socials_store.put_if_absent(Item(key, "CLUB#spree-juniors", {"membership": "pending"}))
    assert (await pending.get("/activities/aiko-00/social")).status_code == 404
    clubs = (await pending.get("/clubs")).json()["clubs"]
    assert [(club["id"], club["membership"]) for club in clubs] == [("spree-juniors", "pending")]


@pytest.mark.case("P17")
async def test_the_same_subject_at_another_issuer_owns_nothing_here(maya: ApiClient) -> None:
    assert (await maya.as_athlete("maya", iss="http://issuer.test/socials").get("/feed")).status_code == 401


@pytest.mark.case("P05")
async def test_a_client_without_a_user_gets_nothing(maya: ApiClient) -> None:
    client = maya.as_client()
    for path in ("/clubs", "/feed", "/activities/maya-00/social"):
        assert (await client.get(path)).status_code == 403


@pytest.mark.case("P14")
@pytest.mark.parametrize(
    ("account", "club", "seen"),
    [
        (("clubs", False), "tiergarten-lunch-runners", True),
        (("clubs", False), "spree-juniors", True),
        (("clubs", True), "spree-juniors", True),
        (("clubs", True), "tiergarten-lunch-runners", False),
        (("nobody", False), "tiergarten-lunch-runners", False),
        (None, "tiergarten-lunch-runners", False),
    ],
    ids=["shared", "in a private club", "a minor's in a private club", "a minor's", "shown to nobody", "no account"],
)
async def test_the_owners_account_says_who_sees_an_activity(
    maya: ApiClient, socials_store: SqliteStore, account: tuple[Visibility, bool] | None, club: str, *, seen: bool
) -> None:
    owner = maya.as_athlete("zoe")
    partition = user_partition(maya.issuer.issuer, "zoe")
    post = Post("zoe-1", partition, "Run", START, (club,))
    for item in [*post.items(), *([Account(partition, *account).item()] if account else [])]:
        socials_store.put_if_absent(item)
    assert (await owner.get("/activities/zoe-1/social")).status_code == 200
    assert (await maya.get("/activities/zoe-1/social")).status_code == (200 if seen else 404)
    assert (await maya.send("POST", "/activities/zoe-1/kudos", json=None)).status_code == (200 if seen else 404)
