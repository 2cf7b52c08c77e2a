"""Which files `coach import` finds, and what it refuses to read."""

import gzip
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from agent.terminal.errors import UsageWrong
from agent.terminal.importing import content, zip_members
from agent.terminal.importing.errors import FileRefused
from agent.terminal.importing.found_file import FoundFile
from agent.terminal.importing.search import NOTHING_KNOWN, Search, check_paths
from tests.support.activity_files import fit_file, gpx_file, steady
from tests.support.archives import Tree, special_member, with_flags, write_tree, write_zip, zip_bytes

Found = list[tuple[str, bytes | None, str | None]]
A_LINK = (None, "a link")
ROOT = Path(__file__).parents[3]
SEARCH_AND_READ = """
import sys
from agent.terminal.importing.errors import FileRefused
from agent.terminal.importing.search import Search
with Search(len) as search:
    for file in search.files(sys.argv[1:]):
        try:
            print(f"{file.path}: {len(file.read())} bytes")
        except FileRefused as refusal:
            print(f"{file.path}: {refusal}")
"""


def ignore(_path: str) -> None:
    pass


def outcome(file: FoundFile) -> tuple[bytes | None, str | None]:
    try:
        return file.read(), None
    except FileRefused as refusal:
        return None, str(refusal)


def found(*paths: Path | str) -> Found:
    """Names relative to the first path, contents, refusals."""
    with Search(ignore) as search:
        files = search.files([str(path) for path in paths])
        return [(file.path.removeprefix(str(paths[0])), *outcome(file)) for file in files]


def names(path: Path) -> list[str]:
    return [name for name, _, _ in found(path)]


STRAVA = {
    "activities.csv": b"t",
    "activities/1.fit.gz": b"f",
    "activities/2.GPX": b"g",
    "activities/notes.txt": b"n",
    "routes/9.gpx": b"r",
    "media/1.jpg": b"j",
    "media/1.fit": b"m",
    "profile.csv": b"p",
    "clubs.csv": b"c",
}
OF_STRAVA = ["/activities/1.fit.gz", "/activities/2.GPX", "/activities.csv"]


@pytest.mark.parametrize("above", ["", "export_1/"])
def test_of_a_strava_export_its_recordings_are_taken_and_then_its_table(tmp_path: Path, above: str) -> None:
    members = {above + name: body for name, body in STRAVA.items()}
    expected = [f"/{above}{name[1:]}" for name in OF_STRAVA]
    assert names(write_zip(tmp_path, members)) == expected
    assert names(write_tree(tmp_path / "folder", members)) == expected


def test_beside_a_strava_export_other_activities_are_taken(tmp_path: Path) -> None:
    members = {f"export_1/{name}": body for name, body in STRAVA.items()} | {"ride.tcx": b"x"}
    assert names(write_tree(tmp_path, members)) == [
        "/export_1/activities/1.fit.gz",
        "/export_1/activities/2.GPX",
        "/ride.tcx",
        "/export_1/activities.csv",
    ]


def test_a_table_alone_makes_no_export_of_a_folder(tmp_path: Path) -> None:
    write_tree(tmp_path, {"activities.csv": b"t", "a.gpx": b"g"})
    assert names(tmp_path) == ["/a.gpx", "/activities.csv"]


GARMIN: Tree = {
    "DI_CONNECT/DI-Connect-Uploaded-Files/UploadedFiles_0-_Part1.zip": {"me_1.fit": b"f1", "me_2.FIT": b"f2", "x": b""},
    "DI_CONNECT/DI-Connect-Uploaded-Files/UploadedFiles_0-_Part2.zip": {"me_3.fit": b"f3", "me_4.txt": b""},
    "DI_CONNECT/DI-Connect-Fitness/me_0_summarizedActivities.json": b"s",
    "DI_CONNECT/DI-Connect-Fitness/me_gear.json": b"g",
    "DI_CONNECT/DI-Connect-Fitness/course.fit": b"c",
    "DI_CONNECT/DI-Connect-Wellness/wellness.zip": {"w.fit": b"w"},
    "customer_data/customer.json": b"c",
}
PARTS = "/DI_CONNECT/DI-Connect-Uploaded-Files/UploadedFiles_0-_Part"
OF_GARMIN = [
    (f"{PARTS}1.zip/me_1.fit", b"f1", None),
    (f"{PARTS}1.zip/me_2.FIT", b"f2", None),
    (f"{PARTS}2.zip/me_3.fit", b"f3", None),
    ("/DI_CONNECT/DI-Connect-Fitness/me_0_summarizedActivities.json", b"s", None),
]


def test_of_a_garmin_export_the_archives_inside_are_opened_and_then_the_summaries_taken(tmp_path: Path) -> None:
    assert found(write_zip(tmp_path, GARMIN)) == OF_GARMIN


def test_an_unpacked_garmin_export_is_read_likewise(tmp_path: Path) -> None:
    unpacked = {name: body if isinstance(body, bytes) else zip_bytes(body) for name, body in GARMIN.items()}
    assert found(write_tree(tmp_path, unpacked)) == OF_GARMIN
    inside = tmp_path / "DI_CONNECT" / "DI-Connect-Uploaded-Files"
    assert [name.removeprefix("/UploadedFiles_0-_Part") for name in names(inside)] == [
        "1.zip/me_1.fit",
        "1.zip/me_2.FIT",
        "2.zip/me_3.fit",
    ]


def test_older_garmin_exports_call_the_folder_of_recordings_otherwise(tmp_path: Path) -> None:
    older = "DI_CONNECT/DI-Connect-Fitness-Uploaded-Files/UploadedFiles_0.zip"
    assert found(write_zip(tmp_path, {older: {"a.fit": b"f"}})) == [(f"/{older}/a.fit", b"f", None)]


def test_files_of_an_archive_inside_are_read_in_any_order(tmp_path: Path) -> None:
    with Search(ignore) as search:
        files = search.files([str(write_zip(tmp_path, GARMIN))])
        contents = [file.read() for file in (files[2], files[0], files[2], files[1])]
    assert contents == [b"f3", b"f1", b"f3", b"f2"]


def test_a_folder_is_walked_and_other_files_are_left_alone(tmp_path: Path) -> None:
    write_tree(tmp_path, dict.fromkeys(("a/RIDE.GPX", "a/LICENSE", "b.tcx", "README.md", "other.zip"), b"x"))
    assert names(tmp_path) == ["/a/RIDE.GPX", "/b.tcx"]


def test_what_a_mac_adds_to_folders_and_archives_is_passed_over(tmp_path: Path) -> None:
    members = {"__MACOSX/a.fit": b"m", "x/__MACOSX/._a.fit": b"m", "x/._a.fit": b"m", "x/a.fit": b"f"}
    assert found(write_zip(tmp_path, members)) == [("/x/a.fit", b"f", None)]
    assert found(write_tree(tmp_path / "d", members)) == [("/x/a.fit", b"f", None)]


def test_a_folder_that_may_not_be_read_is_reported_and_the_rest_is_taken(tmp_path: Path) -> None:
    write_tree(tmp_path, {"a.fit": b"f", "closed/b.fit": b"f"})
    (tmp_path / "closed").chmod(0)
    # Root may read anything; without its capabilities it is a user like any other.
    plain_user = ["setpriv", "--inh-caps=-all", "--bounding-set=-all"] if os.getuid() == 0 else []
    done = subprocess.run(
        [*plain_user, sys.executable, "-c", SEARCH_AND_READ, str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    (tmp_path / "closed").chmod(0o700)
    assert done.stdout.splitlines() == [
        f"{tmp_path}/a.fit: 1 bytes",
        f"{tmp_path}/closed: cannot be read: Permission denied",
    ]


@pytest.mark.parametrize("path", ["", " "])
def test_an_empty_path_is_a_usage_error_and_not_the_current_folder(path: str) -> None:
    with pytest.raises(UsageWrong, match="a path is empty"):
        check_paths([path])


def test_a_missing_path_is_a_usage_error(tmp_path: Path) -> None:
    (tmp_path / "a.fit").write_bytes(b"x")
    with pytest.raises(UsageWrong, match=r"there is no .*b\.fit"):
        check_paths([str(tmp_path / "a.fit"), str(tmp_path / "b.fit")])


@pytest.mark.parametrize(
    ("name", "body"),
    [
        pytest.param("ride.bin", fit_file(steady(seconds=3)), id="FIT under another name"),
        pytest.param("ride", gpx_file(steady(seconds=3)), id="GPX without an extension"),
        pytest.param("table.csv", b"Aktivit\xc3\xa4ts-ID,Datum\n", id="table under another name"),
        pytest.param("summaries", b'[{"summarizedActivitiesExport":[]}]', id="Garmin's summaries"),
        pytest.param("RIDE.FIT", b"damaged", id="damaged, with the right name"),
    ],
)
def test_a_file_that_was_named_is_known_by_its_content(tmp_path: Path, name: str, body: bytes) -> None:
    (tmp_path / name).write_bytes(body)
    assert found(tmp_path / name) == [("", body, None)]


def test_a_compressed_file_that_was_named_is_known_by_its_content(tmp_path: Path) -> None:
    packed = gzip.compress(gpx_file(steady(seconds=3)))
    (tmp_path / "download").write_bytes(packed)
    (tmp_path / "other").write_bytes(gzip.compress(b"a letter"))
    assert found(tmp_path / "download") == [("", packed, None)]
    assert found(tmp_path / "other") == [("", None, NOTHING_KNOWN)]


def test_an_archive_under_another_name_is_opened(tmp_path: Path) -> None:
    assert found(write_zip(tmp_path, {"a.fit": b"f"}, name="export.bin")) == [("/a.fit", b"f", None)]


def test_a_file_that_was_named_but_holds_no_activity_is_reported(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_bytes(b"x")
    assert found(tmp_path / "notes.txt") == [("", None, NOTHING_KNOWN)]


def test_a_name_that_is_not_utf_8_can_be_written_and_sent(tmp_path: Path) -> None:
    path = os.fsencode(tmp_path) + b"/\xff.fit"
    Path(os.fsdecode(path)).write_bytes(b"f")
    with Search(ignore) as search:
        (file,) = search.files([str(tmp_path)])
    assert (file.name, file.read()) == ("\ufffd.fit", b"f")


def test_the_server_is_told_the_end_of_a_long_name(tmp_path: Path) -> None:
    assert FoundFile(f"{tmp_path}/{'x' * 300}.fit", bytes).name == "x" * 251 + ".fit"


def test_a_pipe_or_a_device_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.fit")
    assert found(tmp_path / "pipe.fit") == [("", None, "not a file")]
    assert found(tmp_path) == [("/pipe.fit", None, "not a file")]
    assert found("/dev/zero") == [("", None, "not a file")]


@pytest.mark.case("I01")
@pytest.mark.parametrize(
    "name",
    ["../../etc/evil.fit", "/etc/evil.fit", "a/../../evil.fit", "C:/evil.fit", "\\\\host\\evil.fit", "..\\evil.fit"],
)
def test_a_member_whose_name_leads_out_is_refused_and_the_rest_is_taken(tmp_path: Path, name: str) -> None:
    files = found(write_zip(tmp_path, {name: b"x", "good.fit": b"y"}))
    assert [file[1:] for file in files if "evil" in file[0]] == [(None, "its name leads out of the archive")]
    assert [file[1:] for file in files if "good" in file[0]] == [(b"y", None)]


@pytest.mark.case("I01")
def test_a_hostile_name_in_an_export_is_not_passed_over_in_silence(tmp_path: Path) -> None:
    files = found(write_zip(tmp_path, {**STRAVA, "../evil.fit": b"x"}))
    assert [name for name, _, refusal in files if refusal] == ["/../evil.fit"]
    assert len(files) == len(OF_STRAVA) + 1


@pytest.mark.case("I01")
@pytest.mark.parametrize(
    ("kind", "refusal"), [(0o120000, "a link"), (0o010000, "not a file"), (0o020000, "not a file")]
)
def test_a_link_or_a_device_in_an_archive_is_refused_and_the_rest_is_taken(
    tmp_path: Path, kind: int, refusal: str
) -> None:
    (tmp_path / "export.zip").write_bytes(special_member("link.fit", kind))
    assert found(tmp_path / "export.zip") == [("/good.fit", b"y", None), ("/link.fit", None, refusal)]


@pytest.mark.case("I01")
@pytest.mark.parametrize("target", ["../secret", "b.fit"])
def test_a_linked_file_in_a_folder_is_refused(tmp_path: Path, target: str) -> None:
    (tmp_path / "secret").write_bytes(b"s")
    folder = write_tree(tmp_path / "in", {"b.fit": b"x"})
    (folder / "a.fit").symlink_to(target)
    assert found(folder) == [("/a.fit", *A_LINK), ("/b.fit", b"x", None)]


@pytest.mark.case("I01")
def test_a_linked_archive_in_a_folder_is_refused(tmp_path: Path) -> None:
    private = write_zip(tmp_path, {"a.fit": b"s"}, name="private.zip")
    folder = tmp_path / "DI_CONNECT" / "DI-Connect-Uploaded-Files"
    folder.mkdir(parents=True)
    (folder / "UploadedFiles_0.zip").symlink_to(private)
    assert found(folder) == [("/UploadedFiles_0.zip", *A_LINK)]


@pytest.mark.case("I01")
def test_a_file_that_became_a_link_after_it_was_found_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"s")
    folder = write_tree(tmp_path / "in", {"a.fit": b"x"})
    with Search(ignore) as search:
        (file,) = search.files([str(folder)])
        (folder / "a.fit").unlink()
        (folder / "a.fit").symlink_to(tmp_path / "secret")
        assert outcome(file) == A_LINK


@pytest.mark.case("I01")
def test_a_linked_folder_is_not_followed(tmp_path: Path) -> None:
    write_tree(tmp_path / "private", {"a.fit": b"s"})
    folder = write_tree(tmp_path / "in", {"b.fit": b"x"})
    (folder / "linked").symlink_to(tmp_path / "private")
    assert found(folder) == [("/b.fit", b"x", None)]


@pytest.mark.case("I01")
@pytest.mark.parametrize(
    ("flags", "refusal"),
    [(0x1, "encrypted"), (0x41, "encrypted"), (0x20, "packed in an unknown way"), (0x40, "packed in an unknown way")],
)
def test_an_encrypted_member_is_refused_and_the_rest_is_taken(tmp_path: Path, flags: int, refusal: str) -> None:
    (tmp_path / "export.zip").write_bytes(with_flags(zip_bytes({"a.fit": b"x", "b.fit": b"y"}), flags))
    assert found(tmp_path / "export.zip") == [("/a.fit", None, refusal), ("/b.fit", b"y", None)]


@pytest.mark.case("I01")
@pytest.mark.parametrize("compression", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_way_of_packing_that_cannot_be_counted_is_refused(tmp_path: Path, compression: int) -> None:
    (tmp_path / "export.zip").write_bytes(zip_bytes({"a.fit": b"x" * 100}, compression=compression))
    assert found(tmp_path / "export.zip") == [("/a.fit", None, "packed in an unknown way")]


@pytest.mark.case("I01")
def test_a_member_that_unpacks_without_end_is_refused_by_size_and_the_rest_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zip_members, "LARGEST_FILE_BYTES", 100_000)
    path = write_zip(tmp_path, {"bomb.fit": bytes(900_000), "good.fit": b"y"})
    refusal = "larger than 32 MB when unpacked"
    assert found(path) == [("/bomb.fit", None, refusal), ("/good.fit", b"y", None)]


@pytest.mark.case("I01")
def test_a_member_that_unpacks_without_end_is_refused_by_ratio_and_the_rest_is_taken(tmp_path: Path) -> None:
    noise = os.urandom(40_000)  # so that the whole archive is not suspicious
    path = write_zip(tmp_path, {"bomb.fit": bytes(5_000_000), "noise.fit": noise})
    assert found(path) == [("/bomb.fit", None, "unpacks to more than 200 times its size"), ("/noise.fit", noise, None)]


@pytest.mark.case("I01")
def test_a_ratio_counts_for_all_members_together(tmp_path: Path) -> None:
    """Members of a megabyte each are harmless alone; a hundred of them in a few kilobytes are not."""
    path = write_zip(tmp_path, {f"{number:03}.fit": bytes(1_000_000) for number in range(20)})
    limit = 200 * path.stat().st_size
    files = found(path)
    read = [body for _, body, _ in files if body is not None]
    assert 0 < len(read) == limit // 1_000_000 < 20
    assert {refusal for _, body, refusal in files if body is None} == {"the archive unpacks to more than it may in all"}


@pytest.mark.case("I01")
def test_an_archive_unpacks_to_a_limit_in_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zip_members, "LARGEST_ARCHIVE_BYTES", 15)
    path = write_zip(tmp_path, {"a.fit": b"0123456789", "b.fit": b"0123456789", "c.fit": b"01234"})
    spent = "the archive unpacks to more than it may in all"
    assert [(name, refusal) for name, _, refusal in found(path)] == [
        ("/a.fit", None),
        ("/b.fit", spent),
        ("/c.fit", spent),  # what was refused half-way was unpacked all the same
    ]


@pytest.mark.case("I01")
def test_an_archive_inside_counts_into_the_limits_of_the_one_around_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inner = {"a.fit": os.urandom(1_000)}
    path = write_zip(tmp_path, {"inner.zip": inner, "z.fit": os.urandom(1_000)})
    monkeypatch.setattr(zip_members, "LARGEST_ARCHIVE_BYTES", len(zip_bytes(inner)) + 1_500)
    assert [(name, refusal) for name, _, refusal in found(path)] == [
        ("/inner.zip/a.fit", None),
        ("/z.fit", "the archive unpacks to more than it may in all"),
    ]
    monkeypatch.setattr(zip_members, "MOST_MEMBERS", 2)  # the two outside; none is left for the inside
    assert [(name, refusal) for name, _, refusal in found(path)] == [
        ("/inner.zip", "more than 2 files"),
        ("/z.fit", None),
    ]


@pytest.mark.case("I01")
def test_an_archive_inside_is_counted_once_however_often_it_is_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inner: Tree = {name: {f"{name}.fit": os.urandom(1_000)} for name in ("a.zip", "b.zip")}
    path = write_zip(tmp_path, inner)
    counted = sum(len(zip_bytes(members)) for members in inner.values() if not isinstance(members, bytes)) + 4 * 1_000
    monkeypatch.setattr(zip_members, "LARGEST_ARCHIVE_BYTES", counted)
    with Search(ignore) as search:
        a, b = search.files([str(path)])
        assert [len(file.read()) for file in (a, b, a, b)] == [1_000] * 4
        assert outcome(a) == (None, "the archive unpacks to more than it may in all")


@pytest.mark.case("I01")
def test_an_archive_that_only_unpacks_to_an_archive_without_end_is_refused(tmp_path: Path) -> None:
    bomb = zip_bytes({"a.fit": bytes(3_000_000)}, compression=zipfile.ZIP_STORED)
    path = write_zip(tmp_path, {"bomb.zip": bomb, "good.fit": os.urandom(100_000)})
    assert [(name, refusal) for name, _, refusal in found(path)] == [
        ("/bomb.zip", "unpacks to more than 200 times its size"),
        ("/good.fit", None),
    ]


@pytest.mark.case("I01")
def test_archives_are_opened_one_level_deep(tmp_path: Path) -> None:
    path = write_zip(tmp_path, {"one.zip": {"two.zip": {"a.fit": b"x"}, "b.fit": b"y"}})
    assert found(path) == [
        ("/one.zip/b.fit", b"y", None),
        ("/one.zip/two.zip", None, "archives are opened one level deep"),
    ]


@pytest.mark.case("I01")
def test_an_archive_with_too_many_members_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zip_members, "MOST_MEMBERS", 2)
    path = write_zip(tmp_path, {f"{number}.fit": b"" for number in range(3)})
    assert found(path) == [("", None, "more than 2 files")]


@pytest.mark.case("I01")
def test_a_directory_of_too_many_names_does_not_come_into_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_zip(tmp_path, {f"{number:04}.fit": b"" for number in range(100)})
    monkeypatch.setattr(zip_members, "LARGEST_DIRECTORY_BYTES", 5_000)
    assert found(path) == [("", None, "not a readable zip archive")]


def test_a_damaged_member_is_refused_by_name_and_the_rest_is_taken(tmp_path: Path) -> None:
    path = write_zip(tmp_path, {"a.fit": b"abc" * 100, "b.fit": b"y"})
    packed = bytearray(path.read_bytes())
    start = packed.index(b"a.fit") + len("a.fit")
    refusals = set()
    for offset in range(4):
        path.write_bytes(
            packed[: start + offset] + bytes([packed[start + offset] ^ 0xFF]) + packed[start + offset + 1 :]
        )
        files = found(path)
        assert files[1] == ("/b.fit", b"y", None)
        refusals.add(files[0][2])
    assert refusals == {"damaged in the archive"}


@pytest.mark.parametrize("body", [b"no zip", b"PK\x03\x04 no zip", b"PK\x05\x06", b""])
def test_something_else_under_the_name_of_an_archive_is_refused(tmp_path: Path, body: bytes) -> None:
    (tmp_path / "export.zip").write_bytes(body)
    assert found(tmp_path / "export.zip") == [("", None, "not a readable zip archive")]


def test_a_name_in_an_archive_that_is_not_text_makes_it_unreadable_and_nothing_else(tmp_path: Path) -> None:
    says_utf_8 = with_flags(zip_bytes({"XX.fit": b"x"}), 0x800)
    (tmp_path / "export.zip").write_bytes(says_utf_8.replace(b"XX.fit", b"\xff\xff.fit"))
    write_tree(tmp_path, {"good.fit": b"y"})
    assert found(tmp_path / "export.zip", tmp_path / "good.fit")[0] == ("", None, "not a readable zip archive")


DAMAGED = zip_bytes({"a.fit": b"abc" * 50, "b.zip": {"c.fit": b"d" * 50, "d/e.gpx": b"e"}, "activities.csv": b"f"})


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    at=st.integers(0, len(DAMAGED) - 1),
    byte=st.integers(0, 255),
    length=st.one_of(st.just(len(DAMAGED)), st.integers(0, len(DAMAGED))),
)
@example(at=DAMAGED.rindex(b"activities.csv"), byte=0, length=len(DAMAGED))
def test_no_damage_to_an_archive_is_more_than_a_refusal(tmp_path: Path, at: int, byte: int, length: int) -> None:
    path = tmp_path / "export.zip"
    path.write_bytes((DAMAGED[:at] + bytes([byte]) + DAMAGED[at + 1 :])[:length])
    assert all((body is None) != (refusal is None) for _, body, refusal in found(path))


def test_a_file_above_the_limit_is_refused_unread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.terminal.importing.search.LARGEST_FILE_BYTES", 3)
    write_tree(tmp_path, {"a.fit": b"1234", "b.fit": b"123"})
    assert found(tmp_path) == [("/a.fit", None, content.TOO_LARGE), ("/b.fit", b"123", None)]
