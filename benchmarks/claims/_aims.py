"""Instructions from named sources, and the kinds of them that targeted methods are aimed at.

The environment variable CRIBBLE_INSTRUCTIONS may name a Parquet file with the columns of the
shipped sample (id, source, instruction, input, output); else the sample is used.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cribble import core

SAMPLE = Path(__file__).parents[2] / "examples" / "data" / "instructions.jsonl"
AIMS = {
    "mathematics": ("gsm8k", "math"),
    "code": ("mbpp", "codealpaca_2k"),
    "question answering": ("supernatural_instructions",),
    "reasoning": ("bbh",),
    "dialogue": ("glaive_toolcall_300",),
    "Chinese": ("oasst_zh",),
}
"""The sources of each aim; its target is drawn from the first."""


@dataclass(frozen=True, slots=True)
class Aimed:
    """One pool with one target.

    Args:
        pool: The rows that are not in the target, with text.
        wanted: (n,) bool, rows of the aim's sources.
        held: Texts of the aim's first source that are in neither.
    """

    pool: core.Pool
    wanted: np.ndarray
    held: list[str]


def load(path: str | None = None) -> tuple[list[str], np.ndarray]:
    """Read the texts and the sources of all instructions."""
    path = path or os.environ.get("CRIBBLE_INSTRUCTIONS")
    rows = list(_read(Path(path)) if path else map(json.loads, SAMPLE.open(encoding="utf-8")))
    texts = ["\n".join(filter(None, (r["instruction"], r["input"], r["output"]))) for r in rows]
    return texts, np.array([row["source"] for row in rows])


def _read(path: Path) -> Iterable[dict[str, Any]]:
    import pyarrow.parquet as pq

    columns = ["source", "instruction", "input", "output"]
    return pq.read_table(path, columns=columns).to_pylist()


def aimed(texts: list[str], sources: np.ndarray, aim: str, seed: int, rows: int = 20) -> Aimed:
    """Draw a target of ``rows`` rows, and as many to hold out, from the aim's first source."""
    own = np.nonzero(sources == AIMS[aim][0])[0]
    drawn = core.stream(seed, f"target {aim}").permutation(own)
    target, held = drawn[:rows], drawn[rows : 2 * rows]
    rest = np.setdiff1d(np.arange(len(texts)), drawn[: 2 * rows])
    aims = [core.Pool(rows, texts=[texts[i] for i in target])]
    pool = core.Pool(len(rest), texts=[texts[i] for i in rest], targets=aims)
    return Aimed(pool, np.isin(sources[rest], AIMS[aim]), [texts[i] for i in held])
