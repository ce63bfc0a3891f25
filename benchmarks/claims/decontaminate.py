"""Decontamination: FLASK took problems from GSM8K, BBH and MBPP, and says so of each.

Needs the collected instructions, as Parquet with source, task, instruction and input, at the path
that CRIBBLE_INSTRUCTIONS names.
"""

from __future__ import annotations

import os

import pandas as pd

from cribble.core import Pool
from cribble.filters.decontaminate import Decontaminate


def run() -> dict[str, object]:
    """Clean FLASK's items of each set, and set what is found beside what FLASK says."""
    rows = pd.read_parquet(os.environ["CRIBBLE_INSTRUCTIONS"])
    prompts = (rows.instruction + "\n" + rows.input.fillna("")).str.strip()
    flask = (rows.source == "flask").to_numpy()
    task = rows.task[flask].str.lower().to_numpy()
    pool = Pool(int(flask.sum()), texts=prompts[flask].tolist())
    told, others, total = [], 0, 0
    for name in ("gsm8k", "bbh", "mbpp"):
        evaluation = prompts[rows.source == name].tolist()
        found = ~Decontaminate(against=[Pool(len(evaluation), texts=evaluation)]).keep(pool).kept
        own = task == name
        total += int(found[own].sum())
        others += int(found[~own].sum())
        told.append(f"{name} {found[own].sum()} of {own.sum()}")
    return {
        "method": "decontaminate",
        "paper_says": "FLASK labels its items with the set that each was taken from",
        "we_saw": f"found {', '.join(told)}; and {others} items with another label",
        "holds": all(not one.startswith("0", one.index(" ") + 1) for one in told)
        and others <= total,
    }
