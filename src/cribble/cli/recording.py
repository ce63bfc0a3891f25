"""The commands that look at runs that were done: ``verify``, ``explain`` and ``diff``."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from cribble.cli import options as o
from cribble.cli.failing import DONE, MENDABLE, reported
from cribble.cli.progress import shown_on

Run = Annotated[
    str,
    typer.Argument(metavar="RUN", help="The output of a run, or its OUT.manifest.json."),
]


@reported
def verify(
    run: Run,
    json: o.Json = False,
    dry_run: o.DryRun = False,
    threads: o.Threads = None,
    cache: o.Cache = None,
    debug: o.Debug = False,
) -> None:
    """Do a run again and compare: exit 0 if all is equal, else 2."""
    from cribble.cli import show
    from cribble.run.plan import plan_again
    from cribble.run.verify import verify as repeat

    with shown_on(sys.stderr) as progress:
        if dry_run:
            planned = plan_again(run, progress)
        else:
            verdict = repeat(run, progress)
    if dry_run:
        show.plans([planned], json)
        return
    show.verdict(verdict, json)
    raise typer.Exit(DONE if verdict.equal else MENDABLE)


@reported
def explain(
    run: Run,
    row: Annotated[str, typer.Argument(metavar="ROW", help="An id, or a row number from 0.")],
    json: o.Json = False,
    dry_run: o.DryRun = False,
    threads: o.Threads = None,
    cache: o.Cache = None,
    debug: o.Debug = False,
) -> None:
    """Tell why a row is in, or what stood before it."""
    from cribble.cli import show
    from cribble.run.explain import explain as ask
    from cribble.run.plan import plan_again

    with shown_on(sys.stderr) as progress:
        if dry_run:
            planned = plan_again(run, progress)
        else:
            told = ask(run, row, progress)
    if dry_run:
        show.plans([planned], json)
    else:
        show.explanation(told, json)


@reported
def diff(
    first: Run,
    second: Annotated[
        str,
        typer.Argument(metavar="RUN", help="Another run on the same pool."),
    ],
    report: o.Report = None,
    json: o.Json = False,
    dry_run: o.DryRun = False,
    threads: o.Threads = None,
    cache: o.Cache = None,
    debug: o.Debug = False,
) -> None:
    """Set two runs on one pool side by side: rows, shares, metrics, verdicts, settings."""
    from cribble.cli import show
    from cribble.run.diff import diff as side_by_side
    from cribble.run.plan import plan_again

    with shown_on(sys.stderr) as progress:
        if dry_run:
            planned = [plan_again(one, progress) for one in (first, second)]
        else:
            found = side_by_side(first, second, progress)
            if report is not None:
                from cribble.report.difference_page import write_difference

                write_difference(report, found)
    if dry_run:
        show.plans(planned, json)
    else:
        show.difference(found, json)
