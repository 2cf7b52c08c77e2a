"""Errors that end a command with one sentence and an exit code.

TerminalError                1   failed
├── UsageWrong               2   the command line cannot mean anything
├── StreamUnusable           1   standard input or output is closed
├── HomeNotPrivate           1   COACH_HOME is readable, linked or owned by somebody else
├── HomeUnusable             1   COACH_HOME cannot be made or written
├── NothingFound             1   there is no activity under the paths of an import
├── StackFailed              1   the stack did not start
│   └── StackGone            1   it stopped answering: the command that had started it may have ended
├── SignInRefused            1   the authorization server, or our check of it, said no
│   └── IssuerNotOurs        1   what answers at the issuer's address does not have this home's keys
├── ConsentStopped           1   a consent cannot be decided in the terminal, or went where it must not
├── PersonNeeded             3   only a person at a terminal may decide this
├── AdministrationRefused    1   the authorization server or the vault refused an administrative request
├── RuntimeRefused           1   the runtime answered with an HTTP error
├── NotSignedIn              4   there is no session, or it was ended
├── UploadRefused            1   the activities server did not take an upload
└── ToolRefused              1   the activities server did not do what was asked
"""

from typing import ClassVar


class TerminalError(Exception):
    """The text is shown to the person as it is; it never holds a token or a server's raw body.

    Attributes:
        exit_code: Of the process.
        code: Of the `error` event that `--json` prints.
    """

    exit_code: ClassVar[int] = 1
    code: ClassVar[str] = "failed"


class UsageWrong(TerminalError):
    exit_code = 2
    code = "usage"


class StreamUnusable(TerminalError):
    pass


class HomeNotPrivate(TerminalError):
    pass


class HomeUnusable(TerminalError):
    pass


class NothingFound(TerminalError):
    pass


class StackFailed(TerminalError):
    pass


class StackGone(StackFailed):
    pass


class SignInRefused(TerminalError):
    pass


class IssuerNotOurs(SignInRefused):
    code = "issuer_not_ours"


class ConsentStopped(TerminalError):
    pass


class PersonNeeded(TerminalError):
    exit_code = 3
    code = "person_needed"


class AdministrationRefused(TerminalError):
    pass


class RuntimeRefused(TerminalError):
    pass


class NotSignedIn(TerminalError):
    exit_code = 4
    code = "not_signed_in"


class UploadRefused(TerminalError):
    pass


class ToolRefused(TerminalError):
    pass
