"""The view of a turn on a terminal: Markdown by finished block. Loaded late, because rich costs 0.1 s."""

from rich.console import Console
from rich.markdown import Markdown
from rich.text import Text as Line

from agent.terminal.rendering import TextView


class ScreenView(TextView):
    """Markdown on a terminal. Rendering once a block is finished costs 80 ms a turn, once a token 15 s."""

    def __init__(self, console: Console) -> None:
        super().__init__()
        self._console = console

    def status(self, line: str) -> None:
        self._console.print(Line(line, style="dim"))

    def problem(self, line: str) -> None:
        self._console.print(Line(line, style="red"), soft_wrap=True)  # an address must stay in one piece

    def answer(self, text: str) -> None:
        self._console.print(Markdown(text, hyperlinks=False))
        self._console.print()


def screen_view() -> ScreenView:
    """The view on standard output."""
    return ScreenView(Console())
