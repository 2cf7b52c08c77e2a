"""A stand-in for `python -m local_agentcore.stack`: same arguments, same line, same end, but a fake front inside.

Named failure knobs are files in the home: `fail-start` makes it complain and end, `fail-part` too,
with the words about a part whose reason is in the log, `never-ready` makes it hang.
"""

import json
import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))


def main() -> int:
    home = Path(sys.argv[sys.argv.index("--home") + 1])
    with (home / "starts").open("a", encoding="utf-8") as starts:
        starts.write(f"{os.getpid()} {' '.join(sys.argv[1:])}\n")
    if (home / "fail-start").exists():
        sys.stderr.write("loading\ncoach: port 8700 of authorization_server is in use\n")
        return 1
    if (home / "fail-part").exists():
        sys.stderr.write("coach: authorization_server did not start; the reason is in the log folder of COACH_HOME\n")
        return 1
    if (home / "never-ready").exists():
        time.sleep(60)
    from tests.support.runtime import FakeFront, make_athlete_key, serving  # noqa: PLC0415 -- slower than the knobs

    keys = {name: make_athlete_key(home, name) for name in ("maya", "jonas", "me")}
    with serving(FakeFront(athlete_keys=keys)) as front:
        line = json.dumps(front.endpoints(pid=os.getpid()))
        stack_file = home / "run" / "stack.json"
        stack_file.touch(mode=0o600)
        stack_file.write_text(line, encoding="utf-8")
        sys.stdout.write(line + "\n")
        sys.stdout.flush()
        while os.read(0, 4096):
            pass
        stack_file.unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main())
