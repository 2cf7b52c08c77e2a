"""The report of an import for people: what is not whole by name, then the counts."""

from collections.abc import Sequence
from pathlib import PurePosixPath

from agent.terminal.importing.report import ImportReport, ReportItem
from agent.terminal.plain_text import one_line

NAMED_ONE_BY_ONE = 3  # so many files with the same reason have a line each
LONGEST_LINE = 400


def report_lines(report: ImportReport, *, dry_run: bool, elapsed_s: float) -> list[str]:
    """The lines, without escape sequences of names and reasons.

    Args:
        report: Of what was done.
        dry_run: Nothing was stored.
        elapsed_s: How long it took.
    """
    saved = "would be saved" if dry_run else "saved"
    groups: dict[str, list[str]] = {}
    for item in report.items:
        if what := _trouble(item, saved):
            groups.setdefault(what, []).append(item.path)
    lines = [line for what, paths in groups.items() for line in _lines(what, paths)]
    return [one_line(line, LONGEST_LINE) for line in lines] + [_counts(report, dry_run=dry_run, elapsed_s=elapsed_s)]


def duration(elapsed_s: float) -> str:
    """Seconds as people say them."""
    minutes, seconds = divmod(round(elapsed_s), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {seconds} s" if minutes else f"{seconds} s"


def _trouble(item: ReportItem, saved: str) -> str | None:
    reason = item.reason or "no reason given"
    if item.passed_over:
        return f"passed over: {reason}"
    if item.status == "rejected":
        return f"rejected: {reason}"
    return f"only a part could be read and {saved}: {reason}" if item.partial else None


def _lines(what: str, paths: Sequence[str]) -> list[str]:
    if len(paths) <= NAMED_ONE_BY_ONE:
        return [f"{path}: {what}" for path in paths]
    first = ", ".join(one_line(PurePosixPath(path).name, 80) for path in paths[:NAMED_ONE_BY_ONE])
    return [f"{len(paths):,} files: {what} ({first} and {len(paths) - NAMED_ONE_BY_ONE:,} more)"]


def _counts(report: ImportReport, *, dry_run: bool, elapsed_s: float) -> str:
    imported = f"{report.count('imported'):,} {'would be imported' if dry_run else 'imported'}"
    failed = report.count("rejected") - report.passed_over
    passed_over = [f"{report.passed_over:,} passed over"] if report.passed_over else []
    counts = [
        imported,
        f"{report.count('merged'):,} merged (already there)",
        f"{report.partial:,} partial",
        f"{failed:,} rejected",
        *passed_over,
    ]
    took = f"in {duration(elapsed_s)}"
    return f"{', '.join(counts)} {took}{'; nothing was stored' if dry_run else ''}"
