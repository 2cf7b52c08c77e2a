"""`coach ask`."""

import argparse
import uuid

from agent.terminal.errors import UsageWrong
from agent.terminal.home import open_home
from agent.terminal.late import late
from agent.terminal.settings import TerminalSettings
from agent.terminal.signed_out import require_session
from agent.terminal.stack_process import StackProcess, check_model
from agent.terminal.standard_streams import input_lines, utf8_text


def run(arguments: argparse.Namespace, settings: TerminalSettings) -> int:
    """Asks one question; the stack starts while the question and the rest of the terminal are read."""
    session_id = _session_id(arguments.session)
    check_model(settings.model)
    home = open_home(settings.home)
    require_session(home)
    with StackProcess(home, settings.port) as stack:
        athlete = late("athletes", "chosen_athlete")(home, arguments.athlete)
        code: int = late("chatting", "ask")(
            home,
            stack,
            settings,
            _question(arguments.question),
            athlete=athlete,
            session_id=session_id,
            as_json=arguments.json,
            approve=arguments.yes,
            may_ask=not arguments.no_input,
        )
        return code


def _question(words: list[str]) -> str:
    question = "".join(input_lines()) if words == ["-"] else utf8_text(" ".join(words))
    if not question.strip():
        raise UsageWrong("the question is empty")
    return question.strip()


def _session_id(text: str | None) -> str | None:
    if text is None:
        return None
    try:
        return str(uuid.UUID(text))
    except ValueError as error:
        raise UsageWrong("--session takes a UUID, as the session event of coach ask --json prints it") from error
