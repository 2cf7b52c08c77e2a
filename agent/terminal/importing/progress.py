"""What a person at a terminal sees of an import while it runs. Loaded late, because rich costs 0.1 s."""

from pathlib import PurePosixPath
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.table import Column
from rich.text import Text

from agent.terminal.plain_text import one_line

REFRESH_HZ = 5
RATE_PERIOD_S = 60.0
NAME_LENGTH = 60


class CountColumn(ProgressColumn):
    """Files done, of how many; nothing while they are still looked for."""

    def render(self, task: Task) -> Text:
        return Text("" if task.total is None else f"{task.completed:,.0f}/{task.total:,.0f}")


class RateColumn(ProgressColumn):
    """Files a second."""

    def render(self, task: Task) -> Text:
        return Text("" if task.speed is None else f"{task.speed:.1f}/s")


class ProgressBar:
    """A bar on standard error that is gone when it ends: the report is what stays.

    Args:
        console: A terminal.
    """

    def __init__(self, console: Console) -> None:
        self._bar = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=24),
            CountColumn(),
            RateColumn(),
            TimeRemainingColumn(),
            TextColumn(
                "{task.fields[file]}",
                markup=False,
                style="dim",
                table_column=Column(ratio=1, no_wrap=True, overflow="ellipsis"),
            ),
            console=console,
            refresh_per_second=REFRESH_HZ,
            speed_estimate_period=RATE_PERIOD_S,
            transient=True,
            expand=True,
            disable=console.is_dumb_terminal,
        )
        self._task = self._bar.add_task("Looking through", total=None, file="")

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def looking(self, path: str) -> None:
        """A folder or an archive is looked through."""
        self._show(path)

    def begin(self, total: int) -> None:
        """So many files were found."""
        self._bar.reset(self._task, total=total, description="Importing", file="")

    def sending(self, path: str) -> None:
        self._show(path)

    def done(self) -> None:
        self._bar.advance(self._task)

    def _show(self, path: str) -> None:
        self._bar.update(self._task, file=one_line(PurePosixPath(path).name, NAME_LENGTH))


def progress_bar() -> ProgressBar:
    """The bar on standard error."""
    return ProgressBar(Console(stderr=True))
