"""Build the sample data in ``examples/data``: python examples/build_data.py DIRECTORY

DIRECTORY holds ``instructions.parquet`` and ``textclass_banking77.parquet``, two collections of
public data sets with one ``source`` (or ``task``) per row; ``examples/data/README.md`` names the
repository, commit and license of every source. Only rows that anyone may redistribute are taken:

- taken: MIT, Apache-2.0 and CC-BY sources whose texts were written by people, and one synthetic
  set (glaive) that its makers released under Apache-2.0;
- left out: sets without a license file, non-commercial sets, outputs of GPT-3.5 and GPT-4 (their
  terms restrict what may be trained on them), collections that mix licenses (P3, and the tasks of
  Natural Instructions over copyrighted text), and MATH (its problems come from a publisher that
  disputes the license).

Which rows of a source are taken depends on their ids alone, so the result can be rebuilt.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

HERE = Path(__file__).parent / "data"

# source: (task, None for all; split, None for all; rows in the pool)
POOL = {
    "gsm8k": (None, "train", 700),
    "bbh": (None, None, 700),
    "mbpp": (None, "train", 374),
    "supernatural_instructions": ("task073_commonsenseqa_answer_generation", None, 400),
    "oasst_zh": (None, None, 400),
    "self_instruct_user_oriented": (None, None, 252),
    "self_instruct_seed": (None, None, 175),
    "glaive_toolcall_300": (None, None, 100),
}
TARGETS = {"target_math.jsonl": ("gsm8k", 50), "target_code.jsonl": ("mbpp", 40)}
LONGEST = 3_000  # characters of a row; a handful of very long rows would fill the 3 MB


def by_hash(rows: Iterable[dict]) -> list[dict]:
    """Put rows in an order that depends on their ids alone."""
    return sorted(rows, key=lambda row: hashlib.sha256(row["id"].encode()).digest())


def length(row: dict) -> int:
    return (
        len(row["instruction"]) + len(row["input"]) + len(row["output"] + (row["messages"] or ""))
    )


def plain(row: dict) -> dict:
    """Keep the columns of the sample; a row has ``messages`` only where it has several turns."""
    kept = {name: row[name] for name in ("id", "source", "instruction", "input", "output")}
    if row["messages"]:
        kept["messages"] = json.loads(row["messages"])
    return kept


def write_jsonl(name: str, rows: Iterable[dict]) -> None:
    lines = [json.dumps(plain(row), ensure_ascii=False) + "\n" for row in rows]
    (HERE / name).write_text("".join(lines), encoding="utf-8")


def pool_rows(table: list[dict], source: str) -> list[dict]:
    task, split, number = POOL[source]
    rows = by_hash(
        row
        for row in table
        if row["source"] == source
        and task in (None, row["task"])
        and split in (None, row["split"])
        and length(row) <= LONGEST
    )
    return rows[:number]


def build_instructions(path: Path) -> None:
    table = pq.read_table(path).to_pylist()
    pool = by_hash(row for source in POOL for row in pool_rows(table, source))
    write_jsonl("instructions.jsonl", pool)
    seen = {(row["instruction"], row["input"]) for row in pool}
    for name, (source, number) in TARGETS.items():
        # The pool takes the train split of both sources, the targets the other one.
        rows = [row for row in table if row["source"] == source and row["split"] == "eval"]
        fresh = [row for row in rows if (row["instruction"], row["input"]) not in seen]
        write_jsonl(name, by_hash(fresh)[:number])


def build_intents(path: Path) -> None:
    """Take 1,500 training rows, so that the 77 intents keep their uneven shares."""
    rows = pq.read_table(path, filters=pc.field("split") == "train").to_pylist()
    kept = [
        {"id": row["id"], "text": row["text"], "label": row["label_name"]}
        for row in by_hash(rows)[:1_500]
    ]
    pq.write_table(pa.Table.from_pylist(kept), HERE / "intents.parquet", compression="zstd")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("directory", type=Path, help="where the two collections are")
    directory = parser.parse_args().directory
    HERE.mkdir(exist_ok=True)
    build_instructions(directory / "instructions.parquet")
    build_intents(directory / "textclass_banking77.parquet")


if __name__ == "__main__":
    main()
