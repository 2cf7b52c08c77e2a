import json

import pytest

from agent.terminal.importing.report import FileReport, ImportReport, ReportItem, UploadedItem, UploadResult
from agent.terminal.importing.report_lines import duration, report_lines

ROWS = UploadResult.model_validate(
    {
        "imported": 1,
        "merged": 1,
        "items": [
            {"name": "activities.csv#2", "status": "imported", "partial": False, "reason": None, "activity_id": "a2"},
            {"name": "activities.csv#3", "status": "merged", "partial": False, "reason": None, "activity_id": "a1"},
        ],
    }
)
DAMAGED = UploadResult.model_validate(
    {
        "imported": 1,
        "partial": 1,
        "items": [{"name": "x.fit", "status": "imported", "partial": True, "reason": "ends after 120 records"}],
    }
)
MONITORING = "a FIT file of settings or monitoring, not of an activity"
ROUTE = "the points have no times: this is a route, not an activity"


def report() -> ImportReport:
    """Done in another order than the files have."""
    made = ImportReport()
    made.record(2, FileReport.rejected("notes.txt", "not an activity\x1b[2J"))
    made.record(0, FileReport.of_upload("export.zip/activities.csv", "activities.csv", ROWS))
    made.record(1, FileReport.of_upload("data/x.fit", "x.fit", DAMAGED))
    return made


def rejected(*reasons: str) -> ImportReport:
    made = ImportReport()
    for number, reason in enumerate(reasons):
        made.record(number, FileReport.rejected(f"{number}.fit", reason))
    return made


def lines(made: ImportReport, *, dry_run: bool = False) -> list[str]:
    return report_lines(made, dry_run=dry_run, elapsed_s=2.6)


def test_items_are_named_by_the_path_that_was_given_in_the_order_of_the_files() -> None:
    assert [item.path for item in report().items] == [
        "export.zip/activities.csv#2",
        "export.zip/activities.csv#3",
        "data/x.fit",
        "notes.txt",
    ]


def test_the_json_line_counts_by_status_and_damaged_files_whatever_their_status() -> None:
    line = json.loads(report().json_line())
    counts = {name: line[name] for name in ("type", "imported", "merged", "partial", "rejected")}
    assert counts == {"type": "import_done", "imported": 2, "merged": 1, "partial": 1, "rejected": 1}
    assert list(line) == ["type", "imported", "merged", "partial", "rejected", "items"]
    assert line["items"][0] == {
        "path": "export.zip/activities.csv#2",
        "status": "imported",
        "partial": False,
        "reason": None,
        "activity_id": "a2",
    }


def test_the_counts_include_rows_that_the_server_does_not_list() -> None:
    made = ImportReport()
    listed = ROWS.model_copy(update={"imported": 7, "merged": 3, "partial": 2, "rejected": 4})
    made.record(0, FileReport.of_upload("activities.csv", "activities.csv", listed))
    line = json.loads(made.json_line())
    assert [line[name] for name in ("imported", "merged", "partial", "rejected")] == [7, 3, 2, 4]
    assert len(line["items"]) == 2


def test_counts_that_are_smaller_than_the_list_change_nothing() -> None:
    made = ImportReport()
    made.record(0, FileReport.of_upload("a", "a", ROWS.model_copy(update={"imported": 0, "merged": 0})))
    assert (made.count("imported"), made.count("merged")) == (1, 1)


@pytest.mark.parametrize(
    ("name", "path"),
    [("b.fit", "x/b.fit"), ("b.fit#2", "x/b.fit#2"), ("old.fit", "x/b.fit"), ("old.fit#2", "x/b.fit#2")],
)
def test_what_is_known_is_named_by_its_path_whatever_it_was_called_before(name: str, path: str) -> None:
    known = FileReport.of_known("x/b.fit", "b.fit", [UploadedItem(name=name, status="imported", activity_id="a")])
    assert list(known.items) == [ReportItem(path=path, status="merged", reason="already imported", activity_id="a")]


def test_what_is_known_to_be_damaged_keeps_its_reason() -> None:
    uploaded = UploadedItem(name="b.fit", status="imported", partial=True, reason="ends after 120 records")
    known = FileReport.of_known("b.fit", "b.fit", [uploaded])
    assert list(known.items) == [
        ReportItem(path="b.fit", status="merged", partial=True, reason="ends after 120 records")
    ]


def test_people_see_each_file_that_is_not_whole_by_name_with_what_was_saved_of_it() -> None:
    assert lines(report()) == [
        "data/x.fit: only a part could be read and saved: ends after 120 records",
        "notes.txt: rejected: not an activity",
        "2 imported, 1 merged (already there), 1 partial, 1 rejected in 3 s",
    ]


def test_a_dry_run_says_what_would_happen() -> None:
    assert lines(report(), dry_run=True) == [
        "data/x.fit: only a part could be read and would be saved: ends after 120 records",
        "notes.txt: rejected: not an activity",
        "2 would be imported, 1 merged (already there), 1 partial, 1 rejected in 3 s; nothing was stored",
    ]


def test_three_files_with_one_reason_have_a_line_each_and_four_have_one_together() -> None:
    assert lines(rejected("x", "y", "x", "x"))[:-1] == [
        "0.fit: rejected: x",
        "2.fit: rejected: x",
        "3.fit: rejected: x",
        "1.fit: rejected: y",
    ]
    assert lines(rejected("x", "y", "x", "x", "x"))[:-1] == [
        "4 files: rejected: x (0.fit, 2.fit, 3.fit and 1 more)",
        "1.fit: rejected: y",
    ]


def test_files_that_are_no_activities_are_passed_over_and_not_failures() -> None:
    made = rejected(*[MONITORING] * 1_200, ROUTE, "the gzip stream is damaged")
    assert lines(made) == [
        f"1,200 files: passed over: {MONITORING} (0.fit, 1.fit, 2.fit and 1,197 more)",
        f"1200.fit: passed over: {ROUTE}",
        "1201.fit: rejected: the gzip stream is damaged",
        "0 imported, 0 merged (already there), 0 partial, 1 rejected, 1,201 passed over in 3 s",
    ]
    assert json.loads(made.json_line())["rejected"] == 1_202


@pytest.mark.parametrize(
    ("reasons", "failed"),
    [
        pytest.param(["damaged"], True, id="all failed"),
        pytest.param(["damaged", ROUTE], True, id="all that could be activities failed"),
        pytest.param([MONITORING, ROUTE], False, id="none of them is an activity"),
        pytest.param([], False, id="nothing"),
    ],
)
def test_an_import_failed_if_there_were_activities_and_none_was_taken(reasons: list[str], *, failed: bool) -> None:
    made = rejected(*reasons)
    assert made.all_failed is failed
    made.record(99, FileReport.of_upload("x.fit", "x.fit", DAMAGED))
    assert made.all_failed is False


def test_a_name_that_would_move_the_cursor_does_not_reach_the_terminal() -> None:
    made = ImportReport()
    for number in range(5):
        made.record(number, FileReport.rejected(f"\x1b[2J\r\n{number}\u202e.fit", "bad\x07"))
    assert lines(made)[0] == "5 files: rejected: bad (0.fit, 1.fit, 2.fit and 2 more)"


@pytest.mark.parametrize(
    ("elapsed_s", "said"), [(0.4, "0 s"), (59.6, "1 min 0 s"), (3_599, "59 min 59 s"), (7_260, "2 h 1 min")]
)
def test_durations_are_said_as_people_say_them(elapsed_s: float, said: str) -> None:
    assert duration(elapsed_s) == said
