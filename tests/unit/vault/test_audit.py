"""The audit log says when somebody has been at it."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from identity.vault.audit import CHECKPOINT_EVERY, AuditLog, AuditVerdict
from identity.vault.errors import AuditLogUnusable

KEY = bytes(range(32))
LINES = 5

Lines = list[bytes]


def open_log(path: Path, *, at_least: int = 0) -> AuditLog:
    return AuditLog(path, KEY, clock=lambda: 1_700_000_000.25, at_least=at_least)


def write(log: AuditLog, count: int = LINES) -> None:
    for number in range(count):
        log.record("decrypt", who="coach", what=f"coach/provider-{number}", decision="allowed", owner="digest")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "vault.audit.jsonl"


@pytest.fixture
def log(path: Path) -> Iterator[AuditLog]:
    opened = open_log(path)
    write(opened)
    yield opened
    opened.close()


def edit(path: Path, change: Callable[[Lines], Lines]) -> None:
    path.write_bytes(b"".join(change(path.read_bytes().splitlines(keepends=True))))


@pytest.mark.case("V25")
def test_a_line_says_who_what_when_and_the_decision(log: AuditLog, path: Path) -> None:
    log.record("read", who="coach", what="x", decision="AccessDenied", fingerprint=log.fingerprint("tok"), why="policy")
    entry = json.loads(path.read_bytes().splitlines()[-1])

    assert entry.pop("code")
    assert entry == {
        "entry": LINES + 1,
        "at": 1_700_000_000.25,
        "event": "read",
        "who": "coach",
        "what": "x",
        "decision": "AccessDenied",
        "fingerprint": log.fingerprint("tok"),
        "facts": {"why": "policy"},
    }


@pytest.mark.case("V25")
def test_an_untouched_log_verifies(log: AuditLog) -> None:
    assert log.verify() == AuditVerdict(LINES)


@pytest.mark.case("V25")
@pytest.mark.parametrize(
    ("change", "first_bad"),
    [
        pytest.param(lambda lines: lines[:1] + lines[2:], 2, id="line deleted"),
        pytest.param(lambda lines: lines[1:], 1, id="first line deleted"),
        pytest.param(lambda lines: [lines[1].replace(b"coach", b"maya1", 1), *lines[1:]], 1, id="line replaced"),
        pytest.param(
            lambda lines: [*lines[:2], lines[2].replace(b"allowed", b"refused"), *lines[3:]], 3, id="decision changed"
        ),
        pytest.param(lambda lines: [lines[0], lines[2], lines[1], *lines[3:]], 2, id="lines swapped"),
        pytest.param(lambda lines: [*lines[:3], lines[2], *lines[3:]], 4, id="line repeated"),
        pytest.param(lambda lines: [*lines[:2], b"not json\n", *lines[2:]], 3, id="line inserted"),
        pytest.param(lambda lines: [*lines, lines[-1]], 6, id="line appended"),
        pytest.param(lambda lines: lines[:-1], 5, id="last line cut"),
        pytest.param(lambda lines: lines[:2], 3, id="tail cut"),
        pytest.param(lambda _: [], 1, id="emptied"),
        pytest.param(lambda lines: [*lines[:-1], lines[-1][:20]], 5, id="last line torn"),
    ],
)
@pytest.mark.parametrize("reopened", [False, True], ids=["running", "after a restart"])
def test_tampering_is_found_at_its_line(
    path: Path, change: Callable[[Lines], Lines], first_bad: int, *, reopened: bool
) -> None:
    log = open_log(path)
    write(log)
    if reopened:
        log.close()
        edit(path, change)
        log = open_log(path)
        write(log, 2)
    else:
        edit(path, change)

    assert log.verify().first_bad_entry == first_bad
    log.close()


@pytest.mark.case("V25")
def test_a_line_cannot_be_forged_without_the_key(path: Path) -> None:
    forger = AuditLog(path, bytes(32), clock=lambda: 0.0)
    write(forger)
    forger.close()

    log = open_log(path)
    assert log.verify().first_bad_entry == 1
    log.close()


@pytest.mark.case("V25")
def test_log_and_head_set_back_together_are_told_by_the_count_from_outside(path: Path) -> None:
    head = path.with_suffix(".head")
    log = open_log(path)
    write(log, 2)
    log.checkpoint()
    earlier = path.read_bytes(), head.read_bytes()
    write(log, 2)
    log.close()
    path.write_bytes(earlier[0])
    head.write_bytes(earlier[1])

    unaware = open_log(path)
    assert unaware.verify().ok  # why the count is kept elsewhere too
    unaware.close()
    aware = open_log(path, at_least=4)
    assert aware.verify() == AuditVerdict(2, 3)
    aware.close()


@pytest.mark.case("V25")
@pytest.mark.parametrize("seal", ["0" * 64, None], ids=["forged", "lost"])
def test_a_tail_cut_with_a_head_made_to_match_is_found(path: Path, seal: str | None) -> None:
    """The codes are there to be read; only the seal of the head needs the key."""
    log = open_log(path)
    write(log)
    log.close()
    lines = path.read_bytes().splitlines(keepends=True)[:2]
    path.write_bytes(b"".join(lines))
    head = f"{2:020d} {json.loads(lines[1])['code']} {seal}\n" if seal else ""
    path.with_suffix(".head").write_text(head, encoding="ascii")

    log = open_log(path)
    assert not log.verify().ok
    log.close()


@pytest.mark.case("V25")
def test_a_genuine_line_of_an_older_course_of_events_is_found(path: Path) -> None:
    """Right number, right code after the line before it: what follows was not written after it."""
    log = open_log(path)
    write(log, 2)
    earlier = path.read_bytes(), path.with_suffix(".head").read_bytes()
    log.record("decrypt", who="coach", what="first course", decision="allowed")
    old = path.read_bytes().splitlines(keepends=True)[2]
    log.close()
    path.write_bytes(earlier[0])
    path.with_suffix(".head").write_bytes(earlier[1])
    log = open_log(path)
    write(log, 3)
    assert log.verify().ok
    edit(path, lambda lines: [*lines[:2], old, *lines[3:]])

    assert log.verify().first_bad_entry == 4
    log.close()


def test_half_a_line_of_a_power_cut_is_no_tampering(path: Path) -> None:
    """The head never counted it."""
    log = open_log(path)
    write(log)
    log.close()
    with path.open("ab") as file:
        file.write(b'{"entry": 6, "at": 17')

    log = open_log(path)
    write(log, 1)
    assert log.verify() == AuditVerdict(LINES + 1)
    log.close()


def test_a_log_goes_on_after_a_crash_between_line_and_head(path: Path) -> None:
    log = open_log(path)
    write(log, 4)
    head = path.with_suffix(".head").read_bytes()
    write(log, 1)
    log.close()
    path.with_suffix(".head").write_bytes(head)

    log = open_log(path)
    write(log, 1)
    assert log.verify() == AuditVerdict(6)
    log.close()


def test_the_count_goes_out_at_every_checkpoint_and_every_refusal(path: Path) -> None:
    counts: list[int] = []
    log = AuditLog(path, KEY, clock=lambda: 0.0, checkpointed=counts.append)
    write(log, CHECKPOINT_EVERY + 1)
    log.record("decrypt", who="coach", what="x", decision="seal-broken")
    log.close()

    assert counts == [CHECKPOINT_EVERY, CHECKPOINT_EVERY + 2, CHECKPOINT_EVERY + 2]


def test_one_process_writes(log: AuditLog, path: Path) -> None:
    with pytest.raises(AuditLogUnusable):
        open_log(path)


def test_files_are_private(log: AuditLog, path: Path, tmp_path: Path) -> None:
    assert {one.stat().st_mode & 0o777 for one in tmp_path.iterdir()} == {0o600}

    shared = tmp_path / "shared.jsonl"
    shared.touch(0o644)
    with pytest.raises(AuditLogUnusable):
        open_log(shared)
    link = tmp_path / "link.jsonl"
    link.symlink_to(path)
    with pytest.raises(AuditLogUnusable):
        open_log(link)


def test_a_fingerprint_tells_tokens_apart_and_needs_the_key(log: AuditLog, tmp_path: Path) -> None:
    other = AuditLog(tmp_path / "other.jsonl", bytes(32), clock=lambda: 0.0)
    prints = {log.fingerprint("a"), log.fingerprint("b"), other.fingerprint("a")}
    other.close()

    assert len(prints) == 3
    assert log.fingerprint("a") == log.fingerprint("a")
