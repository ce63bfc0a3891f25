"""Progress on standard error: a bar on a terminal, plain notes elsewhere."""

from __future__ import annotations

from types import TracebackType
from typing import Any, TextIO

NARROW = 60


def shown_on(stream: TextIO) -> Notes | Bar:
    """A bar if the stream is a terminal, else notes alone."""
    return Bar(stream) if stream.isatty() else Notes(stream)


class Notes:
    """One line a note, and no bars: for logs and pipes."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __enter__(self) -> Notes:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Nothing is held open."""

    def start(self, name: str, total: int, unit: str) -> None:
        """Bars are for terminals."""

    def advance(self, done: int) -> None:
        """Bars are for terminals."""

    def note(self, text: str) -> None:
        """Say one thing."""
        print(text, file=self._stream, flush=True)


class Bar:
    """One bar a step, with rate and time left; a narrow terminal gets the numbers alone."""

    def __init__(self, stream: TextIO) -> None:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            Progress,
            ProgressColumn,
            Task,
            TaskProgressColumn,
            TextColumn,
            TimeRemainingColumn,
        )
        from rich.text import Text

        class Rate(ProgressColumn):
            """Units a second."""

            def render(self, task: Task) -> Text:
                speed = task.finished_speed or task.speed
                return Text(f"{speed:,.0f} {task.fields['unit']}/s" if speed else "")

        console = Console(file=stream)
        wide: list[Any] = [BarColumn(), Rate()] if console.width >= NARROW else []
        self._console = console
        self._progress = Progress(
            TextColumn("{task.description}"),
            *wide,
            TaskProgressColumn(),
            TimeRemainingColumn(compact=True),
            console=console,
            transient=True,
        )
        self._task: Any = None

    def __enter__(self) -> Bar:
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Take the bar away."""
        self._progress.stop()

    def start(self, name: str, total: int, unit: str) -> None:
        """Begin a step."""
        if self._task is not None:
            self._progress.remove_task(self._task)
        self._task = self._progress.add_task(name, total=total, unit=unit)

    def advance(self, done: int) -> None:
        """Move the bar."""
        if self._task is not None:
            self._progress.advance(self._task, done)

    def note(self, text: str) -> None:
        """Say one thing above the bar."""
        self._console.print(text, highlight=False, markup=False)
