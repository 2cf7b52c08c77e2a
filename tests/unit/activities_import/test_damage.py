"""Whatever is done to a file, it is read, kept in part, or refused by name: never a crash (security case I03)."""

import random

import pytest

from apis.activities.errors import FileRefused, FileTooLarge
from apis.activities.formats import fit_messages, markup, samples
from apis.activities.formats.sniff import read_file
from apis.activities.measurement import measure
from apis.activities.recordings import RecordedActivity
from tests.support.activity_files import export_file, export_row, fit_file, gpx_file, steady, tcx_file

RUN = steady(seconds=40)
FILES = {
    "fit": fit_file(RUN, developer_field="Form Power"),
    "fit with hr messages": fit_file(RUN, hr_messages=True),
    "gpx": gpx_file(RUN),
    "tcx": tcx_file(RUN),
    "export": export_file([export_row(RUN), export_row(RUN)]),
}
HOSTILE = (
    b"\x00",
    b"\xff",
    b"\xff\xff\xff\xff",
    b"\x7f\xff\xff\xff",
    b"<",
    b'"',
    b"&x;",
    b"nan",
    b"1e999",
    b"-1",
    b",",
)


def mutated(content: bytes, seed: int) -> bytes:
    """Up to twelve bytes or snippets replaced, or the end cut off."""
    choice = random.Random(seed)  # noqa: S311 - reproducible damage, no secret
    damaged = bytearray(content)
    for _ in range(choice.randint(1, 12)):
        at, snippet = choice.randrange(len(damaged)), choice.choice(HOSTILE)
        damaged[at : at + len(snippet)] = snippet
    return bytes(damaged[: choice.randrange(len(damaged))]) if choice.random() < 0.3 else bytes(damaged)


@pytest.mark.case("I03")
@pytest.mark.parametrize("kind", FILES)
def test_damage_is_read_in_part_or_refused(kind: str) -> None:
    outcomes = set()
    for seed in range(100):
        try:
            found = read_file(mutated(FILES[kind], seed), name=kind)
        except FileRefused:
            outcomes.add("refused")
            continue
        for each in found:
            if isinstance(each, RecordedActivity):
                measure(each)
                outcomes.add("read")
    assert outcomes == {"read", "refused"}


@pytest.mark.parametrize("kind", ["fit", "gpx", "tcx"])
def test_more_samples_than_anybody_records_are_refused(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(samples, "MAX_SAMPLES", 41)
    monkeypatch.setattr(fit_messages, "MAX_SAMPLES", 41)
    assert read_file(tcx_file(RUN, laps=1) if kind == "tcx" else FILES[kind], name=kind)
    monkeypatch.setattr(samples, "MAX_SAMPLES", 40)
    monkeypatch.setattr(fit_messages, "MAX_SAMPLES", 40)
    with pytest.raises(FileTooLarge):
        read_file(FILES[kind], name=kind)


@pytest.mark.case("I02")
def test_elements_without_end_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(markup, "MAX_ELEMENTS", 50)
    with pytest.raises(FileTooLarge):
        read_file(b"<gpx>" + b"<a/>" * 51 + b"</gpx>", name="a.gpx")


@pytest.mark.case("I02")
def test_elements_nested_too_deeply_are_refused() -> None:
    with pytest.raises(FileTooLarge):
        read_file(b"<gpx>" + b"<a>" * markup.MAX_DEPTH + b"</a>" * markup.MAX_DEPTH + b"</gpx>", name="a.gpx")


def test_a_cell_without_end_is_refused() -> None:
    with pytest.raises(FileRefused, match="the table breaks"):
        read_file(FILES["export"] + b'9,"' + b"x" * 200_000, name="activities.csv")
