"""Which requests are meant for a server and come from one of its own pages."""

import pytest

from identity.own_hosts import OwnHosts

OURS = OwnHosts.with_their_pages({"127.0.0.1:8700", "LOCALHOST:8700"})
ANY_PORT = OwnHosts(frozenset({"127.0.0.1:*"}), frozenset({"http://127.0.0.1:*"}))


def headers(*given: tuple[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode("latin-1")) for name, value in given]


@pytest.mark.case("I05")
@pytest.mark.parametrize(
    "hosts",
    [
        pytest.param([], id="none"),
        pytest.param(["127.0.0.1:8700", "127.0.0.1:8700"], id="twice"),
        pytest.param(["evil.example:8700"], id="another name"),
        pytest.param(["127.0.0.1:8701"], id="another port"),
        pytest.param(["127.0.0.1"], id="no port"),
        pytest.param(["127.0.0.1:8700.evil.example"], id="a longer name"),
    ],
)
def test_a_host_that_is_not_ours_exactly_once_is_misdirected(hosts: list[str]) -> None:
    assert OURS.refusal(headers(*(("host", host) for host in hosts))) == 421


@pytest.mark.parametrize("host", ["127.0.0.1:8700", "localhost:8700", "LocalHost:8700"])
def test_our_names_pass_in_any_case(host: str) -> None:
    assert OURS.refusal(headers(("host", host))) is None


@pytest.mark.case("I05")
@pytest.mark.parametrize(
    "origins",
    [
        ["http://evil.example"],
        ["https://127.0.0.1:8700"],
        ["null"],
        [""],
        ["http://127.0.0.1:8700", "http://evil.example"],
    ],
)
def test_one_foreign_origin_among_several_is_refused(origins: list[str]) -> None:
    given = [("host", "127.0.0.1:8700"), *(("origin", origin) for origin in origins)]
    assert OURS.refusal(headers(*given)) == 403


def test_our_own_page_passes() -> None:
    assert OURS.refusal(headers(("host", "127.0.0.1:8700"), ("origin", "http://localhost:8700"))) is None


@pytest.mark.case("M01")
@pytest.mark.parametrize(
    ("host", "origin", "refusal"),
    [
        ("127.0.0.1:1", "http://127.0.0.1:65535", None),
        ("127.0.0.1:", "http://127.0.0.1:1", 421),
        ("127.0.0.1:8711:80", "http://127.0.0.1:1", 421),
        ("127.0.0.1:1", "http://127.0.0.1:1.evil.example", 403),
    ],
)
def test_a_star_stands_for_any_port_and_nothing_else(host: str, origin: str, refusal: int | None) -> None:
    assert ANY_PORT.refusal(headers(("host", host), ("origin", origin))) == refusal


def test_behind_a_platform_any_host_passes_once_and_still_no_page() -> None:
    behind = OwnHosts(None)
    assert behind.refusal(headers(("host", "whatever.platform.internal"))) is None
    assert behind.refusal(headers()) == 421
    assert behind.refusal(headers(("host", "a"), ("host", "b"))) == 421
    assert behind.refusal(headers(("host", "a"), ("origin", "https://evil.example"))) == 403
