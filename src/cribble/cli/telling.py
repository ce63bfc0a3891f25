"""The commands that only tell: ``methods`` and ``schema``."""

from __future__ import annotations

from typing import Annotated

import typer

from cribble.cli import options as o
from cribble.cli.failing import reported


@reported
def methods(
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="One method, in full.", show_default=False)
    ] = None,
    json: o.Json = False,
    debug: o.Debug = False,
) -> None:
    """List the methods: what each needs, costs and promises, and its source."""
    from cribble.cli import show
    from cribble.run.cards import describe_method, list_methods

    if name is None:
        show.methods(list_methods(), json)
    else:
        show.method(describe_method(name), json)


@reported
def schema(debug: o.Debug = False) -> None:
    """Print the JSON Schema of a recipe file."""
    from cribble.cli import show
    from cribble.run.recipe import schema as of_recipe

    show.as_json(of_recipe())
