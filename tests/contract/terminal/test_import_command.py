"""`coach import` as a whole command against a stack of fakes: what is printed where, exit codes, what is remembered."""

import json
import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from agent.terminal.__main__ import main
from agent.terminal.claims import unverified_claims
from agent.terminal.home import Home, open_home, write_private
from agent.terminal.importing import upload
from agent.terminal.importing.calls import Patience
from agent.terminal.importing.upload import UNANSWERED_IN_A_ROW
from agent.terminal.signed_out import mark_signed_out
from tests.support.activities_server import ActivitiesServer, serving_activities
from tests.support.archives import write_tree, write_zip
from tests.support.pseudo_terminal import Terminal
from tests.support.runtime import FakeFront, make_athlete_key, serving

MONITORING = "a FIT file of settings or monitoring, not of an activity"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("COACH_HOME", str(tmp_path / "home"))
    return open_home(tmp_path / "home")


@pytest.fixture
def activities(home: Home) -> Iterator[ActivitiesServer]:
    """The activities server of a running stack."""
    keys = {name: make_athlete_key(home.root, name) for name in ("me", "jonas")}
    with serving(FakeFront(athlete_keys=keys)) as front, serving_activities(ActivitiesServer()) as server:
        server.issuer = front.issuer
        stack = front.endpoints(pid=os.getpid(), mcp={"activities": server.url})
        write_private(home.stack_file, json.dumps(stack).encode())
        yield server


@pytest.fixture
def export(tmp_path: Path) -> Path:
    members = {f"activities/{number:02}.fit": str(number).encode() for number in range(20)}
    return write_zip(tmp_path, {**members, "activities.csv": b"t", "routes/1.gpx": b"r"})


def only_line(text: str) -> dict[str, Any]:
    (line,) = text.splitlines()
    return dict(json.loads(line))


def test_in_a_pipe_there_is_nothing_but_the_report(
    activities: ActivitiesServer, export: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    activities.refused = {"03.fit": "damaged", **{f"1{number}.fit": MONITORING for number in range(6)}}
    assert main(["import", str(export)]) == 0
    captured = capsys.readouterr()
    *lines, counts = captured.out.splitlines()
    assert lines == [
        f"{export}/activities/03.fit: rejected: damaged",
        f"6 files: passed over: {MONITORING} (10.fit, 11.fit, 12.fit and 3 more)",
    ]
    assert counts.startswith("14 imported, 0 merged (already there), 0 partial, 1 rejected, 6 passed over in ")
    assert captured.err == ""


def test_under_json_there_is_one_line_of_the_contract(
    activities: ActivitiesServer, export: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["import", "--json", str(export)]) == 0
    captured = capsys.readouterr()
    report = only_line(captured.out)
    assert (report["type"], report["imported"], len(report["items"]), captured.err) == ("import_done", 21, 21, "")
    assert report["items"][-1]["path"] == f"{export}/activities.csv"


def test_a_dry_run_names_one_rehearsal_and_another_one_the_next_time(
    activities: ActivitiesServer, export: Path, capsys: pytest.CaptureFixture[str], home: Home
) -> None:
    assert main(["import", "--dry-run", str(export)]) == 0
    assert capsys.readouterr().out.splitlines()[-1].endswith("; nothing was stored")
    (first,) = {upload.arguments["rehearsal"] for upload in activities.uploads}
    activities.uploads.clear()
    main(["import", "--dry-run", str(export)])
    (second,) = {upload.arguments["rehearsal"] for upload in activities.uploads}
    assert len(first) == len(second) == 36
    assert first != second
    assert not (home.session / "me_activities.json").exists()


def test_an_import_is_remembered_for_the_owner_and_for_nobody_else(
    activities: ActivitiesServer, export: Path, home: Home
) -> None:
    assert main(["import", "--athlete", "jonas", str(export)]) == 0
    assert not (home.session / "me_activities.json").exists()
    assert main(["import", str(export)]) == 0
    assert (home.session / "me_activities.json").exists()


@pytest.mark.parametrize(
    ("refused", "code"),
    [
        pytest.param({"a.fit": "damaged", "b.fit": MONITORING}, 1, id="nothing taken"),
        pytest.param({"a.fit": MONITORING, "b.fit": MONITORING}, 0, id="no activities"),
        pytest.param({"a.fit": "damaged"}, 0, id="one taken"),
    ],
)
def test_the_exit_code_is_1_if_there_were_activities_and_none_was_taken(
    activities: ActivitiesServer, tmp_path: Path, refused: dict[str, str], code: int
) -> None:
    activities.refused = refused
    folder = write_tree(tmp_path / "in", {"a.fit": b"a", "b.fit": b"b"})
    assert main(["import", str(folder)]) == code


def test_the_token_may_read_and_write(activities: ActivitiesServer, export: Path, home: Home) -> None:
    assert main(["import", str(export)]) == 0
    (bearer,) = {bearer for bearer in activities.bearers if bearer}
    assert {"activities/read", "activities/write"} <= set(unverified_claims(bearer)["scope"].split())


@pytest.mark.parametrize("as_json", [False, True])
def test_a_server_that_goes_away_leaves_the_report_and_says_how_to_go_on(
    activities: ActivitiesServer,
    export: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    *,
    as_json: bool,
) -> None:
    activities.gone_after = 5
    monkeypatch.setattr(upload, "PATIENCE", Patience(pauses_s=(0.01, 0.01), in_all_s=5.0))
    assert main(["import", str(export), *(["--json"] if as_json else [])]) == 1
    captured = capsys.readouterr()
    assert captured.err.splitlines()[0] == "coach: the activities server does not answer any more"
    assert captured.err.splitlines()[1].startswith("coach: stopped after ")
    assert captured.err.endswith(" of 21 files; run the same command again to continue\n")
    if as_json:
        report = only_line(captured.out)
        assert report["type"] == "import_done"
        assert report["imported"] >= 1
        assert report["rejected"] >= UNANSWERED_IN_A_ROW
    else:
        assert "files: rejected: no answer from the activities server (the connection was lost)" in captured.out


def test_a_session_that_ended_in_the_middle_leaves_the_report(
    activities: ActivitiesServer, tmp_path: Path, home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write_tree(tmp_path / "in", {f"{number:03}.fit": str(number).encode() for number in range(200)})
    activities.slow_s = 0.02

    def sign_out() -> None:
        while len(activities.uploads) < 20:
            time.sleep(0.01)
        mark_signed_out(home)

    with ThreadPoolExecutor(1) as somebody_else:
        somebody_else.submit(sign_out)
        assert main(["import", str(folder)]) == 4
    captured = capsys.readouterr()
    imported, counts = captured.out.split(" imported, 0 merged (already there), 0 partial, 0 rejected in ")
    assert 20 <= int(imported) < 200
    assert counts.endswith(" s\n")
    assert captured.err.startswith("coach: you are signed out")
    assert f"coach: stopped after {imported} of 200 files; run the same command again to continue\n" in captured.err


def test_ctrl_c_leaves_the_report_of_what_was_done_and_says_how_to_go_on(
    activities: ActivitiesServer, export: Path, home: Home
) -> None:
    activities.slow_s = 0.3
    terminal = Terminal(home.root, "import", str(export), term="xterm")
    deadline = time.monotonic() + 30
    while len(activities.uploads) < 4 and time.monotonic() < deadline:
        time.sleep(0.05)
    terminal.interrupt()
    assert terminal.end() == 130
    assert "imported, 0 merged (already there)" in terminal.screen
    assert "of 21 files; run the same command again to continue" in terminal.screen
    assert "Traceback" not in terminal.screen
    assert len(activities.uploads) < 20
    while activities.in_flight:  # what was on its way is taken all the same
        time.sleep(0.01)
    taken = set(activities.names)
    assert main(["import", str(export)]) == 0
    # Nothing was lost, and what the server had was not sent again.
    assert set(activities.names) == {*taken, *(f"{number:02}.fit" for number in range(20)), "activities.csv"}
    assert [name for name in activities.names if activities.names.count(name) > 1] == []


def test_at_a_terminal_a_bar_shows_how_far_it_is(activities: ActivitiesServer, export: Path, home: Home) -> None:
    activities.slow_s = 0.2
    terminal = Terminal(home.root, "import", str(export), term="xterm")
    terminal.read_until("/21")
    terminal.read_until("/s")
    terminal.read_until(".fit")
    assert terminal.end() == 0
    assert "21 imported" in terminal.screen
