"""The command that goes on from a run: ``update``."""

from __future__ import annotations

from typing import Annotated

import typer

from cribble.cli import options as o
from cribble.cli.failing import reported
from cribble.cli.recording import Run


@reported
def update(
    run: Run,
    added: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NEW_FILES]...", help="Files that join the pool."),
    ] = None,
    drop: o.Drop = None,
    remove: Annotated[
        list[str],
        typer.Option(metavar="FILE", help="A file that leaves the pool; can be repeated."),
    ] = [],  # noqa: B006
    out: o.Out = None,
    picks: o.Picks = None,
    json: o.Json = False,
    dry_run: o.DryRun = False,
    threads: o.Threads = None,
    cache: o.Cache = None,
    debug: o.Debug = False,
) -> None:
    """Choose again after a pool grew or shrank, at the cost of what is new.

    cribble update subset.jsonl more.jsonl -o updated.jsonl
    """
    from cribble.cli.choosing import do
    from cribble.run.update import updated

    recipe = updated(run, added or (), removed=remove, drop=drop, out=out, picks=picks)
    do(recipe, json=json, dry_run=dry_run)
