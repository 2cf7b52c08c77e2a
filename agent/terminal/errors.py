"""Errors that end a command with one sentence and an exit code.

TerminalError                1   failed
├── UsageWrong               2   the command line cannot mean anything
├── HomeNotPrivate           1   COACH_HOME is readable, linked or owned by somebody else
├── StackFailed              1   the stack did not start
│   └── StackGone            1   it stopped answering: the command that had started it may have ended
├── SignInRefused            1   the authorization server, or our check of it, said no
├── RuntimeRefused           1   the runtime answered with an HTTP error
├── NotSignedIn              4   there is no session, or it was ended
└── UploadRefused            1   an archive or file cannot be sent
"""

from typing import ClassVar


class TerminalError(Exception):
    """The text is shown to the person as it is; it never holds a token or a server's raw body."""

    exit_code: ClassVar[int] = 1


class UsageWrong(TerminalError):
    exit_code = 2


class HomeNotPrivate(TerminalError):
    pass


class StackFailed(TerminalError):
    pass


class StackGone(StackFailed):
    pass


class SignInRefused(TerminalError):
    pass


class RuntimeRefused(TerminalError):
    pass


class NotSignedIn(TerminalError):
    exit_code = 4


class UploadRefused(TerminalError):
    pass
