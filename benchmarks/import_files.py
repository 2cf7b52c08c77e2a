"""Importing FIT files through `POST /uploads`, against the bare parser that the import is built on.

The bare parser is fitdecode as it comes, iterating the frames of the same file and keeping nothing. Both see every
file, one right after the other.
"""

import io
from collections.abc import Iterator
from functools import partial

import fitdecode

from benchmarks.api_calls import NOW, ActivitiesApi, Unanswered
from benchmarks.figures import Figure, cpu_s
from benchmarks.fit_files import MINUTES, run_file, starts
from benchmarks.stores import ATHLETE, empty_store

FILES = 1_000
SHARE = 0.6


def run(*, files: int = FILES) -> Iterator[str]:
    """The rate of the import as a share of the parser's."""
    api = empty_store()
    bare_s = import_s = 0.0
    for number, start in enumerate(starts(files, NOW)):
        content = run_file(number, start)
        bare_s += cpu_s(partial(_read, content))
        import_s += _import_s(api, f"{number}.fit", content)
    says = (
        f"{files:,} runs of {MINUTES} min at 1 s: files a second of processor time imported ({files / import_s:.1f}) "
        f"to parsed by bare fitdecode ({files / bare_s:.1f})"
    )
    yield str(Figure(says, bare_s / import_s, SHARE, "at least"))


def _read(content: bytes) -> None:
    with fitdecode.FitReader(io.BytesIO(content)) as frames:
        for _ in frames:
            pass


def _import_s(api: ActivitiesApi, name: str, content: bytes) -> float:
    event = api.event(ATHLETE, "POST", "/uploads", content, file_name=name)
    report = {}
    spent = cpu_s(lambda: report.update(api.answer(event)))
    if (report["imported"], report["partial"]) != (1, 0):
        raise Unanswered(name)
    return spent
