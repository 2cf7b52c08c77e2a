"""Every answer that somebody has to word says which units its athlete likes; its numbers stay SI."""

import pytest

from tests.support.activity_files import fit_file, steady
from tests.support.api_client import ApiClient
from tests.support.uploading import upload

RUN = steady(seconds=60, device_heartrate=150)


@pytest.mark.parametrize("preference", ["meters", "feet"])
async def test_lists_single_activities_and_summaries_name_the_preference(
    activities_api: ApiClient, preference: str
) -> None:
    report = (await upload(activities_api, fit_file(RUN))).json()
    before = (await activities_api.get("/summary", window="all")).json()["total"]
    await activities_api.send("PATCH", "/athlete", json={"measurement_preference": preference})
    path = f"/activities/{report['items'][0]['activity_id']}"
    answers = [(await activities_api.get(each)).json() for each in ("/activities", path, "/summary?window=all")]
    assert [answer["measurement_preference"] for answer in answers] == [preference] * 3
    assert answers[2]["total"] == before
