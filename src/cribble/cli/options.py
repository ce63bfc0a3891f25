"""Every option, once: its flag, its help and the panel it stands in."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

POOL, SIGNALS, BUDGET = "The pool", "What rows are judged by", "How much, and which limits"
METHOD, OUTPUT, RUNNING = "How to choose", "What is written", "How it runs"

# Read by BLAS and numba when they are first imported, which no command has done yet.
_THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMBA_NUM_THREADS",
)


def _use_threads(count: int | None) -> int | None:
    if count is not None:
        os.environ.update(dict.fromkeys(_THREAD_VARIABLES, str(count)))
    return count


def _use_cache(folder: str | None) -> str | None:
    if folder is not None:
        os.environ["CRIBBLE_CACHE"] = folder
    return folder


Inputs = Annotated[
    list[str],
    typer.Argument(
        metavar="POOL...",
        help="Files, folders or globs: JSONL (also .gz, .zst), Parquet, Arrow, CSV, .npy.",
        show_default=False,
    ),
]
Where = Annotated[
    str | None,
    typer.Option(
        metavar="SQL",
        help="Only rows that meet this condition, such as \"source = 'web'\".",
        rich_help_panel=POOL,
    ),
]
OnError = Annotated[
    str,
    typer.Option(
        metavar="fail|quarantine",
        help="What a row that cannot be read does: stop the run, or go to a file apart.",
        rich_help_panel=POOL,
    ),
]
Quarantine = Annotated[
    str | None,
    typer.Option(
        metavar="FILE",
        help="File for rows that cannot be read. Default: OUT.bad.jsonl.",
        rich_help_panel=POOL,
    ),
]
Text = Annotated[
    str | None,
    typer.Option(
        metavar="TEMPLATE",
        help='A row\'s text, such as "{instruction} {input}". Default: recognized from the rows.',
        rich_help_panel=SIGNALS,
    ),
]
View = Annotated[
    str,
    typer.Option(
        metavar="full|first_user|all_user|assistant",
        help="Which part of a chat is embedded and counted.",
        rich_help_panel=SIGNALS,
    ),
]
Embed = Annotated[
    str | None,
    typer.Option(
        metavar="SPEC",
        help="Embedder: hashed (built in, offline), sentence-transformers:NAME or model2vec:NAME; "
        "of columns, table or table:COLUMN,COLUMN. Default: the column `embedding` where there is "
        "one, else hashed.",
        rich_help_panel=SIGNALS,
    ),
]
Embedding = Annotated[
    str | None,
    typer.Option(
        metavar="COLUMN", help="Column that already holds vectors.", rich_help_panel=SIGNALS
    ),
]
Quality = Annotated[
    str | None,
    typer.Option(
        metavar="COLUMN", help="Numeric column; larger is better.", rich_help_panel=SIGNALS
    ),
]
Group = Annotated[
    str | None,
    typer.Option(metavar="COLUMN", help="Column that groups the rows.", rich_help_panel=SIGNALS),
]
Label = Annotated[
    str | None,
    typer.Option(metavar="COLUMN", help="Column that labels the rows.", rich_help_panel=SIGNALS),
]
K = Annotated[
    str | None,
    typer.Option(
        "-k",
        "--k",
        metavar="ROWS",
        help='How much to pick: rows (1000), a share (5%), tokens ("20M tokens"), or auto: as '
        "many rows as pay, of at most a fifth of the pool.",
        rich_help_panel=BUDGET,
    ),
]
Curve = Annotated[
    bool,
    typer.Option(
        "--curve",
        help="Also measure how good choices of up to a fifth of the pool are; with --label or "
        "--target on held-out rows. -k auto does so in any case.",
        rich_help_panel=BUDGET,
    ),
]
CostBudget = Annotated[
    float | None,
    typer.Option(
        metavar="N",
        help="Instead of -k: the picks may cost at most this, in the unit of --cost-column.",
        rich_help_panel=BUDGET,
    ),
]
CostColumn = Annotated[
    str | None,
    typer.Option(
        metavar="COLUMN",
        help="Numeric column with each row's cost. Default: tokens, counted by a built-in rule.",
        rich_help_panel=BUDGET,
    ),
]
AtLeast = Annotated[
    list[str],
    typer.Option(
        metavar="COLUMN:VALUE=N",
        help="Pick at least N rows of a group, such as source:code=200. May be repeated.",
        rich_help_panel=BUDGET,
    ),
]
AtMost = Annotated[
    list[str],
    typer.Option(
        metavar="COLUMN:VALUE=N",
        help="Pick at most N rows of a group. May be repeated.",
        rich_help_panel=BUDGET,
    ),
]
Keep = Annotated[
    str | None,
    typer.Option(
        metavar="FILE",
        help="Rows that must be picked: one id or row number (from 0) a line.",
        rich_help_panel=BUDGET,
    ),
]
Drop = Annotated[
    str | None,
    typer.Option(
        metavar="FILE",
        help="Rows that must not be picked: one id or row number (from 0) a line.",
        rich_help_panel=BUDGET,
    ),
]
Method = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="The method; `cribble methods` lists them and names the default.",
        rich_help_panel=METHOD,
    ),
]
Settings = Annotated[
    list[str],
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        help="A parameter of the method, such as neighbors=64. May be repeated.",
        rich_help_panel=METHOD,
    ),
]
Target = Annotated[
    list[str],
    typer.Option(
        metavar="FILE",
        help="Examples of what you want. Repeated, each file is one task.",
        rich_help_panel=METHOD,
    ),
]
Seed = Annotated[
    int,
    typer.Option(metavar="N", help="Seed of every random choice.", rich_help_panel=METHOD),
]
Methods = Annotated[
    str,
    typer.Option(
        metavar="A,B,C", help="Names of the methods, with commas.", rich_help_panel=METHOD
    ),
]
Repeats = Annotated[
    int,
    typer.Option(
        metavar="N",
        min=1,
        help="Runs of each method, one split of the pool and one seed each; a verdict takes 5.",
        rich_help_panel=METHOD,
    ),
]
Probe = Annotated[
    str | None,
    typer.Option(
        metavar="LABEL",
        help="Judge by a linear probe on this column, trained on the picks, tested on rows that "
        "were held back. Methods do not see it unless it is --label too.",
        rich_help_panel=METHOD,
    ),
]
ModelLog = Annotated[
    str | None,
    typer.Option(
        metavar="LOG",
        help="What a model in training said of each row at each epoch, (epochs, rows, classes) in "
        "a .npy, or a table: gives aum, el2n, forgetting, margin, difficulty. Needs --label.",
        rich_help_panel=SIGNALS,
    ),
]
Signal = Annotated[
    str,
    typer.Option(
        help="tokens; or aum, el2n, forgetting, margin of --model-log.", rich_help_panel=SIGNALS
    ),
]
ScoreOut = Annotated[
    Path | None,
    typer.Option(
        "-o",
        "--out",
        metavar="SCORES",
        help="Parquet file for row, id and score.",
        rich_help_panel=OUTPUT,
    ),
]
Out = Annotated[
    str | None,
    typer.Option(
        "-o",
        "--out",
        metavar="OUT",
        help="File for the chosen rows, as they came; the ending is the format.",
        rich_help_panel=OUTPUT,
    ),
]
Picks = Annotated[
    str | None,
    typer.Option(
        metavar="PICKS.parquet",
        help="One line a pick: row, id, hash, rank, gain, weight, group, reason.",
        rich_help_panel=OUTPUT,
    ),
]
Report = Annotated[
    str | None,
    typer.Option(
        metavar="REPORT.html",
        help="A page that holds the choice against random subsets.",
        rich_help_panel=OUTPUT,
    ),
]
Order = Annotated[
    str,
    typer.Option(
        metavar="pool|picked",
        help="Order of the rows in OUT.",
        rich_help_panel=OUTPUT,
    ),
]
Annotate = Annotated[
    bool,
    typer.Option(
        "--annotate",
        help="Add cribble_rank, cribble_reason and, where there are weights, cribble_weight to "
        "the rows.",
        rich_help_panel=OUTPUT,
    ),
]
Json = Annotated[
    bool,
    typer.Option(
        "--json",
        help="Print one JSON object; notes go to standard error.",
        rich_help_panel=OUTPUT,
    ),
]
DryRun = Annotated[
    bool,
    typer.Option(
        "--dry-run", help="Say what would be done, and do nothing.", rich_help_panel=RUNNING
    ),
]
Memory = Annotated[
    str | None,
    typer.Option(
        metavar="SIZE",
        help="Memory to hold beside mapped files, such as 4GiB. Default: 2GiB.",
        rich_help_panel=RUNNING,
    ),
]
Executor = Annotated[
    str,
    typer.Option(
        metavar="local|ray|ray://HOST:PORT",
        help="Where work over shards is done. Never changes the picks.",
        rich_help_panel=RUNNING,
    ),
]
OtherExecutor = Annotated[
    str | None,
    typer.Option(
        metavar="local|ray|ray://HOST:PORT",
        help="Where work over shards is done, whatever the recipe says.",
        rich_help_panel=RUNNING,
    ),
]
Threads = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        min=1,
        help="Processors to use. Default: all. Never changes the picks.",
        callback=_use_threads,
        is_eager=True,
        rich_help_panel=RUNNING,
    ),
]
Cache = Annotated[
    str | None,
    typer.Option(
        metavar="FOLDER",
        help="Where computed signals are kept. Default: CRIBBLE_CACHE, or the user's cache.",
        callback=_use_cache,
        is_eager=True,
        rich_help_panel=RUNNING,
    ),
]
Debug = Annotated[
    bool,
    typer.Option("--debug", help="Show the traceback of a failure.", rich_help_panel=RUNNING),
]
