"""`make bench`: every case as a ratio within one run. Absolute times of shared machines mean little."""

import sys

from benchmarks import first_answer

CASES = {"first_answer": first_answer.run}


def main(names: list[str]) -> int:
    """Run the named cases, or all of them."""
    for name in names or list(CASES):
        sys.stdout.write(f"{name}: {CASES[name]()}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
