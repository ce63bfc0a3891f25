"""The commands, in the order in which the help lists them."""

from __future__ import annotations

from typing import Annotated

import typer

from cribble.cli import choosing, exploring, recording, signals, telling, updating
from cribble.cli.compiled import keep_compiled

app = typer.Typer(
    name="cribble",
    help="Choose the best subset of a large pool of data, and show that it beat random.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
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


app.command()(choosing.select)
app.command()(choosing.compare)
app.command()(choosing.run)
app.command()(telling.methods)
app.command()(signals.embed)
app.command()(signals.score)
app.command()(updating.update)
app.command()(recording.verify)
app.command()(recording.explain)
app.command()(recording.diff)
app.command()(exploring.explore)
app.command()(telling.schema)
