"""`make bench`: every case as ratios within one run. Absolute times of shared machines mean little."""

import argparse
import sys
from collections.abc import Callable, Iterable
from functools import partial

from benchmarks import first_answer, heart_rate_trend, import_files, list_activities, stream_findings
from benchmarks.gateway import memory, speed


def cases(*, files: int, calls: int) -> dict[str, Callable[[], Iterable[str]]]:
    """What can be measured, by name."""
    return {
        "first_answer": first_answer.run,
        "list_activities": list_activities.run,
        "heart_rate_trend": heart_rate_trend.run,
        "stream_findings": stream_findings.run,
        "import_files": partial(import_files.run, files=files),
        "gateway": speed.run,
        "gateway-memory": partial(memory.run, calls=calls),
    }


def main(arguments: list[str]) -> int:
    """Runs the named cases, or all of them."""
    names = list(cases(files=1, calls=1))
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("name", nargs="*", choices=[*names, []], help=", ".join(names))
    parser.add_argument("--files", type=int, default=import_files.FILES, help="of import_files (default: %(default)s)")
    parser.add_argument("--calls", type=int, default=memory.CALLS, help="of gateway-memory (default: %(default)s)")
    chosen = parser.parse_args(arguments)
    found = cases(files=chosen.files, calls=chosen.calls)
    for name in chosen.name or names:
        for line in found[name]():
            sys.stdout.write(f"{name}: {line}\n")
            sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
