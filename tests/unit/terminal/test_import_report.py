import json

from agent.terminal.import_report import ImportReport, UploadResult, rejected, report_items

RESULT = UploadResult.model_validate(
    {
        "imported": 1,
        "items": [
            {"name": "activities.csv#2", "status": "imported", "partial": False, "reason": None, "activity_id": "a2"},
            {"name": "activities.csv#3", "status": "merged", "partial": False, "reason": None, "activity_id": "a1"},
        ],
    }
)
DAMAGED = UploadResult.model_validate(
    {"items": [{"name": "x.fit", "status": "imported", "partial": True, "reason": "ends after 120 records"}]}
)


def report() -> ImportReport:
    made = ImportReport()
    made.add(report_items("export.zip/activities.csv", "activities.csv", RESULT))
    made.add(report_items("data/x.fit", "x.fit", DAMAGED))
    made.add([rejected("notes.txt", "not an activity\x1b[2J")])
    return made


def test_items_are_named_by_the_path_that_was_given() -> None:
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
    assert line["items"][0] == {
        "path": "export.zip/activities.csv#2",
        "status": "imported",
        "partial": False,
        "reason": None,
        "activity_id": "a2",
    }


def test_people_see_each_file_that_is_not_whole_by_name_with_what_was_saved() -> None:
    assert report().lines(dry_run=False) == [
        "data/x.fit: only a part could be read and saved: ends after 120 records",
        "notes.txt: rejected: not an activity",
        "2 imported, 1 merged with an activity that was there, 1 of them damaged or partial, 1 rejected",
    ]


def test_a_dry_run_says_what_would_happen() -> None:
    *_, counts, caution = report().lines(dry_run=True)
    assert counts.startswith("up to 2 would be imported, at least 1 merged")
    assert "does not compare files with each other" in caution
