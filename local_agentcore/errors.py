"""Why the local stack does not start, or a request cannot go on.

StackError
├── PortOccupied        another program listens where a part should
├── PartDied            a part stopped while starting
├── HomeUnsafe          COACH_HOME can be read or written by somebody else
└── DemoLoadFailed      the demo histories could not be uploaded
"""


class StackError(Exception):
    """The stack cannot run; the text is for the person who started it."""


class PortOccupied(StackError):
    def __init__(self, port: int, part: str) -> None:
        super().__init__(
            f"port {port} ({part}) is taken by another program; end that, or give a new COACH_HOME another base port:"
            " COACH_PORT=N for every command, --port N for coach up"
        )


class PortFixed(StackError):
    def __init__(self, made_with: int) -> None:
        super().__init__(
            f"this COACH_HOME was made with --port {made_with}, and what it stores is keyed by the issuer on that port;"
            " use that port, or another COACH_HOME"
        )


class PartDied(StackError):
    def __init__(self, part: str) -> None:
        super().__init__(f"{part} did not start; the reason is in the log folder of COACH_HOME")


class HomeUnsafe(StackError):
    pass


class DemoLoadFailed(StackError):
    pass


class WorkloadTokenUnavailable(StackError):
    def __init__(self, workload: str, reason: str) -> None:
        self.workload = workload
        self.reason = reason
        super().__init__(f"no workload access token for {workload}: {reason}")
