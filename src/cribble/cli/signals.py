"""The commands that compute signals once, into the cache: ``embed`` and ``score``."""

from __future__ import annotations

import sys

from cribble.cli import options as o
from cribble.cli.failing import reported
from cribble.cli.progress import shown_on
from cribble.cli.recipes import recipe_of


@reported
def embed(
    inputs: o.Inputs,
    text: o.Text = None,
    view: o.View = "full",
    embed: o.Embed = None,
    where: o.Where = None,
    json: o.Json = False,
    dry_run: o.DryRun = False,
    memory: o.Memory = None,
    executor: o.Executor = "local",
    threads: o.Threads = None,
    cache: o.Cache = None,
    debug: o.Debug = False,
) -> None:
    """Embed a pool once; later runs read it from the cache."""
    from cribble.cli import show
    from cribble.run.embedding import embed_pool
    from cribble.run.plan import plan_embedding

    recipe = recipe_of(locals(), {})
    with shown_on(sys.stderr) as progress:
        told = (plan_embedding if dry_run else embed_pool)(recipe, progress)
    show.record(told, json)


@reported
def score(
    inputs: o.Inputs,
    signal: o.Signal = "tokens",
    out: o.ScoreOut = None,
    text: o.Text = None,
    view: o.View = "full",
    label: o.Label = None,
    model_log: o.ModelLog = None,
    where: o.Where = None,
    json: o.Json = False,
    dry_run: o.DryRun = False,
    memory: o.Memory = None,
    threads: o.Threads = None,
    cache: o.Cache = None,
    debug: o.Debug = False,
) -> None:
    """Score the rows of a pool once; later runs read the scores from the cache."""
    from cribble.cli import show
    from cribble.run.plan import plan_scoring
    from cribble.run.scoring import score_pool

    recipe = recipe_of(locals(), {"out": "scores"})
    with shown_on(sys.stderr) as progress:
        if dry_run:
            told = plan_scoring(recipe, progress, signal)
        else:
            told = score_pool(recipe, progress, signal, out)
    show.record(told, json)
