import asyncio
import re

import pytest

from tests.support.api_client import ApiClient


async def kudos(api: ApiClient, activity_id: str) -> list[str]:
    social = (await api.get(f"/activities/{activity_id}/social")).json()
    return [kudo["athlete"] for kudo in social["kudos"]]


async def comments(api: ApiClient, activity_id: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = (await api.get(f"/activities/{activity_id}/social")).json()["comments"]
    return found


@pytest.fixture
async def fresh(maya: ApiClient) -> str:
    """An activity of jonas that maya sees and has given no kudos."""
    for n in range(12):
        if "Maya" not in await kudos(maya, f"jonas-{n:02d}"):
            return f"jonas-{n:02d}"
    raise AssertionError("the demo has no such activity")


async def test_kudos_given_twice_count_once(maya: ApiClient, fresh: str) -> None:
    count = len(await kudos(maya, fresh))
    first = await maya.post(f"/activities/{fresh}/kudos")
    again = await maya.post(f"/activities/{fresh}/kudos")
    assert first.json() == {"activity_id": fresh, "given": True, "kudos_count": count + 1, "dry_run": False}
    assert again.json() == {"activity_id": fresh, "given": False, "kudos_count": count + 1, "dry_run": False}
    assert (await kudos(maya, fresh)).count("Maya") == 1


async def test_kudos_with_the_same_key_give_the_first_answer(maya: ApiClient, fresh: str) -> None:
    first = await maya.post(f"/activities/{fresh}/kudos", key="k")
    again = await maya.post(f"/activities/{fresh}/kudos", key="k")
    assert first.json() == again.json()
    assert first.json()["given"] is True


async def test_a_key_of_one_activity_is_409_for_another(maya: ApiClient, fresh: str) -> None:
    await maya.post(f"/activities/{fresh}/kudos", key="k")
    assert (await maya.post("/activities/maya-00/kudos", key="k")).status_code == 409


async def test_dry_runs_write_nothing(maya: ApiClient, fresh: str) -> None:
    before = (await maya.get(f"/activities/{fresh}/social")).json()
    given = await maya.post(f"/activities/{fresh}/kudos", dry_run="true")
    added = await maya.post(f"/activities/{fresh}/comments", {"text": "hi"}, dry_run="true")
    assert given.json() == {
        "activity_id": fresh,
        "given": False,
        "kudos_count": before["kudos_count"],
        "dry_run": True,
    }
    assert (added.status_code, added.json()) == (
        200,
        {"activity_id": fresh, "id": None, "athlete": "Maya", "text": "hi", "created_at": None, "dry_run": True},
    )
    assert (await maya.get(f"/activities/{fresh}/social")).json() == before


async def test_a_comment_is_seen_by_the_owner_and_carries_the_writers_name(
    maya: ApiClient, jonas: ApiClient, fresh: str
) -> None:
    answer = await maya.post(f"/activities/{fresh}/comments", {"text": "Strong!"})
    comment = answer.json()
    assert answer.status_code == 201
    assert (comment["athlete"], comment["text"]) == ("Maya", "Strong!")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", comment["created_at"])
    assert comment["activity_id"] == fresh
    assert (await comments(jonas, fresh))[-1] == {
        name: comment[name] for name in ("id", "athlete", "text", "created_at")
    }


@pytest.mark.case("I08")
async def test_one_key_is_one_comment_for_each_athlete(maya: ApiClient, jonas: ApiClient, fresh: str) -> None:
    path, before = f"/activities/{fresh}/comments", len(await comments(maya, fresh))
    answers = await asyncio.gather(*(maya.post(path, {"text": "once"}, key="k") for _ in range(6)))
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert (await jonas.post(path, {"text": "mine"}, key="k")).status_code == 201
    assert len(await comments(maya, fresh)) == before + 2
    assert (await maya.post(path, {"text": "other"}, key="k")).status_code == 409


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        pytest.param("  two\n\nlines ", "two lines", id="white space folded"),
        pytest.param("red \x1b[31mtext\x07", "red [31mtext", id="terminal escape stripped"),
        pytest.param("a\u202etxt.exe\u200b", "atxt.exe", id="bidirectional override stripped"),
    ],
)
async def test_control_characters_are_stripped(maya: ApiClient, fresh: str, sent: str, kept: str) -> None:
    answer = await maya.post(f"/activities/{fresh}/comments", {"text": sent})
    assert answer.json()["text"] == kept


@pytest.mark.parametrize(
    "body", [{"text": ""}, {"text": "\u200b\n"}, {"text": "x" * 1001}, {}, {"text": "a", "as": "jonas"}]
)
async def test_a_comment_that_is_empty_too_long_or_has_more_fields_is_422(
    maya: ApiClient, fresh: str, body: dict[str, str]
) -> None:
    assert (await maya.post(f"/activities/{fresh}/comments", body)).status_code == 422


@pytest.mark.case("P01")
async def test_writing_needs_the_write_scope(maya: ApiClient, fresh: str) -> None:
    reader = maya.as_athlete("maya", scope="socials/read")
    assert (await reader.post(f"/activities/{fresh}/kudos")).status_code == 403
    assert (await reader.post(f"/activities/{fresh}/comments", {"text": "x"})).status_code == 403
