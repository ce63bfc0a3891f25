"""Options that drop rows before the choice."""

from __future__ import annotations

from typing import Annotated

import typer

from cribble.cli.options import OUTPUT

CLEANING = "Which rows to drop first"

Dedup = Annotated[
    list[str],
    typer.Option(
        metavar="KIND",
        help="Drop duplicates: exact, near (share of word windows, near=0.8) or embedding "
        "(cosine, embedding=0.95). May be repeated.",
        rich_help_panel=CLEANING,
    ),
]
Filters = Annotated[
    list[str],
    typer.Option(
        "--filter",
        metavar="RULE",
        help="Drop rows that break a rule: length:min_words=5, symbols:most=0.5, "
        "repetition:most=0.3, blocklist:words=@FILE, language:only=en+de. May be repeated.",
        rich_help_panel=CLEANING,
    ),
]
Decontaminate = Annotated[
    list[str],
    typer.Option(
        metavar="FILE",
        help="Drop rows that share a run of 13 words with an evaluation file. May be repeated.",
        rich_help_panel=CLEANING,
    ),
]
DecontaminateCosine = Annotated[
    float | None,
    typer.Option(
        metavar="COSINE",
        help="Also drop rows whose vectors have this cosine or more to an evaluation row.",
        rich_help_panel=CLEANING,
    ),
]
Dropped = Annotated[
    str | None,
    typer.Option(
        metavar="DROPPED.parquet",
        help="One line a row that was dropped first: row, id, step, reason, matched row and id.",
        rich_help_panel=OUTPUT,
    ),
]
