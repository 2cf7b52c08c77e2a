"""Any order of importing, merging, changing, deleting, rehearsing and listing: the API keeps to a simple model.

The model: sources that are copies of one workout are one activity. It knows nothing of rows, pointers or tallies.
"""

import hashlib
import tempfile
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, multiple, rule

from apis.activities.handler import build_resolver
from apis.serving.cursor import CursorSeal
from apis.serving.sqlite_store import SqliteStore
from tests.support.activity_files import START, export_file, export_row, fit_file, gpx_file, steady, tcx_file
from tests.support.direct_api import DirectApi
from tests.support.library_check import check_library, stored_keys

DAY_S = 86_400.0
NOW = START + timedelta(days=60)
RUN = steady(seconds=900, step_s=30, device_heartrate=150)
# Copies of one workout that begin too far apart to be the same, and one between them that is the same as either.
EARLY, BETWEEN, LATE = RUN, RUN.shifted(100), RUN.shifted(200)
LINKED = {("early", "between"), ("between", "late"), ("early", "row"), ("row", "between")}


def _copies(day: int) -> dict[str, bytes]:
    shift = day * 17 * DAY_S  # several months
    row = export_row(EARLY.shifted(shift), identifier=str(day + 1), Weather_Temperature="12")
    return {
        "early": fit_file(EARLY.shifted(shift)),
        "between": gpx_file(BETWEEN.shifted(shift)),
        "late": tcx_file(LATE.shifted(shift)),
        "row": export_file([row]),
    }


FILES = {(day, form): content for day in range(3) for form, content in _copies(day).items()}
SOURCES = st.sampled_from(sorted(FILES))
REHEARSALS = st.sampled_from([None, "0b5f7a4e-52a1-4a55-8b0e-0123456789ab", "1b5f7a4e-52a1-4a55-8b0e-0123456789ab"])
Source = tuple[int, str]


@dataclass
class Kept:
    """One activity of the model."""

    id: str
    sources: set[Source] = field(default_factory=set)
    ids: set[str] = field(default_factory=set)
    edits: dict[str, Any] = field(default_factory=dict)


def _same(one: Source, other: Source) -> bool:
    pair = (one[1], other[1])
    return one[0] == other[0] and (pair[0] == pair[1] or pair in LINKED or pair[::-1] in LINKED)


class LibraryMachine(RuleBasedStateMachine):
    ids = Bundle("ids")

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.store = SqliteStore(Path(self.folder.name) / "activities.sqlite")
        self.api = DirectApi(build_resolver(self.store, CursorSeal(b"x" * 16), clock=lambda: NOW))
        self.kept: list[Kept] = []
        self.seen: set[str] = set()

    def teardown(self) -> None:
        self.store.close()
        self.folder.cleanup()

    @initialize(source=SOURCES, target=ids)
    def first(self, source: Source) -> Any:
        return self.import_file(source)

    @rule(source=SOURCES, target=ids)
    def import_file(self, source: Source) -> Any:
        same = self._same_as(source)
        answer = self.api.call("POST", "/uploads", content=FILES[source], query={"file_name": "a"})
        item = self._only_item(answer.body, status="merged" if same else "imported")
        if same:
            first = min(same, key=lambda each: each.id)
            for other in [each for each in same if each is not first]:
                first.ids |= other.ids
                first.sources |= other.sources
                first.edits = {**other.edits, **first.edits}
                self.kept.remove(other)
        else:
            first = Kept(item["activity_id"], ids={item["activity_id"]})
            self.kept.append(first)
        first.sources.add(source)
        assert item["activity_id"] == first.id
        new = first.ids - self.seen
        self.seen |= first.ids
        return multiple(*new)

    @rule(source=SOURCES, rehearsal=REHEARSALS)
    def rehearse(self, source: Source, rehearsal: str | None) -> None:
        before = stored_keys(self.store, self.api.partition) | {"REHEARSAL": {}}
        query = {"file_name": "a", "dry_run": "true"} | ({"rehearsal": rehearsal} if rehearsal else {})
        answer = self.api.call("POST", "/uploads", content=FILES[source], query=query)
        if rehearsal is None:
            self._only_item(answer.body, status="merged" if self._same_as(source) else "imported")
        assert stored_keys(self.store, self.api.partition) | {"REHEARSAL": {}} == before

    @rule(activity_id=ids, name=st.sampled_from(["Mine", None]), sport=st.sampled_from(["Ride", "Run", None]))
    def change(self, activity_id: str, name: str | None, sport: str | None) -> None:
        kept = self._with_id(activity_id)
        edits = {"name": name, "sport_type": sport}
        seen = self.api.call("GET", f"/activities/{activity_id}").headers.get("etag", '"none"')
        path, headers = f"/activities/{activity_id}", {"If-Match": seen}
        answer = self.api.call("PATCH", path, json_body=edits, headers=headers)
        assert answer.status == (200 if kept else 404)
        if kept:
            kept.edits = {field: value for field, value in {**kept.edits, **edits}.items() if value is not None}
            unchanged = answer.headers["etag"] == seen
            again = self.api.call("PATCH", path, json_body={"commute": True}, headers=headers)
            assert again.status == (200 if unchanged else 412)
            if unchanged:
                kept.edits["commute"] = True

    @rule(activity_id=consumes(ids), target=ids)
    def delete(self, activity_id: str) -> Any:
        kept = self._with_id(activity_id)
        answer = self.api.call("DELETE", f"/activities/{activity_id}")
        assert answer.status == (204 if kept else 404)
        if kept:
            self.kept.remove(kept)
        return activity_id

    @rule(
        limit=st.integers(1, 3),
        order=st.sampled_from(["asc", "desc"]),
        order_by=st.sampled_from(["start_date", "distance", "average_speed"]),
        filters=st.sampled_from([{}, {"sport_type": "Run"}, {"weather": "cool"}, {"text": "mine"}]),
    )
    def page_through(self, limit: int, order: str, order_by: str, filters: dict[str, str]) -> None:
        query: dict[str, Any] = {"limit": limit, "order": order, "order_by": order_by, **filters}
        whole = self.api.call("GET", "/activities", query={**query, "limit": 50}).body
        pages: list[str] = []
        cursor: dict[str, str] = {}
        while True:
            page = self.api.call("GET", "/activities", query=query | cursor).body
            pages += [each["id"] for each in page["activities"]]
            assert page["total_count"] == len(whole["activities"])
            if page["next_cursor"] is None:
                break
            cursor = {"cursor": page["next_cursor"]}
        assert pages == [each["id"] for each in whole["activities"]]
        assert set(pages) == {each.id for each in self.kept if self._matches(each, filters)}

    @invariant()
    def the_list_is_the_model(self) -> None:
        answer = self.api.call("GET", "/activities", query={"limit": 50}).body
        assert {each["id"] for each in answer["activities"]} == {each.id for each in self.kept}
        starts = [each["start_date"] for each in answer["activities"]]
        assert starts == sorted(starts, reverse=True)
        assert answer["total_count"] == len(self.kept)
        for found in answer["activities"]:
            kept = self._with_id(found["id"])
            assert kept is not None
            assert len(found["sources"]) == len(kept.sources)
            assert {name: found[name] for name in kept.edits} == kept.edits

    @invariant()
    def every_id_leads_to_its_activity_or_nowhere(self) -> None:
        for activity_id in self.seen:
            kept = self._with_id(activity_id)
            answer = self.api.call("GET", f"/activities/{activity_id}")
            assert answer.status == (200 if kept else 404)
            assert kept is None or answer.body["id"] == kept.id

    @invariant()
    def a_file_is_known_exactly_while_its_activity_exists(self) -> None:
        recordings = {source: hashlib.sha256(FILES[source]).hexdigest() for source in FILES if source[1] != "row"}
        answer = self.api.call("GET", "/uploads", query={"sha256": list(recordings.values())}).body
        known = {each["sha256"] for each in answer["uploads"]}
        assert known == {recordings[one] for each in self.kept for one in each.sources if one in recordings}

    @invariant()
    def everything_stored_fits_together(self) -> None:
        assert check_library(self.store, self.api.partition) == len(self.kept)

    def _same_as(self, source: Source) -> list[Kept]:
        return [each for each in self.kept if any(_same(source, own) for own in each.sources)]

    def _with_id(self, activity_id: str) -> Kept | None:
        return next((each for each in self.kept if activity_id in each.ids), None)

    def _only_item(self, report: dict[str, Any], *, status: str) -> dict[str, Any]:
        (item,) = report["items"]
        assert item["status"] == status, report
        found: dict[str, Any] = item
        return found

    def _matches(self, kept: Kept, filters: dict[str, str]) -> bool:
        if "sport_type" in filters:
            return bool(kept.edits.get("sport_type", "Run") == filters["sport_type"])
        if "weather" in filters:
            return any(form == "row" for _, form in kept.sources)
        return "text" not in filters or kept.edits.get("name") == "Mine"


TestLibraryMachine = LibraryMachine.TestCase
TestLibraryMachine.settings = settings(
    max_examples=25,
    stateful_step_count=12,
    derandomize=True,
    database=None,
    phases=[Phase.generate],  # a failure is a dozen steps at most, and shrinking it takes minutes
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
