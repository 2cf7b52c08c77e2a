"""The activities API does what its OpenAPI document says, for requests of every form."""

import asyncio
from pathlib import Path

import pytest
import schemathesis
from hypothesis import strategies as st

from tests.support.activity_files import export_file, export_row, fit_file, gpx_file, steady, tcx_file
from tests.support.api_client import ApiClient
from tests.support.openapi_conformance import assert_conformance
from tests.support.uploading import upload

DOCUMENT = Path(__file__).parents[4] / "apis" / "activities" / "openapi.json"
RUN = steady(seconds=120, device_heartrate=150)
RAIN = {"Weather_Temperature": "12", "Precipitation_Intensity": "0.8", "Activity_Gear": "Blue shoes"}
FILES = [
    fit_file(RUN),
    fit_file(RUN.shifted(-86_400)),
    gpx_file(RUN),
    tcx_file(RUN),
    export_file([export_row(RUN.shifted(-86_400 * day), identifier=str(day), **RAIN) for day in range(3)]),
]


@pytest.fixture
def athlete(activities_api: ApiClient) -> ApiClient:
    """With three activities; files of activities are among the bodies that are sent."""
    schemathesis.openapi.media_type("application/octet-stream", st.sampled_from(FILES) | st.binary(max_size=200))
    for content in (FILES[0], FILES[4]):
        answer = asyncio.run(upload(activities_api, content, "a file"))
        assert answer.status_code == 200
    return activities_api


def test_every_answer_is_one_of_the_document(athlete: ApiClient) -> None:
    # Two ids of its own; an ETag and a body that fit together, which test_changing.py has.
    assert_conformance(athlete, DOCUMENT, out_of_reach={"GET /comparison", "PATCH /activities/{activity_id}"})
