"""An athlete at a browser, as a command: `python -m tests.conformance.foreign_client.browser URL`.

Environment: CONFORMANCE_ATHLETE, CONFORMANCE_PASSWORD, and CONFORMANCE_LOG, to which one line for each visit is added.
"""

import json
import os
import sys
from pathlib import Path

from tests.support.consent_walk import OUTCOME, Person


def main() -> None:
    """Open one page and do what it asks."""
    with Person(os.environ["CONFORMANCE_ATHLETE"], os.environ["CONFORMANCE_PASSWORD"]) as person:
        page = person.open(sys.argv[1])
    visit = {"decided": person.decided, "outcome": page.headers.get(OUTCOME), "status": page.status_code}
    with Path(os.environ["CONFORMANCE_LOG"]).open("a", encoding="utf-8") as log:
        log.write(json.dumps(visit) + "\n")


if __name__ == "__main__":
    main()
