"""The commands that choose: ``select``, ``compare``, ``run``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from cribble.cli import cleaning as c
from cribble.cli import options as o
from cribble.cli.failing import reported
from cribble.cli.progress import shown_on
from cribble.cli.recipes import recipe_of

if TYPE_CHECKING:
    from cribble.run.recipe import Recipe


@reported
def select(
    inputs: o.Inputs,
    k: o.K = None,
    curve: o.Curve = False,
    cost_budget: o.CostBudget = None,
    cost_column: o.CostColumn = None,
    at_least: o.AtLeast = [],  # noqa: B006
    at_most: o.AtMost = [],  # noqa: B006
    keep: o.Keep = None,
    drop: o.Drop = None,
    dedup: c.Dedup = [],  # noqa: B006
    filter_: c.Filters = [],  # noqa: B006
    decontaminate: c.Decontaminate = [],  # noqa: B006
    decontaminate_cosine: c.DecontaminateCosine = None,
    method: o.Method = None,
    set_: o.Settings = [],  # noqa: B006
    target: o.Target = [],  # noqa: B006
    seed: o.Seed = 0,
    text: o.Text = None,
    view: o.View = "full",
    embed: o.Embed = None,
    embedding: o.Embedding = None,
    quality: o.Quality = None,
    group: o.Group = None,
    label: o.Label = None,
    model_log: o.ModelLog = None,
    where: o.Where = None,
    on_error: o.OnError = "fail",
    quarantine: o.Quarantine = None,
    out: o.Out = None,
    picks: o.Picks = None,
    report: o.Report = None,
    dropped: c.Dropped = None,
    order: o.Order = "pool",
    annotate: o.Annotate = False,
    json: o.Json = False,
    dry_run: o.DryRun = False,
    memory: o.Memory = None,
    executor: o.Executor = "local",
    threads: o.Threads = None,
    cache: o.Cache = None,
    debug: o.Debug = False,
) -> None:
    """Choose the best rows of a pool within a budget.

    cribble select pool.jsonl -k 1000 -o subset.jsonl
    """
    recipe = recipe_of(locals(), {"set_": "parameters", "filter_": "filters"})
    do(recipe, json=json, dry_run=dry_run)


@reported
def run(
    recipe: Annotated[
        str, typer.Argument(metavar="RECIPE.yaml", help="The options of `select`, in a file.")
    ],
    executor: o.OtherExecutor = None,
    json: o.Json = False,
    dry_run: o.DryRun = False,
    threads: o.Threads = None,
    cache: o.Cache = None,
    debug: o.Debug = False,
) -> None:
    """Do what a recipe file says; `cribble schema` prints its JSON Schema for editors."""
    from cribble.run.recipe import make_recipe, read_recipe

    read = read_recipe(recipe)
    if executor is not None:
        read = make_recipe({**read.model_dump(), "executor": executor})
    do(read, json=json, dry_run=dry_run)


@reported
def compare(
    inputs: o.Inputs,
    methods: o.Methods,
    k: o.K = None,
    repeats: o.Repeats = 10,
    probe: o.Probe = None,
    model_log: o.ModelLog = None,
    cost_budget: o.CostBudget = None,
    cost_column: o.CostColumn = None,
    at_least: o.AtLeast = [],  # noqa: B006
    at_most: o.AtMost = [],  # noqa: B006
    keep: o.Keep = None,
    drop: o.Drop = None,
    dedup: c.Dedup = [],  # noqa: B006
    filter_: c.Filters = [],  # noqa: B006
    decontaminate: c.Decontaminate = [],  # noqa: B006
    decontaminate_cosine: c.DecontaminateCosine = None,
    target: o.Target = [],  # noqa: B006
    seed: o.Seed = 0,
    text: o.Text = None,
    view: o.View = "full",
    embed: o.Embed = None,
    embedding: o.Embedding = None,
    quality: o.Quality = None,
    group: o.Group = None,
    label: o.Label = None,
    where: o.Where = None,
    report: o.Report = None,
    json: o.Json = False,
    dry_run: o.DryRun = False,
    memory: o.Memory = None,
    threads: o.Threads = None,
    cache: o.Cache = None,
    debug: o.Debug = False,
) -> None:
    """Hold several methods against random, judged on rows that none of them saw.

    cribble compare pool.jsonl -k 1000 --methods random,k-center,facility-location
    """
    from cribble.cli import show
    from cribble.run.contest import contest
    from cribble.run.plan import plan

    names = [name.strip() for name in methods.split(",") if name.strip()]
    # Methods see what the log says if they see the labels; with --probe alone they do not.
    unseen = {} if label is not None else {"model_log": "log"}
    recipe = recipe_of(locals(), {"filter_": "filters", **unseen})
    with shown_on(sys.stderr) as progress:
        if dry_run:
            plans = [plan(recipe.model_copy(update={"method": name}), progress) for name in names]
        else:
            result = contest(recipe, names, repeats, progress, probe=probe, model_log=model_log)
    if dry_run:
        show.plans(plans, json)
    else:
        show.contest(result, json)


def do(recipe: Recipe, *, json: bool, dry_run: bool) -> None:
    """Plan or do a run, and tell of it."""
    from cribble.cli import show
    from cribble.run.execute import execute
    from cribble.run.plan import plan

    with shown_on(sys.stderr) as progress:
        if dry_run:
            planned = plan(recipe, progress)
        else:
            outcome = execute(recipe, progress, command=["cribble", *sys.argv[1:]])
    if dry_run:
        show.plans([planned], json)
    else:
        show.outcome(outcome, json)
