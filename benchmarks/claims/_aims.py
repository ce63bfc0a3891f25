"""Instructions from named sources, and the kinds of them that targeted methods are aimed at.

The environment variable CRIBBLE_INSTRUCTIONS may name a Parquet file with the columns of the
shipped sample (id, source, instruction, input, output); else the sample is used. A JSONL file with
``domain`` and ``text`` has its largest domains as aims.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from cribble import core
from cribble.metrics import perplexity
from cribble.signals.embedding import keep_nothing
from cribble.signals.hashed import HashedEmbedder

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


DOMAINS = 8


class Corpus:
    """Texts from named sources.

    Args:
        texts: All of them.
        sources: (n,) str, where each comes from.
        aims: Sources by aim; a target is drawn from the first.
    """

    def __init__(
        self, texts: list[str], sources: np.ndarray, aims: dict[str, tuple[str, ...]]
    ) -> None:
        self.texts = texts
        self.sources = sources
        self.aims = aims

    @cached_property
    def vectors(self) -> np.ndarray:
        """Vectors of the built-in embedder, computed once if a method asks."""
        whole = core.Pool(len(self.texts), texts=self.texts)
        embedder = HashedEmbedder()
        model = embedder.fit(whole.text_blocks, len(whole), 0, core.Silent(), keep_nothing)
        return np.concatenate([model.embed_block(block) for block in whole.text_blocks()])


@dataclass(frozen=True, slots=True)
class Aimed:
    """One pool with one target.

    Args:
        pool: The rows that are not in the target, with text and the built-in embedding.
        wanted: (n,) bool, rows of the aim's sources.
        rows: (n,) int64, their numbers in the corpus.
        texts: The texts of the corpus.
        held: Texts of the aim's first source that are in neither.
    """

    pool: core.Pool
    wanted: np.ndarray
    rows: np.ndarray
    texts: list[str]
    held: list[str]


def load(path: str | None = None, sample: int | None = None) -> Corpus:
    """Read the texts and the sources of all rows, or of a sample of them."""
    path = path or os.environ.get("CRIBBLE_INSTRUCTIONS") or str(SAMPLE)
    rows = list(_read(Path(path)))
    if sample is not None and sample < len(rows):
        rows = [rows[i] for i in sorted(core.stream(0, "corpus").permutation(len(rows))[:sample])]
    if "domain" in rows[0]:
        largest = Counter(row["domain"] for row in rows).most_common(DOMAINS)
        aims = {name.replace("_", " "): (name,) for name, _ in largest}
        sources = np.array([row["domain"] for row in rows])
        return Corpus([row["text"] for row in rows], sources, aims)
    texts = ["\n".join(filter(None, (r["instruction"], r["input"], r["output"]))) for r in rows]
    return Corpus(texts, np.array([row["source"] for row in rows]), AIMS)


def _read(path: Path) -> Iterable[dict[str, Any]]:
    if path.suffix == ".jsonl":
        with path.open(encoding="utf-8") as lines:
            return [json.loads(line) for line in lines]
    import pyarrow.parquet as pq

    columns = ["source", "instruction", "input", "output"]
    return pq.read_table(path, columns=columns).to_pylist()


def aimed(corpus: Corpus, aim: str, seed: int, rows: int = 20) -> Aimed:
    """Draw a target of ``rows`` rows, and as many to hold out, from the aim's first source."""
    texts, kinds = corpus.texts, corpus.aims[aim]
    own = np.nonzero(corpus.sources == kinds[0])[0]
    drawn = core.stream(seed, f"target {aim}").permutation(own)
    target, held = drawn[:rows], drawn[rows : 2 * rows]
    rest = np.setdiff1d(np.arange(len(texts)), drawn[: 2 * rows])
    of_target = core.Pool(
        rows,
        signals={"embedding": lambda: corpus.vectors[target]},
        texts=[texts[i] for i in target],
    )
    pool = core.Pool(
        len(rest),
        signals={"embedding": lambda: corpus.vectors[rest]},
        texts=[texts[i] for i in rest],
        targets=[of_target],
    )
    wanted = np.isin(corpus.sources[rest], kinds)
    return Aimed(pool, wanted, rest, texts, [texts[i] for i in held])


def judged(case: Aimed, picks: np.ndarray) -> float:
    """Perplexity of the held-out rows under bigrams of the picks."""
    training = core.TextBlock.from_strings([case.texts[i] for i in case.rows[picks]])
    return perplexity([training], [core.TextBlock.from_strings(case.held)])
