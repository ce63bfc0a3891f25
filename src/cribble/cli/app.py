"""The commands, in the order in which the help lists them."""

from __future__ import annotations

from typing import Annotated

import typer

from cribble.cli import choosing, exploring, recording, signals, telling, updating
from cribble.cli.compiled import keep_compiled
from cribble.cli.help import Command, Group, narrow

app = typer.Typer(
    name="cribble",
    cls=Group,
    help="Choose the best subset of a large pool of data, and show that it beat random.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None if narrow else "rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(asked: bool) -> None:
    if asked:
        import cribble

        typer.echo(f"cribble {cribble.__version__}")
        raise typer.Exit


@app.callback()
def cribble(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Choose the best subset of a large pool of data, and show that it beat random."""
    keep_compiled()


for _command in (
    choosing.select,
    choosing.compare,
    choosing.run,
    telling.methods,
    signals.embed,
    signals.score,
    updating.update,
    recording.verify,
    recording.explain,
    recording.diff,
    exploring.explore,
    telling.schema,
):
    app.command(cls=Command)(_command)
