"""`coach chat`."""

import argparse
import sys

from agent.terminal.errors import StreamUnusable, UsageWrong
from agent.terminal.home import open_home
from agent.terminal.late import late
from agent.terminal.settings import TerminalSettings
from agent.terminal.signed_out import require_session
from agent.terminal.stack_process import StackProcess, check_model


def run(arguments: argparse.Namespace, settings: TerminalSettings) -> int:
    """Talks with the coach; the stack starts while the prompt is already there."""
    if arguments.resume_last or arguments.resume:
        raise UsageWrong("going on with an earlier chat is not possible yet: nothing of a chat is kept")
    if sys.stdin is None:
        raise StreamUnusable("standard input is closed")
    check_model(settings.model)
    home = open_home(settings.home)
    require_session(home)
    with StackProcess(home, settings.port) as stack:
        athlete = late("athletes", "chosen_athlete")(home, arguments.athlete)
        code: int = late("chatting", "chat")(home, stack, settings, athlete=athlete)
        return code
