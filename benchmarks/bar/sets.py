"""The sets: labeled ones, and pools of several sources of which one is the target."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cribble.core import Silent, TextBlock
from cribble.signals.embedding import keep_nothing
from cribble.signals.hashed import HashedEmbedder

POOL, TEST = 1_200, 1_000

TEXTS = {
    "agnews": "textclass_topics_reviews",
    "dbpedia14": "textclass_topics_reviews",
    "imdb": "textclass_topics_reviews",
    "amazon5": "textclass_topics_reviews",
    "trec": "textclass_sentences",
    "mr": "textclass_sentences",
    "subj": "textclass_sentences",
    "banking77": "textclass_banking77",
    "clinc150": "textclass_clinc150",
    "tweeteval_emotion": "textclass_tweeteval",
    "tweeteval_offensive": "textclass_tweeteval",
}
VECTORS = {
    "digits8x8": ("images_digits8x8", "pixels"),
    "penbased": ("vectors_penbased", "features"),
    "texture": ("vectors_texture", "features"),
}
TARGETS = (
    "gpteacher",
    "gsm8k",
    "bbh",
    "glue_superglue_nl",
    "supernatural_instructions",
    "math",
    "codealpaca_2k",
    "flask",
)


class Labeled(NamedTuple):
    """One split of a labeled set."""

    vectors: NDArray[Any]
    labels: NDArray[np.int64]
    queries: NDArray[Any]
    truth: NDArray[np.int64]


class Aimed(NamedTuple):
    """A pool of several sources, and examples of one of them."""

    texts: list[str]
    vectors: NDArray[Any]
    wanted: NDArray[np.bool_]
    target_texts: list[str]
    target_vectors: NDArray[Any]
    held_texts: list[str]


def labeled(folder: Path, name: str, splits: int) -> Iterator[Labeled]:
    """Split a set at random into a pool and a test part, several times over."""
    if name in TEXTS:
        frame = pd.read_parquet(folder / f"{TEXTS[name]}.parquet")
        frame = frame[frame["task"] == name] if (frame["task"] == name).any() else frame
        rows: Any = np.array(frame["text"], dtype=object)
    else:
        file, column = VECTORS[name]
        frame = pd.read_parquet(folder / f"{file}.parquet")
        rows = np.stack(list(frame[column])).astype(np.float32)
    labels = np.unique(frame["label"].to_numpy(), return_inverse=True)[1].astype(np.int64)
    for seed in range(splits):
        order = np.random.default_rng(seed).permutation(len(rows))
        test = order[: min(TEST, len(rows) // 3)]
        pool = order[len(test) : len(test) + POOL]
        vectors, queries = rows[pool], rows[test]
        if name in TEXTS:
            vectors, queries = _embedded(list(vectors), list(queries))
        yield Labeled(vectors, labels[pool], queries, labels[test])


def aimed(folder: Path, source: str, splits: int) -> Iterator[Aimed]:
    """A pool of which a tenth is like the target; 100 rows to aim at, 200 to be judged by."""
    frame = pd.read_parquet(folder / "instructions.parquet")
    texts = (frame["instruction"] + "\n" + frame["input"] + "\n" + frame["output"]).to_numpy()
    own = (frame["source"] == source).to_numpy()
    for seed in range(splits):
        draws = np.random.default_rng(seed)
        mine, others = draws.permutation(np.nonzero(own)[0]), draws.permutation(np.nonzero(~own)[0])
        target, held, inside = mine[:100], mine[100:300], mine[300 : 300 + POOL // 10]
        pool = np.concatenate([inside, others[: POOL - len(inside)]])
        chosen = list(texts[pool])
        vectors, aims = _embedded(chosen, list(texts[target]))
        yield Aimed(chosen, vectors, own[pool], list(texts[target]), aims, list(texts[held]))


def _embedded(pool: list[str], others: list[str]) -> tuple[NDArray[Any], NDArray[Any]]:
    block = TextBlock.from_strings(pool)
    fitted = HashedEmbedder().fit(lambda: [block], len(pool), 0, Silent(), keep_nothing)
    return fitted.embed_block(block), fitted.embed_block(TextBlock.from_strings(others))
