"""`coach import` against a server of the MCP SDK over a real socket: the tools' contract as the terminal uses it."""

import gzip
import hashlib
import itertools
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from agent.terminal.errors import NotSignedIn, TerminalError, UploadRefused
from agent.terminal.importing.calls import Patience
from agent.terminal.importing.content import GZIP_ABOVE_BYTES
from agent.terminal.importing.found_file import FoundFile, refused
from agent.terminal.importing.options import UploadOptions
from agent.terminal.importing.report import ImportReport
from agent.terminal.importing.upload import IN_FLIGHT, UNANSWERED_IN_A_ROW, upload_all
from tests.support.activities_server import ActivitiesServer, serving_activities

IMPATIENT = Patience(pauses_s=(0.01, 0.02, 0.04), in_all_s=5.0)
NO_ANSWER = "no answer from the activities server"


@pytest.fixture
def activities() -> Iterator[ActivitiesServer]:
    with serving_activities(ActivitiesServer()) as server:
        yield server


@dataclass
class Import:
    """One run of an import."""

    url: str
    report: ImportReport = field(default_factory=ImportReport)
    sent: list[str] = field(default_factory=list)
    error: TerminalError | None = None

    def run(
        self,
        *files: FoundFile,
        token: Callable[[bool], str] = lambda _renew: "tok",
        options: UploadOptions | None = None,
        patience: Patience = IMPATIENT,
    ) -> "Import":
        try:
            upload_all(
                self.url,
                token,
                files,
                options or UploadOptions(),
                done=self.report.record,
                sending=self.sent.append,
                patience=patience,
            )
        except TerminalError as error:
            self.error = error
        return self

    @property
    def lines(self) -> list[tuple[str, str, str | None]]:
        return [(item.path, item.status, item.reason) for item in self.report.items]


def a_file(path: str, content: bytes | None = None) -> FoundFile:
    return FoundFile.of_content(path, path.encode() if content is None else content)


def some_files(count: int, suffix: str = ".fit") -> list[FoundFile]:
    return [a_file(f"{number:03}{suffix}") for number in range(count)]


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def test_each_file_is_sent_with_its_name_and_the_athletes_zone(activities: ActivitiesServer) -> None:
    done = Import(activities.url).run(a_file("x/a.fit"), options=UploadOptions(home_timezone="Europe/Berlin"))
    (upload,) = activities.uploads
    assert (upload.name, upload.content) == ("a.fit", b"x/a.fit")
    assert upload.arguments == {"dry_run": False, "rehearsal": None, "home_timezone": "Europe/Berlin"}
    assert set(activities.bearers) == {"tok"}
    (item,) = done.report.items
    assert (item.path, item.status, item.activity_id) == ("x/a.fit", "imported", "id-a.fit")


def test_all_files_of_a_dry_run_name_the_same_rehearsal(activities: ActivitiesServer) -> None:
    Import(activities.url).run(*some_files(3), options=UploadOptions(dry_run=True, rehearsal="r-1"))
    assert [upload.arguments["rehearsal"] for upload in activities.uploads] == ["r-1"] * 3
    assert [upload.arguments["dry_run"] for upload in activities.uploads] == [True] * 3


def test_a_large_file_is_compressed(activities: ActivitiesServer) -> None:
    large = b"<trk>" * GZIP_ABOVE_BYTES
    Import(activities.url).run(a_file("l.gpx", large), a_file("s.gpx", b"s"))
    assert gzip.decompress(activities.taken("l.gpx").content) == large
    assert activities.taken("s.gpx").content == b"s"


def test_a_file_that_is_refused_fails_alone_and_the_order_of_the_files_is_kept(activities: ActivitiesServer) -> None:
    activities.refused = {"001.fit": "the content is not FIT, GPX or TCX"}
    files = [*some_files(8), refused("z.zip/l.fit", "a link"), a_file("empty.fit", b"")]
    done = Import(activities.url).run(*files)
    assert [path for path, _, _ in done.lines] == [file.path for file in files]
    assert [line for line in done.lines if line[1] == "rejected"] == [
        ("001.fit", "rejected", "the content is not FIT, GPX or TCX"),
        ("z.zip/l.fit", "rejected", "a link"),
        ("empty.fit", "rejected", "the file has 0 bytes"),
    ]
    assert done.error is None
    assert activities.attempts.count("001.fit") == 1  # the server has looked at it


def test_several_files_are_on_their_way_at_once_but_not_more(activities: ActivitiesServer) -> None:
    activities.slow_s = 0.1
    Import(activities.url).run(*some_files(3 * IN_FLIGHT))
    assert activities.most_in_flight == IN_FLIGHT
    assert len(activities.uploads) == 3 * IN_FLIGHT


def test_a_table_goes_alone(activities: ActivitiesServer) -> None:
    activities.slow_s = 0.05
    files = some_files(5)
    Import(activities.url).run(*files, a_file("activities.csv"), *some_files(3, ".gpx"))
    assert activities.taken("activities.csv").others_in_flight == 0
    order = [upload.name for upload in activities.uploads]
    assert order.index("activities.csv") == len(files)


def test_what_is_read_ahead_is_bounded(activities: ActivitiesServer) -> None:
    """Of an export only so much is in memory as is on its way; the rest is read when its turn comes."""
    activities.slow_s = 0.02
    read_ahead: list[int] = []
    count = itertools.count(1)

    def read() -> bytes:
        number = next(count)
        read_ahead.append(number - len(activities.uploads))
        return number.to_bytes(2, "big") + bytes(3 * 1024 * 1024)

    Import(activities.url).run(*(FoundFile(f"{number}.fit", read) for number in range(40)))
    assert len(activities.uploads) == 40
    batch = 6  # of 3 MB are 16 MB
    assert max(read_ahead) <= batch + 2 * IN_FLIGHT + 1


def test_what_the_server_has_is_not_sent_again(activities: ActivitiesServer) -> None:
    packed = gzip.compress(gzip.compress(b"old"))
    item = {"name": "before.fit", "status": "imported", "partial": False, "reason": None, "activity_id": "id-1"}
    activities.knows = {digest(b"old"): [item]}
    done = Import(activities.url).run(a_file("new.fit"), a_file("again.fit.gz", packed), a_file("copy.fit", b"old"))
    assert activities.names == ["new.fit"]
    assert done.lines == [
        ("new.fit", "imported", None),
        ("again.fit.gz", "merged", "already imported"),
        ("copy.fit", "merged", "already imported"),
    ]
    assert done.report.items[1].activity_id == "id-1"
    assert activities.asked == [[digest(b"new.fit"), digest(b"old")]]


def test_the_server_is_asked_about_fifty_files_at_a_time(activities: ActivitiesServer) -> None:
    Import(activities.url).run(*some_files(120))
    assert [len(digests) for digests in activities.asked] == [50, 50, 20]
    assert len(activities.uploads) == 120


@pytest.mark.parametrize("name", ["activities.csv", "me_0_summarizedActivities.json", "other.CSV"])
def test_a_table_is_sent_even_if_the_server_has_it(activities: ActivitiesServer, name: str) -> None:
    activities.knows = {digest(b"t"): [{"name": name, "status": "imported"}]}
    Import(activities.url).run(a_file(name, b"t"))
    assert activities.names == [name]
    assert activities.asked == []


def test_an_import_that_is_run_again_sends_nothing_but_its_tables(activities: ActivitiesServer) -> None:
    files = [*some_files(6), a_file("activities.csv")]
    Import(activities.url).run(*files)
    again = Import(activities.url).run(*files)
    assert len(activities.uploads) == len(files) + 1
    assert {status for _, status, _ in again.lines} == {"merged"}


@pytest.mark.parametrize("offered", [False, True])
def test_a_server_that_cannot_say_what_it_has_is_sent_everything(offered: bool) -> None:
    with serving_activities(ActivitiesServer(offers_list=offered, list_fails=True)) as server:
        server.knows = {digest(b"000.fit"): []}
        done = Import(server.url).run(*some_files(2))
        assert server.names == ["000.fit", "001.fit"]
    assert done.error is None


def test_a_call_that_failed_in_passing_is_repeated(activities: ActivitiesServer) -> None:
    activities.fails_first = {"000.fit": 2}
    activities.rate_limited = {"001.fit": 0}
    done = Import(activities.url).run(*some_files(3))
    assert [status for _, status, _ in done.lines] == ["imported"] * 3
    assert (activities.attempts.count("000.fit"), activities.attempts.count("001.fit")) == (3, 2)
    assert done.error is None


def test_a_pause_that_the_server_names_is_made(activities: ActivitiesServer) -> None:
    activities.rate_limited = {"000.fit": 60}
    done = Import(activities.url).run(*some_files(2), patience=Patience(pauses_s=(0.01,), in_all_s=50.0))
    assert done.lines == [
        ("000.fit", "rejected", f"{NO_ANSWER} (Too many requests.)"),  # a minute is longer than this patience
        ("001.fit", "imported", None),
    ]
    assert activities.attempts.count("000.fit") == 1
    activities.rate_limited = {"000.fit": 1}
    began = time.monotonic()
    Import(activities.url).run(a_file("000.fit"), patience=Patience(pauses_s=(0.01,), in_all_s=5.0))
    assert time.monotonic() - began >= 1
    assert activities.attempts.count("000.fit") == 3


def test_an_answer_that_was_lost_loses_nothing(activities: ActivitiesServer) -> None:
    activities.lost_answers = {"000.fit": 1, "001.fit": 2}
    done = Import(activities.url).run(*some_files(6))
    assert [path for path, _, _ in done.lines] == [file.path for file in some_files(6)]
    assert done.error is None
    assert {upload.name for upload in activities.uploads} == {file.path for file in some_files(6)}
    # The server had taken the two; it says so of their repetition.
    assert [status for _, status, _ in done.lines] == ["merged", "merged", *["imported"] * 4]


@pytest.mark.parametrize("status", [500, 502, 503, 429])
def test_an_http_error_of_the_server_is_one_call_that_is_repeated(activities: ActivitiesServer, status: int) -> None:
    activities.statuses = [status, status]
    done = Import(activities.url).run(*some_files(3))
    assert [status for _, status, _ in done.lines] == ["imported"] * 3


def test_a_call_that_the_server_refuses_is_not_repeated(activities: ActivitiesServer) -> None:
    activities.statuses = [403]
    done = Import(activities.url).run(a_file("a.fit"), a_file("b.fit"))
    assert sorted(status for _, status, _ in done.lines) == ["imported", "rejected"]
    assert len(activities.attempts) == 1


def test_a_file_that_brings_the_server_down_fails_alone(activities: ActivitiesServer) -> None:
    activities.lost_answers = {"003.fit": 99}
    done = Import(activities.url).run(*some_files(12))
    assert [line for line in done.lines if line[1] == "rejected"] == [
        ("003.fit", "rejected", f"{NO_ANSWER} (the connection was lost)")
    ]
    assert len(done.lines) == 12
    assert 99 - activities.lost_answers["003.fit"] == 1 + len(IMPATIENT.pauses_s)
    assert str(done.error) == "the activities server did not answer for every file"


def test_many_files_that_bring_the_server_down_do_not_end_the_import_while_others_are_taken(
    activities: ActivitiesServer,
) -> None:
    files = some_files(4 * UNANSWERED_IN_A_ROW)
    activities.lost_answers = {file.path: 99 for file in files[::3]}
    done = Import(activities.url).run(*files)
    assert [status for _, status, _ in done.lines].count("rejected") == len(files[::3]) > UNANSWERED_IN_A_ROW
    assert len(done.lines) == len(files)
    assert str(done.error) == "the activities server did not answer for every file"


def test_a_server_that_goes_away_in_the_middle_ends_the_import_with_what_was_done(
    activities: ActivitiesServer,
) -> None:
    activities.gone_after = 20
    done = Import(activities.url).run(*some_files(200))
    imported = [path for path, status, _ in done.lines if status == "imported"]
    assert set(imported) <= set(activities.names)
    assert len(imported) >= 20 - IN_FLIGHT
    assert UNANSWERED_IN_A_ROW <= len(done.lines) - len(imported) < UNANSWERED_IN_A_ROW + IN_FLIGHT
    assert str(done.error) == "the activities server does not answer any more"
    assert isinstance(done.error, UploadRefused)


def test_an_import_that_broke_off_is_continued_where_it_ended(activities: ActivitiesServer) -> None:
    activities.gone_after = 20
    files = some_files(60)
    Import(activities.url).run(*files)
    activities.gone_after = None
    done = Import(activities.url).run(*files)
    assert done.error is None
    assert activities.names == [file.path for file in files]  # each of them once
    assert len(done.lines) == 60


def test_a_token_that_cannot_be_had_ends_the_import_before_anything_is_sent(activities: ActivitiesServer) -> None:
    def token(renew: bool) -> str:
        raise NotSignedIn("the session has ended")

    done = Import(activities.url).run(a_file("a.fit"), token=token)
    assert isinstance(done.error, NotSignedIn)
    assert activities.bearers == []


def test_a_session_that_ends_in_the_middle_ends_the_import_with_its_own_error(activities: ActivitiesServer) -> None:
    tokens = ["tok"] * 12

    def token(renew: bool) -> str:
        if not tokens:
            raise NotSignedIn("the session has ended")
        return tokens.pop()

    activities.refused_bearers = {""}
    done = Import(activities.url).run(*some_files(200), token=token)
    assert isinstance(done.error, NotSignedIn)
    assert str(done.error) == "the session has ended"
    assert 1 <= len(activities.uploads) < 30
    assert {status for _, status, _ in done.lines} == {"imported"}


def test_a_token_that_the_server_refuses_is_renewed_once_for_all_calls(activities: ActivitiesServer) -> None:
    activities.slow_s = 0.05
    good = ["first"]
    renewals: list[str] = []

    def token(renew: bool) -> str:
        if renew:
            renewals.append(good[0])
            good[0] = "second"
        return good[0]

    def read() -> bytes:
        activities.refused_bearers = {"first"}  # from the second batch on
        return b"x"

    files = [*some_files(50), FoundFile("x.fit", read), *some_files(20, ".gpx")]
    done = Import(activities.url).run(*files, token=token)
    assert done.error is None
    assert {status for _, status, _ in done.lines} == {"imported"}
    assert renewals == ["first"]


def test_a_sign_in_that_is_refused_even_when_renewed_ends_the_import(activities: ActivitiesServer) -> None:
    def read() -> bytes:
        activities.refused_bearers = {"tok"}
        return b"x"

    files = [*some_files(50), FoundFile("x.fit", read), *some_files(20, ".gpx")]
    done = Import(activities.url).run(*files)
    assert isinstance(done.error, NotSignedIn)
    assert {status for _, status, _ in done.lines} == {"imported"}  # nothing is blamed on a file
    assert 1 <= len(done.lines) < len(files)


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param({"items": [{"name": "000.fit", "status": "pondered"}]}, id="unknown to us"),
        pytest.param({"activities": []}, id="against its own schema"),
    ],
)
def test_an_answer_of_another_version_is_the_reason_of_its_file(
    activities: ActivitiesServer, answer: dict[str, Any]
) -> None:
    activities.answers = {"000.fit": answer}
    done = Import(activities.url).run(*some_files(2))
    assert done.lines == [
        ("000.fit", "rejected", "the server's answer is not one that this version knows"),
        ("001.fit", "imported", None),
    ]


def test_the_athlete_sees_which_file_is_next(activities: ActivitiesServer) -> None:
    done = Import(activities.url).run(*some_files(5))
    assert sorted(done.sent) == [file.path for file in some_files(5)]


@pytest.mark.parametrize("gone_after", [None, 0])
def test_a_server_that_is_not_there_is_one_error_of_the_upload(gone_after: int | None) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/mcp"
        with serving_activities(ActivitiesServer(gone_after=0)) as server:
            done = Import(url if gone_after is None else server.url).run(a_file("a.fit"))
    assert str(done.error) == "the activities server did not take the upload"
    assert done.lines == []
