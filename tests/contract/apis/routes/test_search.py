from itertools import pairwise
from typing import Any

import pytest

from tests.support.api_client import ApiClient


async def walk(api: ApiClient, **filters: Any) -> list[str]:
    ids: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = (await api.get("/routes", **filters, **cursor)).json()
        ids += [route["id"] for route in page["routes"]]
        if page["next_cursor"] is None:
            return ids
        cursor = {"cursor": page["next_cursor"]}


async def test_the_catalogue_has_64_routes_and_a_page_has_10(routes_api: ApiClient) -> None:
    page = (await routes_api.get("/routes")).json()
    assert page["total_count"] == 64
    assert len(page["routes"]) == 10


async def test_a_row_has_exactly_the_documented_fields(routes_api: ApiClient) -> None:
    row = (await routes_api.get("/routes", text="outer loop tempelhofer", sport="Run")).json()["routes"][0]
    assert row == {
        "id": "berlin-tempelhof-01",
        "name": "Tempelhofer Feld Outer Loop",
        "sport": "Run",
        "surface": "paved",
        "distance": 6200.0,
        "elevation_gain": 10.0,
        "climb_category": 0,
        "start_place": "Berlin Tempelhof",
        "start_latlng": [52.4731, 13.4039],
        "shade": "low",
        "loop": True,
        "description": "The old airfield's perimeter: flat, windy and without any shade.",
    }


async def test_pages_of_7_give_every_route_once_in_the_order_of_one_search(routes_api: ApiClient) -> None:
    whole = await walk(routes_api, limit=50)
    assert await walk(routes_api, limit=7) == whole
    assert len(set(whole)) == 64


@pytest.mark.parametrize(
    ("near", "count"),
    [
        pytest.param("Berlin", 32, id="city"),
        pytest.param("grunewald", 9, id="district, lower case"),
        pytest.param("near Müggelsee", 7, id="umlaut and filler word"),
        pytest.param("Mueggelsee", 7, id="umlaut written out"),
        pytest.param("München", 8, id="local name"),
        pytest.param("Bavarian Alps", 6, id="region of two words"),
    ],
)
async def test_near_a_place_finds_the_routes_that_start_there(routes_api: ApiClient, near: str, count: int) -> None:
    assert (await routes_api.get("/routes", near=near)).json()["total_count"] == count


async def test_near_a_point_lists_the_nearest_start_first_and_nothing_beyond_25_km(routes_api: ApiClient) -> None:
    page = (await routes_api.get("/routes", near="52.4731,13.4039", limit=50)).json()
    places = [route["start_place"] for route in page["routes"]]
    assert places[0] == "Berlin Tempelhof"
    assert set(places) == {"Berlin Tempelhof", "Berlin Tiergarten", "Berlin Grunewald", "Berlin Müggelsee", "Potsdam"}
    munich = (await routes_api.get("/routes", near="48.15, 11.59", limit=50)).json()
    assert {route["start_place"] for route in munich["routes"]} == {"Munich"}


async def test_a_point_in_the_sea_has_no_routes(routes_api: ApiClient) -> None:
    assert (await routes_api.get("/routes", near="0,0")).json() == {"routes": [], "total_count": 0, "next_cursor": None}


async def test_an_unknown_place_names_the_places_there_are(routes_api: ApiClient) -> None:
    answer = await routes_api.get("/routes", near="Atlantis")
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["errors"] == [
        {
            "field": "near",
            "message": "Give latitude,longitude in degrees or one of these places: Berlin Tiergarten, "
            "Berlin Grunewald, Berlin Tempelhof, Berlin Müggelsee, Potsdam, Munich, Tegernsee, Boulder.",
        }
    ]


async def test_bounds_include_their_ends(routes_api: ApiClient) -> None:
    found = await walk(routes_api, near="Tempelhof", min_distance_m=6200, max_distance_m=8000, limit=50)
    assert found == ["berlin-tempelhof-02", "berlin-tempelhof-01"]
    found = await walk(routes_api, near="Tempelhof", min_climb_m=140, max_climb_m=160, limit=50)
    assert found == ["berlin-tempelhof-07", "berlin-tempelhof-04"]


async def test_sport_surface_and_text_must_all_hold(routes_api: ApiClient) -> None:
    assert await walk(routes_api, sport="TrailRun", surface="trail", text="wannsee") == ["berlin-grunewald-04"]
    assert await walk(routes_api, sport="TrailRun", surface="paved") == []


@pytest.mark.parametrize(
    "filters", [{"sport": "Swim"}, {"surface": "sand"}, {"limit": 0}, {"limit": 51}, {"min_distance_m": -1}]
)
async def test_a_filter_outside_its_range_is_422_and_is_not_echoed(
    routes_api: ApiClient, filters: dict[str, Any]
) -> None:
    answer = await routes_api.get("/routes", **filters, text="canary-7731")
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert [error["field"] for error in answer.json()["errors"]] == [next(iter(filters))]
    assert "canary" not in answer.text
    assert "input" not in answer.json()["errors"][0]


@pytest.mark.case("I09")
@pytest.mark.parametrize("change", ["other filter", "cut", "one character", "nonsense", "not UTF-8"])
async def test_a_changed_cursor_is_400_and_says_what_to_do(routes_api: ApiClient, change: str) -> None:
    cursor = (await routes_api.get("/routes", sport="Run", limit=3)).json()["next_cursor"]
    sport = "Ride" if change == "other filter" else "Run"
    sent = {
        "other filter": cursor,
        "cut": cursor[:-4],
        "one character": ("A" if cursor[0] != "A" else "B") + cursor[1:],
        "nonsense": "%%%",
        "not UTF-8": "A" * 24 + "_____w",
    }[change]
    answer = await routes_api.get("/routes", sport=sport, limit=3, cursor=sent)
    assert answer.status_code == 400
    assert answer.json()["detail"] == ("The cursor does not belong to this request; start again without a cursor.")


async def test_one_route_has_its_climb_profile_and_waypoints(routes_api: ApiClient) -> None:
    route = (await routes_api.get("/routes/tegernsee-01")).json()
    profile = route["climb_profile"]
    gain = sum(max(0.0, b["elevation"] - a["elevation"]) for a, b in pairwise(profile))
    assert len(profile) <= 200
    assert (profile[0], profile[-1]["distance"]) == ({"distance": 0.0, "elevation": 735.0}, 12400.0)
    assert gain == pytest.approx(890, abs=8)
    assert route["climb_category"] == 5
    assert [point["title"] for point in route["waypoints"]] == ["Rottach-Egern", "Wallberghaus", "Wallberg chapel"]
    assert (await routes_api.get("/routes/tegernsee-01/")).json() == route


async def test_an_unknown_route_is_404(routes_api: ApiClient) -> None:
    answer = await routes_api.get("/routes/atlantis-01")
    assert (answer.status_code, answer.json()["title"]) == (404, "Not Found")
