import asyncio
import re
from typing import Any

import pytest

from apis.serving.caller import user_partition
from tests.support.api_client import ApiClient

DRAFT = {"subject": "Import stops", "description": "The file ride.fit stops at 30 %.", "type": "problem"}


async def open_ticket(api: ApiClient, subject: str = "Import stops") -> str:
    answer = await api.post("/tickets", DRAFT | {"subject": subject})
    assert answer.status_code == 201
    ticket_id: str = answer.json()["id"]
    return ticket_id


async def test_an_opened_ticket_can_be_read_and_listed(maya: ApiClient) -> None:
    ticket = (await maya.post("/tickets", DRAFT | {"related_activity_id": "A1"})).json()
    assert re.fullmatch(r"T\d{20}-[0-9a-f]{16}", ticket["id"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", ticket["created_at"])
    assert {name: ticket[name] for name in ("subject", "type", "priority", "status", "related_activity_id")} == {
        "subject": "Import stops",
        "type": "problem",
        "priority": "normal",
        "status": "new",
        "related_activity_id": "A1",
    }
    assert (await maya.get(f"/tickets/{ticket['id']}")).json() == ticket
    listed = (await maya.get("/tickets")).json()
    assert [row["id"] for row in listed["tickets"]] == [ticket["id"]]
    assert "description" not in listed["tickets"][0]


@pytest.mark.case("P14")
async def test_another_athletes_ticket_is_answered_like_one_that_does_not_exist(
    maya: ApiClient, jonas: ApiClient
) -> None:
    own = await open_ticket(maya)
    foreign, absent = await jonas.get(f"/tickets/{own}"), await jonas.get("/tickets/T0-0000")
    assert foreign.status_code == 404
    assert foreign.json() == absent.json()
    assert (await jonas.get("/tickets")).json() == {"tickets": [], "next_cursor": None}
    assert (await maya.get(f"/tickets/{own}")).status_code == 200


@pytest.mark.case("P17")
def test_the_same_subject_at_another_issuer_is_somebody_else() -> None:
    assert user_partition("http://one/coach", "sub") != user_partition("http://one/socials", "sub")
    assert user_partition("http://one/coach", "a#b") == "USER#http://one/coach#a%23b"


async def test_a_dry_run_checks_everything_and_stores_nothing(maya: ApiClient) -> None:
    answer = await maya.post("/tickets", DRAFT, dry_run="true", key="k1")
    assert answer.status_code == 200
    assert answer.json()["id"] is None
    assert (await maya.get("/tickets")).json()["tickets"] == []
    refused = await maya.post("/tickets", DRAFT | {"type": "rant"}, dry_run="true")
    assert refused.status_code == 422


async def test_the_same_key_and_ticket_again_gives_the_first_answer(maya: ApiClient) -> None:
    first = await maya.post("/tickets", DRAFT, key="k1")
    again = await maya.post("/tickets", DRAFT, key="k1")
    assert (again.status_code, again.json()) == (201, first.json())
    assert len((await maya.get("/tickets")).json()["tickets"]) == 1


async def test_eight_requests_with_one_key_at_once_open_one_ticket(maya: ApiClient) -> None:
    answers = await asyncio.gather(*(maya.post("/tickets", DRAFT, key="k1") for _ in range(8)))
    assert {answer.json()["id"] for answer in answers} == {answers[0].json()["id"]}
    assert len((await maya.get("/tickets")).json()["tickets"]) == 1


async def test_the_same_key_with_another_ticket_is_409(maya: ApiClient) -> None:
    await maya.post("/tickets", DRAFT, key="k1")
    answer = await maya.post("/tickets", DRAFT | {"subject": "Something else"}, key="k1")
    assert answer.status_code == 409
    assert answer.json()["detail"] == "This Idempotency-Key was used with another request; send a new key."
    assert len((await maya.get("/tickets")).json()["tickets"]) == 1


@pytest.mark.case("I08")
async def test_another_athletes_key_is_another_namespace(maya: ApiClient, jonas: ApiClient) -> None:
    first = (await maya.post("/tickets", DRAFT, key="k1")).json()
    second = (await jonas.post("/tickets", DRAFT, key="k1")).json()
    assert first["id"] != second["id"]
    other = await jonas.post("/tickets", DRAFT | {"subject": "Not refused"}, key="k2")
    assert other.status_code == 201


async def test_without_a_key_two_requests_are_two_tickets(maya: ApiClient) -> None:
    assert await open_ticket(maya) != await open_ticket(maya)


@pytest.mark.parametrize("key", ["", "k" * 256])
async def test_a_key_of_no_or_too_many_characters_is_422(maya: ApiClient, key: str) -> None:
    assert (await maya.post("/tickets", DRAFT, key=key)).status_code == 422


async def test_tickets_are_listed_newest_first_in_pages(maya: ApiClient) -> None:
    ids = [await open_ticket(maya, f"Ticket {n}") for n in range(5)]
    first = (await maya.get("/tickets", limit=3)).json()
    rest = (await maya.get("/tickets", limit=3, cursor=first["next_cursor"])).json()
    assert [row["id"] for row in (*first["tickets"], *rest["tickets"])] == ids[::-1]
    assert rest["next_cursor"] is None


async def test_a_status_filter_pages_over_matching_tickets_only(maya: ApiClient) -> None:
    await open_ticket(maya)
    assert len((await maya.get("/tickets", status="new")).json()["tickets"]) == 1
    assert (await maya.get("/tickets", status="solved")).json() == {"tickets": [], "next_cursor": None}
    assert (await maya.get("/tickets", status="lost")).status_code == 422


@pytest.mark.case("I09")
async def test_a_cursor_of_another_athlete_or_filter_is_400(maya: ApiClient, jonas: ApiClient) -> None:
    for n in range(2):
        await open_ticket(maya, f"Ticket {n}")
        await open_ticket(jonas, f"Ticket {n}")
    cursor = (await maya.get("/tickets", limit=1)).json()["next_cursor"]
    assert (await maya.get("/tickets", limit=1, cursor=cursor)).status_code == 200
    assert (await jonas.get("/tickets", limit=1, cursor=cursor)).status_code == 400
    assert (await maya.get("/tickets", limit=1, status="new", cursor=cursor)).status_code == 400


@pytest.mark.parametrize(
    ("change", "field"),
    [
        pytest.param({"subject": "x"}, "subject", id="short subject"),
        pytest.param({"subject": "x" * 151}, "subject", id="long subject"),
        pytest.param({"description": "x" * 5001}, "description", id="long description"),
        pytest.param({"description": "a\x1b[31mred"}, "description", id="terminal escape"),
        pytest.param({"subject": "a\u202eb txt"}, "subject", id="bidirectional override"),
        pytest.param({"requester_id": "jonas"}, "body", id="somebody else as requester"),
        pytest.param({"type": "rant"}, "type", id="unknown type"),
    ],
)
async def test_a_bad_field_is_422_and_named_without_its_value(
    maya: ApiClient, change: dict[str, Any], field: str
) -> None:
    answer = await maya.post("/tickets", DRAFT | change)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert not any(str(value) in answer.text for value in change.values())


@pytest.mark.case("P13")
async def test_headers_that_claim_an_identity_are_ignored(maya: ApiClient, jonas: ApiClient) -> None:
    own = await open_ticket(maya)
    claimed = {"X-User": "maya", "X-Forwarded-User": "maya", "WorkloadAccessToken": maya.token(), "sub": "maya"}
    assert (await jonas.send("GET", f"/tickets/{own}", headers=claimed)).status_code == 404


@pytest.mark.case("P01")
async def test_reading_needs_the_read_scope_and_opening_the_write_scope(maya: ApiClient) -> None:
    reader, writer = maya.as_athlete("maya", scope="support/read"), maya.as_athlete("maya", scope="support/write")
    assert (await reader.get("/tickets")).status_code == 200
    assert (await reader.post("/tickets", DRAFT)).status_code == 403
    assert (await writer.get("/tickets")).status_code == 403
    assert (await writer.post("/tickets", DRAFT)).status_code == 201


@pytest.mark.case("P05")
async def test_a_client_without_a_user_gets_no_tickets_whatever_its_scopes(maya: ApiClient) -> None:
    client = maya.as_client()
    assert (await client.get("/tickets")).status_code == 403
    assert (await client.post("/tickets", DRAFT)).status_code == 403


@pytest.mark.case("V08")
async def test_64_interleaved_requests_of_8_athletes_never_mix(maya: ApiClient) -> None:
    athletes = [maya.as_athlete(f"athlete-{n}") for n in range(8)]
    for athlete in athletes:
        await open_ticket(athlete, f"Ticket of {athlete.subject}")
    answers = await asyncio.gather(*(athletes[n % 8].get("/tickets") for n in range(64)))
    for n, answer in enumerate(answers):
        assert [row["subject"] for row in answer.json()["tickets"]] == [f"Ticket of athlete-{n % 8}"]
