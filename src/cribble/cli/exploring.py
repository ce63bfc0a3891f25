"""The command that opens a local page: ``explore``."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from cribble.cli import options as o
from cribble.cli.failing import reported
from cribble.cli.progress import shown_on
from cribble.cli.recipes import recipe_of

Explored = Annotated[
    str,
    typer.Argument(
        metavar="RUN|POOL", help="The output of a run, its manifest, or a pool of any format."
    ),
]
Port = Annotated[
    int,
    typer.Option(
        metavar="N",
        min=0,
        max=65_535,
        help="Port to listen on; 0 takes a free one.",
        rich_help_panel=o.RUNNING,
    ),
]
NoBrowser = Annotated[
    bool,
    typer.Option(
        "--no-browser", help="Print the address and open nothing.", rich_help_panel=o.RUNNING
    ),
]


def _show(address: str) -> None:
    """Open a file that leads to the address: a command line can be read by other users."""
    import atexit
    import tempfile
    import webbrowser
    from pathlib import Path

    with tempfile.NamedTemporaryFile("w", suffix=".html", delete=False) as file:
        file.write(f'<!doctype html><meta http-equiv="refresh" content="0; url={address}">')
    path = Path(file.name)
    atexit.register(path.unlink, missing_ok=True)
    webbrowser.open(path.as_uri())


@reported
def explore(
    inputs: Explored,
    port: Port = 0,
    no_browser: NoBrowser = False,
    text: o.Text = None,
    view: o.View = "full",
    embed: o.Embed = None,
    embedding: o.Embedding = None,
    quality: o.Quality = None,
    group: o.Group = None,
    label: o.Label = None,
    where: o.Where = None,
    memory: o.Memory = None,
    threads: o.Threads = None,
    cache: o.Cache = None,
    debug: o.Debug = False,
) -> None:
    """Look through a run or a pool on a local page, change the choice by hand and export it.

    cribble explore subset.jsonl
    """
    from cribble.core.errors import MissingPackageError

    try:
        from cribble.web.serve import Server
    except ModuleNotFoundError as error:
        raise MissingPackageError(str(error.name), "cribble explore", "ui") from None
    from cribble.web.session import open_session

    recipe = recipe_of(locals(), {})
    with shown_on(sys.stderr) as progress:
        server = Server(open_session(recipe, progress), port)

    def ready(address: str) -> None:
        typer.echo(address)
        print("only this machine can open it; Ctrl-C ends it", file=sys.stderr, flush=True)
        if not no_browser:
            _show(address)

    server.run(ready)
