import pytest

from agent.terminal.plain_text import one_line, with_plain_links, without_controls

R09 = pytest.mark.case("R09")


@R09
@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        pytest.param("a\x1b[31mb\x1b[0m", "ab", id="colour"),
        pytest.param("a\x1b]52;c;cm0gLXJm\x07b", "ab", id="clipboard by OSC 52"),
        pytest.param("\x1b]8;;https://evil.example\x1b\\text\x1b]8;;\x1b\\", "text", id="hidden link by OSC 8"),
        pytest.param("a\x9b2Jb", "ab", id="eight-bit CSI"),
        pytest.param("a\x9d0;title\x9cb", "ab", id="eight-bit OSC"),
        pytest.param("a\x1bPq#0\x1b\\b", "ab", id="DCS"),
        pytest.param("a\x1bcb", "ab", id="reset"),
        pytest.param("safe\rEVIL", "safeEVIL", id="carriage return"),
        pytest.param("a\x08\x7f\x00b", "ab", id="lone controls"),
        pytest.param("user\u202egnp.exe", "usergnp.exe", id="direction override"),
        pytest.param("a\U000e0041b", "ab", id="tag characters"),
        pytest.param("a\x1b]52;c;x", "a", id="unfinished OSC"),
    ],
)
def test_control_sequences_never_reach_the_terminal(hostile: str, shown: str) -> None:
    assert without_controls(hostile) == shown


def test_newline_tab_and_letters_stay() -> None:
    assert without_controls("Läufe:\n\t12 👟\r\nok") == "Läufe:\n\t12 👟\nok"


@R09
@pytest.mark.parametrize(
    ("markdown", "shown"),
    [
        ("[log in](https://evil.example/?d=120bpm)", "log in (evil.example)"),
        ("![chart](https://evil.example/p.png?hr=150)", "chart (evil.example)"),
        ("![](https://evil.example/p.png)", "image (evil.example)"),
        ('[x](<https://evil.example/a> "title")', "x (evil.example)"),
        ("<https://evil.example/?q=1>", "evil.example"),
        ("[x](javascript:alert(1))", "x (no web address))"),
        ("[x][1]\n\n[1]: https://evil.example/?q=1", "[x][1]\n\n"),
        ("[bank.example](https://evil.example)", "bank.example (evil.example)"),
    ],
)
def test_links_and_images_become_text_with_their_host(markdown: str, shown: str) -> None:
    assert with_plain_links(markdown) == shown


def test_a_status_line_is_one_short_line() -> None:
    assert one_line("a\n b\x1b[2J\tc") == "a b c"
    assert one_line("x" * 300, 10) == "x" * 9 + "…"
