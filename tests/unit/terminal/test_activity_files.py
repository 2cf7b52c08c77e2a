import stat
import zipfile
from pathlib import Path

import pytest

from agent.terminal import activity_files as subject
from agent.terminal.activity_files import activity_files
from agent.terminal.errors import UsageWrong


def archive_of(tmp_path: Path, members: dict[str, bytes]) -> str:
    path = tmp_path / "export.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return str(path)


def found(path: str) -> list[tuple[str, bytes | None, str | None]]:
    return [(file.path.removeprefix(path), file.content, file.refusal) for file in activity_files([path])]


def test_a_strava_export_gives_its_activities_and_then_its_table(tmp_path: Path) -> None:
    path = archive_of(tmp_path, {"activities.csv": b"t", "activities/1.fit.gz": b"f", "profile.csv": b"", "x.jpg": b""})
    assert found(path) == [("/activities/1.fit.gz", b"f", None), ("/activities.csv", b"t", None)]


def test_a_folder_is_walked_and_other_files_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    for name in ("a/RIDE.GPX", "a/LICENSE", "b.tcx", "README.md", "activities.csv"):
        (tmp_path / name).write_bytes(b"x")
    assert [file.path for file in activity_files([str(tmp_path)])] == [
        str(tmp_path / "a/RIDE.GPX"),
        str(tmp_path / "b.tcx"),
        str(tmp_path / "activities.csv"),
    ]


def test_what_a_mac_adds_to_folders_and_archives_is_passed_over(tmp_path: Path) -> None:
    members = {"__MACOSX/a.fit": b"m", "x/__MACOSX/._a.fit": b"m", "x/._a.fit": b"m", "x/a.fit": b"f"}
    assert found(archive_of(tmp_path, members)) == [("/x/a.fit", b"f", None)]
    for name, content in members.items():
        (tmp_path / "d" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "d" / name).write_bytes(content)
    assert found(str(tmp_path / "d")) == [("/x/a.fit", b"f", None)]


@pytest.mark.parametrize("path", ["", " "])
def test_an_empty_path_is_a_usage_error_and_not_the_current_folder(path: str) -> None:
    with pytest.raises(UsageWrong, match="a path is empty"):
        activity_files([path])


def test_a_file_that_was_named_but_holds_no_activity_is_reported(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_bytes(b"x")
    assert found(str(tmp_path / "notes.txt")) == [("", None, "not a FIT, GPX, TCX or Strava export")]


def test_a_missing_path_is_a_usage_error_before_anything_is_sent(tmp_path: Path) -> None:
    (tmp_path / "a.fit").write_bytes(b"x")
    with pytest.raises(UsageWrong, match=r"there is no .*b\.fit"):
        activity_files([str(tmp_path / "a.fit"), str(tmp_path / "b.fit")])


@pytest.mark.case("I01")
@pytest.mark.parametrize("name", ["../../etc/evil.fit", "/etc/evil.fit", "a/../../evil.fit", "C:/evil.fit"])
def test_a_member_whose_name_leads_out_is_refused_and_the_rest_is_taken(tmp_path: Path, name: str) -> None:
    path = archive_of(tmp_path, {name: b"x", "good.fit": b"y"})
    files = list(activity_files([path]))
    assert [(file.content, file.refusal) for file in files if "evil" in file.path] == [
        (None, "its name leads out of the archive")
    ]
    assert [file.content for file in files if "good" in file.path] == [b"y"]


@pytest.mark.case("I01")
def test_a_link_in_an_archive_is_refused_and_the_rest_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "export.zip"
    link = zipfile.ZipInfo("link.fit")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(link, "/etc/passwd")
        archive.writestr("good.fit", b"y")
    assert found(str(path)) == [("/good.fit", b"y", None), ("/link.fit", None, "a link")]


@pytest.mark.case("I01")
def test_a_linked_file_in_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"s")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.fit").symlink_to(tmp_path / "secret")
    assert found(str(tmp_path / "in")) == [("/a.fit", None, "a link")]


@pytest.mark.case("I01")
def test_a_member_that_unpacks_without_end_is_refused_and_the_rest_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subject, "LARGEST_FILE_BYTES", 100_000)
    path = archive_of(tmp_path, {"bomb.fit": bytes(3_000_000), "good.fit": b"y"})
    assert found(path) == [("/bomb.fit", None, "too large when unpacked"), ("/good.fit", b"y", None)]


@pytest.mark.case("I01")
def test_an_archive_unpacks_to_a_limit_in_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subject, "LARGEST_ARCHIVE_BYTES", 15)
    path = archive_of(tmp_path, {"a.fit": b"0123456789", "b.fit": b"0123456789", "c.fit": b"01234"})
    assert [(name, refusal) for name, _, refusal in found(path)] == [
        ("/a.fit", None),
        ("/b.fit", "too large when unpacked"),
        ("/c.fit", None),
    ]


@pytest.mark.case("I01")
def test_an_archive_with_too_many_members_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subject, "MOST_MEMBERS", 2)
    path = archive_of(tmp_path, {f"{number}.fit": b"" for number in range(3)})
    assert found(path) == [("", None, "more than 2 files")]


def test_a_damaged_member_is_refused_by_name_and_the_rest_is_taken(tmp_path: Path) -> None:
    path = Path(archive_of(tmp_path, {"a.fit": b"abc" * 100, "b.fit": b"y"}))
    content = bytearray(path.read_bytes())
    start = content.index(b"a.fit") + len("a.fit")
    content[start + 2] ^= 0xFF
    path.write_bytes(content)
    assert found(str(path)) == [("/a.fit", None, "damaged in the archive"), ("/b.fit", b"y", None)]


def test_something_else_under_the_name_of_an_archive_is_refused(tmp_path: Path) -> None:
    (tmp_path / "export.zip").write_bytes(b"no zip")
    assert found(str(tmp_path / "export.zip")) == [("", None, "not a readable zip archive")]


@pytest.mark.case("I01")
def test_a_link_to_a_file_beside_it_is_refused_as_well(tmp_path: Path) -> None:
    (tmp_path / "a.fit").write_bytes(b"x")
    (tmp_path / "b.fit").symlink_to(tmp_path / "a.fit")
    assert found(str(tmp_path)) == [("/a.fit", b"x", None), ("/b.fit", None, "a link")]
