"""Decontamination: FLASK took problems from GSM8K, BBH and MBPP, and says so of each.

The environment variable CRIBBLE_INSTRUCTIONS may name a Parquet file with FLASK's items and the
sets in it (source, task, instruction, input); else items of the shipped sample are planted into
others, one in ten, with a sentence before them.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pandas as pd

from cribble.core import Pool
from cribble.filters.decontaminate import Decontaminate

SAMPLE = Path(__file__).parents[2] / "examples" / "data" / "instructions.jsonl"
SETS = ("gsm8k", "bbh", "mbpp")


def load() -> pd.DataFrame:
    """Read source, task and prompt of each row."""
    if path := os.environ.get("CRIBBLE_INSTRUCTIONS"):
        rows = pd.read_parquet(path)
    else:
        rows = pd.DataFrame(map(json.loads, SAMPLE.read_text("utf-8").splitlines()))
        taken = rows[rows.source.isin(SETS)].iloc[::10]
        planted = taken.assign(
            instruction="Think first.\n" + taken.instruction, task=taken.source, source="flask"
        )
        others = rows[~rows.source.isin(SETS)].assign(source="flask", task="other")
        rows = pd.concat([rows, planted, others])
    prompts = (rows.instruction + "\n" + rows.input.fillna("")).str.strip()
    return pd.DataFrame({"source": rows.source, "task": rows.task.str.lower(), "prompt": prompts})


def run() -> dict[str, object]:
    """Clean FLASK's items of each set, and set what is found beside what FLASK says."""
    rows = load()
    items = rows[rows.source == "flask"]
    pool = Pool(len(items), texts=items.prompt.tolist())
    task = items.task.to_numpy()
    told, shares, strangers = [], [], 0
    for name in SETS:
        tests = rows.prompt[rows.source == name].tolist()
        found = ~Decontaminate(against=[Pool(len(tests), texts=tests)]).keep(pool).kept
        own = task == name
        told.append(f"{name} {found[own].sum()} of {own.sum()}")
        shares.append(found[own].mean())
        strangers += int(found[~own].sum())
    return {
        "method": "decontaminate",
        "paper_says": "FLASK labels its items with the set that each was taken from",
        "we_saw": f"found {', '.join(told)}; and {strangers} items with another label",
        "holds": bool(min(shares) >= 0.5 and strangers == 0),
    }
