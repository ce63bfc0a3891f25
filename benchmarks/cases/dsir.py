"""DSIR over a text pool: 10 % of the rows, towards one domain of the pool held out as the target.

``--pool FILE`` is JSONL with ``text`` and ``domain``; without it the shipped sample is used, with
``source`` as the domain. The value is the share of picks from the target's domain.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from harness.case import OURS, Case, Inputs, Order, Picks, Size, Work

SAMPLE = Path(__file__).parents[2] / "examples" / "data" / "instructions.jsonl"


def read(path: Path, rows: int) -> Iterator[tuple[str, str]]:
    """Yield (domain, text) of the first rows of a pool in either form."""
    with path.open(encoding="utf-8") as lines:
        for _, line in zip(range(rows), lines, strict=False):
            row = json.loads(line)
            if "text" in row:
                yield row["domain"], row["text"]
            else:
                parts = (row["instruction"], row["input"], row["output"])
                yield row["source"], "\n".join(part for part in parts if part)


def make_input(order: Order) -> Inputs:
    """Hold out up to ``target_bytes``, and at most half, of the domain with the most rows."""
    rows = list(read(order.pool or SAMPLE, order.size["n"]))
    domain = Counter(name for name, _ in rows).most_common(1)[0][0]
    own = [i for i, (name, _) in enumerate(rows) if name == domain]
    np.random.default_rng(order.seed).shuffle(own)
    held: set[int] = set()
    room = order.size["target_bytes"]
    for row in own[: len(own) // 2]:
        room -= len(rows[row][1].encode())
        if room < 0:
            break
        held.add(row)
    pool = [row for i, row in enumerate(rows) if i not in held]
    files = {"pool": [text for _, text in pool], "target": [rows[i][1] for i in sorted(held)]}
    for name, texts in files.items():
        lines = (json.dumps({"text": text}, ensure_ascii=False) + "\n" for text in texts)
        (order.folder / f"{name}.jsonl").write_text("".join(lines), encoding="utf-8")
    wanted = np.array([name == domain for name, _ in pool])
    return {name: str(order.folder / f"{name}.jsonl") for name in files} | {"wanted": wanted}


def picked_rows(inputs: Inputs, size: Size) -> int:
    return len(inputs["wanted"]) * size["percent"] // 100


def cribble(inputs: Inputs, size: Size) -> Picks:
    import cribble as cb

    pool = cb.Pool.read(inputs["pool"])
    k = picked_rows(inputs, size)
    return cb.select(pool, k, method="dsir", target=inputs["target"], seed=0).indices


def data_selection(inputs: Inputs, size: Size) -> list[int]:
    from data_selection import HashedNgramDSIR

    folder = Path(tempfile.mkdtemp())
    try:
        dsir = HashedNgramDSIR(
            [inputs["pool"]], [inputs["target"]], cache_dir=str(folder / "cache"), num_proc=2
        )
        dsir.fit_importance_estimator()
        dsir.compute_importance_weights()
        dsir.resample(str(folder / "out"), num_to_sample=picked_rows(inputs, size), top_k=False)
        lines = [line for path in sorted((folder / "out").glob("*.jsonl")) for line in path.open()]
    finally:
        shutil.rmtree(folder)
    # It writes texts, not row numbers.
    rows: dict[str, list[int]] = {}
    with open(inputs["pool"], encoding="utf-8") as pool:
        for row, line in enumerate(pool):
            rows.setdefault(json.loads(line)["text"], []).append(row)
    return [rows[json.loads(line)["text"]].pop(0) for line in lines]


def evaluate(inputs: Inputs, size: Size, picks: Picks) -> float:
    return float(inputs["wanted"][picks].mean())


def floor(inputs: Inputs, size: Size) -> Work:
    # One pass counts, one weighs.
    return Work(bytes=2.0 * Path(inputs["pool"]).stat().st_size)


CASES: tuple[Case, ...] = (
    Case(
        name="dsir_pool",
        summary="DSIR, 10 % of a text pool; share of picks from the target's domain",
        size={"n": 10_000_000, "percent": 10, "target_bytes": 1_000_000},
        tiny={"n": 500, "percent": 10, "target_bytes": 20_000},
        make_input=make_input,
        floor=floor,
        contenders={OURS: cribble, "data-selection": data_selection},
        evaluate=evaluate,
    ),
)
