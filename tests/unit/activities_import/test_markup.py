"""Reading XML as a stream; documents are hostile until read (security case I02)."""

import tracemalloc

import pytest

from apis.activities.errors import FileTooLarge, NoActivityInside
from apis.activities.formats import markup
from apis.activities.formats.markup import elements, instant, number
from apis.activities.formats.sniff import read_file


def names(content: bytes, *whole: str) -> list[str]:
    return [name for event, name, _ in elements(content, whole=whole) if event == "end"]


def test_a_whole_element_is_handed_over_with_everything_in_it() -> None:
    (point,) = (
        element
        for event, name, element in elements(b"<a><p><b>1</b><c><d>2</d></c></p></a>", whole={"p"})
        if event == "end" and name == "p"
    )
    assert names(b"<a><p><b>1</b></p></a>", "p") == ["b", "p", "a"]
    assert point.tag == "p"


def test_what_is_in_a_whole_element_is_there_when_it_ends() -> None:
    texts = [
        [each.text for each in element.iter("d")]
        for event, name, element in elements(b"<a><p><c><d>1</d><d>2</d></c></p><p><d>3</d></p></a>", whole={"p"})
        if event == "end" and name == "p"
    ]
    assert texts == [["1", "2"], ["3"]]


@pytest.mark.case("I02")
@pytest.mark.trap(45)
@pytest.mark.parametrize(
    "content",
    [b"<gpx>" + b"<a/>" * 30_000 + b"</gpx>", b"<gpx><trk>" + b"<trkpt><a/></trkpt>" * 10_000 + b"</trk></gpx>"],
    ids=["unknown elements", "points"],
)
def test_memory_does_not_grow_with_the_document(content: bytes) -> None:
    tracemalloc.start()
    for _ in elements(content, whole={"trkpt"}):
        pass
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2_000_000


@pytest.mark.case("I02")
def test_elements_without_end_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(markup, "MAX_ELEMENTS", 50)
    with pytest.raises(NoActivityInside):
        read_file(b"<gpx>" + b"<a/>" * 49 + b"</gpx>", name="a.gpx")
    with pytest.raises(FileTooLarge):
        read_file(b"<gpx>" + b"<a/>" * 50 + b"</gpx>", name="a.gpx")


@pytest.mark.case("I02")
def test_more_elements_in_a_point_than_memory_should_hold_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(markup, "MAX_HELD", 50)
    with pytest.raises(NoActivityInside):
        read_file(b"<gpx><trkpt>" + b"<a/>" * 48 + b"</trkpt></gpx>", name="a.gpx")
    with pytest.raises(FileTooLarge):
        read_file(b"<gpx><trkpt>" + b"<a/>" * 49 + b"</trkpt></gpx>", name="a.gpx")


@pytest.mark.case("I02")
def test_elements_nested_too_deeply_are_refused() -> None:
    deep = markup.MAX_DEPTH - 1
    with pytest.raises(NoActivityInside):
        read_file(b"<gpx>" + b"<a>" * deep + b"</a>" * deep + b"</gpx>", name="a.gpx")
    with pytest.raises(FileTooLarge):
        read_file(b"<gpx>" + b"<a>" * (deep + 1) + b"</a>" * (deep + 1) + b"</gpx>", name="a.gpx")


@pytest.mark.parametrize("encoding", ["no-such-encoding", "utf-7", "utf-32", "idna", "base64"])
def test_an_encoding_that_is_none_breaks_the_document(encoding: str) -> None:
    with pytest.raises(NoActivityInside, match="the XML breaks at line 1"):
        read_file(f'<?xml version="1.0" encoding="{encoding}"?><gpx/>'.encode(), name="a.gpx")


@pytest.mark.trap(30)
def test_a_document_in_another_encoding_is_read() -> None:
    content = (
        '<?xml version="1.0" encoding="ISO-8859-1"?><gpx><trk><name>Früh</name><trkseg>'
        '<trkpt lat="52.5" lon="13.4"><time>2026-05-04T06:30:00Z</time></trkpt></trkseg></trk></gpx>'
    ).encode("latin-1")
    (found,) = read_file(content, name="a.gpx")
    assert getattr(found, "name", None) == "Früh"


@pytest.mark.parametrize(
    ("text", "value"),
    [("12", 12.0), ("-1.5e2", -150.0), ("+.5", 0.5), ("1e999", None), ("nan", None), ("\u0661", None), ("", None)],
)
def test_a_number_is_finite_and_in_digits(text: str, value: float | None) -> None:
    assert number(text) == value


def test_a_time_at_the_end_of_the_calendar_is_none() -> None:
    assert instant("0001-01-01T00:00:00+14:00") is None
    assert instant("9999-12-31T23:59:59-14:00") is None
